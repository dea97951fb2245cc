"""The checkers of chapter 4, on right and wrong answers."""

import functools
import itertools
import math

import numpy as np
import pytest
import torch
from checks import DRAWS, codes, diagnoses, entries, wrong_solution

from toynet import check
from toynet.autograd import Value, _in_order
from toynet.check import chapter4
from toynet.check.catalogue import MISTAKES
from toynet.check.mistakes4 import _engine
from toynet.data import generate_data
from toynet.net import Params, forward, init_params

LEAST = DRAWS // 10  # an engine is tried on a hundred expressions a draw


def reference():
    """The reference start in float64: its 20 rows and its parameters."""
    g = torch.Generator().manual_seed(0)
    X = generate_data(20, g)[0].double()
    return X, Params(*(p.double() for p in init_params(g)))


def of_two(function, seed=0):
    """Hand in a tanh or a log, with a right one for the other."""
    right = {"tanh": tanh, "log": log}
    right[function.__name__] = function
    return check.operation(**right, seed=seed)


def tanh(v):
    t = torch.tanh(v.data)
    return Value(t, (v,), lambda g: (g * (1 - t * t),))


def log(v):
    x = v.data
    return Value(torch.log(x), (v,), lambda g: (g / x,))


# The catalogue ------------------------------------------------------------


@pytest.mark.parametrize(
    "mistake", entries("order", "maximum", "hessian_vector"))
def test_each_mistake_gets_its_own_name(mistake):
    function = wrong_solution(mistake)
    assert diagnoses(mistake.exercise, function) == {mistake.code}


@pytest.mark.parametrize("mistake", entries("operation"))
def test_each_wrong_operation_is_named(mistake):
    function = wrong_solution(mistake)
    reports = [of_two(function, seed) for seed in range(DRAWS)]
    assert {r.diagnosis for r in reports} == {mistake.code}
    assert f"`{function.__name__}`: Not yet" in reports[0].message


@pytest.mark.parametrize("mistake", entries("three_lines"))
def test_each_wrong_guess_is_named(mistake):
    guess = wrong_solution(mistake, chapter4._three_slopes)()
    assert check.three_lines(guess).diagnosis == mistake.code


@pytest.mark.parametrize("mistake", entries("still_directions"))
def test_each_wrong_direction_is_named(mistake):
    found = wrong_solution(mistake)(reference()[1])
    assert check.still_directions(found).diagnosis == mistake.code


@pytest.mark.parametrize("mistake", entries("engine"))
def test_each_wrong_engine_is_named(mistake):
    function = wrong_solution(mistake)
    assert diagnoses("engine", function, LEAST) == {mistake.code}


# Right answers that are written differently -------------------------------


def tanh_by_sigmoid(v):
    return 2.0 * (2.0 * v).sigmoid() - 1.0


def tanh_by_exponentials(w):
    up, down = torch.exp(w.data), torch.exp(-w.data)
    result = (up - down) / (up + down)
    return Value(result, [w], lambda adjoint: [adjoint * (1 - result ** 2)])


def tanh_in_float64(v):
    t = v.data.double().tanh()
    return Value(t, (v,), lambda g: (g * t.cosh() ** 0 * (1 - t.square()),))


def tanh_entry_by_entry(v):
    t = v.data.clone().apply_(math.tanh)

    def local(g):
        piece = g.clone()
        piece *= 1 - t * t
        return (piece,)

    return Value(t, (v,), local)


def log_by_log2(v):
    x = v.data
    return Value(torch.log2(x) * math.log(2), (v,), lambda g: (g * x ** -1,))


def log_by_autograd(v):
    def local(g):
        x = v.data.clone().requires_grad_()
        x.log().backward(g)
        return (x.grad,)

    return Value(v.data.log(), (v,), local)


@pytest.mark.parametrize("f", [
    tanh, tanh_by_sigmoid, tanh_by_exponentials, tanh_in_float64,
    tanh_entry_by_entry,
], ids=lambda f: f.__name__)
def test_a_right_tanh_passes(f):
    assert all(check.operation(f, log, seed=s) for s in range(DRAWS))


@pytest.mark.parametrize("f", [log, log_by_log2, log_by_autograd],
                         ids=lambda f: f.__name__)
def test_a_right_log_passes(f):
    assert all(check.operation(tanh, f, seed=s) for s in range(DRAWS))


def test_each_operation_is_reported_by_name():
    def wrong(v):
        return Value(v.data.log(), (v,), lambda g: (g,))

    report = check.operation(tanh, wrong)
    assert report.diagnosis == "slope-left-out"
    assert "`tanh`: Right.\n" in report.message
    report = check.operation(None, wrong)
    assert report.diagnosis == "slope-left-out"
    report = check.operation(tanh, None)
    assert report.diagnosis == "not-attempted"
    assert "`tanh`: Right.\n" in report.message
    assert check.operation(log, tanh).diagnosis == "argument-order"


def order_by_recursion(last):
    order = []

    def visit(v):
        if not any(v is u for u in order):
            for u in v.inputs:
                visit(u)
            order.append(v)

    visit(last)
    return order


def order_by_counting(last):
    """From the end: a value goes when all who use it have gone."""
    users, waiting = {}, [last]
    for v in waiting:
        for u in set(v.inputs):
            users[u] = users.get(u, 0) + 1
            if users[u] == 1:
                waiting.append(u)
    order, ready = [], [last]
    while ready:
        v = ready.pop()
        order.insert(0, v)
        for u in set(v.inputs):
            users[u] -= 1
            if not users[u]:
                ready.append(u)
    return order


def order_by_depth(last):
    @functools.cache
    def depth(v):
        return 1 + max(map(depth, v.inputs), default=0)

    found = {last}
    while any(u not in found for v in found for u in v.inputs):
        found |= {u for v in found for u in v.inputs}
    return tuple(sorted(found, key=depth))


@pytest.mark.parametrize("f", [
    _in_order, order_by_recursion, order_by_counting, order_by_depth,
], ids=lambda f: f.__name__)
def test_a_right_order_passes(f):
    assert diagnoses("order", f) == {""}


@pytest.mark.parametrize(("f", "diagnosis"), [
    (lambda last: print(last), "returned-none"),
    (lambda last: set(_in_order(last)), "wrong-count"),
    (lambda last: (v for v in _in_order(last)), "wrong-count"),
    (lambda last: _in_order(last).index(3), "raised"),
])
def test_what_is_no_list_is_no_order(f, diagnosis):
    report = check.order(f)
    assert report.diagnosis == diagnosis
    assert diagnosis == "raised" or "list of values" in report.message
    assert "a str" not in report.message


def maximum(a, b):
    share = (a.data > b.data) + 0.5 * (a.data == b.data)
    return Value(torch.maximum(a.data, b.data), (a, b),
                 lambda g: (g * share, g * (1 - share)))


def maximum_by_two_gates(a, b):
    return (a + b + (a - b).relu() + (b - a).relu()) / 2.0


def maximum_by_where(a, b):
    x, y = torch.broadcast_tensors(a.data, b.data)

    def local(g):
        for_a = torch.where(x == y, g / 2, torch.where(x > y, g, 0.0))
        return for_a, g - for_a

    return Value(torch.where(x > y, x, y), (a, b), local)


def maximum_by_autograd(a, b):
    def local(g):
        x, y = (v.data.clone().requires_grad_() for v in (a, b))
        return torch.autograd.grad(torch.maximum(x, y), (x, y), g)

    return Value(torch.maximum(a.data, b.data), (a, b), local)


@pytest.mark.parametrize("f", [
    maximum, maximum_by_two_gates, maximum_by_where, maximum_by_autograd,
], ids=lambda f: f.__name__)
def test_a_right_maximum_passes(f):
    assert diagnoses("maximum", f) == {""}


def by_two_walks(f, v, d):
    v = v.detach().requires_grad_()
    (slope,) = torch.autograd.grad(f(v), v, create_graph=True)
    return torch.autograd.grad(slope @ d, v)[0]


def by_jvp(g, at, along):
    return torch.func.jvp(torch.func.grad(g), (at,), (along,))[1]


def by_differences(f, v, d):
    h = 1e-5
    return (torch.func.grad(f)(v + h * d)
            - torch.func.grad(f)(v - h * d)) / (2 * h)


def by_backward_twice(f, v, d):
    v.requires_grad_()
    f(v).backward(create_graph=True)
    slope, v.grad = v.grad, None
    (slope * d).sum().backward()
    return v.grad


def by_grad_of_grad(f, v, d):
    return torch.func.grad(lambda w: torch.func.grad(f)(w) @ d)(v)


def by_the_library(f, v, d):
    return torch.autograd.functional.hvp(f, v, d)[1]


@pytest.mark.parametrize("f", [
    by_two_walks, by_jvp, by_differences, by_backward_twice,
    by_grad_of_grad, by_the_library,
], ids=lambda f: f.__name__)
def test_a_right_product_passes(f):
    assert diagnoses("hessian_vector", f) == {""}


def rows_collected(f, v, d):
    H = torch.autograd.functional.hessian(f, v)
    return torch.stack([row @ d for row in H])


def rows_stacked(f, v, d):
    v = v.detach().requires_grad_()
    (slope,) = torch.autograd.grad(f(v), v, create_graph=True)
    return torch.stack([torch.autograd.grad(s, v, retain_graph=True)[0]
                        for s in slope]) @ d


@pytest.mark.parametrize("f", [rows_collected, rows_stacked])
def test_a_matrix_is_noticed(f):
    assert diagnoses("hessian_vector", f, 3) == {"matrix-made"}


@pytest.mark.parametrize("guess", [
    (6, 8, 3), [6.0, 8.0, 3.0], torch.tensor([6, 8, 3]),
    (torch.tensor(6.0), 8, np.float64(3)), np.array([6, 8, 3]),
])
def test_the_right_three_numbers_pass(guess):
    assert check.three_lines(guess)


@pytest.mark.parametrize("guess", [(6, 2, 6), (9, 8, 6), (6, 2, 0)])
def test_of_two_wrong_numbers_one_is_named(guess):
    assert check.three_lines(guess).diagnosis in codes("three_lines")


# Directions ---------------------------------------------------------------


def right_directions():
    return wrong_solution(next(
        m for m in MISTAKES if m.code == "fifth-missing"))(
            reference()[1]) + [shifted()]


def shifted():
    _, p = reference()
    move = Params(*(torch.zeros_like(t) for t in p))
    move.b1[3], move.b2[:] = 1, -p.W2[3]
    return torch.cat([t.flatten() for t in move])


def null_space(dtype=torch.float64):
    X, p = reference()
    flat = torch.cat([t.flatten() for t in p]).to(dtype)

    def outputs(v):
        W1, b1, W2, b2 = v.split([12, 4, 8, 2])
        params = Params(W1.view(3, 4), b1, W2.view(4, 2), b2)
        return forward(X.to(dtype), params).y_hat.flatten()

    return torch.linalg.svd(torch.func.jacrev(outputs)(flat))[2][21:]


@pytest.mark.parametrize("directions", [
    right_directions, null_space, lambda: null_space(torch.float32),
    lambda: torch.stack(right_directions()),
    lambda: tuple(1e-3 * d.float() for d in right_directions()),
    lambda: [d.tolist() for d in right_directions()],
    lambda: [d.numpy() for d in right_directions()],
    lambda: [right_directions()[0] + 3 * d for d in right_directions()],
])
def test_right_directions_pass(directions):
    assert check.still_directions(directions())


@pytest.mark.parametrize(("directions", "diagnosis"), [
    (lambda: [torch.eye(26)[0]], "not-still"),
    (lambda: torch.stack(right_directions()).T, "wrong-shape"),
    (lambda: [d[:25] for d in right_directions()], "wrong-shape"),
    (lambda: [d * torch.nan for d in right_directions()], "not-a-number"),
    (lambda: 5, "wrong-shape"),
    (lambda: [None] * 5, "not-attempted"),
    (lambda: [], "not-attempted"),
])
def test_other_directions_do_not(directions, diagnosis):
    assert check.still_directions(directions()).diagnosis == diagnosis


# Engines ------------------------------------------------------------------


class ByClosures:
    """For numbers: each operation leaves a closure, `grad` is a sum."""

    def __init__(self, data, _children=(), _op=""):
        self.data, self.grad = data, 0
        self._backward = lambda: None
        self._prev = set(_children)

    def __add__(self, other):
        other = other if isinstance(other, ByClosures) else ByClosures(other)
        out = ByClosures(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, ByClosures) else ByClosures(other)
        out = ByClosures(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, p):
        out = ByClosures(self.data**p, (self,), "**")

        def _backward():
            self.grad += p * self.data**(p - 1) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = ByClosures(0 if self.data < 0 else self.data, (self,), "relu")

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        order, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                order.append(v)

        build(self)
        self.grad = 1
        for v in reversed(order):
            v._backward()

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    __radd__, __rmul__ = __add__, __mul__


class AlongEveryPath:
    """For numbers: each call of `backward` walks on; `grad` is None."""

    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = float(data), None, parents

    def __add__(self, o):
        o = o if isinstance(o, AlongEveryPath) else AlongEveryPath(o)
        return AlongEveryPath(self.data + o.data, ((self, 1.0), (o, 1.0)))

    def __mul__(self, o):
        o = o if isinstance(o, AlongEveryPath) else AlongEveryPath(o)
        return AlongEveryPath(
            self.data * o.data, ((self, o.data), (o, self.data)))

    def sigmoid(self):
        s = 1 / (1 + math.exp(-self.data))
        return AlongEveryPath(s, ((self, s * (1 - s)),))

    def backward(self, g=1.0):
        self.grad = g if self.grad is None else self.grad + g
        for parent, slope in self.parents:
            parent.backward(g * slope)

    __radd__, __rmul__ = __add__, __mul__


class OnATape:
    """For numbers: all values of the class are kept in one list."""

    tape = []

    def __init__(self, data):
        self.data, self.grad, self.back = data, 0.0, None
        OnATape.tape.append(self)

    @staticmethod
    def made(data, *pieces):
        out = OnATape(data)
        out.back = pieces
        return out

    def __add__(self, o):
        o = o if isinstance(o, OnATape) else OnATape(o)
        return self.made(self.data + o.data, (self, 1.0), (o, 1.0))

    def __mul__(self, o):
        o = o if isinstance(o, OnATape) else OnATape(o)
        return self.made(self.data * o.data, (self, o.data), (o, self.data))

    def relu(self):
        return self.made(max(0.0, self.data), (self, float(self.data > 0)))

    def backward(self):
        self.grad = 1.0
        for v in self.tape[self.tape.index(self)::-1]:
            for u, slope in v.back or ():
                u.grad += slope * v.grad
        for v in self.tape:
            v.grad = 0.0 if v.back else v.grad

    __radd__, __rmul__ = __add__, __mul__


class OfArrays:
    """For NumPy's arrays, with axis and keepdims in `sum`."""

    def __init__(self, data, inputs=()):
        self.data, self.inputs = np.array(data, dtype=float), inputs
        self.grad = np.zeros_like(self.data)

    def fit(self, g):
        while g.ndim > self.data.ndim:
            g = g.sum(axis=0)
        for i, n in enumerate(self.data.shape):
            g = g.sum(axis=i, keepdims=True) if n == 1 else g
        return g

    def __add__(self, o):
        o = o if isinstance(o, OfArrays) else OfArrays(o)
        return OfArrays(self.data + o.data,
                        ((self, lambda g: g), (o, lambda g: g)))

    def __mul__(self, o):
        o = o if isinstance(o, OfArrays) else OfArrays(o)
        return OfArrays(self.data * o.data, (
            (self, lambda g: g * o.data), (o, lambda g: g * self.data)))

    def __matmul__(self, o):
        return OfArrays(self.data @ o.data, (
            (self, lambda g: g @ o.data.T), (o, lambda g: self.data.T @ g)))

    def sum(self, axis=None, keepdims=False):
        def spread(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            return np.broadcast_to(g, self.data.shape)

        return OfArrays(self.data.sum(axis=axis, keepdims=keepdims),
                        ((self, spread),))

    def relu(self):
        return OfArrays(np.maximum(self.data, 0),
                        ((self, lambda g: g * (self.data > 0)),))

    def backward(self):
        order = []

        def visit(v):
            if not any(v is u for u in order):
                for u, _ in v.inputs:
                    visit(u)
                order.append(v)

        visit(self)
        adjoint = {v: np.zeros_like(v.data) for v in order}
        adjoint[self] = np.ones_like(self.data)
        for v in reversed(order):
            v.grad = v.grad + adjoint[v]
            for u, piece in v.inputs:
                adjoint[u] = adjoint[u] + u.fit(piece(adjoint[v]))

    __radd__, __rmul__ = __add__, __mul__


ENGINES = [Value, ByClosures, AlongEveryPath, OnATape, OfArrays]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda e: e.__name__)
def test_a_right_engine_passes(engine):
    assert diagnoses("engine", engine, LEAST) == {""}
    assert OnATape.tape == []


def test_what_an_engine_lacks_is_said():
    told = check.engine(AlongEveryPath).message
    assert "class has none: relu, -v, -, 1 - v, /, 1 / v" in told
    assert "deeper than Python lets calls" in told
    assert "Two walks over" not in told
    assert "Two walks over" in check.engine(ByClosures).message
    told = check.engine(Value).message
    assert "none: tanh, exp, log." in told
    assert "deeper" not in told


def variant(name, **parts):
    """ByClosures with some of its methods replaced."""
    return type(name, (ByClosures,), parts)


@pytest.mark.parametrize(("parts", "diagnosis"), [
    ({"__rsub__": ByClosures.__sub__}, "number-minus-value-turned"),
    ({"__truediv__": ByClosures.__mul__}, "wrong-result"),
    ({"__neg__": lambda self: self}, "wrong-result"),
    ({"__init__": lambda self: None}, "raised"),
    ({"__add__": lambda self, other: None}, "returned-none"),
    ({"relu": property(ByClosures.relu), "sigmoid": None},
     "missing-operation"),
])
def test_another_engine_is_told_what_is_wrong(parts, diagnosis):
    assert check.engine(variant("Wrong", **parts)).diagnosis == diagnosis


@pytest.mark.parametrize(("given", "diagnosis"), [
    (Value(1.0), "not-a-class"), (lambda data: Value(data), "not-a-class"),
    (int, "missing-operation"), (torch.nn.Linear, "missing-operation"),
    (type("Begun", (), {"__init__": lambda self, data: None}),
     "missing-operation"),
    (type("Blank", (), {}), "not-attempted"), (None, "not-attempted"),
])
def test_what_is_no_engine_is_said(given, diagnosis):
    assert check.engine(given).diagnosis == diagnosis


PAIRS = [
    ("(x > 0)", "(x >= 0)", "gate-at-zero"),
    ("if add else piece", "* 0 + piece", "overwrites-gradient"),
    ("x**(p - 1)", "x**p", "exponent-not-lowered"),
    ("reversed(order)", "order", "walk-ends-early"),
    ("(1 - t**2)", "(1 - t)", "tanh-slope"),
    ("(self, lambda g: +g), (other, lambda g: -g)",
     "(self, lambda g: +g), (other, lambda g: +g)", "wrong-sign"),
    ("g * y), (other, lambda g: g * x)", "g * x), (other, lambda g: g * y)",
     "product-rule-swapped"),
    ("X.T @ g", "X @ g", "matmul-transposes"),
]


@pytest.mark.parametrize(
    ("one", "two"), list(itertools.combinations(PAIRS, 2)),
    ids=lambda pair: pair[2])
def test_of_two_mistakes_in_an_engine_one_is_named(one, two):
    source = _engine(one[:2], two[:2])
    space = {"torch": torch}
    exec(source, space)
    report = check.engine(space["Value"])
    assert report.diagnosis in (one[2], two[2])
