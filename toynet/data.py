"""The task: three normal inputs, two yes-or-no labels."""

import torch


def generate_data(N, generator=None):
    """Draw N standard normal rows X and label them: `Y = label(X)`.

    Returns X (N, 3) and Y (N, 2), float32. One `torch.randn(N, 3)` is
    taken from `generator`, or from PyTorch's own where it is None.
    Raises ValueError if N is not a whole number of at least 1.
    """
    if isinstance(N, bool) or not isinstance(N, int) or N < 1:
        raise ValueError(
            f"N must be a whole number of at least 1, got {N!r}: "
            "ask for the number of rows that you want, for example 20"
        )
    X = torch.randn(N, 3, generator=generator)
    return X, label(X)


def label(X):
    """Return `[|x1 + sign(x3) x2| > 1.33]` and `[‖x‖₂ > 1.33]` a row.

    X is (N, 3); Y is (N, 2), 0. or 1., in the dtype of X. Where x3 is 0
    the sum counts as 0, and y1 is 0. Raises ValueError if X has another
    shape, no row or a NaN, TypeError if it is not a floating tensor.
    """
    _check_points(X)
    x1, x2, x3 = X.unbind(1)                           # (N,)
    s = torch.sign(x3)                                 # (N,)
    total = torch.where(s == 0, 0, x1 + s * x2)        # (N,)
    y1 = total.abs() > 1.33                            # (N,)
    y2 = torch.linalg.vector_norm(X, dim=1) > 1.33     # (N,)
    return torch.stack([y1, y2], dim=1).to(X.dtype)


def _check_points(X):
    """Raise unless X is a floating tensor (N, 3), N >= 1, without NaN."""
    if not isinstance(X, torch.Tensor) or not X.is_floating_point():
        got = getattr(X, "dtype", type(X).__name__)
        raise TypeError(
            f"X must be a floating tensor, got {got}: "
            "make one with torch.tensor(..., dtype=torch.float32)"
        )
    if X.dim() != 2 or X.shape[0] < 1 or X.shape[1] != 3:
        raise ValueError(
            f"X must have shape (N, 3) with N >= 1, got {tuple(X.shape)}: "
            "give one row a point; a single point x is x[None]"
        )
    if X.isnan().any():
        raise ValueError(
            "X must hold numbers, got NaN in row "
            f"{int(X.isnan().any(1).nonzero()[0])}: remove or mend that row"
        )
