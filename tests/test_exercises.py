"""Every exercise of the book: a stub, a checker, hints, a solution.

And each stands on its page's set-up cell alone. That is tried as a
reader's kernel would run it, `fresh.py`, and read in the code.
"""

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from notebooks import live_code
from pages import BOOK, NUMBERED
from test_check import CHECKERS

TESTS = Path(__file__).parent
CHAPTERS = [path for page in NUMBERED.values() if "{exercise-start}" in (
    path := BOOK / f"{page}.md").read_text("utf-8")]
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.M | re.S)
HINT = re.compile(r"^:::\{dropdown\} Hint (\d)\n(.*?)^:::$", re.M | re.S)


class Exercise(NamedTuple):
    """One exercise of a page, cut out of its source."""

    label: str
    body: str
    solution: str

    @property
    def cells(self):
        """The code of its cells: stubs and check."""
        return codes(self.body)

    @property
    def solved(self):
        """The same with the solution in front of the check."""
        *stubs, check = self.cells
        return [*stubs, *codes(self.solution), check]


def codes(text):
    """The code of cells without their options, as a reader has it."""
    return [live_code(re.sub(r"(?m)\A(:\w+:.*\n)+", "", found))
            for found in CELL.findall(text)]


def set_up(path):
    """The code that a page's exercises need."""
    (found,) = [x for x in CELL.findall(path.read_text("utf-8"))
                if x.startswith(":tags: [set-up, remove-cell]\n")]
    return found.partition("\n")[2]


def between(text, name):
    """What stands between each start and end of a directive, by label."""
    parts = re.findall(
        rf"^```\{{{name}-start\}}([^\n]*)\n(.*?)^```\{{{name}-end\}}",
        text, re.M | re.S)
    for argument, body in parts:
        label = re.search(r"^:label: (\S+)", body, re.M)
        yield (label[1] if label else argument.strip()), body


def exercises(path):
    text = path.read_text(encoding="utf-8")
    solutions = dict(between(text, "solution"))
    return [Exercise(label, body, solutions.get(label, ""))
            for label, body in between(text, "exercise")]


ALL = [pytest.param(e, id=e.label) for p in CHAPTERS for e in exercises(p)]
PAGES = pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)


def checked(source):
    """The checker that a cell calls."""
    (call,) = [n for n in ast.walk(ast.parse(source))
               if isinstance(n, ast.Call)
               and ast.unparse(n.func).startswith("check.")]
    return call.func.attr


@pytest.mark.parametrize("exercise", ALL)
def test_an_exercise_has_all_its_parts(exercise):
    assert checked(exercise.cells[-1]) in CHECKERS
    hints = HINT.findall(exercise.body)
    assert [n for n, _ in hints] in (["1", "2"], ["1", "2", "3"])
    assert all(len(text.split()) > 3 for _, text in hints)
    assert ":class: dropdown" in exercise.solution


def test_every_checker_has_its_exercise():
    used = [checked(e.values[0].cells[-1]) for e in ALL]
    assert sorted(used) == sorted(CHECKERS)


# On the set-up alone ------------------------------------------------------


@cache
def outcomes(path, code=""):
    """What comes of each exercise, blank and solved."""
    runs = {e.label: e.cells for e in exercises(path)}
    runs |= {f"{e.label} solved": e.solved for e in exercises(path)}
    task = {"set-up": code or set_up(path), "runs": runs}
    run = subprocess.run(
        [sys.executable, TESTS / "fresh.py"], input=json.dumps(task),
        capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@PAGES
def test_each_exercise_runs_behind_the_set_up_alone(path):
    assert outcomes(path) == {
        name: "passed" if name.endswith(" solved") else "not-attempted"
        for name in outcomes(path)}


def test_a_run_tells_what_is_missing_and_what_is_wrong():
    path = CHAPTERS[1]
    bare = "import torch\nfrom toynet import check\nsse = torch.add\n"
    found = outcomes(path, bare)
    assert "name 'X' is not defined" in found["ex-02-2"]
    assert found["ex-02-1"] == "not-attempted"
    assert "ex-02-5 solved" in found
    assert "Error" in found["ex-02-5 solved"]
