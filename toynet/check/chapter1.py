"""Checkers of chapter 1, tensors."""

import math
import re

import torch
from torch.overrides import TorchFunctionMode

from toynet.check import guard, words
from toynet.check.answers import Case, kind
from toynet.check.catalogue import MISTAKES
from toynet.check.diagnose import (
    judge,
    judge_value,
    judged,
    recognised,
)
from toynet.check.mistake import build
from toynet.check.probes import _draws, _reference
from toynet.check.report import Report
from toynet.data import label


def labels(guess):
    """Check `guess`, both labels of the second and the seventh row."""
    X, _, _ = _reference()
    report = judge_value(Case(
        "labels", "guess(X)", ("guess",), right=_two_rows, probes=[(X,)],
        base=_two_rows,
        look="|x1 + s x2| > 1.33 and ‖x‖ > 1.33, chapter 1 "
             "(eq-tensor-labels)",
        done="All four labels; one of the decisions is a narrow one.",
    ), guess)
    if report.diagnosis in ("not-a-tensor", "wrong-shape"):
        return words.wrong(
            report.diagnosis, f"Two rows of two labels are needed, got "
            f"{kind(guess)}.",
            "A row is a point, and a label is 0 or 1: for example "
            "[[1, 1], [1, 1]].")
    return _decided(report, guess) if report.diagnosis == "unknown" else (
        report)


def _decided(report, guess):
    """Say which of the two questions was answered wrongly."""
    rows = torch.tensor([[float(x) for x in row] for row in guess])
    right = torch.tensor([[0, 0], [1, 0]])             # (2, 2)
    if ((rows == 0) | (rows == 1)).all():
        first = (rows != right)[:, 0].any()
        code = "first-label" if first else "second-label"
    elif torch.equal(rows > 1.33, right == 1) and (rows > 0).all():
        code = "values-for-labels"
    elif torch.equal(rows > 0, right == 1) and (rows.abs() < 1).all():
        code = "margins-for-labels"
    else:
        code = "no-label"
    return _renamed(report, "labels", code)


def _two_rows(X):
    """Label the rows 1 and 6, and write a row of labels for each."""
    return label(X)[[1, 6]]


def distances(f, seed=0):
    """Check `f(X) -> D`, (N, 3) to the (N, N) distances between rows."""
    g = _draws(seed)
    some = _many_points(g)
    few = torch.randn(7, 3, generator=g)
    case = Case(
        "distances", "f(X)", ("D",), right=_by_cdist, base=_apart, tol=2e-3,
        # At the origin rounding leaves nothing of a distance that is 0.
        probes=[(few,), (some,), (torch.zeros(1, 3),)],
        extra=[(few[:3],), (some[:20],)],
        names=lambda X: {
            "X": X, "lengths": X.norm(dim=1), "column": X.norm(
                dim=1, keepdim=True), "centred": X - X.mean(0)},
        look="‖x‖ = √(x1² + x2² + x3²), of each difference of two rows, "
             "chapter 1 (eq-tensor-norm)",
        done="All distances, for many rows, for a few and for one.",
    )
    return _on_the_diagonal(judge(case, f), f, few)


def _many_points(g):
    """Draw 24 points, two in one place, that the short cut by products fails.

    It is ‖a‖² + ‖b‖² - 2 a·b, which rounding takes below 0 for a = b.
    """
    X, least = torch.zeros(24, 3), 0
    while least >= 0:
        X = torch.randn(24, 3, generator=g)            # (24, 3)
        X[5] = X[17]
        s = (X ** 2).sum(1)                            # (24,)
        least = (s[:, None] + s - 2 * X @ X.T).min()
    return X


def _by_cdist(X):
    return torch.cdist(
        X.double(), X.double(), compute_mode="donot_use_mm_for_euclid_dist")


def _apart(X):
    """Where the catalogue's mistakes are made."""
    apart = X[:, None] - X                             # (N, N, 3)
    return (apart ** 2).sum(2).sqrt()                  # (N, N)


def _on_the_diagonal(report, f, X):
    """Name what leaves all distances right but for a point's to itself."""
    if report.diagnosis == "not-a-number":
        return _renamed(report, "distances", "root-of-a-negative")
    if report.diagnosis != "unknown":
        return report
    D = guard.call(f, X).value                         # (7, 7)
    off = ~torch.eye(len(X), dtype=torch.bool)         # (7, 7)
    if torch.allclose(D.detach()[off].double(), _by_cdist(X)[off], atol=8e-3):
        return _renamed(report, "distances", "diagonal-filled")
    return report


def third_zero(point):
    """Check `point`, (1, 3), where the two versions of `label` differ."""
    return judged(_third_zero, point)


def _third_zero(point):
    """Decide by running both versions on the rows that were given."""
    rows = _as_points(point)
    if isinstance(rows, Report):
        return rows
    short = (rows[:, 0] + rows[:, 2].sign() * rows[:, 1]).abs() > 1.33
    full = label(rows)[:, 0] == 1                      # (N,)
    if bool((short != full).all()):
        return Report(True, "", (
            f"The short version says {int(short[0])} and the rule "
            f"{int(full[0])}. A random draw is hardly ever 0, so a test "
            "must bring this point along."))
    at = rows[int((short == full).nonzero()[0])]       # (3,)
    told = ", ".join(f"{value:.6g}" for value in at.tolist())
    seen = f"At ({told}) both versions say {int(short[short == full][0])}."
    return recognised("third_zero", _why_the_same(at), seen)


def _as_points(point):
    """Read a table of points, or report that there is none."""
    try:
        rows = torch.as_tensor(point).detach()
    except (TypeError, ValueError, RuntimeError):
        return words.wrong(
            "not-a-tensor", f"A point is needed, got {kind(point)}.",
            "Write it as `torch.tensor([[x1, x2, x3]])`, with three numbers.")
    if rows.is_complex() or rows.is_meta:
        return words.wrong("not-a-tensor", "A point has real coordinates.")
    rows = rows if rows.is_floating_point() else rows.float()
    rows = rows[None] if rows.dim() == 1 else rows
    if rows.dim() != 2 or rows.shape[1] != 3 or len(rows) < 1:
        return words.wrong(
            "wrong-shape", f"One row of three coordinates is needed, shape "
            f"(1, 3); got {tuple(torch.as_tensor(point).shape)}.",
            "Two pairs of brackets make a table with one row.")
    if rows.isnan().any():
        return words.wrong(
            "not-a-number", "There is a NaN among the coordinates.",
            "`label` refuses such a point, so the versions can't be compared.")
    return rows


def _why_the_same(at):
    """Name the reason why both versions agree on a point."""
    x1, x2, x3 = at.abs().tolist()
    if math.inf in (x1, x2, x3):
        return "infinite"
    if x3 != 0:
        return "zero-elsewhere" if 0 in (x1, x2) else "third-not-zero"
    if x1 == torch.tensor(1.33, dtype=at.dtype).item():
        return "on-the-threshold"
    return "second-is-silent" if x1 + x2 > 1.33 else "first-too-small"


def shapes(predicted):
    """Check `predicted`, six shapes or the word "error" in a list."""
    return judged(_shapes, predicted)


def _six(X, Y, W1):
    """List the six expressions of the exercise, each with what it gives."""
    names = {"torch": torch, "X": X, "Y": Y, "W1": W1}
    return [(text, _shape_of(text, names)) for text in (
        "Y + X[:, :1]", "Y + X[:, 0]", "Y.T + X[:, 0]", "X[:, None] * W1.T",
        "(X[:, None] * W1.T).sum(2)", "X[0] @ W1",
    )]


def _shape_of(text, names):
    try:
        return tuple(eval(text, dict(names)).shape)
    except (RuntimeError, IndexError):
        return "error"


def _shapes(predicted):
    """Compare the predictions with what runs."""
    if isinstance(predicted, dict):
        predicted = list(predicted.values())
    if not isinstance(predicted, tuple | list):
        return words.wrong(
            "not-a-list", f"A list is needed, got {kind(predicted)}.",
            'Put six things in it, each a tuple or the word "error".')
    X, Y, W1 = torch.zeros(20, 3), torch.zeros(20, 2), torch.zeros(3, 4)
    right = _six(X, Y, W1)
    if len(predicted) != len(right):
        return words.wrong(
            "wrong-count", f"There are {len(predicted)} predictions for "
            f"{len(right)} expressions.",
            "Write one for each, in the order of the text.")
    given = [_prediction(entry) for entry in predicted]
    bad = [i for i, (_, shape) in enumerate(right) if given[i] != shape]
    if not bad:
        return Report(True, "", "All six, and none of them was run.")
    return _mispredicted(right, given, bad, (X, Y, W1))


def _prediction(entry):
    """Read one prediction as a tuple or "error"; None where there is none."""
    if isinstance(entry, str):
        if "err" in entry.lower():
            return "error"
        sizes = tuple(map(int, re.findall(r"\d+", entry)))
        return sizes if sizes or "()" in entry else None
    if isinstance(entry, type | BaseException):
        return "error"
    if isinstance(entry, int) and not isinstance(entry, bool):
        return (entry,)
    if isinstance(entry, torch.Tensor):
        return tuple(entry.shape if entry.dim() != 1 else entry.tolist())
    return tuple(entry) if isinstance(entry, tuple | list) else None


def _mispredicted(right, given, bad, tensors):
    """Report on the predictions that are wrong, each with its mistake."""
    codes, lines = [], []
    for i in bad:
        text, known = right[i][0], None
        for mistake in (m for m in MISTAKES if m.exercise == "shapes"):
            theirs = build((mistake,), _six)(*tensors)[i][1]
            if theirs not in (right[i][1], known) and theirs == given[i]:
                known = mistake
                break
        told = "an error" if given[i] == "error" else given[i]
        lines.append(f"`{text}` is not {told}." if told is not None
                     else f"`{text}` has no prediction yet.")
        if known:
            codes.append(known.code)
            lines += [known.message, f"Look at: {known.look}"]
    open_ = all(given[i] is None for i in bad)
    return words.wrong(
        (*codes, "unfinished" if open_ else "unknown")[0], *lines,
        "" if codes or open_ else "Write both shapes one above the other, "
        "flush right: What happens when shapes differ?, chapter 1")


def gentle_slope(f, seed=0):
    """Check `f(z) -> slope`, the sigmoid's, in float32 and for large z."""
    g = _draws(seed)
    sizes = torch.cat([
        torch.linspace(0, 17, 30), torch.tensor([24, 30, 38, 50, 70, 80])])
    sizes = sizes + torch.rand(36, generator=g)        # (36,)
    z = torch.cat([sizes, -sizes])                     # (72,)
    case = Case(
        "gentle_slope", "f(z)", ("slope",), use=_to_the_true,
        right=torch.ones_like, probes=[(z,), (z[2:3],), (-sizes,)],
        names=lambda z: {
            "z": z, "wide": z, "value": z.sigmoid(),
            "slope": (1 - z.sigmoid()) * z.sigmoid()},
        look="σ′(z) = σ(z) (1 - σ(z)), chapter 1 (eq-tensor-slope)",
        done="The slope is the same on both sides, and right on both.",
    )
    report = judge(case, f)
    if report:
        return recognised("gentle_slope", "through-float64") if (
            "float64" in _calls(f, z)) else report
    if report.diagnosis in ("unknown", "not-a-number", "wrong-factor"):
        report = _tails(report, f)
    return _with_the_worst(report, f, z)


def _true_slope(z):
    return torch.sigmoid(z.double()) * torch.sigmoid(-z.double())


def _to_the_true(f, z):
    """Divide the slopes by the true ones, if they are slopes at all."""
    true = _true_slope(z)                              # (N,)
    slope = f(z)
    if isinstance(slope, torch.Tensor) and slope.is_floating_point() and (
        slope.shape == z.shape
    ):
        return (slope.double() / true).clamp(-100, 100)
    return slope


def _with_the_worst(report, f, z):
    """Say at which z the slope is most wrong, in place of its share."""
    slope = guard.call(f, z).value
    first, *rest = report.message.splitlines()
    told = "slope is wrong", "slope is zero", "(NaN)"
    if not any(text in first for text in told) or slope.shape != z.shape:
        return report
    share = guard.call(_to_the_true, lambda z: slope, z).value
    k = int((share - 1).abs().nan_to_num(torch.inf).argmax())
    seen = (f"At z = {z[k]:.4g} it gives {slope[k].item():.6g}, where the "
            f"slope is {_true_slope(z[k]).item():.6g}.")
    return words.wrong(report.diagnosis, seen, *rest)


def _tails(report, f):
    """Name the place where an answer stops being right, up to a factor."""
    z, shares = torch.tensor([0.5, 3.0, 20.0, 50.0, 80.0]), []
    for side in (z, -z):
        share = guard.call(_to_the_true, f, side).value
        if not isinstance(share, torch.Tensor) or share.shape != z.shape:
            return report
        shares.append(share)
    near = torch.stack(shares)[:, :2].mean().item()
    good = [((x / near - 1).abs() < 1e-3).tolist() for x in shares]
    if not all(side[0] and side[1] for side in good) or all(sum(good, [])):
        return report
    right, left = good
    if not (right[2] and left[2]):
        code = ("one-minus-sigmoid" if left[2] else
                "wrong-tail" if right[2] else "both-tails-lost")
    elif all((x / near)[4] > 2 for x in shares):
        code = "both-tails-lost"
    else:
        code = "float64-postpones" if "float64" in _calls(f, z) and not (
            right[3]) else "overflows"
    also = "" if abs(near - 1) < 1e-3 else (
        f"And near 0 it is {near:.4g} times what is right.")
    named = _renamed(report, "gentle_slope", code)
    return words.wrong(code, named.message, also)


def careful_sum(f, seed=0):
    """Check `f(rows) -> sums`, (R, n) to (R,), exact up to one rounding."""
    g = _draws(seed)
    probes = [(_few(g),), (_cancelling(g, 2.0**30),),
              (_small_after_large(g),), (_cancelling(g, 2.0**80),),
              (_cancelling(g, 2.0**30)[2:3],)]
    report = judge(Case(
        "careful_sum", "f(rows)", ("sums",), right=_by_fsum, probes=probes,
        extra=[(torch.randint(-9, 9, (2, 60), generator=g) / 4,)],
        base=_summed, tol=1e-8,
        names=lambda rows: {
            "rows": rows, "X": rows, "t32": rows.sum(1),
            "positive": rows.abs()},
        look="fl(r) differs from r, lab page A (eq-tensor-rounding)",
        done="What each addition loses is kept, where rows cancel as well.",
    ), f)
    if report.diagnosis == "plain-sum" and "sub" in _calls(f, *probes[1]):
        return _renamed(report, "careful_sum", "lost-part-unused")
    return _more_digits(report, f, probes) if (
        report.diagnosis == "unknown") else report


def _by_fsum(rows):
    sums = [math.fsum(row) for row in rows.tolist()]
    return torch.tensor(sums, dtype=torch.float64)


def _summed(rows):
    """Where the catalogue's mistakes are made."""
    t = torch.zeros_like(rows[:, 0])                   # (R,)
    lost = torch.zeros_like(t)                         # (R,)
    for x in rows.unbind(1):
        new = t + x                                    # (R,)
        larger = t.abs() >= x.abs()                    # (R,)
        part = torch.where(larger, (t - new) + x, (x - new) + t)
        lost = lost + part                             # (R,)
        t = new
    return t + lost


def _few(g):
    """Draw three short rows; most mistakes show there, and soon."""
    rows = torch.randint(1, 32, (3, 4), generator=g) / 8
    rows[0, 1], rows[0, 3] = 2.0**30, -(2.0**30)
    rows[1, 0], rows[1, 2] = -(2.0**30), 2.0**30
    rows[2, 2], rows[2, 3] = 2.0**30, -(2.0**30)
    return rows


def _cancelling(g, large):
    """Draw rows of small numbers between large ones that cancel.

    In row 6 what is lost decides how the last large number is rounded, if
    it is handed on to it.
    """
    rows = torch.randint(1, 32, (8, 12), generator=g) / 8
    for row, (up, down) in enumerate([(0, 11), (2, 9), (3, 6), (1, 10)]):
        rows[row, up], rows[row, down] = large, -large
    rows[4] = -rows[1]
    rows[5, 1::3], rows[5, 2::3] = large / 2, -large / 2
    rows[6, :4] = torch.tensor([22, 2.0**30, 22, 64 - 2.0**30])
    return rows


def _small_after_large(g):
    """Draw rows in which many numbers are too small to count alone.

    Their sum is even, in units of 2⁻²⁴, so that float32 can hold it.
    """
    small = torch.randint(1, 4, (5, 10), generator=g)  # (5, 10)
    small[:, -1] = 2 - small[:, :-1].sum(1) % 2
    large = torch.randint(4, 8, (5, 1), generator=g) / 4
    rows = torch.cat([large, small * 2.0**-24], 1)     # (5, 11)
    return rows * torch.tensor([[1.0], [1], [2], [-1], [-4]])


def _more_digits(report, f, probes):
    """Name a sum that has more digits than float32 and loses no fewer."""
    (mild, small, wild), got = (p[0] for p in probes[1:4]), []
    for rows in (mild, small, wild):
        sums = guard.call(f, rows).value
        if not isinstance(sums, torch.Tensor):
            return report
        got.append(bool(torch.equal(sums.float(), _by_fsum(rows).float())))
    if got == [True, True, False]:
        return _renamed(report, "careful_sum", "summed-in-float64")
    if not got[0] and "sub" not in _calls(f, mild):
        return _renamed(report, "careful_sum", "plain-sum")
    return report


# What several checkers of chapter 1 need


def _renamed(report, exercise, code):
    """Give a report another name, and keep what was seen."""
    return recognised(exercise, code, report.message.splitlines()[0])


class _Watch(TorchFunctionMode):
    """Notes the functions of PyTorch that are called, and float64."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        self.seen |= {"sub"} if "sub" in name else set()
        if isinstance(made, torch.Tensor) and made.dtype == torch.float64:
            self.seen |= {"float64"}
        return made


def _calls(f, *args):
    """Say whether f subtracts tensors, and whether it has any in float64."""
    watch = _Watch()

    def _watched(*given):
        with watch:
            return f(*given)

    guard.call(_watched, *args)
    return watch.seen
