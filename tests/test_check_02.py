"""The checkers of chapter 2, on right and wrong answers."""

import itertools
import math

import numpy as np
import pytest
import torch
from checks import DRAWS, diagnoses, entries, wrong_solution

from toynet import check, net
from toynet.check import chapter2
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build
from toynet.data import generate_data
from toynet.net import Params

g = torch.Generator().manual_seed(0)
X, Y = generate_data(20, g)
params = net.init_params(g)
z1, h, z2, y_hat = net.forward(X, params)


def outputs(activations):
    return activations.y_hat


BASES = {"forward": (net.forward, outputs), "forward-square": (None, None),
         "loss": (net.sse, None), "best_constant": (chapter2._share, None)}


@pytest.mark.parametrize("mistake", entries(*BASES))
def test_each_mistake_gets_its_own_name(mistake):
    function = wrong_solution(mistake, *BASES[mistake.exercise])
    exercise, _, square = mistake.exercise.partition("-")
    draws = DRAWS if square else None  # tried last, so that it takes long
    assert diagnoses(exercise, function, draws) == {mistake.code}


def told_of_row(mistake, form=lambda x: x):
    function = wrong_solution(mistake, net.forward, lambda a: a.y_hat[1])
    return check.row(form(function(X, params)))


@pytest.mark.parametrize("mistake", entries("row"))
def test_each_pencil_mistake_gets_its_own_name(mistake):
    assert told_of_row(mistake).diagnosis == mistake.code
    assert told_of_row(mistake, torch.Tensor.tolist).diagnosis == mistake.code


@pytest.mark.parametrize("mistake", [
    m for m in entries("row") if m.values[0].exchanges])
def test_a_pencil_mistake_is_known_with_three_decimals(mistake):
    found = told_of_row(mistake, lambda t: t.round(decimals=3).tolist())
    assert found.diagnosis == mistake.code


@pytest.mark.parametrize("mistake", entries("broadcast"))
def test_each_mistake_of_the_means_gets_its_own_name(mistake):
    pair = wrong_solution(mistake, chapter2._two_means)(y_hat, Y)
    assert check.broadcast(*pair).diagnosis == mistake.code
    pair = [mean.tolist() for mean in pair]
    assert check.broadcast(*pair).diagnosis == mistake.code


# Right answers that are written differently: forward ----------------------


def one_line(X, p):
    return torch.sigmoid(torch.relu(X @ p.W1 + p.b1) @ p.W2 + p.b2)


def by_loops(X, params):
    """For four hidden units, and no other number; plain numbers inside."""
    W1, b1, W2, b2 = (p.tolist() for p in params)
    out = []
    for x in X.tolist():
        z1 = [sum(x[i] * W1[i][j] for i in range(3)) + b1[j]
              for j in range(4)]
        z2 = [sum(max(z1[j], 0) * W2[j][k] for j in range(4)) + b2[k]
              for k in range(2)]
        out.append([1 / (1 + math.exp(-z)) for z in z2])
    return torch.tensor(out)


def by_einsum(batch, numbers):
    W1, b1, W2, b2 = numbers
    inside = torch.einsum("ni,ij->nj", batch, W1) + b1
    return torch.einsum("nj,jk->nk", inside.clamp(min=0), W2).add(
        b2).sigmoid()


def in_place(X, params):
    z = X.mm(params[0]).add_(params[1])
    z[z < 0] = 0
    return z.mm(params[2]).add_(params[3]).neg_().exp_().add_(1).pow_(-1)


def by_linear(X, params):
    linear = torch.nn.functional.linear
    h = torch.nn.functional.relu(linear(X, params.W1.T, params.b1))
    return torch.special.expit(linear(h, params.W2.t(), params.b2))


def by_layers(X, params):
    one, two = torch.nn.Linear(3, len(params.b1)), torch.nn.Linear(4, 2)
    one.weight.data, one.bias.data = params.W1.T, params.b1
    two.weight.data, two.bias.data = params.W2.T, params.b2
    return torch.nn.Sequential(
        one, torch.nn.ReLU(), two, torch.nn.Sigmoid())(X)


def in_float64(X, params):
    p = Params(*(t.double() for t in params))
    return one_line(X.double(), p)


def by_columns(X, params):
    h = torch.maximum(params.W1.T @ X.T + params.b1[:, None],
                      torch.tensor(0.0))
    return (1 / (1 + torch.exp(-(params.W2.T @ h + params.b2[:, None])))).T


def by_rows(X, params):
    return torch.stack([one_line(x, params) for x in X])


def by_addmm(X, params):
    h = torch.addmm(params.b1, X, params.W1)
    h = torch.where(h > 0, h, torch.zeros_like(h))
    z = torch.addmm(params.b2, h, params.W2)
    return torch.exp(z) / (1 + torch.exp(z))


def by_tanh(X, params):
    z = ((X @ params.W1 + params.b1) * (X @ params.W1 + params.b1 > 0)
         ) @ params.W2 + params.b2
    return (torch.tanh(z / 2) + 1) / 2


def by_a_column_of_ones(X, params):
    ones = torch.ones(len(X), 1)
    W = torch.cat([params.W1, params.b1[None]])
    V = torch.cat([params.W2, params.b2[None]])
    h = torch.relu(torch.cat([X, ones], 1) @ W)
    return torch.sigmoid(torch.hstack([h, ones]) @ V)


def from_the_package(X, params):
    return net.forward(X, params).y_hat


def recording(X, params):
    for p in params:
        p.requires_grad_()
    return one_line(X, params)


@pytest.mark.parametrize("f", [
    one_line, by_loops, by_einsum, in_place, by_linear, by_layers,
    in_float64, by_columns, by_rows, by_addmm, by_tanh, by_a_column_of_ones,
    from_the_package, recording,
], ids=lambda f: f.__name__)
def test_a_right_forward_pass_passes(f):
    assert diagnoses("forward", f, draws=20) == {""}


# The loss -----------------------------------------------------------------


def loss_by_loops(y_hat, Y):
    total = 0.0
    for n in range(len(Y)):
        for k in range(2):
            total += (y_hat[n, k].item() - Y[n, k].item()) ** 2
    return total


def loss_as_a_norm(a, b):
    return torch.linalg.norm(a - b) ** 2


def loss_as_a_product(y_hat, Y):
    d = (y_hat - Y).flatten()
    return d @ d


def loss_of_the_library(y_hat, Y):
    return torch.nn.functional.mse_loss(y_hat, Y, reduction="sum")


def loss_from_the_mean(y_hat, Y):
    return torch.nn.MSELoss()(y_hat, Y) * Y.numel()


def loss_by_steps(y_hat, Y):
    d = Y.double().sub(y_hat)
    return d.pow_(2).sum(0).sum()


def loss_by_cases(y_hat, Y):
    return torch.where(Y == 1, (1 - y_hat) ** 2, y_hat ** 2).sum()


def loss_opened(y_hat, Y):
    return (y_hat * y_hat - 2 * y_hat * Y + Y * Y).sum()


def loss_by_einsum(p, t):
    return torch.einsum("nk,nk->", p - t, p - t)


@pytest.mark.parametrize("f", [
    net.sse, loss_by_loops, loss_as_a_norm, loss_as_a_product,
    loss_of_the_library, loss_from_the_mean, loss_by_steps, loss_by_cases,
    loss_opened, loss_by_einsum,
], ids=lambda f: f.__name__)
def test_a_right_loss_passes(f):
    assert diagnoses("loss", f, draws=20) == {""}


# The best constant --------------------------------------------------------


def constant_as_a_list(Y):
    return [Y[:, 0].mean().item(), Y[:, 1].mean().item()]


def constant_as_tensors(labels):
    return labels[:, 0].mean(), labels[:, 1].mean()


def constant_with_an_axis(Y):
    return Y.mean(0, keepdim=True)


def constant_counted(Y):
    return torch.tensor([sum(column) / len(Y) for column in Y.T.tolist()])


def constant_by_einsum(Y):
    return torch.einsum("nk->k", Y.double()) / Y.shape[0]


def constant_by_search(Y):
    cs = torch.linspace(0, 1, 101)
    cost = ((cs[:, None, None] - Y) ** 2).sum(1)
    return cs[cost.argmin(0)]


def constant_by_descent(Y):
    c = torch.full((2,), 0.5)
    for _ in range(200):
        c -= 0.1 * 2 * (c - Y).mean(0)
    return c


def constant_by_least_squares(Y):
    return torch.linalg.lstsq(torch.ones(len(Y), 1), Y).solution


def constant_by_autograd(Y):
    c = torch.zeros(2, requires_grad=True)
    ((c - Y) ** 2).sum().backward()
    return c - c.grad / (2 * len(Y))


@pytest.mark.parametrize("f", [
    chapter2._share, constant_as_a_list, constant_as_tensors,
    constant_with_an_axis, constant_counted, constant_by_einsum,
    constant_by_search, constant_by_descent, constant_by_least_squares,
    constant_by_autograd,
], ids=lambda f: f.__name__)
def test_a_right_constant_passes(f):
    assert diagnoses("best_constant", f, draws=20) == {""}


# Found with a pencil, or in a cell ----------------------------------------


def pencil(digits, of_params=False):
    """The second row, rounding every result, the parameters too if told."""
    W1, b1, W2, b2 = (p.round(decimals=digits) if of_params else p
                      for p in params)
    x = X[1].round(decimals=digits) if of_params else X[1]
    h = torch.relu((x @ W1 + b1).round(decimals=digits))
    z = (h @ W2 + b2).round(decimals=digits)
    return torch.sigmoid(z).round(decimals=digits)


@pytest.mark.parametrize("mine", [
    y_hat[1], y_hat[1].tolist(), tuple(y_hat[1].tolist()), y_hat[1:2],
    y_hat[1].numpy(), y_hat[1].double(), [y_hat[1, 0], y_hat[1, 1]],
    y_hat[1:2].tolist(), pencil(3), pencil(4), pencil(3, of_params=True),
    pencil(4, of_params=True).tolist(), (y_hat[1] * 1000).floor() / 1000,
    [np.float32(y_hat[1, 0].item()), np.float64(y_hat[1, 1].item())],
])
def test_a_right_row_passes(mine):
    report = check.row(mine)
    assert report.passed, report
    assert report.diagnosis == ""


def test_the_row_has_one_silent_unit_the_second():
    assert (h[1] == 0).tolist() == [False, True, False, False]
    assert "One hidden unit was silent, the second" in check.row(
        y_hat[1]).message


def means(y, t):
    return ((y[:, :1] - t[:, 0]) ** 2).mean(), (
        (y[:, 0] - t[:, 0]) ** 2).mean()


@pytest.mark.parametrize("pair", [
    means(y_hat, Y), [m.item() for m in means(y_hat, Y)],
    means(y_hat.numpy(), Y.numpy()),
    [round(m.item(), 3) for m in means(y_hat, Y)],
    means(y_hat.double(), Y.double()),
    (((y_hat[:, 0] - Y[:, :1]) ** 2).mean(),
     torch.nn.functional.mse_loss(y_hat[:, 0], Y[:, 0])),
    (((y_hat[:, None, 0] - Y[None, :, 0]) ** 2).sum() / 20 ** 2,
     ((y_hat - Y) ** 2).mean(0)[0]),
])
def test_right_means_pass(pair):
    report = check.broadcast(*pair)
    assert report.passed, report


# Answers that go wrong in ways of their own --------------------------------


W1, b1, W2, b2 = (p.tolist() for p in params)  # as on the page
share, L = Y.mean(0), net.sse(y_hat, Y)


def reads_X(x, p):
    return one_line(X, p)


def reads_params(X, p):
    return one_line(X, params)


def reads_lists(X, params):
    z1 = X @ torch.tensor(W1) + torch.tensor(b1)
    return torch.sigmoid(torch.relu(z1) @ params.W2 + params.b2)


def reads_lists_bare(X, params):
    return torch.sigmoid(torch.relu(X @ W1 + b1) @ W2 + b2)


def reads_y_hat(X, params):
    return y_hat


def reads_h(X, params):
    return torch.sigmoid(h @ params.W2 + params.b2)


def four_results(X, params):
    return net.forward(X, params)


def two_results(X, params):
    _, _, z2, y_hat = net.forward(X, params)
    return z2, y_hat


def one_point(X, params):
    return torch.stack([
        1 / (1 + torch.exp(-sum(
            max(sum(X[i] * params.W1[i, j] for i in range(3))
                + params.b1[j], 0) * params.W2[j, k]
            for j in range(4)) - params.b2[k])) for k in range(2)])


def one_batch_of_one(X, params):
    z1 = (X @ params.W1 + params.b1).reshape(4)
    h = torch.tensor([max(z.item(), 0) for z in z1])
    return torch.sigmoid(h @ params.W2 + params.b2).reshape(1, 2)


def loses_the_batch(X, params):
    for x in X:
        y = one_line(x, params)
    return y


def returns_in_the_loop(X, params):
    for x in X:
        return one_line(x, params)
    return None


def five_arguments(X, W1, b1, W2, b2):
    return torch.sigmoid(torch.relu(X @ W1 + b1) @ W2 + b2)


def by_numpy(X, params):
    return one_line(X, params).numpy()


def as_lists(X, params):
    return one_line(X, params).tolist()


def stores_into_X(X, params):
    X @= params.W1.T
    return X


def centred(X, params):
    return one_line(X - X.mean(0), params)


def changes_h(X, params):
    params.b1.zero_()
    return net.forward(X, params).y_hat


@pytest.mark.parametrize(("f", "diagnosis"), [
    (reads_X, "global-read"), (reads_params, "global-read"),
    (reads_y_hat, "stale-activations"), (reads_h, "stale-activations"),
    (reads_lists, "global-read"), (reads_lists_bare, "global-read"),
    (four_results, "returned-all"), (two_results, "returned-all"),
    (one_point, "one-row-only"), (one_batch_of_one, "one-row-only"),
    (loses_the_batch, "one-row-only"), (returns_in_the_loop, "one-row-only"),
    (five_arguments, "wrong-arguments"), (by_numpy, "not-a-tensor"),
    (as_lists, "not-a-tensor"), (stores_into_X, "raised"),
    (centred, "unknown"), (changes_h, "no-hidden-bias"),
])
def test_a_way_to_go_wrong_has_a_name(f, diagnosis):
    assert check.forward(f).diagnosis == diagnosis


def loss_of_the_page(y, t):
    return ((y_hat - Y) ** 2).sum()


def loss_that_is_there(y, t):
    return L


def loss_printed(y_hat, Y):
    print(((y_hat - Y) ** 2).sum())


@pytest.mark.parametrize(("f", "diagnosis"), [
    (loss_of_the_page, "stale-activations"), (loss_that_is_there,
                                              "global-read"),
    (loss_printed, "returned-none"),
])
def test_a_way_to_miss_the_loss_has_a_name(f, diagnosis):
    assert check.loss(f).diagnosis == diagnosis


def constant_of_the_page(labels):
    return Y.mean(0)


def constant_that_is_there(labels):
    return share


def constant_of_nothing():
    return Y.mean(0)


@pytest.mark.parametrize(("f", "diagnosis"), [
    (constant_of_the_page, "global-read"),
    (constant_that_is_there, "global-read"),
    (constant_of_nothing, "raised"),
])
def test_a_way_to_miss_the_constant_has_a_name(f, diagnosis):
    assert check.best_constant(f).diagnosis == diagnosis


LOOP = []
LOOP.append(LOOP)


@pytest.mark.parametrize(("mine", "diagnosis"), [
    (None, "not-attempted"), (..., "not-attempted"),
    ((None, None), "not-attempted"), ([0.55, 0.52], "unknown"),
    (0.6, "wrong-shape"), ([0.6], "wrong-shape"), ("0.6", "not-a-tensor"),
    ([0.6, None], "not-a-tensor"), (y_hat, "wrong-shape"),
    (LOOP, "unreadable"),
    ([math.nan, math.nan], "not-a-number"), ([[0.6], [0.6]], "wrong-shape"),
    ([0.6077, 0.6478, 0.5], "wrong-shape"), (net.forward, "not-a-tensor"),
    (Y[1], "labels-for-outputs"), ({"y": 1}, "not-a-tensor"),
])
def test_other_rows_are_told_apart(mine, diagnosis):
    assert check.row(mine).diagnosis == diagnosis


@pytest.mark.parametrize(("pair", "diagnosis"), [
    ((None, None), "not-attempted"), ((0.2829, None), "not-attempted"),
    ((None, 0.2768), "not-attempted"), ((0.5, 0.1), "unknown"),
    (("0.28", "0.27"), "not-a-tensor"), ((math.nan, 0.2768), "not-a-number"),
    (([0.2829], 0.2768), "wrong-shape"),
])
def test_other_means_are_told_apart(pair, diagnosis):
    assert check.broadcast(*pair).diagnosis == diagnosis


# Two mistakes at once -----------------------------------------------------


THIRD = {  # two mistakes that make another, or another two: 2 / 2N is 1 / N
    ("relu-for-sigmoid", "sigmoid-for-relu"): "activations-swapped",
    ("transposed-result", "batch-transposed"): "columns-for-rows",
    ("sigmoid-twice", "activations-swapped"): "relu-at-the-end",
    ("mean-over-rows", "not-squared"): "mean-for-sum",
    ("mean-over-rows", "half-taken"): "mean-for-sum",
    ("absolute-for-square", "added-for-subtracted"): "not-squared",
    ("doubled-for-squared", "length-of-each-row"): "not-squared",
    ("doubled-for-squared", "half-taken"): "not-squared",
    ("doubled-for-squared", "one-a-row"): "not-squared",
    ("squares-subtracted", "root-taken"): "not-squared",
    ("squares-subtracted", "length-of-each-row"): "not-squared",
    ("one-output-only", "one-a-column"): "mean-for-sum",
    ("one-row-only", "half-taken"): "mean-for-sum",
    ("one-row-only", "one-a-column"): "mean-for-sum",
    ("square-of-the-sum", "largest-only"): "squares-subtracted",
    ("square-of-the-sum", "length-of-each-row"): "not-squared",
    ("square-of-row-sums", "not-summed"): "square-of-the-sum",
    ("square-of-column-sums", "not-summed"): "square-of-the-sum",
    ("root-taken", "not-summed"): "absolute-for-square",
    ("length-of-each-row", "not-summed"): "root-taken",
    ("root-taken", "cost-for-constant"): "spread-for-mean",
    ("squared", "spread-for-mean"): "cost-for-constant",
    ("cost-for-constant", "wrong-axis"): "spread-for-mean",
    ("sigmoid-of-share", "logit-of-share"): "",
    ("logit-of-share", "one-half"): "majority-for-share",
    ("cost-for-constant", "one-half"): "squared",
}


def pairs(exercise):
    """All pairs of the catalogue that can be made together, as functions."""
    base, gives = BASES[exercise]
    known = [m for m in MISTAKES if m.exercise == exercise]
    for pair in itertools.combinations(known, 2):
        function = build(pair, base)
        if function and gives:
            yield pair, lambda *args, f=function: gives(f(*args))
        elif function:
            yield pair, function


def one_is_named(exercise, pair, function):
    """Say whether one of a pair is named; two may make what only raises."""
    found = getattr(check, exercise)(function).diagnosis
    codes = tuple(m.code for m in pair)
    return found in (*codes, THIRD.get(codes), "raised")


@pytest.mark.parametrize(("exercise", "least", "step"), [
    ("forward", 500, 11), ("loss", 100, 1), ("best_constant", 50, 1)])
def test_one_of_two_mistakes_is_named(exercise, least, step):
    """Of the forward pass it takes every eleventh pair, to save time."""
    found = list(pairs(exercise))
    assert len(found) > least
    for pair, function in found[::step]:
        assert one_is_named(exercise, pair, function), [
            m.code for m in pair]
