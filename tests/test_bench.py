"""The bench: its forms take the same step, and its record is of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import forms
from bench.clock import Job, play
from bench.forms import CONTROLS, FORMS, GROWTH, REFERENCE

BENCH = Path(forms.__file__).parent
SAVED = json.loads((BENCH / "last.json").read_text())
COMPILED = {"sequential_compiled", "compiled", "entry"}  # by a C++ compiler
QUICK = sorted(set(FORMS) - COMPILED)


@pytest.mark.parametrize("name", QUICK)
def test_a_form_takes_the_step(name):
    assert forms.wrong_by(FORMS[name]) < 1e-4


WRONG = [
    (forms.module, "momentum"),             # with the optimizer of another
    (lambda X, Y, p: forms.bare(X.flip(0), Y, p), "sgd"),
    (lambda X, Y, p: forms.bare(X, Y, p, rows=19), "sgd"),
    (lambda X, Y, p: forms.bare(X, 1 - Y, p), "sgd"),
]


@pytest.mark.parametrize(("make", "rule"), WRONG)
def test_another_step_is_seen(make, rule):
    assert forms.wrong_by(forms.Form("wrong", make, rule)) > 1e-2


@pytest.mark.parametrize("name", QUICK)
def test_operations_are_as_many_as_the_record_says(name):
    row = SAVED["forms"][name]
    assert row["says"] == FORMS[name].says
    assert row["calls"] == forms.count(FORMS[name], *forms.usual())


def test_the_record_has_the_forms_of_the_script():
    assert list(SAVED["forms"]) == list(FORMS)
    assert list(SAVED["controls"]) == list(CONTROLS)
    assert SAVED["reference"] == REFERENCE
    assert REFERENCE in FORMS
    assert SAVED["floor"]["flops"] == forms.arithmetic()
    assert SAVED["compiling"].keys() == {"sequential_compiled", "compiled"}
    for axis, sizes in GROWTH.items():
        grew = SAVED["growth"][axis]
        assert grew["sizes"] == list(sizes)
        for who in forms.growing(axis, 4):
            assert len(grew[who]) == len(sizes)


def measured():
    """Every list of quantiles in the record, with its place."""
    for part in ("forms", "controls"):
        for name, row in SAVED[part].items():
            yield name, row.get("ratio", [])
    yield "floor", SAVED["floor"]["ratio"]
    for axis, lines in SAVED["growth"].items():
        for who in forms.growing(axis, 4):
            yield from ((f"{axis} {who}", q) for q in lines[who])


@pytest.mark.parametrize(("place", "ratio"), [*measured()])
def test_what_was_measured_is_in_order(place, ratio):
    assert len(ratio) == len(SAVED["quantiles"]) == 5
    assert ratio[0] > 0
    assert ratio == sorted(ratio)
    assert place != REFERENCE or ratio[1] < 1 < ratio[3]


def test_the_record_says_on_what_and_names_nobody():
    assert set(SAVED["machine"]) == {
        "processor", "cores", "system", "python", "torch", "numpy", "threads"}
    assert SAVED["machine"]["threads"] == 1
    assert SAVED["rounds"] >= 60  # of the committed one
    assert len(SAVED["made"]) == 10


def test_arithmetic_is_that_of_the_products():
    from torch.utils.flop_counter import FlopCounterMode

    for axis, size in (("rows", 200), ("width", 16)):
        X, Y, params = forms.grown(axis, size)
        with FlopCounterMode(display=False) as flops:
            next(forms.bare(X, Y, params))
        asked = forms.arithmetic(**{axis: size})
        assert flops.get_total_flops() == asked


def waiting(number):
    """A run whose steps take as long as a sum of so many numbers."""
    while True:
        yield sum(range(number))


def test_a_ratio_is_to_the_reference():
    jobs = [Job(lambda n=n: waiting(n)) for n in (2000, 20000)]
    jobs.append(Job(lambda: waiting(20000), steps=10, every=3))
    told = []
    play(jobs, jobs[0], 9, told.append)
    assert [len(job.ratios) for job in jobs] == [9, 9, 3]
    assert told == list(range(9))
    for job, truth in zip(jobs, (1, 10, 1), strict=True):
        middle = sorted(job.ratios)[len(job.ratios) // 2]
        assert truth / 2 < middle < truth * 2


@pytest.mark.slow
def test_the_bench_runs(tmp_path):
    """One round, without what needs a compiler and many seconds of it."""
    to = tmp_path / "record.json"
    run = subprocess.run(
        [sys.executable, "-m", "bench", "--rounds", "1", "--to", str(to),
         "--without", *COMPILED],
        cwd=BENCH.parent, capture_output=True, text=True,
    )
    assert run.returncode == 0, run.stderr
    made = json.loads(to.read_text())
    assert made.keys() == SAVED.keys()
    left_out = {name for part in ("forms", "controls")
                for name, row in made[part].items() if "missing" in row}
    assert left_out == COMPILED
    for name, form in FORMS.items():
        assert form.says in run.stdout, name
    assert "round 1 of 1" in run.stderr
