"""The workbook: blank it attempts nothing, solved it passes everywhere.

Both kinds are built from the pages and run from the first cell to the
last. Each check of form takes a notebook's cells and gives a list of
faults; a table of broken cells shows that each check can find one.
"""

import copy
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient
from origin import Origin, origin_of, site_of

pytestmark = [pytest.mark.slow, pytest.mark.workbook]

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"
KINDS = "workbook", "workbook-solved"
CHAPTERS = sorted(
    path.stem for path in BOOK.glob("*.md")
    if "{exercise-start}" in path.read_text(encoding="utf-8")
)
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
SITE = site_of(origin_of(
    ROOT, Origin(REPOSITORY["url"], REPOSITORY["branch"])).repository)


def page(chapter):
    return (BOOK / f"{chapter}.md").read_text(encoding="utf-8")


def labels(chapter):
    """The labels of a page's exercises, in order."""
    return re.findall(r"^:label: (ex-.*)$", page(chapter), re.M)


# Building and running -----------------------------------------------------


@pytest.fixture(scope="module")
def built(make):
    """Build both kinds; give each kind's notebooks by chapter."""
    for kind in KINDS:
        run = make(kind)
        assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    return {
        kind: {
            path.stem: nbformat.read(path, as_version=4)
            for path in sorted((ROOT / "_build" / kind).glob("*.ipynb"))
        }
        for kind in KINDS
    }


def run(notebook, folder):
    """Run a notebook; give its cells with outputs, and what went wrong."""
    folder.mkdir()
    notebook = copy.deepcopy(notebook)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except Exception as error:
        return notebook.cells, str(error)
    return notebook.cells, ""


@pytest.fixture(scope="module")
def played(built, tmp_path_factory, request):
    """Run what the chosen tests ask for, two notebooks at a time.

    Those of the later pages take longest, so they go first.
    """
    home = tmp_path_factory.mktemp("workbook")
    asked = {
        one.callspec.params["name"] for one in request.session.items
        if "played" in one.fixturenames
    }
    jobs = [
        (kind, name) for name in sorted(asked, reverse=True)
        for kind in KINDS
    ]
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(
            lambda job: run(built[job[0]][job[1]], home / "-".join(job)),
            jobs,
        )
        return dict(zip(jobs, results, strict=True))


def shown(cell, kind):
    """What a cell shows in a MIME type."""
    return "\n".join(
        output["data"].get(kind, "") for output in cell["outputs"]
        if output["output_type"] == "execute_result"
    )


def diagnoses(cells):
    """The diagnosis of each check cell, by the cell's id."""
    return {
        cell["id"]: " ".join(re.findall(
            r'data-diagnosis="([^"]*)"', shown(cell, "text/html")))
        for cell in tagged(cells, "check")
    }


def tagged(cells, tag):
    return [c for c in cells if tag in c["metadata"].get("tags", [])]


def total(cells):
    """The last line of the table at the end: points got, points there."""
    (table,) = tagged(cells, "summary")
    line = shown(table, "text/plain").splitlines()[-1]
    points = re.fullmatch(r"Total +(.*) of (.*)", line)
    return [float(x) for x in points.groups()]


@pytest.mark.parametrize("name", CHAPTERS)
def test_blank_workbook_runs_and_nothing_is_attempted(played, name):
    cells, trouble = played["workbook", name]
    assert trouble == ""
    found = diagnoses(cells)
    assert found == dict.fromkeys(found, "not-attempted")
    assert total(cells) == [0, len(found)]


@pytest.mark.parametrize("name", CHAPTERS)
def test_workbook_with_solutions_passes(played, name):
    cells, trouble = played["workbook-solved", name]
    assert trouble == ""
    found = diagnoses(cells)
    assert found == dict.fromkeys(found, "passed")
    assert total(cells) == [len(found)] * 2


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_exercise_is_checked(built, name):
    cells = built["workbook"][name]["cells"]
    checks = [cell["id"] for cell in tagged(cells, "check")]
    assert [x.rpartition("-")[0] for x in checks] == labels(name)


@pytest.mark.parametrize("name", CHAPTERS)
def test_solutions_are_all_that_the_two_differ_in(built, name):
    blank, solved = (built[kind][name]["cells"] for kind in KINDS)
    put_in = tagged(solved, "solution")
    assert len(put_in) >= len(labels(name))
    assert [cell for cell in solved if cell not in put_in] == blank


@pytest.mark.parametrize("name", CHAPTERS)
def test_notebook_is_valid_and_not_run(built, name):
    for kind in KINDS:
        notebook = built[kind][name]
        nbformat.validate(notebook)
        for cell in notebook["cells"]:
            assert not cell.get("outputs")


def test_there_is_a_notebook_for_each_page_with_exercises(built):
    for kind in KINDS:
        assert list(built[kind]) == CHAPTERS
        folder = ROOT / "_build" / kind
        assert {x.suffix for x in folder.iterdir()} == {".ipynb"}


# Form ---------------------------------------------------------------------


def sources(cells, kind):
    return [c["source"] for c in cells if c["cell_type"] == kind]


def missing_exercises(cells, name):
    """Exercises of the page that are not there once, or not in order."""
    heads = [
        cell["id"] for cell in cells
        if cell["source"].startswith("## Exercise")
    ]
    there = [head.rpartition("-")[0] for head in heads]
    return [] if there == labels(name) else [there, labels(name)]


def wrong_numbers(cells, name):
    """Headings that don't say the exercise's number and title."""
    titles = re.findall(r"^```\{exercise-start\} (.*)$", page(name), re.M)
    heads = re.findall(
        r"^## (Exercise .*)$", "\n".join(sources(cells, "markdown")), re.M)
    want = [
        f"Exercise {int(name[:2])}.{i}: {title}"
        for i, title in enumerate(titles, 1)
    ]
    return [head for head in heads if head.replace("’", "'") not in want]


def told_solutions(cells, name):
    """Lines of a solution, code or prose, that the notebook gives away."""
    text = "\n".join(cell["source"] for cell in cells)
    parts = re.split(
        r"^```\{solution-start\}.*?^```$(.*?)^```\{solution-end\}",
        page(name), flags=re.M | re.S)
    rest, solutions = "".join(parts[::2]), "".join(parts[1::2])
    marks = r"\{[\w:]+\}`[^`]*`|`[^`]*`|\$[^$]*\$|['’]|(?<=[.,:;]) "
    pieces = {
        piece.strip()
        for line in solutions.splitlines() if not line.startswith("```")
        for piece in re.split(marks, line)
    }
    long = {piece for piece in pieces if len(piece) > 25}
    return sorted(x for x in long if x in text and x not in rest)


def wrong_hints(cells, name):
    """Exercises that have not two hints or three."""
    counts = dict.fromkeys(labels(name), 0)
    for cell in cells:
        label = cell["id"].rpartition("-")[0]
        if label in counts:
            counts[label] += cell["source"].count(
                "<details>\n<summary>Hint")
    return [label for label, n in counts.items() if n not in (2, 3)]


def raw_source(cells, name):
    """Roles and directives that nobody turned into Markdown."""
    text = "\n".join(sources(cells, "markdown"))
    return re.findall(
        r"\{[\w:-]+\}`|^:::.*|\{\w+-start\}|\\relu\b", text, re.M)


def broken_math(cells, name):
    """Paragraphs with a formula that opens and doesn't close."""
    faults = []
    for text in sources(cells, "markdown"):
        bare = re.sub(r"(`+).*?\1|\\\$", "", text)
        bare = re.sub(r"^\$\$\n[^$]+\n\$\$$", "", bare, flags=re.M)
        faults += [
            p for p in bare.split("\n\n") if p.count("$") % 2 or "$$" in p
        ]
    return faults


def page_only_code(cells, name):
    """Code that a reader's notebook can't run or has no use for."""
    text = "\n".join(sources(cells, "code"))
    return re.findall(r"\bglue\(|myst_nb|^%.*", text, re.M)


def lost_links(cells, name):
    """Links to places beside the notebook, or to no page of the site."""
    text = "\n".join(sources(cells, "markdown"))
    faults = []
    for address in re.findall(r"\]\(([^)]*)\)|href=\"([^\"]*)\"", text):
        address = "".join(address)
        if address.startswith(SITE):
            source = address.removeprefix(SITE).partition("#")[0]
            if not (ROOT / source).with_suffix(".md").is_file():
                faults.append(address)
        elif not address.startswith("https://"):
            faults.append(address)
    return faults


def repeated_ids(cells, name):
    """Ids of cells that come again."""
    ids = [cell["id"] for cell in cells]
    return sorted({one for one in ids if ids.count(one) > 1})


CHECKS = [
    missing_exercises,
    wrong_numbers,
    told_solutions,
    wrong_hints,
    raw_source,
    broken_math,
    page_only_code,
    lost_links,
    repeated_ids,
]


@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_notebook_has_no_fault(built, name, check):
    assert check(built["workbook"][name]["cells"], name) == []


def test_links_lead_to_anchors_of_the_site(built, site):
    for name, notebook in built["workbook"].items():
        text = "\n".join(sources(notebook["cells"], "markdown"))
        for address in re.findall(re.escape(SITE) + r"([^)\"]*)", text):
            path, _, anchor = address.partition("#")
            html = (site / path).read_text(encoding="utf-8")
            assert not anchor or f'id="{anchor}"' in html, (name, address)


# Can each check find its fault? -------------------------------------------


def small(answer):
    """A workbook of one exercise, with `answer` for its solution."""
    codes = [
        ("stub", f"from toynet import check\nmine = {answer}"),
        ("check", "check.forward(mine)"),
        ("summary", 'check.summary({"1": check.forward(mine)}, {"1": 2})'),
    ]
    new = nbformat.v4
    return new.new_notebook(cells=[
        new.new_code_cell(code, id=f"{tag}-1", metadata={"tags": [tag]})
        for tag, code in codes
    ])


@pytest.mark.parametrize(("answer", "diagnosis", "points"), [
    ("None", "not-attempted", 0),
    ("lambda X, p: X @ p.W1 @ p.W2", None, 0),
    ("lambda X, p: ((X @ p.W1 + p.b1).relu() @ p.W2 + p.b2).sigmoid()",
     "passed", 2),
])
def test_a_run_tells_how_an_answer_did(tmp_path, answer, diagnosis, points):
    cells, trouble = run(small(answer), tmp_path / "here")
    assert trouble == ""
    assert total(cells) == [points, 2]
    found = diagnoses(cells)["check-1"]
    assert diagnosis in (found, None)
    assert diagnosis or found not in ("passed", "not-attempted")


def test_a_run_tells_of_an_error(tmp_path):
    assert "ZeroDivisionError" in run(small("1 / 0"), tmp_path / "here")[1]


def cell(source, kind="markdown", name="x-1"):
    return {"cell_type": kind, "id": name, "source": source}


NAME = CHAPTERS[1]  # any page will do
HINT = "<details>\n<summary>Hint 1</summary>\n\nLook.\n\n</details>"
SECRET = "return torch.sigmoid(torch.relu(X @ p.W1 + p.b1) @ p.W2 + p.b2)"
PROSE = "Written as one expression they still agree to the last bit"
BROKEN = [
    (missing_exercises, []),
    (missing_exercises, [
        cell("## Exercise", name=f"{label}-1")
        for label in reversed(labels(NAME))]),
    (wrong_numbers, [cell("## Exercise The forward pass 2.1")]),
    (wrong_numbers, [cell("## Exercise 2.9: The forward pass")]),
    (told_solutions, [cell(f"def f(X, p):\n    {SECRET}", "code")]),
    (told_solutions, [cell(f"{PROSE}, since")]),
    (wrong_hints, []),
    (wrong_hints, [
        cell(f"{HINT}\n\n" * n, name=f"{label}-4")
        for n, label in enumerate(labels(NAME), 1)]),
    (raw_source, [cell("see {eq}`eq-z1`")]),
    (raw_source, [cell("is {glue:text}`loss:.3f`")]),
    (raw_source, [cell(":::{dropdown} Hint 1")]),
    (raw_source, [cell(r"$\relu(z)$")]),
    (broken_math, [cell("costs $x and no more")]),
    (broken_math, [cell("$$ x = 1 $$")]),
    (broken_math, [cell("$$\nx = 1\n")]),
    (page_only_code, [cell('glue("x", 1)', "code")]),
    (page_only_code, [cell("from myst_nb import glue", "code")]),
    (page_only_code, [cell("%config A = 1", "code")]),
    (lost_links, [cell("[here](02_forward.md)")]),
    (lost_links, [cell("[here](#place)")]),
    (lost_links, [cell(f"[here]({SITE}book/nowhere.html#eq-z1)")]),
    (repeated_ids, [cell("a"), cell("b")]),
]


@pytest.mark.parametrize(("check", "cells"), BROKEN)
def test_check_finds_the_fault(check, cells):
    assert check(cells, NAME) != []


FINE = [
    cell("costs \\$5, `$x`, and $x$ twice: $x$\n\n$$\nx\n$$"),
    cell(f"[(2.3)]({SITE}book/02_forward.html#equation-eq-z1)", name="x-2"),
]


@pytest.mark.parametrize("check", [
    raw_source, broken_math, page_only_code, lost_links, repeated_ids])
def test_check_lets_good_cells_be(check):
    assert check(FINE, NAME) == []
