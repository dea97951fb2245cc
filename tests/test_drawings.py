"""Every drawing of the built pages against the one that its cell made.

Texts and lines, places and styles are the same; only colours follow the
page's theme, and ids are a page's own.
"""

import json
import re

import pytest
from conftest import ROOT
from drawings import tree
from live import drawing
from test_site import toc_pages

from toynet.plots import ROLES

pytestmark = pytest.mark.site
OURS = {"id", "class", "role", "aria-label"}
TEXTS = '<text style="fill: #1f2328" x="0">%s</text>'


def of_cells():
    """All drawings that cells have made, as the cache has them."""
    cache = ROOT / "_build" / ".jupyter_cache"
    cells = [cell for path in cache.rglob("*.ipynb")
             for cell in json.loads(path.read_text("utf-8"))["cells"]]
    return ["".join(data) for cell in cells
            for output in cell.get("outputs", [])
            for kind, data in output.get("data", {}).items()
            if kind.endswith("image/svg+xml")]


def plain(value):
    """An attribute as the cell wrote it: its colours, and its own ids."""
    value = re.sub(r"var\(--tn-\w+, (#\w+)\)", r"\1", value)
    value = value.replace("currentColor", ROLES["ink"])
    return " ".join(re.sub(r"#[\w-]+-(svg\d+|still)-", "#", value).split())


def read(svg):
    """All texts of a drawing, and all else: names and attributes."""
    root, texts, rest = tree(svg, less=("metadata", "style")), [], []
    for e in root.iter():
        given = {k: plain(v) for k, v in e.items() if k not in OURS}
        if e is root:
            given.pop("style", None)
        if e.tag.endswith("}text"):
            texts.append(" ".join("".join(e.itertext()).split()))
        rest.append((e.tag, given))
    return texts, rest


def in_html(html):
    """Read all drawings of a page."""
    return [read(svg) for svg in re.findall(
        r'<svg\b[^>]*class="tn-figure".*?</svg>', html, re.S)]


def changed(html, drawn):
    """Say which texts of a page's drawings no cell drew, and what else."""
    known = [texts for texts, _ in drawn]
    return [texts if texts not in known else "lines, places or styles"
            for texts, rest in in_html(html) if (texts, rest) not in drawn]


@pytest.fixture(scope="module")
def drawn(site):
    return [read(svg) for svg in [*of_cells(), drawing()]]


@pytest.mark.parametrize("name", toc_pages())
def test_drawings_are_those_of_the_cells(site, drawn, name):
    page = (site / f"{name}.html").read_text("utf-8")
    assert changed(page, drawn) == []


def test_no_drawing_is_lost(site, drawn):
    pages = "".join(
        (site / f"{name}.html").read_text("utf-8") for name in toc_pages())
    shown = [texts for texts, _ in in_html(pages)]
    assert [texts for texts, _ in drawn if texts not in shown] == []
