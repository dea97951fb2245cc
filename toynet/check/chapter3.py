"""The exercises of chapter 3, backprop."""

import functools
import itertools

import torch

from toynet import backprop as by_hand
from toynet import net
from toynet.check import words
from toynet.check.answers import answer, as_tensors, probe, read
from toynet.check.diagnose import judge
from toynet.check.exercise import Exercise
from toynet.check.probes import _batch, _batches, _page_names, _reference
from toynet.check.report import Report
from toynet.check.words import recognised
from toynet.net import Params


def _judge_twins(exercise, value):
    """Ask the numbers, then the gradients, on the twenty points."""
    found, at = read(
        exercise, as_tensors(exercise, value)), probe(exercise, ())
    if found.tensors is None or any(
        t.shape != w.shape or not t.isfinite().all()
        for t, w in zip(found.tensors, at.want, strict=True)
    ):
        return words.unnamed(exercise, [found], [at])
    X, Y, _ = _reference(torch.float64)
    params = after = Params(*found.tensors)
    grads = by_hand.backward(X, Y, params)
    code = _not_twins(params) or _dull(params, grads)
    if not code:
        return Report(True, "", exercise.done)
    for _ in range(20):
        after = by_hand.descend(after, by_hand.backward(X, Y, after), 0.01)
    far, slopes, later = (max(_gaps(p, 0, 1)) for p in (params, grads, after))
    return recognised(exercise, code, (
        f"Units 0 and 1 differ by up to {far:.2g}, their gradients on the "
        f"twenty points by {slopes:.2g}, and after twenty steps the units "
        f"differ by {later:.2g}."))


def _gaps(params, i, j):
    """How far units i and j are apart in weights in, bias, weights out."""
    pairs = (params.W1.T, params.b1, params.W2)
    return [(p[i] - p[j]).abs().max().item() for p in pairs]


def _not_twins(params):
    """Say why units 0 and 1 are not equal, or "" if they are."""
    room = 1e-4 * max(p.abs().max().item() for p in params)
    into, bias, out = (gap <= room for gap in _gaps(params, 0, 1))
    if into and bias and out:
        return ""
    if max(_gaps(params, 0, 1)) <= 100 * room:
        return "nearly-equal"
    if any(max(_gaps(params, *two)) <= room
           for two in itertools.combinations(range(4), 2)):
        return "other-units"
    if not out and (params.W2[:, 0] - params.W2[:, 1]).abs().max() <= room or (
            not into and (params.W1[0] - params.W1[1]).abs().max() <= room):
        return "rows-for-columns"
    return "no-twins" if into + bias + out < 2 else (
        "weights-out-differ" if not out else
        "biases-differ" if not bias else "weights-in-differ")


def _dull(params, grads):
    """Say why twins show nothing: all units equal, or nothing to learn."""
    room = 1e-4 * max(p.abs().max().item() for p in params)
    if max(max(_gaps(params, 0, j)) for j in (2, 3)) <= room:
        return "all-units-equal"
    return "" if any(g.abs().max() > 1e-9 for g in (
        grads.W1[:, 0], grads.b1[0], grads.W2[0])) else "silent-twins"


@functools.cache
def _walked(lr, steps, dtype=torch.float64):
    """Walk from the reference start; losses, open gates, losses held."""
    X, Y, p = _reference(dtype)
    path = [p]
    for _ in range(steps):
        path.append(by_hand.descend(
            path[-1], by_hand.backward(X, Y, path[-1]), lr))
    W1, b1, W2, b2 = (torch.stack(t) for t in zip(*path, strict=True))
    z1 = X @ W1 + b1[:, None]                         # (steps + 1, 20, 4)
    gates = z1 > 0                                    # (steps + 1, 20, 4)
    outs = [torch.sigmoid(h @ W2[at:] + b2[at:, None]) for h, at in (
        (z1 * gates, 0), (z1[1:] * gates[:-1], 1))]
    losses, held = (((y - Y) ** 2).sum((1, 2)) for y in outs)
    return losses, gates.flatten(1), held


def _heaps(lr, steps):
    """Count the rises: none crossed, the crossing alone, also without it."""
    losses, gates, held = _walked(lr, steps)
    before, after = losses[:-1], losses[1:]           # (steps,) each
    rises = after > before
    crossed = (gates[1:] != gates[:-1]).any(1)
    also = held > before
    quiet = rises & ~crossed
    kink = rises & crossed & ~also
    both = rises & crossed & also
    return quiet.sum(), kink.sum(), both.sum()


def _judge_rises(exercise, f):
    """Try three steps first: a long walk for them says it all."""
    few = answer(exercise, f, (1.0, 3))
    if few.problem == "time-limit":
        return words.unnamed(exercise, [few], [probe(exercise, (1.0, 3))])
    told = sum(t.sum() for t in few.tensors or ())
    if told > 6 and told == round(float(told)):
        return recognised(exercise, "steps-ignored", (
            f"Asked to walk three steps, it sorts {told:.0f} of them."))
    return judge(exercise, f)


def _counted(f, lr, steps):
    """Call f, and take three counts that are not a list as one."""
    heaps = f(lr, steps)
    return list(heaps) if hasattr(heaps, "tolist") else heaps


def _entropy_dz2(y_hat, Y):
    """The slope of the cross-entropy, in two lines as by hand."""
    dy_hat = (1 - Y) / (1 - y_hat) - Y / y_hat        # (N, 2)
    return dy_hat * y_hat * (1 - y_hat)               # (N, 2)


ENTRY = Exercise(
    "entry", """Check `mine`, the slope by the weight from x3 to unit 4.

    It is that of the first row of the twenty points alone, to four
    decimals; what a pencil rounds on the way is forgiven.
    """,
    "mine", ("the slope",), asks=("mine",), value=True, place=4, tol=0.0075,
    draw=lambda g: [tuple(x[:1] if i < 2 else x for i, x in enumerate(
        _reference(torch.float64)))],
    right=lambda *args: by_hand.backward(*args).W1[2, 3],
    base=by_hand.backward, gives=lambda grads: grads.W1[2, 3],
    done="The slope of that weight, as near as a pencil gets.",
)
DESCEND = Exercise(
    "descend", "Check `f(params, grads, lr) -> params`, one step of descent.",
    "f(params, grads, lr)", ("W1", "b1", "W2", "b2"),
    draw=lambda g: [(_batch(g, 1)[2], _batch(g, 1)[2], lr)
                    for lr in (0.1, 1.5)],
    right=by_hand.descend, base=by_hand.descend, free=(0,),
    names=lambda params, grads, lr: {
        "params": params, "grads": grads, "lr": lr, **params._asdict()},
    done="The step goes down, as far as the rate says.",
)
BACKPROP = Exercise(
    "backprop", """Check `f(X, Y, params) -> (dW1, db1, dW2, db2)`.

    They must be the gradient of the sum of squared errors, with 0 for
    relu' at 0. Each one is reported by name.
    """,
    "f(X, Y, params)", ("dW1", "db1", "dW2", "db2"),
    right=by_hand.backward, base=by_hand.backward,
    draw=lambda g: (_batches(g), [
        _batch(g, 5, H=2), _batch(g, 2, H=2), _batch(g, 3)]),
    names=_page_names,
    done="All four gradients, for seven rows, one row and at the kink.",
)
RATE = Exercise(
    "rate", "Check `my_rates`, the two rates, for twenty points and for ten.",
    "my_rates", ("the rate for twenty points", "that for ten"),
    asks=("my_rates",), value=True, draw=lambda g: [(0.4, 20, 10)],
    right=lambda rate, *sizes: tuple(rate / (2 * N) for N in sizes),
    done="With both rates the two of you take the same step.",
)
TWINS = Exercise(
    "twins", """Check `twins`, a `Params` whose units 0 and 1 are equal.

    They must also have something to learn, and the other two units must
    differ from them. A step or five hundred may have been taken.
    """,
    "twins", ("W1", "b1", "W2", "b2"), asks=("twins",), value=True,
    judge=_judge_twins, right=lambda: _reference(torch.float64)[2],
    draw=lambda g: [()], done="The two get the same gradient on the twenty "
    "points; the other two units go their own ways.",
)
RISES = Exercise(
    "rises", """Check `f(lr, steps) -> [quiet, kink, both]`, three counts.

    They are of the reference walk in float64, and in this order: no ReLU
    changed sides; one did, and with the gates held the loss falls; one
    did, and with the gates held it still rises.
    """,
    "f(lr, steps)", (
        "the heap without a crossing", "that of the crossing alone",
        "that which rises also with gates held"),
    judge=_judge_rises, right=_heaps, base=_heaps, use=_counted,
    draw=lambda g: ([(1.0, 65), (0.1, 187)], [
        (0.5, 120), (2.0, 90), (0.2, 150)]),
    done="Your heaps are those of our own count, at a rate of 0.1 and "
    "at 1. Now compare your two sentences with the solution's.",
)
ENTROPY = Exercise(
    "cross_entropy",
    "Check `f(y_hat, Y) -> dz2`, (N, 2), of the summed cross-entropy.",
    "f(y_hat, Y)", ("dz2",), right=_entropy_dz2, base=_entropy_dz2,
    draw=lambda g: [(net.forward(X, params).y_hat.clamp(0.01, 0.99), Y)
                    for X, Y, params in (_batch(g, N) for N in (7, 1, 4))],
    names=lambda y_hat, Y: {"y_hat": y_hat, "Y": Y},
    done="The slope by z2 of the cross-entropy, and it is short.",
)
EXERCISES = ENTRY, DESCEND, BACKPROP, RATE, TWINS, RISES, ENTROPY
