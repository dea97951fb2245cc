"""The chapters' notebooks: nothing of MyST, all of the page, and they run.

Each check takes a notebook, the name of its page and the page, and gives
a list of faults. The notebooks must have none; a table of broken ones
shows that each check can find its fault.
"""

import base64
import json
import os
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from myst_nb.core.read import myst_nb_reader_plugin
from nbclient import NotebookClient
from origin import Origin, origin_of, site_of
from setup_cells import live_code, without_glue

import toynet

pytestmark = pytest.mark.site

ROOT = Path(__file__).parents[1]
WRITTEN = ROOT / "_build" / "notebooks"
SITE_FILES = ROOT / "_build" / "html"
CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("0*.md"))
SVG = "image/svg+xml"
SETTINGS = (ROOT / "_config.yml").read_text("utf-8")
SITE = site_of(origin_of(ROOT, Origin(
    re.search(r"^  url: (\S+)", SETTINGS, re.M)[1], "")).repository)


@pytest.fixture(scope="module")
def notebooks(make):
    """Each chapter's notebook as it is in its file."""
    run = make("notebooks")
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    return {name: json.loads((WRITTEN / f"{name}.ipynb").read_text("utf-8"))
            for name in CHAPTERS}


@cache
def page(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def page_of(name):
    return page(SITE_FILES / "book" / f"{name}.html")


def texts(notebook, kind="markdown"):
    return ["".join(cell["source"]) for cell in notebook["cells"]
            if cell["cell_type"] == kind]


def outputs(notebook):
    return [x for c in notebook["cells"] for x in c.get("outputs", [])]


def prose(notebook):
    """The text of a notebook, without code and pictures."""
    text = re.sub(r"<img [^>]*>", "", "\n\n".join(texts(notebook)))
    return re.sub(r"(?ms)^```.*?^```$|`[^`\n]*`", "", text)


# What a notebook must be --------------------------------------------------


def not_valid(notebook, html, name):
    """What the format does not allow."""
    try:
        nbformat.validate(nbformat.from_dict(notebook))
    except nbformat.ValidationError as error:
        return [str(error)]
    return []


def raw_source(notebook, html, name):
    """Roles, directives and their options that nobody resolved."""
    text = prose(notebook)
    bare = re.sub(r"(?s)\$\$.*?\$\$|(?<!\\)\$[^$]*(?<!\\)\$", "", text)
    return [
        *re.findall(r"\{[\w:-]+\}|^:::.*|^:\w+:.*|^\(.*\)=$|%s", bare, re.M),
        *re.findall(r"\\relu\b", text),
        *re.findall(r"^```\{.*", "\n".join(texts(notebook)), re.M),
    ]


def lost_numbers(notebook, html, name):
    """Equations, figures and the like that page and notebook don't share."""
    text = "\n\n".join(texts(notebook))
    there = {
        *re.findall(r"^\*\*(\w+ [\d.]+)\.\*\* ", text, re.M),
        *re.findall(r"\\tag\{([\d.]+)\}", text),
        *re.findall(r"^#+ (Exercise [\d.]+): ", text, re.M),
        *re.findall(r"<summary>Solution to (Exercise [\d.]+)</s", text),
    }
    wanted = {x.text.strip() for x in html.select(".caption-number")
              if re.match("Figure|Table|Listing", x.text)}
    wanted |= {re.search(r"\((.*?)\)", x.text)[1]
               for x in html.select(".eqno")}
    wanted |= {re.search(r"Exercise [\d.]+", x.text)[0]
               for x in html.select(".exercise > .admonition-title")}
    return sorted(there ^ wanted)


def lost_title(notebook, html, name):
    """The chapter's number and title as they are on the page."""
    title = html.h1.text.rstrip("#").strip()
    head = texts(notebook)[0].split("\n")[0] if texts(notebook) else ""
    return [] if head.replace("`", "") == f"# {title}" else [head]


def lost_code(notebook, html, name):
    """Cells of the page that are neither live nor shown."""
    live, shown = texts(notebook, "code"), "\n".join(texts(notebook))
    source = myst_nb_reader_plugin(str(ROOT / "book" / f"{name}.md"))
    return [
        cell.source for cell in source.cells if cell.cell_type == "code"
        and live_code(cell.source) and live_code(cell.source) not in live
        and without_glue(cell.source) not in shown
    ]


def page_only_code(notebook, html, name):
    """Code that does not run, or needs what a reader has not."""
    faults = []
    for code in texts(notebook, "code"):
        faults += re.findall(
            r"(?m)\bglue\(|myst_nb|^(?:from|import) bench\b", code)
        try:
            compile(re.sub(r"(?m)^%.*", "", code), name, "exec")
        except SyntaxError as error:
            faults.append(str(error))
    return faults


def lost_outputs(notebook, html, name):
    """What the page shows of its run, and the notebook does not."""
    told = "\n".join(texts(notebook)) + "\n".join(
        "".join(x.get("text", "")) + "".join(
            x.get("data", {}).get("text/plain", ""))
        for x in outputs(notebook))
    shown = [x.text.strip("\n") for x in html.select(
        ".cell_output .output.stream, .cell_output .output.text_plain")]
    faults = [x for x in shown if x not in told]
    drawn = len(re.findall("<img ", json.dumps(notebook)))
    wanted = len(html.select("figure svg")) + len(html.select("toy-network"))
    return faults + [f"{drawn} of {wanted} pictures"] * (drawn != wanted)


def unnamed_pictures(notebook, html, name):
    """Pictures without words, or that JupyterLab may not show."""
    images = re.findall(r"<img .*?>", "".join(texts(notebook)) + "".join(
        "".join(x.get("data", {}).get("text/html", ""))
        for x in outputs(notebook)))
    return [x[:99] for x in images if not re.search('alt="[^"]', x)] + [
        kind for x in outputs(notebook) for kind in x.get("data", {})
        if kind.startswith(("image/", "application/"))
    ] + re.findall(r"!\[.*?\]\(.{20}", prose(notebook))


def dead_links(notebook, html, name):
    """Links that lead to no place here, beside here or on the site."""
    faults, text = [], "\n".join(texts(notebook))
    for address in re.findall(r"(?<=\]\()[^)]*", prose(notebook)):
        path, _, anchor = address.partition("#")
        if address.startswith(SITE):
            file = SITE_FILES / path.removeprefix(SITE).partition("?")[0]
            if not file.is_file() or anchor and not page(file).find(
                    id=anchor):
                faults.append(address)
        elif not path:
            faults += [address] * (f'<a id="{anchor}"></a>' not in text)
        elif not re.match("https?://", path):
            faults += [address] * (path.partition(".ipynb")[0]
                                   not in CHAPTERS)
    return faults


def not_in_order(notebook, html, name):
    """Cells whose counts or ids are not those of a run from the top."""
    counts = [x["execution_count"] for x in notebook["cells"]
              if x["cell_type"] == "code"]
    ids = [cell["id"] for cell in notebook["cells"]]
    return [x for i, x in enumerate(counts, 1) if x != i] + [
        x for x in ids if ids.count(x) > 1]


def too_large(notebook, html, name):
    """More than one would like to download or keep."""
    size = len(json.dumps(notebook, ensure_ascii=False).encode())
    return [size] if size > 1_500_000 else []


CHECKS = [
    not_valid, raw_source, lost_numbers, lost_title, lost_code,
    page_only_code, lost_outputs, unnamed_pictures, dead_links,
    not_in_order, too_large,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("name", CHAPTERS)
def test_notebook_has_no_fault(notebooks, site, name, check):
    assert check(notebooks[name], page_of(name), name) == []


def test_each_chapter_has_a_notebook_and_nothing_else_has(notebooks, site):
    assert [x.name for x in sorted(WRITTEN.iterdir())] == [
        f"{name}.ipynb" for name in CHAPTERS]
    assert sorted(x.stem for x in site.rglob("*.ipynb")) == CHAPTERS


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("*.md")),
                         ids=lambda path: path.stem)
def test_download_button_gives_the_notebook(notebooks, site, path):
    """The site's was written by another build: both have the same bytes."""
    buttons = page_of(path.stem).select(".btn-download-notebook-button")
    assert len(buttons) == (path.stem in CHAPTERS)
    for button in buttons:
        file = site / "book" / button["href"]
        assert file.read_bytes() == (WRITTEN / file.name).read_bytes()


# Running ------------------------------------------------------------------


def run(notebook, folder):
    """Run a notebook where only the package is there."""
    (folder / "toynet").symlink_to(Path(toynet.__file__).parent)
    (folder / "myst_nb.py").write_text("raise ImportError('not here')")
    client = NotebookClient(
        nbformat.reads(json.dumps(notebook), as_version=4), timeout=300,
        kernel_name="python3", coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(folder)})
    return client.nb


def structure(svg):
    """A drawing's words and shapes, less their places and names.

    Matplotlib names parts anew, and lays out a little differently, when
    it draws a figure again, as it does on the page.
    """
    svg = re.sub(r"(?s)^.*?<svg|<metadata>.*?</metadata>|<!--.*?-->", "", svg)
    bare = re.sub(r"\b[mp][0-9a-f]{10}\b|[-\d.]+|\s", "", svg)
    return "\n".join([*re.findall(r">([^<]*)</text>", svg), bare])


def shown(cell):
    """What a cell shows, whichever way a picture is kept."""
    found = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        picture = re.search(
            r'base64,([^"]*)', "".join(data.get("text/html", "")))
        text = output.get("text") or data["text/plain"]
        if SVG in data or picture:
            text = data[SVG] if SVG in data else base64.b64decode(
                picture[1]).decode()
            text = structure("".join(text))
        found.append("".join(text).strip())
    return found


@pytest.mark.parametrize("name", ["02_forward", "05_modules"])
def test_notebook_runs_and_shows_what_it_has(notebooks, tmp_path, name):
    ran = run(notebooks[name], tmp_path)
    for cell, again in zip(notebooks[name]["cells"], ran.cells, strict=True):
        if cell["cell_type"] == "code":
            assert shown(again) == shown(cell), cell["id"]


# Can each check find its fault? -------------------------------------------


def text(source):
    return {"cell_type": "markdown", "id": "a", "metadata": {},
            "source": source}


def code(source, data=None, count=1):
    out = {"output_type": "display_data", "metadata": {}, "data": data}
    return {"cell_type": "code", "id": "b", "metadata": {},
            "execution_count": count, "outputs": [out] if data else [],
            "source": source}


HTML = """<h1>2. One<a>#</a></h1><figure><svg></svg><span
class="caption-number">Figure 2.1 </span></figure><span class="eqno">(2.3)
</span><div class="exercise"><p class="admonition-title">Exercise 2.1</p>
</div><div class="cell_output"><div class="output stream">26</div></div>"""
IMG = '<img alt="A line." src="data:image/svg+xml;base64,">'
ALL = "**Figure 2.1.** A\n\n$$\nx \\tag{2.3}\n$$\n\n### Exercise 2.1: A\n"
BROKEN = [
    (not_valid, [{"cell_type": "prose", "id": "a"}]),
    (raw_source, [text("see {eq}`eq-z1`")]),
    (raw_source, [text("is {glue:text}`loss:.3f`")]),
    (raw_source, [text("```{toy-network}\n```")]),
    (raw_source, [text(":::{dropdown} Hint")]),
    (raw_source, [text(":name: fig-a")]),
    (raw_source, [text("(one-row)=\n")]),
    (raw_source, [text(r"$\relu(z)$")]),
    (lost_numbers, [text(ALL.replace("Figure 2.1", "Figure 2.2"))]),
    (lost_numbers, [text(ALL.replace("\\tag{2.3}", ""))]),
    (lost_numbers, [text(ALL.replace("2.1: A", "2.2: A"))]),
    (lost_numbers, [text(ALL + "**Table 2.1.** B")]),
    (lost_title, [text("# One")]),
    (lost_code, []),
    (page_only_code, [code('glue("x", 1)')]),
    (page_only_code, [code("from myst_nb import glue")]),
    (page_only_code, [code("from bench.forms import FORMS")]),
    (page_only_code, [code("def f(:")]),
    (lost_outputs, [code("1"), text(IMG)]),
    (lost_outputs, [code("1", {"text/plain": "26"})]),
    (unnamed_pictures, [text('<img src="x.png">')]),
    (unnamed_pictures, [text('<img alt="" src="x.png">')]),
    (unnamed_pictures, [code("1", {"text/html": '<img src="x">'})]),
    (unnamed_pictures, [code("1", {SVG: "<svg/>"})]),
    (unnamed_pictures, [code("1", {"application/papermill.record": "1"})]),
    (dead_links, [text("[a](#nowhere)")]),
    (dead_links, [text("[a](08_nowhere.ipynb)")]),
    (dead_links, [text("[a](02_forward.md)")]),
    (dead_links, [text(f"[a]({SITE}book/nowhere.html)")]),
    (dead_links, [text(f"[a]({SITE}book/02_forward.html#nowhere)")]),
    (not_in_order, [code("1", count=2)]),
    (not_in_order, [text("a"), text("b")]),
    (too_large, [text("a" * 1_500_000)]),
]
FINE = [
    text("# 2. One"), text(f"{ALL}\n[a](#x) <a id=\"x\"></a>, "
                           "[b](03_backprop.ipynb), `{a}`, `%s`"),
    code("%config A.b = 1\nprint(26)", {
        "text/plain": "26", "text/html": IMG}),
]


def made(cells):
    return {"cells": cells, "metadata": {}, "nbformat": 4,
            "nbformat_minor": 5}


@pytest.mark.parametrize(("check", "cells"), BROKEN)
def test_check_finds_the_fault(site, check, cells):
    html = BeautifulSoup(HTML, "html.parser")
    assert check(made(cells), html, "02_forward") != []


@pytest.mark.parametrize("check", [
    raw_source, lost_numbers, lost_title, page_only_code, lost_outputs,
    unnamed_pictures, dead_links])
def test_check_lets_a_good_notebook_be(check):
    html = BeautifulSoup(HTML, "html.parser")
    assert check(made(FINE), html, "02_forward") == []


@pytest.mark.parametrize(("output", "same"), [("26", True), ("27", False)])
def test_a_run_tells_what_a_cell_shows(tmp_path, output, same):
    cell = code("print(26)")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout",
                        "text": [output]}]
    (again,) = run(made([cell]), tmp_path).cells
    assert (shown(again) == shown(cell)) is same


MORE = {
    "what imports it": (["from bench import x"], [0]),
    "what loads from that": (["import bench.a as x", "y = x", "y"], [0, 1, 2]),
    "not what binds the name anew": (
        ["from bench import x", "x = 1", "x"], [0]),
    "not what the package gives": (["from toynet import x", "x"], []),
}


@pytest.mark.parametrize("what", MORE)
def test_cells_that_need_more_than_the_package(what):
    from notebooks import needs_more

    sources, found = MORE[what]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    assert needs_more(cells, ROOT) == found


def test_a_run_has_the_package_alone(tmp_path):
    with pytest.raises(Exception, match="not here"):
        run(made([code("import toynet\nimport myst_nb")]), tmp_path)
