"""Checkers of chapter 2, the forward pass."""

import torch

from toynet import net
from toynet.check import words
from toynet.check.answers import Case, is_stub
from toynet.check.catalogue import codes
from toynet.check.diagnose import judge, judge_value, recognised
from toynet.check.probes import (
    _batch,
    _batches,
    _draws,
    _page_names,
    _reference,
)
from toynet.net import Params


def forward(f, seed=0):
    """Check `f(X, params) -> y_hat`, for X (N, 3) and y_hat (N, 2)."""
    g = _draws(seed)
    square = [(3, 3), (2, 2)] * 4  # rows and units, where much can run
    case = Case(
        "forward", "f(X, params)", ("y_hat",),
        right=lambda X, params: net.forward(X, params).y_hat,
        probes=[(X, params) for X, _, params in _batches(g)],
        extra=[(X / 2, params) for X, _, params in [
            _batch(g, *size) for size in [(5, 2), (20, 4), *square]]],
        names=lambda X, params: _page_names(X, X[:, :2], params),
        base=net.forward, base_gives=lambda activations: activations.y_hat,
        look="y_hat = σ(relu(X @ W1 + b1) @ W2 + b2), chapter 2 (eq-y_hat)",
        done="Your y_hat is right for seven rows, one row, and at the kink.",
    )
    report = judge(case, f)
    unnamed = report.diagnosis in ("raised", "unknown", "wrong-shape")
    return _otherwise(case, f, g, report) if unnamed else report


def _otherwise(case, f, g, report):
    """Try an answer that has no name yet on inputs of other shapes."""
    seen = report.message.splitlines()[0]
    square = _in_squares(f, g)
    if square is not None:
        return words.wrong(
            square.diagnosis, seen, *square.message.splitlines()[1:])
    code = _row_by_row(case, f)
    if code == "one-row-only" and report.diagnosis == "unknown":
        code = "rows-mixed"  # it takes a batch, and gets it wrong
    return recognised("forward", code, seen) if code else report


def _row_by_row(case, f):
    """Name the mistake of what is right for rows alone, or for columns."""
    def _points(h, X, params):
        return torch.stack([_two(h(x, params)) for x in X])

    def _rows(h, X, params):
        return torch.stack([_two(h(x[None], params)) for x in X])

    def _columns(h, X, params):
        return h(X.T, params).transpose(0, 1)

    case = case._replace(exercise="", extra=(), names=None)
    uses = {_points: "one-row-only", _rows: "one-row-only",
            _columns: "columns-for-rows"}
    for use, code in uses.items():
        if judge(case._replace(use=use), f):
            return code
    return None


def _two(y):
    return torch.as_tensor(y).reshape(2)


def _in_squares(f, g):
    """Name products that never fit: they are tried where all sizes are 3."""
    linear, shapes = torch.nn.functional.linear, ((3, 3), (3,), (3, 3), (3,))
    probes = [
        (torch.randn(3, 3, generator=g),
         Params(*(torch.randn(shape, generator=g) for shape in shapes)))
        for _ in range(2)
    ]
    square = judge(Case(
        "forward-square", "f(X, params)", ("y_hat",), probes=probes,
        right=lambda X, p: torch.sigmoid(linear(
            torch.relu(linear(X, p.W1.T, p.b1)), p.W2.T, p.b2)),
    ), f)
    known = square.diagnosis in codes("forward-square")
    return square if known else None


def loss(f, seed=0):
    """Check `f(y_hat, Y) -> L`, the sum of squared errors, a scalar."""
    g = _draws(seed)
    probes = [_outputs(g, N) for N in (7, 1, 2, 20)]
    return judge(Case(
        "loss", "f(y_hat, Y)", ("L",), right=net.sse, base=net.sse,
        probes=probes[:2], extra=probes[2:],
        names=lambda y_hat, Y: {"y_hat": y_hat, "Y": Y, "L": net.sse(
            y_hat, Y)},
        look="L = Σ (y_hat - Y)², over all entries, chapter 2 (eq-sse)",
        done="The sum of squared errors, for seven rows and for one.",
    ), f)


def _outputs(g, N):
    """Draw N rows of outputs between 0 and 1, and both labels of each."""
    y_hat = 0.05 + 0.9 * torch.rand(N, 2, generator=g)
    return y_hat, (torch.rand(N, 2, generator=g) > 0.5).float()


def row(mine):
    """Check `mine`, the two outputs for the second row of X, by pencil.

    Three decimals are enough; X and the parameters are those that the
    chapter draws with seed 0.
    """
    X, _, params = _reference()
    if isinstance(mine, list | torch.Tensor) and _length(mine) == 1:
        mine = mine[0]  # a batch of one row
    return judge_value(Case(
        "row", "mine", ("mine",), right=lambda run: _second(*run),
        probes=[((X, params),)], use=lambda f, run: f(*run),
        base=net.forward, base_gives=lambda a: a.y_hat[1], tol=2.5e-3,
        look="z2 = h @ W2 + b2 and y_hat = σ(z2), chapter 2 (eq-y_hat)",
        done="Both outputs, as near as three decimals can come. One hidden "
        "unit was silent, the second: its z1 is below 0.",
    ), mine)


def _second(X, params):
    return net.forward(X, params).y_hat[1]


def _length(x):
    return 0 if isinstance(x, torch.Tensor) and not x.dim() else len(x)


def best_constant(f, seed=0):
    """Check `f(Y) -> c`, the two numbers that cost least, one a column."""
    g = _draws(seed)
    probes = [_labels(g, *ones) for ones in ((20, 13, 8), (5, 4, 3))]
    extra = [_labels(g, *ones) for ones in ((4, 2, 1), (7, 5, 1))]
    return judge(Case(
        "best_constant", "f(Y)", ("c",), right=_share, base=_share,
        probes=[*probes, _labels(g, 1, 1, 0)], extra=extra, use=_as_pair,
        names=lambda Y: {"Y": Y, "share": Y.mean(0)}, tol=5e-3,
        look="L = Σ (c - y)² over a column, chapter 2 (eq-sse)",
        done="The share of ones in each column: no other number costs less.",
    ), f)


def _share(Y):
    return Y.mean(0)


def _labels(g, N, *ones):
    """Make N labels with so many ones in a column, in an order by chance."""
    columns = [(torch.randperm(N, generator=g) < n).float() for n in ones]
    return (torch.stack(columns, dim=1),)


def _as_pair(f, Y):
    """Take a list of two numbers, or a batch of one row, for a pair."""
    c = f(Y)
    if isinstance(c, tuple | list) and len(c) == 2 and all(
        isinstance(x, int | float)
        or isinstance(x, torch.Tensor) and x.numel() == 1 for x in c
    ):
        return torch.stack([torch.as_tensor(x).reshape(()) for x in c])
    if isinstance(c, torch.Tensor) and c.shape == (1, 2):
        return c[0]
    return c


def broadcast(wrong_mean, right_mean):
    """Check the mean over all pairs, and the mean over the rows.

    Both are of the first output alone, for the twenty rows and the
    untrained network that the chapter draws with seed 0.
    """
    given = {"wrong_mean": wrong_mean, "right_mean": right_mean}
    missing = [name for name, mean in given.items() if is_stub(mean)]
    if len(missing) == 2:
        return words.NOT_ATTEMPTED
    if missing:
        return words.wrong(
            "not-attempted", f"`{missing[0]}` is still empty: both numbers "
            "are needed, since the exercise compares them.")
    X, Y, params = _reference()
    return judge_value(Case(
        "broadcast", "wrong_mean, right_mean", tuple(given),
        right=lambda run: _two_means(*run), base=_two_means,
        probes=[((net.forward(X, params).y_hat, Y),)],
        use=lambda f, run: f(*run), tol=2e-3,
        look="the axes are compared from the right, chapter 2, the section "
        "What goes wrong without a word",
        done="Both means, and nothing but the shape tells them apart.",
    ), tuple(given.values()))


def _two_means(y_hat, Y):
    """Return the mean over all 400 pairs, and that over the rows."""
    wrong = ((y_hat[:, :1] - Y[:, 0]) ** 2).mean()     # ()
    right = ((y_hat[:, 0] - Y[:, 0]) ** 2).mean()      # ()
    return wrong, right
