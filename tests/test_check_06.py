"""The checkers of chapter 6, on answers that go wrong in their own way."""

import pytest
import torch
from torch import nn

from toynet import check, optim
from toynet.check.chapter6 import LAMBDAS
from toynet.check.probes import _start_jacobian
from toynet.data import generate_data
from toynet.model import ToyModel, from_params
from toynet.net import Params, forward

X, Y = generate_data(20, torch.Generator().manual_seed(0))
MEMORY = []


def in_place(params, grads, state=None, lr=0.1, beta=0.9):
    moved, v = optim.momentum(params, grads, state, lr, beta)
    for p, u in zip(params, v, strict=True):
        p -= lr * u
    return params, v


def state_in_place(params, grads, state=None, lr=0.1, beta=0.9):
    state = state or [torch.zeros_like(p) for p in params]
    for v, g in zip(state, grads, strict=True):
        v.mul_(beta).add_(g)
    return [p - lr * v for p, v in zip(params, state, strict=True)], state


def scales_the_gradients(params, grads, state=None, lr=0.1, beta=0.9):
    for g in grads:
        g *= lr
    return optim.momentum(params, grads, state, 1.0, beta)


def remembers_by_itself(params, grads, state=None, lr=0.1, beta=0.9):
    MEMORY[:] = [beta * u + g for u, g in zip(
        MEMORY or [0] * 4, grads, strict=True)]
    return [p - lr * u for p, u in zip(params, MEMORY, strict=True)], None


def moved(change):
    """The right rule, with the new parameters changed."""
    def rule(params, grads, state=None, lr=0.1, beta=0.9):
        new, v = optim.momentum(params, grads, state, lr, beta)
        return change(new), v

    return rule


def late_error(params, grads, state=None, lr=0.1, beta=0.9):
    if state:
        raise KeyError("v")
    return optim.momentum(params, grads, state, lr, beta)


@pytest.mark.parametrize(("rule", "f", "code"), [
    ("momentum", in_place, "changed-input"), ("momentum", state_in_place, ""),
    ("momentum", scales_the_gradients, "changed-input"),
    ("momentum", remembers_by_itself, "accumulates"),
    ("momentum", lambda g, p, state=None, lr=0.1, beta=0.9: optim.momentum(
        p, g, state, lr, beta), "argument-order"),
    ("momentum", moved(iter), "wrong-count"),
    ("momentum", moved(lambda new: [p[None] for p in new]), "wrong-shape"),
    ("momentum", late_error, "raised"), ("momentum", 3, "not-a-function"),
    ("momentum", lambda *args: optim.momentum(*args)[0],
     "state-not-returned"),
    ("momentum", lambda p, g, s, lr: print(p), "returned-none"),
    ("momentum", lambda p, g, s, lr: (p, s, 1), "wrong-count"),
    ("momentum", optim.sgd, "state-lost"), ("sgd", optim.momentum,
                                            "remembers"),
    ("momentum", optim.nesterov, "looks-ahead"), ("adamw", optim.adam,
                                                  "no-decay"),
    ("nesterov", optim.momentum, "no-look-ahead"),
    ("sgd", None, "not-attempted"),
    *((rule, getattr(optim, rule), "") for rule in (
        "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")),
])
def test_a_rule_is_told_why(rule, f, code):
    assert check.optimizer(f, rule).diagnosis == code


@pytest.mark.parametrize("name", ["lion", "SGD", None, []])
def test_an_unknown_rule_is_refused(name):
    with pytest.raises(ValueError, match="sgd, momentum, .*adamw, got"):
        check.optimizer(optim.sgd, name)


@pytest.mark.parametrize(("mine", "code"), [
    (0.0526, ""), (0.053, "near"), (0.06, "unknown"), (0.0527, "near"),
    (0.1, "unknown"), (0.3, "unknown"),
    (-7, "unknown"), ("0.0526", "not-a-tensor"), (0.2237, "no-correction"),
    (torch.zeros(2), "wrong-shape"), (float("nan"), "not-a-number"),
    pytest.param(10**400, "unreadable", id="huge"),
])
def test_a_second_step_is_told_why_and_not_given_away(mine, code):
    report = check.adam_step(mine)
    assert report.diagnosis == code
    assert report or "0.0526" not in report.message
    assert "times what" not in report.message


NARROW = Params(
    torch.tensor([[7.6, -8.4, -6.6], [2.3, 5.3, -3.6], [-2.3, -12.0, 12.9]]),
    torch.tensor([2.1, 5.4, -7.2]),
    torch.tensor([[4.2, 4.8], [-23.4, 2.3], [7.4, 13.8]]),
    torch.tensor([-22.8, -37.7]),
)
GOOD = from_params(NARROW)


class Counts(nn.Module):
    """Counts its calls, and has a dropout."""

    def __init__(self):
        super().__init__()
        self.inner, self.calls = from_params(NARROW), 0

    def forward(self, X):
        """Map X to y_hat."""
        self.calls += 1
        return nn.functional.dropout(self.inner(X), 0.5, self.training)


def test_a_model_is_left_as_it_is():
    model = Counts()
    model.inner(X).sum().backward()
    with torch.no_grad():
        model.inner.output.bias += 30  # so that it is trained further, too
    before = {k: v.clone() for k, v in model.state_dict().items()}
    slopes = [p.grad.clone() for p in model.parameters()]
    assert not check.training(model)
    assert model.calls == 0
    assert model.training
    assert all(torch.equal(v, before[k])
               for k, v in model.state_dict().items())
    assert all(map(torch.equal, slopes,
                   [p.grad for p in model.parameters()]))


class Regression(ToyModel):
    """The network without its sigmoid, which the loss doesn't add."""

    def forward(self, X):
        """Map X to numbers of any size."""
        return self.output(torch.relu(self.hidden(X)))


def trained(seed, steps, X=X, Y=Y, lr=0.03, make=ToyModel,
            rule=torch.optim.Adam):
    """A module as a reader would train it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
    opt = rule(model.parameters(), lr=lr)
    for _ in range(steps):
        opt.zero_grad()
        nn.functional.mse_loss(model(X), Y).backward()
        opt.step()
    return model


OTHERS = generate_data(20, torch.Generator().manual_seed(8))


@pytest.mark.parametrize(("model", "code"), [
    (GOOD, ""), ((GOOD, 3), ""), ([2, GOOD], ""), (Counts(), ""),
    (from_params(NARROW).double(), ""), (nn.Sequential(GOOD), ""),
    (lambda X: forward(X, Params(*(p.double() for p in NARROW))).y_hat, ""),
    (lambda X: (GOOD(X) > 0.5).float(), ""),
    ((None, None), "not-attempted"), (torch.zeros(1000), "not-a-model"),
    (NARROW, "not-a-model"), ((ToyModel, 1), "not-a-model"),
    (nn.Linear(4, 2), "raised"), (nn.Linear(3, 1), "wrong-shape"),
    (lambda X: GOOD(X).tolist(), "not-a-tensor"),
    (lambda X: print(X), "returned-none"),
    (trained(1, 1200), ""), (trained(2, 1200), "stuck"),
    (trained(3, 1200), "stuck"), (trained(1, 100), "unfinished"),
    (trained(0, 0), "not-trained"),
    (trained(1, 1000, *OTHERS), "other-points"),
    (trained(1, 1200, X, 1 - Y), "labels-flipped"),
    (trained(1, 1200, X, Y.flip(1)), "columns-swapped"),
    (trained(3, 1200, make=Regression), "logits"),
    (trained(1, 800, lr=1.0, rule=torch.optim.SGD), "unfinished"),
])
def test_a_model_is_told_why(model, code):
    assert check.training(model).diagnosis == code


def test_a_run_is_told_what_it_holds_and_how_it_goes_on():
    stuck = check.training(trained(2, 1200)).message
    assert "y1 of row 6 (0.00, not 1)" in stuck
    assert "another seed" in stuck
    assert "gradient has a length of" in check.training(
        trained(1, 100)).message
    assert "It has 20 numbers" in check.training(GOOD).message


def by_solving():
    J, r, _ = _start_jacobian()
    deltas = [torch.linalg.solve(
        J.T @ J + lam * torch.eye(26).double(), -J.T @ r) for lam in LAMBDAS]
    return [d.norm().item() for d in deltas], [
        nn.functional.cosine_similarity(d, -J.T @ r, dim=0).item()
        for d in deltas]


LENGTHS, COSINES = by_solving()


@pytest.mark.parametrize(("given", "code"), [
    ((LENGTHS, COSINES), ""), ((torch.tensor(LENGTHS), tuple(COSINES)), ""),
    (([torch.tensor(v) for v in LENGTHS], [round(c, 5) for c in COSINES]),
     ""), ((None, None), "not-attempted"), (("a", "b"), "not-a-tensor"),
    (([0.0] * 11, [1.0] * 11), "unknown"),
    ((LENGTHS, [torch.nan] * 11), "not-a-number"),
    ((LENGTHS[:5], COSINES[:5]), "wrong-shape"),
])
def test_a_table_is_told_why(given, code):
    assert check.damped(*given).diagnosis == code
