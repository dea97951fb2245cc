"""The notebooks: nothing of MyST, all of the page, and they run.

Each check takes a notebook, the name of its page and the page, and gives
a list of faults. The notebooks must have none. Chapters 1 and 2 and a workbook
are run here; `make binder` runs all chapters, and `test_exercises` each
exercise.
"""

import ast
import base64
import builtins
import json
import os
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from drawings import undated
from myst_nb.core.read import myst_nb_reader_plugin
from nbclient import NotebookClient
from notebooks import live_code
from origin import Origin, origin_of, site_of
from pages import NUMBERED, bound, read
from test_exercises import exercises

import toynet

pytestmark = pytest.mark.site

ROOT = Path(__file__).parents[1]
KINDS = "notebooks", "workbook", "workbook-solved"
SITE_FILES = ROOT / "_build" / "html"
CHAPTERS = sorted(NUMBERED)
SVG = "image/svg+xml"
SETTINGS = (ROOT / "_config.yml").read_text("utf-8")
SITE = site_of(origin_of(ROOT, Origin(
    re.search(r"^  url: (\S+)", SETTINGS, re.M)[1], "")).repository)
ASKING = [name for name in CHAPTERS
          if "{exercise-start}" in Path(
              ROOT, "book", f"{NUMBERED[name]}.md").read_text(
              "utf-8")]


@pytest.fixture(scope="module")
def built(make):
    """Each kind's notebooks by chapter."""
    run = make("notebooks")
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    return {kind: {
        path.stem: nbformat.read(path, 4) for path in sorted(
            (ROOT / "_build" / kind).iterdir())} for kind in KINDS}


@cache
def page(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def page_of(name):
    return page(SITE_FILES / "book" / f"{NUMBERED.get(name, name)}.html")


def source_of(name):
    return ROOT / "book" / f"{NUMBERED[name]}.md"


def texts(notebook, kind="markdown"):
    return [x.source for x in notebook.cells if x.cell_type == kind]


def outputs(notebook):
    return [x for c in notebook.cells for x in c.get("outputs", [])]


def tagged(cells, tag):
    return [c for c in cells if tag in c.metadata.get("tags", [])]


def prose(notebook):
    """The text of a notebook, without code and pictures."""
    text = re.sub(r"<img [^>]*>", "", "\n\n".join(texts(notebook)))
    return re.sub(r"(?ms)^```.*?^```$|`[^`\n]*`", "", text)


# What each notebook must be -----------------------------------------------


def not_valid(notebook, html, name):
    """What the format does not allow, and ids that come twice."""
    ids = [cell.id for cell in notebook.cells]
    if twice := [x for x in ids if ids.count(x) > 1]:
        return twice
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        return [str(error)]
    return []


def raw_source(notebook, html, name):
    """Roles, directives and their options that nobody resolved."""
    text = prose(notebook)
    bare = re.sub(r"(?s)\$\$.*?\$\$|(?<!\\)\$[^$]*(?<!\\)\$", "", text)
    return [
        *re.findall(r"\{[\w:-]+\}|^:::.*|^:\w+:.*|^\(.*\)=$|%s", bare, re.M),
        *re.findall(r"\\relu\b", text), *re.findall(r"(?<!\\)\$", bare),
        *re.findall(r"^```\{.*", "\n".join(texts(notebook)), re.M),
    ]


def page_only_code(notebook, html, name):
    """Code that does not run, or reads what a reader has not."""
    faults, known = [], {*dir(builtins), "get_ipython"}
    for code in texts(notebook, "code"):
        faults += re.findall(
            r"(?m)\bglue\(|myst_nb|^(?:from|import) bench\b", code)
        try:
            tree = ast.parse(re.sub(r"(?m)^%.*", "", code))
        except SyntaxError as error:
            return [*faults, str(error)]
        known |= set(bound(tree))
        faults += read(tree) - known
    return faults


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


def no_way_to_the_package(notebook, html, name):
    """A beginning that does not say where `toynet` comes from."""
    first = texts(notebook)[:1]
    return [] if re.search(r"\npip install \S", *first or [""]) else first


# What a chapter's must be, beside its page --------------------------------


def lost_numbers(notebook, html, name):
    """Equations, figures and the like that page and notebook don't share."""
    text = "\n\n".join(texts(notebook))
    there = {
        *re.findall(r"^\*\*(\w+ [\w.]+)\.\*\* ", text, re.M),
        *re.findall(r"\\tag\{([\w.]+)\}", text),
        *re.findall(r"^#+ (Exercise [\w.]+): ", text, re.M),
        *re.findall(r"<summary>Solution to (Exercise [\w.]+)</s", text),
        *re.findall(r"^# .*$", text, re.M),
    }
    wanted = {x.text.strip() for x in html.select(".caption-number")
              if re.match("Figure|Table|Listing", x.text)}
    wanted |= {re.search(r"\((.*?)\)", x.text)[1]
               for x in html.select(".eqno")}
    wanted |= {f"Exercise {number}" for number in exercise_numbers(html)}
    return sorted(there ^ {*wanted, "# " + html.h1.text.rstrip("#").strip()})


def lost_code(notebook, html, name):
    """Cells of the page that are neither live nor shown."""
    live, shown = texts(notebook, "code"), "\n".join(texts(notebook))
    source = myst_nb_reader_plugin(str(source_of(name)))
    solved = "".join(e.solution for e in exercises(source_of(name)))
    codes = [live_code(x.source) for x in source.cells
             if x.cell_type == "code" and not (
                 "remove-cell" in x.metadata.get("tags", [])
                 and x.source in solved)]
    return [x for x in codes if x not in live and x not in shown]


def lost_outputs(notebook, html, name):
    """What the page shows of its run, and the notebook does not."""
    told = "\n".join(texts(notebook)) + "\n".join(
        x.get("text", "") + x.get("data", {}).get("text/plain", "")
        for x in outputs(notebook))
    shown = [x.text.strip("\n") for x in html.select(
        ".cell_output .output.stream, .cell_output .output.text_plain")]
    faults = [x for x in shown if x not in told]
    drawn = len(re.findall("<img ", json.dumps(notebook)))
    wanted = len(html.select("figure svg")) + len(html.select("toy-network"))
    counts = [x.execution_count for x in notebook.cells
              if x.cell_type == "code"]
    return faults + [f"{drawn} of {wanted} pictures"] * (drawn != wanted) + [
        x for i, x in enumerate(counts, 1) if x != i]


def unnamed_pictures(notebook, html, name):
    """Pictures without words, or that JupyterLab may not show."""
    images = re.findall(r"<img .*?>", "".join(texts(notebook)) + "".join(
        x.get("data", {}).get("text/html", "") for x in outputs(notebook)))
    return [x[:99] for x in images if not re.search('alt="[^"]', x)] + [
        kind for x in outputs(notebook) for kind in x.get("data", {})
        if kind.startswith(("image/", "application/"))
    ] + re.findall(r"!\[.*?\]\(.{20}", prose(notebook))


def other_each_time(notebook, html, name):
    """Warnings, and outputs with an address, that no two builds share."""
    shown = [x.get("data", {}).get("text/plain", "")
             for x in outputs(notebook)]
    return [x for x in shown if re.search(r" at 0x[0-9a-f]+", x)] + [
        x["text"] for x in outputs(notebook) if x.get("name") == "stderr"]


def too_large(notebook, html, name):
    """More than one would like to download or keep."""
    size = len(json.dumps(notebook, ensure_ascii=False).encode())
    return [size] if size > 1_500_000 else []


# What a workbook must be --------------------------------------------------


def exercise_numbers(html):
    """The numbers of a page's exercises, in order."""
    return [re.search(r"Exercise ([\w.]+)", x.text)[1]
            for x in html.select(".exercise > .admonition-title")]


def lost_exercises(notebook, html, name):
    """Exercises that lack their place, number, code or hints."""
    heads = re.findall(r"^## Exercise (.*): ", "\n".join(
        texts(notebook)), re.M)
    faults = [] if heads == exercise_numbers(html) else [heads]
    for label, codes in [(e.label, e.cells) for e in exercises(
            source_of(name))]:
        own = [x for x in notebook.cells if x.id.startswith(f"{label}-")
               and "solution" not in x.metadata["tags"]]
        code = [x.source for x in own if x.cell_type == "code"]
        tags = [x.metadata["tags"] for x in own if x.cell_type == "code"]
        hints = sum(x.source.count("<summary>Hint") for x in own)
        faults += [label] * (
            code != codes or hints not in (2, 3)
            or tags != [*[["stub"]] * (len(codes) - 1), ["check"]])
    return faults


def told_solutions(notebook, html, name):
    """Lines of a solution, code or prose, that the notebook gives away."""
    text = "\n".join(x.source for x in notebook.cells)
    whole = source_of(name).read_text("utf-8")
    solutions = [e.solution for e in exercises(source_of(name))]
    for one in solutions:
        whole = whole.replace(one, "")
    marks = r"\{[\w:]+\}`[^`]*`|`[^`]*`|\$[^$]*\$|['’]|(?<=[.,:;]) "
    pieces = {piece.strip() for line in "\n".join(solutions).splitlines()
              if not line.startswith("```")
              for piece in re.split(marks, line)}
    return sorted(x for x in pieces
                  if len(x) > 25 and x in text and x not in whole)


def already_run(notebook, html, name):
    """Outputs where there should be none."""
    return outputs(notebook)


ANY = [not_valid, raw_source, page_only_code, dead_links,
       no_way_to_the_package]
CHECKS = {
    "notebooks": [*ANY, lost_numbers, lost_code, lost_outputs,
                  unnamed_pictures, other_each_time, too_large],
    "workbook": [*ANY, lost_exercises, told_solutions, already_run],
    "workbook-solved": [not_valid, page_only_code, lost_exercises,
                        already_run],
}


@pytest.mark.parametrize(("kind", "name"), [
    (kind, name) for kind in KINDS
    for name in (CHAPTERS if kind == "notebooks" else ASKING)])
def test_notebook_has_no_fault(built, site, kind, name):
    faults = {check.__name__: check(built[kind][name], page_of(name), name)
              for check in CHECKS[kind]}
    assert {k: v for k, v in faults.items() if v} == {}


def test_each_chapter_has_its_notebooks_and_nothing_else_has(built, site):
    assert {kind: list(built[kind]) for kind in KINDS} == dict.fromkeys(
        KINDS, ASKING) | {"notebooks": CHAPTERS}
    assert sorted(x.stem for x in site.rglob("*.ipynb")) == CHAPTERS


@pytest.mark.parametrize("name", ASKING)
def test_solutions_are_all_that_the_workbooks_differ_in(built, name):
    solved = built["workbook-solved"][name].cells
    put_in = tagged(solved, "solution")
    assert len(put_in) >= len(exercises(source_of(name)))
    assert [x for x in solved if x not in put_in] == (
        built["workbook"][name].cells)


@pytest.mark.parametrize("path", sorted((ROOT / "book").rglob("*.md")),
                         ids=lambda path: path.stem)
def test_download_button_gives_the_notebook(built, site, path):
    """The site's was written by another build: both have the same bytes."""
    buttons = page_of(path.stem).select(".btn-download-notebook-button")
    assert len(buttons) == (path.stem in CHAPTERS)
    place = site / path.relative_to(ROOT).parent
    for button in buttons:
        file = place / button["href"]
        here = ROOT / "_build" / "notebooks" / file.name
        assert file.read_bytes() == here.read_bytes()


# Running ------------------------------------------------------------------


def run(notebook, folder):
    """Run a notebook where only the package is there."""
    (folder / "toynet").symlink_to(Path(toynet.__file__).parent)
    (folder / "myst_nb.py").write_text("raise ImportError('not here')")
    client = NotebookClient(
        nbformat.from_dict(json.loads(json.dumps(notebook))), timeout=None,
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
    svg = undated(svg)
    bare = re.sub(r"\b[mp][0-9a-f]{10}\b|[-\d.]+|\s", "", svg)
    return "\n".join([*re.findall(r">([^<]*)</text>", svg), bare])


def shown(cell):
    """What a cell shows, whichever way a picture is kept."""
    found = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        picture = re.search(r'base64,([^"]*)', data.get("text/html", ""))
        text = output.get("text") or data["text/plain"]
        if SVG in data or picture:
            text = structure(data[SVG] if SVG in data else base64.b64decode(
                picture[1]).decode())
        found.append(text.strip())
    return found


@pytest.mark.parametrize("name", CHAPTERS[:2])
def test_notebook_runs_and_shows_what_it_has(built, tmp_path, name):
    notebook = built["notebooks"][name]
    ran = run(notebook, tmp_path)
    for cell, again in zip(notebook.cells, ran.cells, strict=True):
        if cell.cell_type == "code":
            assert shown(again) == shown(cell), cell.id


@pytest.mark.parametrize(("kind", "said", "share"), [
    ("workbook", "Not attempted yet.", 0), ("workbook-solved", "Right.", 1)])
def test_workbook_runs_and_counts(built, tmp_path, kind, said, share):
    cells = run(built[kind][CHAPTERS[1]], tmp_path).cells
    checks = tagged(cells, "check")
    assert all(shown(x)[0].startswith(said) for x in checks)
    (table,) = tagged(cells, "summary")
    total = re.search(r"Total +(\d+) of (\d+)$", shown(table)[0])
    assert [int(x) for x in total.groups()] == [
        share * len(checks), len(checks)]


LIVE = {
    "the page's own calls go": ("a = 1\nglue('x', a)", "a = 1"),
    "settings of IPython stay": (
        "from myst_nb import glue\n%config A.b = 1\na = 1",
        "%config A.b = 1\na = 1"),
    "a value that comes last is not shown": (
        "ax.set('é')  # so\nglue('f', fig)", "ax.set('é');  # so"),
    "a value that was last is shown": ("glue('a', a)\na", "a"),
    "what prints needs no mark": ("print(a)\nglue('a', a)", "print(a)"),
    "a figure stays open": ("b = 1\nplt.close(fig)", "b = 1"),
    "an else for the page goes whole": (
        "if a:\n    b = 1\nelse:\n    # why\n    glue('b', b)\nc = 1",
        "if a:\n    b = 1\nc = 1"),
    "nothing is left": ("for i in a:\n    glue(i, i)", ""),
}


@pytest.mark.parametrize("what", LIVE)
def test_a_cell_as_a_reader_runs_it(what):
    source, live = LIVE[what]
    assert live_code(source) == live
