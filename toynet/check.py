"""Checkers of the exercises: each takes an answer and names its mistake.

A checker returns a `Report`, which shows itself in a notebook and counts
as true where the answer is right. It raises nothing for whatever a reader
hands in, changes nothing of theirs, and takes less than a second.
"""

import torch

from toynet import backprop as by_hand
from toynet import net
from toynet.answers import Case
from toynet.diagnose import judge
from toynet.net import Params
from toynet.report import Summary


def summary(reports, points=None):
    """Collect reports in a table with points, by default 1 an exercise.

    `reports` maps the title of an exercise to its `Report`, `points` some
    of these titles to numbers. Raises ValueError for points of a title
    that has no report.
    """
    unknown = set(points or {}) - set(reports)
    if unknown:
        raise ValueError(
            f"points need a title that has a report, got {sorted(unknown)}: "
            f"choose from {list(reports)}"
        )
    return Summary(reports, {k: (points or {}).get(k, 1) for k in reports})


# What the checkers try an answer on ---------------------------------------


def _draws(seed):
    return torch.Generator().manual_seed(seed)


def _batch(g, N, H=4):
    """Draw N rows, their labels, and large numbers for the network."""
    X, Y = torch.randn(N, 3, generator=g), torch.rand(N, 2, generator=g)
    shapes = (3, H), (H,), (H, 2), (2,)
    params = Params(*(torch.randn(s, generator=g) for s in shapes))
    return X, (Y > 0.5).float(), params


def _at_kinks(g):
    """Draw small whole numbers, so that many z1 are 0 to the last bit."""
    X, Y, params = _batch(g, 6)
    W1 = torch.randint(-1, 2, (3, 4), generator=g).float()
    X = torch.randint(-1, 2, (6, 3), generator=g).float()
    X[0], X[1] = 0, torch.tensor([1.0, -1.0, 1.0])
    return X, Y, params._replace(W1=W1, b1=torch.zeros(4))


def _batches(g):
    """Batches of 7 rows and 1, and one with zeros before the ReLU."""
    return [_batch(g, 7), _batch(g, 1), _at_kinks(g)]


def _page_names(X, Y, params):
    """What the usual names of a page would be for this batch."""
    inside = net.forward(X, params)
    return {"X": X, "Y": Y, "params": params, **params._asdict(),
            **inside._asdict()}


def _one_row(args, i):
    return args[0][i:i + 1], args[1][i:i + 1], *args[2:]


# Chapter 1 ----------------------------------------------------------------


# Chapter 2 ----------------------------------------------------------------


def forward(f, seed=0):
    """Check `f(X, params) -> y_hat`, for X (N, 3) and y_hat (N, 2)."""
    g = _draws(seed)
    return judge(Case(
        "forward", "f(X, params)", ("y_hat",),
        right=lambda X, params: net.forward(X, params).y_hat,
        probes=[(X, params) for X, _, params in _batches(g)],
        extra=[(X, params) for X, _, params in [_batch(g, 5, H=2)]],
        names=lambda X, params: _page_names(X, X[:, :2], params),
        base=net.forward,
        base_gives=lambda activations: activations.y_hat,
        look="y_hat = σ(relu(X @ W1 + b1) @ W2 + b2), chapter 2 (eq-y_hat)",
        done="Your y_hat is right for seven rows, one row, and at the kink.",
    ), f)


def loss(f, seed=0):
    """Check `f(y_hat, Y) -> L`, the sum of squared errors, a scalar."""
    g = _draws(seed)
    probes = []
    for N in (7, 1):
        X, Y, params = _batch(g, N)
        probes.append((net.forward(X, params).y_hat, Y))
    return judge(Case(
        "loss", "f(y_hat, Y)", ("L",), right=net.sse, probes=probes,
        names=lambda y_hat, Y: {"y_hat": y_hat, "Y": Y}, base=net.sse,
        look="L = Σ (y_hat - Y)², over all entries, chapter 2 (eq-sse)",
        done="The sum of squared errors, for seven rows and for one.",
    ), f)


# Chapter 3 ----------------------------------------------------------------


def backprop(f, seed=0):
    """Check `f(X, Y, params) -> (dW1, db1, dW2, db2)`.

    They must be the gradient of the sum of squared errors, with 0 for
    relu' at 0. Each one is reported by name.
    """
    g = _draws(seed)
    return judge(Case(
        "backprop", "f(X, Y, params)", ("dW1", "db1", "dW2", "db2"),
        right=by_hand.backward, base=by_hand.backward, probes=_batches(g),
        extra=[_batch(g, 5, H=2), _batch(g, 2, H=2)],
        names=_page_names, row=_one_row,
        look="the eight lines, chapter 3 (eq-dy_hat to eq-db1)",
        done="All four gradients, for seven rows, one row and at the kink.",
    ), f)


def descend(f, seed=0):
    """Check `f(params, grads, lr) -> params`, one step of descent."""
    g = _draws(seed)
    (_, _, params), (_, _, grads) = _batch(g, 1), _batch(g, 1)
    return judge(Case(
        "descend", "f(params, grads, lr)", ("W1", "b1", "W2", "b2"),
        right=by_hand.descend, base=by_hand.descend,
        probes=[(params, grads, 0.1), (params, grads, 1.5)], free=(0,),
        names=lambda params, grads, lr: {
            "params": params, "grads": grads, **params._asdict()},
        look="p - lr dp, chapter 3 (eq-step)",
        done="The step goes down, as far as the rate says.",
    ), f)


# Chapter 4 ----------------------------------------------------------------


# Chapter 5 ----------------------------------------------------------------


# Chapter 6 ----------------------------------------------------------------


# Chapter 7 ----------------------------------------------------------------
