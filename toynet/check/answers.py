"""Reads what a reader handed in, runs it on probes, and compares."""

import dis
import inspect
import itertools
import numbers
from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import torch

from toynet.check.guard import call, copied


class Answer(NamedTuple):
    """What came of one probe: tensors, or the reason why there are none."""

    tensors: tuple = None
    problem: str = ""
    told: str = ""
    outcome: object = None


class Probe(NamedTuple):
    """Arguments, what is right for them, and how far off is still right."""

    args: tuple
    want: tuple
    room: tuple
    runs: dict  # what wrong solutions have given here

    def fits(self, i, got):
        """Say whether result i is right; one number may have an axis."""
        if self.want[i].dim() == 0 and got.numel() == 1:
            got = got.reshape(())
        return self.same(i, got, self.want[i])

    def same(self, i, one, other):
        """Say whether two tensors agree as result i, NaN with NaN."""
        return one.shape == other.shape and torch.allclose(
            one, other, 0, self.room[i], equal_nan=True)

    def right(self, answer):
        """Say whether all results of an answer are right."""
        return answer.tensors is not None and all(
            self.fits(i, t) for i, t in enumerate(answer.tensors))

    def alike(self, one, other):
        """Say whether two answers are the same, numbers or problem."""
        if one.tensors is None or other.tensors is None:
            return one.problem == other.problem
        pairs = zip(one.tensors, other.tensors, strict=True)
        return all(self.same(i, a, b) for i, (a, b) in enumerate(pairs))

    def near(self, answer, times=30):
        """Say whether all results are right but for some rounding."""
        wider = self._replace(room=tuple(times * r for r in self.room))
        return wider.right(answer)


ONCE = Iterator, deque, type({}.values())  # listed before they are read
NUMBER = numbers.Real, Decimal
KNOWN = {}  # probes by what they depend on


def probe(case, args):
    """Work out what is right for the arguments, once."""
    key = case.right, case.results, case.tol, case.use, id(args)
    if key not in KNOWN:
        if len(KNOWN) > 500:
            KNOWN.clear()
        want = read(case, case.right(*copied(args))).tensors
        room = tuple(case.tol * max([1e-2, *w.abs().flatten().tolist()])
                     for w in want)
        KNOWN[key] = Probe(args, want, room, {})  # args keep their id
    return KNOWN[key]


def tried(case, function, at):
    """What a wrong solution gives on a probe, worked out once, unguarded."""
    if function not in at.runs:
        try:
            found = read(case, case.use(function, *copied(at.args)))
        except Exception as error:
            text = " ".join(str(error).split())
            found = Answer(None, "raised", f"{type(error).__name__}: {text}")
        at.runs[function] = found
    return at.runs[function]


# What was handed in -------------------------------------------------------

IDLE = {"RESUME", "NOP", "RETURN_VALUE", "CACHE"}


def is_stub(f):
    """Say whether this is None or ..., or a function or class with no content.

    So is a collection of nothing else.
    """
    if isinstance(f, tuple | list | dict):
        return all(map(is_stub, f.values() if isinstance(f, dict) else f))
    if inspect.isclass(f):
        own = [c for c in f.__mro__ if c.__module__ == f.__module__]
        return not any(callable(v) or isinstance(v, property)
                       for c in own for v in vars(c).values())
    if inspect.isfunction(f) and not inspect.isgeneratorfunction(f):
        steps = (i for i in dis.get_instructions(f) if i.opname not in IDLE)
        return all(i.argval is None for i in steps)  # returns None, no more
    return f is None or f is ...


def takes(f, *args):
    """Say whether f can be called with these arguments, as far as it tells."""
    try:
        inspect.signature(f).bind(*args)
    except TypeError:
        return False
    except ValueError:  # a built-in function tells nothing
        return True
    return True


# Running it ---------------------------------------------------------------


def answer(case, f, args):
    """Run f on the arguments, guarded, and read what it gave."""
    outcome = call(lambda *given: case.use(f, *given), *args)
    return failed(outcome) or read(case, outcome.value)._replace(
        outcome=outcome)


def failed(outcome):
    """The answer of a call that gave nothing, or None if it gave something."""
    if not outcome.hung and not outcome.error:
        return None
    where = f" in {outcome.line}" if outcome.line else ""
    return Answer(None, "time-limit" if outcome.hung else "raised",
                  f"{outcome.error}{where}", outcome)


# Reading what it gave -----------------------------------------------------


def read(case, value):
    """Read what was returned as tensors of float64, one a result."""
    n = len(case.results)
    if n > 1 and isinstance(value, ONCE):
        value = tuple(itertools.islice(value, n + 9))
    if value is None:
        return Answer(None, "returned-none", "None")
    parts = value if n > 1 else (value,)
    if not isinstance(parts, tuple | list) or len(parts) != n:
        return Answer(None, "wrong-count", kind(value))
    for problem in filter(None, map(_no_tensor, case.results, parts)):
        return problem
    try:
        return Answer(tuple(map(as_it_is, parts)))
    except (RuntimeError, NotImplementedError):
        return Answer(None, "not-a-tensor", f"{kind(value)} without numbers")


def as_it_is(x):
    """Turn a tensor or a number into a plain tensor of float64.

    A class of a reader's that is a tensor answers what it likes when it
    is compared; its numbers can't be talked over.
    """
    with torch._C.DisableTorchFunctionSubclass():
        if isinstance(x, torch.Tensor) and type(x) is not torch.Tensor:
            x = torch.Tensor.as_subclass(x, torch.Tensor)
        elif isinstance(x, NUMBER):
            x = float(x)
        return torch.as_tensor(x).detach().to_dense().to(
            "cpu", torch.float64)


def _no_tensor(name, part):
    """Answer for a result that is no tensor of real numbers, or None."""
    if isinstance(part, NUMBER) and not isinstance(part, bool):
        return None
    if part is None:
        return Answer(None, "returned-none", f"None for {name}")
    if not isinstance(part, torch.Tensor):
        code = "returned-all" if isinstance(part, tuple) else "not-a-tensor"
        return Answer(None, code, f"{kind(part)} for {name}")
    if part.dtype == torch.bool or part.is_complex():
        return Answer(None, "wrong-dtype", f"{part.dtype} for {name}")
    return None


def kind(value):
    """Name the type of a value as a reader knows it."""
    if isinstance(value, tuple | list):
        return f"{_an(type(value).__name__)} of {len(value)}"
    owner = type(value).__module__.split(".")[0]
    name = type(value).__name__
    if value is None:
        return "None"
    if isinstance(value, torch.Tensor):
        return f"one tensor of shape {tuple(value.shape)}"
    return _an(name) if owner == "builtins" else f"{_an(name)} of {owner}"


def _an(name):
    return f"a{'n' * (name[0] in 'aeioAEIO')} {name}"


def as_tensors(case, value):
    """Turn numbers, lists and arrays that a reader typed into tensors."""
    n = len(case.results)
    try:
        parts = itertools.islice(value, n + 9) if n > 1 else (value,)
        made = tuple(_as_tensor(part) for part in parts)
    except (TypeError, ValueError, RuntimeError):
        return value
    return made if n > 1 else made[0]


def _as_tensor(part):
    if isinstance(part, (tuple, list, *ONCE)):
        part = torch.stack(list(map(_as_tensor, itertools.islice(part, 999))))
    return as_it_is(part)


def precision(tensors, room, place):
    """How exact typed numbers are: half a unit of their last decimal.

    Numbers that were computed have seven digits; so have typed ones where
    no decimals are asked for, such as a rate of 0.02.
    """
    flat = torch.cat([t.flatten() for t in tensors])
    size = max(1e-9, flat.abs().max().item()) if flat.numel() else 1.0
    for digits in range(7 if place and flat.numel() else 0):
        if (flat - flat.round(decimals=digits)).abs().max() <= 1e-7 * size:
            return tuple(min(r, 0.55 * 10.0**-digits) for r in room)
    return tuple(min(r, 4e-7 * size) for r in room)


def rounded(tensors, want, place):
    """Say whether typed numbers are right, and rounded to few decimals."""
    return place and all(t.shape == w.shape and bool((torch.stack([
        (t - w.round(decimals=digits)).abs() < 1e-7
        for digits in range(1, place + 1)]).any(0) & (
            (t - w).abs() < w.abs() / 10)).all())
        for t, w in zip(tensors, want, strict=True))
