"""Four ways to each gradient on one table; they share only the question.

The chain rule by hand, the engine, central differences, and torch.
"""

import pytest
import torch
from cases import draw, largest_difference, leaves, reference, zeros
from tracing import locals_of

from toynet.autograd import Value
from toynet.backprop import backward
from toynet.net import forward

WITNESSED = ("dy_hat", "dz2", "dW2", "db2", "dh", "dz1", "dW1", "db1")

F32, F64 = torch.float32, torch.float64


def by_hand(X, Y, params):
    """The intermediates of `backward`, as it computed them."""
    found = locals_of(backward, X, Y, params)
    return {name: found[name] for name in WITNESSED}


def network(X, W1, b1, W2, b2):
    """The forward pass by methods that tensors and `Value`s both have."""
    nodes = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    nodes["z1"] = X @ W1 + b1
    nodes["h"] = nodes["z1"].relu()
    nodes["z2"] = nodes["h"] @ W2 + b2
    nodes["y_hat"] = nodes["z2"].sigmoid()
    return nodes


def by_engine(X, Y, params):
    nodes = network(Value(X), *map(Value, params))
    ((nodes["y_hat"] - Y) ** 2).sum().backward()
    return {name: nodes[name[1:]].grad for name in WITNESSED}


def by_torch(X, Y, params):
    nodes = network(X, *leaves(params))
    for node in nodes.values():
        node.retain_grad()
    ((nodes["y_hat"] - Y) ** 2).sum().backward()
    return {name: nodes[name[1:]].grad for name in WITNESSED}


def loss_with(X, Y, params, name, value):
    """The loss where one node has this value, whatever led up to it."""
    p = {**params._asdict(), name: value}
    z1 = p.get("z1", X @ p["W1"] + p["b1"])
    h = p.get("h", z1.clamp(min=0))
    z2 = p.get("z2", h @ p["W2"] + p["b2"])
    y_hat = p.get("y_hat", 1 / (1 + (-z2).exp()))
    return ((y_hat - Y) ** 2).sum()


def by_differences(X, Y, params, eps=1e-6):
    """Each entry of each node moved up and down, always in float64."""
    X, Y, *p = (t.double() for t in (X, Y, *params))
    params = type(params)(*p)
    nodes = {**params._asdict(), **forward(X, params)._asdict()}
    found = {}
    for name in WITNESSED:
        node = nodes[name[1:]]
        slope = torch.empty_like(node)
        for i in range(node.numel()):
            up, down = node.clone(), node.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            rise = (loss_with(X, Y, params, name[1:], up)
                    - loss_with(X, Y, params, name[1:], down))
            slope.view(-1)[i] = rise / (2 * eps)
        found[name] = slope
    return found


WITNESSES = {
    "engine": by_engine, "torch": by_torch, "differences": by_differences,
}

# The largest difference allowed from the gradient by hand. 0: bit for bit.
TOLERANCES = [
    ("engine", F32, 0),
    ("engine", F64, 0),
    ("torch", F32, 0),
    ("torch", F64, 0),
    ("differences", F32, 5e-6),  # the rounding of float32 itself
    ("differences", F64, 5e-9),
]

CASES = {
    "reference": reference,
    "N=20": lambda dtype: draw(20, dtype=dtype),
    "N=1": lambda dtype: draw(1, dtype=dtype),
    "H=2": lambda dtype: draw(3, H=2, dtype=dtype),
}


@pytest.fixture(scope="module")
def table():
    """Every witness asked once for every case."""
    return {
        (case, dtype): {
            "hand": by_hand(*CASES[case](dtype)),
            **{w: ask(*CASES[case](dtype)) for w, ask in WITNESSES.items()},
        }
        for case in CASES for dtype in (F32, F64)
    }


@pytest.mark.parametrize("name", WITNESSED)
@pytest.mark.parametrize(("witness", "dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("case", CASES)
def test_witnesses_agree(table, case, witness, dtype, tolerance, name):
    hand = table[case, dtype]["hand"][name]
    other = table[case, dtype][witness][name]
    assert hand.shape == other.shape
    assert hand.dtype == dtype
    assert hand.abs().max() > 1e-3
    assert largest_difference([hand], [other]) <= tolerance


@pytest.mark.parametrize("case", CASES)
def test_the_cases_are_away_from_kinks(case):
    """Else differences would see both sides of one."""
    X, _, params = CASES[case](F64)
    assert forward(X, params).z1.abs().min() > 1e-5


def test_what_was_witnessed_is_what_backward_returns():
    X, Y, params = reference()
    named, grads = by_hand(X, Y, params), backward(X, Y, params)
    for name, g in grads._asdict().items():
        assert torch.equal(named[f"d{name}"], g)


@pytest.mark.parametrize("dtype", [F32, F64])
def test_at_the_kink_three_say_0_and_differences_one_half(dtype):
    """z1 = 0: relu' is 0 for all three; differences see half of each side."""
    X, Y, _ = draw(5, dtype=dtype)
    params = zeros(dtype=dtype)._replace(W2=draw(1, dtype=dtype)[2].W2)
    assert torch.equal(forward(X, params).z1, torch.zeros(5, 4, dtype=dtype))
    hand, engine, torchs = (
        ask(X, Y, params) for ask in (by_hand, by_engine, by_torch))
    for name in WITNESSED:
        assert torch.equal(hand[name], engine[name])
        assert torch.equal(hand[name], torchs[name])
    for name in ("dz1", "dW1", "db1"):
        assert torch.equal(hand[name], torch.zeros_like(hand[name]))
    assert hand["dh"].abs().min() > 1e-3
    differences = by_differences(X, Y, params)
    half = [0.5 * hand["dh"].double()]
    assert largest_difference([differences["dz1"]], half) <= 1e-6
    batch = [half[0].sum(0)]
    assert largest_difference([differences["db1"]], batch) <= 1e-5
