"""The network: its numbers, its forward pass, its losses, its refusals."""

import math

import pytest
import torch
from cases import cast, draw, largest_difference, refuses, same

from toynet.net import Activations, Params, forward, init_params, mse, sse

F32, F64 = torch.float32, torch.float64


def forward_by_hand(X, params):
    """Every activation of every row, in plain Python."""
    W1, b1, W2, b2 = (p.tolist() for p in params)
    rows = []
    for x in X.tolist():
        z1 = [sum(x[i] * W1[i][j] for i in range(3)) + b1[j]
              for j in range(len(b1))]
        h = [max(z, 0.0) for z in z1]
        z2 = [sum(h[j] * W2[j][k] for j in range(len(b1))) + b2[k]
              for k in range(2)]
        rows.append((z1, h, z2, [1 / (1 + math.exp(-z)) for z in z2]))
    return [torch.tensor(a, dtype=F64) for a in zip(*rows, strict=True)]


@pytest.mark.parametrize("N", [1, 2, 20])
@pytest.mark.parametrize("H", [1, 2, 4, 16])
@pytest.mark.parametrize(("dtype", "tol"), [(F32, 1e-5), (F64, 1e-14)])
def test_forward_against_plain_python(N, H, dtype, tol):
    X, _, params = draw(N, H, dtype)
    acts = forward(X, params)
    assert isinstance(acts, Activations)
    assert acts._fields == ("z1", "h", "z2", "y_hat")
    assert [a.shape for a in acts] == [(N, H), (N, H), (N, 2), (N, 2)]
    assert {a.dtype for a in acts} == {dtype}
    assert largest_difference(acts, forward_by_hand(X, params)) <= tol


def test_a_batch_is_its_rows():
    X, _, params = draw(20, dtype=F64)
    rows = [forward(x[None], params).y_hat for x in X]
    whole = forward(X, params).y_hat
    assert largest_difference([torch.cat(rows)], [whole]) <= 1e-15


@pytest.mark.parametrize("N", [1, 2, 20])
@pytest.mark.parametrize("dtype", [F32, F64])
def test_the_losses_are_torchs(N, dtype):
    X, Y, params = draw(N, dtype=dtype)
    y_hat = forward(X, params).y_hat
    mean = torch.nn.functional.mse_loss(y_hat, Y)
    total = torch.nn.functional.mse_loss(y_hat, Y, reduction="sum")
    assert same([mse(y_hat, Y), sse(y_hat, Y)], [mean, total])
    assert sse(y_hat, Y).shape == mse(y_hat, Y).shape == ()
    rtol = {F32: 1e-6, F64: 1e-14}[dtype]
    assert torch.isclose(mse(y_hat, Y) * (2 * N), total, rtol=rtol, atol=0)


def test_the_losses_by_hand():
    y_hat = torch.tensor([[0.5, 1.0], [0.0, 0.25]])
    Y = torch.tensor([[1.0, 1.0], [0.0, 1.0]])
    assert sse(y_hat, Y).item() == 0.25 + 0.5625
    assert mse(y_hat, Y).item() == (0.25 + 0.5625) / 4


@pytest.mark.parametrize("scale", [0.2, 1.0, 0.05, 0.0])
def test_init_draws_in_order_and_scales(scale):
    ours = init_params(torch.Generator().manual_seed(7), scale)
    torch.manual_seed(7)
    raw = torch.randn(3, 4), torch.randn(4), torch.randn(4, 2), torch.randn(2)
    assert isinstance(ours, Params)
    assert same(ours, [r * scale for r in raw])
    torch.manual_seed(7)
    assert same(init_params(scale=scale), ours)


def test_init_scale_is_a_fifth_and_there_are_26_numbers():
    a = init_params(torch.Generator().manual_seed(0))
    b = init_params(torch.Generator().manual_seed(0), scale=0.2)
    assert same(a, b)
    assert sum(p.numel() for p in a) == 26
    assert Params._fields == ("W1", "b1", "W2", "b2")


def test_init_of_a_generator_leaves_the_global_stream_alone():
    before = torch.get_rng_state()
    init_params(torch.Generator().manual_seed(1))
    assert torch.equal(torch.get_rng_state(), before)


# torch.func looks through forward and the losses


def stacked(seeds):
    return Params(*map(torch.stack, zip(
        *(draw(5, seed=s, dtype=F64)[2] for s in seeds), strict=True)))


@pytest.mark.parametrize("loss", [sse, mse])
def test_vmap_over_networks_is_a_loop(loss):
    X, Y, _ = draw(5, dtype=F64)

    def of(params):
        return loss(forward(X, params).y_hat, Y)

    many = stacked([1, 2, 3])
    each = torch.stack([of(Params(*p)) for p in zip(*many, strict=True)])
    assert largest_difference([torch.func.vmap(of)(many)], [each]) <= 1e-13


def test_vmap_still_refuses_a_wrong_shape():
    many = stacked([1, 2])
    with pytest.raises(ValueError, match="X must have shape"):
        torch.func.vmap(lambda p: forward(torch.ones(5, 2).double(), p))(many)


# Refusals: what was needed, what was got, what to do

X, Y, P = draw(5)
POINT = "give one row a point, at least one; a single point x is x[None]"
WIDTH = "one hidden width H, at least 1, runs through W1, b1 and W2"
FLOATING = "make one with torch.tensor(..., dtype=torch.float32)"
MADE = ("look for the step that made it, a division by zero "
        "or a rate too large")
DTYPE = "convert with .to(torch.float32) or .to(torch.float64)"
ROWS = "give one row of two labels a point, as generate_data does"
OUTPUTS = "give one row of two outputs a point, as forward does"


def nan_at(tensor):
    tensor = tensor.clone()
    tensor.view(-1)[-1] = torch.nan
    return tensor


FORWARD = [
    (X[0], P, ValueError, f"X must have shape (N, 3), got (3,): {POINT}"),
    (X[:, :2], P, ValueError,
     f"X must have shape (N, 3), got (5, 2): {POINT}"),
    (X[:0], P, ValueError, f"X must have shape (N, 3), got (0, 3): {POINT}"),
    (X.int(), P, TypeError,
     f"X must be a floating tensor, got torch.int32: {FLOATING}"),
    (X.tolist(), P, TypeError,
     f"X must be a floating tensor, got list: {FLOATING}"),
    (nan_at(X), P, ValueError, f"X must hold numbers, got NaN: {MADE}"),
    (X.double(), P, TypeError,
     "all tensors must have one dtype, got X in torch.float64, "
     f"W1 in torch.float32: {DTYPE}"),
    (X, tuple(P), TypeError,
     "params must be a Params, got tuple: "
     "wrap the four tensors as Params(W1, b1, W2, b2)"),
] + [
    (X, P._replace(**{name: value(getattr(P, name))}), error, text)
    for name, value, error, text in [
        ("W1", lambda p: p.T, ValueError,
         f"W1 must have shape (3, H), got (4, 3): {WIDTH}"),
        ("W1", lambda p: p[:, :0], ValueError,
         f"W1 must have shape (3, H), got (3, 0): {WIDTH}"),
        ("W1", lambda p: p[:, :3], ValueError,
         f"b1 must have shape (3,), got (4,): {WIDTH}"),
        ("b1", lambda p: p[:3], ValueError,
         f"b1 must have shape (4,), got (3,): {WIDTH}"),
        ("b1", lambda p: p[:1], ValueError,  # would broadcast
         f"b1 must have shape (4,), got (1,): {WIDTH}"),
        ("W2", lambda p: p.T, ValueError,
         f"W2 must have shape (4, 2), got (2, 4): {WIDTH}"),
        ("b2", lambda p: p[:1], ValueError,
         f"b2 must have shape (2,), got (1,): {WIDTH}"),
        ("b2", lambda p: p[0], ValueError,
         f"b2 must have shape (2,), got (): {WIDTH}"),
        ("W1", lambda p: p.int(), TypeError,
         f"W1 must be a floating tensor, got torch.int32: {FLOATING}"),
        ("b2", lambda p: 0.5, TypeError,
         f"b2 must be a floating tensor, got float: {FLOATING}"),
        ("b2", nan_at, ValueError,
         f"b2 must hold numbers, got NaN: {MADE}"),
        ("W2", lambda p: p.double(), TypeError,
         "all tensors must have one dtype, got X in torch.float32, "
         f"W2 in torch.float64: {DTYPE}"),
    ]
]


@pytest.mark.parametrize(("X", "params", "error", "text"), FORWARD)
def test_forward_refuses(X, params, error, text):
    refuses(error, text, forward, X, params)


def test_three_dtypes_are_all_named():
    params = P._replace(b1=P.b1.double(), b2=P.b2.half())
    refuses(
        TypeError,
        "all tensors must have one dtype, got X in torch.float32, b1 in "
        f"torch.float64, b2 in torch.float16: {DTYPE}",
        forward, X, params,
    )


@pytest.mark.parametrize("loss", [sse, mse])
@pytest.mark.parametrize(
    ("y_hat", "Y", "error", "text"),
    [
        (Y, Y[:1], ValueError,  # would broadcast
         f"Y must have shape (5, 2), got (1, 2): {ROWS}"),
        (Y[0], Y[0], ValueError,
         f"y_hat must have shape (N, 2), got (2,): {OUTPUTS}"),
        (Y[:0], Y[:0], ValueError,
         f"y_hat must have shape (N, 2), got (0, 2): {OUTPUTS}"),
        (Y, Y > 0, TypeError,
         f"Y must be a floating tensor, got torch.bool: {FLOATING}"),
        (Y, nan_at(Y), ValueError, f"Y must hold numbers, got NaN: {MADE}"),
        (Y, Y.double(), TypeError,
         "all tensors must have one dtype, got y_hat in torch.float32, "
         f"Y in torch.float64: {DTYPE}"),
    ],
)
def test_the_losses_refuse(loss, y_hat, Y, error, text):
    refuses(error, text, loss, y_hat, Y)


def test_infinity_is_a_number():
    params = P._replace(b2=torch.full((2,), torch.inf))
    assert torch.equal(forward(X, params).y_hat, torch.ones(5, 2))


def test_half_precision_runs():
    params = cast(P, torch.bfloat16)
    assert forward(X.bfloat16(), params).y_hat.dtype == torch.bfloat16
