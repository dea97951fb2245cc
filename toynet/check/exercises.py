"""The list of all exercises, in the order of the book."""

from toynet.check import (
    chapter2,
    chapter3,
    chapter4,
    chapter5,
    chapter6,
)

EXERCISES = {e.name: e for chapter in (
    chapter2, chapter3, chapter4, chapter5, chapter6,
) for e in chapter.EXERCISES}
