"""The launch button: a chapter's notebook in JupyterLab, on Binder.

Binder builds the repository and branch that the site was built from, and
`binder/postBuild` makes the notebooks in it. The theme would open the
page's Markdown instead, where a reader sees source and nothing runs.
"""

from urllib.parse import quote, urlencode, urlsplit

FOLDER = "notebooks"  # where binder/postBuild puts them
OWN_PROVIDERS = {"github.com": "gh", "gitlab.com": "gl"}
KNOWN_TO_THEME = ("bitbucket", "github", "gitlab")


def setup(app):
    """Register the hooks."""
    # The theme stops the build at a repository on a host that it has never
    # heard of; a fork may be anywhere. After `origin`, before the theme.
    app.connect("config-inited", name_the_host, priority=200)
    # The theme's button is there at 501.
    app.connect("html-page-context", mend_launch_button, priority=502)
    return {"version": "1", "parallel_read_safe": True}


def name_the_host(app, config):
    """Tell the theme what to take a host for, and what not to offer."""
    options = config.html_theme_options
    host = host_of(options.get("repository_url", ""))
    if not host:
        options.update(
            repository_url="", launch_buttons={},
            use_repository_button=False, use_issues_button=False)
        return
    # Gitea, Forgejo and GitHub's own servers have issues where GitHub has.
    options["repository_provider"] = next(
        (name for name in KNOWN_TO_THEME if name in host), "github")
    if options["repository_provider"] == "bitbucket":
        options["use_issues_button"] = False  # the theme knows no address


def host_of(repository):
    """Return the host of a web address, or "" if it is none."""
    parts = urlsplit(repository)
    is_web = parts.scheme in ("http", "https") and parts.path.strip("/")
    return (parts.hostname or "") if is_web else ""


def mend_launch_button(app, pagename, templatename, context, doctree):
    """Have the button open the chapter's notebook; other pages have none."""
    buttons = context["header_buttons"]
    for group in [x for x in buttons if x["label"] == "launch-buttons"]:
        if not is_chapter(app.env, pagename):
            buttons.remove(group)
            continue
        # Colab and the like open no Markdown, and find no notebook on the
        # branch: only Binder runs postBuild.
        group["buttons"] = [
            {**button, "url": launch_address(app.config, pagename)}
            for button in group["buttons"] if button["text"] == "Binder"
        ]


def is_chapter(env, pagename):
    """Say whether a page is numbered: these have a notebook."""
    return bool(env.toc_secnumbers.get(pagename))


def launch_address(config, pagename):
    """Return the address at which Binder opens a page's notebook."""
    options = config.html_theme_options
    binder = options["launch_buttons"]["binderhub_url"].rstrip("/")
    where = binder_spec(
        options["repository_url"], options["repository_branch"])
    name = pagename.rsplit("/", 1)[-1]
    query = urlencode({"urlpath": f"lab/tree/{FOLDER}/{name}.ipynb"})
    return f"{binder}/v2/{where}?{query}"


def binder_spec(repository, branch):
    """Write a repository and a branch the way Binder reads them.

    Only the repository is escaped, and not GitHub's: Binder cuts at the
    first slash, there at the second, and takes the rest for the branch.
    """
    provider = OWN_PROVIDERS.get(host_of(repository), "git")
    path = urlsplit(repository).path.strip("/")
    address = repository if provider == "git" else path
    safe = "/" if provider == "gh" else ""
    return f"{provider}/{quote(address, safe=safe)}/{quote(branch)}"
