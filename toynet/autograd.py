"""A tensor engine: each operation stands beside its derivative."""

import torch


class Value:
    """A floating tensor that remembers how it was made.

    `data` is the tensor; `grad` is None until `backward` has reached the
    value, then a tensor of the shape and dtype of `data`.
    """

    def __init__(self, data, inputs=(), local=None):
        """Hold `data`; `local` maps the adjoint to one for each input."""
        self.data, self.grad = _checked(data, inputs), None
        self.inputs, self.local = inputs, local

    def __repr__(self):
        return f"Value({self.data})"

    def __add__(self, other):
        """`x + y`: both derivatives are 1."""
        other = _value(other, self)
        return Value(
            self.data + other.data, (self, other), lambda g: (g, g)
        )

    def __mul__(self, other):
        """`x y`: the derivative by x is y, by y it is x."""
        other = _value(other, self)
        x, y = self.data, other.data
        return Value(x * y, (self, other), lambda g: (g * y, g * x))

    def __truediv__(self, other):
        """`x / y`: the derivative by x is 1 / y, by y it is -x / y²."""
        other = _value(other, self)
        x, y = self.data, other.data
        return Value(
            x / y, (self, other), lambda g: (g / y, -g * (x / y) / y)
        )

    def __pow__(self, p):
        """`x**p` for a number p: the derivative is `p x**(p - 1)`."""
        if not isinstance(p, int | float):
            raise TypeError(
                f"the power must be a number, got {type(p).__name__}: "
                "the engine does not differentiate by an exponent"
            )
        x = self.data
        slope = p * x ** (p - 1) if p != 0 else torch.zeros_like(x)
        return Value(x**p, (self,), lambda g: (g * slope,))

    def __matmul__(self, other):
        """`X @ W`: the derivative by X is `G @ W.T`, by W it is `X.T @ G`."""
        other = _value(other, self)
        X, W = self.data, other.data
        _check_tables(X, W)
        return Value(
            X @ W, (self, other), lambda g: (g @ W.T, X.T @ g)
        )

    def relu(self):
        """`max(x, 0)`: the derivative is 1 where x > 0, else 0."""
        x = self.data
        return Value(
            torch.relu(x), (self,), lambda g: (torch.where(x > 0, g, 0),)
        )

    def sigmoid(self):
        """`s = 1 / (1 + exp(-x))`: the derivative is s (1 - s)."""
        s = torch.sigmoid(self.data)
        return Value(s, (self,), lambda g: (g * (1 - s) * s,))

    def sum(self, dim=None, keepdim=False):
        """`Σ x` over `dim`, or over all: each entry's derivative is 1."""
        x = self.data

        def local(g):
            if dim is not None and not keepdim:
                g = g.unsqueeze(dim)
            return (g.expand_as(x),)

        return Value(x.sum(dim, keepdim), (self,), local)

    def mean(self, dim=None, keepdim=False):
        """`Σ x / n` over `dim`, or over all n entries."""
        n = self.data.numel() if dim is None else self.data.shape[dim]
        return self.sum(dim, keepdim) / n

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -_value(other, self)

    def __rsub__(self, other):
        return _value(other, self) - self

    def __rtruediv__(self, other):
        return _value(other, self) / self

    def __rmatmul__(self, other):
        return _value(other, self) @ self

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        """Add d self / d v to the grad of every v that self came from."""
        _check_number(self.data)
        adjoint = {self: torch.ones_like(self.data)}
        for v in reversed(_in_order(self)):
            g = adjoint.pop(v)
            v.grad = g.clone() if v.grad is None else v.grad + g
            pieces = v.local(g) if v.local else ()
            for u, piece in zip(v.inputs, pieces, strict=True):
                piece = _unbroadcast(piece, u.data).to(u.data.dtype)
                adjoint[u] = adjoint[u] + piece if u in adjoint else piece


def _checked(data, inputs):
    """Return `data` as a tensor without a record.

    Raises TypeError for integers and ValueError for a NaN in what a
    reader gives.
    """
    data = torch.as_tensor(data).detach()
    if not data.is_floating_point():
        raise TypeError(
            f"Value must hold floating numbers, got {data.dtype}: "
            "write 2.0 for 2, or use .float()"
        )
    if not inputs and data.isnan().any():
        raise ValueError(
            "Value must hold numbers, got NaN: mend the data first"
        )
    return data


def _check_tables(X, W):
    """Raise ValueError unless X @ W is a product of two matrices."""
    if X.dim() != 2 or W.dim() != 2 or X.shape[1] != W.shape[0]:
        raise ValueError(
            "@ needs shapes (n, k) and (k, m), got "
            f"{tuple(X.shape)} and {tuple(W.shape)}: "
            "make a row of a vector with x[None], check the order"
        )


def _check_number(data):
    """Raise ValueError where a walk back has no single number to start."""
    if data.numel() != 1:
        raise ValueError(
            "backward starts at a single number, got shape "
            f"{tuple(data.shape)}: take .sum() or .mean() first"
        )


def _value(x, like):
    """Wrap what is no `Value` yet; a number takes the dtype of `like`."""
    if isinstance(x, int | float):
        x = torch.as_tensor(x, dtype=like.data.dtype)
    return x if isinstance(x, Value) else Value(x)


def _in_order(last):
    """List all values that `last` came from, each after its inputs."""
    order, seen, stack = [], set(), [(last, False)]
    while stack:
        v, inputs_done = stack.pop()
        if inputs_done:
            order.append(v)
        elif v not in seen:
            seen.add(v)
            stack.append((v, True))
            stack.extend((u, False) for u in v.inputs)
    return order


def _unbroadcast(g, x):
    """Sum `g` over the axes along which x was repeated to its shape."""
    extra = g.dim() - x.dim()
    axes = list(range(extra)) + [
        extra + i for i, n in enumerate(x.shape) if n == 1
    ]
    return g.sum(axes).reshape(x.shape) if axes else g
