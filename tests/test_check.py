"""The checkers on whatever a reader may hand in, and their catalogue.

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

import numpy as np
import pytest
import torch
from pages import BOOK, BY_NUMBER

from toynet import check
from toynet.backprop import backward
from toynet.check import guard
from toynet.check.catalogue import MISTAKES
from toynet.check.report import Report
from toynet.net import Params, forward, init_params, sse

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


def exits(*args):
    sys.exit(3)


def recurses(*args):
    return recurses(*args)


def returns_none(*args):
    len(args)


def returns_text(*args):
    return "dW1"


def returns_a_generator(*args):
    yield 1


async def returns_a_coroutine(*args):
    return 1


def returns_nan(*args):
    return torch.tensor(torch.nan)


def returns_numpy(*args):
    return np.zeros((7, 2))


def returns_a_hostile_object(*args):
    return Hostile()


def returns_its_arguments(*args):
    return args


def returns_meta(*args):
    return torch.empty(7, 2, device="meta")


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
    raises, exits, recurses, returns_none, returns_text, returns_a_generator,
    returns_a_coroutine, returns_nan, returns_numpy, returns_meta,
    returns_a_hostile_object, returns_its_arguments, sets_and_changes_all,
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
@pytest.mark.parametrize("blank", [None, ..., lambda *args: None])
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


def reads_X(x, y, p):
    a = forward(x, p)
    dz2 = 2 * (a.y_hat - y) * a.y_hat * (1 - a.y_hat)
    dz1 = (dz2 @ p.W2.T) * (a.z1 > 0)
    return X.T @ dz1, dz1.sum(0), a.h.T @ dz2, dz2.sum(0)


def reads_X_through_a_helper(x, y, p):
    return product(dz1_of(x, y, p)), *backward(x, y, p)[1:]


def dz1_of(x, y, p):
    a = forward(x, p)
    return ((2 * (a.y_hat - y) * a.y_hat * (1 - a.y_hat)) @ p.W2.T) * (
        a.z1 > 0)


def product(dz1):
    return X.T @ dz1


def reads_X_and_forgets_a_gate(x, y, p):
    a = forward(x, p)
    dz2 = 2 * (a.y_hat - y) * a.y_hat * (1 - a.y_hat)
    dz1 = dz2 @ p.W2.T
    return X.T @ dz1, dz1.sum(0), a.h.T @ dz2, dz2.sum(0)


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


def other_order(params, X, Y):
    return backward(X, Y, params)


def two_arguments(X, Y):
    return X, Y


def three_results(X, Y, params):
    return backward(X, Y, params)[:3]


def with_the_loss(X, Y, params):
    loss = sse(forward(X, params).y_hat, Y)
    return (*backward(X, Y, params), loss)


def as_a_dict(X, Y, params):
    return backward(X, Y, params)._asdict()


def as_lists(X, Y, params):
    return [d.tolist() for d in backward(X, Y, params)]


def as_numpy(X, Y, params):
    return [d.numpy() for d in backward(X, Y, params)]


def one_too_much(X, Y, params):
    return [d + 1 for d in backward(X, Y, params)]


def an_axis_too_many(X, Y, params):
    return [d[None, None] for d in backward(X, Y, params)]


def as_booleans(X, Y, params):
    return [d > 0 for d in backward(X, Y, params)]


def with_an_axis_more(X, Y, params):
    return [d[None] for d in backward(X, Y, params)]


def as_nan(X, Y, params):
    return [d / 0 * 0 for d in backward(X, Y, params)]


def misspelt(X, Y, params):
    return backward(X, Y, parms)  # noqa: F821


class Mute(Exception):
    def __str__(self):
        raise ValueError("an exception without a text")


def raises_mutely(X, Y, params):
    raise Mute


def gives_rows_for_columns(X, Y, params):
    return backward(X.T, Y, params)


def factor(k):
    return lambda X, Y, params: [k * d for d in backward(X, Y, params)]


@pytest.mark.parametrize(("f", "diagnosis"), [
    (reads_X, "global-read"),
    (reads_X_through_a_helper, "global-read"),
    (reads_X_and_forgets_a_gate, "global-read"),
    (calls_forward_for_its_side_effects, "stale-activations"),
    (adds_to_a_total, "accumulates"),
    (changes_X, "changed-input"),
    (updates_first, "changed-input"),
    (other_order, "argument-order"),
    (two_arguments, "wrong-arguments"),
    (params, "not-a-function"),
    (three_results, "wrong-count"),
    (with_the_loss, "wrong-count"),
    (as_a_dict, "wrong-count"),
    (as_lists, "not-a-tensor"),
    (as_numpy, "not-a-tensor"),
    (one_too_much, "unknown"),
    (as_booleans, "wrong-dtype"),
    (with_an_axis_more, "kept-as-a-table"),
    (an_axis_too_many, "wrong-shape"),
    (as_nan, "not-a-number"),
    (factor(2.5), "wrong-factor"),
    (factor(-0.01), "wrong-factor"),
    (returns_none, "returned-none"),
    (raises, "raised"),
    (misspelt, "raised"),
])
def test_a_way_to_go_wrong_has_a_name(f, diagnosis):
    assert check.backprop(f).diagnosis == diagnosis


def test_a_second_mistake_is_told_beside_a_global_read():
    assert "gate-forgotten" in check.backprop(
        reads_X_and_forgets_a_gate).message


def one_component(name, change):
    def function(X, Y, params):
        grads = backward(X, Y, params)
        return grads._replace(**{name: change(getattr(grads, name))})

    return function


@pytest.mark.parametrize(("f", "told"), [
    (factor(2.5), "dW1 is right but for a factor of 2.5"),
    (factor(0), "dW1 is zero everywhere"),
    (one_component("b1", torch.neg), "db1 is right but for its sign, dW2"),
    (one_component("W2", lambda d: d + 1), "dW2 is wrong: at ["),
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


def test_a_time_limit_is_seconds():
    assert guard.call.__kwdefaults__ == {"limit": guard.LIMIT}
    assert 2 < guard.LIMIT < 10


def noisy(X, Y, params):
    make_noise()
    return backward(X, Y, params)


def test_a_right_answer_may_be_noisy(capsys):
    before = state()
    report = check.backprop(noisy)
    assert report.passed
    assert "printed" in report.message
    assert "random" in report.message
    assert state() == before
    assert capsys.readouterr() == ("", "")


def test_what_surrounds_a_call_does_not_matter():
    with torch.no_grad():
        assert check.backprop(backward)
        assert check.forward(lambda X, p: forward(X, p).y_hat)


# Reports ------------------------------------------------------------------


def test_a_report_counts_as_true_where_it_passed():
    assert Report(True, "", "")
    assert not Report(False, "unknown", "")


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


# The catalogue ------------------------------------------------------------


def test_the_catalogue_is_large_enough():
    assert len({(m.exercise, m.code) for m in MISTAKES}) >= 40
    of_backprop = {m.code for m in MISTAKES if m.exercise == "backprop"}
    assert len(of_backprop) >= 12


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.code)
def test_an_entry_says_all_there_is_to_say(mistake):
    exercise = mistake.exercise.partition("-")[0]
    assert exercise in CHECKERS
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", mistake.code)
    for text in (mistake.seen, mistake.message):
        assert text.endswith("."), text
        assert "  " not in text, text
    number = re.search(r"(?:chapter|lab page) (\w)\b", mistake.look)[1]
    page = (BOOK / f"{BY_NUMBER[number]}.md").read_text()
    for label in re.findall(r"\b(?:eq|lst|ex|fig|tab)-[\w-]+", mistake.look):
        assert f"({label})" in page or f": {label}\n" in page, label


def test_no_two_entries_are_the_same():
    assert len({(m.exercise, m.wrong) for m in MISTAKES}) == len(MISTAKES)


def test_a_params_is_what_it_was():
    """Answers get copies: nothing of a reader's is handed through."""
    before = Params(*(p.clone() for p in params))
    check.backprop(reads_X)
    assert all(map(torch.equal, params, before))
