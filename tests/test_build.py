"""Small books, built with the real settings: the broken ones must fail.

Each book has one page. A fault must stop the build, and stop it again
when the same command is given a second time. No build keeps an output of
what was.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

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


def build(folder, *words):
    """Build as a reader without make does; give status and log."""
    run = subprocess.run(
        [JUPYTER_BOOK, "build", ".", *words], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(folder), "PAGE": "index"},
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
    "Two. {numref}`fig-a`, $\\hat y$ and {eq}`eq-a`.\n\n$$ x = 1 $$ (eq-a)\n\n"
    "```{exercise-start}\n:label: ex-a\n```\nOne.\n```{exercise-end}\n```\n\n"
) + cell(
    "import torch\n"
    "from toynet.backprop import backward\n"
    "from toynet.net import Params, forward\n"
    "params = Params(*(torch.ones(shape) for shape in [\n"
    "    (3, 4), (4,), (4, 2), (2,)]))\n"
    "print(forward(torch.zeros(1, 3), params).y_hat)"
)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    book = make_book(tmp_path_factory.mktemp("good"), GOOD)
    status, log = build(book)
    assert status == 0, log
    assert "running index.md" in log
    return book


@pytest.fixture
def edit(good):
    """Change a file of the book, and change it back after the test."""
    kept = {}

    def change(name, old, new):
        path = good / name
        kept[path] = text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    yield change
    for path, text in kept.items():
        path.write_text(text, "utf-8")


def test_figure_is_part_of_the_page(good):
    html = pages(good)["book/index.html"].decode()
    assert 'class="tn-figure" role="img" aria-label="A line."' in html
    assert html.count("<svg class=") == 1
    assert "var(--tn-muted" in html
    assert "currentColor" in html


def test_edit_of_another_module_runs_no_page(good, edit):
    before = pages(good)
    edit("toynet/optim.py", "import torch", "import torch  # or not")
    status, log = build(good)
    assert status == 0, log
    assert "running" not in log
    assert pages(good) == before


def test_edit_of_a_module_reaches_the_page(good, edit):
    before = pages(good)["book/index.html"]
    edit("toynet/net.py", "torch.sigmoid(z2)", "torch.tanh(z2)")
    status, log = build(good)
    assert status == 0, log
    assert "running index.md" in log
    assert pages(good)["book/index.html"] != before


FAULTS = {"cell": (cell("1 / 0"), "ZeroDivisionError"),
          "TeX": (r"$\frac{1$", "KaTeX")}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("words", [
    [], ["--builder", "custom", "--custom-builder", "page"]])
def test_fault_stops_the_build_twice(good, edit, fault, words):
    page, trace = FAULTS[fault]
    edit("book/index.md", "# A page\n", f"# A page\n\n{page}\n")
    for _ in range(2):
        status, log = build(good, *words)
        assert status != 0, log
        assert trace in log


def test_one_page_is_built_in_a_folder_of_its_own(good, edit):
    edit("book/index.md", "Two", "Three")
    before = pages(good)
    words = "--builder", "custom", "--custom-builder", "page"
    status, log = build(good, *words)
    assert status == 0, log
    assert "running" not in log
    html = (good / "_build" / "page" / "book" / "index.html").read_text()
    assert "Three" in html
    assert pages(good) == before


# How a page is run --------------------------------------------------------


@pytest.fixture
def run(monkeypatch):
    """Run cells as a page of the book; give outputs, error and record."""
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import running

    def run(*cells):
        notebook = new_notebook(
            cells=[new_code_cell(c) for c in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": ""}})
        return notebook, *running.run_page(
            ROOT / "book" / "no.md", notebook, str(ROOT), 600)

    return run


def test_a_run_notes_what_it_opened_and_what_was_asserted(run):
    notebook, error, data = run(
        "%config InlineBackend.figure_formats = ['svg']\n"
        "from toynet.backprop import backward\nassert backward",
        "text = open('../bench/last.json').read()\n"
        "for n in 1, 2:\n    assert n < 3")
    assert error is None
    assert {"toynet/backprop.py", "toynet/net.py", "bench/last.json",
            "toynet/__init__.py"} == set(data["files"])
    assert (data["cells"], data["asserts"]) == (2, 2)


def test_modules_are_known_by_their_compiled_files(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import running

    log = (f"{ROOT}/toynet/__pycache__/net.cpython-311.pyc\n"
           f"{ROOT}/.venv/pyvenv.cfg\n/etc/passwd\n{ROOT}/toynet/gone.py\n3\n")
    assert running.opened(log, ROOT / "book", ROOT) == ["toynet/net.py"]


def test_a_print_in_pieces_is_one_output(run):
    notebook, *_ = run(
        "import sys, time\nfor text in 'a tensor', ' (2, 2)\\n', 'zeros\\n':\n"
        "    sys.stdout.write(text)\n    sys.stdout.flush()\n"
        "    time.sleep(0.5)")
    assert [x.text for x in notebook.cells[0].outputs] == [
        "a tensor (2, 2)\nzeros\n"]


def test_a_state_follows_files_and_versions(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    import running

    def state():
        return running.state_of(tmp_path, ["a.py", "b.toml"])

    states = [state()]
    for name, text in [("a.py", "1"), ("b.toml", "1"), ("a.py", "2")]:
        (tmp_path / name).write_text(text)
        states.append(state())
    monkeypatch.setattr(running, "version", lambda name: "0")
    states.append(state())
    assert len(set(states)) == 5
