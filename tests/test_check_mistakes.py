"""Every exercise of the list: its mistakes, and what must pass.

The wrong solutions of the data files are tried on their checkers, each of
which must name it. A page calls a checker without a seed, so the inputs
that a reader meets are those of seed 0: on them each variant is tried.
Other draws tell whether a mistake can hide. One that hides on one draw in
three is missed by five with a chance of 13%, by ten with 2%, and by the
hundred of `make catalogue` never; one that hides on one in twenty is
missed by these hundred with 0.6%. The exercises at the heart have five
draws for each mistake's first variant here, the others two.
"""

import os
import re

import pytest
from pages import BOOK, BY_NUMBER

from toynet.check import exercises, mistakes
from toynet.check.diagnose import checked
from toynet.check.exercises import EXERCISES

HEART = "forward", "loss", "backprop", "descend", "cross_entropy"
FULL = os.environ.get("CATALOGUE") == "full"
LIST = list(EXERCISES.values())
OWN = [(e, m) for e in LIST for m in mistakes.of(e.name)
       if not m.general]


CHAPTER = {e.name: f"ch0{n}" for n in range(1, 8)  # for `make check`
           for e in getattr(exercises, f"chapter{n}").EXERCISES}


def ids(pairs):
    return [f"{CHAPTER[e.name]}-{e.name}-{m.code}" for e, m in pairs]


def reports(exercise, function, draws):
    given = exercise.handed(function)
    return [checked(exercise, given, seed) for seed in range(draws)]


def draws_of(exercise, i):
    """How many inputs a variant is tried on: the first on most."""
    if exercise.value or exercise.draw is None:
        return 1
    if FULL:
        return 100
    few = 1 if exercise.name == "engine" else 2  # of 150 expressions
    return (5 if exercise.name in HEART else few) if i == 0 else 1


@pytest.mark.parametrize(("exercise", "mistake"), OWN, ids=ids(OWN))
def test_a_mistake_gets_its_own_name(exercise, mistake):
    functions = mistakes.solutions(exercise, mistake)
    assert functions, (
        f"{exercise.name}.{mistake.code}: the text that it exchanges does "
        f"not stand in the reference function: {mistake.variants}")
    for i, function in enumerate(functions):
        for report in reports(exercise, function, draws_of(exercise, i)):
            wanted = "" if mistake.right else mistake.code
            assert report.diagnosis == wanted, (i, mistake.variants, report)
            assert report.passed == mistake.right
            assert report.message


def test_no_variant_is_dead():
    """Where an entry is for several exercises, one of them has its text."""
    made, written = {}, {}
    for exercise, m in OWN:
        made.setdefault(m, set())
        written[m] = len(m.variants)
        for kind, text in m.variants:
            one = m._replace(variants=((kind, text),))
            if mistakes.solutions(exercise, one):
                made[m].add(text)
    dead = {m.code: [t for _, t in m.variants if t not in made[m]]
            for m in made if len(made[m]) < written[m]}
    assert not dead


PASSES = [(e, source) for e in LIST
          for source in mistakes.passes(e.name)]


@pytest.mark.parametrize(("exercise", "source"), PASSES, ids=[
    f"{CHAPTER[e.name]}-{e.name}-{i}" for i, (e, _) in enumerate(PASSES)])
def test_a_right_answer_passes(exercise, source):
    function = mistakes.made(exercise, source)
    for report in reports(exercise, function, draws_of(exercise, 0)):
        assert report.passed, report
        assert report.diagnosis == ""


def test_the_exercises_at_the_heart_have_ten_right_answers():
    for name in HEART[:4]:
        assert len(mistakes.passes(name)) >= 10, name


@pytest.mark.parametrize(("exercise", "mistake"), OWN, ids=ids(OWN))
def test_an_entry_says_all_there_is_to_say(exercise, mistake):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", mistake.code)
    assert mistake.say.endswith((".", "?"))
    where = mistakes.look(mistake.look) or mistakes.default_look(
        exercise.name)
    assert not mistake.look or mistake.look in where
    label = re.search(r"\(([\w-]+)\)$", where)[1]
    number = re.search(r"(?:chapter|lab page) (\w) ", where)[1]
    page = (BOOK / f"{BY_NUMBER[number]}.md").read_text("utf-8")
    if label.startswith("sec-"):
        assert any(title in where for title in re.findall(
            r"(?m)^## (.+)$", page)), where
    else:
        assert f"({label})" in page or f": {label}\n" in page, label
