"""What the tests of the checkers share: the catalogue's wrong solutions."""

import functools

import pytest

from toynet import check
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build

DRAWS = 100


def entries(*exercises):
    """The catalogue's entries for these exercises, as test parameters."""
    return [
        pytest.param(m, id=f"{m.exercise}-{m.code}-{i}")
        for i, m in enumerate(MISTAKES) if m.exercise in exercises
    ]


def wrong_solution(mistake, base=None, gives=None):
    """The mistake as a function, made from `base` where it is an exchange."""
    function = build((mistake,), base)
    assert function, "a text to exchange is not in the right function"
    if gives and mistake.exchanges:
        return lambda *args: gives(function(*args))
    return function


def diagnoses(exercise, function, draws=DRAWS):
    """The set of what the checker says of a function over random draws."""
    checker = getattr(check, exercise)
    reports = [checker(function, seed=seed) for seed in range(draws)]
    assert all(r.message and r.passed == (r.diagnosis == "") for r in reports)
    return {r.diagnosis for r in reports}


@functools.cache
def codes(exercise):
    return {m.code for m in MISTAKES if m.exercise == exercise}
