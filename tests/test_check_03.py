"""The checkers of chapter 3, on right and wrong answers."""

import itertools

import pytest
import torch
from checks import diagnoses, entries, wrong_solution

from toynet import backprop as by_hand
from toynet import check
from toynet.mistakes import MISTAKES, build
from toynet.net import Params, forward

BASES = {"backprop": by_hand.backward, "descend": by_hand.descend}


@pytest.mark.parametrize("mistake", entries(*BASES))
def test_each_mistake_gets_its_own_name(mistake):
    function = wrong_solution(mistake, BASES[mistake.exercise])
    assert diagnoses(mistake.exercise, function) == {mistake.code}


# Right answers that are written differently -------------------------------


def by_outer_products(X, Y, params):
    a = forward(X, params)
    dz2 = 2 * (a.y_hat - Y) * a.y_hat * (1 - a.y_hat)
    dz1 = (dz2 @ params.W2.T) * (a.z1 > 0)
    return (
        sum(torch.outer(x, d) for x, d in zip(X, dz1, strict=True)),
        sum(dz1),
        sum(torch.outer(h, d) for h, d in zip(a.h, dz2, strict=True)),
        sum(dz2),
    )


def by_einsum(X, Y, params):
    z1, h, _, y_hat = forward(X, params)
    d = 2 * (y_hat - Y) * y_hat * (1 - y_hat)
    e = torch.einsum("nk,jk->nj", d, params.W2) * (z1 > 0).float()
    return [torch.einsum("ni,nj->ij", X, e), torch.einsum("nj->j", e),
            torch.einsum("nj,nk->jk", h, d), torch.einsum("nk->k", d)]


def by_loops(X, Y, params):
    """For four hidden units, and no other number."""
    W1, b1, W2, b2 = params
    dW1, db1 = torch.zeros(3, 4), torch.zeros(4)
    dW2, db2 = torch.zeros(4, 2), torch.zeros(2)
    for x, y in zip(X, Y, strict=True):
        z1 = [sum(x[i] * W1[i, j] for i in range(3)) + b1[j]
              for j in range(4)]
        h = [max(z, torch.tensor(0.0)) for z in z1]
        for k in range(2):
            z2 = sum(h[j] * W2[j, k] for j in range(4)) + b2[k]
            p = 1 / (1 + torch.exp(-z2))
            d = 2 * (p - y[k]) * p * (1 - p)
            db2[k] += d
            for j in range(4):
                dW2[j, k] += h[j] * d
                if z1[j] > 0:
                    db1[j] += W2[j, k] * d
                    dW1[:, j] += x * W2[j, k] * d
    return dW1, db1, dW2, db2


def by_autograd(X, Y, params):
    copies = [p.clone().requires_grad_() for p in params]
    L = ((forward(X, Params(*copies)).y_hat - Y) ** 2).sum()
    L.backward()
    return tuple(p.grad for p in copies)


def by_autograd_on_what_was_given(X, Y, params):
    for p in params:
        p.requires_grad_()
    L = ((forward(X, params).y_hat - Y) ** 2).sum()
    L.backward()
    return [p.grad for p in params]


def by_torch_func(inputs, labels, numbers):
    def loss(p):
        return ((forward(inputs, p).y_hat - labels) ** 2).sum()

    return torch.func.grad(loss)(numbers)


def in_place(a, b, c):
    z1, h, _, y = forward(a, c)
    d = y.clone().sub_(b).mul_(2).mul_(y).mul_(1 - y)
    e = d @ c.W2.T
    e[z1 <= 0] = 0
    return a.T @ e, e.sum(dim=0), h.T @ d, d.sum(dim=0)


def in_float64(X, Y, params):
    p64 = Params(*(p.double() for p in params))
    return by_hand.backward(X.double(), Y.double(), p64)


def without_recording(X, Y, params):
    with torch.no_grad():
        return by_hand.backward(X, Y, params)


@pytest.mark.parametrize("f", [
    by_hand.backward, by_outer_products, by_einsum, by_loops, by_autograd,
    by_autograd_on_what_was_given, by_torch_func, in_place, in_float64,
    without_recording,
], ids=lambda f: f.__name__)
def test_a_right_backward_pass_passes(f):
    assert diagnoses("backprop", f, draws=20) == {""}


def step_in_place(params, grads, lr):
    for p, g in zip(params, grads, strict=True):
        p -= lr * g
    return params


def step_by_index(p, g, rate):
    return [p[i] - rate * g[i] for i in range(4)]


@pytest.mark.parametrize("f", [
    by_hand.descend, step_in_place, step_by_index,
], ids=lambda f: f.__name__)
def test_a_right_step_passes(f):
    assert diagnoses("descend", f) == {""}


# Two mistakes at once -----------------------------------------------------

PAIRS = [
    pair for pair in itertools.combinations(
        [m for m in MISTAKES if m.exercise == "backprop"], 2)
    if build(pair, by_hand.backward)
]


def test_one_of_two_mistakes_is_named():
    """Some pairs make a third mistake: N and 2 make 2N, for example."""
    also = {frozenset(["bias-averaged", "weights-averaged"]):
            "mean-over-rows",
            frozenset(["mean-over-rows", "factor-two"]): "mean-for-sum"}
    assert len(PAIRS) > 400
    for pair in PAIRS:
        report = check.backprop(build(pair, by_hand.backward))
        codes = {m.code for m in pair}
        codes.add(also.get(frozenset(codes)))
        assert report.diagnosis in codes, [m.code for m in pair]
