"""The checkers of chapter 1, on right and wrong answers."""

import itertools
import math
import operator
from fractions import Fraction

import numpy as np
import pytest
import torch
from checks import diagnoses, entries, wrong_solution

from toynet import check
from toynet.check import chapter1
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build

BASES = {
    "distances": chapter1._apart, "careful_sum": chapter1._summed,
    "gentle_slope": None,
}
g = torch.Generator().manual_seed(0)
X = torch.randn(20, 3, generator=g)
Y, W1 = torch.zeros(20, 2), torch.zeros(3, 4)


@pytest.mark.parametrize("mistake", entries(*BASES))
def test_each_mistake_gets_its_own_name(mistake):
    function = wrong_solution(mistake, BASES[mistake.exercise])
    assert diagnoses(mistake.exercise, function) == {mistake.code}


@pytest.mark.parametrize("mistake", entries("labels"))
def test_wrong_labels_get_their_own_name(mistake):
    guess = wrong_solution(mistake, chapter1._two_rows)(X)
    for given in (guess, guess.double(), guess.tolist()):
        assert check.labels(given).diagnosis == mistake.code


@pytest.mark.parametrize("mistake", entries("third_zero"))
def test_a_wrong_point_gets_its_own_name(mistake):
    point = wrong_solution(mistake)()
    for given in (point, point[0], point[0].numpy(), point.repeat(3, 1)):
        assert check.third_zero(given).diagnosis == mistake.code


@pytest.mark.parametrize("mistake", entries("shapes"))
def test_a_wrong_prediction_gets_its_own_name(mistake):
    listed = wrong_solution(mistake, chapter1._six)(X, Y, W1)
    predicted = [shape for _, shape in listed]
    (i,) = [i for i in range(6) if predicted[i] != RIGHT[i]]
    report = check.shapes(predicted)
    assert report.diagnosis == mistake.code
    assert EXPRESSIONS[i] in report.message.splitlines()[0]
    assert mistake.message in report.message


# Right answers that are written differently -------------------------------

EXPRESSIONS, RIGHT = zip(*chapter1._six(X, Y, W1), strict=True)


def by_loops(points):
    n = points.shape[0]
    D = torch.zeros(n, n)
    for i in range(n):
        for j in range(n):
            D[i, j] = math.dist(points[i].tolist(), points[j].tolist())
    return D


def by_rows(X):
    return torch.stack([torch.linalg.vector_norm(X - x, dim=-1) for x in X])


def by_half(X):
    D = X.new_zeros(len(X), len(X))
    for i in range(len(X)):
        for j in range(i):
            D[i, j] = D[j, i] = (X[i] - X[j]).pow(2).sum() ** 0.5
    return D


def by_products(X):
    s = (X * X).sum(dim=1, keepdim=True)
    return (s + s.T - 2 * X @ X.T).clamp_min(0).sqrt()


def by_cdist(X):
    return torch.cdist(X, X)


def by_einsum(X):
    d = X.unsqueeze(0) - X.unsqueeze(1)
    return torch.einsum("ijk,ijk->ij", d, d).sqrt()


def in_place_in_float64(X):
    d = X.double()[:, None, :] - X.double()[None, :, :]
    d.square_()
    return d.sum(-1).sqrt_()


def by_coordinates(X):
    a, b, c = (x[:, None] - x[None] for x in X.T)
    return torch.hypot(torch.hypot(a, b), c)


def with_a_small_number(X):
    return (((X[:, None] - X) ** 2).sum(-1) + 1e-12).sqrt()


def by_pdist(X):
    D = torch.zeros(len(X), len(X))
    i, j = torch.triu_indices(len(X), len(X), 1)
    D[i, j] = torch.nn.functional.pdist(X)
    return D + D.T


@pytest.mark.parametrize("f", [
    by_loops, by_rows, by_half, by_products, by_cdist, by_einsum,
    in_place_in_float64, by_coordinates, with_a_small_number, by_pdist,
], ids=lambda f: f.__name__)
def test_right_distances_pass(f):
    assert diagnoses("distances", f, draws=20) == {""}


def by_two_sigmoids(z):
    return torch.sigmoid(z) * torch.sigmoid(-z)


def by_the_left_side(z):
    s = (-z.abs()).sigmoid()
    return s * (1 - s)


def by_one_exponential(t):
    u = torch.exp(-torch.abs(t))
    return u / (1 + u) ** 2


def by_two_exponentials(z):
    return 1 / (2 + z.exp() + (-z).exp())


def by_cosh(z):
    return 0.25 / torch.cosh(z / 2) ** 2


def by_logarithms(z):
    F = torch.nn.functional
    return torch.exp(F.logsigmoid(z) + F.logsigmoid(-z))


def by_a_loop(z):
    out = torch.empty_like(z)
    for i in range(len(z)):
        u = math.exp(-abs(z[i].item()))
        out[i] = u / (1 + u) ** 2
    return out


def by_a_mask_in_place(z):
    s = torch.sigmoid(z)
    d = s * (1 - s)
    t = torch.sigmoid(-z[z > 0])
    d[z > 0] = t * (1 - t)
    return d


def by_where(z):
    z = torch.where(z > 0, -z, z)
    return torch.sigmoid(z).mul_(1 - torch.sigmoid(z))


def by_maximum(z):
    s, t = torch.sigmoid(z), torch.sigmoid(-z)
    return torch.where(z < 0, s * (1 - s), t * (1 - t))


def by_autograd_on_the_left(z):
    left = (-z.abs()).detach().requires_grad_()
    return torch.autograd.grad(left.sigmoid().sum(), left)[0]


@pytest.mark.parametrize("f", [
    by_two_sigmoids, by_the_left_side, by_one_exponential,
    by_two_exponentials, by_cosh, by_logarithms, by_a_loop,
    by_a_mask_in_place, by_where, by_maximum, by_autograd_on_the_left,
], ids=lambda f: f.__name__)
def test_a_right_slope_passes(f):
    assert diagnoses("gentle_slope", f) == {""}


def by_knuth(rows):
    total, rest = rows[:, 0], torch.zeros_like(rows[:, 0])
    for k in range(1, rows.shape[1]):
        x = rows[:, k]
        s = total + x
        back = s - total
        rest = rest + ((total - (s - back)) + (x - back))
        total = s
    return total + rest


def by_neumaier_in_place(table):
    t, c = table.new_zeros(len(table)), table.new_zeros(len(table))
    for i in range(table.size(1)):
        x = table[:, i]
        new = t + x
        big = torch.max(t.abs(), x.abs()) == t.abs()
        c[big] += (t[big] - new[big]) + x[big]
        c[~big] += (x[~big] - new[~big]) + t[~big]
        t.copy_(new)
    return t.add_(c)


def by_single_numbers(rows):
    sums = []
    for row in rows:
        t, lost = torch.tensor(0.0), torch.tensor(0.0)
        for x in row:
            new = t + x
            if abs(t) >= abs(x):
                lost += (t - new) + x
            else:
                lost += (x - new) + t
            t = new
        sums.append(t + lost)
    return torch.stack(sums)


def by_sorted_pairs(rows):
    t, lost = 0 * rows[:, 0], 0 * rows[:, 0]
    for x in rows.T:
        large = torch.where(t.abs() > x.abs(), t, x)
        small = torch.where(t.abs() > x.abs(), x, t)
        t = large + small
        lost -= (t - large) - small
    return t + lost


def by_klein(rows):
    s = c = cc = torch.zeros_like(rows[:, 0])
    for x in rows.unbind(1):
        t = s + x
        d = torch.where(s.abs() >= x.abs(), (s - t) + x, (x - t) + s)
        s, t = t, c + d
        cc = cc + torch.where(
            c.abs() >= d.abs(), (c - t) + d, (d - t) + c)
        c = t
    return s + c + cc


def by_fractions(rows):
    return torch.tensor([
        float(sum(map(Fraction, row))) for row in rows.tolist()])


def by_float64_and_lost_parts(rows):
    return by_knuth(rows.double()).float()


def by_numpy(rows):
    t = lost = np.zeros(len(rows), dtype=np.float32)
    for x in rows.numpy().T:
        new = t + x
        lost = lost + np.where(
            np.abs(t) >= np.abs(x), (t - new) + x, (x - new) + t)
        t = new
    return torch.from_numpy(t + lost)


@pytest.mark.parametrize("f", [
    chapter1._summed, by_knuth, by_neumaier_in_place, by_single_numbers,
    by_sorted_pairs, by_klein, by_fractions, by_float64_and_lost_parts,
    by_numpy,
], ids=lambda f: f.__name__)
def test_a_right_sum_passes(f):
    assert diagnoses("careful_sum", f, draws=20) == {""}


@pytest.mark.parametrize("guess", [
    [[0, 0], [1, 0]], ((0.0, 0.0), (1.0, 0.0)), torch.tensor([[0, 0], [1, 0]]),
    torch.tensor([[False, False], [True, False]]), [[False, 0], [True, 0]],
    np.array([[0, 0], [1, 0]]), [torch.tensor([0, 0]), torch.tensor([1, 0])],
], ids=repr)
def test_right_labels_pass(guess):
    assert check.labels(guess)


@pytest.mark.parametrize("point", [
    torch.tensor([[5.0, 5.0, 0.0]]), torch.tensor([-2, 0, 0]), [[2, 9, 0]],
    (1.34, 0, -0.0), np.array([[3.0, -3, 0]]), torch.tensor([[2, 0, 1e-60]]),
    torch.tensor([[5.0, 5, 0], [3, 1, 0]]), [torch.tensor(4.0), 1, 0],
    torch.tensor([[5.0, 5, 0]], dtype=torch.float64, requires_grad=True),
], ids=repr)
def test_a_right_point_passes(point):
    assert check.third_zero(point)


@pytest.mark.parametrize("predicted", [
    list(RIGHT), RIGHT, dict(zip(EXPRESSIONS, RIGHT, strict=True)),
    [list(s) if s != "error" else "an Error." for s in RIGHT],
    [torch.Size(s) if s != "error" else RuntimeError for s in RIGHT],
    ["(20, 2)", "error", "2, 20", (20, 4, 3), [20, 4], 4],
], ids=["list", "tuple", "dict", "lists", "sizes", "texts"])
def test_right_predictions_pass(predicted):
    assert check.shapes(predicted)


# Two mistakes at once -----------------------------------------------------

THIRD = {  # what two mistakes make that undo each other, or can't be made
    ("updated-too-soon", "only-the-lost-part"): "lost-part-unused",
    ("lost-part-unused", "only-the-lost-part"): "updated-too-soon",
    ("lost-part-unused", "added-at-every-step"): "kahan-with-where",
    ("length-of-each-row", "one-number"): "raised",
    ("one-number", "length-of-each-row"): "raised",
    ("not-rooted", "not-squared"): "sizes-added",
}
PAIRS = [
    pytest.param(name, pair, id=f"{name}-{pair[0].code}-{pair[1].code}-{i}")
    for name, base in BASES.items() if base
    for i, pair in enumerate(itertools.combinations(
        [m for m in MISTAKES if m.exercise == name], 2))
    if build(pair, base)
]


@pytest.mark.parametrize(("name", "pair"), PAIRS)
def test_one_of_two_mistakes_is_named(name, pair):
    codes = tuple(m.code for m in pair)
    found = getattr(check, name)(build(pair, BASES[name])).diagnosis
    assert found in {*codes, THIRD.get(codes)}


SHAPES = [
    (m, [shape for _, shape in build((m,), chapter1._six)(X, Y, W1)])
    for m in MISTAKES if m.exercise == "shapes"
]


def test_every_wrong_prediction_is_told():
    """Of two expressions at a time, for every fifth pair of mistakes."""
    pairs = 0
    for (one, a), (other, b) in [*itertools.combinations(SHAPES, 2)][::5]:
        predicted = [q if p == r else p
                     for p, q, r in zip(a, b, RIGHT, strict=True)]
        wrong = list(map(operator.ne, predicted, RIGHT))
        if sum(wrong) == 2:
            pairs += 1
            report = check.shapes(predicted)
            assert report.diagnosis in {one.code, other.code}
            assert one.message in report.message
            assert other.message in report.message
            told = [f"`{e}` is not" in report.message for e in EXPRESSIONS]
            assert told == wrong
    assert pairs > 100


@pytest.mark.parametrize(("f", "codes"), [
    (lambda z: z.double().sigmoid() * (1 - z.sigmoid()),
     {"one-minus-sigmoid"}),
    (lambda z: 2 * z.sigmoid() * (1 - z.sigmoid()), {"one-minus-sigmoid"}),
    (lambda z: -(1 - z.sigmoid()) * z.sigmoid(), {"one-minus-sigmoid"}),
    (lambda z: z.double().sigmoid() ** 2, {"square-for-slope"}),
    (lambda z: z.abs().double().sigmoid() * (1 - z.abs().double().sigmoid()),
     {"float64-postpones"}),
], ids=range(5))
def test_one_of_two_mistakes_in_a_slope_is_named(f, codes):
    assert diagnoses("gentle_slope", f) <= codes


# What only these exercises meet -------------------------------------------


def stub(x):
    ...


@pytest.mark.parametrize(("name", "blanks"), [
    ("labels", [None, [], [[None, None], [None, None]]]),
    ("distances", [None, stub]), ("third_zero", [None, ..., [None]]),
    ("shapes", [None, [], (), [None] * 6]), ("gentle_slope", [None, stub]),
    ("careful_sum", [None, stub]),
])
def test_a_stub_is_not_attempted(name, blanks):
    for blank in blanks:
        assert getattr(check, name)(blank).diagnosis == "not-attempted"


def changes_z(z):
    return z.neg().sigmoid() * z.sigmoid_()


def changes_rows(rows):
    for x in rows.unbind(1):
        x += 0.25
    return chapter1._summed(rows - 0.25)


def changes_points(X):
    X -= X.mean(0)
    return torch.cdist(X, X)


def reads_the_page(z):
    return X.new_tensor(1.0) * wide.sigmoid() * (-wide).sigmoid()


wide = torch.linspace(-110, 40, 1501)


@pytest.mark.parametrize(("name", "f", "code"), [
    ("gentle_slope", changes_z, "changed-input"),
    ("careful_sum", changes_rows, "changed-input"),
    ("distances", changes_points, "changed-input"),
    ("gentle_slope", reads_the_page, "global-read"),
    ("distances", lambda points: (X[:, None] - X).norm(dim=2), "global-read"),
    ("gentle_slope", lambda z: z.to(torch.float64).sigmoid()
     * z.to(torch.float64).neg().sigmoid(), "through-float64"),
    ("gentle_slope", lambda z: (z.sigmoid() * (-z).sigmoid()).tolist(),
     "not-a-tensor"),
    ("gentle_slope", lambda z: z / 0 * 0, "not-a-number"),
    ("gentle_slope", lambda z: [1, 2][z], "raised"),
    ("distances", lambda X: X / 0 * 0 @ X.T, "root-of-a-negative"),
    ("distances", lambda X: (0, 1), "returned-all"),
    ("careful_sum", lambda rows: rows.double().cumsum(1)[:, -1],
     "summed-in-float64"),
    ("careful_sum", lambda rows: rows @ torch.ones(rows.shape[1]),
     "plain-sum"),
    ("careful_sum", lambda rows: torch.tensor(
        [sum(row) for row in rows.sort(1).values.tolist()]),
     "summed-in-float64"),
    ("careful_sum", lambda rows: chapter1._summed(rows) * torch.nan,
     "not-a-number"),
    ("labels", [0, 0, 1, 0], "wrong-shape"),
    ("labels", [["no", "no"], ["yes", "no"]], "not-a-tensor"),
    ("labels", [[-0.92, -0.15], [0.03, -0.19]], "margins-for-labels"),
    ("labels", [[torch.nan, 0], [1, 0]], "not-a-number"),
    ("labels", [[torch.inf, 0], [1, 0]], "no-label"),
    ("third_zero", torch.tensor([[torch.nan, 1, 0]]), "not-a-number"),
    ("third_zero", torch.tensor([[5j, 1, 0]]), "not-a-tensor"),
    ("third_zero", torch.zeros(1, 3, device="meta"), "not-a-tensor"),
    ("third_zero", [[5], [5], [0]], "wrong-shape"),
    ("third_zero", torch.randn(9, 3, generator=g), "third-not-zero"),
    ("third_zero", [[5, 5, 0], [1, 1, 0]], "second-is-silent"),
    ("shapes", RIGHT[:5], "wrong-count"),
    ("shapes", "error", "not-a-list"),
    ("shapes", [*RIGHT[:5], None], "unfinished"),
    ("shapes", [*RIGHT[:5], ("a", g)], "unknown"),
])
def test_an_answer_of_another_kind_has_a_name(name, f, code):
    report = getattr(check, name)(f)
    assert report.diagnosis == code
    assert report.message
