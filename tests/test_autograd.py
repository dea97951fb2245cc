"""The engine against torch: each operation, then where engines go wrong.

Tensors and `Value`s have the same spelling, so that each case is one
function, run twice.
"""

import math

import pytest
import torch
from cases import (
    draw,
    largest_difference,
    reference,
    refuses,
    same,
)

from toynet.autograd import Value
from toynet.backprop import backward, descend
from toynet.net import Params

F32, F64 = torch.float32, torch.float64


def numbers(*shape, dtype=F64, seed=0):
    """Numbers from 0.5 to 2, of either sign: away from 0."""
    g = torch.Generator().manual_seed(seed)
    size = 0.5 + 1.5 * torch.rand(shape, generator=g, dtype=F64)
    sign = (torch.rand(shape, generator=g, dtype=F64) > 0.4) * 2.0 - 1
    return (size * sign).to(dtype)


def both(f, *data):
    """Run f by the engine and by torch, on a weighted sum of its entries.

    Returns (output, gradients) of each. Unequal weights keep a mistake
    from hiding behind a gradient of ones.
    """
    found = []
    ours = [Value(d) for d in data]
    theirs = [d.clone().requires_grad_() for d in data]
    for inputs in (ours, theirs):
        out = f(*inputs)
        weights = numbers(*getattr(out, "data", out).shape, seed=9)
        (out * weights.to(out.data.dtype)).sum().backward()
        found.append((out.data, [x.grad for x in inputs]))
    return found


def agree(f, *data, rtol=1e-13, atol=1e-13):
    """Hold output, gradients, shapes and dtypes to torch's."""
    (ours, our_grads), (theirs, their_grads) = both(f, *data)
    close = {"rtol": rtol, "atol": atol, "check_dtype": True}
    torch.testing.assert_close(ours, theirs, **close)
    for mine, other in zip(our_grads, their_grads, strict=True):
        torch.testing.assert_close(mine, other, **close)


ALONE = [
    ("x + y", lambda x, y: x + y, (3, 4), (3, 4)),
    ("x - y", lambda x, y: x - y, (3, 4), (3, 4)),
    ("x * y", lambda x, y: x * y, (3, 4), (3, 4)),
    ("x / y", lambda x, y: x / y, (3, 4), (3, 4)),
    ("x @ y", lambda x, y: x @ y, (3, 4), (4, 2)),
    ("a row @ y", lambda x, y: x @ y, (1, 4), (4, 2)),
    ("x @ a column", lambda x, y: x @ y, (3, 4), (4, 1)),
    ("1 by 1 @", lambda x, y: x @ y, (1, 1), (1, 1)),
    ("-x", lambda x: -x, (3, 4)),
    ("x ** 2", lambda x: x**2, (3, 4)),
    ("x ** 3", lambda x: x**3, (3, 4)),
    ("x ** 1", lambda x: x**1, (3, 4)),
    ("x ** 0", lambda x: x**0, (3, 4)),
    ("x ** -1", lambda x: x**-1, (3, 4)),
    ("x ** -2.0", lambda x: x**-2.0, (3, 4)),
    ("(x * x) ** 0.5", lambda x: (x * x) ** 0.5, (3, 4)),
    ("relu", lambda x: x.relu(), (3, 4)),
    ("sigmoid", lambda x: x.sigmoid(), (3, 4)),
    ("sum", lambda x: x.sum(), (3, 4)),
    ("sum of a scalar", lambda x: x.sum(), ()),
    ("sum 0", lambda x: x.sum(0), (3, 4)),
    ("sum 1", lambda x: x.sum(1), (3, 4)),
    ("sum -1", lambda x: x.sum(-1), (3, 4)),
    ("sum dim=-2", lambda x: x.sum(dim=-2), (2, 3, 4)),
    ("sum 0 keepdim", lambda x: x.sum(0, keepdim=True), (3, 4)),
    ("sum 1 keepdim", lambda x: x.sum(1, True), (3, 4)),
    ("sum -1 keepdim", lambda x: x.sum(-1, keepdim=True), (2, 3, 4)),
    ("sum, all kept", lambda x: x.sum(None, True), (3, 4)),
    ("mean, all kept", lambda x: x.mean(None, True), (2, 3, 4)),
    ("sum of square, 0", lambda x: x.sum(0), (3, 3)),
    ("sum of square, 1", lambda x: x.sum(1), (3, 3)),
    ("mean", lambda x: x.mean(), (3, 4)),
    ("mean 0", lambda x: x.mean(0), (3, 4)),
    ("mean 1", lambda x: x.mean(1), (3, 4)),
    ("mean -1", lambda x: x.mean(-1), (3, 4)),
    ("mean 0 keepdim", lambda x: x.mean(0, keepdim=True), (3, 4)),
    ("mean dim=1 keepdim", lambda x: x.mean(dim=1, keepdim=True), (3, 4)),
]

REFLECTED = [
    ("x + 2.5", lambda x: x + 2.5, (3, 4)),
    ("2.5 + x", lambda x: 2.5 + x, (3, 4)),
    ("x - 2.5", lambda x: x - 2.5, (3, 4)),
    ("2.5 - x", lambda x: 2.5 - x, (3, 4)),
    ("x * 2.5", lambda x: x * 2.5, (3, 4)),
    ("2.5 * x", lambda x: 2.5 * x, (3, 4)),
    ("x / 2.5", lambda x: x / 2.5, (3, 4)),
    ("2.5 / x", lambda x: 2.5 / x, (3, 4)),
    ("0 * x", lambda x: 0 * x, (3, 4)),
]


def tensor(x, *shape):
    """A constant in the dtype of a tensor or a `Value`."""
    return numbers(*shape, dtype=x.data.dtype, seed=4)


TENSORS = [
    ("x + t", lambda x: x + tensor(x, 3, 4), (3, 4)),
    ("t + x", lambda x: tensor(x, 3, 4) + x, (3, 4)),
    ("t - x", lambda x: tensor(x, 3, 4) - x, (3, 4)),
    ("x - t", lambda x: x - tensor(x, 3, 4), (3, 4)),
    ("t * x", lambda x: tensor(x, 3, 4) * x, (4,)),
    ("t / x", lambda x: tensor(x, 3, 4) / x, (3, 1)),
    ("x @ t", lambda x: x @ tensor(x, 4, 2), (3, 4)),
    ("t @ x", lambda x: tensor(x, 2, 3) @ x, (3, 4)),
]

BROADCAST = [
    ("(3, 4) + (4,)", lambda x, y: x + y, (3, 4), (4,)),
    ("(4,) + (3, 4)", lambda x, y: x + y, (4,), (3, 4)),
    ("(3, 4) - (4,)", lambda x, y: x - y, (3, 4), (4,)),
    ("(3, 4) * (1, 4)", lambda x, y: x * y, (3, 4), (1, 4)),
    ("(3, 4) / (3, 1)", lambda x, y: x / y, (3, 4), (3, 1)),
    ("(3, 1) / (1, 4)", lambda x, y: x / y, (3, 1), (1, 4)),
    ("(2, 3, 4) * (3, 1)", lambda x, y: x * y, (2, 3, 4), (3, 1)),
    ("(2, 1, 4) / (3, 1)", lambda x, y: x / y, (2, 1, 4), (3, 1)),
    ("(4,) * (2, 3, 1)", lambda x, y: x * y, (4,), (2, 3, 1)),
    ("() * (3, 4)", lambda x, y: x * y, (), (3, 4)),
    ("(3, 4) / ()", lambda x, y: x / y, (3, 4), ()),
    ("() / (1,)", lambda x, y: x / y, (), (1,)),
    ("(1, 1) + (3, 4)", lambda x, y: x + y, (1, 1), (3, 4)),
    ("(2, 2) * (2, 1)", lambda x, y: x * y, (2, 2), (2, 1)),
]

TWICE = [
    ("x + x", lambda x: x + x, (3, 3)),
    ("x * x", lambda x: x * x, (3, 3)),
    ("x / x", lambda x: x / x, (3, 3)),
    ("x @ x", lambda x: x @ x, (3, 3)),
    ("x * x.sum()", lambda x: x * x.sum(), (3, 3)),
    ("x / row sums", lambda x: x / x.sum(1, keepdim=True), (3, 3)),
    ("x * x.sum(0) + x", lambda x: x * x.sum(0) + x, (3, 3)),
]


def diamond(x, y):
    """One node feeds two, which meet again."""
    a = x * y
    return (a + x) * (a.sigmoid() - y)


def wide_diamond(x, y):
    a = x * y
    return a.relu() + a.sigmoid() * a - a / 3 + y


def chained_diamonds(x, y):
    a = x
    for _ in range(6):
        a = (a.sigmoid() + a * y) * 0.5
    return a


def late_use(x, y):
    """The first node is used again at the very end: order matters."""
    a = x * 2.0
    b = (a + y).sigmoid()
    c = (b * b).relu()
    return c * a


SHARED = [
    (f.__name__, f, (3, 4), (3, 4))
    for f in (diamond, wide_diamond, chained_diamonds, late_use)
] + [
    ("node seen in two shapes", lambda x, y: (x + y) * (x * x).sum(),
     (3, 4), (4,)),
    ("broadcast node twice", lambda x, y: (x * y + y) / (y * y + 1.0),
     (3, 4), (4,)),
    ("a layer", lambda x, y: (x @ y).relu() @ (y @ x).sigmoid(),
     (3, 3), (3, 3)),
]

CASES = ALONE + REFLECTED + TENSORS + BROADCAST + TWICE + SHARED


@pytest.mark.parametrize(("dtype", "tol"), [(F64, 1e-13), (F32, 3e-5)])
@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_against_torch(case, dtype, tol):
    _, f, *shapes = case
    data = [numbers(*s, dtype=dtype, seed=k) for k, s in enumerate(shapes)]
    before = [d.clone() for d in data]
    agree(f, *data, rtol=tol, atol=tol)
    assert same(data, before)


EDGES = [
    ("relu at 0", lambda x: x.relu(), [0.0, -0.0, 1.0, -1.0]),
    ("relu beside 0", lambda x: x.relu(), [1e-45, -1e-45]),
    ("relu of infinity", lambda x: x.relu(), [math.inf, -math.inf]),
    ("sigmoid far out", lambda x: x.sigmoid(), [-800.0, -90.0, 90.0, 800.0]),
    ("sigmoid at 0", lambda x: x.sigmoid(), [0.0]),
    ("0 ** 0", lambda x: x**0, [0.0, 2.0]),
    ("0 ** 1", lambda x: x**1, [0.0, 2.0]),
    ("0 ** 2", lambda x: x**2, [0.0, -2.0]),
    ("0 ** 3", lambda x: x**3, [0.0, -2.0]),
    ("0 ** 0.5", lambda x: x**0.5, [0.0, 4.0]),
    ("0 ** -1", lambda x: x**-1, [0.0, 4.0]),
    ("0 ** 0.0", lambda x: x**0.0, [0.0, 4.0]),
    ("1 / 0", lambda x: 1.0 / x, [0.0, 4.0]),
    ("x * 0", lambda x: x * 0.0, [3.0, 4.0]),
]


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("case", EDGES, ids=[c[0] for c in EDGES])
def test_edges_against_torch(case, dtype):
    _, f, x = case
    agree(f, torch.tensor(x, dtype=dtype), rtol=1e-6, atol=0)


def test_relu_at_0_has_slope_0():
    x = Value(torch.tensor([0.0, -0.0, 2.0]))
    x.relu().sum().backward()
    assert x.grad.tolist() == [0, 0, 1]


# How the graph is walked


@pytest.mark.parametrize("steps", [5_000, 20_000])
def test_a_deep_chain(steps):
    """No limit of recursion, on the way back or when it is forgotten."""
    x = Value(torch.tensor(0.5, dtype=F64))
    y = x
    for _ in range(steps // 2):
        y = y * 1.0001 + x
    y.backward()
    t = torch.tensor(0.5, dtype=F64, requires_grad=True)
    u = t
    for _ in range(steps // 2):
        u = u * 1.0001 + t
    u.backward()
    assert y.data.item() == u.item()
    assert x.grad.item() == pytest.approx(t.grad.item(), rel=1e-12)


def test_sixty_diamonds_are_walked_once_each():
    """Each node once: 2^60 paths would not end."""
    x = Value(1.5)
    y = x
    for _ in range(60):
        y = (y + y) * 0.5
    y.backward()
    assert x.grad.item() == 1


def test_repeated_backward_accumulates_as_torchs_does():
    """Leaves and what lies between: the whole of it a second time."""
    data = numbers(3, 4), numbers(4, seed=1)
    x, y = map(Value, data)
    a = x * y
    L = (a.sigmoid() * a).sum()
    tx, ty = (d.clone().requires_grad_() for d in data)
    ta = tx * ty
    tL = (ta.sigmoid() * ta).sum()
    ta.retain_grad()
    tL.retain_grad()
    for times in (1, 2, 3):
        L.backward()
        tL.backward(retain_graph=True)
        ours = x.grad, y.grad, a.grad, L.grad
        theirs = tx.grad, ty.grad, ta.grad, tL.grad
        assert L.grad.item() == times
        assert largest_difference(ours, theirs) <= 1e-13


def test_two_losses_of_one_subgraph_add_up():
    data = numbers(3, 4), numbers(3, 4, seed=1)
    x, y = map(Value, data)
    a = x * y
    tx, ty = (d.clone().requires_grad_() for d in data)
    ta = tx * ty
    ta.retain_grad()
    a.sigmoid().sum().backward()
    ta.sigmoid().sum().backward(retain_graph=True)
    (a * x).mean().backward()
    (ta * tx).mean().backward()
    ours = x.grad, y.grad, a.grad
    assert largest_difference(ours, (tx.grad, ty.grad, ta.grad)) <= 1e-13


def test_a_gradient_set_to_none_starts_again():
    x = Value(torch.tensor([1.0, 2.0]))
    L = (x * x).sum()
    L.backward()
    x.grad = None
    L.backward()
    assert x.grad.tolist() == [2, 4]


def test_what_does_not_reach_the_loss_keeps_no_gradient():
    x, y, z = Value(1.0), Value(2.0), Value(3.0)
    unused = x * z
    (x * y).backward()
    assert x.grad.item() == 2
    assert unused.grad is None
    assert z.grad is None


def test_a_leaf_alone():
    x = Value(torch.tensor([[3.0]]))
    assert x.grad is None
    x.backward()
    assert torch.equal(x.grad, torch.ones(1, 1))


def test_gradients_share_no_memory():
    """Changing one gradient in place changes no other, nor the next."""
    x, y = Value(numbers(3)), Value(numbers(3, seed=1))
    L = (x + y).sum()
    L.backward()
    x.grad += 100
    assert y.grad.tolist() == [1, 1, 1]
    L.backward()
    assert y.grad.tolist() == [2, 2, 2]
    assert x.grad.tolist() == [102, 102, 102]


def test_a_gradient_of_a_sum_can_be_changed_in_place():
    """It is a tensor of its own, not one number seen many times."""
    x = Value(numbers(3))
    x.sum().backward()
    x.grad[0] = 7
    assert x.grad.tolist() == [7, 1, 1]


def test_data_is_not_changed():
    X, Y, params = draw(5)
    before = [t.clone() for t in (X, Y, *params)]
    nodes = [Value(t) for t in (X, Y, *params)]
    loss_of(*nodes).backward()
    assert same([n.data for n in nodes], before)
    assert same((X, Y, *params), before)


# dtypes


@pytest.mark.parametrize("dtype", [torch.float16, F32, F64])
@pytest.mark.parametrize(
    "f",
    [lambda x: x * 2.5 + 1, lambda x: 1 / (x - 0.5), lambda x: x**2,
     lambda x: x.mean(), lambda x: -x.mean(0), lambda x: 3 - x.sigmoid()],
)
def test_python_numbers_do_not_promote(f, dtype):
    x = Value(numbers(3, 4, dtype=dtype))
    out = f(x)
    out.sum().backward()
    assert out.data.dtype == x.grad.dtype == dtype


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (numbers(3), numbers(3, dtype=F32)),
        (numbers(dtype=F64), numbers(3, dtype=F32)),  # 0-dim does not promote
        (numbers(3, dtype=F64), numbers(dtype=F32)),
        (numbers(dtype=F64), numbers(dtype=F32)),
    ],
    ids=["vectors", "0-dim float64", "0-dim float32", "both 0-dim"],
)
@pytest.mark.parametrize(
    "f", [lambda x, y: x * y, lambda x, y: x + y, lambda x, y: y / x])
def test_mixed_dtypes_are_torchs(f, a, b):
    """Each gradient has the dtype of its own value."""
    agree(f, a, b, rtol=1e-6, atol=1e-6)


def test_numpy_numbers_and_lists_are_taken():
    assert Value([1.0, 2.0]).data.tolist() == [1, 2]
    x = Value(torch.tensor([1.0, 2.0]))
    assert (x * numbers(1).numpy()[0]).data.dtype == F32


def test_a_value_forgets_torchs_graph():
    t = torch.ones(2, requires_grad=True)
    x = Value(t * 2)
    assert not x.data.requires_grad
    (x * x).sum().backward()
    assert x.grad.tolist() == [4, 4]
    assert t.grad is None


def test_repr():
    assert repr(Value(torch.tensor([1.0, 2.0]))) == "Value(tensor([1., 2.]))"


# Refusals

x34 = Value(torch.ones(3, 4))
NAN = torch.tensor([1.0, math.nan])
MEND = "Value must hold numbers, got NaN: mend the data first"


def floating(dtype):
    return (f"Value must hold floating numbers, got {dtype}: "
            "write 2.0 for 2, or use .float()")


def order(a, b):
    return (f"@ needs shapes (n, k) and (k, m), got {a} and {b}: "
            "make a row of a vector with x[None], check the order")


def scalar(shape):
    return (f"backward starts at a single number, got shape {shape}: "
            "take .sum() or .mean() first")


def exponent(kind):
    return (f"the power must be a number, got {kind}: "
            "the engine does not differentiate by an exponent")


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: Value(2), TypeError, floating(torch.int64)),
        (lambda: Value([1, 2]), TypeError, floating(torch.int64)),
        (lambda: Value(torch.tensor([True])), TypeError,
         floating(torch.bool)),
        (lambda: Value(torch.tensor(1j)), TypeError,
         floating(torch.complex64)),
        (lambda: Value(NAN), ValueError, MEND),
        (lambda: x34 * math.nan, ValueError, MEND),
        (lambda: Value(torch.ones(2)) + NAN, ValueError, MEND),
        (lambda: x34 + torch.ones(4, dtype=int), TypeError,
         floating(torch.int64)),
        (lambda: x34 @ Value(torch.ones(3, 4)), ValueError,
         order((3, 4), (3, 4))),
        (lambda: x34 @ Value(torch.ones(4)), ValueError,
         order((3, 4), (4,))),
        (lambda: Value(torch.ones(3)) @ x34, ValueError,
         order((3,), (3, 4))),
        (lambda: Value(torch.ones(2, 3, 4)) @ Value(torch.ones(4, 2)),
         ValueError, order((2, 3, 4), (4, 2))),
        (lambda: x34 @ Value(torch.ones(4, 2, 4)), ValueError,
         order((3, 4), (4, 2, 4))),
        (lambda: torch.ones(2, 2) @ x34, ValueError,
         order((2, 2), (3, 4))),
        (lambda: x34 @ 2.0, ValueError, order((3, 4), ())),
        (lambda: 2.0 @ x34, ValueError, order((), (3, 4))),
        (lambda: x34**x34, TypeError, exponent("Value")),
        (lambda: x34 ** torch.tensor(2.0), TypeError, exponent("Tensor")),
        (lambda: x34.backward(), ValueError, scalar((3, 4))),
        (lambda: x34.sum(0).backward(), ValueError, scalar((4,))),
        (lambda: Value(torch.ones(0)).backward(), ValueError, scalar((0,))),
    ],
)
def test_refusals(call, error, text):
    refuses(error, text, call)
    assert x34.grad is None
    assert torch.equal(x34.data, torch.ones(3, 4))


def test_a_nan_on_the_way_is_carried_along():
    """Only what a reader gives is refused: the graph goes on, as torch's."""
    x = Value(torch.tensor([0.0, 1.0]))
    y = x * math.inf
    assert y.data.isnan().tolist() == [True, False]


# It trains the network


def loss_of(X, Y, W1, b1, W2, b2):
    h = (X @ W1 + b1).relu()
    return (((h @ W2 + b2).sigmoid() - Y) ** 2).sum()


@pytest.mark.parametrize("dtype", [F32, F64])
def test_two_hundred_steps_are_backwards_steps_bit_for_bit(dtype):
    X, Y, by_hand = reference(dtype)
    by_engine = Params(*(p.clone() for p in by_hand))
    losses = []
    for _ in range(200):
        by_hand = descend(by_hand, backward(X, Y, by_hand), 0.1)
        nodes = [Value(p) for p in by_engine]
        L = loss_of(Value(X), Y, *nodes)
        L.backward()
        losses.append(L.data.item())
        by_engine = descend(by_engine, [n.grad for n in nodes], 0.1)
        assert same(by_engine, by_hand)
    assert losses[-1] < losses[0] / 2
