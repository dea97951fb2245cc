"""The loop against the same loop written out, and what it refuses."""

import copy
import math

import pytest
import torch
from cases import draw, reference, refuses, same
from torch import nn

from toynet.model import ToyModel, from_params
from toynet.train import fit

F32, F64 = torch.float32, torch.float64
mse_loss = nn.functional.mse_loss


def start(optimizer, dtype=F32, **numbers):
    """Data, two equal models and an optimizer for each."""
    X, Y, params = reference(dtype)
    models = from_params(params), from_params(params)
    return X, Y, models, [optimizer(m.parameters(), **numbers) for m in models]


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize(
    ("optimizer", "numbers"),
    [
        (torch.optim.SGD, {"lr": 0.5}),
        (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
        (torch.optim.Adam, {"lr": 0.05}),
        (torch.optim.AdamW, {"lr": 0.05, "weight_decay": 0.1}),
    ],
)
def test_fit_is_the_loop_written_out(optimizer, numbers, dtype):
    X, Y, (ours, theirs), (our_opt, their_opt) = start(
        optimizer, dtype, **numbers)
    losses = fit(ours, X, Y, our_opt, 50)
    by_hand = []
    for _ in range(50):
        L = mse_loss(theirs(X), Y)
        by_hand.append(L.item())
        their_opt.zero_grad()
        L.backward()
        their_opt.step()
    assert losses.dtype == F64
    assert losses.shape == (50,)
    assert losses.tolist() == by_hand
    assert same(ours.parameters(), theirs.parameters())
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    "loss",
    [nn.functional.binary_cross_entropy, nn.L1Loss(),
     lambda y_hat, Y: ((y_hat - Y) ** 2).sum() + y_hat.mean()],
    ids=["cross entropy", "absolute", "own"],
)
def test_any_loss_in_this_order_of_arguments(loss):
    X, Y, (ours, theirs), (our_opt, their_opt) = start(
        torch.optim.SGD, lr=0.05)
    losses = fit(ours, X, Y, our_opt, 10, loss)
    for t in range(10):
        L = loss(theirs(X), Y)
        assert losses[t] == L.item()
        their_opt.zero_grad()
        L.backward()
        their_opt.step()
    assert same(ours.parameters(), theirs.parameters())


def test_old_gradients_are_not_added():
    X, Y, (a, b), (opt_a, opt_b) = start(torch.optim.SGD, lr=0.5)
    for p in a.parameters():
        p.grad = torch.full_like(p, 1e3)
    assert torch.equal(fit(a, X, Y, opt_a, 5), fit(b, X, Y, opt_b, 5))
    assert same(a.parameters(), b.parameters())


# Refusals: the model, its gradients and the data stay as they were

X, Y, _ = draw(5)
ROW = "give one row of labels for each row of X"
LOOK = "look for NaN in X, Y or the model, or lower the rate"


def unlike(want, got):
    return (f"Y must have the shape of y_hat, {want}, with at least one "
            f"row, got {got}: {ROW}")


def other_dtype(want, got):
    return (f"Y must have the dtype of y_hat, {want}, got {got}: "
            f"convert with .to({want})")


@pytest.mark.parametrize("make", [ToyModel, lambda: nn.Linear(3, 2)])
@pytest.mark.parametrize(
    ("X", "Y", "steps", "error", "text"),
    [
        (X, Y[:1], 3, ValueError, unlike((5, 2), (1, 2))),  # would broadcast
        (X[:1], Y, 3, ValueError, unlike((1, 2), (5, 2))),
        (X, Y.long(), 3, TypeError,
         other_dtype("torch.float32", "torch.int64")),
        (X, Y * math.nan, 3, ValueError,
         f"the loss must be a finite number, got nan at step 0: {LOOK}"),
        (X, Y, -1, ValueError,
         "steps must be 0 or above, got -1: 0 leaves all as it is"),
    ],
)
def test_refusals(make, X, Y, steps, error, text):
    model = make()
    before = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    refuses(error, text, fit, model, X, Y, optimizer, steps)
    assert same(model.state_dict().values(), before.values())
    assert all(p.grad is None for p in model.parameters())


def test_a_run_that_bursts_says_at_which_step():
    model = nn.Linear(3, 2, bias=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e30)
    with pytest.raises(ValueError, match=r"got (inf|nan) at step [12]: look"):
        fit(model, X, Y, optimizer, 10)
