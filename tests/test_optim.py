"""Six update rules against torch.optim, and what a pure rule promises."""

import math
from typing import NamedTuple

import pytest
import torch
from cases import draw, largest_difference, reference, refuses, same

from toynet.backprop import backward
from toynet.net import Params
from toynet.optim import adam, adamw, momentum, nesterov, rmsprop, sgd

F32, F64 = torch.float32, torch.float64
RULES = [sgd, momentum, nesterov, rmsprop, adam, adamw]

# A rule and its numbers, and torch's class and its own names for them.
TABLE = [
    (sgd, {}, torch.optim.SGD, {"lr": 0.01}),
    (sgd, {"lr": 0.1}, torch.optim.SGD, {"lr": 0.1}),
    (sgd, {"lr": 0.0}, torch.optim.SGD, {"lr": 0.0}),
    (momentum, {}, torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
    (momentum, {"lr": 0.05, "beta": 0.5}, torch.optim.SGD,
     {"lr": 0.05, "momentum": 0.5}),
    (momentum, {"lr": 0.1, "beta": 0.0}, torch.optim.SGD, {"lr": 0.1}),
    (momentum, {"lr": 0.001, "beta": 0.99}, torch.optim.SGD,
     {"lr": 0.001, "momentum": 0.99}),
    (nesterov, {}, torch.optim.SGD,
     {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
    (nesterov, {"lr": 0.05, "beta": 0.5}, torch.optim.SGD,
     {"lr": 0.05, "momentum": 0.5, "nesterov": True}),
    (nesterov, {"lr": 0.001, "beta": 0.99}, torch.optim.SGD,
     {"lr": 0.001, "momentum": 0.99, "nesterov": True}),
    (rmsprop, {}, torch.optim.RMSprop,
     {"lr": 0.01, "alpha": 0.99, "eps": 1e-8}),
    (rmsprop, {"lr": 0.001, "alpha": 0.9}, torch.optim.RMSprop,
     {"lr": 0.001, "alpha": 0.9, "eps": 1e-8}),
    (rmsprop, {"lr": 0.01, "alpha": 0.9, "eps": 0.1}, torch.optim.RMSprop,
     {"lr": 0.01, "alpha": 0.9, "eps": 0.1}),
    (adam, {}, torch.optim.Adam, {}),
    (adam, {"lr": 0.05}, torch.optim.Adam, {"lr": 0.05}),
    (adam, {"lr": 0.01, "beta1": 0.5, "beta2": 0.9, "eps": 0.02},
     torch.optim.Adam, {"lr": 0.01, "betas": (0.5, 0.9), "eps": 0.02}),
    (adam, {"lr": 0.01, "beta1": 0.0, "eps": 0.01}, torch.optim.Adam,
     {"lr": 0.01, "betas": (0.0, 0.999), "eps": 0.01}),
    (adamw, {}, torch.optim.AdamW, {"weight_decay": 0.01}),
    (adamw, {"lr": 0.05, "weight_decay": 0.1}, torch.optim.AdamW,
     {"lr": 0.05, "weight_decay": 0.1}),
    (adamw, {"lr": 0.01, "beta1": 0.5, "beta2": 0.9, "eps": 0.01,
             "weight_decay": 0.5}, torch.optim.AdamW,
     {"lr": 0.01, "betas": (0.5, 0.9), "eps": 0.01, "weight_decay": 0.5}),
    (adamw, {"lr": 0.01, "weight_decay": 0.0}, torch.optim.AdamW,
     {"lr": 0.01, "weight_decay": 0.0}),
]


# Where rounding grows from step to step, two right answers part: only a
# given list of gradients can compare these.
WILD = [
    (sgd, {"lr": 0.3}, torch.optim.SGD, {"lr": 0.3}),
    (rmsprop, {"lr": 0.05, "alpha": 0.5, "eps": 0.1}, torch.optim.RMSprop,
     {"lr": 0.05, "alpha": 0.5, "eps": 0.1}),
    (rmsprop, {"lr": 0.01, "alpha": 0.0}, torch.optim.RMSprop,
     {"lr": 0.01, "alpha": 0.0}),
    (adam, {"lr": 0.01, "beta1": 0.5, "beta2": 0.9}, torch.optim.Adam,
     {"lr": 0.01, "betas": (0.5, 0.9)}),
    (adam, {"lr": 0.01, "beta1": 0.99, "beta2": 0.5}, torch.optim.Adam,
     {"lr": 0.01, "betas": (0.99, 0.5)}),
    (adamw, {"lr": 0.1, "beta2": 0.9, "weight_decay": 2.0},
     torch.optim.AdamW,
     {"lr": 0.1, "betas": (0.9, 0.9), "weight_decay": 2.0}),
]


def network():
    """The reference network, with its own gradient by hand."""
    X, Y, params = reference(F64)
    return params, lambda p, step: backward(X, Y, Params(*p))


def stiff():
    """A bowl, 400 times as steep along one axis as along another."""
    steep = torch.tensor([0.01, 0.1, 1.0, 4.0], dtype=F64)
    start = torch.tensor([1.0, -2.0, 3.0, -4.0], dtype=F64)
    return (start,), lambda p, step: (steep * p[0],)


def noise():
    """Gradients that look at no parameter, of sizes from 1e-3 to 1e3."""
    g = torch.Generator().manual_seed(0)
    grads = torch.randn(1000, 6, generator=g, dtype=F64)
    grads = grads * 10 ** torch.linspace(-3, 3, 6, dtype=F64)
    return (torch.ones(6, dtype=F64),), lambda p, step: (grads[step],)


RUNS = [(row, f) for row in TABLE for f in (stiff, noise)]
RUNS += [(row, noise) for row in WILD]
RUNS += [(row, network) for row in TABLE if row[1].get("eps") is None]


@pytest.mark.parametrize(
    ("case", "problem"), RUNS,
    ids=[f"{f.__name__} {r[0].__name__} {r[1]}" for r, f in RUNS])
def test_a_thousand_steps_are_torchs(case, problem):
    """Each on its own path, to 1e-12 of numbers of size 1."""
    rule, numbers, torchs, theirs = case
    params, gradient = problem()
    leaves = [p.clone().requires_grad_() for p in params]
    optimizer, state = torchs(leaves, **theirs), None
    for step in range(1000):
        grads = gradient([p.detach() for p in leaves], step)
        for leaf, g in zip(leaves, grads, strict=True):
            leaf.grad = g
        optimizer.step()
        params, state = rule(params, gradient(params, step), state, **numbers)
        if step in (0, 1, 9, 99, 999):
            most = max(1, *(p.abs().max().item() for p in params))
            assert largest_difference(params, leaves) <= 1e-12 * most


# The first step, by hand: g = (3, -4), p = (1, 2)

P1 = (torch.tensor([1.0, 2.0], dtype=F64),)
G1 = (torch.tensor([3.0, -4.0], dtype=F64),)


def test_adams_state_is_two_means_and_a_count():
    params, (m, v, t) = adam(P1, G1, beta1=0.5, beta2=0.75)
    assert t == 1
    assert m[0].tolist() == [1.5, -2]
    assert v[0].tolist() == [2.25, 4]
    params, (m, v, t) = adam(params, G1, (m, v, t), beta1=0.5, beta2=0.75)
    assert t == 2
    assert m[0].tolist() == [2.25, -3]
    assert v[0].tolist() == [3.9375, 7]


# What goes in, what comes out


class Pair(NamedTuple):
    a: torch.Tensor
    b: torch.Tensor


def flat(state):
    """All tensors of a state, and its count, in order."""
    if isinstance(state, torch.Tensor):
        return [state]
    if isinstance(state, tuple):
        return [t for part in state for t in flat(part)]
    return [] if state is None else [torch.tensor(state)]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "make", [lambda *t: Pair(*t), lambda *t: tuple(t), lambda *t: list(t)],
    ids=["NamedTuple", "tuple", "list"],
)
def test_the_type_of_params_comes_back(rule, make):
    params = make(torch.ones(2), torch.ones(3))
    grads = make(torch.ones(2), torch.ones(3))
    moved, state = rule(params, grads)
    assert type(moved) is type(params)
    moved, state = rule(moved, grads, state)
    assert type(moved) is type(params)
    assert [p.shape for p in moved] == [(2,), (3,)]


@pytest.mark.parametrize("rule", RULES)
def test_the_network_keeps_its_type_with_any_gradients(rule):
    X, Y, params = draw(5)
    grads = backward(X, Y, params)
    moved, _ = rule(params, grads)
    assert isinstance(moved, Params)
    plain, _ = rule(params, tuple(grads))
    assert same(moved, plain)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [F32, F64])
def test_dtypes_stay(rule, dtype):
    X, Y, params = draw(5, dtype=dtype)
    state = None
    for _ in range(3):
        params, state = rule(params, backward(X, Y, params), state)
    tensors = [t for t in flat(state) if t.dim()]
    assert {t.dtype for t in [*params, *tensors]} == {dtype}


@pytest.mark.parametrize("rule", RULES)
def test_nothing_given_is_changed_or_kept(rule):
    """The same step from the same state is the same, however often."""
    X, Y, params = draw(5)
    grads = backward(X, Y, params)
    params, state = rule(params, grads)
    params, state = rule(params, grads, state)
    given = [*params, *grads, *flat(state)]
    before = [t.clone() for t in given]
    once, state_once = rule(params, grads, state)
    came = [*once, *flat(state_once)]
    first = [t.clone() for t in came]
    for t in came:
        t.add_(100)  # what came out shares no memory with what went in
    assert same([*params, *grads, *flat(state)], before)
    twice, state_twice = rule(params, grads, state)
    assert same([*twice, *flat(state_twice)], first)


@pytest.mark.parametrize("rule", RULES)
def test_many_networks_at_once_are_each_alone(rule):
    """Parameters with a leading axis (E, 3, 4): bit for bit E runs."""
    runs = [draw(5, seed=s) for s in (1, 2, 3)]
    many = Params(*map(torch.stack, zip(*(p for *_, p in runs), strict=True)))
    alone, states, state = [p for *_, p in runs], [None] * 3, None
    for _ in range(5):
        grads = [backward(X, Y, p) for (X, Y, _), p in zip(
            runs, alone, strict=True)]
        stacked = Params(*map(torch.stack, zip(*grads, strict=True)))
        many, state = rule(many, stacked, state)
        steps = [rule(*args) for args in zip(
            alone, grads, states, strict=True)]
        alone, states = zip(*steps, strict=True)
    assert many.W1.shape == (3, 3, 4)
    for e, params in enumerate(alone):
        assert same([p[e] for p in many], params)


# Refusals

P, G = (torch.ones(3, 4), torch.ones(2)), (torch.ones(3, 4), torch.ones(2))
NAN = torch.tensor([1.0, math.nan])
SAME = "pass both in the same order"
MADE = ("look for the step that made it, a division by zero or "
        "a rate too large")


def unlike(i, want, got, dtype="torch.float32"):
    return (f"gradient {i} must have shape {want} in torch.float32, "
            f"got {got} in {dtype}: {SAME}")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("params", "grads", "error", "text"),
    [
        (P, G[:1], ValueError,
         f"one gradient a parameter is needed, got 1 for 2: {SAME}"),
        (P[:1], G, ValueError,
         f"one gradient a parameter is needed, got 2 for 1: {SAME}"),
        (P, (G[0].T, G[1]), ValueError, unlike(0, (3, 4), (4, 3))),
        (P, (G[0], G[1][:1]), ValueError, unlike(1, (2,), (1,))),
        (P, G[::-1], ValueError, unlike(0, (3, 4), (2,))),
        (P, (G[0], G[1].double()), ValueError,
         unlike(1, (2,), (2,), "torch.float64")),
        (torch.ones(3), torch.ones(3), TypeError,
         "params must be a tuple of tensors, got Tensor: "
         "one tensor p is (p,)"),
        ((torch.ones(2).int(),), (torch.ones(2),), TypeError,
         "parameter 0 must be a floating tensor, got torch.int32: "
         "convert with .float()"),
        ((torch.ones(2),), (torch.ones(2).long(),), TypeError,
         "gradient 0 must be a floating tensor, got torch.int64: "
         "convert with .float()"),
        ((torch.ones(2), 1.0), (torch.ones(2), 1.0), TypeError,
         "parameter 1 must be a floating tensor, got float: "
         "convert with .float()"),
        (P, (G[0], None), TypeError,
         "gradient 1 must be a floating tensor, got NoneType: "
         "convert with .float()"),
        ((P[0], NAN), G, ValueError,
         f"parameter 1 must hold numbers, got NaN: {MADE}"),
        (P, (G[0], NAN), ValueError,
         f"gradient 1 must hold numbers, got NaN: {MADE}"),
    ],
)
def test_refusals(rule, params, grads, error, text):
    refuses(error, text, rule, params, grads)


@pytest.mark.parametrize("rule", RULES[1:])
def test_a_state_for_fewer_parameters_is_not_taken(rule):
    _, state = rule(P[:1], G[:1])
    with pytest.raises(ValueError, match="is longer than argument"):
        rule(P, G, state)


SEE = "see the rule's docstring for the usual value"


@pytest.mark.parametrize(
    ("rules", "name", "numbers", "bound"),
    [
        (RULES, "lr", [-0.1, math.nan], "0 or above"),
        ([momentum, nesterov], "beta", [-0.1, 1, 1.0, 1.5, math.nan],
         "from 0 to below 1"),
        ([rmsprop], "alpha", [-0.1, 1.0, 1.5, math.nan],
         "from 0 to below 1"),
        ([adam, adamw], "beta1", [-0.1, 1.0, 2, math.nan],
         "from 0 to below 1"),
        ([adam, adamw], "beta2", [-0.1, 1.0, 2, math.nan],
         "from 0 to below 1"),
        ([rmsprop, adam, adamw], "eps", [-1e-8, math.nan], "0 or above"),
        ([adamw], "weight_decay", [-0.1, math.nan], "0 or above"),
    ],
)
def test_numbers_out_of_bounds(rules, name, numbers, bound):
    for rule in rules:
        for number in numbers:
            refuses(
                ValueError, f"{name} must be {bound}, got {number}: {SEE}",
                rule, P, G, **{name: number},
            )


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [(sgd, {"lr": 5}), (momentum, {"beta": 0}), (rmsprop, {"eps": 2}),
     (rmsprop, {"alpha": 0}), (adam, {"beta1": 0, "beta2": 0}),
     (adam, {"eps": 1}), (adamw, {"weight_decay": 3})],
)
def test_numbers_at_their_bounds_are_taken(rule, numbers):
    moved, _ = rule(P, G, **numbers)
    assert not torch.equal(moved[0], P[0])
