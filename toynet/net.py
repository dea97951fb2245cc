"""The network: its 26 numbers, its forward pass, its losses."""

from typing import NamedTuple

import torch


class Params(NamedTuple):
    """W1 (3, 4), b1 (4,), W2 (4, 2), b2 (2,); a gradient is one as well."""

    W1: torch.Tensor  # (3, 4)
    b1: torch.Tensor  # (4,)
    W2: torch.Tensor  # (4, 2)
    b2: torch.Tensor  # (2,)


class Activations(NamedTuple):
    """z1 (N, 4), h (N, 4), z2 (N, 2), y_hat (N, 2), as `forward` goes."""

    z1: torch.Tensor  # (N, 4)
    h: torch.Tensor  # (N, 4)
    z2: torch.Tensor  # (N, 2)
    y_hat: torch.Tensor  # (N, 2)


def init_params(generator=None, scale=0.2):
    """Draw W1, b1, W2, b2, in this order, each `scale * randn`.

    Returns float32 `Params` of shapes (3, 4), (4,), (4, 2), (2,). The
    draws come from `generator`, or from PyTorch's own where it is None.
    """
    W1 = torch.randn(3, 4, generator=generator) * scale  # (3, 4)
    b1 = torch.randn(4, generator=generator) * scale     # (4,)
    W2 = torch.randn(4, 2, generator=generator) * scale  # (4, 2)
    b2 = torch.randn(2, generator=generator) * scale     # (2,)
    return Params(W1, b1, W2, b2)


# The text of `forward` and `sse` is what toynet/check/mistakes exchanges.
def forward(X, params):
    """Compute `sigmoid(relu(X @ W1 + b1) @ W2 + b2)`, each step kept.

    X is (N, 3); `params` may have any hidden width H in place of 4.
    Raises ValueError for a wrong shape or a NaN, TypeError where X and
    the parameters are not floating tensors of one dtype.
    """
    _check(X=(X, ("N", 3)), **_shapes(params))
    z1 = X @ params.W1 + params.b1                     # (N, 4)
    h = torch.relu(z1)                                 # (N, 4)
    z2 = h @ params.W2 + params.b2                     # (N, 2)
    y_hat = torch.sigmoid(z2)                          # (N, 2)
    return Activations(z1, h, z2, y_hat)


def sse(y_hat, Y):
    """Return the sum of squared errors, `L = Σ (y_hat - Y)²`.

    Both are (N, 2), L is a scalar. Raises ValueError where the shapes
    differ, because PyTorch would broadcast them, and for an empty batch
    or a NaN.
    """
    _check(y_hat=(y_hat, ("N", 2)), Y=(Y, ("N", 2)))
    return ((y_hat - Y) ** 2).sum()


def mse(y_hat, Y):
    """Return the mean of squared errors over all 2N entries, a scalar.

    This is PyTorch's `mse_loss`, and `sse` divided by 2N. Raises as
    `sse` does.
    """
    _check(y_hat=(y_hat, ("N", 2)), Y=(Y, ("N", 2)))
    return ((y_hat - Y) ** 2).mean()


_HINTS = {
    "X": "give one row a point, at least one; a single point x is x[None]",
    "Y": "give one row of two labels a point, as generate_data does",
    "y_hat": "give one row of two outputs a point, as forward does",
    "params": "one hidden width H, at least 1, runs through W1, b1 and W2",
    **dict.fromkeys(
        ("dW1", "db1", "dW2", "db2"),
        "give the gradients in the order W1, b1, W2, b2",
    ),
}


def _shapes(params):
    """Pair each parameter with the shape it must have, for `_check`."""
    if not isinstance(params, Params):
        raise TypeError(
            f"params must be a Params, got {type(params).__name__}: "
            "wrap the four tensors as Params(W1, b1, W2, b2)"
        )
    shapes = (3, "H"), ("H",), ("H", 2), (2,)
    return dict(zip(params._fields, zip(params, shapes, strict=True),
                    strict=True))


def _check(**tensors):
    """Hold named (tensor, shape) pairs to shape, dtype and numbers."""
    sizes, dtypes = {}, {}
    for name, (tensor, shape) in tensors.items():
        _check_floating(name, tensor)
        _check_shape(name, tensor, shape, sizes)
        if _has_nan(tensor):
            raise ValueError(
                f"{name} must hold numbers, got NaN: look for the step "
                "that made it, a division by zero or a rate too large"
            )
        dtypes.setdefault(tensor.dtype, name)
    if len(dtypes) > 1:
        got = ", ".join(f"{name} in {t}" for t, name in dtypes.items())
        raise TypeError(
            f"all tensors must have one dtype, got {got}: "
            "convert with .to(torch.float32) or .to(torch.float64)"
        )


def _check_floating(name, tensor):
    """Raise TypeError unless `tensor` is a tensor of a floating dtype."""
    if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
        got = getattr(tensor, "dtype", type(tensor).__name__)
        raise TypeError(
            f"{name} must be a floating tensor, got {got}: "
            "make one with torch.tensor(..., dtype=torch.float32)"
        )


def _check_shape(name, tensor, shape, sizes):
    """Hold a tensor to `shape`; a letter is one size, kept in `sizes`."""
    got = tuple(tensor.shape)
    wanted = tuple(sizes.get(size, size) for size in shape)
    fits = len(got) == len(wanted) and all(
        n == w or isinstance(w, str) for n, w in zip(got, wanted, strict=True)
    )
    if not fits or 0 in got:
        raise ValueError(
            f"{name} must have shape {wanted}, got {got}: ".replace("'", "")
            + _HINTS.get(name, _HINTS["params"])
        )
    sizes.update(zip(shape, got, strict=True))


def _has_nan(tensor):
    """Say whether a NaN is there; inside `torch.func.vmap` one can't look."""
    try:
        return bool(tensor.isnan().any())
    except RuntimeError:  # vmap: a batch of tensors has no one truth value
        return False
