"""Many networks at once, against the same networks one by one."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from cases import draw, reference, refuses, torch_gradient

from toynet import ensemble, optim
from toynet.net import Params, forward, init_params, mse

RULES = {
    "sgd": {"lr": 0.5}, "momentum": {"lr": 0.1}, "nesterov": {"lr": 0.1},
    "rmsprop": {"lr": 0.01}, "adam": {"lr": 0.03}, "adamw": {"lr": 0.03},
}

# What the errors say, where several say the same
STACKED = ("params must be a Params of stacked networks, W1 of shape "
           "(E, 3, H), got")
HOW = ": use ensemble.starts, or torch.stack for each of the four"
ROWS = "give one row a point, at least one; a single point x is x[None]"
PAIRS = "give one row of two labels a point, as generate_data does"
NAN = ("look for the step that made it, a division by zero or a rate too "
       "large")


def stack(networks):
    return Params(*map(torch.stack, zip(*networks, strict=True)))


def one(params, e):
    return Params(*(p[e] for p in params))


def alone(params, X, Y, rule, steps, target, loss="mse", **settings):
    """Train one network with torch's gradient: params, loss, first."""
    state, first = None, -1
    for t in range(steps + 1):
        L = value(params, X, Y, loss)
        first = t if first < 0 and target > L else first
        if t < steps:
            params, state = rule(
                params, slopes(params, X, Y, loss), state, **settings)
    return params, L, first


def value(params, X, Y, loss):
    y_hat = forward(X, params).y_hat
    if loss == "mse":
        return mse(y_hat, Y)
    return torch.nn.functional.binary_cross_entropy(y_hat, Y)


def slopes(params, X, Y, loss):
    if loss == "mse":
        return Params(*(g / Y.numel() for g in torch_gradient(X, Y, params)))
    leaves = [p.clone().requires_grad_() for p in params]
    L = value(Params(*leaves), X, Y, loss)
    return Params(*torch.autograd.grad(L, leaves))


def many(E, H, dtype=torch.float64, seed=3):
    g = torch.Generator().manual_seed(seed)
    nets = ensemble.starts(E, g, hidden=H)
    return Params(*(p.to(dtype) for p in nets))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_each_network_is_trained_as_if_alone(rule, loss):
    X, Y, _ = reference(torch.float64)
    nets, rule, settings = many(5, 4), getattr(optim, rule), RULES[rule]
    run = ensemble.train(nets, X, Y, rule, 60, loss, target=0.2, **settings)
    for e in range(5):
        p, L, first = alone(
            one(nets, e), X, Y, rule, 60, 0.2, loss, **settings)
        torch.testing.assert_close(tuple(one(run.params, e)), tuple(p))
        torch.testing.assert_close(run.loss[e], L)
        assert run.first[e] == first


def arrival_alone(theta, X, Y, move, steps, target):
    """Train one network in NumPy; the step at which it arrived, or -1.

    `theta` is its 26 numbers. Gradient and rule are written once more, so
    nothing is shared with the package but the question: each bias is a
    last row of weights here, for an input that is always 1.
    """
    first, last = theta[:16].reshape(4, 4), theta[16:].reshape(5, 2)
    grad = np.empty_like(theta)
    dfirst, dlast = grad[:16].reshape(4, 4), grad[16:].reshape(5, 2)
    X = np.append(X, np.ones_like(X[:, :1]), 1)
    h = np.append(X, X[:, 3:], 1)
    scale, state = theta.dtype.type(2 / Y.size), None
    for t in range(steps + 1):
        np.maximum(X @ first, 0, out=h[:, :4])
        y_hat = 1 / (1 + np.exp(-(h @ last)))
        miss = y_hat - Y
        if np.vdot(miss, miss) < target * Y.size:
            return t
        dz2 = scale * miss * (1 - y_hat) * y_hat
        np.matmul(h.T, dz2, out=dlast)
        dz1 = (dz2 @ last[:4].T) * (h[:, :4] > 0)
        np.matmul(X.T, dz1, out=dfirst)
        state = move(theta, grad, state, t + 1)
    return -1


def adam_alone(theta, grad, state, t):
    m, v = state or (np.zeros_like(grad), np.zeros_like(grad))
    m += 0.1 * (grad - m)
    v += 0.001 * (grad * grad - v)
    root = np.sqrt(v / (1 - 0.999 ** t)) + 1e-8
    theta -= 0.03 / (1 - 0.9 ** t) * m / root
    return m, v


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_thousand_networks_arrive_as_they_do_alone():
    """Steps that enlarge differences spare no rounding: few may differ."""
    X, Y, _ = reference(torch.float64)
    nets = many(1000, 4, seed=2)
    run = ensemble.train(nets, X, Y, optim.adam, 1000, target=0.01, lr=0.03)
    flat = torch.cat([p.flatten(1) for p in nets], 1).numpy()
    first = torch.tensor([
        arrival_alone(row.copy(), X.numpy(), Y.numpy(), adam_alone, 1000,
                      0.01) for row in flat])
    assert ((first >= 0) == (run.first >= 0)).sum() >= 990
    assert (first != run.first).sum() <= 10


PEAK = """
import torch
from toynet import ensemble, optim
from toynet.data import generate_data
X, Y = generate_data(20, torch.Generator().manual_seed(0))
for E in (1, 10_000):
    nets = ensemble.starts(E, torch.Generator().manual_seed(1))
    ensemble.train(nets, X, Y, optim.adam, 20, target=0.01, lr=0.03)
    with open("/proc/self/status") as status:
        print(*(line.split()[1] for line in status if "VmHWM" in line))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ten_thousand_fit_in_a_gibibyte():
    """By the kernel's own count: getrusage starts from the parent's peak."""
    told = subprocess.run([sys.executable, "-c", PEAK], check=True,
                          capture_output=True, text=True).stdout
    single, whole = (int(kib) * 1024 for kib in told.split())
    assert whole < 2 ** 30
    assert (whole - single) / 10_000 < 20_000  # bytes a network


@pytest.mark.parametrize("H", [1, 3, 8])
@pytest.mark.parametrize("N", [1, 7])
def test_any_width_and_points_of_its_own_for_each(H, N):
    sets = [draw(N, dtype=torch.float64, seed=s)[:2] for s in range(4)]
    X, Y = map(torch.stack, zip(*sets, strict=True))
    nets = many(4, H)
    run = ensemble.train(nets, X, Y, optim.adam, 25, lr=0.03)
    for e in range(4):
        p, L, _ = alone(one(nets, e), X[e], Y[e], optim.adam, 25, 0, lr=0.03)
        torch.testing.assert_close(tuple(one(run.params, e)), tuple(p))
        torch.testing.assert_close(run.loss[e], L)


@pytest.mark.parametrize("rule", RULES)
def test_each_network_may_have_a_rate_of_its_own(rule):
    X, Y, _ = reference(torch.float64)
    nets, rule = many(3, 4), getattr(optim, rule)
    rates = torch.tensor([0.01, 0.1, 0.3], dtype=torch.float64)
    run = ensemble.train(nets, X, Y, rule, 20, lr=rates)
    for e in range(3):
        p, L, _ = alone(
            one(nets, e), X, Y, rule, 20, 0, lr=rates[e].item())
        torch.testing.assert_close(tuple(one(run.params, e)), tuple(p))


def test_starts_are_those_of_init_params():
    g, h = (torch.Generator().manual_seed(9) for _ in range(2))
    nets = ensemble.starts(4, g)
    for e in range(4):
        assert all(map(torch.equal, one(nets, e), init_params(h)))
    assert torch.equal(torch.randn(3, generator=g),
                       torch.randn(3, generator=h))


def test_the_networks_that_were_given_are_left_alone():
    X, Y, _ = reference()
    nets = many(3, 4, torch.float32)
    before = Params(*(p.clone() for p in nets))
    ensemble.train(nets, X, Y, optim.momentum, 5, lr=0.1)
    assert all(map(torch.equal, nets, before))


def test_no_step_tells_where_the_networks_stand():
    X, Y, params = reference()
    nets = stack([params, params])
    run = ensemble.train(nets, X, Y, optim.sgd, 0, target=1.0)
    assert all(map(torch.equal, run.params, nets))
    assert run.first.tolist() == [0, 0]
    torch.testing.assert_close(
        run.loss[0], mse(forward(X, params).y_hat, Y))


def test_each_network_may_have_a_target_of_its_own():
    target = torch.tensor([1.0, 0.0, 1.0])
    assert go(target=target).first.tolist() == [0, -1, 0]


def test_autograd_keeps_no_record_of_the_steps():
    X, Y, _ = reference()
    nets = Params(*(p.requires_grad_() for p in many(3, 4, torch.float32)))
    run = ensemble.train(nets, X, Y, optim.sgd, 2, lr=0.1)
    _, grads = ensemble.gradient(nets, X, Y)
    assert not any(p.requires_grad for p in (*run.params, run.loss, *grads))


@pytest.mark.parametrize(("terminal", "waited", "told"), [
    (True, 3.0, True), (True, 1.0, False), (False, 3.0, False)])
def test_progress_by_itself(monkeypatch, capsys, terminal, waited, told):
    X, Y, _ = reference()
    clock = iter([0.0, *[waited] * 41])
    monkeypatch.setattr(ensemble, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    ensemble.train(
        many(2, 4, torch.float32), X, Y, optim.sgd, 40, lr=0.1)
    assert ("step 40 of 40" in capsys.readouterr().err) == told


def test_bce_stays_finite_where_an_output_is_surely_wrong():
    X = torch.tensor([[200.0, 0.0, 0.0]])
    big = Params(torch.ones(1, 3, 4), torch.zeros(1, 4),
                 torch.ones(1, 4, 2), torch.zeros(1, 2))
    run = ensemble.train(
        big, X, torch.zeros(1, 2), optim.sgd, 1, "bce", lr=0.0)
    assert run.loss.item() == 800


@pytest.mark.parametrize(("error", "text", "call"), [
    (ValueError, "E and hidden must be at least 1, got 0 and 4: ask for one "
     "network of one unit or more", lambda: ensemble.starts(0)),
    (ValueError, "loss must be mse or bce, got 'mae': both are means over "
     "all entries", lambda: go(loss="mae")),
    (ValueError, f"{STACKED} (3, 4){HOW}", lambda: go(nets=reference()[2])),
    (ValueError, f"X must have shape (N, 3), got (20, 2): {ROWS}",
     lambda: go(X=torch.zeros(20, 2))),
    (ValueError, f"Y must have shape (20, 2), got (19, 2): {PAIRS}",
     lambda: go(Y=torch.zeros(19, 2))),
    (TypeError, "all tensors must have one dtype, got W1 in torch.float32, "
     "X in torch.float64: convert with .to(torch.float32) or "
     ".to(torch.float64)", lambda: go(X=torch.zeros(20, 3).double())),
    (ValueError, f"X must hold numbers, got NaN: {NAN}",
     lambda: go(X=torch.full((20, 3), torch.nan))),
])
def test_what_does_not_fit_is_refused(error, text, call):
    refuses(error, text, call)


def go(nets=None, X=None, Y=None, steps=2, loss="mse", target=0.0, lr=0.1):
    X0, Y0, _ = reference()
    return ensemble.train(
        many(3, 4, torch.float32) if nets is None else nets,
        X0 if X is None else X, Y0 if Y is None else Y, optim.sgd, steps,
        loss, target, lr=lr)
