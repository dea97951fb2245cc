"""The `nn.Module` twin: what it registers, what it computes, what it keeps."""

import pytest
import torch
from cases import cast, draw, largest_difference, reference, refuses, same
from torch import nn

from toynet.backprop import backward
from toynet.model import ToyModel, from_params, params_of
from toynet.net import Params, forward, sse

F32, F64 = torch.float32, torch.float64


@pytest.mark.parametrize("H", [1, 2, 4, 16])
def test_what_is_registered(H):
    model = ToyModel(H)
    shapes = {k: tuple(v.shape) for k, v in model.named_parameters()}
    assert shapes == {
        "hidden.weight": (H, 3), "hidden.bias": (H,),
        "output.weight": (2, H), "output.bias": (2,),
    }
    assert list(model.state_dict()) == list(shapes)
    assert all(p.requires_grad for p in model.parameters())
    assert [name for name, _ in model.named_children()] == [
        "hidden", "output"]


def test_a_network_without_hidden_units_is_refused():
    refuses(ValueError, "hidden must be at least 1, got 0: "
            "4 gives the network of this book", ToyModel, 0)


def test_default_initialisation_is_torchs():
    torch.manual_seed(3)
    model = ToyModel()
    torch.manual_seed(3)
    layers = nn.Linear(3, 4), nn.Linear(4, 2)
    theirs = [p for layer in layers for p in layer.parameters()]
    assert same(model.parameters(), theirs)


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("N", [1, 2, 20])
@pytest.mark.parametrize("H", [1, 2, 4, 16])
def test_the_module_computes_what_forward_does(H, N, dtype):
    X, _, params = draw(N, H, dtype)
    y_hat = from_params(params)(X)
    assert y_hat.dtype == dtype
    tol = {F32: 1e-6, F64: 1e-14}[dtype]
    assert largest_difference([y_hat], [forward(X, params).y_hat]) <= tol


def test_its_gradient_is_backwards_transposed():
    X, Y, params = reference(F64)
    model = from_params(params)
    sse(model(X), Y).backward()
    grads = backward(X, Y, params)
    theirs = (model.hidden.weight.grad.T, model.hidden.bias.grad,
              model.output.weight.grad.T, model.output.bias.grad)
    assert largest_difference(theirs, grads) <= 1e-14


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("H", [1, 2, 4, 16])
def test_there_and_back_again(H, dtype):
    params = draw(1, H, dtype)[2]
    back = params_of(from_params(params))
    assert isinstance(back, Params)
    assert same(back, params)
    assert [p.stride() for p in back] == [p.stride() for p in params]
    model = ToyModel(H).to(dtype)
    twin = from_params(params_of(model))
    assert same(twin.parameters(), model.parameters())


def test_params_of_are_copies_without_a_graph():
    model = ToyModel()
    params = params_of(model)
    assert not any(p.requires_grad for p in params)
    assert all(p.is_contiguous() for p in params)
    assert torch.equal(params.W1, model.hidden.weight.T)
    assert torch.equal(params.W2, model.output.weight.T)
    before = [p.detach().clone() for p in model.parameters()]
    for p in params:
        p += 1
    assert same(model.parameters(), before)


def test_from_params_copies():
    params = draw(1)[2]
    before = [p.clone() for p in params]
    model = from_params(params)
    with torch.no_grad():
        for p in model.parameters():
            p += 1
    assert same(params, before)
    assert all(p.requires_grad and p.is_leaf for p in model.parameters())


X, _, P = draw(5)
MADE = ("look for the step that made it, a division by zero "
        "or a rate too large")
POINT = "give one row a point, at least one; a single point x is x[None]"
DTYPE = "convert with .to(torch.float32) or .to(torch.float64)"


@pytest.mark.parametrize(
    ("X", "error", "text"),
    [
        (X[0], ValueError, f"X must have shape (N, 3), got (3,): {POINT}"),
        (X.double(), TypeError,
         "all tensors must have one dtype, got X in torch.float64, "
         f"W1 in torch.float32: {DTYPE}"),
    ],
)
def test_the_module_refuses(X, error, text):
    model = ToyModel()
    refuses(error, text, model, X)


@pytest.mark.parametrize(
    ("params", "error", "text"),
    [
        (tuple(P), TypeError,
         "params must be a Params, got tuple: "
         "wrap the four tensors as Params(W1, b1, W2, b2)"),
        (P._replace(W2=P.W2.T), ValueError,
         "W2 must have shape (4, 2), got (2, 4): one hidden width H, at "
         "least 1, runs through W1, b1 and W2"),
        (P._replace(W1=cast(P, F64).W1), TypeError,
         "all tensors must have one dtype, got W1 in torch.float64, "
         f"b1 in torch.float32: {DTYPE}"),
    ],
)
def test_from_params_refuses(params, error, text):
    before = torch.get_rng_state()
    refuses(error, text, from_params, params)
    assert torch.equal(torch.get_rng_state(), before)
