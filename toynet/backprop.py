"""The chain rule by hand, and central differences as its witness."""

from itertools import product

import torch

from toynet.net import Params, _check, _shapes, forward


# This text, and that of `descend`, is what toynet/check/mistakes exchanges.
def backward(X, Y, params):
    """Return the gradient of `L = Σ (y_hat - Y)²`, a `Params`.

    X is (N, 3), Y (N, 2); raises as `forward` does. It is the gradient
    of the sum: divide it by 2N for that of the mean. At a kink,
    z1 = 0, relu' is 0, as in PyTorch.
    """
    z1, h, z2, y_hat = forward(X, params)
    _check(y_hat=(y_hat, ("N", 2)), Y=(Y, ("N", 2)))
    dy_hat = 2 * (y_hat - Y)                           # (N, 2)
    dz2 = dy_hat * (1 - y_hat) * y_hat                 # (N, 2)
    dW2 = h.T @ dz2                                    # (4, 2)
    db2 = dz2.sum(0)                                   # (2,)
    dh = dz2 @ params.W2.T                             # (N, 4)
    dz1 = dh * (z1 > 0)                                # (N, 4)
    dW1 = X.T @ dz1                                    # (3, 4)
    db1 = dz1.sum(0)                                   # (4,)
    return Params(dW1, db1, dW2, db2)


def numerical_gradient(loss, params, eps=None):
    """Return `(loss(p + eps) - loss(p - eps)) / 2 eps` for each p.

    `loss` maps a `Params` to a scalar; the result is a `Params`. `eps`
    is in the units of p; where it is None, the cube root of the dtype's
    rounding unit, which balances rounding against curvature. Raises
    ValueError if eps is not above 0. `params` is left as it is.
    """
    _check(**_shapes(params))
    params = Params(*(p.detach() for p in params))
    if eps is None:
        eps = torch.finfo(params.W1.dtype).eps ** (1 / 3)
    if not eps > 0:
        raise ValueError(
            f"eps must be above 0, got {eps}: leave it out, or try 1e-5"
        )
    grads = Params(*(torch.empty_like(p) for p in params))
    for name, grad in grads._asdict().items():
        for at in product(*map(range, grad.shape)):
            up = _nudged(params, name, at, eps)
            down = _nudged(params, name, at, -eps)
            grad[at] = (loss(up) - loss(down)) / (2 * eps)
    return grads


def _nudged(params, name, at, eps):
    """Return `params` with eps added to the number `at` in one of them."""
    nudged = getattr(params, name).clone()
    nudged[at] += eps
    return params._replace(**{name: nudged})


def descend(params, grads, lr):
    """Take one step of gradient descent, `p - lr dp`: a new `Params`.

    Raises ValueError or TypeError if a gradient does not fit its
    parameter, and ValueError if lr is negative. `params` is left as it is.
    """
    _check(**_shapes(params), **_like_params(grads, params))
    if not lr >= 0:
        raise ValueError(
            f"lr must be 0 or above, got {lr}: descend subtracts already"
        )
    return Params(*(p - lr * g for p, g in zip(params, grads, strict=True)))


def _like_params(grads, params):
    """Pair each gradient with its parameter's shape, for `_check`."""
    if len(grads) != len(params):
        raise ValueError(
            f"grads must be {len(params)} tensors, got {len(grads)}: "
            "give the gradients in the order W1, b1, W2, b2"
        )
    return {
        f"d{name}": (g, tuple(p.shape))
        for name, p, g in zip(params._fields, params, grads, strict=True)
    }
