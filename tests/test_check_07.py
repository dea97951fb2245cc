"""The checkers of chapter 7, on answers that go wrong in their own way."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from toynet import check, ensemble
from toynet.check import chapter7, mistakes
from toynet.check.exercises import EXERCISES
from toynet.data import generate_data
from toynet.model import from_params
from toynet.net import Params, init_params

g = torch.Generator().manual_seed(6)
X, Y = generate_data(20, g)
model = from_params(init_params(g))
loader = DataLoader(TensorDataset(X, Y), 8)
X80, Y80 = chapter7._eighty(*generate_data(
    20, torch.Generator().manual_seed(0)))
P = ensemble.starts(10, g)
NAN = Params(*(p * torch.nan for p in P))


@torch.no_grad()
def by_sums(model, loader):
    total = entries = 0
    for X, Y in loader:
        total += ((model(X) - Y) ** 2).sum().item()
        entries += Y.numel()
    return total / entries


def forgets_the_loader(m, rows):
    A, B = X, Y
    return ((m(A) - B) ** 2).mean().item()


@pytest.mark.parametrize(("f", "code"), [
    (by_sums, ""),
    (lambda m, rows: by_sums(m, loader), "global-read"),
    (lambda m, rows: by_sums(model, rows), "global-read"),
    (forgets_the_loader, "global-read"),
    (lambda m, rows: by_sums(m, DataLoader(rows.dataset, 2)),
     "loader-ignored"),
])
def test_a_walk_is_told_why(f, code):
    numbers = [p.clone() for p in model.parameters()]
    for seed in range(3):
        assert check.loader_loss(f, seed).diagnosis == code
    assert all(map(torch.equal, numbers, model.parameters()))
    assert len(list(loader)) == 3


def test_networks_of_other_kinds_pass():
    stream = EXERCISES["stream"]
    short, long = mistakes.made(stream, mistakes._source(stream))()
    leaves = Params(*(p.double().requires_grad_() for p in short))
    assert check.stream(leaves, list(long))


@pytest.mark.parametrize(("name", "f", "code"), [
    ("by_label", lambda Y, y_hat: (
        (y_hat > 0.5) != (Y > 0.5)).float().mean(0), ""),
    ("by_label", lambda y_hat, Y: (
        (y_hat > 0.4) != (Y > 0.5)).float().mean(0), "unknown"),
    ("best_shrink", lambda y_hat, Y: torch.linalg.lstsq(
        y_hat.reshape(-1, 1) - 0.5, Y.reshape(-1, 1) - 0.5).solution, ""),
    ("best_shrink", lambda y_hat, Y: round(
        chapter7._best_shrink(y_hat, Y).item(), 3), "near"),
])
def test_what_is_right_another_way_or_nearly(name, f, code):
    for seed in range(5):
        assert getattr(check, name)(f, seed).diagnosis == code


@pytest.mark.parametrize(("name", "pair", "code"), [
    ("images", (X80, None), "returned-none"),
    ("images", (X80 * torch.nan, Y80), "not-a-number"),
    ("images", (Y80, X80), "wrong-shape"),
    ("images", (X80[:0], Y80[:0]), "wrong-shape"),
    ("images", (X80, Y80.flip(0)), "unknown"),
    ("stream", (P, None), "no-networks"),
    ("stream", (P._replace(W1=P.W1.mT), P), "no-networks"),
    ("stream", (NAN, NAN), "not-a-number"),
    ("stream", (P, [p.long() for p in P]), "too-few-steps"),
])
def test_what_is_no_answer_is_told_so(name, pair, code):
    before = [p.clone() for p in P]
    assert getattr(check, name)(*pair).diagnosis == code
    assert all(map(torch.equal, before, P))
