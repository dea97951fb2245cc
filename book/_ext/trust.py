"""The foot of a page: that it ran, with what, and from which commit.

What it says comes from the kernel that ran the page (`witness.py`), by
way of the cache's record. Nothing in it depends on when the page is built.
"""

import json
import os
from datetime import date
from html import escape
from pathlib import Path

from babel.dates import format_date
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import (
    is_myst_markdown_notebook,
    myst_nb_reader_plugin,
)
from nbformat.v4 import new_code_cell
from origin import Commit, commit_of
from sphinx.util import logging

LOG = logging.getLogger(__name__)
WITNESS = Path(__file__).with_name("witness.py")
# These keep a commit at /commit/ below the repository.
HOSTS = ("https://github.com/", "https://gitlab.com/", "https://codeberg.org/")
# The commit's age, counted by the reader's clock: the page stays the same.
AGO = """<script>{
const t = document.querySelector(".tn-trust time");
const d = Math.floor((Date.now() - new Date(t.dateTime)) / 864e5);
const [n, unit] = d < 14 ? [d, "day"] : d < 60 ? [d / 7, "week"]
  : d < 730 ? [d / 30.44, "month"] : [d / 365.25, "year"];
if (d >= 0) t.after(" (" + new Intl.RelativeTimeFormat("en",
  {numeric: "auto"}).format(-Math.round(n), unit) + ")");
}</script>"""


def setup(app):
    """Register the hooks."""
    # The cache has each page's record once the page is read.
    app.connect("doctree-read", add_foot)
    # Paper stays true after a year; a screen can say how long ago.
    app.connect("doctree-resolved", add_age)
    return {"version": "1", "parallel_read_safe": True}


def run_with_witness(notebook, folder, timeout):
    """Run a notebook's cells; give the run, and what its kernel says.

    One more cell asks the witness. It is taken off again, so that the
    notebook keeps the cells that the cache knows it by.
    """
    notebook.cells.append(new_code_cell("print(__witness__.report())"))
    load = f'__import__("runpy").run_path({str(WITNESS)!r})'
    run = single_nb_execution(
        notebook, cwd=folder, allow_errors=False, timeout=timeout,
        extra_arguments=[f"--IPKernelApp.exec_lines={load}"],
    )
    said = notebook.cells.pop().outputs
    if run.err is not None:
        return run, {}
    ran = [c for c in notebook.cells if c.get("execution_count")]
    return run, {"cells": len(ran), **json.loads(said[-1]["text"])}


def add_foot(app, doctree):
    """Put the foot under a page that has run."""
    source = Path(app.env.doc2path(app.env.docname))
    if not is_myst_markdown_notebook(source.read_text("utf-8")):
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    record = cache.match_cache_notebook(myst_nb_reader_plugin(str(source)))
    if "witness" not in record.data:
        LOG.warning(
            "the page ran, but its kernel did not say with which versions: "
            "build again", location=app.env.docname)
        return
    repository = app.config.html_theme_options["repository_url"]
    commit = commit_of(app.srcdir) or commit_from_ci(os.environ)
    page = next(doctree.findall(nodes.section))
    page += foot(record.data["witness"], commit, repository)


def commit_from_ci(variables):
    """Return the commit that GitHub Actions names, or None."""
    sha = variables.get("GITHUB_SHA")
    return Commit(sha, "", False) if sha else None


def foot(ran, commit, repository):
    """Return the paragraph: what ran, with what, from which commit."""
    ran_what = f"The {count(ran['cells'], 'cell')} of this page ran"
    if ran["asserts"]:
        ran_what += f" and its {count(ran['asserts'], 'assertion')} held"
    return nodes.paragraph(
        "", f"{ran_what}, with Python {ran['python']}, "
        f"PyTorch {ran['torch']} and ", code("toynet"),
        nodes.Text(f" {ran['toynet']}".rstrip() + " (source "),
        code(ran["source"]),
        nodes.Text(")."), *origin(commit, repository), classes=["tn-trust"],
    )


def count(number, word):
    """Return `2 cells`, and `cell` where there is one."""
    return word if number == 1 else f"{number} {word}s"


def origin(commit, repository):
    """Return the sentence on the commit, if there is one to name."""
    if commit is None:
        return []
    name = code(commit.sha[:7])
    if repository.startswith(HOSTS):
        address = f"{repository}/commit/{commit.sha}"
        name = nodes.reference("", "", name, refuri=address, internal=False)
    day = [nodes.Text(" of "), *day_of(commit)] if commit.date else []
    rest = ", with changes that are not committed." if commit.changed else "."
    return [nodes.Text(" Built from commit "), name, *day, nodes.Text(rest)]


def day_of(commit):
    """Return a commit's day in words, as `time` where there is HTML."""
    day = date.fromisoformat(commit.date)
    words = format_date(day, "d MMMM y", locale="en")
    return [
        nodes.raw("", f'<time datetime="{escape(commit.date)}">',
                  format="html"),
        nodes.Text(words), nodes.raw("", "</time>", format="html"),
    ]


def code(text):
    """Return a text in the page's type for code."""
    return nodes.literal(text, text)


def add_age(app, doctree, docname):
    """Let the reader's side say how long ago the commit's day was."""
    if app.builder.name == "html":
        for paragraph in list(doctree.findall(is_dated_foot)):
            paragraph.parent.append(nodes.raw("", AGO, format="html"))


def is_dated_foot(node):
    """Say whether a node is a foot with a day in it."""
    return (
        isinstance(node, nodes.paragraph) and "tn-trust" in node["classes"]
        and next(node.findall(nodes.raw), None) is not None
    )
