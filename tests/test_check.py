"""The checkers on whatever a reader may hand in.

What each checker says of right and wrong answers is in the test files of
the chapters; here is what holds for all of them.
"""

import contextlib
import importlib
import inspect
import os
import random
import re
import sys
import time
from collections import deque
from decimal import Decimal

import numpy as np
import pytest
import torch

from toynet import check
from toynet.backprop import backward
from toynet.check import guard
from toynet.check.report import Report
from toynet.net import forward, init_params

CHECKERS = [name for name in check.__all__ if name != "summary"]


def given(name):
    """The parameters through which a reader's answer comes in."""
    names = inspect.signature(getattr(check, name)).parameters
    return [n for n in names if n not in ("seed", "name")]


def ask(name, answer):
    """Hand the same answer to every parameter of a checker."""
    extra = {"name": "momentum"} if name == "optimizer" else {}
    return getattr(check, name)(*[answer] * len(given(name)), **extra)


def state():
    """Global state that no checker may change."""
    return (
        torch.get_rng_state().tolist(), random.getstate(),
        np.random.get_state()[1].tolist(), torch.get_default_dtype(),
        torch.is_grad_enabled(), torch.get_num_threads(), sys.stdout,
    )


# Whatever is handed in ----------------------------------------------------


class Hostile:
    """Raises whatever is asked of it."""

    def __getattr__(self, name):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")


def raises(*args):
    raise ValueError("several\nlines, `a` <b>")


def recurses(*args):
    return recurses(*args)


def returns_none(*args):
    len(args)


def returns_a_generator(*args):
    yield 1


async def returns_a_coroutine(*args):
    return 1


def make_noise():
    """Print, seed every generator, and change PyTorch's settings."""
    print("text")
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.set_num_threads(2)


def sets_and_changes_all(*args):
    make_noise()
    for t in args:
        if isinstance(t, torch.Tensor):
            t.zero_()


ANSWERS = [
    1, 1.5, "text", b"", True, {}, {"a": 1}, set(), [1, "a"], [[1], [2, 3]],
    (), torch.nan, torch.tensor(torch.nan), torch.zeros(0), torch.zeros(7, 3),
    np.zeros(3), np.array("a"), Hostile(), Hostile, int, len, print, object(),
    torch.nn.Linear(3, 2), torch.nn.Linear, type("Empty", (), {"a": 1}),
    raises, recurses, returns_none, returns_a_generator, returns_a_coroutine,
    sets_and_changes_all, lambda *args: sys.exit(3), lambda *args: "dW1",
    lambda *args: torch.tensor(torch.nan), lambda *args: np.zeros((7, 2)),
    lambda *args: torch.empty(7, 2, device="meta"), lambda *args: Hostile(),
    lambda *args: args,
]


@pytest.mark.parametrize("name", CHECKERS)
def test_a_checker_survives_whatever_it_is_given(name):
    before = state()
    for answer in ANSWERS:
        report = ask(name, answer)
        assert isinstance(report, Report)
        assert not report, answer
        assert report.message
        assert report.diagnosis not in ("", "unreadable"), answer
        assert repr(report)
        assert report._repr_html_()
    assert state() == before


@pytest.mark.parametrize("name", CHECKERS)
@pytest.mark.parametrize("blank", [
    None, ..., lambda *args: None, [], (None, None), [[None, None]]])
def test_an_empty_stub_is_not_attempted(name, blank):
    assert ask(name, blank).diagnosis == "not-attempted"


def stub_with_a_docstring(X, Y, params):
    """Return the four gradients."""
    ...


def stub_to_raise(X, Y, params):
    raise NotImplementedError


@pytest.mark.parametrize("f", [stub_with_a_docstring, stub_to_raise])
def test_stubs_of_other_styles_are_not_attempted(f):
    assert check.backprop(f).diagnosis == "not-attempted"


# How an answer uses its arguments -----------------------------------------


g = torch.Generator().manual_seed(4)
X, Y = torch.randn(20, 3, generator=g), torch.ones(20, 2)
params = init_params(g)
z1, h, z2, y_hat = forward(X, params)


def dz1_of(x, y, p, gate=True):
    a = forward(x, p)
    dz1 = (2 * (a.y_hat - y) * a.y_hat * (1 - a.y_hat)) @ p.W2.T
    return dz1 * (a.z1 > 0) if gate else dz1


def reads_X(x, y, p):
    return X.T @ dz1_of(x, y, p), *backward(x, y, p)[1:]


def product(dz1):
    return X.T @ dz1


def reads_X_and_forgets_a_gate(x, y, p):
    dz1, (_, _, dW2, db2) = dz1_of(x, y, p, gate=False), backward(x, y, p)
    return X.T @ dz1, dz1.sum(0), dW2, db2


def calls_forward_for_its_side_effects(x, y, p):
    forward(x, p)
    dz2 = 2 * (y_hat - y) * y_hat * (1 - y_hat)
    dz1 = (dz2 @ p.W2.T) * (z1 > 0)
    return x.T @ dz1, dz1.sum(0), h.T @ dz2, dz2.sum(0)


TOTAL = [torch.zeros_like(p) for p in params]


def adds_to_a_total(x, y, p):
    for t, d in zip(TOTAL, backward(x, y, p), strict=True):
        t += d
    return TOTAL


def changes_X(X, Y, params):
    X += 1
    return backward(X - 1, Y, params)


def updates_first(X, Y, params):
    grads = backward(X, Y, params)
    params.W2.sub_(grads.W2)
    return grads


def misspelt(X, Y, params):
    return backward(X, Y, parms)  # noqa: F821


class Mute(Exception):
    def __str__(self):
        raise ValueError("an exception without a text")


def raises_mutely(X, Y, params):
    raise Mute


def gives_rows_for_columns(X, Y, params):
    return backward(X.T, Y, params)


def each(change):
    """The right function, with each gradient changed."""
    return lambda X, Y, params: [change(d) for d in backward(X, Y, params)]


def one(name, change):
    """The right function, with one gradient changed."""
    return lambda X, Y, params: (d := backward(X, Y, params))._replace(
        **{name: change(getattr(d, name))})


@pytest.mark.parametrize(("f", "diagnosis"), [
    (reads_X, "global-read"),
    (lambda x, y, p: (product(dz1_of(x, y, p)), *backward(x, y, p)[1:]),
     "global-read"),
    (reads_X_and_forgets_a_gate, "global-read"),
    (calls_forward_for_its_side_effects, "stale-activations"),
    (adds_to_a_total, "accumulates"),
    (changes_X, "changed-input"),
    (updates_first, "changed-input"),
    (lambda params, X, Y: backward(X, Y, params), "argument-order"),
    (lambda X, Y: (X, Y), "wrong-arguments"),
    (params, "not-a-function"),
    (lambda *given: backward(*given)[:3], "wrong-count"),
    (lambda *given: (*backward(*given), 1.0), "wrong-count"),
    (lambda *given: backward(*given)._asdict(), "wrong-count"),
    (each(torch.Tensor.tolist), "not-a-tensor"),
    (each(torch.Tensor.numpy), "not-a-tensor"),
    (each(lambda d: d + 1), "unknown"),
    (each(lambda d: d > 0), "wrong-dtype"),
    (each(lambda d: d[None]), "axis-kept"),
    (each(lambda d: d[None, None]), "wrong-shape"),
    (each(lambda d: d / 0 * 0), "not-a-number"),
    (each(lambda d: 2.5 * d), "wrong-factor"),
    (each(lambda d: -0.01 * d), "wrong-factor"),
    (returns_none, "returned-none"),
    (raises, "raised"),
    (misspelt, "raised"),
])
def test_a_way_to_go_wrong_has_a_name(f, diagnosis):
    assert check.backprop(f).diagnosis == diagnosis


@pytest.mark.parametrize(("f", "told"), [
    (reads_X_and_forgets_a_gate, "gate-forgotten"),
    (each(lambda d: 2.5 * d), "dW1 is right but for a factor of 2.5"),
    (each(lambda d: 0 * d), "dW1 is zero everywhere"),
    (one("b1", torch.neg), "db1 is right but for its sign, dW2"),
    (one("W2", lambda d: d + 1), "dW2 is wrong: at ["),
    (misspelt, "name 'parms' is not defined in line "),
    (misspelt, "`return backward(X, Y, parms)"),
    (raises, "ValueError: several lines, `a` <b> in line "),
    (raises_mutely, "It raised Mute in line "),
    (gives_rows_for_columns, "`return backward(X.T, Y, params)"),
])
def test_a_report_says_what_was_seen(f, told):
    assert told in check.backprop(f).message


def endless(*args):
    while True:
        pass


def stubborn(*args):
    end = time.monotonic() + 3  # a thread that won't be stopped at once
    while time.monotonic() < end:
        with contextlib.suppress(BaseException):
            time.sleep(0.01)


@pytest.mark.parametrize("f", [endless, stubborn])
def test_an_endless_loop_is_given_up(monkeypatch, f):
    monkeypatch.setitem(guard.call.__kwdefaults__, "limit", 0.2)
    before, start = state(), time.monotonic()
    assert check.backprop(f).diagnosis == "time-limit"
    assert time.monotonic() - start < 3
    assert state() == before


def test_an_import_is_not_cut_short(monkeypatch, tmp_path):
    """Torch's first gradient or optimizer imports for seconds."""
    monkeypatch.setitem(guard.call.__kwdefaults__, "limit", 0.2)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "slow_to_load.py").write_text("import time\ntime.sleep(0.6)")

    def late(X, Y, params):
        importlib.import_module("slow_to_load")
        return backward(X, Y, params)

    assert check.backprop(late)


def test_a_page_stays_in_its_folder_and_a_report_short():
    def f(*args):
        os.chdir("/")
        raise ValueError("x" * 10_000)

    home = os.getcwd()
    assert len(check.backprop(f).message) < 1000
    assert os.getcwd() == home


def noisy(X, Y, params):
    make_noise()
    return backward(X, Y, params)


def test_a_right_answer_may_be_noisy(capsys):
    before = state()
    report = check.backprop(noisy)
    assert report.passed
    assert "random" in report.message
    assert state() == before
    assert capsys.readouterr() == ("", "")


# Near, odd and lying answers ----------------------------------------------


class Agrees(torch.Tensor):
    """Says True to whatever it is compared with."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function.__name__ in ("eq", "le", "lt", "all", "allclose"):
            return torch.tensor(True)
        return super().__torch_function__(function, types, args, kwargs or {})


def y_hat_of(X, params):
    return forward(X, params).y_hat


def open_at_zero(X, params):
    z1 = X @ params.W1 + params.b1
    return torch.sigmoid(z1 * (z1 >= 0) @ params.W2 + params.b2)


def through_clamp(X, Y, params):
    leaves = [p.clone().requires_grad_() for p in params]
    h = (X @ leaves[0] + leaves[1]).clamp(min=0)
    L = ((torch.sigmoid(h @ leaves[2] + leaves[3]) - Y) ** 2).sum()
    return torch.autograd.grad(L, leaves)


def squares(y_hat: torch.Tensor, Y: torch.Tensor):
    return ((y_hat - Y) ** 2).sum()


def lied(f):
    return lambda *args: torch.zeros(f(*args).shape).as_subclass(Agrees)


def shares(change):
    return lambda p, Y: change((p.round() != Y).float().mean(0))


ROW = [0.608, 0.648]  # what chapter 2 has for the second row


@pytest.mark.parametrize(("checker", "answer", "told"), [
    ("row", ROW, ""),
    ("row", deque(ROW), ""),
    ("row", iter(ROW), ""),
    ("row", [Decimal("0.608"), Decimal("0.648")], ""),
    ("row", [ROW], ""),
    ("row", [0.61, 0.648], "near"),
    ("row", [0.608, 0.65], "near"),
    ("row", [0.6, 0.65], "near"),
    ("row", [0.6, 0.6], "near"),
    ("row", [0.6, 0.64], "unknown"),
    ("row", [1, 1], "labels-for-outputs"),
    ("row", [0.613, 0.641], "unknown"),
    ("row", [0.638, 0.655], "unknown"),
    ("row", [0.602, 0.654], "unknown"),  # nearly the relu upside down
    ("entry", 0.0031, "near"),
    ("by_label", shares(torch.Tensor.sum), "one-number-left"),
    ("by_label", shares(lambda r: r.flip(0)), "order-of-results"),
    ("by_label", lambda y_hat, Y: Y.mean(0), "outputs-ignored"),
    ("by_label", lambda p, Y: (p.round() != Y)[0].float(), "unknown"),
    ("entry", 0.005, "unknown"),  # nearly the sigmoid twice
    ("rate", deque([Decimal("0.01"), Decimal("0.02")]), ""),
    ("rate", (0, 0), "unknown"),
    ("rate", (0.013, 0.027), "unknown"),
    ("forward", torch.compile(y_hat_of, backend="eager"), ""),
    ("forward", open_at_zero, ""),
    ("forward", lied(y_hat_of), "unknown"),
    ("forward", lambda X, p: y_hat_of(X, p).as_subclass(Agrees), ""),
    ("forward", lambda X, p: y_hat_of(X, p) + 1e-3, "near"),
    ("forward", lambda X, p: torch.ones(len(X), 2), "unknown"),
    ("loss", torch.jit.script(squares), ""),
    ("loss", torch.nn.MSELoss(reduction="sum"), ""),
    ("loss", lambda a, b: squares(a, b).reshape(1), ""),
    ("loss", lambda a, b: Decimal(float(squares(a, b))), ""),
    ("loss", lambda a, b: torch.tensor(0.0), "unknown"),
    ("backprop", through_clamp, ""),
    ("backprop", lambda *given: deque(backward(*given)), ""),
    ("best_constant", lambda Y: torch.zeros(2), "unknown"),
    ("best_constant", lambda Y: (Y.sum(0) + 1) / (len(Y) + 2), "unknown"),
    ("descend", lambda *given: (p - given[2] * d for p, d in zip(
        *given[:2], strict=True)), ""),
    ("rises", lambda lr, steps: [0, 1, 2], "unknown"),
])
def test_nothing_is_said_that_chance_could_have_made(checker, answer, told):
    report = getattr(check, checker)(answer)
    assert report.diagnosis == told, report
    assert report.passed == (told == "")


@contextlib.contextmanager
def in_float64():
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    yield
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)


@pytest.mark.parametrize("page", [
    torch.no_grad, torch.inference_mode, in_float64])
def test_what_surrounds_a_call_does_not_matter(page):
    seed = 90 + len(page.__name__)  # nobody has drawn its probes before
    with page():
        assert check.backprop(through_clamp, seed)
        assert check.forward(y_hat_of, seed)
        assert check.row(ROW, seed)
        assert check.loss(squares, seed)
        assert check.labels([[0, 0], [1, 0]], seed)
        assert check.third_zero([[5, 5, 0]], seed)
        assert check.gentle_slope(
            lambda z: z.sigmoid() * (-z).sigmoid(), seed)


def test_what_is_rounded_too_far_is_told_so():
    for mine in ([0.6, 0.65], [0.61, 0.648]):
        assert "rounded to fewer decimals" in check.row(mine).message
    assert "rounded" not in check.row([0.6081, 0.6455]).message


# Reports ------------------------------------------------------------------


def test_a_report_shows_the_same_as_text_and_as_html():
    report = Report(False, "a-code", "One `x < y` & more.\nTwo.")
    assert repr(report) == "Not yet: a-code.\nOne `x < y` & more.\nTwo."
    html = report._repr_html_()
    assert "<strong>Not yet: a-code.</strong>" in html
    assert "One <code>x &lt; y</code> &amp; more." in html
    assert 'data-diagnosis="a-code"' in html
    assert html.count("<p ") == 3


def test_a_summary_adds_up_points():
    right, wrong = Report(True, "", ""), Report(False, "a-code", "")
    table = check.summary({"1.1 A": right, "1.2 B": wrong}, {"1.1 A": 2.5})
    assert table.total == (2.5, 3.5)
    assert repr(table).splitlines() == [
        "Exercise  Result           Points",
        "1.1 A     Right            2.5 of 2.5",
        "1.2 B     Not yet: a-code  0 of 1",
        "Total                      2.5 of 3.5",
    ]
    html = table._repr_html_()
    assert re.findall(">([^<]+)</t[dh]>", html)[3:6] == [
        "1.1 A", "Right", "2.5 of 2.5"]
    assert html.count("text-align: right") == 4


def test_points_need_a_report():
    with pytest.raises(ValueError, match="got .'1.3 C'.: choose from"):
        check.summary({"1.1 A": Report(True, "", "")}, {"1.3 C": 1})
