"""What a mistake is, and how its wrong solution is made.

The checkers recognise a mistake by what its wrong solution computes, and
the tests hand each wrong solution to its checker. A new mistake is one
entry here; it needs no other code.
"""

import inspect
import math
import sys
from functools import cache
from typing import NamedTuple

import torch


class Mistake(NamedTuple):
    """One misconception: its code, its wrong solution, what to say of it.

    `wrong` is the source of a function, or pairs (right, wrong) of
    text to exchange in the function that the checker holds to be right;
    mistakes of the second kind can be made together. `seen` says what it
    looks like from outside, `look` names the equation and its label.
    """

    exercise: str
    code: str
    wrong: object
    seen: str
    message: str
    look: str

    @property
    def exchanges(self):
        """The pairs of text, or none if `wrong` is a whole function."""
        return () if isinstance(self.wrong, str) else self.wrong


@cache
def build(chosen, base):
    """Make the wrong solution with these mistakes, or None if there is none.

    `base` is the right function or class, whose source the exchanges are
    made in, or a tuple of several in one module, of which the last is it.
    """
    if len(chosen) == 1 and not chosen[0].exchanges:
        source = chosen[0].wrong
    else:
        source = base and exchanged(_source(base), chosen)
    if not source:
        return None
    space = {"torch": torch, "math": math}
    if base:
        home = vars(sys.modules[_parts(base)[-1].__module__])
        space |= {k: v for k, v in home.items() if k[:2] != "__"}
    before = dict(space)
    try:
        exec(compile(source, "a wrong solution", "exec"), space)
    except SyntaxError:  # two exchanges may not fit together
        return None
    made = [v for k, v in space.items() if v is not before.get(k)]
    return [v for v in made if callable(v)][-1]


@cache
def _source(base):
    """The source of `base`; to find it takes as long as to run it."""
    return "\n\n".join(map(inspect.getsource, _parts(base)))


def _parts(base):
    return base if isinstance(base, tuple) else (base,)


def exchanged(source, chosen):
    """Make every exchange of the mistakes, or return "" if one can't be."""
    for mistake in chosen:
        if not mistake.exchanges:
            return ""
        for right, wrong in mistake.exchanges:
            if right not in source:
                return ""
            source = source.replace(right, wrong)
    return source
