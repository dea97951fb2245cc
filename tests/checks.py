"""What the tests of the checkers share: the catalogue's wrong solutions.

`make catalogue` tries every entry on a hundred draws, which takes the
better part of an hour. In an ordinary run each code has its first entry,
on ten draws.
"""

import os

import pytest

from toynet import check
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build

FULL = os.environ.get("CATALOGUE") == "full"
DRAWS = 100 if FULL else 10


def entries(*exercises):
    """The catalogue's entries for these exercises, as test parameters."""
    known = [m for m in MISTAKES if m.exercise in exercises]
    if not FULL:
        first = {(m.exercise, m.code): m for m in reversed(known)}
        known = [m for m in known if first[m.exercise, m.code] is m]
    return [
        pytest.param(m, id=f"{m.exercise}-{m.code}-{i}")
        for i, m in enumerate(known)
    ]


def wrong_solution(mistake, base=None, gives=None):
    """The mistake as a function, made from `base` where it is an exchange."""
    function = build((mistake,), base)
    assert function, "a text to exchange is not in the right function"
    if gives and mistake.exchanges:
        return lambda *args: gives(function(*args))
    return function


def diagnoses(exercise, function, draws=None):
    """The set of what the checker says of a function over random draws."""
    checker = getattr(check, exercise)
    draws = draws or DRAWS
    reports = [checker(function, seed=seed) for seed in range(draws)]
    assert all(r.message and r.passed == (r.diagnosis == "") for r in reports)
    return {r.diagnosis for r in reports}


def codes(exercise):
    """All codes of an exercise."""
    return {m.code for m in MISTAKES if m.exercise == exercise}
