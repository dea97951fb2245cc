"""Hessian, sharpness and step limits, against differences and known bowls."""

import pytest
import torch
from cases import cast, draw, reference, refuses

from toynet import curvature
from toynet.backprop import backward, descend
from toynet.net import Params, forward, init_params, sse


def network_loss(X, Y):
    return lambda params: sse(forward(X, params).y_hat, Y)


def bowl(a, b):
    """`a |W1|² / 2 + b |b2|² / 2`: its curvatures are a, b and 0."""
    return lambda p: (a * (p.W1**2).sum() + b * (p.b2**2).sum()) / 2


@pytest.mark.parametrize("H", [1, 2, 4, 7])
@pytest.mark.parametrize("N", [1, 7])
def test_hessian_is_that_of_differences_of_the_gradient(N, H):
    X, Y, params = draw(N, H, torch.float64)
    found = curvature.hessian(network_loss(X, Y), params)
    v, eps = curvature.flatten(params), 1e-6

    def slope(v):
        at = curvature.unflatten(v, params)
        return curvature.flatten(backward(X, Y, at))

    steps = eps * torch.eye(len(v), dtype=torch.float64)
    rows = [(slope(v + s) - slope(v - s)) / (2 * eps) for s in steps]
    torch.testing.assert_close(
        found, torch.stack(rows), rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(found, found.T, rtol=0, atol=1e-12)


def test_flatten_and_unflatten_undo_each_other():
    _, _, params = draw(1, 5)
    vector = curvature.flatten(params)
    assert vector.shape == (32,)
    assert all(map(torch.equal, curvature.unflatten(vector, params), params))


@pytest.mark.parametrize(("a", "b"), [(3.0, 1.0), (1.0, 4.0), (-2.0, 0.5)])
def test_sharpness_is_the_largest_curvature(a, b):
    params = cast(init_params(torch.Generator().manual_seed(0)),
                  torch.float64)
    assert curvature.sharpness(bowl(a, b), params) == pytest.approx(max(a, b))


def test_curvature_along_a_direction():
    zeros = Params(*map(torch.zeros, ((3, 4), (4,), (4, 2), (2,))))
    across = zeros._replace(W1=torch.ones(3, 4))
    both = across._replace(b2=torch.full((2,), 6.0**0.5))
    f = bowl(3.0, 1.0)
    assert curvature.curvature_along(f, zeros, across) == pytest.approx(3)
    assert curvature.curvature_along(f, zeros, both) == pytest.approx(2)


@pytest.mark.parametrize("a", [0.01, 1.0, 50.0])
def test_largest_rate_of_a_bowl_is_two_over_its_curvature(a):
    _, _, params = draw(1, dtype=torch.float64)
    f = bowl(a, a)
    grads = torch.func.grad(f)(params)
    found = curvature.largest_rate(f, params, grads)
    assert found == pytest.approx(2 / a, rel=1e-7)


def test_largest_rate_lowers_the_loss_and_a_larger_one_does_not():
    X, Y, params = reference(torch.float64)
    f, grads = network_loss(X, Y), backward(X, Y, params)
    lr = curvature.largest_rate(f, params, grads)
    assert f(descend(params, grads, lr * (1 - 1e-9))) < f(params)
    assert f(descend(params, grads, lr * (1 + 1e-9))) > f(params)


def test_largest_rate_asks_for_the_loss_at_the_start_once():
    _, _, params = draw(1, dtype=torch.float64)
    asked, f = [], bowl(1.0, 1.0)
    grads = torch.func.grad(f)(params)
    curvature.largest_rate(
        lambda p: asked.append(p is params) or f(p), params, grads)
    assert sum(asked) == 1
    assert len(asked) < 300


def test_largest_rate_where_nothing_fails_or_all_does():
    _, _, params = draw(1, dtype=torch.float64)
    ones = Params(*map(torch.ones_like, params))
    down = Params(*(-p for p in ones))
    f = lambda p: p.b2.sum()  # noqa: E731
    assert curvature.largest_rate(f, params, ones, most=10.0) == 10.0
    assert curvature.largest_rate(f, params, down) == 0.0


def test_crossings_are_the_gates_that_differ():
    X = torch.tensor([[1.0, 0, 0], [-1.0, 0, 0], [0.0, 0, 0]])
    W1 = torch.zeros(3, 4)
    W1[0] = torch.tensor([1.0, 1.0, -1.0, 0.0])
    before = Params(W1, torch.zeros(4), torch.ones(4, 2), torch.zeros(2))
    W1 = W1.clone()
    W1[0] = torch.tensor([2.0, -1.0, 1.0, 1.0])
    after = before._replace(W1=W1)
    found = curvature.crossings(X, before, after)
    assert found.int().tolist() == [[0, 1, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0]]


def test_what_does_not_fit_is_refused():
    _, _, params = draw(1)
    zero = Params(*map(torch.zeros_like, params))
    refuses(
        ValueError, "direction must have a length above 0, got 0: at a "
        "stationary point no direction is downhill",
        curvature.curvature_along, bowl(1.0, 1.0), params, zero)
