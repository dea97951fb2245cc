"""The list of all exercises, in the order of the book."""

from toynet.check import (
    chapter1,
    chapter2,
    chapter3,
    chapter4,
    chapter5,
    chapter6,
    chapter7,
)

EXERCISES = {e.name: e for chapter in (
    chapter1, chapter2, chapter3, chapter4, chapter5, chapter6, chapter7,
) for e in chapter.EXERCISES}
