"""The foot of a page: that it ran, with what, and from which commit.

An exception stops the build, so none of the assertions failed that the
cells came to. Cells run in the environment that builds: its versions are
theirs. Nothing in the foot depends on when the page is built.
"""

import platform
from datetime import date
from importlib.metadata import version

from babel.dates import format_date
from docutils import nodes
from origin import commit_of

# These keep a commit at /commit/ below the repository.
HOSTS = ("https://github.com/", "https://gitlab.com/", "https://codeberg.org/")


def setup(app):
    """Register the hook."""
    app.connect("doctree-read", add_foot)
    return {"version": "1", "parallel_read_safe": True}


def add_foot(app, doctree):
    """Put the foot under a page that has run."""
    ran = app.env.ran.get(app.env.docname)
    if ran:
        repository = app.config.html_theme_options["repository_url"]
        commit = commit_of(app.srcdir)
        page = next(doctree.findall(nodes.section))
        page += foot(ran, commit, repository)


def foot(ran, commit, repository):
    """Return the paragraph: what ran, with what, from which commit."""
    held = f" and none of its {ran['asserts']} assertions failed,"
    return nodes.paragraph(
        "", f"The {ran['cells']} cells of this page ran"
        f"{held if ran['asserts'] else ''} with Python "
        f"{platform.python_version()} and PyTorch {version('torch')}.",
        *origin(commit, repository), classes=["tn-trust"])


def origin(commit, repository):
    """Return the sentence on the commit, if there is one to name."""
    if commit is None:
        return []
    name = nodes.literal("", commit.sha[:7])
    if repository.startswith(HOSTS):
        address = f"{repository}/commit/{commit.sha}"
        name = nodes.reference("", "", name, refuri=address, internal=False)
    day = format_date(date.fromisoformat(commit.date), "d MMMM y", locale="en")
    rest = ", with changes that are not committed." if commit.changed else "."
    return [nodes.Text(" Built from commit "), name,
            nodes.Text(f" of {day}{rest}")]
