"""Where a copy of this book comes from: repository, branch, commit, site.

A fork shall launch itself, point at its own issues and carry its own
address: what git says of the clone goes before what `_config.yml` says.
"""

import re
import subprocess
from typing import NamedTuple
from urllib.parse import quote

FOLDER = "notebooks"  # where binder/postBuild puts them


class Origin(NamedTuple):
    """The address of a repository, and a branch or commit of it."""

    repository: str
    branch: str


class Commit(NamedTuple):
    """A commit: its hash, its date as YYYY-MM-DD, whether files differ."""

    sha: str
    date: str
    changed: bool


def setup(app):
    """Register the hooks."""
    # Before the theme and all others that ask where the book lives.
    app.connect("config-inited", follow_origin, priority=100)
    # The theme's button is there at 501.
    app.connect("html-page-context", mend_launch_button, priority=502)
    return {"version": "1", "parallel_read_safe": True}


def follow_origin(app, config):
    """Give theme and extensions the repository, and the site's address."""
    options = config.html_theme_options
    home, branch = origin_of(app.srcdir, Origin(
        options["repository_url"].rstrip("/"), options["repository_branch"]))
    options.update(
        repository_url=home, repository_branch=branch,
        # The theme stops at a host that it does not know; Gitea's, Forgejo's
        # and Bitbucket's issues are where GitHub's are.
        repository_provider="gitlab" if "gitlab" in home else "github")
    site = (config.html_baseurl or site_of(home)).rstrip("/")
    config.html_baseurl = site and site + "/"


def origin_of(folder, settled):
    """Return what git knows of a clone's origin, or else `settled`."""
    address = web_address(git(folder, "remote", "get-url", "origin"))
    branch = git(folder, "symbolic-ref", "--short", "HEAD")
    branch = branch or git(folder, "rev-parse", "HEAD")
    return Origin(address, branch) if address and branch else settled


def web_address(remote):
    """Return the https address of a git remote, or "" for a local one."""
    match = re.fullmatch(
        r"(?:https?://(?:[^@/]*@)?|ssh://(?:[^@/]*@)?|[^@/:]+@)"
        r"([^/:]+)(?::\d+)?[/:](.+?)(?:\.git)?/?",
        remote,
    )
    here = match and match[1] in ("localhost", "127.0.0.1")
    return f"https://{match[1]}/{match[2]}" if match and not here else ""


def commit_of(folder):
    """Return the commit that a folder is at, or None without git."""
    said = git(folder, "log", "-1", "--format=%H %cs")
    if not said:
        return None
    changed = bool(git(folder, "status", "--porcelain"))
    return Commit(*said.split(), changed)


def git(folder, *words):
    """Return what git prints in a folder, or "" if it can't."""
    try:
        run = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True, text=True, check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return run.stdout.strip()


def site_of(repository):
    """Return the address of a repository's GitHub pages, if it has one."""
    match = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+)/?", repository)
    if not match:
        return ""
    owner, name = match.groups()
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" + ("" if name.lower() == host else f"{name}/")


def is_chapter(env, pagename):
    """Say whether a page is numbered: these have a notebook."""
    return bool(env.toc_secnumbers.get(pagename))


def mend_launch_button(app, pagename, templatename, context, doctree):
    """Have the button open the chapter's notebook; other pages have none.

    The theme's would open the page's Markdown, where nothing runs.
    """
    buttons, options = context["header_buttons"], app.config.html_theme_options
    for group in [x for x in buttons if x["label"] == "launch-buttons"]:
        name = pagename.rsplit("/", 1)[-1]
        group["buttons"][0]["url"] = (
            options["launch_buttons"]["binderhub_url"]
            + f"/v2/{binder_spec(options['repository_url'])}/"
            + quote(options["repository_branch"])
            + f"?urlpath=lab/tree/{FOLDER}/{name}.ipynb")
        if not is_chapter(app.env, pagename):
            buttons.remove(group)


def binder_spec(repository):
    """Write a repository the way Binder reads it: any host's, escaped."""
    github = re.fullmatch(r"https://github\.com/(.+)", repository)
    return f"gh/{github[1]}" if github else f"git/{quote(repository, safe='')}"
