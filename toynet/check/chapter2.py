"""The exercises of chapter 2, the forward pass."""

import torch

from toynet import net
from toynet.check.answers import NUMBER, as_it_is, as_tensors
from toynet.check.diagnose import judge, judge_value
from toynet.check.exercise import Exercise
from toynet.check.probes import _batch, _batches, _page_names, _reference
from toynet.check.words import recognised
from toynet.net import Params

SQUARE = (3, 3), (2, 2)  # as many rows as units


def _rows(g):
    """Draw batches; then some in which products fit that should not."""
    more = [_batch(g, N, H) for N, H in ((5, 2), (20, 4), *SQUARE, *SQUARE)]
    square = [(torch.randn(3, 3, generator=g), Params(*(
        torch.randn(shape, generator=g) for shape in (
            (3, 3), (3,), (3, 3), (3,))))) for _ in range(2)]
    return ([(X, params) for X, _, params in _batches(g)],
            [(X / 2, params) for X, _, params in more] + square)


def _judge_forward(exercise, f):
    """Try an answer that has no name yet on rows alone, and on columns."""
    def _points(h, X, params):
        return torch.stack([_two(h(x, params)) for x in X])

    def _rows(h, X, params):
        return torch.stack([_two(h(x[None], params)) for x in X])

    def _columns(h, X, params):
        return h(X.T, params).transpose(0, 1)

    report = judge(exercise, f)
    bare = exercise._replace(name="", extra=(), names=None)
    uses = {_points: "one-row-only", _rows: "one-row-only",
            _columns: "columns-for-rows"}
    if report.diagnosis not in ("raised", "unknown", "wrong-shape"):
        return report
    for use, code in uses.items():
        if judge(bare._replace(use=use), f):
            if code == "one-row-only" and report.diagnosis == "unknown":
                code = "rows-mixed"  # it takes a batch, and gets it wrong
            return recognised(exercise, code, report.message.split("\n")[0])
    return report


def _by_linear(X, params):
    """Compute what `forward` does, for any number of outputs."""
    linear = torch.nn.functional.linear
    h = torch.relu(linear(X, params.W1.T, params.b1))
    return torch.sigmoid(linear(h, params.W2.T, params.b2))


def _two(y):
    return torch.as_tensor(y).reshape(2)


def _outputs(g):
    """Draw rows of outputs between 0 and 1, and both labels of each."""
    drawn = [(0.05 + 0.9 * torch.rand(N, 2, generator=g),
              (torch.rand(N, 2, generator=g) > 0.5).float())
             for N in (7, 1, 2, 20)]
    return drawn[:2], drawn[2:]


def _judge_row(exercise, mine):
    """Take a batch of one row for that row, and see whether it is labels."""
    mine = as_tensors(exercise, mine)
    if isinstance(mine, torch.Tensor) and mine.shape == (1, 2):
        mine = mine[0]
    report = judge_value(exercise, mine)
    if report.diagnosis == "unknown" and set(mine.tolist()) <= {0, 1}:
        return recognised(exercise, "labels-for-outputs")
    return report


def _share(Y):
    return Y.mean(0)


def _labels(g):
    """Make labels with so many ones in a column, in an order by chance."""
    made = []
    for N, *ones in ((20, 13, 8), (5, 4, 3), (1, 1, 0), (4, 2, 1),
                     (7, 5, 1)):
        columns = [torch.randperm(N, generator=g) < n for n in ones]
        made.append((torch.stack(columns, dim=1).float(),))
    return made[:3], made[3:]


def _as_pair(f, Y):
    """Take a list of two numbers, or a batch of one row, for a pair."""
    c = f(Y)
    if isinstance(c, tuple | list) and len(c) == 2 and all(
            isinstance(x, NUMBER) or isinstance(x, torch.Tensor)
            and x.numel() == 1 for x in c):
        c = torch.stack([as_it_is(x).reshape(()) for x in c])
    return c[0] if isinstance(c, torch.Tensor) and c.shape == (1, 2) else c


def _two_means(y_hat, Y):
    """Return the mean over all 400 pairs, and that over the rows."""
    a, y = y_hat[:, 0], Y[:, 0]                        # (20,) each
    errors = a[:, None] - y, a - y                     # (20, 20), (20,)
    return [(e ** 2).mean() for e in errors]           # () each


FORWARD = Exercise(
    "forward", "Check `f(X, params) -> y_hat`, for X (N, 3), y_hat (N, 2).",
    "f(X, params)", ("y_hat",), judge=_judge_forward, draw=_rows,
    right=_by_linear,
    names=lambda X, params: _page_names(X, X[:, :2], params),
    base=net.forward, gives=lambda activations: activations.y_hat,
    done="Your y_hat is right for seven rows, one row, and at the kink.",
)
LOSS = Exercise(
    "loss", "Check `f(y_hat, Y) -> L`, the sum of squared errors, a scalar.",
    "f(y_hat, Y)", ("L",), right=net.sse, base=net.sse, draw=_outputs,
    names=lambda y_hat, Y: {"y_hat": y_hat, "Y": Y, "L": net.sse(y_hat, Y)},
    done="The sum of squared errors, for seven rows and for one.",
)
ROW = Exercise(
    "row", """Check `mine`, the two outputs for the second row, by pencil.

    Three decimals are enough; X and the parameters are those that the
    chapter draws with seed 0.
    """,
    "mine", ("mine",), asks=("mine",), value=True, place=3, tol=2.5e-3,
    judge=_judge_row, draw=lambda g: [(_reference()[0], _reference()[2])],
    base=net.forward, gives=lambda a: a.y_hat[1],
    right=lambda X, params: net.forward(X, params).y_hat[1],
    done="Both outputs, as near as three decimals can come. One hidden "
    "unit was silent, the second: its z1 is below 0.",
)
CONSTANT = Exercise(
    "best_constant", "Check `f(Y) -> c`, the two numbers that cost least.",
    "f(Y)", ("c",), right=_share, base=_share, draw=_labels, use=_as_pair,
    names=lambda Y: {"Y": Y, "share": Y.mean(0)}, tol=5e-3,
    done="The share of ones in each column: no other number costs less.",
)
BROADCAST = Exercise(
    "broadcast", """Check the mean over all pairs, and that over the rows.

    Both are of the first output alone, for the twenty rows and the
    untrained network that the chapter draws with seed 0.
    """,
    "wrong_mean, right_mean", ("wrong_mean", "right_mean"),
    asks=("wrong_mean", "right_mean"), value=True, place=3, tol=2e-3,
    draw=lambda g: [
        (net.forward(*_reference()[::2]).y_hat, _reference()[1])],
    right=_two_means, base=_two_means,
    done="Both means, and nothing but the shape tells them apart.",
)
EXERCISES = FORWARD, LOSS, ROW, CONSTANT, BROADCAST
