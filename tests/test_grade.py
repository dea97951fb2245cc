"""Grading a folder of workbooks, some of them broken or forged."""

import csv

import pytest
from nbformat import v4, write

from toynet import check
from toynet.check import grade

TITLES = "2.1 The loss", "2.2 A row"
RIGHT = "def my_loss(y_hat, Y):\n    return ((y_hat - Y) ** 2).sum()"
MEAN = RIGHT.replace("sum()", "mean()")
FORGED = """\
from toynet import check
from toynet.check.report import Report
check.loss = lambda *_: Report(True, "", "")
class check:
    loss = row = staticmethod(lambda *_: Report(True, "", ""))"""


def workbook(stub="def my_loss(y_hat, Y):\n    ...", more=(), ids=True):
    """Return a small workbook with this in its first stub."""
    def code(name, source, *tags):
        return v4.new_code_cell(source, id=name, metadata={"tags": [*tags]})

    cells = [
        code("set-up", "import torch\nfrom toynet import check"),
        code("ex-02-5-2", stub, "stub"),
        *(code(f"own-{i}", x) for i, x in enumerate(more)),
        code("ex-02-5-3", "check.loss(my_loss)", "check"),
        code("ex-02-2-2", "mine = None", "stub"),
        code("ex-02-2-3", "check.row(mine)", "check"),
        code("points", f"points = {dict(zip(TITLES, (2, 1), strict=True))}",
             "points"),
        code("summary", "print('3 of 3')", "summary")]
    if not ids:
        for cell in cells:
            del cell["id"]
    return v4.new_notebook(cells=cells)


NOTEBOOKS = {
    "blank": (workbook(), 0, "not-attempted"),
    "right": (workbook(RIGHT), 2, "right"),
    "no-ids": (workbook(RIGHT, ids=False), 2, "right"),
    "more-cells": (workbook("", [RIGHT, "1 / 0"]), 2, "right"),
    "mean": (workbook(MEAN), 0, "mean-for-sum"),
    "syntax": (workbook("def my_loss(:"), 0, "could-not-be-read"),
    "renamed": (workbook(RIGHT.replace("my_", "our_")), 0, "not-attempted"),
    "endless": (workbook("while True:\n    pass"), 0, "time-limit"),
    "exits": (workbook("import os\nos._exit(0)"), 0, "not-reached"),
    "large": (workbook("x = bytearray(10**11)"), 0, "not-attempted"),
    "forged": (workbook(FORGED + "\n" + MEAN), 0, "mean-for-sum"),
    "other": (v4.new_notebook(), 0, "not-read"),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    home = tmp_path_factory.mktemp("grade")
    (home / "in").mkdir()
    write(workbook(), home / "clean.ipynb")
    for name, (notebook, _, _) in NOTEBOOKS.items():
        write(notebook, home / "in" / f"{name}.ipynb")
    (home / "in" / "none.ipynb").write_text("no notebook")
    out = home / "grades.csv"
    grade.main([str(home / "in"), str(home / "clean.ipynb"), "-o", str(out),
                "--seconds", "6"])
    with out.open(encoding="utf-8") as file:
        return {row["notebook"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_gets_its_points(rows, name):
    _, points, diagnosis = NOTEBOOKS[name]
    row = rows[name]
    assert row["2.1 The loss: diagnosis"] == diagnosis, row
    assert int(row["points"]) == int(row["2.1 The loss"]) == points
    assert row["2.2 A row"] == "0"


def test_what_is_no_notebook_costs_only_itself(rows):
    assert set(rows) == {*NOTEBOOKS, "none"}
    assert "JSONDecodeError" in rows["none"]["note"]


def test_a_summary_shows_what_there_is():
    def right(y_hat, Y):
        return ((y_hat - Y) ** 2).sum()

    table = check.summary({
        "a": lambda: check.loss(right),
        "b": lambda: check.loss(nowhere),  # noqa: F821
        "c": lambda: 1 / 0, "d": lambda: None})
    assert table.total == (1, 4)
    assert [r.diagnosis for r in table.reports.values()] == [
        "", "not-attempted", "unreadable", "unreadable"]
