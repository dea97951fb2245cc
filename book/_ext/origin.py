"""Where a copy of this book comes from: repository, branch, commit, site.

A fork shall launch itself and point at its own issues. So a build asks
the variables of CI first, then git, and `_config.yml` only when neither
knows.
"""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple


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
    """Register the hook."""
    # Binder, source and issue links of a fork shall lead to the fork.
    app.connect("config-inited", follow_origin, priority=100)
    return {"version": "1", "parallel_read_safe": True}


def follow_origin(app, config):
    """Put the origin into the theme's options, where all look for it."""
    options = config.html_theme_options
    settled = Origin(
        options.get("repository_url", ""), options.get("repository_branch", "")
    )
    found = origin_of(app.srcdir, settled)
    options["repository_url"] = found.repository.rstrip("/")
    options["repository_branch"] = found.branch


def origin_of(folder, settled):
    """Return what CI or git knows of a folder's origin, or `settled`."""
    return from_ci(os.environ) or from_git(folder) or settled


def from_ci(variables):
    """Return the origin that GitHub Actions names, or None.

    The branch of a pull request may be in a fork: only the event says so.
    """
    named = "GITHUB_REPOSITORY", "GITHUB_REF_NAME"
    if not all(map(variables.get, named)):
        return None
    event = variables.get("GITHUB_EVENT_PATH", "")
    if event and Path(event).is_file():
        pull = json.loads(Path(event).read_text("utf-8")).get("pull_request")
        if pull:  # a fork may be gone by now
            place = pull["head"] if pull["head"]["repo"] else pull["base"]
            return Origin(place["repo"]["html_url"], place["ref"])
    server = variables.get("GITHUB_SERVER_URL", "https://github.com")
    address = f"{server}/{variables['GITHUB_REPOSITORY']}"
    return Origin(address, variables["GITHUB_REF_NAME"])


def from_git(folder):
    """Return the origin of a clone, or None if its remote is no host's."""
    address = web_address(git(folder, "remote", "get-url", "origin"))
    branch = git(folder, "symbolic-ref", "--short", "HEAD")
    branch = branch or git(folder, "rev-parse", "HEAD")
    return Origin(address, branch) if address and branch else None


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
