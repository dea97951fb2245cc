"""How the loss bends: Hessian, sharpness, and how far a step may go.

Every `loss` here maps a `Params` to a scalar, as for
`backprop.numerical_gradient`. At 26 numbers all of it is exact.
"""

import torch

from toynet.net import Params, forward


def flatten(params):
    """Put W1, b1, W2, b2 into one vector: (26,) for four hidden units."""
    return torch.cat([p.flatten() for p in params])


def unflatten(vector, like):
    """Cut a vector into a `Params` of the shapes of `like`."""
    parts = vector.split([p.numel() for p in like])
    return Params(*(
        v.view_as(p) for v, p in zip(parts, like, strict=True)))


def hessian(loss, params):
    """All second derivatives of `loss`, (26, 26), rows as `flatten` has them.

    Between kinks it is symmetric; a kink itself adds nothing to it, since
    relu' is taken to be flat there.
    """
    def _of_vector(v):
        return loss(unflatten(v, params))

    return torch.func.hessian(_of_vector)(flatten(params).detach())


def sharpness(loss, params):
    """The largest eigenvalue of the Hessian, in units of L per p²."""
    return torch.linalg.eigvalsh(hessian(loss, params))[-1].item()


def curvature_along(loss, params, direction):
    """Rayleigh's quotient `dᵀ H d / dᵀ d` of a direction d, a `Params`."""
    d = flatten(direction)
    if not d.norm() > 0:
        raise ValueError(
            "direction must have a length above 0, got 0: "
            "at a stationary point no direction is downhill"
        )
    return (d @ hessian(loss, params) @ d / (d @ d)).item()


def largest_rate(loss, params, grads, most=1e6):
    """The rate at which a step of descent first stops lowering the loss.

    The rates from 0 to the one returned all lower it, as far as a search
    in steps of a tenth can see; the end is then halved in to rounding.
    Returns `most` where no rate up to `most` fails, 0.0 where the
    smallest does.
    """
    start = loss(params)

    def _gain(lr):
        moved = Params(*(
            p - lr * g for p, g in zip(params, grads, strict=True)))
        return (start - loss(moved)).item()

    low, high = 0.0, most * 1e-12
    while _gain(high) > 0:
        if high >= most:
            return most
        low, high = high, high * 1.1
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if _gain(middle) > 0 else (low, middle)
    return low


def crossings(X, before, after):
    """Which ReLUs change side between two `Params`, (N, 4) of bool."""
    return (forward(X, before).z1 > 0) != (forward(X, after).z1 > 0)
