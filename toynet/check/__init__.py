"""Checkers of the exercises: each takes an answer and names its mistake.

A checker returns a `Report`, which shows itself in a notebook and counts
as true where the answer is right. It raises nothing for whatever a reader
hands in, changes nothing of theirs, and takes less than a second.
"""

from inspect import Parameter, Signature

from toynet.check import words
from toynet.check.chapter6 import optimizer
from toynet.check.diagnose import checked
from toynet.check.exercises import EXERCISES
from toynet.check.report import Report, Summary


def _checker(exercise):
    """Make the function that a page calls."""
    kind, empty = Parameter.POSITIONAL_OR_KEYWORD, Parameter.empty
    signature = Signature([
        *(Parameter(name, kind) for name in exercise.asks),
        Parameter("seed", kind, default=0 if exercise.draw else empty),
    ][: None if exercise.draw else -1])

    def _check(*given, **named):
        bound = signature.bind(*given, **named).arguments
        seed = bound.pop("seed", 0)
        return checked(exercise, tuple(bound.values()), seed)

    _check.__name__ = _check.__qualname__ = exercise.name
    _check.__doc__, _check.__signature__ = exercise.about, signature
    return _check


globals().update({
    name: _checker(e) for name, e in EXERCISES.items() if "-" not in name})

__all__ = [*(name for name in EXERCISES if "-" not in name),
           "optimizer", "summary"]


def summary(reports, points=None):
    """Collect reports in a table with points, by default 1 an exercise.

    `reports` maps the title of an exercise to its `Report`, or to a
    function that gives it: an answer whose name is not there then counts
    as not attempted, and the others are in the table all the same.
    `points` maps some of these titles to numbers. Raises ValueError for
    points of a title that has no report.
    """
    unknown = set(points or {}) - set(reports)
    if unknown:
        raise ValueError(
            f"points need a title that has a report, got {sorted(unknown)}: "
            f"choose from {list(reports)}"
        )
    found = {title: _report(given) for title, given in reports.items()}
    return Summary(found, {k: (points or {}).get(k, 1) for k in found})


def _report(given):
    """Take a report, or call what makes it."""
    try:
        report = given if isinstance(given, Report) else given()
    except NameError:  # its cell did not run, or its stub has another name
        return words.NOT_ATTEMPTED
    except Exception as error:
        report = error
    return report if isinstance(report, Report) else words.formed(
        "unreadable", got="the answer", error=type(report).__name__)
