"""The checkers of chapter 5, on right and wrong answers."""

import itertools
import math
from collections import OrderedDict
from fractions import Fraction

import numpy as np
import pytest
import torch
from checks import DRAWS, diagnoses, entries, wrong_solution
from torch import nn

from toynet import check
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build
from toynet.model import ToyModel, from_params, params_of
from toynet.net import Params, init_params

BASES = {"count": None, "model": ToyModel, "shared": params_of}


@pytest.mark.parametrize("mistake", entries(*BASES))
def test_each_mistake_gets_its_own_name(mistake):
    """What a module registers has nothing to do with what is drawn."""
    function = wrong_solution(mistake, BASES[mistake.exercise])
    drawn = mistake.exchanges or mistake.exercise != "model"
    found = diagnoses(
        mistake.exercise, function, draws=DRAWS if drawn else DRAWS // 5)
    assert found == {mistake.code}


@pytest.mark.parametrize("mistake", entries("weights"))
def test_wrong_factors_get_their_own_name(mistake):
    value = wrong_solution(mistake)()
    for given in (value, list(value), torch.tensor(value), np.array(value)):
        assert check.weights(given).diagnosis == mistake.code


# Counting -----------------------------------------------------------------


def by_loop(ns):
    total = 0
    for i in range(1, len(ns)):
        total += ns[i - 1] * ns[i]
        total += ns[i]
    return total


def by_recursion(widths):
    if len(widths) < 2:
        return 0
    m, n, *rest = widths
    return (m + 1) * n + by_recursion([n, *rest])


def by_building(widths):
    return sum(
        p.numel() for m, n in itertools.pairwise(widths)
        for p in nn.Linear(m, n).parameters())


def in_a_tensor(widths):
    w = torch.tensor(widths, dtype=torch.float64)
    return w[:-1] @ w[1:] + w[1:].sum()


def in_numpy(widths):
    w = np.array(widths)
    return np.dot(w[:-1], w[1:]) + w[1:].sum()


def with_map(w):
    return float(sum(map(lambda m, n: m * n + n, w, w[1:])))


@pytest.mark.parametrize("f", [
    by_loop, by_recursion, by_building, in_a_tensor, in_numpy, with_map,
], ids=lambda f: f.__name__)
def test_a_right_count_passes(f):
    assert diagnoses("count", f, draws=20) == {""}


def raises_the_widths(widths):
    for i in range(len(widths) - 1):
        widths[i] += 1
    return sum(m * n if i == len(widths) - 2 else m * (n - 1)
               for i, (m, n) in enumerate(itertools.pairwise(widths)))


def takes_the_widths(widths):
    total = 0
    while len(widths) > 1:
        total += (widths.pop(0) + 1) * widths[0]
    return total


def with_strict_pairs(widths):
    return sum((m + 1) * n for m, n in zip(widths, widths[1:], strict=True))


@pytest.mark.parametrize(("f", "code"), [
    (raises_the_widths, "changed-input"),
    (takes_the_widths, "changed-input"),
    (with_strict_pairs, "raised"),
    (lambda *widths: (widths[0] + 1) * widths[1], "raised"),
    (lambda m, n: (m + 1) * n, "wrong-arguments"),
    (lambda widths: print(26), "returned-none"),
    (lambda widths: str(by_loop(widths)), "not-a-tensor"),
    (lambda widths: [by_loop(widths)], "not-a-tensor"),
    (lambda w: [(m + 1) * n for m, n in itertools.pairwise(w)],
     "list-for-sum"),
    (lambda w: ((m + 1) * n for m, n in itertools.pairwise(w)),
     "list-for-sum"),
    (lambda widths: 4 * by_loop(widths), "wrong-factor"),
    (lambda widths: by_loop(widths) + 1, "unknown"),
    (lambda widths: 26, "unknown"),
    (26, "not-a-function"),
    (None, "not-attempted"),
])
def test_other_counts_are_told_why(f, code):
    assert check.count(f).diagnosis == code


# The module: right ones ---------------------------------------------------


class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, X):
        return self.second(self.first(X).relu()).sigmoid()


class Functional(nn.Module):
    def __init__(self, inputs=3, hidden=4, outputs=2):
        super(Functional, self).__init__()  # noqa: UP008
        self.fc2 = nn.Linear(hidden, outputs)
        self.fc1 = nn.Linear(inputs, hidden)

    def forward(self, x):
        x = nn.functional.relu(self.fc1(x), inplace=True)
        return nn.functional.sigmoid(self.fc2(x))


class ByHand(nn.Module):
    def __init__(self):
        super().__init__()
        self.W1 = nn.Parameter(0.2 * torch.randn(3, 4))
        self.b1 = nn.Parameter(torch.zeros(4))
        self.W2 = nn.Parameter(0.2 * torch.randn(4, 2))
        self.b2 = nn.Parameter(torch.zeros(1, 2))

    def forward(self, X):
        h = (X @ self.W1 + self.b1).clamp(min=0)
        return 1 / (1 + torch.exp(-(h @ self.W2 + self.b2)))


class Columns(nn.Module):
    def __init__(self):
        super().__init__()
        self.A = nn.Parameter(torch.randn(4, 3))
        self.a = nn.Parameter(torch.randn(4, 1))
        self.B = nn.Parameter(torch.randn(2, 4))
        self.b = nn.Parameter(torch.randn(2, 1))

    def forward(self, X):
        h = torch.maximum(self.A @ X.T + self.a, torch.zeros(1))
        return torch.sigmoid(self.B @ h + self.b).T


class Einsum(Columns):
    def forward(self, X):
        z1 = torch.einsum("ni,ji->nj", X, self.A) + self.a[:, 0]
        h = torch.where(z1 > 0, z1, torch.zeros_like(z1))
        return torch.einsum("nj,kj->nk", h, self.B).add(self.b.T).sigmoid()


class Row(nn.Module):
    def __init__(self, m, n):
        super().__init__()
        self.W = nn.Parameter(torch.empty(m, n))
        self.b = nn.Parameter(torch.empty(n))
        nn.init.uniform_(self.W)
        nn.init.zeros_(self.b)

    def forward(self, X):
        return X @ self.W + self.b


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.ModuleDict({
            "body": nn.Sequential(Row(3, 4), nn.ReLU()), "head": Row(4, 2)})
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, X):
        for part in self.net.values():
            X = part(X - self.mean if part is self.net["body"] else X)
        return X.sigmoid()


class Listed(nn.Module):
    def __init__(self, sizes=(3, 4, 2)):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Linear(m, n) for m, n in itertools.pairwise(sizes))
        self.also = [*self.layers]

    def forward(self, X):
        *inner, last = self.also
        for layer in inner:
            X = layer(X).relu()
        return last(X).sigmoid()


class Held(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = (3, 4), (4,), (4, 2), (2,)
        self.p = nn.ParameterList(nn.Parameter(torch.rand(s)) for s in sizes)

    def forward(self, X):
        W1, b1, W2, b2 = self.p
        return torch.sigmoid(torch.relu(X @ W1 + b1) @ W2 + b2)


class InARow(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Sigmoid())


class Double(Layers):
    def __init__(self):
        super().__init__()
        self.double()


class Lazy(Layers):
    def __init__(self):
        nn.Module.__init__(self)
        self.first, self.second = nn.LazyLinear(4), nn.LazyLinear(2)


class Talkative(Layers):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        print("made")

    def forward(self, X):
        print(X.shape)
        self.seen = X.shape
        self.h = torch.relu(self.first(X))
        return torch.sigmoid(self.second(self.h))


class OneByOne(Layers):
    def forward(self, X):
        return torch.stack([super(OneByOne, self).forward(x) for x in X])


class AddedHere(nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module("in", nn.Linear(3, 4))
        self.register_parameter("W", nn.Parameter(torch.randn(2, 4)))
        self.register_parameter("b", nn.Parameter(torch.randn(2)))
        self.relu, self.sigmoid = nn.ReLU(), nn.Sigmoid()

    def forward(self, X):
        z1 = getattr(self, "in")(X)
        return self.sigmoid(nn.functional.linear(
            self.relu(z1), self.W, self.b))


class CallsSuper(Layers):
    def __call__(self, *args, **kwargs):
        return super().__call__(*args, **kwargs)


class Cautious(Layers):
    def forward(self, X, training=False):
        X = torch.as_tensor(X).detach().clone()
        if X.dim() == 1:
            X = X[None]
        with torch.enable_grad():
            return super().forward(X)


def sequential():
    return nn.Sequential(OrderedDict(
        body=nn.Linear(3, 4), gate=nn.ReLU(inplace=True),
        head=nn.Linear(4, 2), out=nn.Sigmoid()))


RIGHT = [
    ToyModel, Layers, Functional, ByHand, Columns, Einsum, Nested, Listed,
    Held, InARow, Double, Lazy, Talkative, OneByOne, AddedHere, CallsSuper,
    Cautious, sequential, Row,
]


@pytest.mark.parametrize("cls", RIGHT[:-1], ids=lambda f: f.__name__)
def test_a_right_module_passes(cls):
    assert diagnoses("model", cls, draws=20) == {""}


@pytest.mark.parametrize("cls", RIGHT[:-1], ids=lambda f: f.__name__)
def test_a_module_that_is_made_passes_and_stays_as_it_is(cls):
    made = cls()
    made(torch.zeros(1, 3, dtype=next(made.parameters()).dtype))
    before = {k: v.clone() for k, v in made.state_dict().items()}
    assert check.model(made).passed or cls is Talkative  # keeps a graph
    assert not made._forward_hooks
    for name, value in made.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(p.grad is None for p in made.parameters())


# The module: others -------------------------------------------------------


class ChangesRows(Layers):
    def forward(self, X):
        y_hat = super().forward(X)
        X.mul_(2)
        return y_hat


class ChangesRowsInDouble(ChangesRows):
    def __init__(self):
        super().__init__()
        self.double()


class ReturnsNothing(Layers):
    def forward(self, X):
        super().forward(X)


class ReturnsBoth(Layers):
    def forward(self, X):
        h = self.first(X).relu()
        return h, self.second(h).sigmoid()


class EndlessInit(Layers):
    def __init__(self):
        super().__init__()
        while True:
            pass


class Brackets(nn.Module):
    def __init__(self):
        super().__init__  # noqa: B018
        self.first = nn.Linear(3, 4)


class NotYet(Layers):
    def forward(self, X):
        raise NotImplementedError


class Empty(nn.Module):
    ...


class OnlyInit(nn.Module):
    def __init__(self):
        super().__init__()


class FixedRows(Layers):
    def forward(self, X):
        return torch.stack([super(FixedRows, self).forward(X[i])
                            for i in range(20)])


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


class Recordless(Layers):
    @torch.no_grad()
    def forward(self, X):
        return super().forward(X)


class Inferring(Layers):
    def forward(self, X):
        with torch.inference_mode():
            return super().forward(X)


class EndlessParameters(Layers):
    def named_parameters(self, *args, **kwargs):
        while True:
            pass


class RaisingParameters(Layers):
    def parameters(self, *args, **kwargs):
        raise ValueError("no")


class Lying(Layers):
    def __getattr__(self, name):
        raise RuntimeError("no")


class MixesRows(Layers):
    def forward(self, X):
        return super().forward(X / X.abs().max())


class Copied(nn.Module):
    """Has the layers, and computes with copies that it made of them."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)
        self.frozen = [p.detach().clone() for p in self.parameters()]

    def forward(self, X):
        A, a, B, b = self.frozen
        return torch.sigmoid(torch.relu(X @ A.T + a) @ B.T + b)


class HalfFrozen(Layers):
    def __init__(self):
        super().__init__()
        self.first.weight.requires_grad = False


OTHERS = [
    (ChangesRows, "changed-input"), (ChangesRowsInDouble, "changed-input"),
    (ReturnsNothing, "returned-none"), (ReturnsBoth, "returned-all"),
    (EndlessInit, "time-limit"), (Brackets, "super-init-forgotten"),
    (NotYet, "not-attempted"), (Empty, "not-attempted"),
    (None, "not-attempted"), (OnlyInit, "forward-missing"),
    (FixedRows, "raised"), (Squeezed, "wrong-shape"),
    (PerUnit, "other-sizes"), (Numpy, "not-a-tensor"),
    (Recordless, "gradient-cut"), (Inferring, "gradient-cut"),
    (MixesRows, "rows-mixed"), (Copied, "gradient-cut"),
    (EndlessParameters, "time-limit"),
    (RaisingParameters, "raised"), (Lying, "raised"),
    (HalfFrozen, "frozen"), (Row, "needs-arguments"),
    (nn.Linear(3, 2), "one-layer"), (nn.Sequential, "nothing-registered"),
    (ToyModel(hidden=5), "hidden-width"),
    (lambda: ToyModel(hidden=2), "hidden-width"),
    (ToyModel().forward, "not-a-module"), (torch.zeros(3), "not-a-module"),
    (Layers().state_dict(), "not-a-module"), (int, "not-a-module"),
    ("MyModel", "not-a-module"), (nn, "not-a-module"),
]


@pytest.mark.parametrize(("given", "code"), OTHERS)
def test_other_modules_are_told_why(given, code):
    report = check.model(given)
    assert report.diagnosis == code
    assert report.message


def test_one_of_two_mistakes_in_a_module_is_named():
    known = [m for m in MISTAKES if m.exercise == "model" and m.exchanges]
    pairs = [(pair, build(pair, ToyModel))
             for pair in itertools.combinations(known, 2)]
    pairs = [(pair, cls) for pair, cls in pairs if cls][::3]
    assert len(pairs) > 80
    for pair, cls in pairs:
        codes = {m.code for m in pair}
        if codes == {"sigmoid-for-relu", "relu-at-the-end"}:
            codes.add("activations-swapped")
        if codes == {"no-relu", "activation-before-the-layer"}:
            codes.add("no-output-sigmoid")  # sigmoid, and then no more
        assert check.model(cls).diagnosis in codes, codes


def test_a_structure_and_a_sum_that_are_wrong_get_one_name():
    structure = [m for m in MISTAKES if m.exercise == "model"
                 and not m.exchanges and "torch.sigmoid" in m.wrong]
    for m in structure:
        both = m._replace(wrong=m.wrong.replace("torch.sigmoid", ""))
        report = check.model(build((both,), ToyModel))
        assert report.diagnosis in {m.code, "no-output-sigmoid"}, m.code


def test_the_layers_of_a_page_stay_as_they_are():
    first, second = nn.Linear(3, 4), nn.Linear(4, 2)

    class Borrows(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = first, second

        def forward(self, X):
            return self.second(self.first(X).relu()).sigmoid()

    class Reads(nn.Module):
        def forward(self, X):
            return second(first(X).relu()).sigmoid()

    before = [p.clone() for p in (*first.parameters(), *second.parameters())]
    state = torch.get_rng_state()
    assert check.model(Borrows).diagnosis == "weights-shared"
    assert check.model(Reads).diagnosis == "layers-outside"
    after = (*first.parameters(), *second.parameters())
    assert all(map(torch.equal, before, after))
    assert all(p.grad is None for p in after)
    assert torch.equal(state, torch.get_rng_state())


def test_looking_for_the_mistake_moves_no_generator():
    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, X):
            return self.first(X).sigmoid()[:, :2]

    for seed in range(401, 404):  # not seen before, so nothing is cached
        state = torch.get_rng_state()
        assert not check.model(Half, seed=seed)
        assert torch.equal(state, torch.get_rng_state())


# Views --------------------------------------------------------------------


def as_told(model):
    h, o = model.hidden, model.output
    return Params(h.weight.T.detach(), h.bias.detach(),
                  o.weight.T.detach(), o.bias.detach())


def by_state(m):
    t = list(m.state_dict().values())
    return Params(t[0].t(), t[1], t[2].t(), t[3])


def by_data(net):
    return tuple(p.data.mT if p.dim() == 2 else p.data
                 for p in net.parameters())


def by_numpy(model):
    with torch.no_grad():
        arrays = [p.detach().numpy().T for p in model.parameters()]
    return [torch.from_numpy(a) for a in arrays]


def by_name(model):
    found = {}
    for name, p in model.named_parameters():
        found[name] = p.detach().permute(*range(p.dim() - 1, -1, -1))
    return Params(*found.values())


@pytest.mark.parametrize("f", [
    as_told, by_state, by_data, by_numpy, by_name,
], ids=lambda f: f.__name__)
def test_right_views_pass(f):
    assert diagnoses("shared", f) == {""}


def moves_the_module(model):
    with torch.no_grad():
        model.hidden.weight.add_(1)
    return as_told(model)


def three_only(model):
    return as_told(model)[:3]


def copy_on_the_record(model):
    return [p.T.clone() if p.dim() == 2 else p.clone()
            for p in model.parameters()]


def copy_without_transpose(model):
    return [p.detach().clone() for p in model.parameters()]


def loose_weights(model):
    h, o = model.hidden, model.output
    return Params(h.weight.T, h.bias.detach(), o.weight.T, o.bias.detach())


def turns_the_weights(model):
    for layer in (model.hidden, model.output):
        layer.weight.data = layer.weight.data.T
    return by_data(model)


@pytest.mark.parametrize(("f", "code"), [
    (params_of, "a-copy"), (copy_on_the_record, "a-copy"),
    (loose_weights, "still-on-the-record"),
    (moves_the_module, "module-changed"),
    (turns_the_weights, "module-changed"),
    (three_only, "wrong-count"),
    (lambda model: dict(model.named_parameters()), "wrong-count"),
    (lambda model: None, "not-attempted"),
    (lambda model: print(model), "returned-none"),
    (lambda a, b: as_told(a), "wrong-arguments"),
    (lambda: as_told(ToyModel()), "wrong-arguments"),
    (lambda model: as_told(model.layers), "raised"),
    (as_told(ToyModel()), "not-a-function"),
])
def test_other_views_are_told_why(f, code):
    assert check.shared(f).diagnosis == code


def test_a_copy_without_transpose_gets_one_of_two_names():
    report = check.shared(copy_without_transpose)
    assert report.diagnosis in {"a-copy", "missing-transpose"}


def test_the_module_of_a_page_stays_as_it_is():
    params = init_params(torch.Generator().manual_seed(0))
    twin = from_params(params)
    report = check.shared(lambda model: as_told(twin))
    assert report.diagnosis == "another-module"
    assert all(map(torch.equal, params_of(twin), params))


# Factors ------------------------------------------------------------------


@pytest.mark.parametrize("given", [
    (0.75, 0.25), [15 / 20, 5 / 20], (Fraction(3, 4), Fraction(1, 4)),
    torch.tensor([0.75, 0.25]), np.array([0.75, 0.25]),
    (torch.tensor(0.75), torch.tensor(0.25)), (np.float64(0.75), 0.25),
    (1 - 1 / 4, math.exp(-math.log(4))),
])
def test_right_factors_pass(given):
    assert check.weights(given).passed


def test_a_report_on_factors_does_not_give_them_away():
    for given in ((0.5, 0.5), (0.8, 0.2), (3, 1), (0.75, 0), (-1, 7)):
        report = check.weights(given)
        assert "off by" in report.message
        assert "0.75" not in report.message
        assert "0.25" not in report.message


@pytest.mark.parametrize(("given", "code"), [
    ((75, 25), "proportion-only"), ((30, 10), "proportion-only"),
    ((0.375, 0.125), "proportion-only"), ((-3, -1), "proportion-only"),
    ((Fraction(1, 2), Fraction(1, 2)), "equal-weights"),
    ((0.8, 0.2), "other-shares"), ((2, 2), "equal-weights"),
    ((5, 15), "swapped"), ((0.75, -0.25), "unknown"), (0.75, "wrong-count"),
    ((0.75,), "wrong-count"),
    ((0.5, 0.25, 0.25), "wrong-count"), ("0.75, 0.25", "wrong-count"),
    ({"long": 0.75, "short": 0.25}, "wrong-count"),
    ((float("nan"), 0.25), "not-a-number"),
    (("0.75", "0.25"), "not-a-tensor"),
    ((None, None), "not-attempted"), (None, "not-attempted"),
    (itertools.count(), "wrong-count"),
])
def test_other_factors_are_told_why(given, code):
    assert check.weights(given).diagnosis == code
