"""The hand-written gradient against torch, and differences, and a step."""

import math

import pytest
import torch
from cases import (
    cast,
    draw,
    largest_difference,
    reference,
    refuses,
    same,
    torch_gradient,
    zeros,
)

import toynet.backprop
from toynet.backprop import backward, descend, numerical_gradient
from toynet.model import ToyModel, params_of
from toynet.net import Params, forward, sse

F32, F64 = torch.float32, torch.float64


# Where a wrong backward pass hides


def random(N, H=4):
    return lambda dtype: draw(N, H, dtype)


def at_the_kink(dtype):
    """Zero weights in front: z1 is 0 in every unit, h too."""
    X, Y, p = draw(6, dtype=dtype)
    return X, Y, p._replace(W1=p.W1 * 0, b1=p.b1 * 0)


def some_at_the_kink(dtype):
    """Two units of four sit at 0 in all rows, one in a single row."""
    X, Y, p = draw(6, dtype=dtype)
    on = torch.tensor([0, 1, 0, 1], dtype=dtype)
    X[0], b1 = 0, p.b1 * on
    return X, Y, p._replace(W1=p.W1 * on, b1=torch.where(on > 0, 0, b1))


def minus_zero(dtype):
    X, Y, p = at_the_kink(dtype)
    return X, Y, p._replace(W1=p.W1 * 0, b1=torch.full_like(p.b1, -0.0))


def just_beside_the_kink(dtype):
    X, Y, p = at_the_kink(dtype)
    tiny = torch.finfo(dtype).tiny
    signs = torch.tensor([1, -1, 1, -1], dtype=dtype)
    return X, Y, p._replace(b1=tiny * signs)


def all_zero(dtype):
    X, Y, _ = draw(6, dtype=dtype)
    return X, Y, zeros(dtype=dtype)


def saturated(dtype):
    X, Y, p = draw(6, dtype=dtype)
    return X, Y, p._replace(W2=p.W2 * 40)


def far_saturated(dtype):
    X, Y, p = draw(6, dtype=dtype)
    return X, Y, p._replace(b2=torch.tensor([900, -900], dtype=dtype))


def all_dead(dtype):
    X, Y, p = draw(6, dtype=dtype)
    return X, Y, p._replace(b1=p.b1 - 100)


def all_alive(dtype):
    X, Y, p = draw(6, dtype=dtype)
    return X, Y, p._replace(b1=p.b1 + 100, W2=p.W2 / 100)


def columns(dtype):
    """X as a transpose: its rows are not contiguous."""
    X, Y, p = draw(6, dtype=dtype)
    return X.T.contiguous().T, Y, p


def expanded(dtype):
    """One row seen six times over, with a stride of 0."""
    X, Y, p = draw(6, dtype=dtype)
    return X[:1].expand(6, 3), Y[:1].expand(6, 2), p


CASES = {
    **{f"N={N}": random(N) for N in (1, 2, 3, 20, 64)},
    **{f"N={N}, H={H}": random(N, H) for N in (1, 5) for H in (1, 2, 3, 16)},
    "reference": reference,
    **{f.__name__: f for f in (
        at_the_kink, some_at_the_kink, minus_zero, just_beside_the_kink,
        all_zero, saturated, far_saturated, all_dead, all_alive,
        columns, expanded,
    )},
}


@pytest.mark.parametrize("case", CASES)
def test_backward_is_torchs_bit_for_bit_in_float32(case):
    X, Y, params = CASES[case](F32)
    ours, theirs = backward(X, Y, params), torch_gradient(X, Y, params)
    assert isinstance(ours, Params)
    assert largest_difference(ours, theirs) <= 1e-6
    assert same(ours, theirs)


@pytest.mark.parametrize("case", CASES)
def test_backward_is_torchs_in_float64(case):
    X, Y, params = CASES[case](F64)
    ours, theirs = backward(X, Y, params), torch_gradient(X, Y, params)
    assert {g.dtype for g in ours} == {F64}
    for mine, other in zip(ours, theirs, strict=True):
        most = (mine - other).abs().max().item()
        assert most <= 1e-14 * other.abs().max().item()


def test_the_kink_cases_are_at_the_kink():
    z1 = forward(*at_the_kink(F32)[::2]).z1
    assert torch.equal(z1, torch.zeros(6, 4))
    z1 = forward(*minus_zero(F32)[::2]).z1
    assert torch.equal(z1, torch.zeros(6, 4))
    z1 = forward(*some_at_the_kink(F32)[::2]).z1
    assert (z1 == 0).sum(0).tolist() == [6, 1, 6, 1]
    z1 = forward(*just_beside_the_kink(F32)[::2]).z1
    assert (z1 > 0).sum(0).tolist() == [6, 0, 6, 0]


def test_weights_that_are_transposes():
    """What `nn.Linear` keeps, turned round: the layout must not matter."""
    X, Y, p = draw(20, dtype=F64)
    turned = p._replace(
        W1=p.W1.T.contiguous().T, W2=p.W2.T.contiguous().T)
    most = largest_difference(backward(X, Y, turned), backward(X, Y, p))
    assert most <= 1e-14


@pytest.mark.parametrize("N", [1, 5])
def test_backward_reads_nothing_but_its_arguments(N, monkeypatch):
    """A global X, Y or params of the same size would be taken unnoticed."""
    X, Y, params = draw(N, seed=1)
    want = backward(X, Y, params)
    acts = forward(X, params)
    other = draw(N, seed=2)
    stray = {"X": other[0], "Y": other[1], "params": other[2]}
    stray |= {**acts._asdict(), **other[2]._asdict()}
    for name, value in stray.items():
        monkeypatch.setattr(toynet.backprop, name, value, raising=False)
    assert same(backward(X, Y, params), want)
    grads = backward(*other)
    assert same(grads, torch_gradient(*other))


def test_backward_changes_none_of_its_arguments():
    X, Y, params = draw(5)
    before = [t.clone() for t in (X, Y, *params)]
    backward(X, Y, params)
    assert same((X, Y, *params), before)


def test_backward_under_vmap():
    """One gradient a network, or a row, without a loop."""
    X, Y, params = draw(5, dtype=F64)
    rows = torch.func.vmap(
        lambda x, y: backward(x[None], y[None], params))(X, Y)
    whole = backward(X, Y, params)
    assert rows.W1.shape == (5, 3, 4)
    assert largest_difference([r.sum(0) for r in rows], whole) <= 1e-14


X, Y, P = draw(5)
G = backward(X, Y, P)
NAN = torch.full((3, 4), torch.nan)
ROWS = "give one row of two labels a point, as generate_data does"
ORDER = "give the gradients in the order W1, b1, W2, b2"
MADE = ("look for the step that made it, a division by zero "
        "or a rate too large")
FLOATING = "make one with torch.tensor(..., dtype=torch.float32)"
DTYPE = "convert with .to(torch.float32) or .to(torch.float64)"


@pytest.mark.parametrize(
    ("X", "Y", "params", "error", "text"),
    [
        (X, Y[:1], P, ValueError,  # would broadcast
         f"Y must have shape (5, 2), got (1, 2): {ROWS}"),
        (X, Y * torch.nan, P, ValueError,
         f"Y must hold numbers, got NaN: {MADE}"),
        (X, Y, tuple(P), TypeError,
         "params must be a Params, got tuple: "
         "wrap the four tensors as Params(W1, b1, W2, b2)"),
    ],
)
def test_backward_refuses(X, Y, params, error, text):
    refuses(error, text, backward, X, Y, params)


# Differences


def waves(params):
    """A smooth function of all numbers, each with a weight of its own."""
    return sum(
        (torch.sin(p) * (torch.arange(p.numel()).reshape(p.shape) + k)).sum()
        for k, p in enumerate(params, 1)
    )


def slopes(params):
    return [
        torch.cos(p) * (torch.arange(p.numel()).reshape(p.shape) + k)
        for k, p in enumerate(params, 1)
    ]


@pytest.mark.parametrize(
    ("dtype", "eps", "tol"),
    [(F64, None, 2e-9), (F64, 1e-5, 5e-9), (F64, 1e-3, 5e-6),
     (F32, None, 5e-3), (F32, 1e-2, 5e-3)],
)
def test_differences_of_a_smooth_function(dtype, eps, tol):
    _, _, params = draw(1, dtype=dtype)
    ours = numerical_gradient(waves, params, eps)
    assert isinstance(ours, Params)
    assert {g.dtype for g in ours} == {dtype}
    assert largest_difference(ours, slopes(params)) <= tol


def test_differences_are_central_and_divide_by_two_eps():
    """Of p³ they are 3 p² + eps², to rounding: a one-sided one is not."""
    _, _, params = draw(1, dtype=F64)
    ours = numerical_gradient(
        lambda q: sum((p**3).sum() for p in q), params, eps=0.5)
    theirs = [3 * p**2 + 0.25 for p in params]
    assert largest_difference(ours, theirs) <= 1e-12


@pytest.mark.parametrize(
    ("dtype", "eps"), [(F32, 2 ** (-23 / 3)), (F64, 2 ** (-52 / 3))])
def test_default_eps_is_the_cube_root_of_the_rounding_unit(dtype, eps):
    """Seen from the losses: at zeros each nudge is eps itself."""
    nudges = []

    def loss(params):
        nudges.extend(v for p in params for v in p.flatten().tolist() if v)
        return params.b2.sum()

    numerical_gradient(loss, zeros(dtype=dtype))
    assert len(nudges) == 2 * 26
    assert nudges[::2] == [-v for v in nudges[1::2]]
    assert {math.isclose(v, eps, rel_tol=1e-6) for v in nudges[::2]} == {True}


def test_each_number_is_nudged_alone_and_in_its_place():
    _, _, params = draw(1, H=3, dtype=F64)
    params = Params(*(p.round() for p in params))
    for name, p in params._asdict().items():
        weights = torch.arange(1.0, p.numel() + 1, dtype=F64).reshape(p.shape)

        def loss(q, name=name, weights=weights):
            return (getattr(q, name) * weights).sum()

        grads = numerical_gradient(loss, params, eps=0.25)
        for other, g in grads._asdict().items():
            assert torch.equal(g, weights if other == name else 0 * g)


def test_differences_of_a_model_whose_weights_are_transposes():
    X, Y, _ = draw(5, dtype=F64)
    model = ToyModel().double()
    params = params_of(model)
    turned = params._replace(
        W1=model.hidden.weight.T, W2=model.output.weight.T)
    assert not turned.W1.is_contiguous()
    assert turned.W1.requires_grad
    ours = numerical_gradient(
        lambda p: sse(forward(X, p).y_hat, Y), turned)
    assert largest_difference(ours, backward(X, Y, params)) <= 1e-8
    assert not any(g.requires_grad for g in ours)


def test_differences_leave_the_parameters_as_they_are():
    _, _, params = draw(1)
    before = [p.clone() for p in params]
    numerical_gradient(waves, params)
    assert same(params, before)


@pytest.mark.parametrize("eps", [0, -1e-5, math.nan])
def test_differences_refuse_an_eps(eps):
    refuses(
        ValueError,
        f"eps must be above 0, got {eps}: leave it out, or try 1e-5",
        numerical_gradient, waves, P, eps,
    )


@pytest.mark.parametrize(
    ("params", "error", "text"),
    [
        (tuple(P), TypeError,
         "params must be a Params, got tuple: "
         "wrap the four tensors as Params(W1, b1, W2, b2)"),
        (P._replace(W1=NAN), ValueError,
         f"W1 must hold numbers, got NaN: {MADE}"),
    ],
)
def test_differences_refuse(params, error, text):
    refuses(error, text, numerical_gradient, waves, params)


# One step


@pytest.mark.parametrize("lr", [0.0, 0.01, 1.0, 100])
@pytest.mark.parametrize("dtype", [F32, F64])
def test_descend(lr, dtype):
    params, grads = cast(P, dtype), cast(G, dtype)
    before = [t.clone() for t in (*params, *grads)]
    ours = descend(params, grads, lr)
    assert isinstance(ours, Params)
    assert same(ours, [p - lr * g for p, g in zip(params, grads, strict=True)])
    assert same((*params, *grads), before)


@pytest.mark.parametrize(
    ("params", "grads", "lr", "error", "text"),
    [
        (P, G._replace(b1=G.b1[:1]), 0.1, ValueError,  # would broadcast
         f"db1 must have shape (4,), got (1,): {ORDER}"),
        (P, (G.W1, G.b2, G.W2, G.b1), 0.1, ValueError,
         f"db1 must have shape (4,), got (2,): {ORDER}"),
        (P, G[:3], 0.1, ValueError,
         f"grads must be 4 tensors, got 3: {ORDER}"),
        (P, G._replace(W1=NAN), 0.1, ValueError,
         f"dW1 must hold numbers, got NaN: {MADE}"),
        (P, G._replace(b2=None), 0.1, TypeError,
         f"db2 must be a floating tensor, got NoneType: {FLOATING}"),
        (P, cast(G, F64), 0.1, TypeError,
         "all tensors must have one dtype, got W1 in torch.float32, "
         f"dW1 in torch.float64: {DTYPE}"),
        (tuple(P), G, 0.1, TypeError,
         "params must be a Params, got tuple: "
         "wrap the four tensors as Params(W1, b1, W2, b2)"),
        (P, G, -0.1, ValueError,
         "lr must be 0 or above, got -0.1: descend subtracts already"),
        (P, G, math.nan, ValueError,
         "lr must be 0 or above, got nan: descend subtracts already"),
    ],
)
def test_descend_refuses(params, grads, lr, error, text):
    refuses(error, text, descend, params, grads, lr)
