"""The foot of a page: what ran, with what, from which commit."""

import platform
import re

import pytest
import torch
from bs4 import BeautifulSoup
from conftest import ROOT
from myst_nb.core.read import myst_nb_reader_plugin
from origin import Commit, commit_of
from test_site import toc_pages
from trust import foot

pytestmark = pytest.mark.site

RAN = {"cells": 3, "asserts": 2}
HUB = "https://github.com/me/book"
SHA = "bf3629e" + 33 * "0"
DAY = "2026-11-24"
WITH = (f"with Python {platform.python_version()} and "
        f"PyTorch {torch.__version__}.")


@pytest.mark.parametrize(("asserts", "text"), [
    (2, "The 3 cells of this page ran and none of its 2 assertions failed, "),
    (0, "The 3 cells of this page ran "),
])
def test_foot_says_what_ran(asserts, text):
    assert foot(RAN | {"asserts": asserts}, None, HUB).astext() == (
        f"{text}{WITH}")


@pytest.mark.parametrize(("changed", "end"), [
    (False, "."), (True, ", with changes that are not committed.")])
def test_foot_names_the_commit(changed, end):
    assert foot(RAN, Commit(SHA, DAY, changed), HUB).astext().endswith(
        f" Built from commit bf3629e of 24 November 2026{end}")


@pytest.mark.parametrize(("repository", "links"), [
    (HUB, [f"{HUB}/commit/{SHA}"]), ("https://elsewhere.example/me/b", []),
    ("", []),
])
def test_commit_is_linked_where_the_host_is_known(repository, links):
    found = foot(RAN, Commit(SHA, DAY, False), repository).findall()
    assert [n["refuri"] for n in found if "refuri" in getattr(
        n, "attributes", {})] == links


@pytest.mark.parametrize("name", toc_pages())
def test_foot_of_each_page_is_true(site, name):
    source, html = ROOT / f"{name}.md", (site / f"{name}.html").read_text()
    found = re.findall(r'<p class="tn-trust">.*?</p>', html, re.S)
    assert len(found) == ("kernelspec:" in source.read_text("utf-8"))
    for paragraph in found:
        text = BeautifulSoup(paragraph, "html.parser").get_text()
        cells = [c.source for c in myst_nb_reader_plugin(str(source)).cells
                 if c.cell_type == "code"]
        asserts = len(re.findall(r"(?m)^ *assert\b", "\n".join(cells)))
        assert f"The {len(cells)} cells of this page ran" in text
        assert f"none of its {asserts} assertions failed" in text
        assert WITH in text
        commit = commit_of(ROOT)
        assert commit is None or f"commit {commit.sha[:7]}" in text
