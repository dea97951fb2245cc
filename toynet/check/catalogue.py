"""All mistakes that the checkers know, chapter by chapter."""

from toynet.check import (
    mistakes1,
    mistakes2,
    mistakes3,
    mistakes4,
    mistakes5,
    mistakes6,
    mistakes7,
)

MISTAKES = [
    *mistakes1.MISTAKES,
    *mistakes2.MISTAKES,
    *mistakes3.MISTAKES,
    *mistakes4.MISTAKES,
    *mistakes5.MISTAKES,
    *mistakes6.MISTAKES,
    *mistakes7.MISTAKES,
]


def codes(exercise):
    """All codes of an exercise."""
    return {m.code for m in MISTAKES if m.exercise == exercise}
