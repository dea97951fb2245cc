"""The checkers of chapter 4, on answers that go wrong in their own way."""

import functools
import math
from collections import deque

import numpy as np
import pytest
import torch

from toynet import check
from toynet.autograd import Value, _in_order
from toynet.check import chapter4, mistakes
from toynet.check.probes import _start_jacobian


def tanh(v):
    t = torch.tanh(v.data)
    return Value(t, (v,), lambda g: (g * (1 - t * t),))


def log(v):
    x = v.data
    return Value(torch.log(x), (v,), lambda g: (g / x,))


def adjoint_only(v):
    return Value(v.data.log(), (v,), lambda g: (g,))


@pytest.mark.parametrize(("two", "code"), [
    ((tanh, log), ""), ((tanh, adjoint_only), "slope-left-out"),
    ((None, adjoint_only), "slope-left-out"), ((log, tanh), "argument-order"),
    ((tanh, None), "not-attempted"), ((None, None), "not-attempted"),
    ((functools.partial(tanh), torch.jit.ignore(log)), ""),
    ((tanh(Value(1.0)), log), "not-a-function"),
])
def test_each_operation_is_reported_by_name(two, code):
    report = check.operation(*two)
    assert report.diagnosis == code
    if two[0] is tanh:
        assert "`tanh`: Right.\n" in report.message


def right_directions():
    (solution,) = (m for m in mistakes.of("still_directions")
                   if m.code == "fifth-missing")
    _, _, p = _start_jacobian()
    shifted = torch.zeros(26, dtype=torch.float64)
    shifted[15], shifted[24:] = 1, -p.W2[3]
    return [*mistakes.solutions(chapter4.STILL_DIRECTIONS, solution)[0](p),
            shifted]


def null_space(dtype=torch.float64):
    return torch.linalg.svd(_start_jacobian()[0])[2][21:].to(dtype)


TOLD = {
    "order": [
        (_in_order, ""), (lambda last: deque(_in_order(last)), ""),
        (lambda last: iter(_in_order(last)), ""),
        (lambda last: dict.fromkeys(_in_order(last)), ""),
        (lambda last: dict.fromkeys(_in_order(last)).keys(), ""),
        (lambda last: reversed(_in_order(last)), "outputs-first"),
        (lambda last: print(last), "no-list"),
        (lambda last: set(_in_order(last)), "no-list"),
        (lambda last: [], "unknown"),
        (lambda last: sorted(_in_order(last), key=lambda v: float(v.data)),
         "unknown"), (lambda last: [v.data for v in last.inputs], "raised"),
        (lambda last: _in_order(last).index(3), "raised"),
    ],
    "three_lines": [
        ((6, 8, 3), ""), ([6.0, 8.0, 3.0], ""), (np.array([6, 8, 3]), ""),
        ((torch.tensor(6.0), 8, np.float64(3)), ""), (deque((6, 8, 3)), ""),
        ((6, 2, 3), "replaced-for-added"), ((6, 8, 2.5), "unknown"),
        ((6, 8), "wrong-count"), (None, "not-attempted"),
    ],
    "still_directions": [
        (right_directions(), ""), (null_space(), ""),
        (null_space(torch.float32), ""),
        (torch.stack(right_directions()), ""),
        (tuple(1e-3 * d.float() for d in right_directions()), ""),
        ([d.tolist() for d in right_directions()], ""),
        ([d.numpy() for d in right_directions()], ""),
        ([right_directions()[0] + 3 * d for d in right_directions()], ""),
        ([torch.eye(26)[0]], "not-still"),
        (torch.stack(right_directions()).T, "wrong-shape"),
        ([d[:25] for d in right_directions()], "wrong-shape"),
        ([d * torch.nan for d in right_directions()], "wrong-shape"),
        (5, "wrong-shape"), ([None] * 5, "not-attempted"),
    ],
    "engine": [
        (Value(1.0), "not-a-class"), (lambda data: Value(data), "not-a-class"),
        (int, "missing-operation"), (torch.nn.Linear, "missing-operation"),
        (type("Begun", (), {"__init__": lambda self, data: None}),
         "missing-operation"),
        (type("Blank", (), {}), "not-attempted"), (None, "not-attempted"),
    ],
}


@pytest.mark.parametrize(("name", "given", "code"), [
    (name, *row) for name, rows in TOLD.items() for row in rows])
def test_an_answer_is_told_why(name, given, code):
    report = getattr(check, name)(given)
    assert report.diagnosis == code, report
    assert report.passed == (not code)


# Engines ------------------------------------------------------------------

CLOSURES = '''
class Mine:
    def __init__(self, data, children=()):
        self.data, self.grad = data, 0
        self.children = dict.fromkeys(children)
        self.push = lambda out: None

    def made(self, data, children, push):
        out = Mine(data, children)
        out.push = push
        return out

    def __add__(self, other):
        other = other if isinstance(other, Mine) else Mine(other)
        def push(out):
            self.grad += out.grad
            other.grad += out.grad
        return self.made(self.data + other.data, (self, other), push)

    def __mul__(self, other):
        other = other if isinstance(other, Mine) else Mine(other)
        def push(out):
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        return self.made(self.data * other.data, (self, other), push)

    def __pow__(self, p):
        def push(out):
            self.grad += p * self.data**(p - 1) * out.grad
        return self.made(self.data**p, (self,), push)

    def relu(self):
        def push(out):
            self.grad += (out.data > 0) * out.grad
        return self.made(0 if self.data < 0 else self.data, (self,), push)

    def backward(self):
        order, seen = [], set()
        def visit(v):
            if v not in seen:
                seen.add(v)
                for child in v.children:
                    visit(child)
                order.append(v)
        visit(self)
        self.grad = 1
        for v in reversed(order):
            v.push(v)

    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -other
    __rsub__ = lambda self, other: other + -self
    __truediv__ = lambda self, other: self * other**-1
    __rtruediv__ = lambda self, other: other * self**-1
    __radd__, __rmul__ = __add__, __mul__
'''


def closures(*changes):
    """The class Mine, with texts exchanged."""
    source, space = CLOSURES, {}
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    exec(source, space)
    return space["Mine"]


class Paths:
    """For numbers: each call of `backward` walks on; `grad` is None."""

    tape = []

    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = float(data), None, parents
        self.tape.append(self)

    def __add__(self, o):
        o = o if isinstance(o, Paths) else Paths(o)
        return Paths(self.data + o.data, ((self, 1.0), (o, 1.0)))

    def __mul__(self, o):
        o = o if isinstance(o, Paths) else Paths(o)
        return Paths(self.data * o.data, ((self, o.data), (o, self.data)))

    def sigmoid(self):
        s = 1 / (1 + math.exp(-self.data))
        return Paths(s, ((self, s * (1 - s)),))

    def backward(self, g=1.0):
        self.grad = g if self.grad is None else self.grad + g
        for parent, slope in self.parents:
            parent.backward(g * slope)

    __radd__, __rmul__ = __add__, __mul__


def no_such(self, name):
    raise AttributeError(name)


class HandsOn:
    """Asks an engine that it holds for whatever it lacks."""

    def __init__(self, data):
        self.inner = data if isinstance(data, Paths) else Paths(data)

    def __add__(self, o):
        return HandsOn(self.inner + getattr(o, "inner", o))

    def __mul__(self, o):
        return HandsOn(self.inner * getattr(o, "inner", o))

    def __getattr__(self, name):
        return getattr(self.inner, name)

    __radd__, __rmul__ = __add__, __mul__


@pytest.mark.parametrize("engine", [
    Value, closures(), Paths, type("Heir", (Paths,), {}), HandsOn,
    type("Bare", (Paths,), {"__getattr__": no_such}),
])
def test_a_right_engine_passes(engine):
    for seed in range(3):
        with torch.no_grad():
            report = check.engine(engine, seed=seed)
        assert report.passed, report


def test_what_an_engine_lacks_is_said():
    told = check.engine(Paths).message
    assert "no operation for `a.relu()`, `a.tanh()`," in told
    assert "Two walks over" not in told
    assert "Two walks over" in check.engine(closures()).message
    assert "for `a.tanh()`, `a.exp()`, `a.log()`." in (
        check.engine(Value).message)


@pytest.mark.parametrize(("old", "new", "code"), [
    ("grad += out.grad", "grad = out.grad", "overwrites-gradient"),
    ("self.grad += (out.data", "self.grad = (out.data",
     "overwrites-gradient"),
    ("(p - 1) * out", "p * out", "power-slope"),
    ("self.data**(p - 1) * out.grad", "self.data**(p - 1)",
     "adjoint-left-out"),
    ("self * -1", "self * 1", "wrong-sign"),
    ("(out.data > 0) * out.grad", "out.grad", "gate-forgotten"),
    ("(out.data > 0)", "(out.data >= 0)", "gate-forgotten"),
    ("(out.data > 0)", "(self.data >= 0)", ""),
    ("self.grad += other.data *", "self.grad += self.data *", "unknown"),
    ("in reversed(order)", "in order", "walk-ends-early"),
    ("if v not in seen", "if True", "visited-twice"),
    ("return out\n", "\n", "nothing-returned"),
    ("data, children=()", "children=()", "raised"),
    ("def relu(self)", "def relu_(self)", "missing-operation"),
    ("self.grad = 1\n", "while True: pass\n", "time-limit"),
])
def test_another_engine_is_told_what_is_wrong(old, new, code):
    report = check.engine(closures((old, new)))
    assert report.diagnosis == code


def test_of_two_mistakes_in_an_engine_one_is_named():
    report = check.engine(closures(("grad += ", "grad = "), ("(p - 1)", "p")))
    assert report.diagnosis == "overwrites-gradient"
