"""What several tests of the package start from: networks and refusals."""

import pytest
import torch
from torch.utils._pytree import tree_leaves, tree_map

from toynet.data import generate_data
from toynet.net import Params, init_params


def reference(dtype=torch.float32):
    """The book's reference run: X, Y and the 26 numbers, seed 0."""
    g = torch.Generator().manual_seed(0)
    X, Y = generate_data(20, g)
    params = init_params(g)
    return X.to(dtype), Y.to(dtype), cast(params, dtype)


def draw(N, H=4, dtype=torch.float32, seed=1):
    """A network of any width with large weights, and N labelled rows."""
    g = torch.Generator().manual_seed(seed)

    def randn(*shape):
        return torch.randn(*shape, generator=g, dtype=torch.float64).to(dtype)

    X = randn(N, 3)
    Y = (randn(N, 2) > 0).to(dtype)
    return X, Y, Params(randn(3, H), randn(H), randn(H, 2), randn(2))


def cast(params, dtype):
    return Params(*(p.to(dtype) for p in params))


def zeros(H=4, dtype=torch.float32):
    """A network of zeros: every hidden unit sits exactly at its kink."""
    return Params(
        torch.zeros(3, H, dtype=dtype), torch.zeros(H, dtype=dtype),
        torch.zeros(H, 2, dtype=dtype), torch.zeros(2, dtype=dtype),
    )


def leaves(params):
    """Copies that torch's own autograd follows."""
    return Params(*(p.detach().clone().requires_grad_() for p in params))


def torch_gradient(X, Y, params):
    """The gradient of the sum of squares, by torch alone."""
    W1, b1, W2, b2 = p = leaves(params)
    y_hat = torch.sigmoid(torch.relu(X @ W1 + b1) @ W2 + b2)
    return Params(*torch.autograd.grad(((y_hat - Y) ** 2).sum(), p))


def largest_difference(ours, theirs):
    """The largest absolute difference between two tuples of tensors."""
    return max(
        (a.double() - b.double()).abs().max().item()
        for a, b in zip(ours, theirs, strict=True)
    )


def same(ours, theirs):
    """Say whether two tuples of tensors agree bit for bit, dtypes too."""
    return all(
        torch.equal(a, b) and a.dtype == b.dtype
        for a, b in zip(ours, theirs, strict=True)
    )


def refuses(error, text, function, *args, **kwargs):
    """Hold a call to its error, word for word, and to changing nothing."""
    before = tree_map(_copy, (args, kwargs))
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    assert str(caught.value) == text
    assert type(caught.value) is error
    pairs = zip(tree_leaves(before), tree_leaves((args, kwargs)), strict=True)
    for old, new in pairs:
        if isinstance(old, torch.Tensor):
            torch.testing.assert_close(
                new, old, rtol=0, atol=0, equal_nan=True
            )


def _copy(leaf):
    return leaf.clone() if isinstance(leaf, torch.Tensor) else leaf
