"""The training loop."""

import math

import torch


def fit(model, X, Y, optimizer, steps, loss=torch.nn.functional.mse_loss):
    """Take `steps` full-batch steps; return the loss before each, (steps,).

    `model` maps X to y_hat, `optimizer` holds the model's parameters, and
    `loss(y_hat, Y)` is a scalar. The model is changed in place. Raises
    before the first step, ValueError if `steps` is below 0 or the shapes
    of y_hat and Y differ, TypeError if their dtypes do; and ValueError at
    a step whose loss is NaN or infinite.
    """
    if steps < 0:
        raise ValueError(
            f"steps must be 0 or above, got {steps}: 0 leaves all as it is"
        )
    losses = []
    for t in range(steps):
        y_hat = model(X)                               # (N, 2)
        _check_like(Y, y_hat)
        L = loss(y_hat, Y)                             # ()
        losses.append(_finite(L.item(), t))
        optimizer.zero_grad()
        L.backward()
        optimizer.step()
    return torch.tensor(losses, dtype=torch.float64)


def _check_like(Y, y_hat):
    """Raise where a loss would convert, broadcast or average nothing."""
    if y_hat.dtype != Y.dtype:
        raise TypeError(
            f"Y must have the dtype of y_hat, {y_hat.dtype}, "
            f"got {Y.dtype}: convert with .to({y_hat.dtype})"
        )
    if y_hat.shape != Y.shape or Y.numel() == 0:
        raise ValueError(
            f"Y must have the shape of y_hat, {tuple(y_hat.shape)}, with "
            f"at least one row, got {tuple(Y.shape)}: give one row of "
            "labels for each row of X"
        )


def _finite(L, t):
    """Return the loss L of step t, or raise if it is NaN or infinite."""
    if not math.isfinite(L):
        raise ValueError(
            f"the loss must be a finite number, got {L} at step {t}: "
            "look for NaN in X, Y or the model, or lower the rate"
        )
    return L
