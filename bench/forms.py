"""One training step of the 26 numbers, written in many ways.

A form is a generator: made of X (N, 3), Y (N, 2) and a `Params`, it takes
one step each time it is asked for the next value, and yields where it
stands then. All of them descend on the mean of the squared errors, so
that they can be held to one another before anything is timed.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import mse_loss
from torch.utils._python_dispatch import TorchDispatchMode

from toynet import ensemble, optim
from toynet.autograd import Value
from toynet.backprop import backward, descend
from toynet.data import generate_data
from toynet.model import from_params, params_of
from toynet.net import Params, init_params

RATE = 0.1

# The six rules: PyTorch's optimizer with its settings, and our function.
RULES = {
    "sgd": (torch.optim.SGD, {}, optim.sgd),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}, optim.momentum),
    "nesterov": (
        torch.optim.SGD, {"momentum": 0.9, "nesterov": True}, optim.nesterov),
    "rmsprop": (torch.optim.RMSprop, {}, optim.rmsprop),
    "adam": (torch.optim.Adam, {}, optim.adam),
    "adamw": (torch.optim.AdamW, {}, optim.adamw),
}


def module(X, Y, params, rule="sgd", **more):
    """The `nn.Module` with PyTorch's optimizer, as in `toynet.train`."""
    make, settings, _ = RULES[rule]
    model = from_params(params)
    opt = make(model.parameters(), lr=RATE, **settings, **more)
    while True:
        opt.zero_grad()
        mse_loss(model(X), Y).backward()
        opt.step()
        yield model


def sequential(X, Y, params, compiled=False):
    """`nn.Sequential`, which checks nothing, with `torch.optim.SGD`."""
    twin = from_params(params)
    model = nn.Sequential(twin.hidden, nn.ReLU(), twin.output, nn.Sigmoid())
    opt = torch.optim.SGD(model.parameters(), lr=RATE)
    error = compile_once(squared_error) if compiled else squared_error
    while True:
        opt.zero_grad()
        error(model, X, Y).backward()
        opt.step()
        yield twin


def squared_error(model, X, Y):
    """The mean squared error of a model, to be differentiated."""
    return mse_loss(model(X), Y)


def autograd(X, Y, params):
    """Four tensors, autograd, and the step in a line of our own."""
    W1, b1, W2, b2 = p = [q.clone().requires_grad_() for q in params]
    while True:
        y_hat = torch.sigmoid(torch.relu(X @ W1 + b1) @ W2 + b2)
        grads = torch.autograd.grad(((y_hat - Y) ** 2).mean(), p)
        with torch.no_grad():
            for q, d in zip(p, grads, strict=True):
                q -= RATE * d
        yield Params(*p)


def engine(X, Y, params):
    """The engine of chapter 4."""
    while True:
        W1, b1, W2, b2 = p = [Value(q) for q in params]
        y_hat = ((Value(X) @ W1 + b1).relu() @ W2 + b2).sigmoid()
        ((y_hat - Y) ** 2).mean().backward()
        params = Params(*(q.data - RATE * q.grad for q in p))
        yield params


def checked(X, Y, params):
    """The package's own functions, which look at all that they are given."""
    while True:
        params = descend(params, backward(X, Y, params), RATE / Y.numel())
        yield params


def formulas(X, Y, W1, b1, W2, b2, lr):
    """One step by hand: the equations of chapter 3 and nothing else."""
    z1 = X @ W1 + b1                                   # (N, 4)
    h = torch.relu(z1)                                 # (N, 4)
    y_hat = torch.sigmoid(h @ W2 + b2)                 # (N, 2)
    dz2 = 2 * (y_hat - Y) * (1 - y_hat) * y_hat        # (N, 2)
    dz1 = (dz2 @ W2.T) * (z1 > 0)                      # (N, 4)
    return (W1 - lr * (X.T @ dz1), b1 - lr * dz1.sum(0),
            W2 - lr * (h.T @ dz2), b2 - lr * dz2.sum(0))


def bare(X, Y, params, compiled=False, rows=None):
    """`formulas`, again and again; on the first `rows` rows if so asked."""
    lr, step = RATE / Y.numel(), formulas
    X, Y = X[:rows], Y[:rows]
    if compiled:
        step = compile_once(formulas)
    while True:
        params = step(X, Y, *params, lr)
        yield params


def reserved(X, Y, params):
    """The operations of `formulas`, each into memory set aside for it."""
    W1, b1, W2, b2 = p = [q.clone() for q in params]
    lr, N, H = RATE / Y.numel(), len(X), len(b1)
    z1, h, dz1, dh = X.new_zeros(4, N, H)
    z2, y_hat, dz2, e = X.new_zeros(4, N, 2)
    gate = z1 > 0                                      # (N, 4)
    moves = [torch.empty_like(q) for q in p]
    d1, c1, d2, c2 = moves
    while True:
        torch.add(torch.mm(X, W1, out=z1), b1, out=z1)
        torch.clamp_min(z1, 0, out=h)
        torch.add(torch.mm(h, W2, out=z2), b2, out=z2)
        torch.sigmoid(z2, out=y_hat)
        torch.mul(torch.sub(y_hat, Y, out=dz2), 2, out=dz2)
        torch.mul(dz2, torch.sub(1, y_hat, out=e), out=dz2)
        torch.mul(dz2, y_hat, out=dz2)
        torch.mul(torch.mm(dz2, W2.T, out=dh), torch.gt(z1, 0, out=gate),
                  out=dz1)
        torch.mm(X.T, dz1, out=d1), torch.sum(dz1, 0, out=c1)
        torch.mm(h.T, dz2, out=d2), torch.sum(dz2, 0, out=c2)
        for q, d in zip(p, moves, strict=True):
            torch.sub(q, torch.mul(d, lr, out=d), out=q)
        yield Params(*p)


def fewest(X, Y, params):
    """As few operations as we could find, and nothing allocated.

    The biases are the last rows of the weights, met by a column of ones:
    one product computes X W + b, and one moves both.
    """
    lr, one = -2 * RATE / Y.numel(), X.new_ones(len(X), 1)
    A1, A2 = (torch.cat([params[i], params[i + 1][None]]) for i in (0, 2))
    X1 = torch.cat([X, one], 1)                        # (N, 4)
    h1 = torch.cat([X @ params.W1, one], 1)            # (N, 5)
    z1, y_hat, e = h1[:, :-1].clone(), Y.clone(), Y.clone()
    gate, h, W2T = z1 > 0, h1[:, :-1], A2[:-1].T
    XT, hT = X1.T, h1.T
    p = Params(A1[:-1], A1[-1], A2[:-1], A2[-1])
    while True:
        torch.mm(X1, A1, out=z1)                       # (N, 4)
        torch.clamp_min(z1, 0, out=h)                  # (N, 4)
        torch.mm(h1, A2, out=y_hat).sigmoid_()         # (N, 2)
        torch.addcmul(y_hat, y_hat, y_hat, value=-1, out=e)
        dz2 = y_hat.sub_(Y).mul_(e)                    # (N, 2), half of it
        torch.gt(z1, 0, out=gate)                      # (N, 4)
        dz1 = torch.mm(dz2, W2T, out=z1).mul_(gate)    # (N, 4)
        A1.addmm_(XT, dz1, alpha=lr)
        A2.addmm_(hT, dz2, alpha=lr)
        yield p


def numpy(X, Y, params):
    """`formulas` on NumPy's arrays."""
    W1, b1, W2, b2 = (q.numpy() for q in params)
    lr, X, Y = RATE / Y.numel(), X.numpy(), Y.numpy()
    while True:
        z1 = X @ W1 + b1                               # (N, 4)
        h = np.maximum(z1, 0)                          # (N, 4)
        y_hat = 1 / (1 + np.exp(-(h @ W2 + b2)))       # (N, 2)
        dz2 = 2 * (y_hat - Y) * (1 - y_hat) * y_hat    # (N, 2)
        dz1 = (dz2 @ W2.T) * (z1 > 0)                  # (N, 4)
        W1, b1 = W1 - lr * (X.T @ dz1), b1 - lr * dz1.sum(0)
        W2, b2 = W2 - lr * (h.T @ dz2), b2 - lr * dz2.sum(0)
        yield Params(W1, b1, W2, b2)


def together(X, Y, params, rule="sgd", E=1000, steps=10):
    """E networks in one call of `toynet.ensemble`, `steps` steps a call."""
    nets = Params(*(q.expand(E, *q.shape) for q in params))
    while True:
        nets = ensemble.train(
            nets, X, Y, RULES[rule][2], steps, lr=RATE).params
        yield nets


@cache
def compile_once(function):
    """`torch.compile` a function, which happens at its first call."""
    return torch.compile(function, dynamic=False)


class Form(NamedTuple):
    """A row of the table; a turn of `make` is `steps` steps of `E` nets."""

    says: str
    make: Callable
    rule: str = "sgd"
    steps: int = 1
    E: int = 1


def modules():
    """The module with each of PyTorch's optimizers, and faster variants."""
    names = {"sgd": "SGD", "momentum": "SGD, momentum",
             "nesterov": "SGD, Nesterov", "rmsprop": "RMSprop",
             "adam": "Adam", "adamw": "AdamW"}
    forms = {f"module_{rule}": Form(
        f"nn.Module, {name}", partial(module, rule=rule), rule)
        for rule, name in names.items()}
    for way in ("foreach", "fused"):
        forms[f"module_adam_{way}"] = Form(
            f"nn.Module, Adam, {way}",
            partial(module, rule="adam", **{way: True}), "adam")
    return forms


REFERENCE = "bare"
FORMS = {
    **modules(),
    "sequential": Form("nn.Sequential, SGD", sequential),
    "sequential_compiled": Form(
        "nn.Sequential compiled, SGD", partial(sequential, compiled=True)),
    "autograd": Form("autograd on four tensors", autograd),
    "engine": Form("the engine of chapter 4", engine),
    "checked": Form("by hand, with checks", checked),
    "bare": Form("by hand, the formulas alone", bare),
    "reserved": Form("by hand, in reserved memory", reserved),
    "fewest": Form("by hand, fewest operations", fewest),
    "compiled": Form("the formulas, compiled", partial(bare, compiled=True)),
    "numpy": Form("the formulas in NumPy", numpy),
    "together_sgd": Form(
        "1,000 at once, SGD, for one", together, "sgd", 10, 1000),
    "together_adam": Form(
        "1,000 at once, Adam, for one", partial(together, rule="adam"),
        "adam", 10, 1000),
}


def one_sum(X, Y, W1, b1, W2, b2, lr):
    """What `formulas` is given, and a single operation."""
    return b2 + b2


def recorded(X, Y, params):
    """`formulas` with autograd looking on; nobody asks it for anything."""
    lr = RATE / Y.numel()
    while True:
        p = [q.detach().requires_grad_() for q in params]
        params = formulas(X, Y, *p, lr)
        yield params


def entry(X, Y, params):
    """Into compiled code and out again, with next to nothing in it."""
    step, lr = compile_once(one_sum), RATE / Y.numel()
    while True:
        step(X, Y, *params, lr)
        yield params


def product(n):
    """A product of two n by n matrices: 2 n³ operations."""
    A = torch.randn(n, n, generator=torch.Generator().manual_seed(0))
    while True:
        yield A @ A


# What could refute that a step's time goes into calling, not arithmetic.
CONTROLS = {
    "no_rows": Form("the formulas on no rows at all", partial(bare, rows=0)),
    "recorded": Form("the formulas, recorded by autograd", recorded),
    "entry": Form("compiled code with one operation in it", entry),
}
PRODUCTS = 256, 512, 768, 1024

# One size is changed, all others stay: width 4, 20 rows, one network.
GROWTH = {
    "width": (4, 16, 64, 256, 1024),
    "rows": (20, 200, 2000, 20000),
    "networks": (1, 10, 100, 1000, 10000),
}


def grown(axis, size):
    """X, Y and parameters of the usual sizes, but for one axis."""
    g = torch.Generator().manual_seed(0)
    rows, width = (size, 4) if axis == "rows" else (20, 4)
    width = size if axis == "width" else width
    X, Y = generate_data(rows, g)
    nets = ensemble.starts(1, g, hidden=width)
    return X, Y, Params(*(p[0] for p in nets))


def growing(axis, size):
    """The forms that are followed along an axis."""
    if axis == "networks":
        make = partial(together, E=size)
        return {"together": Form(f"{size} at once", make, steps=10, E=size)}
    return {"bare": FORMS["bare"], "module": FORMS["module_sgd"]}


def arithmetic(rows=20, width=4):
    """Multiplications and additions in the five products of a step."""
    return 2 * rows * width * (3 + 2 + 3 + 2 + 2)


class Count(TorchDispatchMode):
    """Counts the operations that reach PyTorch's kernels."""

    calls = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Count one, and let it through."""
        self.calls += 1
        return func(*args, **(kwargs or {}))


def count(form, X, Y, params):
    """The operations of one step; None where they can't be counted.

    NumPy and compiled code do not come by the place where we count.
    """
    hidden = getattr(form.make, "keywords", {}).get("compiled")
    if hidden or form.make in (numpy, entry):
        return None
    run = form.make(X, Y, params)
    next(run)
    with Count() as counter:
        next(run)
    return counter.calls / form.steps


def usual():
    """The twenty points and the 26 numbers of the reference start."""
    g = torch.Generator().manual_seed(0)
    return *generate_data(20, g), init_params(g)


def wrong_by(form):
    """How far ten steps end from where they should, over how far they go.

    The truth is the package's rule in float64, on the chain rule's
    gradient; for many networks, the worst of them is told.
    """
    X, Y, params = usual()
    run = form.make(X, Y, params)
    for _ in range(10 // form.steps):
        end = next(run)
    if isinstance(end, nn.Module):
        end = params_of(end)
    X, Y, p = X.double(), Y.double(), Params(*(q.double() for q in params))
    start, state, rule = p, None, RULES[form.rule][2]
    for _ in range(10):
        grads = Params(*(d / Y.numel() for d in backward(X, Y, p)))
        p, state = rule(p, grads, state, lr=RATE)
    gaps = [(torch.as_tensor(e) - q).abs().max()
            for e, q in zip(end, p, strict=True)]
    moves = [(q - s).abs().max() for q, s in zip(p, start, strict=True)]
    return (max(gaps) / max(moves)).item()
