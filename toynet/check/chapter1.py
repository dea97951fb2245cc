"""The exercises of chapter 1, tensors."""

import math
import re
import sys

import torch
from torch.overrides import TorchFunctionMode

from toynet.check import guard, mistakes, words
from toynet.check.answers import answer, as_tensors, kind, probe, read
from toynet.check.diagnose import judge, recognised
from toynet.check.exercise import Exercise
from toynet.check.probes import _reference
from toynet.check.report import Report
from toynet.data import label


def _own(exercise):
    """Yield each wrong solution of the data for this exercise alone."""
    for m in mistakes.of(exercise.name):
        for wrong in () if m.general else mistakes.solutions(exercise, m):
            yield m, wrong


def _typed(exercise, value, rows):
    """Read a table that was typed, or report what it is instead."""
    at = probe(exercise, exercise.probes[0])
    found = read(exercise, as_tensors(exercise, value))
    table = found.tensors and torch.atleast_2d(found.tensors[0]).float()
    if table is None or not rows(table) or table.isnan().any():
        return words.unnamed(exercise, [found], [at])
    return table


# Labels -------------------------------------------------------------------


def _two_rows(X):
    return label(X)[[1, 6]]


def _judge_labels(exercise, guess):
    """Say which question was answered wrongly, or what stands there."""
    X, = exercise.probes[0]
    right = _two_rows(X)                               # (2, 2)
    table = _typed(exercise, guess, lambda t: t.shape == (2, 2))
    if isinstance(table, Report):
        return table
    wrong = table != right                             # (2, 2)
    if not wrong.any():
        return Report(True, "", exercise.done)
    for m, theirs in _own(exercise):
        if torch.allclose(table, theirs(X).float(), rtol=0, atol=0.006):
            return recognised(exercise, m.code)
    first, second = wrong.any(0).tolist()
    code = "both-labels" if first and second else (
        "first-label" if first else "second-label")
    plain = ((table == 0) | (table == 1)).all()
    return recognised(exercise, code if plain else "no-label")


# Distances ----------------------------------------------------------------


def _clouds(g):
    """Draw 24 points, two in one place, that the short cut by products fails.

    It is ‖a‖² + ‖b‖² - 2 a·b, which rounding takes below 0 for a = b.
    """
    few, X, least = torch.randn(7, 3, generator=g), torch.zeros(24, 3), 0
    while least >= 0:
        X = torch.randn(24, 3, generator=g)            # (24, 3)
        X[5] = X[17]
        s = (X ** 2).sum(1)                            # (24,)
        least = (s[:, None] + s - 2 * X @ X.T).min()
    return [(few,), (X,), (few[:1].round(),)], [(few[:3],), (X[:20],)]


def _by_cdist(X):
    return torch.cdist(
        X.double(), X.double(), compute_mode="donot_use_mm_for_euclid_dist")


def _apart(X):
    """The lines that the data exchanges."""
    apart = X[:, None] - X                             # (N, N, 3)
    return (apart ** 2).sum(2).sqrt()                  # (N, N)


def _judge_distances(exercise, f):
    """Look for loops in what is right, and at the zeros of what is not."""
    report = judge(exercise, f)
    if report:
        one, two = _loops(f)
        if two > 0:
            return recognised(exercise, "double-loop")
        note = ("There is a loop over the points in it; `X[:, None] - X` "
                "needs none." if one > 0 else "")
        return report._replace(
            message="\n".join(filter(None, [report.message, note])))
    at = probe(exercise, exercise.probes[1])
    D = answer(exercise, f, at.args).tensors
    zero = at.want[0] == 0                             # (24, 24)
    if report.diagnosis not in ("unknown", "not-a-number") or (
        not D or D[0].shape != zero.shape or not torch.allclose(
            D[0][~zero], at.want[0][~zero], atol=8e-3)):
        return report
    rooted = D[0].isnan().any() and not D[0].diagonal().isnan().all()
    return recognised(
        exercise, "root-of-a-negative" if rooted else "diagonal-filled")


def _loops(f):
    """How the lines that f runs grow with the points, and with their pairs."""
    a, b, c = (_lines_run(f, torch.arange(3.0 * n).view(n, 3))
               for n in (4, 8, 12))
    return c - b, c - 2 * b + a


def _lines_run(f, X):
    """Count the lines of a reader's that a call runs."""
    seen = []

    def _trace(frame, event, _):
        if frame.f_code.co_filename.startswith(guard.OURS):
            return None
        seen.extend([1] if event == "line" else [])
        return _trace

    def _traced(X):
        sys.settrace(_trace)
        try:
            f(X)
        finally:
            sys.settrace(None)

    guard.call(_traced, X)
    return len(seen)


# The third coordinate -----------------------------------------------------


def _judge_third_zero(exercise, point):
    """Decide by running both versions on the rows that were given."""
    rows = _typed(exercise, point, lambda t: (
        t.shape[1:] == (3,) and len(t) and t.isfinite().all()))
    if isinstance(rows, Report):
        return rows
    short = (rows[:, 0] + rows[:, 2].sign() * rows[:, 1]).abs() > 1.33
    full = label(rows)[:, 0] == 1                      # (N,)
    if (short != full).all():
        return Report(True, "", (
            f"The short version says {int(short[0])} and the rule "
            f"{int(full[0])}. A random draw is hardly ever 0, so a test "
            "must bring this point along."))
    at = rows[short == full][0]                        # (3,)
    told = ", ".join(f"{value:.6g}" for value in at.tolist())
    return recognised(exercise, _why_the_same(at), (
        f"At ({told}) both versions say {int(short[short == full][0])}."))


def _why_the_same(at):
    """Name the reason why both versions agree on a point."""
    x1, x2, x3 = at.abs().tolist()
    if x3 != 0:
        return "zero-elsewhere" if 0 in (x1, x2) else "third-not-zero"
    return "second-is-silent" if x1 + x2 > 1.34 else "first-too-small"


# Shapes -------------------------------------------------------------------


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


def _judge_shapes(exercise, predicted):
    """Compare the predictions with what runs."""
    if isinstance(predicted, dict):
        predicted = list(predicted.values())
    if not isinstance(predicted, tuple | list) or len(predicted) != 6:
        return words.wrong(
            "wrong-count", f"A list of six is needed, got {kind(predicted)}.",
            'Write a tuple or the word "error" for each of the six.')
    right = _six(*exercise.probes[0])
    given = list(map(_prediction, predicted))
    bad = [i for i, (_, shape) in enumerate(right) if given[i] != shape]
    if not bad:
        return Report(True, "", exercise.done)
    told = [_mispredicted(exercise, i, right[i][0], given[i]) for i in bad]
    code = min((code for code, *_ in told), key=lambda code: {
        "unknown": 1, "unfinished": 2}.get(code, 0))
    return words.wrong(code, *(line for _, *lines in told for line in lines))


def _mispredicted(exercise, i, text, given):
    """The code of a wrong prediction, and what to say of it."""
    if given is None:
        return "unfinished", f"`{text}` has no prediction yet."
    seen = f"`{text}` is not {given}."
    if isinstance(given, int):
        return "number-for-shape", seen, "One axis needs a comma: (4,)."
    for m, wrong in _own(exercise):
        if wrong(*exercise.probes[0])[i] == given:
            return m.code, seen, m.say, words.look_at(exercise, m)
    return "unknown", seen, "Write both shapes one above the other, flush " \
        "right: What happens when shapes differ?, chapter 1."


def _prediction(entry):
    """Read one prediction as a tuple or "error"; None where there is none."""
    if isinstance(entry, str):
        if "err" in entry.lower():
            return "error"
        sizes = tuple(map(int, re.findall(r"\d+", entry)))
        bare = len(sizes) == 1 and "," not in entry
        return sizes[0] if bare else sizes or None
    if isinstance(entry, type | BaseException):
        return "error"
    if isinstance(entry, torch.Tensor):
        return tuple(entry.shape if entry.dim() != 1 else entry.tolist())
    if isinstance(entry, int) and not isinstance(entry, bool):
        return entry
    return tuple(entry) if isinstance(entry, tuple | list) else None


# Slopes -------------------------------------------------------------------


def _sizes(g):
    """Draw z near 0, where all formulas are good, and far out on a side."""
    near = 4 * torch.rand(9, generator=g)              # (9,)
    far = torch.tensor([19.0, 24, 40, 46, 60, 70, 79]) + torch.rand(
        7, generator=g)                                # (7,)
    z = torch.cat([near, far])                         # (16,)
    return [(torch.cat([z, -z]),), (z[:2],), (-far,)]


def _share(f, z):
    """Divide the slopes by the true ones, if they are slopes at all."""
    slope = f(z)
    if isinstance(slope, torch.Tensor) and slope.is_floating_point() and (
        slope.shape == z.shape
    ):
        return (slope.double() / _true_slope(z)).clamp(-100, 100)
    return slope


def _true_slope(z):
    return torch.sigmoid(z.double()) * torch.sigmoid(-z.double())


def _judge_slope(exercise, f):
    """Judge near and far, then between; say where it is most wrong."""
    report = judge(exercise, f)
    z = exercise.probes[0][0]                          # (32,)
    if report:
        z = torch.linspace(-18, 18, 73)                # (73,)
        between, at = answer(exercise, f, (z,)), probe(exercise, (z,))
        if at.right(between):
            return recognised(exercise, "through-float64") if (
                _in_float64(f, z)) else report
        report = words.unnamed(exercise, [between], [at])
    slope = guard.call(f, z).value
    if report.diagnosis == "changed-input" or not isinstance(
            slope, torch.Tensor) or slope.shape != z.shape:
        return report
    off = slope.double() / _true_slope(z) - 1          # like z
    k = int(off.abs().nan_to_num(torch.inf).argmax())
    seen = (f"At z = {z[k]:.4g} it gives {slope[k].item():.6g}, where the "
            f"slope is {_true_slope(z[k]).item():.6g}.")
    return words.wrong(report.diagnosis, seen,
                       *report.message.splitlines()[1:])


class _Watch(TorchFunctionMode):
    """Notes the dtypes of what PyTorch makes."""

    def __init__(self):
        super().__init__()
        self.dtypes = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        self.dtypes.add(getattr(made, "dtype", None))
        return made


def _in_float64(f, z):
    """Say whether f makes a tensor of float64 on its way."""
    watch = _Watch()

    def _watched(z):
        with watch:
            return f(z)

    guard.call(_watched, z)
    return torch.float64 in watch.dtypes


# Sums ---------------------------------------------------------------------


def _rows(g):
    """Draw rows in which large numbers cancel, and small ones after large.

    In row 6 of `_cancelling` what is lost decides how the last large number
    is rounded, if it is handed on to it.
    """
    mild, wild = _cancelling(g, 2.0**30), _cancelling(g, 2.0**80)
    small = torch.randint(1, 4, (5, 10), generator=g)  # (5, 10)
    small[:, -1] = 2 - small[:, :-1].sum(1) % 2        # an even sum fits
    large = torch.randint(4, 8, (5, 1), generator=g) / 4
    after = torch.cat([large, small * 2.0**-24], 1)    # (5, 11)
    after = after * torch.tensor([[1.0], [1], [2], [-1], [-4]])
    few = torch.randint(1, 32, (3, 4), generator=g) / 8
    few[0, [1, 3]] = few[1, [2, 0]] = few[2, [2, 3]] = torch.tensor(
        [2.0**30, -(2.0**30)])
    return [(few,), (mild,), (after,), (wild,), (mild[2:3],)], [
        (torch.randint(-9, 9, (2, 60), generator=g) / 4,)]


def _cancelling(g, large):
    rows = torch.randint(1, 32, (8, 12), generator=g) / 8
    for row, (up, down) in enumerate([(0, 11), (2, 9), (3, 6), (1, 10)]):
        rows[row, up], rows[row, down] = large, -large
    rows[4] = -rows[1]
    rows[5, 1::3], rows[5, 2::3] = large / 2, -large / 2
    rows[6, :4] = torch.tensor([22, 2.0**30, 22, 64 - 2.0**30])
    return rows


def _by_fsum(rows):
    sums = [math.fsum(row) for row in rows.tolist()]
    return torch.tensor(sums, dtype=torch.float64)


def _summed(rows):
    """The lines that the data exchanges."""
    t = torch.zeros_like(rows[:, 0])                   # (R,)
    lost = torch.zeros_like(t)                         # (R,)
    for x in rows.unbind(1):
        new = t + x                                    # (R,)
        larger = t.abs() >= x.abs()                    # (R,)
        part = torch.where(larger, (t - new) + x, (x - new) + t)
        lost = lost + part                             # (R,)
        t = new
    return t + lost


def _judge_sum(exercise, f):
    """What an `if` raises says enough."""
    report = judge(exercise, f)
    return recognised(exercise, "if-for-where", report.message) if (
        "Boolean value of Tensor" in report.message) else report


EXERCISES = (
    Exercise(
        "labels",
        "Check `guess`, both labels of the second and the seventh row.",
        "guess", ("guess",), asks=("guess",), value=True,
        draw=lambda g: [_reference()[:1]], right=_two_rows, base=_two_rows,
        judge=_judge_labels,
        done="All four labels; one of the decisions is a narrow one.",
    ),
    Exercise(
        "distances",
        "Check `f(X) -> D`, (N, 3) to the (N, N) distances between rows.",
        "f(X)", ("D",), draw=_clouds, right=_by_cdist, base=_apart,
        judge=_judge_distances, tol=2e-3, names=lambda X: {
            "X": X, "lengths": X.norm(dim=1), "column": X.norm(
                dim=1, keepdim=True), "centred": X - X.mean(0)},
        done="All distances, for many rows, for a few and for one.",
    ),
    Exercise(
        "third_zero",
        "Check `point`, (1, 3), where the two versions of `label` differ.",
        "point", ("point",), asks=("point",), value=True,
        draw=lambda g: [()], judge=_judge_third_zero,
        right=lambda: torch.tensor([[5.0, 5.0, 0.0]]),
    ),
    Exercise(
        "shapes",
        'Check `predicted`, six shapes or the word "error" in a list.',
        "predicted", ("predicted",), asks=("predicted",), value=True,
        draw=lambda g: [(torch.zeros(20, 3), torch.zeros(20, 2),
                         torch.zeros(3, 4))],
        base=_six, gives=lambda six: [shape for _, shape in six],
        judge=_judge_shapes, done="All six, and none of them was run.",
    ),
    Exercise(
        "gentle_slope",
        "Check `f(z) -> slope`, the sigmoid's, in float32 and for large z.",
        "f(z)", ("slope",), draw=_sizes, right=torch.ones_like, use=_share,
        judge=_judge_slope, names=lambda z: {
            "z": z, "wide": z, "value": z.sigmoid(),
            "slope": (1 - z.sigmoid()) * z.sigmoid()},
        done="The slope is the same on both sides, and right on both.",
    ),
    Exercise(
        "careful_sum",
        "Check `f(rows) -> sums`, (R, n) to (R,), exact up to one rounding.",
        "f(rows)", ("sums",), draw=_rows, right=_by_fsum, base=_summed,
        judge=_judge_sum, tol=1e-8, names=lambda rows: {
            "rows": rows, "X": rows, "t32": rows.sum(1),
            "positive": rows.abs()},
        done="What each addition loses is kept, where rows cancel as well.",
    ),
)
