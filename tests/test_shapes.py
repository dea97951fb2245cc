"""Each shape comment of the package, held to the truth by running it.

A comment such as `# (N, 4)` ends a line of an assignment. Every function
that has one is called here under a trace; a comment that is wrong, or
whose line never ran, is a failure.
"""

import inspect
from pathlib import Path

import pytest
import torch
from cases import draw
from tracing import ShapeWatch, shape_comments

import toynet
from toynet import ensemble, least_squares, optim
from toynet.backprop import backward
from toynet.data import generate_data, label
from toynet.model import ToyModel
from toynet.net import Activations, Params, forward, init_params
from toynet.train import fit

PACKAGE = Path(toynet.__file__).parent
MODULES = sorted(p.stem for p in PACKAGE.glob("*.py"))


def fit_some(steps, N):
    X, Y, _ = draw(N)
    model = ToyModel()
    fit(model, X, Y, torch.optim.SGD(model.parameters(), lr=0.1), steps)


def train_some(E, N, loss, own=False):
    X, Y, _ = draw(N)
    if own:
        X, Y = X.expand(E, N, 3), Y.expand(E, N, 2)
    ensemble.train(ensemble.starts(E), X, Y, optim.sgd, 3, loss, lr=0.1)


def fit_by_least_squares(E, N, H):
    X, Y, _ = draw(N)
    nets = ensemble.starts(E, hidden=H)
    least_squares.levenberg_marquardt(nets, X, Y, 3)


# What to run for a module's comments, and the size of each of its letters.
CALLS = {
    "data": [
        (lambda: generate_data(7), {"N": 7}),
        (lambda: label(torch.ones(1, 3)), {"N": 1}),
    ],
    "net": [
        (init_params, {}),
        (lambda: forward(*draw(7)[::2]), {"N": 7}),
        (lambda: forward(*draw(1)[::2]), {"N": 1}),
    ],
    "backprop": [
        (lambda: backward(*draw(7)), {"N": 7}),
        (lambda: backward(*draw(1)), {"N": 1}),
    ],
    "ensemble": [
        (lambda a=a: train_some(5, 7, *a), {"E": 5, "N": 7, "H": 4, "P": 26})
        for a in (("mse",), ("bce",), ("mse", True))
    ],
    "least_squares": [
        (lambda a=a: fit_by_least_squares(*a),
         dict(zip("ENHP", (*a, 6 * a[2] + 2), strict=True)))
        for a in ((5, 7, 4), (1, 3, 6))
    ],
    "model": [(lambda: ToyModel()(torch.ones(7, 3)), {"N": 7})],
    "train": [
        (lambda: fit_some(5, 7), {"N": 7, "steps": 5}),
        (lambda: fit_some(2, 1), {"N": 1, "steps": 2}),
    ],
}

# Comments on the fields of a NamedTuple, and how to make one.
FIELDS = [
    (Params, lambda: init_params(), {}),
    (Activations, lambda: forward(*draw(7)[::2]), {"N": 7}),
]


def field_lines():
    """The lines of net.py that declare a NamedTuple's fields."""
    lines = set()
    for cls, _, _ in FIELDS:
        text, first = inspect.getsourcelines(cls)
        lines |= set(range(first, first + len(text)))
    return lines


@pytest.mark.parametrize("module", MODULES)
def test_every_shape_comment_is_true(module):
    file = PACKAGE / f"{module}.py"
    missed = {c.line for c in shape_comments(file.read_text())}
    assert bool(missed) == (module in CALLS)
    for call, letters in CALLS.get(module, []):
        with ShapeWatch(file.read_text(), str(file), letters) as watch:
            call()
        assert watch.faults == []
        missed -= watch.seen
    assert missed <= (field_lines() if module == "net" else set())


@pytest.mark.parametrize(("cls", "make", "letters"), FIELDS)
def test_every_field_has_the_shape_that_it_declares(cls, make, letters):
    found = shape_comments(inspect.getsource(cls))
    assert [c.names for c in found] == [(name,) for name in cls._fields]
    for c, tensor in zip(found, make(), strict=True):
        assert tensor.shape == tuple(letters.get(s, s) for s in c.shape)
