"""Small books, built with the real settings: the broken ones must fail.

Each book has one page. A fault must stop the build, and stop it again
when the same command is given a second time.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")
TOC = "format: jb-book\nroot: book/index\n"
HEAD = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A page

"""


def cell(code, tags=""):
    return f"```{{code-cell}} ipython3\n:tags: [{tags}]\n{code}\n```\n\n"


def make_book(folder, page):
    """Lay out a book of one page with this book's own settings."""
    for name in ["_config.yml", "book/_ext", "book/_static",
                 "book/_templates", "book/references.bib", "toynet"]:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target)
    (folder / "_toc.yml").write_text(TOC)
    (folder / "book" / "index.md").write_text(HEAD + page)
    for name in ("dot.png", "a.png"):
        shutil.copy(ROOT / ".github" / "page.png", folder / "book" / name)
    return folder


def build(folder):
    """Build as a reader without make does; give status and log."""
    run = subprocess.run(
        [JUPYTER_BOOK, "build", "."], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(folder)}, timeout=120,
    )
    return run.returncode, run.stdout


def pages(folder):
    """Every file of the built site, as bytes."""
    site = folder / "_build" / "html"
    return {
        str(path.relative_to(site)): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file()
    }


FIGURE = cell(
    '%config InlineBackend.figure_formats = ["svg"]\n'
    "import matplotlib.pyplot as plt\n"
    "from myst_nb import glue\n"
    "from toynet import plots\n"
    "plots.use_style()\n"
    "fig, ax = plt.subplots()\n"
    "lines = ax.plot([0, 1])\n"
    'glue("fig", fig, display=False)',
    "remove-output",
)
STOPS = {
    "cell that raises": (cell("1 / 0"), "ZeroDivisionError"),
    "wrong TeX": (r"$\frac{1$", "KaTeX"),
    "missing number": ("Here is {glue:text}`loss:.3f`.", "loss"),
}
WARNS = {
    "a warning in a cell": (
        cell("import warnings\nwarnings.warn('odd')"), "stderr was found"),
    "a missing number": ("Here is {glue:text}`no-number:.3f`.", "no-number"),
    "a missing equation": ("See {eq}`no-equation`.", "no-equation"),
    "a missing anchor": ("See {ref}`no-anchor`.", "no-anchor"),
    "a missing figure": ("See {numref}`no-figure`.", "no-figure"),
    "a missing term": ("A {term}`no-term`.", "no-term"),
    "a missing work": ("{cite:t}`no-work`.", "no-work"),
    "a missing function": ("{py:func}`toynet.no_function`.", "no_function"),
    "a missing page": ("[here](no-page.md)", "no-page"),
    "a missing section": ("[here](index.md#no-section)", "no-section"),
    "a missing section of the page": ("[here](#no-part)", "no-part"),
    "a missing listing": (
        "```{literalinclude} ../toynet/net.py\n:pyobject: no_code\n```",
        "no_code"),
    "a figure without words": (
        FIGURE + "```{glue:figure} fig\nA figure.\n```", ".svg"),
    "a picture without words": (
        "![](dot.png)", "no alt text for book/dot.png"),
    "a picture in a figure": (
        "```{figure} a.png\nA dot.\n```", "no alt text for book/a.png"),
    "a picture that a cell shows": (
        cell("from IPython.display import Image\nImage('dot.png')"),
        "_build/jupyter_execute"),
}


@pytest.mark.parametrize("fault", STOPS)
def test_fault_stops_the_build_twice(tmp_path, fault):
    page, trace = STOPS[fault]
    book = make_book(tmp_path, page)
    for _ in range(2):
        status, log = build(book)
        assert status != 0, log
        assert trace in log


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Logs of two builds of a page that has every fault of WARNS."""
    text = "\n\n".join(page for page, _ in WARNS.values())
    book = make_book(tmp_path_factory.mktemp("faulty"), text)
    runs = [build(book), build(book)]
    assert all(status != 0 for status, _ in runs)
    return [log for _, log in runs]


@pytest.mark.parametrize("fault", WARNS)
def test_fault_is_a_warning_each_time(faulty, fault):
    for log in faulty:
        lines = [x for x in log.split("\n") if re.search("WARN|ERROR:", x)]
        assert any(WARNS[fault][1] in line for line in lines), log


GOOD = FIGURE + (
    "```{glue:figure} fig\n:name: fig-a\n:alt: A line.\n\nA line.\n```\n\n"
    "{numref}`fig-a`, $\\hat y$ and {eq}`eq-a`.\n\n$$ x = 1 $$ (eq-a)\n\n"
    "```{exercise-start}\n:label: ex-a\n```\nOne.\n```{exercise-end}\n```\n\n"
) + cell(
    "import torch\n"
    "from toynet.data import label\n"
    "print(label(torch.tensor([[0.0, 0.0, 1.33]])))"
)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    book = make_book(tmp_path_factory.mktemp("good"), GOOD)
    status, log = build(book)
    assert status == 0, log
    return book


@pytest.mark.parametrize("start", ["clean", "again"])
def test_same_source_gives_same_pages(good, start):
    first = pages(good)
    if start == "clean":
        shutil.rmtree(good / "_build")
    assert build(good)[0] == 0
    second = pages(good)
    assert first.keys() == second.keys()
    assert [n for n in first if first[n] != second[n]] == []


def test_print_in_pieces_is_joined_as_printed(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    from twentysix import join_streams

    pieces = ["a tensor", " (2, 2)\n", "zeros\n"]
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": piece}
        for piece in pieces
    ]
    assert [x["text"] for x in join_streams(outputs)] == ["".join(pieces)]


def test_figure_is_part_of_the_page(good):
    html = pages(good)["book/index.html"].decode()
    assert 'class="tn-figure" role="img" aria-label="A line."' in html
    assert html.count("<svg class=") == 1
    assert "var(--tn-muted" in html
    assert "currentColor" in html


def test_edit_of_the_package_reaches_the_page(good):
    before = pages(good)["book/index.html"]
    data = good / "toynet" / "data.py"
    source = data.read_text()
    data.write_text(source.replace("1.33", "1.32"))
    status, log = build(good)
    data.write_text(source)
    assert status == 0, log
    assert pages(good)["book/index.html"] != before


def test_only_the_current_cache_stays(good):
    assert build(good)[0] == 0
    assert len(list((good / "_build" / ".jupyter_cache").iterdir())) == 1
