"""The exercises of chapter 1, tensors."""

import math
import re
import sys

import torch

from toynet.check import guard, words
from toynet.check.answers import answer, as_tensors, kind, probe, read
from toynet.check.diagnose import judge, solutions
from toynet.check.exercise import Exercise
from toynet.check.probes import _reference
from toynet.check.report import Report
from toynet.check.words import recognised
from toynet.data import label


def _typed(exercise, value, width):
    """Read rows that were typed, or report what stands there instead."""
    found = read(exercise, as_tensors(exercise, value))
    rows = found.tensors and torch.atleast_2d(found.tensors[0]).float()
    if rows is not None and rows.shape[1:] == (width,) and len(rows) and (
            rows.isfinite().all()):
        return rows
    return words.unnamed(
        exercise, [found], [probe(exercise, exercise.probes[0])])


def _judge_labels(exercise, guess):
    """Say which question was answered wrongly."""
    table = _typed(exercise, guess, 2)
    if isinstance(table, Report):
        return table
    if len(table) != 2 or not ((table == 0) | (table == 1)).all():
        return recognised(exercise, "no-label")
    wrong = (table != exercise.right(*exercise.probes[0])).any(0)
    if not wrong.any():
        return Report(True, "", exercise.done)
    return recognised(
        exercise, "first-label" if wrong[0] else "second-label",
        "Both questions have a wrong answer." if wrong.all() else "")


def _clouds(g):
    """Draw points, two in one place, where a short cut by products fails.

    It is ‖a‖² + ‖b‖² - 2 a·b, which rounding takes below 0 for a = b.
    """
    X = torch.randn(24, 3, generator=g)                # (24, 3)
    X[5] = X[17]
    return [(X[:7],), (X,), (X[:1].round(),)], [(X[:3],), (X[:20],)]


def _judge_distances(exercise, f):
    """Look for loops in what is right, and at roots of what is not."""
    report = judge(exercise, f)
    if report:
        few, many = _lines_run(f, 4), _lines_run(f, 12)
        if many > 3 * few:  # as no loop over the points alone can make it
            return recognised(exercise, "double-loop")
        note = ("\nThere is a loop over the points in it; `X[:, None] - X` "
                "needs none.") * (many > few)
        return report._replace(message=report.message + note)
    at = probe(exercise, exercise.probes[1])
    found = answer(exercise, f, at.args).tensors
    return recognised(exercise, "root-of-a-negative") if (
        report.diagnosis == "not-a-number" and at.fits(
            0, found[0].nan_to_num(0.0))) else report


def _lines_run(f, n):
    """Count the lines of a reader's that run for n points."""
    files = []

    def _trace(frame, event, _):
        files.append(frame.f_code.co_filename)
        return _trace

    def _traced(X):
        sys.settrace(_trace)  # of its thread, which ends with the call
        f(X)

    guard.call(_traced, torch.arange(3.0 * n).view(n, 3))
    return sum(not name.startswith(guard.OURS) for name in files)


def _judge_third_zero(exercise, point):
    """Decide by running both versions on the rows that were given."""
    rows = _typed(exercise, point, 3)
    if isinstance(rows, Report):
        return rows
    short = (rows[:, 0] + rows[:, 2].sign() * rows[:, 1]).abs() > 1.33
    same = short == (label(rows)[:, 0] == 1)           # (N,)
    if not same.any():
        return Report(True, "", exercise.done)
    at = rows[same][0].tolist()
    told = ", ".join(f"{x:.6g}" for x in at)
    return recognised(
        exercise, "third-not-zero" if at[2] else "first-too-small",
        f"At ({told}) both versions say {int(short[same][0])}.")


def _six(X, Y, W1):
    """List the six expressions of the exercise, each with what it gives."""
    six, names = [], {"torch": torch, "X": X, "Y": Y, "W1": W1}
    for text in ("Y + X[:, :1]", "Y + X[:, 0]", "Y.T + X[:, 0]",
                 "X[:, None] * W1.T", "(X[:, None] * W1.T).sum(2)",
                 "X[0] @ W1"):
        try:
            shape = tuple(eval(text, names).shape)
        except (RuntimeError, IndexError):
            shape = "error"
        six.append((text, shape))
    return six


def _judge_shapes(exercise, predicted):
    """Compare the predictions with what runs."""
    if not isinstance(predicted, tuple | list) or len(predicted) != 6:
        return words.wrong(
            "wrong-count", f"A list of six is needed, got {kind(predicted)}.",
            'Write a tuple or the word "error" for each of the six.')
    told = [_mispredicted(exercise, i, text, _prediction(predicted[i]))
            for i, (text, shape) in enumerate(_six(*exercise.probes[0]))
            if _prediction(predicted[i]) != shape]
    code = min((code for code, *_ in told), default="", key=[
        "unknown", "unfinished"].count)                # a mistake, if any
    return words.wrong(code, *(line for _, *lines in told for line in lines)
                       ) if told else Report(True, "", exercise.done)


def _mispredicted(exercise, i, text, given):
    """The code of a wrong prediction, and what to say of it."""
    if given is None:
        return "unfinished", f"`{text}` has no prediction yet."
    seen = f"`{text}` is not {given}."
    if isinstance(given, int):
        return "number-for-shape", seen, "One axis needs a comma: (4,)."
    for wrong, m in solutions(exercise, own=True):
        if wrong(*exercise.probes[0])[i] == given:
            return m.code, seen, m.say, words.look_at(exercise, m)
    return "unknown", seen, "Write both shapes one above the other, flush " \
        "right: Broadcasting, chapter 1."


def _prediction(entry):
    """Read one prediction as a tuple or "error"; None where there is none."""
    entry = getattr(entry, "shape", entry)
    if isinstance(entry, tuple | list):
        return tuple(entry)
    text = repr(entry)
    if "err" in text.lower():
        return "error"
    sizes = tuple(map(int, re.findall(r"\d+", text)))
    many = sizes[1:] or {*text} & {*",["}
    return sizes if many else sum(sizes) or None


def _sizes(g):
    """Draw z near 0, where all formulas are good, far out, and between."""
    near = 4 * torch.rand(9, generator=g)              # (9,)
    far = torch.linspace(19, 79, 7) + torch.rand(7, generator=g)
    z = torch.cat([near, far, torch.linspace(0, 18, 37)])
    return [(torch.cat([z, -z]),), (z[:2],), (-far,)]


def _true_slope(z):
    return torch.sigmoid(z.double()) * torch.sigmoid(-z.double())


def _share(f, z):
    """Divide the slopes by the true ones, if they are slopes at all."""
    slope = f(z)
    if not isinstance(slope, torch.Tensor) or slope.shape != z.shape:
        return slope
    return (slope.double() / _true_slope(z)).clamp(-100, 100)


def _judge_slope(exercise, f):
    """Look also for float64, and say where a slope is most wrong."""
    report, (z,) = judge(exercise, f), exercise.probes[0]
    share, at = answer(exercise, f, (z,)).tensors, probe(exercise, (z,))
    if report:
        exact = (share[0] - 1).abs().max() < 2.0**-23.99
        made = guard.call(lambda z: f(z.requires_grad_()), z).value
        return recognised(exercise, "through-float64") if (
            exact and getattr(made, "requires_grad", False)) else report
    if report.diagnosis == "changed-input" or not share or (
            share[0].shape != z.shape):
        return report
    k = int((share[0] - at.want[0]).abs().nan_to_num(torch.inf).argmax())
    slope = guard.call(f, z).value[k].item()
    return words.wrong(
        report.diagnosis, f"At z = {z[k]:.4g} it gives {slope:.6g}, where "
        f"the slope is {_true_slope(z[k]).item():.6g}.",
        *report.message.splitlines()[1:])


def _rows(g):
    """Draw rows in which large numbers cancel, and small ones after a 1."""
    small = torch.rand(5, 60, generator=g) * 2.0**-24
    drawn = [(torch.cat([torch.ones(5, 1), small], 1),)]
    for R, n, large in ((3, 4, 2.0**30), (8, 12, 2.0**30),
                        (8, 12, 2.0**80), (1, 9, 2.0**30)):
        rows = torch.randint(1, 32, (R, n), generator=g) / 8
        at = torch.rand(R, n, generator=g).argsort(1)[:, :2]
        pair = torch.tensor([[large, -large]] * R)     # (R, 2)
        drawn.append((rows.scatter(1, at, pair),))
    return drawn


EXERCISES = (
    Exercise(
        "labels",
        "Check `guess`, both labels of the second and the seventh row.",
        "guess", ("guess",), asks=("guess",), value=True,
        draw=lambda g: [_reference()[:1]],
        right=lambda X: label(X)[[1, 6]], judge=_judge_labels,
        done="All four labels; one of the decisions is a narrow one.",
    ),
    Exercise(
        "distances",
        "Check `f(X) -> D`, (N, 3) to the (N, N) distances between rows.",
        "f(X)", ("D",), draw=_clouds, judge=_judge_distances, tol=2e-3,
        right=lambda X: (X.double()[:, None] - X.double()).norm(dim=2),
        names=lambda X: {"X": X},
        done="All distances, for many rows, for a few and for one.",
    ),
    Exercise(
        "third_zero",
        "Check `point`, (1, 3), where the two versions of `label` differ.",
        "point", ("point",), asks=("point",), value=True,
        draw=lambda g: [()], judge=_judge_third_zero,
        right=lambda: torch.tensor([[5.0, 5.0, 0.0]]),
        done="No random draw is 0: a test must bring this point along.",
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
        judge=_judge_slope, names=lambda z: {"z": z, "wide": z},
        done="The slope is the same on both sides, and right on both.",
    ),
    Exercise(
        "careful_sum",
        "Check `f(rows) -> sums`, (R, n) to (R,), exact up to one rounding.",
        "f(rows)", ("sums",), draw=_rows, tol=1e-7,
        right=lambda rows: torch.tensor(
            [math.fsum(row) for row in rows.tolist()], dtype=torch.float64),
        names=lambda rows: {"rows": rows},
        done="What each addition loses is kept, where rows cancel as well.",
    ),
)
