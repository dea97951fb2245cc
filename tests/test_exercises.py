"""Every exercise of the book: a stub, a checker, hints, a solution."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from test_check import CHECKERS

BOOK = Path(__file__).parents[1] / "book"
CHAPTERS = sorted(BOOK.glob("0*.md"))
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.M | re.S)
HINT = re.compile(r"^:::\{dropdown\} Hint (\d)\n(.*?)^:::$", re.M | re.S)


class Exercise(NamedTuple):
    """One exercise of a page, cut out of its source."""

    label: str
    body: str
    solution: str

    @property
    def cells(self):
        """The code of its cells: stub and check."""
        return [code(found) for found in CELL.findall(self.body)]


def code(cell):
    """A cell's code without its options."""
    lines = cell.splitlines()
    return "\n".join(x for x in lines if not re.match(r":\w+:|%", x))


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


def bound(source):
    """The names that code binds at its top level."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)
                  and isinstance(n.ctx, ast.Store)}
    return names


def checked(source):
    """The calls of `check` in a cell: (checker, names that it is given)."""
    return [
        (node.func.attr, {n.id for a in node.args for n in ast.walk(a)
                          if isinstance(n, ast.Name)})
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith("check.")
    ]


def test_there_are_enough_exercises():
    counts = [len(exercises(path)) for path in CHAPTERS]
    assert len(counts) == 7
    assert min(counts) >= 4
    assert sum(counts) >= 28


@pytest.mark.parametrize("exercise", ALL)
def test_an_exercise_ends_with_its_checker(exercise):
    *stub, last = exercise.cells
    (found,) = checked(last)
    assert found[0] in CHECKERS
    assert stub
    assert found[1] <= set().union(*map(bound, stub)), "what is checked?"


@pytest.mark.parametrize("exercise", ALL)
def test_an_exercise_has_graded_hints(exercise):
    hints = HINT.findall(exercise.body)
    assert [n for n, _ in hints] in (["1", "2"], ["1", "2", "3"])
    assert all(len(text.split()) > 3 for _, text in hints)


@pytest.mark.parametrize("exercise", ALL)
def test_a_solution_binds_what_the_stub_leaves_open(exercise):
    assert ":class: dropdown" in exercise.solution
    cells = [code(found) for found in CELL.findall(exercise.solution)]
    ((_, names),) = checked(exercise.cells[-1])
    assert names <= bound("\n".join(cells))


def test_every_checker_has_its_exercise():
    used = [name for e in ALL
            for name, _ in checked(e.values[0].cells[-1])]
    assert sorted(used) == sorted(CHECKERS)
