"""Many networks at once: E of them in one array, one step for all.

Outside, the networks are the first axis of a `Params`: W1 is (E, 3, H).
Inside they are the last, so that every operation runs along memory and
the first layer of all networks is one matrix product. The P = 6H + 2
numbers of all networks are one tensor (P, E), `theta`, so that a rule
has one parameter to move in place of four. Each network costs about 7 kB.

A network ends as it does alone, up to the order of rounding. Of 1,000 in
1,000 steps in float64, with Adam at 0.03 all met 0.01 at the same step as
alone. Of SGD's at 3.0, 985 did, and 999 agreed on whether they met it. The
others had a rate at which each step enlarges a difference: a copy moved by
one unit in the last place left them as well, and two ways to train alone
parted as often. Not a kink but the rate is behind it. No ReLU of a pair
had changed side before their distance had grown from 1e-16 to 1e-4; with
tanh pairs part too, and at a rate of 1.0 none does.
"""

import sys
from time import monotonic
from typing import NamedTuple

import torch
from torch.linalg import vecdot
from torch.nn.functional import softplus

from toynet.net import Activations, Params
from toynet.net import _check as check_tensors


class Run(NamedTuple):
    """What became of E networks.

    `params` is stacked along its first axis, `loss` (E,) is the loss
    behind the last step, and `first` (E,) how many steps had been taken
    when the loss was first below the target, -1 for never.
    """

    params: Params
    loss: torch.Tensor
    first: torch.Tensor


def starts(E, generator=None, hidden=4, scale=0.2):
    """Draw E networks, one after the other, as `init_params` draws one.

    Returns a `Params` of shapes (E, 3, H), (E, H), (E, H, 2), (E, 2).
    Raises ValueError if E or `hidden` is below 1.
    """
    if E < 1 or hidden < 1:
        raise ValueError(
            f"E and hidden must be at least 1, got {E} and {hidden}: "
            "ask for one network of one unit or more"
        )
    sizes = 3 * hidden, hidden, hidden * 2, 2
    shapes = (3, hidden), (hidden,), (hidden, 2), (2,)
    flat = [[torch.randn(n, generator=generator) for n in sizes]
            for _ in range(E)]
    parts = (torch.stack(part) * scale for part in zip(*flat, strict=True))
    return Params(*(
        p.reshape(E, *s) for p, s in zip(parts, shapes, strict=True)))


@torch.no_grad()
def train(params, X, Y, rule, steps, loss="mse", target=0.0,
          progress=None, **settings):
    """Take `steps` full-batch steps with each of E networks: a `Run`.

    `rule` is from `toynet.optim`, each of its `settings` a number for all
    or a tensor (E,); `loss`, "mse" or "bce", is a mean over 2N entries. X
    is (N, 3), or (E, N, 3), one set each; Y likewise. `progress` counts
    on stderr; None: on a terminal, once two seconds have passed. Raises
    ValueError or TypeError for what does not fit together.
    """
    _check(params, X, Y, steps, loss, target)
    theta, X, Y = _inside(params), _points(X), _points(Y)
    value, slope = LOSSES[loss]
    first, state, begun = torch.full(theta.shape[1:], -1), None, monotonic()
    for t in range(steps + 1):
        p = _views(theta)
        acts = _forward(X, p)
        L = value(acts, Y)                             # (E,)
        first = torch.where((first < 0) & (target > L), t, first)
        if _is_long(begun) if progress is None else progress:
            _tell(t, steps, first)
        if t < steps:
            grads = _backward(X, p, acts, slope(acts, Y))
            (theta,), state = rule((theta,), (grads,), state, **settings)
    return Run(_outside(theta), L, first)


@torch.no_grad()
def gradient(params, X, Y, loss="mse"):
    """Return the loss (E,) of each network and its gradient, a `Params`.

    One step of `train` without its rule, for loops that `train` does not
    have: a batch a step, say. Shapes and errors are those of `train`.
    """
    _check(params, X, Y, 0, loss)
    p, X, Y = _views(_inside(params)), _points(X), _points(Y)
    value, slope = LOSSES[loss]
    acts = _forward(X, p)
    grads = _backward(X, p, acts, slope(acts, Y))
    return value(acts, Y), _outside(grads)


def _forward(X, p):
    """z1 (N, H, E), h, z2 (N, 2, E) and y_hat of all networks."""
    z1 = _first_layer(X, p.W1) + p.b1                  # (N, H, E)
    h = torch.relu(z1)                                 # (N, H, E)
    # One unit after the other: (N, H, 2, E) in one piece takes longer
    z2 = p.b2
    for h_j, W2_j in zip(h.unbind(1), p.W2, strict=True):
        z2 = torch.addcmul(z2, h_j[:, None], W2_j)     # (N, 2, E)
    return Activations(z1, h, z2, torch.sigmoid(z2))


def _backward(X, p, acts, dz2):
    """The gradient (P, E), from ∂L/∂z2 (N, 2, E) down."""
    dW2 = vecdot(acts.h[:, :, None], dz2[:, None], dim=0)  # (H, 2, E)
    dh = torch.addcmul(dz2[:, 0, None] * p.W2[:, 0],
                       dz2[:, 1, None], p.W2[:, 1])    # (N, H, E)
    # The sign of h is z1 > 0 in floats, and times a float a quarter the time
    dz1 = dh * acts.h.sign()                           # (N, H, E)
    parts = _outer(X, dz1), dz1.sum(0), dW2, dz2.sum(0)
    rows = [d.flatten(0, -2) for d in parts]
    return torch.cat(rows)                             # (P, E)


def _first_layer(X, W1):
    """X @ W1 for all networks; X is (N, 3), or (N, 3, E)."""
    if X.dim() == 2:
        return (X @ W1.flatten(1)).reshape(len(X), *W1.shape[1:])
    return (X[:, :, None] * W1).sum(1)                 # (N, H, E)


def _outer(X, dz1):
    """X.T @ dz1 for all networks, (3, H, E)."""
    if X.dim() == 2:
        return (X.T @ dz1.flatten(1)).reshape(3, *dz1.shape[1:])
    return (X[:, :, None] * dz1[:, None]).sum(0)


def _mse(acts, Y):
    return ((acts.y_hat - Y) ** 2).mean((0, 1))        # (E,)


def _mse_slope(acts, Y):
    y_hat = acts.y_hat
    dy_hat = (y_hat - Y) * (2 / y_hat[..., 0].numel())  # (N, 2, E)
    return dy_hat * (1 - y_hat) * y_hat                # (N, 2, E)


def _bce(acts, Y):
    z2 = acts.z2
    return (softplus(z2) - Y * z2).mean((0, 1))        # (E,)


def _bce_slope(acts, Y):
    y_hat = acts.y_hat
    return (y_hat - Y) / y_hat[..., 0].numel()         # (N, 2, E)


LOSSES = {"mse": (_mse, _mse_slope), "bce": (_bce, _bce_slope)}


def _inside(params):
    """Move the networks to the last axis, and join: theta (P, E)."""
    joined = torch.cat([p.flatten(1) for p in params], 1)  # (E, P)
    return joined.T.contiguous()                       # (P, E)


def _views(theta):
    """Cut theta into W1 (3, H, E), b1 (H, E), W2 (H, 2, E), b2 (2, E)."""
    H = (len(theta) - 2) // 6
    shapes = (3, H), (H,), (H, 2), (2,)
    parts = theta.split([3 * H, H, 2 * H, 2])
    return Params(*(
        q.view(*shape, -1) for q, shape in zip(parts, shapes, strict=True)))


def _outside(theta):
    """Undo `_inside`: a `Params` with the networks on the first axis."""
    return Params(*(
        q.movedim(-1, 0).contiguous() for q in _views(theta)))


def _points(data):
    """Move the networks' own points to the last axis: (N, 3, E)."""
    if data.dim() == 3:
        return data.movedim(0, -1).contiguous()
    return data if data.shape[1] == 3 else data[..., None]


def _check(params, X, Y, steps, loss, target=0.0):
    """Raise ValueError or TypeError unless all of it fits together."""
    if not steps >= 0:
        raise ValueError(
            f"steps must be 0 or above, got {steps}: 0 leaves all as it is")
    if loss not in LOSSES:
        raise ValueError(
            f"loss must be mse or bce, got {loss!r}: both are means over "
            "all entries")
    if not isinstance(target, int | float | torch.Tensor):
        raise TypeError(
            f"target must be a number, got {target!r}: leave it out, and "
            "no loss is below it")
    check_tensors(
        **_stacked(params), X=(X, _own(X, 3)), Y=(Y, _own(Y, 2)))


def _stacked(params):
    """Pair each parameter with the shape it must have, E networks' one."""
    if not isinstance(params, Params) or params.W1.dim() != 3:
        got = (tuple(params.W1.shape) if isinstance(params, Params)
               else f"a {type(params).__name__}")
        raise ValueError(
            "params must be a Params of stacked networks, W1 of shape "
            f"(E, 3, H), got {got}: use ensemble.starts, or torch.stack for "
            "each of the four")
    shapes = ("E", 3, "H"), ("E", "H"), ("E", "H", 2), ("E", 2)
    pairs = zip(params, shapes, strict=True)
    return dict(zip(params._fields, pairs, strict=True))


def _own(data, width):
    """The shape of data that is shared, or of a set for each network."""
    own = isinstance(data, torch.Tensor) and data.dim() == 3
    return ("E", "N", width) if own else ("N", width)


def _is_long(begun):
    """Say whether somebody at a terminal has waited two seconds."""
    return monotonic() - begun > 2 and sys.stderr.isatty()


def _tell(t, steps, first):
    """Write one line over itself, twenty times in all."""
    if t % max(1, steps // 20) == 0 or t == steps:
        done = f"\rstep {t} of {steps}, {(first >= 0).sum()} arrived"
        print(done, end="\n" if t == steps else "", file=sys.stderr)
