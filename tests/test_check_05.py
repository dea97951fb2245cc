"""The checkers of chapter 5, on answers that go wrong in their own way."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from toynet import check
from toynet.model import ToyModel, from_params, params_of
from toynet.net import init_params


def right(widths):
    return sum((m + 1) * n for m, n in itertools.pairwise(widths))


class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, X):
        return self.second(self.first(X).relu()).sigmoid()


def heir(*path, **methods):
    """A class like `Layers`, with other methods or a changed `forward`."""
    if path:
        before, behind = path
        methods["forward"] = lambda self, X: behind(
            Layers.forward(self, before(X)))
    return type("Heir", (Layers,), methods)


def same(x):
    return x


def endless(self):
    Layers.__init__(self)
    while True:
        pass


def raises(error):
    def method(self, *args, **kwargs):
        raise error

    return method


def half_frozen(self):
    Layers.__init__(self)
    self.first.weight.requires_grad = False


class Empty(nn.Module):
    ...


class PerUnit(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.ModuleList(nn.Linear(3, 1) for _ in range(4))
        self.b = nn.ModuleList(nn.Linear(4, 1) for _ in range(2))

    def forward(self, X):
        h = torch.cat([a(X) for a in self.a], 1).relu()
        return torch.cat([b(h) for b in self.b], 1).sigmoid()


TOLD = {
    "count": [
        (lambda w: right(w) + 0 * w.pop(), "changed-input"),
        (lambda w: dict(zip(w, w[1:], strict=True)), "raised"),
        (lambda widths: print(26), "returned-none"),
        (lambda widths: str(right(widths)), "not-a-tensor"),
        (lambda w: ((m + 1) * n for m, n in itertools.pairwise(w)),
         "not-a-tensor"),
        (lambda widths: right(widths) + 1, "unknown"),
        (lambda widths: 26, "unknown"),
        (26, "not-a-function"), (None, "not-attempted"),
    ],
    "model": [
        (heir(lambda X: X.mul_(2) / 2, same), "changed-input"),
        (heir(same, lambda y: (y, y)), "returned-all"),
        (heir(__init__=endless), "time-limit"),
        (heir(forward=raises(NotImplementedError())), "not-attempted"),
        (Empty, "not-attempted"), (None, "not-attempted"),
        (heir(same, torch.squeeze), "wrong-shape"), (PerUnit, "other-sizes"),
        (heir(same, lambda y: y.detach().numpy()), "not-a-tensor"),
        (heir(forward=torch.inference_mode()(Layers.forward)), "gradient-cut"),
        (heir(lambda X: X / X.abs().max(), same), "rows-mixed"),
        (heir(parameters=raises(ValueError("no"))), "raised"),
        (heir(__getattr__=raises(RuntimeError("no"))), "raised"),
        (heir(__init__=half_frozen), "frozen"),
        (nn.Linear(3, 2), "one-layer"), (nn.Sequential, "nothing-registered"),
        (ToyModel(hidden=5), "hidden-width"), (lambda: 3, "not-a-module"),
        (ToyModel().forward, "not-a-module"), ("MyModel", "not-a-module"),
        (Layers().state_dict(), "not-a-module"), (nn, "not-a-module"),
    ],
    "shared": [
        (params_of, "a-copy"), (lambda m: print(m), "returned-none"),
        (lambda a, b: params_of(a), "raised"),
        (lambda model: params_of(model.layers), "raised"),
        (lambda model: [p.detach() for p in model.parameters()][:3],
         "wrong-count"),
        (params_of(ToyModel()), "not-a-function"),
    ],
    "weights": [
        ((0.75, 0.25), ""), ([15 / 20, 5 / 20], ""),
        ((Fraction(3, 4), Fraction(1, 4)), ""), (np.array([0.75, 0.25]), ""),
        ((torch.tensor(0.75), np.float64(0.25)), ""),
        ((0.7501, 0.25), "near"), ((0.9, 0.25), "unknown"),
        (0.75, "wrong-count"), ((0.75,), "wrong-count"),
        (itertools.count(), "wrong-count"),
        ((float("nan"), 1), "not-a-number"),
    ],
}


@pytest.mark.parametrize(("name", "given", "code"), [
    (name, *row) for name, rows in TOLD.items() for row in rows])
def test_an_answer_is_told_why(name, given, code):
    report = getattr(check, name)(given)
    assert report.diagnosis == code, report
    assert report.passed == (not code)


def test_a_module_that_is_made_passes_and_nothing_moves():
    made, state = Layers(), torch.get_rng_state()
    before = {k: v.clone() for k, v in made.state_dict().items()}
    assert check.model(made)
    assert not check.model(PerUnit)
    assert not made._forward_hooks
    assert all(torch.equal(v, before[k])
               for k, v in made.state_dict().items())
    assert all(p.grad is None for p in made.parameters())
    assert torch.equal(state, torch.get_rng_state())


def test_the_module_of_a_page_stays_as_it_is():
    params = init_params(torch.Generator().manual_seed(0))
    twin = from_params(params)
    report = check.shared(lambda model: params_of(twin))
    assert report.diagnosis == "another-module"
    assert all(map(torch.equal, params_of(twin), params))
