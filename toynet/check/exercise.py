"""What an exercise is: one object, from which all else is made.

The list of all of them is in `toynet.check.exercises`. The checker that a
page calls, the points in a workbook and the tests go through it; what a
wrong answer is told stands in the data files of `toynet/check/mistakes`.
"""

import functools
from typing import NamedTuple

import torch


def plainly(f, *args):
    """Use an answer as what it is, a function of the arguments."""
    return f(*args)


@functools.lru_cache(128)
def _drawn(draw, seed):
    return draw(torch.Generator().manual_seed(seed))


class Exercise(NamedTuple):
    """An exercise: what is asked, what is right, and what it is tried on.

    `name` is that of its checker, `about` the checker's docstring.
    `signature` says how an answer is called, `asks` which answers the
    checker takes. `right` maps arguments to the tensor, or the tuple of
    tensors, that `results` names. `draw(g)` gives the probes, tuples of
    arguments that a right answer must master, and perhaps a second list
    that only serves to tell mistakes apart. `base` is the function, or
    the tuple of functions, whose lines the data files exchange, and
    `gives` takes the result from what it returns. `use` is how an answer
    is used, `use(f, *args)`. `judge(exercise, *answers)`
    reports, where trying an answer as a function is not the way; of a
    `value`, `place` says to how many decimals it is asked for. `hand`
    turns a wrong solution of the data into what a reader hands in.

    `names` maps arguments to what a reader's globals of these names
    should have been. `free` are places of arguments that may be changed
    in place. Two numbers are equal if they differ by no more than `tol`
    times the largest one that is right. `done` is what to say of a right
    answer.
    """

    name: str
    about: str
    signature: str = ""
    results: tuple = ()
    right: object = None
    draw: object = None
    base: object = None
    gives: object = None
    use: object = plainly
    judge: object = None
    asks: tuple = ("f",)
    value: bool = False
    place: int = 0
    hand: object = None
    names: object = None
    free: tuple = ()
    tol: float = 1e-4
    done: str = ""
    probes: tuple = ()
    extra: tuple = ()

    def drawn(self, seed=0):
        """Return this exercise with its probes."""
        if self.draw is None:
            return self
        made = _drawn(self.draw, seed)
        probes, extra = made if isinstance(made, tuple) else (made, ())
        return self._replace(probes=probes, extra=extra)

    def handed(self, function):
        """Return what a reader with this wrong solution hands in."""
        if self.hand:
            given = self.hand(function)
        elif self.value:
            given = self.use(function, *self.drawn().probes[0])
        else:
            given = function
        return given if len(self.asks) > 1 else (given,)
