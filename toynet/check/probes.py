"""Inputs on which the checkers try an answer."""

import torch

from toynet import net
from toynet.data import generate_data
from toynet.net import Params


def _draws(seed):
    return torch.Generator().manual_seed(seed)


def _reference(dtype=torch.float32):
    """The twenty points, their labels and the first numbers, by seed 0."""
    g = _draws(0)
    X, Y = generate_data(20, g)
    params = net.init_params(g)
    return X.to(dtype), Y.to(dtype), Params(*(p.to(dtype) for p in params))


def _start_jacobian():
    """J (40, 26) of the outputs at the reference start, in float64.

    Also what the outputs miss of the labels, (40,), and the parameters.
    """
    X, Y, params = _reference(torch.float64)
    leaves = [p.clone().requires_grad_() for p in params]
    with torch.enable_grad():
        r = (net.forward(X, Params(*leaves)).y_hat - Y).flatten()  # (40,)
        slopes = [torch.autograd.grad(one, leaves, retain_graph=True)
                  for one in r]
    J = torch.stack([
        torch.cat([d.flatten() for d in row]) for row in slopes])  # (40, 26)
    return J, r.detach(), params


def _batch(g, N, H=4):
    """Draw N rows, their labels, and large numbers for the network.

    Over several rows each output's logits are centred, so that both signs
    are there: a relu behind them would else go unnoticed now and then.
    """
    X, Y = torch.randn(N, 3, generator=g), torch.rand(N, 2, generator=g)
    shapes = (3, H), (H,), (H, 2), (2,)
    params = Params(*(torch.randn(s, generator=g) for s in shapes))
    if N > 1:
        z2 = net.forward(X, params).z2
        params = params._replace(b2=params.b2 - z2.mean(0))
    return X, (Y > 0.5).float(), params


def _at_kinks(g):
    """Draw small whole numbers, so that many z1 are 0 to the last bit."""
    X, Y, params = _batch(g, 6)
    W1 = torch.randint(-1, 2, (3, 4), generator=g).float()
    X = torch.randint(-1, 2, (6, 3), generator=g).float()
    X[0], X[1] = 0, torch.tensor([1.0, -1.0, 1.0])
    return X, Y, params._replace(W1=W1, b1=torch.zeros(4))


def _batches(g):
    """Batches of 7 rows and 1, and one with zeros before the ReLU."""
    return [_batch(g, 7), _batch(g, 1), _at_kinks(g)]


def _page_names(X, Y, params):
    """What the usual names of a page would be for this batch."""
    inside = net.forward(X, params)
    return {"X": X, "Y": Y, "params": params, **params._asdict(),
            **inside._asdict()}
