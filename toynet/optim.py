"""Six update rules: parameters and state go in, new ones come out.

Each rule takes `params` and `grads`, two equal-length tuples of tensors
(`Params`, say), and `state`, None before the first step. It returns the
new parameters, in the type of `params`, and the state for the next step.
Nothing that was given is changed. A setting such as `lr` is a number, or
a tensor that broadcasts against every parameter.
"""

import torch


def sgd(params, grads, state=None, lr=0.01):
    """`p ← p - lr g`. Robbins and Monro, 1951."""
    _check(params, grads, lr=lr)
    return _like(params, (p - lr * g for p, g in _pairs(params, grads))), None


def momentum(params, grads, state=None, lr=0.01, beta=0.9):
    """`v ← beta v + g`, `p ← p - lr v`; the first v is g.

    Equal to `torch.optim.SGD(momentum=beta)`. Polyak, 1964.
    """
    _check(params, grads, lr=lr, beta=beta)
    v = _blend(state or _zeros(params), grads, beta, 1)
    return _like(params, (p - lr * u for p, u in _pairs(params, v))), v


def nesterov(params, grads, state=None, lr=0.01, beta=0.9):
    """`v ← beta v + g`, `p ← p - lr (g + beta v)`.

    Equal to `torch.optim.SGD(momentum=beta, nesterov=True)`.
    Nesterov, 1983, in the form of Sutskever et al., 2013.
    """
    _check(params, grads, lr=lr, beta=beta)
    v = _blend(state or _zeros(params), grads, beta, 1)
    ahead = _blend(v, grads, beta, 1)
    return _like(params, (p - lr * u for p, u in _pairs(params, ahead))), v


def rmsprop(params, grads, state=None, lr=0.01, alpha=0.99, eps=1e-8):
    """`s ← alpha s + (1 - alpha) g²`, `p ← p - lr g / (√s + eps)`.

    Equal to `torch.optim.RMSprop`. Tieleman and Hinton, 2012.
    """
    _check(params, grads, lr=lr, alpha=alpha, eps=eps)
    squares = tuple(g * g for g in grads)
    s = _blend(state or _zeros(params), squares, alpha, 1 - alpha)
    steps = (g / (r.sqrt() + eps) for g, r in _pairs(grads, s))
    return _like(params, (p - lr * u for p, u in _pairs(params, steps))), s


def adam(
    params, grads, state=None, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8
):
    """m, v: running means of g, g²; `p ← p - lr m̂ / (√v̂ + eps)`.

    `m̂ = m / (1 - beta1^t)`, `v̂ = v / (1 - beta2^t)` undo the start at 0;
    state is (m, v, t). Equal to `torch.optim.Adam`. Kingma and Ba, 2015.
    """
    _check(params, grads, lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    m, v, t = state or (_zeros(params), _zeros(params), 0)
    t = t + 1
    m = _blend(m, grads, beta1, 1 - beta1)
    v = _blend(v, tuple(g * g for g in grads), beta2, 1 - beta2)
    steps = (
        (a / (1 - beta1**t)) / ((b / (1 - beta2**t)).sqrt() + eps)
        for a, b in _pairs(m, v)
    )
    moved = _like(params, (p - lr * u for p, u in _pairs(params, steps)))
    return moved, (m, v, t)


def adamw(
    params, grads, state=None, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8,
    weight_decay=0.01,
):
    """Shrink p by the factor `1 - lr weight_decay`, then step as Adam does.

    Equal to `torch.optim.AdamW`. Loshchilov and Hutter, 2019.
    """
    _check(params, grads, lr=lr, weight_decay=weight_decay)
    shrunk = _like(params, (p * (1 - lr * weight_decay) for p in params))
    return adam(shrunk, grads, state, lr, beta1, beta2, eps)


def _blend(old, new, a, b):
    """Return a * old + b * new, tensor by tensor."""
    return tuple(a * x + b * y for x, y in _pairs(old, new))


def _zeros(params):
    return tuple(torch.zeros_like(p) for p in params)


def _pairs(xs, ys):
    return zip(xs, ys, strict=True)


def _like(params, tensors):
    """Put new tensors into the type of `params`, NamedTuple or tuple."""
    make = getattr(params, "_make", type(params))
    return make(tensors)


def _check(params, grads, **numbers):
    """Raise unless each gradient fits its parameter and the numbers do."""
    if not isinstance(params, tuple | list):
        raise TypeError(
            "params must be a tuple of tensors, got "
            f"{type(params).__name__}: one tensor p is (p,)"
        )
    if len(params) != len(grads):
        raise ValueError(
            f"one gradient a parameter is needed, got {len(grads)} for "
            f"{len(params)}: pass both in the same order"
        )
    for i, (p, g) in enumerate(_pairs(params, grads)):
        _check_tensor(f"parameter {i}", p)
        _check_tensor(f"gradient {i}", g)
        if p.shape != g.shape or p.dtype != g.dtype:
            raise ValueError(
                f"gradient {i} must have shape {tuple(p.shape)} in {p.dtype}, "
                f"got {tuple(g.shape)} in {g.dtype}: pass both in the same "
                "order"
            )
    _check_numbers(**numbers)


def _check_tensor(name, t):
    """Raise unless `t` is a floating tensor without NaN."""
    if not isinstance(t, torch.Tensor) or not t.is_floating_point():
        raise TypeError(
            f"{name} must be a floating tensor, got "
            f"{getattr(t, 'dtype', type(t).__name__)}: convert with .float()"
        )
    if t.isnan().any():
        raise ValueError(
            f"{name} must hold numbers, got NaN: look for the step that "
            "made it, a division by zero or a rate too large"
        )


def _check_numbers(**numbers):
    """Raise for a rate below 0, and for a mean's weight outside [0, 1)."""
    for name, number in numbers.items():
        below_one = name in ("beta", "beta1", "beta2", "alpha")
        fits = (number >= 0) & ((number < 1) | (not below_one))
        if not torch.as_tensor(fits).all():  # a tensor is one for each
            bound = "from 0 to below 1" if below_one else "0 or above"
            raise ValueError(
                f"{name} must be {bound}, got {number}: see the rule's "
                "docstring for the usual value"
            )
