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


def takes_the_widths(widths):
    total = 0
    while len(widths) > 1:
        total += (widths.pop(0) + 1) * widths[0]
    return total


def right(widths):
    return sum((m + 1) * n for m, n in itertools.pairwise(widths))


@pytest.mark.parametrize(("f", "code"), [
    (takes_the_widths, "changed-input"),
    (lambda w: sum(m * n for m, n in zip(w, w[1:], strict=True)), "raised"),
    (lambda widths: print(26), "returned-none"),
    (lambda widths: str(right(widths)), "not-a-tensor"),
    (lambda w: ((m + 1) * n for m, n in itertools.pairwise(w)),
     "not-a-tensor"),
    (lambda widths: right(widths) + 1, "unknown"),
    (lambda widths: 26, "unknown"),
    (26, "not-a-function"), (None, "not-attempted"),
])
def test_a_count_is_told_why(f, code):
    assert check.count(f).diagnosis == code


class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, X):
        return self.second(self.first(X).relu()).sigmoid()


class ChangesRows(Layers):
    def forward(self, X):
        y_hat = super().forward(X)
        X.mul_(2)
        return y_hat


class ReturnsBoth(Layers):
    def forward(self, X):
        h = self.first(X).relu()
        return h, self.second(h).sigmoid()


class EndlessInit(Layers):
    def __init__(self):
        super().__init__()
        while True:
            pass


class NotYet(Layers):
    def forward(self, X):
        raise NotImplementedError


class Empty(nn.Module):
    ...


class Squeezed(Layers):
    def forward(self, X):
        return super().forward(X).squeeze()


class PerUnit(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.ModuleList(nn.Linear(3, 1) for _ in range(4))
        self.b = nn.ModuleList(nn.Linear(4, 1) for _ in range(2))

    def forward(self, X):
        h = torch.cat([a(X) for a in self.a], 1).relu()
        return torch.cat([b(h) for b in self.b], 1).sigmoid()


class Numpy(Layers):
    def forward(self, X):
        return super().forward(X).detach().numpy()


class Inferring(Layers):
    def forward(self, X):
        with torch.inference_mode():
            return super().forward(X)


class RaisingParameters(Layers):
    def parameters(self, *args, **kwargs):
        raise ValueError("no")


class Lying(Layers):
    def __getattr__(self, name):
        raise RuntimeError("no")


class MixesRows(Layers):
    def forward(self, X):
        return super().forward(X / X.abs().max())


class HalfFrozen(Layers):
    def __init__(self):
        super().__init__()
        self.first.weight.requires_grad = False


@pytest.mark.parametrize(("given", "code"), [
    (ChangesRows, "changed-input"), (ReturnsBoth, "returned-all"),
    (EndlessInit, "time-limit"), (NotYet, "not-attempted"),
    (Empty, "not-attempted"), (None, "not-attempted"),
    (Squeezed, "wrong-shape"), (PerUnit, "other-sizes"),
    (Numpy, "not-a-tensor"), (Inferring, "gradient-cut"),
    (MixesRows, "rows-mixed"), (RaisingParameters, "raised"),
    (Lying, "raised"), (HalfFrozen, "frozen"),
    (nn.Linear(3, 2), "one-layer"), (nn.Sequential, "nothing-registered"),
    (ToyModel(hidden=5), "hidden-width"), (lambda: 3, "not-a-module"),
    (ToyModel().forward, "not-a-module"), ("MyModel", "not-a-module"),
    (Layers().state_dict(), "not-a-module"), (nn, "not-a-module"),
])
def test_a_module_is_told_why(given, code):
    report = check.model(given)
    assert report.diagnosis == code
    assert report.message


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


@pytest.mark.parametrize(("f", "code"), [
    (params_of, "a-copy"), (lambda m: print(m), "returned-none"),
    (lambda a, b: params_of(a), "raised"),
    (lambda model: params_of(model.layers), "raised"),
    (lambda model: [p.detach() for p in model.parameters()][:3],
     "wrong-count"),
    (params_of(ToyModel()), "not-a-function"),
])
def test_views_are_told_why(f, code):
    assert check.shared(f).diagnosis == code


def test_the_module_of_a_page_stays_as_it_is():
    params = init_params(torch.Generator().manual_seed(0))
    twin = from_params(params)
    report = check.shared(lambda model: params_of(twin))
    assert report.diagnosis == "another-module"
    assert all(map(torch.equal, params_of(twin), params))


@pytest.mark.parametrize(("given", "code"), [
    ((0.75, 0.25), ""), ([15 / 20, 5 / 20], ""),
    ((Fraction(3, 4), Fraction(1, 4)), ""), (np.array([0.75, 0.25]), ""),
    ((torch.tensor(0.75), np.float64(0.25)), ""),
    ((0.7501, 0.25), "near"), ((0.9, 0.25), "unknown"),
    (0.75, "wrong-count"), ((0.75,), "wrong-count"),
    (itertools.count(), "wrong-count"), ((float("nan"), 1), "not-a-number"),
    ((None, None), "not-attempted"), (None, "not-attempted"),
])
def test_factors_are_told_why(given, code):
    assert check.weights(given).diagnosis == code
