"""The foot of a page: what ran, with what, from which commit."""

import ast
import platform
import re
from types import SimpleNamespace

import pytest
import torch
from bs4 import BeautifulSoup
from conftest import ROOT
from myst_nb.core.read import myst_nb_reader_plugin
from nbformat.v4 import new_code_cell, new_notebook
from origin import Commit, commit_of
from test_site import toc_pages
from trust import commit_from_ci, foot, run_with_witness
from twentysix import has_run

pytestmark = pytest.mark.site

RAN = {"cells": 3, "asserts": 2, "python": "3.11.7", "torch": "2.13.0",
       "toynet": "0.1.0", "source": "c0b65b87"}
HUB = "https://github.com/me/book"
SHA = "bf3629e" + 33 * "0"
DAY = "2026-11-24"


@pytest.mark.parametrize(("change", "text"), [
    ({}, "The 3 cells of this page ran and its 2 assertions held, with "
     "Python 3.11.7, PyTorch 2.13.0 and toynet 0.1.0 (source c0b65b87)."),
    ({"asserts": 0}, "The 3 cells of this page ran, with"),
    ({"cells": 1, "asserts": 1}, "The cell of this page ran and its "
     "assertion held, with"),
    ({"toynet": ""}, "PyTorch 2.13.0 and toynet (source c0b65b87)."),
])
def test_foot_says_what_ran(change, text):
    assert text in foot(RAN | change, None, HUB).astext()


@pytest.mark.parametrize(("commit", "text"), [
    (None, "(source c0b65b87)."),
    (Commit(SHA, DAY, False), "Built from commit bf3629e of "
     f'<time datetime="{DAY}">24 November 2026</time>.'),
    (Commit(SHA, DAY, True), "24 November 2026</time>, with changes that "
     "are not committed."),
    (Commit(SHA, "", False), "Built from commit bf3629e."),
])
def test_foot_names_the_commit(commit, text):
    assert foot(RAN, commit, HUB).astext().endswith(text)


@pytest.mark.parametrize(("repository", "link"), [
    (HUB, f"{HUB}/commit/{SHA}"),
    ("https://codeberg.org/me/book",
     f"https://codeberg.org/me/book/commit/{SHA}"),
    ("https://elsewhere.example/me/book", None),
    ("", None),
])
def test_commit_is_linked_where_the_host_is_known(repository, link):
    found = [n["refuri"] for n in
             foot(RAN, Commit(SHA, DAY, False), repository).findall()
             if hasattr(n, "get") and n.get("refuri")]
    assert found == [link] * (link is not None)


@pytest.mark.parametrize(("variables", "commit"), [
    ({}, None), ({"GITHUB_SHA": SHA}, Commit(SHA, "", False)),
])
def test_ci_names_the_commit_where_git_is_not(variables, commit):
    assert commit_from_ci(variables) == commit


def run(*cells):
    """Run cells with the witness; give the notebook and what it says."""
    notebook = new_notebook(
        cells=[new_code_cell(c) for c in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "x"}})
    done, said = run_with_witness(notebook, str(ROOT), 60)
    return notebook, done, said


def test_kernel_counts_what_held():
    notebook, done, said = run(
        "for i in range(3):\n    assert i < 3\nassert True, 'fine'",
        "def never():\n    assert False\n\ndef once():\n    assert True",
        "once()\nprint([n for n in dir() if 'itness' in n], In[-1][:6])",
    )
    assert done.err is None
    assert (said["cells"], said["asserts"]) == (3, 3)
    assert said["torch"] == torch.__version__
    assert len(notebook.cells) == 3
    assert [c.execution_count for c in notebook.cells] == [1, 2, 3]
    assert notebook.cells[2].outputs[0].text == "[] once()\n"


def test_failed_page_says_nothing():
    notebook, done, said = run("assert 1 > 2", "print(1)")
    assert done.err is not None
    assert said == {}
    assert len(notebook.cells) == 2


class Cache:
    """A cache with one record, or with none."""

    def __init__(self, data):
        self.data = data

    def match_cache_notebook(self, notebook):
        if self.data is None:
            raise KeyError("no record")
        return SimpleNamespace(data=self.data)


@pytest.mark.parametrize(("data", "ran"), [
    (None, False), ({"execution_seconds": 1}, False), ({"witness": RAN}, True),
])
def test_page_without_versions_runs_again(data, ran):
    assert has_run(Cache(data), None) == ran


def cells_of(name):
    """The code cells of a page, as text."""
    notebook = myst_nb_reader_plugin(str(ROOT / f"{name}.md"))
    return [c.source for c in notebook.cells if c.cell_type == "code"]


def asserts_in(cells):
    """How many assert statements stand in cells, less their magics."""
    plain = (re.sub(r"(?m)^%.*$", "", cell) for cell in cells)
    return sum(isinstance(node, ast.Assert)
               for cell in plain for node in ast.walk(ast.parse(cell)))


RUNNING = [n for n in toc_pages() if "kernelspec:" in
           (ROOT / f"{n}.md").read_text("utf-8")]


@pytest.mark.parametrize("name", toc_pages())
def test_foot_of_each_page_is_true(site, name):
    html = (site / f"{name}.html").read_text("utf-8")
    found = re.findall(r'<p class="tn-trust">.*?</p>', html, re.S)
    assert len(found) == (name in RUNNING)
    for paragraph in found:
        text = BeautifulSoup(paragraph, "html.parser").get_text()
        cells = cells_of(name)
        assert f"The {len(cells)} cells of this page ran" in text
        held = int(re.search(r"(\d+|) ?assertions? held", text)[1] or 1)
        assert 0 < held <= asserts_in(cells)
        assert f"Python {platform.python_version()}" in text
        assert f"PyTorch {torch.__version__}" in text
        commit = commit_of(ROOT)
        assert commit is None or f"commit {commit.sha[:7]}" in text
