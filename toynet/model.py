"""The same network as an `nn.Module`."""

import torch
from torch import nn

from toynet.net import Params, _check, _shapes


class ToyModel(nn.Module):
    """sigmoid(W_out relu(W_in x + b_in) + b_out), rows in, rows out.

    `hidden` is the number of ReLU units; 4 gives the 26 numbers. The
    layers are PyTorch's, with PyTorch's default initialisation, drawn
    from its global generator.
    """

    def __init__(self, hidden=4):
        super().__init__()
        _check_width(hidden)
        self.hidden = nn.Linear(3, hidden)
        self.output = nn.Linear(hidden, 2)

    def forward(self, X):
        """Map X (N, 3) to y_hat (N, 2); raises as `net.forward` does."""
        _check(X=(X, ("N", 3)), W1=(self.hidden.weight.T, (3, "H")))
        h = torch.relu(self.hidden(X))                 # (N, 4)
        return torch.sigmoid(self.output(h))           # (N, 2)


def params_of(model):
    """Copy a `ToyModel`'s numbers into a `Params`, detached.

    `nn.Linear` keeps its weight as (out, in), so each W is a transpose.
    """
    hidden, output = model.hidden, model.output
    numbers = hidden.weight.T, hidden.bias, output.weight.T, output.bias
    dense = torch.contiguous_format  # row by row, as `init_params` has it
    return Params(*(p.detach().clone(memory_format=dense) for p in numbers))


def from_params(params):
    """Build the `ToyModel` that computes what `forward` does.

    Takes the hidden width and the dtype from `params` and copies the
    numbers. Raises as `forward` does if they do not fit together.
    """
    _check(**_shapes(params))
    with torch.random.fork_rng(devices=[]):  # its own draws are not used
        model = ToyModel(hidden=len(params.b1)).to(params.W1.dtype)
    with torch.no_grad():
        model.hidden.weight.copy_(params.W1.T)
        model.hidden.bias.copy_(params.b1)
        model.output.weight.copy_(params.W2.T)
        model.output.bias.copy_(params.b2)
    return model


def _check_width(hidden):
    """Raise ValueError where a network would have no hidden unit."""
    if hidden < 1:
        raise ValueError(
            f"hidden must be at least 1, got {hidden}: "
            "4 gives the network of this book"
        )
