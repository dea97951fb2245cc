"""The checkers of chapter 7, on right and wrong answers."""

import functools
import itertools

import pytest
import torch
from checks import DRAWS, diagnoses, entries, wrong_solution
from torch.utils.data import DataLoader

from toynet import check
from toynet.backprop import backward
from toynet.check import chapter7
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build
from toynet.data import generate_data, label
from toynet.model import from_params
from toynet.net import Params
from toynet.optim import adam

BASES = {"by_label": chapter7._by_label, "loader_loss": chapter7._loader_loss,
         "best_shrink": chapter7._best_shrink}


@pytest.mark.parametrize("mistake", entries(*BASES, "loader_loss-left"))
def test_each_mistake_gets_its_own_name(mistake):
    """A loader's probes are slow to copy, so it has fewer draws."""
    exercise = mistake.exercise.partition("-")[0]
    function = wrong_solution(mistake, BASES[exercise])
    draws = DRAWS // 8 + 1 if exercise == "loader_loss" else DRAWS
    found = diagnoses(exercise, function, draws)
    assert found == {mistake.code}


# Some pairs make a third mistake, and some walk through no batch at all.
THIRD = {
    ("right-for-wrong", "threshold-at-zero"): "labels-ignored",
    ("right-for-wrong", "labels-ignored"): "threshold-at-zero",
    ("not-rounded", "first-label-only"): "both-together",
    ("one-side-only", "threshold-at-zero"): "right-for-wrong",
    ("threshold-at-zero", "labels-ignored"): "not-rounded",
    ("last-batch-dropped", "first-batch-only"): "raised",
    ("last-batch-dropped", "last-batch-only"): "raised",
    ("first-batch-only", "divided-by-batches"): "sum-for-mean",
    ("last-batch-only", "divided-by-batches"): "sum-for-mean",
    ("labels-not-centred", "answers-not-centred"): "not-centred",
    ("factor-two", "sides-for-answers"): "not-squared",
    ("clamped", "sign-lost"): "factor-two",
    ("clamped", "rounded"): "searched-on-a-grid",
    ("sign-lost", "sides-for-answers"): "factor-two",
}


@pytest.mark.parametrize("exercise", BASES)
def test_one_of_two_mistakes_is_named(exercise):
    """Of a loader's pairs every fourth is tried."""
    known = [m for m in MISTAKES if m.exercise == exercise]
    built, every = 0, 4 if exercise == "loader_loss" else 1
    for pair in itertools.islice(
            itertools.combinations(known, 2), 0, None, every):
        function, codes = build(pair, BASES[exercise]), [m.code for m in pair]
        if function and len(set(codes)) == 2:
            built += 1
            report = getattr(check, exercise)(function)
            codes.append(THIRD.get(tuple(codes)))
            assert report.diagnosis in codes, codes
    assert built >= 20


# Which label --------------------------------------------------------------


def by_comparing(y_hat, Y):
    return ((y_hat > 0.5) != (Y > 0.5)).float().mean(0)


def by_flattening(y_hat, Y):
    return ((y_hat > 0.5) != (Y > 0.5)).float().flatten(0, -2).mean(0)


def by_counting(answers, truth):
    wrong = [0, 0]
    for a, y in zip(answers.tolist(), truth.tolist(), strict=True):
        for k in range(2):
            wrong[k] += (a[k] > 0.5) != (y[k] == 1)
    return [w / len(answers) for w in wrong]


def by_counting_as_a_tensor(y_hat, Y):
    return torch.tensor(by_counting(y_hat, Y))


def by_one_less(y_hat, Y):
    right = (y_hat.double().round().int() == Y.int())
    return 1 - right.sum(dim=0) / right.shape[0]


def by_bits(y_hat, Y):
    return torch.logical_xor(y_hat >= 0.5, Y.bool()).to(torch.float64).mean(0)


def by_sign(y_hat, Y):
    sides = torch.sign(y_hat - 0.5) * torch.sign(Y - 0.5)
    return torch.stack([(s < 0).sum() / len(s) for s in sides.unbind(1)])


@pytest.mark.parametrize("f", [
    by_comparing, by_flattening, by_counting_as_a_tensor, by_one_less,
    by_bits, by_sign,
], ids=lambda f: f.__name__)
def test_right_shares_pass(f):
    assert diagnoses("by_label", f) == {""}


# The loss of a loader -----------------------------------------------------


@torch.no_grad()
def by_sums(model, loader):
    total = entries = 0
    for X, Y in loader:
        total += ((model(X) - Y) ** 2).sum().item()
        entries += Y.numel()
    return total / entries


def by_weights(m, batches):
    with torch.no_grad():
        parts = [(len(X), torch.nn.functional.mse_loss(m(X), Y))
                 for X, Y in batches]
    return sum(n * loss for n, loss in parts) / sum(n for n, _ in parts)


def by_length_of_the_set(model, loader):
    total = 0.0
    for X, Y in loader:
        total += torch.nn.functional.mse_loss(
            model(X), Y, reduction="sum").item()
    return total / (2 * len(loader.dataset))


def by_one_big_batch(model, loader):
    X, Y = (torch.cat(parts) for parts in zip(*loader, strict=True))
    with torch.inference_mode():
        return torch.nn.MSELoss()(model(X), Y)


def by_eval_and_back(model, loader):
    kept = model.training
    model.eval()
    try:
        return by_sums(model, loader)
    finally:
        model.train(kept)


def by_detaching(model, loader):
    total, rows = torch.zeros((), dtype=torch.float64), 0
    for X, Y in loader:
        total += (model(X).detach() - Y).double().square().mean(1).sum()
        rows += X.shape[0]
    return total / rows


@pytest.mark.parametrize("f", [
    by_sums, by_weights, by_length_of_the_set, by_one_big_batch,
    by_eval_and_back, by_detaching,
], ids=lambda f: f.__name__)
def test_right_losses_pass(f):
    assert diagnoses("loader_loss", f, DRAWS // 4 + 1) == {""}


def test_two_mistakes_of_a_walk():
    def walk(model, loader):
        model.eval()
        losses = [torch.nn.functional.mse_loss(model(X), Y)
                  for X, Y in loader]
        return sum(losses) / len(losses)

    assert diagnoses("loader_loss", walk, 5) == {"batches-weighted-equally"}


g = torch.Generator().manual_seed(6)
X, Y = generate_data(20, g)
model = from_params(chapter7._batch(g, 1)[2])
loader = DataLoader(torch.utils.data.TensorDataset(X, Y), 8)


def walks_the_pages_loader(m, rows):
    return by_sums(m, loader)


def asks_the_pages_model(m, rows):
    return by_sums(model, rows)


def forgets_the_loader(m, rows):
    A, B = X, Y
    return ((m(A) - B) ** 2).mean().item()


@pytest.mark.parametrize("f", [
    walks_the_pages_loader, asks_the_pages_model, forgets_the_loader,
], ids=lambda f: f.__name__)
def test_the_pages_own_things_are_not_the_arguments(f):
    assert diagnoses("loader_loss", f, 5) == {"global-read"}


# How far towards one half -------------------------------------------------


def by_sums_of_products(y_hat, Y):
    u, v = y_hat - 0.5, Y - 0.5
    return (u * v).sum((-2, -1)) / (u * u).sum((-2, -1))


def by_dots(y_hat, Y):
    u, v = (y_hat - 0.5).flatten().double(), (Y - 0.5).flatten().double()
    return (u @ v / (u @ u)).item()


def by_loops(p, q):
    top = bottom = 0
    for a, b in zip(p.flatten().tolist(), q.flatten().tolist(), strict=True):
        top += (a - 0.5) * (b - 0.5)
        bottom += (a - 0.5) ** 2
    return top / bottom


def by_a_parabola(y_hat, Y):
    """Its lowest point, from three of its values."""
    def error(a):
        return ((0.5 + a * (y_hat.double() - 0.5) - Y) ** 2).mean()

    low, mid, high = error(-1), error(0), error(1)
    return (low - high) / (2 * (low - 2 * mid + high))


def by_newton(y_hat, Y):
    a = torch.zeros((), dtype=torch.float64, requires_grad=True)
    L = ((0.5 + a * (y_hat - 0.5) - Y) ** 2).sum()
    slope, = torch.autograd.grad(L, a, create_graph=True)
    bend, = torch.autograd.grad(slope, a)
    return a - slope / bend


def by_einsum(y_hat, Y):
    u, v = y_hat.sub(0.5), Y.sub(0.5)
    return torch.einsum("nk,nk->", u, v) / torch.einsum("nk,nk->", u, u)


@pytest.mark.parametrize("f", [
    by_sums_of_products, by_dots, by_loops, by_a_parabola, by_newton,
    by_einsum,
], ids=lambda f: f.__name__)
def test_right_shrinks_pass(f):
    assert diagnoses("best_shrink", f) == {""}


# Eighty points ------------------------------------------------------------

TWENTY = generate_data(20, torch.Generator().manual_seed(0))
SIGNS = torch.tensor([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]])


@pytest.mark.parametrize("mistake", entries("images"))
def test_each_set_of_images_gets_its_own_name(mistake):
    report = check.images(*build((mistake,), None)(*TWENTY))
    assert report.diagnosis == mistake.code, report


def in_blocks(X, Y):
    return torch.cat([X * s for s in SIGNS]), torch.cat([Y] * 4)


def side_by_side(X, Y):
    return (X[:, None] * SIGNS).flatten(0, 1), Y.repeat_interleave(4, 0)


def shuffled(X, Y):
    order = torch.randperm(80, generator=torch.Generator().manual_seed(3))
    X, Y = in_blocks(X, Y)
    return X[order], Y[order]


def as_lists(X, Y):
    return tuple(t.tolist() for t in in_blocks(X, Y))


def with_true_and_false(X, Y):
    return in_blocks(X, Y)[0], in_blocks(X, Y)[1].bool()


def as_arrays(X, Y):
    return tuple(t.numpy() for t in in_blocks(X, Y))


def in_float64_labelled_anew(X, Y):
    X = torch.cat([X.double() @ torch.diag(s.double()) for s in SIGNS])
    return X, label(X)


def column_by_column(X, Y):
    rows, labels = [], []
    for x, y in zip(X.tolist(), Y.tolist(), strict=True):
        for i, j in ((0, 1), (0, 2), (1, 2), (0, 0)):
            image = list(x)
            image[i], image[j] = -image[i], -image[j]
            rows.append(x if i == j else image)
            labels.append(y)
    return torch.tensor(rows), torch.tensor(labels)


@pytest.mark.parametrize("f", [
    in_blocks, side_by_side, shuffled, as_lists, as_arrays,
    with_true_and_false,
    in_float64_labelled_anew, column_by_column,
], ids=lambda f: f.__name__)
def test_the_eighty_points_pass(f):
    assert check.images(*f(*TWENTY)).diagnosis == ""


# Steps or width -----------------------------------------------------------


def stack(E, H, g):
    shapes = (E, 3, H), (E, H), (E, H, 2), (E, 2)
    return Params(*(0.2 * torch.randn(s, generator=g) for s in shapes))


def fresh(E, g):
    X, Y = generate_data(50 * E, g)
    return X.view(E, 50, 3), Y.view(E, 50, 2)


@functools.cache
def train(steps, points="stream", width=4, seed=13):
    """Ten networks, trained as the page trains them."""
    g = torch.Generator().manual_seed(seed)
    p = stack(10, width, g)
    fixed = fresh(10, g) if points == "fifty" else tuple(
        t.expand(10, *t.shape) for t in TWENTY)
    return on_a_stream(p, steps, g, None if points == "stream" else fixed)


def on_a_stream(p, steps, g, fixed=None):
    state = None
    for t in range(steps):
        X, Y = fixed or fresh(10, g)
        grads = torch.func.vmap(backward)(X, Y, p)
        grads = Params(*(d / Y[0].numel() for d in grads))
        p, state = adam(p, grads, state, lr=0.03 * (1 - t / steps))
    return p


@pytest.mark.parametrize("mistake", entries("stream"))
def test_each_way_of_training_gets_its_own_name(mistake):
    report = check.stream(*build((mistake,), None)(train))
    assert report.diagnosis == mistake.code, report


@pytest.mark.parametrize("seed", [13, 14])
def test_networks_from_a_stream_pass(seed):
    assert check.stream(train(1000, seed=seed), train(2000, seed=seed))


def test_the_same_starts_may_have_seen_other_points():
    g = torch.Generator().manual_seed(13)
    p0 = stack(10, 4, g)
    assert check.stream(*(on_a_stream(p0, n, g) for n in (1000, 2000)))


def as_tuples_of_float64(params):
    return tuple(p.double() for p in params)


def as_leaves(params):
    return Params(*(p.clone().requires_grad_() for p in params))


@pytest.mark.parametrize("f", [as_tuples_of_float64, as_leaves, list],
                         ids=lambda f: f.__name__)
def test_networks_pass_in_other_forms(f):
    assert check.stream(f(train(1000)), f(train(2000)))


# What is not an answer ----------------------------------------------------


@pytest.mark.parametrize("name", ["images", "stream"])
@pytest.mark.parametrize("blank", [None, ..., (None, None)])
def test_a_variable_left_empty_is_not_attempted(name, blank):
    assert getattr(check, name)(blank, blank).diagnosis == "not-attempted"


X80, Y80 = in_blocks(*TWENTY)
P = stack(10, 4, torch.Generator().manual_seed(0))
NAN = Params(*(p * torch.nan for p in P))


@pytest.mark.parametrize(("name", "pair", "code"), [
    ("images", (X80, None), "returned-none"),
    ("images", (X80 * torch.nan, Y80), "not-a-number"),
    ("images", (Y80, X80), "wrong-shape"),
    ("images", (X80.view(20, 4, 3), Y80), "wrong-shape"),
    ("images", (X80[:0], Y80[:0]), "wrong-shape"),
    ("images", (X80.T, Y80.T), "wrong-shape"),
    ("images", (X80, Y80.flip(0, 1)), "labels-swapped"),
    ("stream", (P, None), "no-networks"),
    ("stream", (P._replace(W1=P.W1.mT), P), "no-networks"),
    ("stream", (NAN, NAN), "not-a-number"),
    ("stream", (P.W1, P.W1), "no-networks"),
    ("stream", (P, ["a", "b", "c", "d"]), "no-networks"),
    ("stream", (P, [p.long() for p in P]), "untrained"),
])
def test_what_is_no_answer_is_told_so(name, pair, code):
    before = [p.clone() for p in P]
    assert getattr(check, name)(*pair).diagnosis == code
    assert all(map(torch.equal, before, P))


def test_a_loader_walks_again_after_the_check():
    """The reader's model and loader are not touched by their own walk."""
    numbers = [p.clone() for p in model.parameters()]
    check.loader_loss(by_sums)
    assert all(map(torch.equal, numbers, model.parameters()))
    assert len(list(loader)) == 3
