"""Least squares: the exact Jacobian of the errors, and damped steps by it.

The loss is a sum of squares, so the first derivatives of the errors hold
most of its curvature. Each function takes one network or, with a leading
axis E, a stack of them; the comments have the shapes of a stack.
"""

import torch

from toynet.ensemble import Run, _stacked
from toynet.net import Activations, Params, _shapes
from toynet.net import _check as check_tensors


def residuals(params, X, Y):
    """Return `r = y_hat - Y`, (2N,) or (E, 2N), point by point.

    X is (N, 3) and Y (N, 2), the same for all networks. The mean of the
    squares is `net.mse`. Raises ValueError for shapes that do not fit or
    a NaN, and TypeError unless all are floating tensors of one dtype.
    """
    _check(params, X, Y)
    return _errors(params, X, Y)


def jacobian(params, X):
    """Return the derivatives of `residuals`, (2N, P) or (E, 2N, P).

    A row for each output of each point, a column for each of the P = 26
    numbers, in the order W1, b1, W2, b2; relu'(0) is 0, as PyTorch has
    it. X and errors are those of `residuals`.
    """
    _check(params, X)
    return _slopes(params, X)


def levenberg_marquardt(params, X, Y, steps, target=0.0, damping=1.0):
    """Take `steps` steps δ, `(JᵀJ + λI) δ = -Jᵀr`: an `ensemble.Run`.

    Each network has a λ of its own, `damping` at first. A step that
    lowers the loss is taken, and λ is halved; any other is not, and λ is
    doubled. Loss and target are means, as `net.mse` is. Raises as
    `residuals` does, and ValueError for steps below 0 or a damping that
    is not above 0. Levenberg, 1944; Marquardt, 1963.
    """
    _check(params, X, Y, steps, damping)
    theta = _flat(params)                              # (E, P)
    r = _errors(params, X, Y)                          # (E, 2N)
    lam = torch.full_like(r[..., 0], damping)          # (E,)
    first = torch.full(lam.shape, -1)                  # (E,)
    for t in range(steps + 1):
        L = (r ** 2).mean(-1)                          # (E,)
        first = torch.where((first < 0) & (target > L), t, first)
        if t < steps:
            theta, r, lam = _step(theta, X, Y, r, lam)
    return Run(_cut(theta), L, first)


def _step(theta, X, Y, r, lam):
    """Try one step; return theta, residuals and λ after it."""
    J = _slopes(_cut(theta), X)                        # (E, 2N, P)
    A = J.mT @ J                                       # (E, P, P)
    A.diagonal(0, -2, -1).add_(lam[..., None])
    uphill = J.mT @ r[..., None]                       # (E, P, 1)
    delta = torch.linalg.solve_ex(A, -uphill)[0]       # (E, P, 1)
    tried = theta + delta[..., 0]                      # (E, P)
    r_tried = _errors(_cut(tried), X, Y)               # (E, 2N)
    better = (r_tried ** 2).sum(-1) < (r ** 2).sum(-1)  # (E,)
    took = better[..., None]                           # (E, 1)
    theta = torch.where(took, tried, theta)            # (E, P)
    r = torch.where(took, r_tried, r)                  # (E, 2N)
    return theta, r, torch.where(better, lam / 2, lam * 2)


def _slopes(params, X):
    """The Jacobian, block by block of the parameters."""
    z1, h, _, y_hat = _forward(X, params)
    slope = y_hat * (1 - y_hat)                        # (E, N, 2)
    gate = (z1 > 0)[..., None, :]                      # (E, N, 1, H)
    W2 = params.W2.mT[..., None, :, :]                 # (E, 1, 2, H)
    by_b2 = torch.diag_embed(slope)                    # (E, N, 2, 2)
    by_W2 = h[..., None, :, None] * by_b2[..., None, :]  # (E, N, 2, H, 2)
    by_b1 = slope[..., None] * W2 * gate               # (E, N, 2, H)
    by_W1 = X[:, None, :, None] * by_b1[..., None, :]  # (E, N, 2, 3, H)
    blocks = by_W1.flatten(-2), by_b1, by_W2.flatten(-2), by_b2
    return torch.cat(blocks, -1).flatten(-3, -2)       # (E, 2N, P)


def _errors(params, X, Y):
    return (_forward(X, params).y_hat - Y).flatten(-2)  # (E, 2N)


def _forward(X, params):
    """`net.forward` of a stack, without its checks."""
    W1, b1, W2, b2 = params
    z1 = X @ W1 + b1[..., None, :]                     # (E, N, H)
    h = torch.relu(z1)                                 # (E, N, H)
    z2 = h @ W2 + b2[..., None, :]                     # (E, N, 2)
    return Activations(z1, h, z2, torch.sigmoid(z2))


def _flat(params):
    """Join the P = 6H + 2 numbers of each network: (E, P)."""
    W1, b1, W2, b2 = params
    return torch.cat([W1.flatten(-2), b1, W2.flatten(-2), b2], -1)


def _cut(theta):
    """Undo `_flat`: views of theta as a `Params`."""
    H = (theta.shape[-1] - 2) // 6
    W1, b1, W2, b2 = theta.split([3 * H, H, 2 * H, 2], -1)
    return Params(W1.unflatten(-1, (3, H)), b1, W2.unflatten(-1, (H, 2)), b2)


def _check(params, X, Y=None, steps=0, damping=1.0):
    """Raise unless all of it fits together."""
    if steps < 0:
        raise ValueError(
            f"steps must be 0 or above, got {steps}: 0 leaves all as it is")
    if not damping > 0:
        raise ValueError(
            f"damping must be above 0, got {damping}: without it the matrix "
            "may have no inverse")
    stack = isinstance(params, Params) and params.W1.dim() == 3
    wanted = _stacked(params) if stack else _shapes(params)
    if Y is not None:
        wanted["Y"] = Y, ("N", 2)
    check_tensors(X=(X, ("N", 3)), **wanted)
