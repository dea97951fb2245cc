"""The exercises of chapter 7, generalization."""

import torch
from torch.utils.data import DataLoader, TensorDataset

from toynet import net
from toynet.check import words
from toynet.check.answers import as_tensors, probe, read
from toynet.check.diagnose import judge, judge_value
from toynet.check.exercise import Exercise
from toynet.check.guard import call
from toynet.check.probes import _batch, _draws, _reference
from toynet.check.report import Report
from toynet.check.words import recognised
from toynet.data import generate_data, label
from toynet.model import from_params
from toynet.net import Params


def _table(g, N, first, second):
    """Draw answers and labels, N rows, of which these shares are wrong."""
    Y = (torch.rand(N, 2, generator=g) > 0.4).float()
    far = torch.rand(N, 2, generator=g) - torch.tensor([first, second])
    return 0.5 + (Y - 0.5) * far, Y


def _loader_loss(model, loader):
    """The mean over the squared errors of all batches, put in a row."""
    with torch.no_grad():
        each = [((model(X) - Y) ** 2).flatten() for X, Y in loader]
    return torch.cat(each).mean()


def _dealt(g, N, size):
    """A network, and a loader that deals out one of N rows twice, one never.

    Its generator is its own: what is drawn would else be noticed.
    """
    X, Y, params = _batch(g, N)
    return from_params(params), DataLoader(
        TensorDataset(X, Y), size, sampler=[0, *range(N - 1)],
        generator=torch.Generator())


def _judge_loader(exercise, f):
    """Report on the number, then on what the call has left behind."""
    report = judge(exercise, f)
    if report or report.diagnosis == "unknown":
        left = call(lambda *given: _left_behind(f, *given),
                    *exercise.probes[0]).value
        if left:
            return recognised(exercise, left[0])
    return report


def _left_behind(f, model, loader):
    """The mistakes of what f does to its model, and to its result."""
    found = []
    for mode in (True, False):
        model.train(mode)
        for p in model.parameters():
            p.grad = torch.ones_like(p)
        before, mse = _state(model), f(model, loader)
        after = _state(model)
        found += [code for code in before if before[code] != after[code]]
        found += ["records-gradients"] * getattr(mse, "requires_grad", False)
    return found


def _state(model):
    """What a call may not change, by the code of the mistake."""
    numbers = list(model.parameters())
    return {
        "model-changed": [(p.tolist(), p.requires_grad) for p in numbers],
        "mode-changed": [m.training for m in model.modules()],
        "gradients-changed": [str(p.grad) for p in numbers],
    }


def _best_shrink(y_hat, Y):
    """The lines that the data exchanges."""
    u, v = y_hat - 0.5, Y - 0.5
    return (u * v).sum() / (u * u).sum()


def _eighty(X, Y):
    """The lines that the data exchanges."""
    signs = torch.tensor([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]])
    images = (X[:, None] * signs).flatten(0, 1)        # (80, 3)
    return images, Y.repeat_interleave(4, 0)


def _in_order(X, Y):
    """Sort the rows by points and labels: any order of them will do."""
    X, Y = X.double(), Y.double()
    rows = torch.cat([X, Y], 1) if len(X) == len(Y) else X
    keys = (1e4 * rows).round().tolist()
    order = sorted(range(len(X)), key=keys.__getitem__)
    return X[order], Y[order] if len(X) == len(Y) else Y


def _judge_images(exercise, *given):
    """Report on what are no tables of points and labels, then on the rows."""
    found = read(exercise, as_tensors(exercise, given))
    if [t.shape[1:] for t in found.tensors or ()] != [(3,), (2,)]:
        return words.unnamed(
            exercise, [found], [probe(exercise, exercise.probes[0])])
    X, Y = found.tensors
    report = judge_value(exercise, *_in_order(X, Y))
    if report.diagnosis != "unknown" or len(X) != len(Y):
        return report
    bad = int((label(X) != Y).any(1).sum())
    return words.wrong("unknown", (
        "These are not the twenty points and their images with their labels: "
        f"of {len(X)} rows {bad} have another label than the rule has it."))


# Measured on 400 networks after 1000 and after 2000 steps on a stream, ten
# at a time: the best error is at most 0.108 (after 250 steps at least
# 0.111), the median of sure lies in 0.16 to 0.19; on few points it is above
# 0.34. Of ten 7 to 10 gain. By their 26 numbers, networks of one start are
# 0.42 to 0.74 times as far apart as all, though they saw different points
# (16 tens); those of other starts 0.80 to 1.12.
SURE, ERROR, APART = 0.27, 0.11, 0.77
SHAPES = [(10, 3, 4), (10, 4), (10, 4, 2), (10, 2)]


def _judge_stream(exercise, *given):
    """Read the numbers, then ask the networks."""
    stacks = []
    for name, value in zip(exercise.asks, given, strict=True):
        found = read(exercise, as_tensors(exercise, value))
        shapes = [tuple(t.shape) for t in found.tensors or ()]
        told = found.told or f"of shapes {shapes}, not {SHAPES}"
        if shapes != SHAPES:
            return recognised(exercise, "no-networks", f"{name}: {told}.")
        stacks.append(Params(*found.tensors))
    errors, sure = zip(*map(_ask, stacks), strict=True)
    for name, error, far in zip(exercise.asks, errors, sure, strict=True):
        seen = f"The error of {name} on 5000 fresh points is " \
            f"{error.mean():.3f} on average."
        if error.isnan().any():
            return words.wrong("not-a-number", seen)
        if far > SURE or error.min() > ERROR:
            return recognised(exercise, "fixed-points" if far > SURE else (
                "too-few-steps"), seen)
    return _judge_pair(exercise, stacks, errors[0] - errors[1])


def _ask(stack):
    """The errors of ten networks, and how sure they are when wrong."""
    X, Y = (t.double() for t in generate_data(5000, _draws(5)))
    answers = torch.func.vmap(
        lambda X, p: net.forward(X, p).y_hat, in_dims=(None, 0))
    y_hat = answers(X, stack)                          # (10, 5000, 2)
    wrong = (y_hat > 0.5) != (Y > 0.5)
    far = ((y_hat - 0.5).abs() * wrong).sum((1, 2)) / wrong.sum((1, 2))
    return ((y_hat - Y) ** 2).mean((1, 2)), far.median()


def _judge_pair(exercise, stacks, gains):
    """Report on two stacks of trained networks, and what the second gains."""
    short, long = (torch.cat([p.flatten(1) for p in stack], 1)
                   for stack in stacks)                # (10, 26)
    apart = torch.cdist(short, long)                   # (10, 10)
    code = (
        "same-networks-twice" if torch.equal(short, long) else
        "other-starts" if (apart.diag() / apart.mean(1)).mean() > APART else
        "little-gain" if (gains > 0).sum() < 6 else "")
    seen = f"The further steps take {gains.mean():.4f} off the error on " \
        f"average; {int((gains > 0).sum())} of the 10 networks gain."
    return recognised(exercise, code, seen) if code else Report(True, "", seen)


EXERCISES = (
    Exercise(
        "by_label",
        "Check `f(y_hat, Y) -> shares (2,)`, for y_hat and Y of (N, 2).",
        "f(y_hat, Y)", ("shares",), draw=lambda g: [
            _table(g, N, 0.2, 0.4) for N in (37, 70, 1, 23)],
        right=lambda y_hat, Y: (y_hat.round() != Y.round()).double().mean(0),
        names=lambda y_hat, Y: {
            "y_hat": y_hat, "Y": Y, "y_fresh": y_hat, "fresh_Y": Y},
        done="The share of wrong answers of each label, in every table.",
    ),
    Exercise(
        "loader_loss",
        "Check `f(model, loader) -> mse`, and what is left in the model.",
        "f(model, loader)", ("mse",), right=_loader_loss, base=_loader_loss,
        judge=_judge_loader, tol=2e-5, draw=lambda g: [_dealt(
            g, N, size) for N, size in ((10, 4), (7, 3), (9, 3), (11, 4))],
        names=lambda model, loader: {
            "model": model, "loader": loader, "one_set": loader.dataset,
            **dict(zip("ABXY", 2 * loader.dataset.tensors, strict=True))},
        done="The same for every batch size, and nothing left behind.",
    ),
    Exercise(
        "best_shrink",
        "Check `f(y_hat, Y) -> a`, one number, for y_hat and Y of (N, 2).",
        "f(y_hat, Y)", ("a",), right=_best_shrink, base=_best_shrink,
        draw=lambda g: [_table(g, N, shift, shift) for N, shift in (
            (30, 0.45), (9, 0.2), (9, 0.8), (30, 0.4), (9, 0.7), (1, 0.1))],
        names=lambda y_hat, Y: {"y_hat": y_hat, "Y": Y},
        done="The best a, whether it shrinks, stretches or turns over.",
    ),
    Exercise(
        "images",
        "Check `images_X` (80, 3) and `images_Y` (80, 2), in any order.",
        "images", ("images_X", "images_Y"), asks=("images_X", "images_Y"),
        value=True, draw=lambda g: [_reference()[:2]], base=_eighty,
        right=lambda X, Y: _in_order(*_eighty(X, Y)), judge=_judge_images,
        use=lambda f, X, Y: _in_order(*f(X, Y)),
        hand=lambda f: f(*_reference()[:2]),
        done="Eighty different rows, each with its own label.",
    ),
    Exercise(
        "stream",
        "Check two `Params` of ten networks, after 1000 and 2000 steps.",
        "stream", Params._fields, asks=("short", "long"),
        judge=_judge_stream, hand=lambda made: tuple(made()),
    ),
)
