"""Checkers of chapter 3, backprop."""

import functools

import torch

from toynet import backprop as by_hand
from toynet import net
from toynet.check import words
from toynet.check.answers import Case, answer, as_tensors, probe, read
from toynet.check.diagnose import (
    judge,
    judge_value,
    judged,
    recognised,
)
from toynet.check.probes import (
    _batch,
    _batches,
    _draws,
    _one_row,
    _page_names,
    _reference,
)
from toynet.check.report import Report
from toynet.net import Params


def entry(mine):
    """Check `mine`, the slope by the weight from x3 to the fourth unit.

    It is that of the first row of the twenty points alone, to four
    decimals; what a pencil rounds on the way is forgiven.
    """
    X, Y, params = _reference(torch.float64)
    return judge_value(Case(
        "entry", "mine", ("the slope",),
        right=lambda *args: _pencilled(by_hand.backward(*args)),
        base=by_hand.backward, base_gives=_pencilled,
        probes=[(X[:1], Y[:1], params)], tol=0.0075,
        look="x3 ∂L/∂z1 of the fourth unit, chapter 3 (eq-dW1)",
        done="The slope of that weight, as near as a pencil gets.",
    ), mine)


def _pencilled(grads):
    """The one entry of a gradient that the pencil has to find."""
    return grads.W1[2, 3]


def backprop(f, seed=0):
    """Check `f(X, Y, params) -> (dW1, db1, dW2, db2)`.

    They must be the gradient of the sum of squared errors, with 0 for
    relu' at 0. Each one is reported by name.
    """
    g = _draws(seed)
    return judge(Case(
        "backprop", "f(X, Y, params)", ("dW1", "db1", "dW2", "db2"),
        right=by_hand.backward, base=by_hand.backward, probes=_batches(g),
        extra=[_batch(g, 5, H=2), _batch(g, 2, H=2), _batch(g, 3)],
        names=_page_names, row=_one_row,
        look="the eight lines, chapter 3 (eq-dy_hat to eq-db1)",
        done="All four gradients, for seven rows, one row and at the kink.",
    ), f)


def descend(f, seed=0):
    """Check `f(params, grads, lr) -> params`, one step of descent."""
    g = _draws(seed)
    (_, _, params), (_, _, grads) = _batch(g, 1), _batch(g, 1)
    return judge(Case(
        "descend", "f(params, grads, lr)", ("W1", "b1", "W2", "b2"),
        right=by_hand.descend, base=by_hand.descend,
        probes=[(params, grads, 0.1), (params, grads, 1.5)], free=(0,),
        names=lambda params, grads, lr: {
            "params": params, "grads": grads, "lr": lr,
            **params._asdict()},
        look="p - lr dp, chapter 3 (eq-step)",
        done="The step goes down, as far as the rate says.",
    ), f)


def rate(my_rates):
    """Check `my_rates`, the two rates, for twenty points and for ten."""
    return judge_value(Case(
        "rate", "my_rates", ("the rate for twenty points", "that for ten"),
        right=lambda rate, *sizes: tuple(rate / (2 * N) for N in sizes),
        probes=[(0.4, 20, 10)], look="the factor 2N, chapter 3 (eq-dy_hat)",
        done="With both rates the two of you take the same step.",
    ), my_rates)


def twins(params):
    """Check `twins`, a `Params` whose units 0 and 1 are equal.

    They must also have something to learn, and the other two units must
    differ from them. A step or five hundred may have been taken.
    """
    return judged(_judge_twins, params, Case(
        "twins", "twins", ("W1", "b1", "W2", "b2"),
        right=lambda: _reference(torch.float64)[2], probes=[()],
        look="equal columns of ∂L/∂h, chapter 3 (eq-dh)",
    ))


def _judge_twins(value, case):
    found, at = read(case, as_tensors(case, value)), probe(case, ())
    if found.tensors is None or any(
        t.shape != w.shape or not t.isfinite().all()
        for t, w in zip(found.tensors, at.want, strict=True)
    ):
        return words.unnamed(case, [found], [at])
    X, Y, _ = _reference(torch.float64)
    params = Params(*found.tensors)
    grads = by_hand.backward(X, Y, params)
    code = _not_twins(params) or _dull(params, grads)
    after, far = params, _apart(params, 0, 1)
    for _ in range(20):
        after = by_hand.descend(after, by_hand.backward(X, Y, after), 0.01)
    if not code:
        return Report(True, "", (
            "The two get the same gradient on the twenty points, and after "
            "twenty more steps they are as equal as before; the other two "
            "units go their own ways."))
    return recognised("twins", code, (
        f"Units 0 and 1 differ by up to {far:.2g}, their gradients on the "
        f"twenty points by {_apart(grads, 0, 1):.2g}, and after twenty steps "
        f"the units differ by {_apart(after, 0, 1):.2g}."))


def _apart(params, i, j):
    """The largest difference between the numbers of two hidden units."""
    return max(_gaps(params, i, j))


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
    if any(_apart(params, i, j) <= room
           for i in range(4) for j in range(i + 1, 4)):
        return "other-units"
    across = (params.W2[:, 0] - params.W2[:, 1]).abs().max() <= room, (
        params.W1[0] - params.W1[1]).abs().max() <= room
    if across[0] and not out or across[1] and not into:
        return "rows-for-columns"
    return {
        (True, True, False): "weights-out-differ",
        (True, False, True): "biases-differ",
        (False, True, True): "weights-in-differ",
        (True, False, False): "only-weights-in",
        (False, False, True): "only-weights-out",
    }.get((into, bias, out), "no-twins")


def _dull(params, grads):
    """Say why twins show nothing: all units equal, or nothing to learn."""
    room = 1e-4 * max(p.abs().max().item() for p in params)
    if max(_apart(params, 0, j) for j in (2, 3)) <= room:
        return "all-units-equal"
    still = all(g.abs().max() <= 1e-9 for g in (
        grads.W1[:, 0], grads.b1[0], grads.W2[0]))
    return "silent-twins" if still else ""


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


def rises(f):
    """Check `f(lr, steps) -> [quiet, kink, both]`, three counts of rises.

    They are of the reference walk in float64, and in this order: no ReLU
    changed sides; one did, and with the gates held the loss falls; one
    did, and with the gates held it still rises.
    """
    return judged(_judge_rises, f, Case(
        "rises", "f(lr, steps)",
        ("the heap without a crossing", "that of the crossing alone",
         "that which rises also with gates held"),
        right=_heaps, base=_heaps, use=_counted,
        probes=[(1.0, 65), (0.1, 187)],
        look="gates held and not, chapter 3 (fig-chatter)",
        done="Your heaps are those of our own count, at a rate of 0.1 and "
        "at 1. Now compare your two sentences with the solution's.",
    ))


def _judge_rises(f, case):
    """Try three steps first: a long walk for them says it all."""
    few = answer(case, f, (1.0, 3))
    if few.problem == "time-limit":
        return words.timed_out(case, (1.0, 3))
    told = sum(t.sum() for t in few.tensors or ())
    if told > 6 and told == round(float(told)):
        return recognised("rises", "steps-ignored", (
            f"Asked to walk three steps, it sorts {told:.0f} of them."))
    return judge(case, f)


def _counted(f, lr, steps):
    """Call f, and take three counts that are not a list as one."""
    heaps = f(lr, steps)
    if isinstance(heaps, dict):
        return list(heaps.values())
    return list(heaps) if hasattr(heaps, "tolist") else heaps


def cross_entropy(f, seed=0):
    """Check `f(y_hat, Y) -> dz2`, (N, 2), of the summed cross-entropy."""
    g = _draws(seed)
    probes = []
    for X, Y, params in (_batch(g, 7), _batch(g, 1), _batch(g, 4)):
        probes.append((net.forward(X, params).y_hat.clamp(0.01, 0.99), Y))
    return judge(Case(
        "cross_entropy", "f(y_hat, Y)", ("dz2",), right=_entropy_slope,
        base=_entropy_dz2, probes=probes,
        names=lambda y_hat, Y: {"y_hat": y_hat, "Y": Y},
        row=lambda args, i: (args[0][i:i + 1], args[1][i:i + 1]),
        look="∂L/∂ŷ times ŷ (1 - ŷ), chapter 3 (eq-dz2)",
        done="The slope by z2 of the cross-entropy, and it is short.",
    ), f)


def _entropy_slope(y_hat, Y):
    """The same by autograd, through PyTorch's own cross-entropy."""
    z2 = torch.logit(y_hat.double()).requires_grad_()
    with torch.enable_grad():
        torch.nn.functional.binary_cross_entropy_with_logits(
            z2, Y.double(), reduction="sum").backward()
    return z2.grad


def _entropy_dz2(y_hat, Y):
    """The two lines that the catalogue exchanges."""
    dy_hat = (1 - Y) / (1 - y_hat) - Y / y_hat        # (N, 2)
    return dy_hat * y_hat * (1 - y_hat)               # (N, 2)
