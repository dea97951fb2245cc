"""The task: its draws, its labels, its edges, its refusals."""

import math

import pytest
import torch
from cases import refuses, same

from toynet.data import generate_data, label
from toynet.net import init_params

F32, F64 = torch.float32, torch.float64


def above(value, dtype=F32):
    """The next number above `value` in a dtype."""
    v = torch.tensor(value, dtype=dtype)
    return torch.nextafter(v, v + 1).item()


def label_by_hand(x1, x2, x3):
    """The two labels of one point, in plain Python."""
    if x3 > 0:
        total = x1 + x2
    elif x3 < 0:
        total = x1 - x2
    else:
        total = 0.0
    length = math.sqrt(x1 * x1 + x2 * x2 + x3 * x3)
    return [float(abs(total) > 1.33), float(length > 1.33)]


def test_reference_run_is_bit_for_bit():
    g = torch.Generator().manual_seed(0)
    X, Y = generate_data(20, g)
    ours = X, *init_params(g)
    torch.manual_seed(0)
    shapes = (3, 4), (4,), (4, 2), (2,)
    theirs = [torch.randn(20, 3)] + [torch.randn(s) * 0.2 for s in shapes]
    assert same(ours, theirs)
    assert Y.dtype == F32
    assert Y.tolist() == [label_by_hand(*row) for row in X.tolist()]


def test_reference_numbers():
    """The first and last numbers as they were when the book was written."""
    g = torch.Generator().manual_seed(0)
    X, Y = generate_data(20, g)
    b2 = init_params(g).b2
    ours = torch.cat([X[0], X[19], b2])
    then = torch.tensor([
        -1.125839829, -1.152360201, -0.250578582,
        -0.549743652, -0.479834259, -0.499681532, 0.378582090, 0.622208834,
    ])
    assert torch.equal(ours, then)
    assert Y[0].tolist() == [0, 1]


@pytest.mark.parametrize("N", [1, 2, 20, 1000])
def test_no_generator_means_the_global_stream(N):
    torch.manual_seed(5)
    X, Y = generate_data(N)
    after = torch.randn(2)
    torch.manual_seed(5)
    assert same((X, after), (torch.randn(N, 3), torch.randn(2)))
    assert X.shape == (N, 3)
    assert Y.shape == (N, 2)


@pytest.mark.parametrize("dtype", [F32, F64])
def test_labels_against_a_loop_in_python(dtype):
    g = torch.Generator().manual_seed(3)
    X = torch.randn(2000, 3, generator=g).to(dtype)
    Y = label(X)
    assert Y.dtype == dtype
    assert Y.tolist() == [label_by_hand(*row) for row in X.tolist()]
    assert 0.2 < Y.mean() < 0.8


T = 1.33
NINE = above(T), above(T, F64)


@pytest.mark.parametrize(
    ("x", "dtype", "y"),
    [
        ((5.0, 5.0, 0.0), F32, [0, 1]),  # no sign: the sum counts as 0
        ((5.0, 5.0, 1e-45), F32, [1, 1]),  # the smallest number has a sign
        ((5.0, 5.0, -1e-45), F32, [0, 1]),
        ((0.7, 0.7, 0.1), F32, [1, 0]),  # |0.7 + 0.7|, ‖x‖ = 0.995
        ((0.7, 0.7, -0.1), F32, [0, 0]),  # |0.7 - 0.7|
        ((0.0, 0.0, 2.0), F32, [0, 1]),
        ((T, 0.0, 1e-30), F32, [0, 0]),  # at the threshold is not above it
        ((NINE[0], 0.0, 1e-30), F32, [1, 1]),
        ((T, 0.0, 1e-30), F64, [0, 0]),
        ((NINE[1], 0.0, 1e-30), F64, [1, 1]),
    ],
)
def test_labels_at_the_edges(x, dtype, y):
    X = torch.tensor([x, x], dtype=dtype)
    assert label(X).tolist() == [y, y]


BAD_N = [0, -1, True, False, 2.0, "3", None, torch.tensor(3)]


@pytest.mark.parametrize("N", BAD_N, ids=repr)
def test_a_bad_N_draws_nothing(N):
    g = torch.Generator().manual_seed(0)
    before = g.get_state()
    refuses(
        ValueError,
        f"N must be a whole number of at least 1, got {N!r}: "
        "ask for the number of rows that you want, for example 20",
        generate_data, N, g,
    )
    assert torch.equal(g.get_state(), before)


NAN = torch.ones(4, 3)
NAN[2, 1] = NAN[3, 0] = torch.nan
FLOATING = "make one with torch.tensor(..., dtype=torch.float32)"
ROW = "give one row a point; a single point x is x[None]"


@pytest.mark.parametrize(
    ("X", "error", "text"),
    [
        (torch.ones(2, 3, dtype=int), TypeError,
         f"X must be a floating tensor, got torch.int64: {FLOATING}"),
        (torch.ones(3), ValueError,
         f"X must have shape (N, 3) with N >= 1, got (3,): {ROW}"),
        (torch.ones(0, 3), ValueError,
         f"X must have shape (N, 3) with N >= 1, got (0, 3): {ROW}"),
        (NAN, ValueError,
         "X must hold numbers, got NaN in row 2: remove or mend that row"),
    ],
)
def test_refusals(X, error, text):
    refuses(error, text, label, X)
