"""The checkers of chapter 3, on right and wrong answers."""

import itertools
import re
from fractions import Fraction

import pytest
import torch
from cases import reference
from checks import diagnoses, entries, wrong_solution

from toynet import backprop as by_hand
from toynet import check
from toynet.check import chapter3
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build
from toynet.net import Params, forward

BASES = {
    "backprop": by_hand.backward, "descend": by_hand.descend,
    "cross_entropy": chapter3._entropy_dz2,
}


@pytest.mark.parametrize("mistake", entries(*BASES))
def test_each_mistake_gets_its_own_name(mistake):
    function = wrong_solution(mistake, BASES[mistake.exercise])
    assert diagnoses(mistake.exercise, function) == {mistake.code}


@pytest.mark.parametrize("mistake", entries("entry"))
def test_each_slip_of_the_pencil_gets_its_name(mistake):
    X, Y, params = reference(torch.float64)
    found = wrong_solution(mistake, by_hand.backward, chapter3._pencilled)(
        X[:1], Y[:1], params)
    for value in (found, found.item(), round(found.item(), 4)):
        assert check.entry(value).diagnosis == mistake.code


@pytest.mark.parametrize("mistake", entries("rate"))
def test_each_wrong_rate_gets_its_name(mistake):
    rates = wrong_solution(mistake)(0.4, 20, 10)
    assert check.rate(rates).diagnosis == mistake.code
    assert check.rate(list(rates)).diagnosis == mistake.code


@pytest.mark.parametrize("mistake", entries("twins"))
def test_each_failed_pair_of_twins_gets_its_name(mistake):
    report = check.twins(wrong_solution(mistake)())
    assert report.diagnosis == mistake.code
    assert "gradients" in report.message


@pytest.mark.parametrize("mistake", entries("rises"))
def test_each_wrong_count_gets_its_name(mistake):
    function = wrong_solution(mistake, chapter3._heaps)
    assert check.rises(function).diagnosis == mistake.code


# Right answers that are written differently -------------------------------


def by_outer_products(X, Y, params):
    a = forward(X, params)
    dz2 = 2 * (a.y_hat - Y) * a.y_hat * (1 - a.y_hat)
    dz1 = (dz2 @ params.W2.T) * (a.z1 > 0)
    return (
        sum(torch.outer(x, d) for x, d in zip(X, dz1, strict=True)),
        sum(dz1),
        sum(torch.outer(h, d) for h, d in zip(a.h, dz2, strict=True)),
        sum(dz2),
    )


def by_einsum(X, Y, params):
    z1, h, _, y_hat = forward(X, params)
    d = 2 * (y_hat - Y) * y_hat * (1 - y_hat)
    e = torch.einsum("nk,jk->nj", d, params.W2) * (z1 > 0).float()
    return [torch.einsum("ni,nj->ij", X, e), torch.einsum("nj->j", e),
            torch.einsum("nj,nk->jk", h, d), torch.einsum("nk->k", d)]


def by_loops(X, Y, params):
    """For four hidden units, and no other number."""
    W1, b1, W2, b2 = params
    dW1, db1 = torch.zeros(3, 4), torch.zeros(4)
    dW2, db2 = torch.zeros(4, 2), torch.zeros(2)
    for x, y in zip(X, Y, strict=True):
        z1 = [sum(x[i] * W1[i, j] for i in range(3)) + b1[j]
              for j in range(4)]
        h = [max(z, torch.tensor(0.0)) for z in z1]
        for k in range(2):
            z2 = sum(h[j] * W2[j, k] for j in range(4)) + b2[k]
            p = 1 / (1 + torch.exp(-z2))
            d = 2 * (p - y[k]) * p * (1 - p)
            db2[k] += d
            for j in range(4):
                dW2[j, k] += h[j] * d
                if z1[j] > 0:
                    db1[j] += W2[j, k] * d
                    dW1[:, j] += x * W2[j, k] * d
    return dW1, db1, dW2, db2


def by_autograd(X, Y, params):
    copies = [p.clone().requires_grad_() for p in params]
    L = ((forward(X, Params(*copies)).y_hat - Y) ** 2).sum()
    L.backward()
    return tuple(p.grad for p in copies)


def by_autograd_on_what_was_given(X, Y, params):
    for p in params:
        p.requires_grad_()
    L = ((forward(X, params).y_hat - Y) ** 2).sum()
    L.backward()
    return [p.grad for p in params]


def by_torch_func(inputs, labels, numbers):
    def loss(p):
        return ((forward(inputs, p).y_hat - labels) ** 2).sum()

    return torch.func.grad(loss)(numbers)


def in_place(a, b, c):
    z1, h, _, y = forward(a, c)
    d = y.clone().sub_(b).mul_(2).mul_(y).mul_(1 - y)
    e = d @ c.W2.T
    e[z1 <= 0] = 0
    return a.T @ e, e.sum(dim=0), h.T @ d, d.sum(dim=0)


def in_float64(X, Y, params):
    p64 = Params(*(p.double() for p in params))
    return by_hand.backward(X.double(), Y.double(), p64)


def without_recording(X, Y, params):
    with torch.no_grad():
        return by_hand.backward(X, Y, params)


@pytest.mark.parametrize("f", [
    by_hand.backward, by_outer_products, by_einsum, by_loops, by_autograd,
    by_autograd_on_what_was_given, by_torch_func, in_place, in_float64,
    without_recording,
], ids=lambda f: f.__name__)
def test_a_right_backward_pass_passes(f):
    assert diagnoses("backprop", f, draws=20) == {""}


def step_in_place(params, grads, lr):
    for p, g in zip(params, grads, strict=True):
        p -= lr * g
    return params


def step_by_index(p, g, rate):
    return [p[i] - rate * g[i] for i in range(4)]


@pytest.mark.parametrize("f", [
    by_hand.descend, step_in_place, step_by_index,
], ids=lambda f: f.__name__)
def test_a_right_step_passes(f):
    assert diagnoses("descend", f) == {""}


@pytest.mark.parametrize("value", [
    0.002964965, 0.00297, 0.0030, torch.tensor(0.00296)])
def test_a_pencil_may_round(value):
    assert check.entry(value)


@pytest.mark.parametrize("rates", [
    (0.01, 0.02), [0.01, 0.02], torch.tensor([0.01, 0.02]),
    (torch.tensor(0.01), 0.4 / 20),
])
def test_the_right_rates_pass(rates):
    assert check.rate(rates)


def made_twins(dtype=torch.float32):
    W1, b1, W2, b2 = (p.to(dtype) for p in reference(torch.float64)[2])
    W1[:, 1], b1[1], W2[1] = W1[:, 0], b1[0], W2[0]
    return Params(W1, b1, W2, b2)


def walked_twins():
    X, Y, _ = reference(torch.float64)
    X, Y, p = X.float(), Y.float(), made_twins()
    for _ in range(500):
        p = by_hand.descend(p, by_hand.backward(X, Y, p), 0.01)
    return p


@pytest.mark.parametrize("made", [
    made_twins(), tuple(made_twins()), list(made_twins(torch.float64)),
    walked_twins(), [p.requires_grad_() for p in made_twins()],
], ids=["params", "tuple", "float64", "walked", "leaves"])
def test_twins_pass(made):
    assert check.twins(made)


def in_a_loop(lr, steps=1000):
    """As a reader would, one step after the other."""
    X, Y, p = reference(torch.float64)
    heaps = [0, 0, 0]
    for _ in range(steps):
        gate = forward(X, p).z1 > 0
        before = ((forward(X, p).y_hat - Y) ** 2).sum()
        p = by_hand.descend(p, by_hand.backward(X, Y, p), lr)
        z1, _, _, y_hat = forward(X, p)
        held = torch.sigmoid((z1 * gate) @ p.W2 + p.b2)
        if ((y_hat - Y) ** 2).sum() > before:
            if torch.equal(z1 > 0, gate):
                heaps[0] += 1
            elif ((held - Y) ** 2).sum() <= before:
                heaps[1] += 1
            else:
                heaps[2] += 1
    return heaps


@pytest.mark.parametrize("f", [
    in_a_loop, lambda lr, steps: torch.tensor(in_a_loop(lr, steps)),
    lambda r, n: dict(enumerate(in_a_loop(r, n))),
    lambda r, n: tuple(float(x) for x in chapter3._heaps(r, n)),
], ids=["loop", "tensor", "dict", "floats"])
def test_right_heaps_pass(f):
    assert check.rises(f)


def simplified(a, b):
    return a - b


def not_simplified(y_hat, Y):
    return (-Y / y_hat + (1 - Y) / (1 - y_hat)) * y_hat * (1 - y_hat)


def by_the_label(p, y):
    return torch.where(y == 1, p - 1, p)


def row_by_row(p, y):
    out = torch.empty_like(p)
    for n in range(len(p)):
        for k in range(2):
            out[n, k] = p[n, k] - y[n, k]
    return out


@pytest.mark.parametrize("f", [
    simplified, not_simplified, by_the_label, row_by_row,
], ids=lambda f: f.__name__)
def test_a_right_slope_of_the_cross_entropy_passes(f):
    assert diagnoses("cross_entropy", f) == {""}


@pytest.mark.parametrize(("checker", "given"), [
    ("entry", None), ("rate", (None, None)), ("rate", None),
    ("twins", None), ("rises", lambda lr, steps=1000: None),
    ("cross_entropy", lambda y_hat, Y: None),
])
def test_a_stub_is_not_attempted(checker, given):
    assert getattr(check, checker)(given).diagnosis == "not-attempted"


@pytest.mark.parametrize(("checker", "given"), [
    ("entry", "0.003"), ("entry", float("nan")), ("entry", [0.003]),
    ("rate", 0.01), ("rate", (0.01,)), ("rate", ("a", "b")),
    ("twins", [1, 2]), ("twins", made_twins()._replace(b1=None)),
    ("twins", made_twins()._replace(b1=torch.full((4,), torch.nan))),
    ("twins", [made_twins()] * 501), ("twins", 3),
    ("rises", lambda lr: [0, 0, 0]), ("rises", lambda lr, steps: 7),
    ("rises", lambda lr, steps: [torch.nan] * 3), ("rises", 5),
])
def test_what_can_not_be_right_is_told_so(checker, given):
    report = getattr(check, checker)(given)
    assert not report
    assert report.message
    assert report.diagnosis != "not-attempted"


def filled(give):
    """Right but for what `give` makes of the four."""
    return lambda X, Y, params: give(*by_hand.backward(X, Y, params))


@pytest.mark.parametrize(("f", "code", "told"), [
    (filled(lambda *g: (g[0], torch.zeros(4), g[2], torch.zeros(2))),
     "unknown", "db1 is zero everywhere"),
    (filled(lambda *g: (g[0], g[1], torch.ones(4, 2), g[3])),
     "unknown", "dW2 is wrong"),
    (filled(lambda *g: [t * torch.nan for t in g]),
     "not-a-number", "dW1 is not a number"),
    (lambda X, Y, params: X[7], "raised", "with `X` of shape (7, 3)"),
    (filled(lambda *g: [t.half() for t in g]), "unknown",
     "-0.7598, not -0.7596"),
], ids=["zeros", "ones", "nan", "row-seven", "half"])
def test_what_has_no_name_is_told_as_it_is(f, code, told):
    report = check.backprop(f)
    assert report.diagnosis == code
    assert told in report.message


@pytest.mark.parametrize(("checker", "given", "right"), [
    ("entry", 0.5, "0.00296"), ("row", [0.5, 0.3], "0.6"),
    ("rate", (20.0, 10.0), "0.01"), ("rate", (3.0, 7.0), "0.02"),
])
def test_a_number_to_be_found_is_not_told(checker, given, right):
    message = getattr(check, checker)(given).message
    assert right not in message
    assert "``" not in message


def stopped_early(lr, steps):
    return [int(n == 2 and lr > 0.5) for n in range(3)]


def test_zeros_are_not_taken_for_a_mistake():
    assert check.rises(stopped_early).diagnosis == "unknown"


def test_rates_may_be_fractions():
    assert check.rate((Fraction(1, 100), Fraction(1, 50)))


# Two mistakes at once -----------------------------------------------------

PAIRS = [
    pair for pair in itertools.combinations(
        [m for m in MISTAKES if m.exercise == "backprop"], 2)
    if build(pair, by_hand.backward)
]


THIRD = {  # pairs that are a third mistake: N and 2 make 2N, for example
    ("bias-averaged", "weights-averaged"): "mean-over-rows",
    ("factor-two", "mean-over-rows"): "mean-for-sum",
    ("factor-two-again", "mean-for-sum"): "mean-over-rows",
    ("updated-too-early", "weights-averaged"): "mean-over-rows",
}
WHOLE = {  # what was skipped in one place, by its name for all of them
    "slope-skipped-in-a-sum": "sigmoid-slope-forgotten",
    "gate-skipped-in-a-sum": "gate-forgotten",
}


def raises_at_once(f):
    with pytest.raises(RuntimeError):
        f(*reference(torch.float64))
    return "raised"


def test_one_of_two_mistakes_is_named():
    """Every fortieth pair; some never give a number, and only raise."""
    assert len(PAIRS) > 400
    for pair in PAIRS[::40]:
        function = build(pair, by_hand.backward)
        report = check.backprop(function)
        codes = tuple(sorted(m.code for m in pair))
        known = {*codes, THIRD.get(codes), *map(WHOLE.get, codes)}
        if report.diagnosis == "raised":
            known.add(raises_at_once(function))
        named = re.findall(r"[a-z0-9-]+", report.message)
        assert known & {report.diagnosis, *named}, codes
