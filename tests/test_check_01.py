"""The checkers of chapter 1, on answers that go wrong in their own way."""

import itertools
import math
import operator

import numpy as np
import pytest
import torch

from toynet import check
from toynet.check import chapter1, mistakes
from toynet.check.exercises import EXERCISES

g = torch.Generator().manual_seed(0)
X = torch.randn(20, 3, generator=g)
Y, W1 = torch.zeros(20, 2), torch.zeros(3, 4)
EXPRESSIONS, RIGHT = zip(*chapter1._six(X, Y, W1), strict=True)
wide = torch.linspace(-110, 40, 1501)


def test_every_wrong_prediction_is_told():
    """Of two expressions at a time, for every fifth pair of mistakes."""
    exercise, pairs = EXERCISES["shapes"], 0
    known = [(m, f(X, Y, W1)) for m in mistakes.of("shapes")
             if not m.general for f in mistakes.solutions(exercise, m)]
    for (one, a), (other, b) in [*itertools.combinations(known, 2)][::5]:
        predicted = [q if p == r else p
                     for p, q, r in zip(a, b, RIGHT, strict=True)]
        wrong = list(map(operator.ne, predicted, RIGHT))
        if sum(wrong) == 2:
            pairs += 1
            report = check.shapes(predicted)
            assert report.diagnosis in {one.code, other.code}
            assert one.say in report.message
            assert other.say in report.message
            told = [f"`{e}` is not" in report.message for e in EXPRESSIONS]
            assert told == wrong
    assert pairs > 100


def one_loop(X):
    return torch.stack([(X - x).norm(dim=1) for x in X])


def through_a_helper(X):
    def _apart(a, b):
        return (a - b).norm().item()

    return torch.tensor([[_apart(a, b) for a in X] for b in X])


def test_loops_are_told():
    assert check.distances(through_a_helper).diagnosis == "double-loop"
    assert "a loop" in check.distances(one_loop).message
    report = check.distances(lambda X: (X[:, None] - X).norm(dim=2))
    assert "loop" not in report.message


def test_a_slope_is_told_where_it_is_most_wrong():
    report = check.gentle_slope(lambda z: torch.where(
        z > 12, (-z).sigmoid(), z.sigmoid() * (1 - z.sigmoid())))
    assert report.diagnosis == "unknown"
    assert report.message.startswith("At z =")


def changes_points(X):
    X -= X.mean(0)
    return torch.cdist(X, X)


def reads_the_page(z):
    return X.new_tensor(1.0) * wide.sigmoid() * (-wide).sigmoid()


@pytest.mark.parametrize(("name", "given", "code"), [
    ("labels", np.array([[False, False], [True, False]]), ""),
    ("labels", [0, 0, 1, 0], "wrong-shape"),
    ("labels", [[0, 0], [1, 0], [1, 1]], "no-label"),
    ("labels", [["no", "no"], ["yes", "no"]], "not-a-tensor"),
    ("distances", changes_points, "changed-input"),
    ("distances", lambda points: (X[:, None] - X).norm(dim=2), "global-read"),
    ("distances", lambda X: (0, 1), "returned-all"),
    ("third_zero", torch.tensor([[torch.nan, 1, 0]]), "not-a-number"),
    ("third_zero", torch.zeros(1, 3, device="meta"), "not-a-tensor"),
    ("third_zero", X[:9], "third-not-zero"),
    ("third_zero", [[5, 5, 0], [1, 1, 0]], "first-too-small"),
    ("shapes", "error", "wrong-count"),
    ("shapes", [*RIGHT[:5], None], "unfinished"),
    ("shapes", [*RIGHT[:5], ("a", g)], "unknown"),
    ("gentle_slope", lambda z: z.neg().sigmoid() * z.sigmoid_(),
     "changed-input"),
    ("gentle_slope", reads_the_page, "global-read"),
    ("gentle_slope", lambda z: z / 0 * 0, "not-a-number"),
    ("gentle_slope", lambda z: torch.tensor(
        [1 / (2 + math.exp(x) + math.exp(-x)) for x in z]), ""),
    ("distances", lambda X: torch.zeros(len(X)) * torch.nan, "not-a-number"),
    ("distances", lambda X: torch.cdist(X, X) + 99 * torch.eye(len(X)),
     "unknown"),
    ("shapes", ["20x2", "error", "2 20", (20, 4, 3), "[20, 4]", "[4]"], ""),
    ("shapes", [*RIGHT[:5], "4"], "number-for-shape"),
    ("careful_sum", lambda rows: rows.gather(1, rows.abs().argsort(
        1, descending=True)).sum(1), "unknown"),
    ("careful_sum", lambda rows: rows.sum(1) * torch.nan, "not-a-number"),
])
def test_an_answer_of_another_kind_has_a_name(name, given, code):
    report = getattr(check, name)(given)
    assert report.diagnosis == code
    assert report.passed == (not code)
