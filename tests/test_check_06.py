"""The checkers of chapter 6, on right and wrong answers."""

import functools
import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from checks import DRAWS, FULL, entries, wrong_solution
from torch import nn

from toynet import check, optim
from toynet.check import chapter6
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build
from toynet.check.probes import _start_jacobian
from toynet.data import generate_data
from toynet.model import ToyModel, from_params
from toynet.net import Params, forward

RULES = list(chapter6.RULES)
X, Y = generate_data(20, torch.Generator().manual_seed(0))


def base_of(rule):
    function = getattr(optim, rule)
    return (optim.adam, function) if rule == "adamw" else function


def told(checker, draws=DRAWS):
    """What a checker says, over draws; every report has to say something."""
    reports = [checker(seed=seed) for seed in range(draws)]
    assert all(r.message and r.passed == (r.diagnosis == "") for r in reports)
    return {r.diagnosis for r in reports}


# Update rules -------------------------------------------------------------


@pytest.mark.parametrize(
    "mistake", entries(*(f"optimizer-{rule}" for rule in RULES)))
def test_each_mistake_of_a_rule_gets_its_own_name(mistake):
    """The exercise's own rule has more draws than the others."""
    rule = mistake.exercise.partition("-")[2]
    function = wrong_solution(mistake, base_of(rule))
    assert told(functools.partial(check.optimizer, function, rule),
                DRAWS if rule == "momentum" or FULL else 2) == {
                    mistake.code}


def by_torch(make, **settings):
    """A rule that asks PyTorch: its state is an optimizer of PyTorch's."""
    def rule(params, grads, state=None, lr=0.1, *numbers):
        if state is None:
            copies = [p.clone() for p in params]
            state = make(copies, lr, *numbers, **settings)
        leaves = state.param_groups[0]["params"]
        for p, g in zip(leaves, grads, strict=True):
            p.grad = g.clone()
        state.step()
        return tuple(p.clone() for p in leaves), state

    return rule


def torch_adam(make):
    def made(p, lr, beta1, beta2, eps, *decay):
        more = {"weight_decay": decay[0]} if decay else {}
        return make(p, lr=lr, betas=(beta1, beta2), eps=eps, **more)

    return by_torch(made)


def in_place(params, grads, state=None, lr=0.1, beta=0.9):
    if state is None:
        state = [torch.zeros_like(p) for p in params]
    for p, g, v in zip(params, grads, state, strict=True):
        v.mul_(beta).add_(g)
        p.sub_(lr * v)
    return params, state


def rate_in_v(a, b, c, d, e):
    v = [e * old - d * g for old, g in zip(c or [0] * 4, b, strict=True)]
    return [p + u for p, u in zip(a, v, strict=True)], v


def named_tuple(params, grads, state=None, lr=0.1, momentum=0.9):
    v = {k: momentum * (state[k] if state else 0) + g
         for k, g in grads._asdict().items()}
    return params._replace(**{
        k: p - lr * v[k] for k, p in params._asdict().items()}), v


def fixed_beta(params, grads, state, rate):
    return optim.momentum(params, grads, state, lr=rate)


def double(params, grads, state=None, lr=0.1, beta=0.9):
    if state is None:
        params = tuple(p.double() for p in params)
    return optim.momentum(
        params, [g.double() for g in grads], state, lr, beta)


def with_more(params, grads, state=None, lr=0.1, beta=0.9, dampening=0):
    old = state or [torch.zeros_like(p) for p in params]
    v = [beta * u + (1 - dampening) * g
         for u, g in zip(old, grads, strict=True)]
    return tuple(p - lr * u for p, u in zip(params, v, strict=True)), v


def keywords(params, grads, state, **numbers):
    return optim.momentum(params, grads, state, **numbers)


def defaults_renamed(p, g, s=None, step=0.3, b=0.5):
    return optim.momentum(p, g, s, step, b)


def all_gradients_kept(params, grads, state=None, lr=0.1, beta=0.9):
    past = [*(state or []), grads]
    new = []
    for i, p in enumerate(params):
        v = sum(beta ** (len(past) - 1 - t) * g[i]
                for t, g in enumerate(past))
        new.append(p - lr * v)
    return new, past


def flat_vector(params, grads, state=None, lr=0.1, beta=0.9):
    g = torch.cat([d.flatten() for d in grads])
    v = g if state is None else torch.add(g, state, alpha=beta)
    parts = (lr * v).split([p.numel() for p in params])
    return tuple(p - d.view_as(p)
                 for p, d in zip(params, parts, strict=True)), v


def inference(params, grads, state=None, lr=0.1, beta=0.9):
    with torch.inference_mode():
        return in_place(tuple(p.clone() for p in params), grads, state, lr,
                        beta)


def ahead_in_two(params, grads, state=None, lr=0.1, beta=0.9):
    moved, v = [], []
    for i, (p, g) in enumerate(zip(params, grads, strict=True)):
        v.append(g if state is None else g + beta * state[i])
        moved.append(p - lr * g - lr * beta * v[-1])
    return moved, v


def rms_in_place(params, grads, state=None, lr=0.01, alpha=0.99, eps=1e-8):
    state = state or {}
    for i, (p, g) in enumerate(zip(params, grads, strict=True)):
        s = state.setdefault(i, torch.zeros_like(p))
        s.mul_(alpha).addcmul_(g, g, value=1 - alpha)
        p.addcdiv_(g, s.sqrt().add_(eps), value=-lr)
    return params, state


def adam_as_a_dict(params, grads, state=None, lr=0.001, betas=(0.9, 0.999),
                   eps=1e-8):
    if state is None:
        state = {"t": 0, "m": [0] * 4, "v": [0] * 4}
    state["t"] += 1
    moved, (b1, b2) = [], betas
    for i, (p, g) in enumerate(zip(params, grads, strict=True)):
        state["m"][i] = b1 * state["m"][i] + (1 - b1) * g
        state["v"][i] = b2 * state["v"][i] + (1 - b2) * g ** 2
        m_hat = state["m"][i] / (1 - b1 ** state["t"])
        v_hat = state["v"][i] / (1 - b2 ** state["t"])
        moved.append(p - lr * m_hat / (v_hat ** 0.5 + eps))
    return tuple(moved), state


def adam_of_usual_numbers(params, grads, state=None, lr=0.001):
    return optim.adam(params, grads, state, lr)


def short_adam(params, grads, state=None, lr=0.001):
    """The paper's shorter form, whose ε is too small to be seen here."""
    m, v, t = state or ([0] * 4, [0] * 4, 0)
    m = [0.9 * a + 0.1 * g for a, g in zip(m, grads, strict=True)]
    v = [0.999 * a + 0.001 * g * g for a, g in zip(v, grads, strict=True)]
    rate = lr * (1 - 0.999 ** (t + 1)) ** 0.5 / (1 - 0.9 ** (t + 1))
    return [p - rate * a / (b.sqrt() + 1e-8)
            for p, a, b in zip(params, m, v, strict=True)], (m, v, t + 1)


def decay_as_a_term(p, g, state, lr, b1, b2, eps, wd):
    moved, state = optim.adam(p, g, state, lr, b1, b2, eps)
    return [new - lr * wd * old
            for new, old in zip(moved, p, strict=True)], state


def sgd_in_place(params, grads, state=None, lr=0.01):
    for p, g in zip(params, grads, strict=True):
        p -= lr * g
    return params, None


SGD = torch.optim.SGD
RIGHT = [
    *((rule, getattr(optim, rule)) for rule in RULES),
    ("sgd", by_torch(SGD)), ("sgd", sgd_in_place),
    ("sgd", lambda p, g, s, r: ([a - r * b for a, b in zip(
        p, g, strict=True)], "nothing")),
    ("momentum", by_torch(SGD)), ("momentum", in_place),
    ("momentum", rate_in_v), ("momentum", named_tuple),
    ("momentum", fixed_beta), ("momentum", double), ("momentum", with_more),
    ("momentum", keywords), ("momentum", defaults_renamed),
    ("momentum", all_gradients_kept), ("momentum", flat_vector),
    ("momentum", inference),
    ("momentum", functools.partial(optim.momentum, beta=0.5)),
    ("nesterov", by_torch(SGD, nesterov=True)), ("nesterov", ahead_in_two),
    ("nesterov", lambda p, g, s, r: optim.nesterov(p, g, s, r)),
    ("rmsprop", by_torch(torch.optim.RMSprop)), ("rmsprop", rms_in_place),
    ("rmsprop", lambda p, g, s, eta, rho, e: optim.rmsprop(
        p, g, s, eta, rho, e)),
    ("adam", torch_adam(torch.optim.Adam)), ("adam", adam_as_a_dict),
    ("adam", adam_of_usual_numbers), ("adam", short_adam),
    ("adamw", torch_adam(torch.optim.AdamW)), ("adamw", decay_as_a_term),
    ("adamw", lambda p, g, s, lr, weight_decay: optim.adamw(
        p, g, s, lr, weight_decay=weight_decay)),
]


@pytest.mark.parametrize(
    ("rule", "f"), RIGHT,
    ids=[f"{rule}-{i}" for i, (rule, _) in enumerate(RIGHT)])
def test_a_right_rule_passes(rule, f):
    assert told(functools.partial(check.optimizer, f, rule), 10) == {""}


@pytest.mark.parametrize(("rule", "f", "remark"), [
    ("momentum", in_place, True), ("adam", adam_as_a_dict, True),
    ("rmsprop", rms_in_place, True), ("momentum", rate_in_v, False),
    ("momentum", optim.momentum, False),
])
def test_what_is_changed_in_place_is_remarked_on(rule, f, remark):
    report = check.optimizer(f, rule)
    assert report
    assert ("changes in place" in report.message) == remark


def scales_the_gradients(params, grads, state=None, lr=0.1, beta=0.9):
    for g in grads:
        g *= lr
    return optim.momentum(params, grads, state, 1.0, beta)


def first_v_is_the_gradient(params, grads, state=None, lr=0.1, beta=0.9):
    if state is None:
        v = grads
    else:
        v = state
        for u, g in zip(v, grads, strict=True):
            u.mul_(beta).add_(g)
    for g in grads:
        g += 0
    return [p - lr * u for p, u in zip(params, v, strict=True)], v


MEMORY = []


def remembers_by_itself(params, grads, state=None, lr=0.1, beta=0.9):
    v = [beta * u + g
         for u, g in zip(MEMORY or [0] * 4, grads, strict=True)]
    MEMORY[:] = v
    return [p - lr * u for p, u in zip(params, v, strict=True)], None


def gradients_first(g, p, state=None, lr=0.1, beta=0.9):
    return optim.momentum(p, g, state, lr, beta)


def known_names_in_another_order(params, grads, lr, beta, state=None):
    return optim.momentum(params, grads, state, lr, beta)


def a_generator(params, grads, state=None, lr=0.1, beta=0.9):
    moved, v = optim.momentum(params, grads, state, lr, beta)
    return (p for p in moved), v


def one_axis_more(params, grads, state=None, lr=0.1, beta=0.9):
    moved, v = optim.momentum(params, grads, state, lr, beta)
    return [p[None] for p in moved], v


def three_results(params, grads, state=None, lr=0.1, beta=0.9):
    return *optim.momentum(params, grads, state, lr, beta), 1


def late_error(params, grads, state=None, lr=0.1, beta=0.9):
    if state:
        raise KeyError("v")
    return optim.momentum(params, grads, state, lr, beta)


def late_none(params, grads, state=None, lr=0.1, beta=0.9):
    return None if state else optim.momentum(params, grads, state, lr, beta)


def without_eps_or_correction(params, grads, state=None, lr=0.1):
    m, v = state or ([0] * 4, [0] * 4)
    m = [0.9 * a + 0.1 * g for a, g in zip(m, grads, strict=True)]
    v = [0.999 * b + 0.001 * g * g for b, g in zip(v, grads, strict=True)]
    return [p - lr * a / b.sqrt()
            for p, a, b in zip(params, m, v, strict=True)], (m, v)


def divides_by_zero(params, grads, state=None, lr=0.1):
    m, t = state or ([0] * 4, 0)
    rate = lr / (1 - 0.9 ** t)
    return [p - rate * g for p, g in zip(params, grads, strict=True)], (
        m, t + 1)


@pytest.mark.parametrize(("rule", "f", "code"), [
    ("momentum", scales_the_gradients, "changed-input"),
    ("momentum", first_v_is_the_gradient, "changed-input"),
    ("momentum", remembers_by_itself, "accumulates"),
    ("momentum", gradients_first, "argument-order"),
    ("momentum", known_names_in_another_order, "argument-order"),
    ("momentum", lambda p, g, s: (p, s), "wrong-arguments"),
    ("momentum", lambda p, g, s, r, b, more, yet: 1, "wrong-arguments"),
    ("momentum", a_generator, "wrong-count"),
    ("momentum", three_results, "wrong-count"),
    ("momentum", one_axis_more, "wrong-shape"),
    ("momentum", late_error, "raised"),
    ("momentum", lambda *args: optim.momentum(*args)[0],
     "state-not-returned"),
    ("momentum", optim.sgd, "state-lost"),
    ("momentum", optim.nesterov, "looks-ahead"),
    ("nesterov", optim.momentum, "no-look-ahead"),
    ("adamw", optim.adam, "no-decay"),
    ("sgd", optim.momentum, "remembers"),
    ("adam", divides_by_zero, "count-starts-at-zero"),
    ("adam", without_eps_or_correction, "eps-forgotten"),
    ("momentum", 3, "not-a-function"),
])
def test_a_wrong_way_to_write_a_rule_has_a_name(rule, f, code):
    assert check.optimizer(f, rule).diagnosis == code


def test_a_later_step_without_an_answer_is_told():
    report = check.optimizer(late_none, "momentum")
    assert not report
    assert "None" in report.message


@pytest.mark.parametrize("name", ["lion", "SGD", None, []])
def test_an_unknown_rule_is_refused(name):
    with pytest.raises(ValueError, match="sgd, momentum, .*adamw, got"):
        check.optimizer(optim.sgd, name)


def pairs(rule, step):
    """Every so many-th pair of mistakes that can be made together."""
    known = [m for m in MISTAKES if m.exercise == f"optimizer-{rule}"]
    few = itertools.islice(itertools.combinations(known, 2), 0, None, step)
    return [pair for pair in few if build(pair, base_of(rule))]


THIRD = {  # two mistakes that come to a third
    frozenset(["first-v-zero", "state-lost"]): "nothing-moves",
    frozenset(["one-step-late", "state-lost"]): "nothing-moves",
    frozenset(["v-stays-at-first", "beta-not-in-the-step"]):
        "nothing-forgotten",
}


@pytest.mark.parametrize("rule", RULES)
def test_one_of_two_mistakes_of_a_rule_is_named(rule):
    """A few pairs make a third mistake, and none goes unnoticed."""
    strange = []
    for pair in pairs(rule, 211 if "adam" in rule else 41):
        report = check.optimizer(build(pair, base_of(rule)), rule)
        codes = frozenset(m.code for m in pair)
        if report.diagnosis not in codes | {THIRD.get(codes)}:
            strange.append((report.diagnosis, *codes))
    assert len(strange) <= 1, strange
    assert not any(code in ("", "unknown") for code, *_ in strange), strange


# Adam's second step -------------------------------------------------------


@pytest.mark.parametrize("mistake", entries("adam_step"))
def test_each_wrong_second_step_gets_its_own_name(mistake):
    wrong = wrong_solution(mistake, chapter6._second_step)(0.9, 0.999)
    report = check.adam_step(wrong)
    assert report.diagnosis == mistake.code
    assert "0.0526" not in report.message  # it doesn't give the answer away


@pytest.mark.parametrize("mine", [
    1 / 19, 0.0526, 0.05263, torch.tensor(1 / 19), torch.tensor([1 / 19]),
    torch.tensor([[1 / 19]], dtype=torch.float64), [0.0526],
    (1 - 0.9) / (1 + 0.9), np.float32(0.0526), Fraction(1, 19),
])
def test_a_right_second_step_passes(mine):
    assert check.adam_step(mine)


@pytest.mark.parametrize(("mine", "code"), [
    (0.2236, "no-correction"), (1.177, "no-correction-of-v"),
    (5.26, "in-percent"), (0.0707, "count-stands-still"),
    ("0.0526", "not-a-tensor"), (torch.zeros(2), "wrong-shape"),
    (float("nan"), "not-a-number"),
    pytest.param(10**400, "unreadable", id="huge"),
])
def test_a_wrong_number_may_be_rounded(mine, code):
    assert check.adam_step(mine).diagnosis == code


@pytest.mark.parametrize("mine", [0.3, -7, 2.0, torch.tensor(0.7), 12])
def test_another_number_is_unknown_and_the_answer_kept(mine):
    report = check.adam_step(mine)
    assert report.diagnosis == "unknown"
    assert "0.0526" not in report.message
    assert "times what" not in report.message


def test_the_second_step_is_torchs():
    p = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    opt, ends = torch.optim.Adam([p], lr=1.0, eps=1e-15), []
    for slope in (1.0, -1.0):
        p.grad = torch.full_like(p, slope)
        opt.step()
        ends.append(p.item())
    assert check.adam_step(ends[1] - ends[0])


# A trained model ----------------------------------------------------------


@pytest.mark.parametrize("mistake", entries("training"))
def test_each_failed_run_gets_its_own_name(mistake):
    report = check.training(wrong_solution(mistake))
    assert report.diagnosis == mistake.code


NARROW = Params(
    torch.tensor([[7.6, -8.4, -6.6], [2.3, 5.3, -3.6], [-2.3, -12.0, 12.9]]),
    torch.tensor([2.1, 5.4, -7.2]),
    torch.tensor([[4.2, 4.8], [-23.4, 2.3], [7.4, 13.8]]),
    torch.tensor([-22.8, -37.7]),
)


class Counts(nn.Module):
    """Counts its calls, has a dropout, and can't be in two places."""

    def __init__(self):
        super().__init__()
        self.inner, self.calls = from_params(NARROW), 0
        self.drop = nn.Dropout(0.5)

    def forward(self, X):
        """Map X to y_hat."""
        self.calls += 1
        return self.drop(self.inner(X)) if self.training else self.inner(X)


GOOD = from_params(NARROW)


@pytest.mark.parametrize("model", [
    GOOD, (GOOD, 3), [GOOD, 1], (2, GOOD), from_params(NARROW).double(),
    Counts(), lambda X: forward(X, NARROW).y_hat,
    lambda X: forward(X, Params(*(p.double() for p in NARROW))).y_hat,
    nn.Sequential(GOOD), lambda X: GOOD(X).detach(),
    lambda X: (GOOD(X) > 0.5).float(),
])
def test_a_model_below_the_goal_passes(model):
    assert check.training(model)


def test_a_model_is_left_as_it_is():
    model = Counts()
    model.inner(X).sum().backward()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    slopes = [p.grad.clone() for p in model.parameters()]
    model.train()
    model.inner.eval()
    with torch.no_grad():
        model.inner.output.bias += 30  # so that it is trained further, too
    before["inner.output.bias"] = model.inner.output.bias.clone()
    assert not check.training(model)
    assert model.calls == 0
    assert model.training
    assert not model.inner.training
    assert all(torch.equal(v, before[k])
               for k, v in model.state_dict().items())
    assert all(map(torch.equal, slopes,
                   [p.grad for p in model.parameters()]))


def test_how_many_numbers_a_model_has_is_told():
    assert "It has 20 numbers" in check.training(GOOD).message


@pytest.mark.parametrize(("model", "code"), [
    ((None, None), "not-attempted"), (torch.zeros(1000), "not-a-model"),
    (0.003, "not-a-model"), (NARROW, "not-a-model"),
    (ToyModel, "not-a-model"), ((ToyModel, 1), "not-a-model"),
    (nn.Linear(4, 2), "raised"), (nn.Linear(3, 1), "wrong-shape"),
    (lambda X: GOOD(X)[0], "wrong-shape"), (lambda X: GOOD(X).T,
                                            "wrong-shape"),
    (lambda X: GOOD(X).tolist(), "not-a-tensor"),
    (lambda X: GOOD(X).detach().numpy(), "not-a-tensor"),
    (lambda X: 1 / 0, "raised"), (lambda X: print(X), "returned-none"),
])
def test_what_is_no_trained_model_is_told(model, code):
    assert check.training(model).diagnosis == code


def trained(seed, steps, X=X, Y=Y, lr=0.03):
    """A module as a reader would train it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ToyModel()
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        opt.zero_grad()
        nn.functional.mse_loss(model(X), Y).backward()
        opt.step()
    return model


OTHERS = generate_data(20, torch.Generator().manual_seed(8))


@pytest.mark.parametrize(("model", "codes"), [
    (trained(1, 1200), {""}), (trained(2, 1200), {"stuck"}),
    (trained(3, 1200), {"dead-units"}), (trained(1, 100), {"unfinished"}),
    (trained(0, 0), {"not-trained"}),
    (trained(1, 1000, *OTHERS), {"other-points"}),
    (trained(1, 1200, X, 1 - Y), {"labels-flipped"}),
    (trained(1, 1200, X, Y.flip(1)), {"columns-swapped"}),
])
def test_what_a_run_came_to_is_told(model, codes):
    assert check.training(model).diagnosis in codes


def test_a_failed_run_is_told_what_to_do():
    told = check.training(trained(2, 1200)).message
    assert "y1 of row 6 (0.00, not 1)" in told
    assert "another" in told
    assert "more than half of the starts fail" in told


# When to give up ----------------------------------------------------------


@pytest.mark.parametrize("mistake", entries("expected_steps"))
def test_each_wrong_expectation_gets_its_own_name(mistake):
    function = wrong_solution(mistake, chapter6._by_runs)
    assert told(functools.partial(check.expected_steps, function)) == {
        mistake.code}


def by_loop(arrived, T):
    paid = good = 0
    for t in arrived:
        if t < 0 or t > T:
            paid += T
        else:
            paid, good = paid + t.item(), good + 1
    return paid / good


def by_a_ratio(a, t):
    p = ((a >= 0) & (a <= t)).float().mean()
    cost = torch.where((a < 0) | (a > t), t, a).float().mean()
    return cost / p


def by_recursion(arrived, T):
    """E = p a + (1 - p)(T + E)."""
    good = arrived[(arrived >= 0) & (arrived <= T)].double()
    p = len(good) / len(arrived)
    return (p * good.mean() + (1 - p) * T) / p


def by_clamp(arrived, T):
    never = arrived < 0
    steps = arrived.masked_fill(never, 10**6).clamp(max=T)
    return steps.sum().item() / ((arrived <= T) & ~never).sum().item()


def by_numpy(arrived, T):
    a = arrived.numpy()
    good = (a >= 0) & (a <= T)
    return float((a * good + T * ~good).mean() / good.mean())


@pytest.mark.parametrize("f", [
    chapter6._by_runs, lambda a, T: round(by_loop(a, T)), by_loop, by_a_ratio,
    by_recursion, by_clamp, by_numpy])
def test_a_right_expectation_passes(f):
    assert told(functools.partial(check.expected_steps, f), 20) == {""}


@pytest.mark.parametrize(("f", "code"), [
    (lambda a, T: a.mean(), "raised"), (lambda T, a: by_loop(a, T),
                                        "argument-order"),
    (lambda a: by_loop(a, 600), "wrong-arguments"),
    (lambda a, T: (by_loop(a, T), a.add_(1))[0], "changed-input"),
    (lambda a, T: (by_loop(a, T), T), "returned-all"),
    (lambda a, T: torch.where(a < 0, T, a), "wrong-shape"),
])
def test_a_wrong_way_to_expect_has_a_name(f, code):
    assert check.expected_steps(f).diagnosis == code


# Between two methods ------------------------------------------------------


@pytest.mark.parametrize("mistake", entries("damped"))
def test_each_wrong_table_gets_its_own_name(mistake):
    wrong = wrong_solution(mistake, chapter6._damped)
    J, r, _ = _start_jacobian()
    found = check.damped(*wrong(J, r, chapter6.LAMBDAS))
    assert found.diagnosis == mistake.code


def by_solving():
    J, r, _ = _start_jacobian()
    lengths, cosines = [], []
    for lam in chapter6.LAMBDAS:
        delta = torch.linalg.solve(J.T @ J + lam * torch.eye(26).double(),
                                   -J.T @ r)
        lengths.append(delta.norm().item())
        cosines.append(nn.functional.cosine_similarity(
            delta, -J.T @ r, dim=0).item())
    return lengths, cosines


@pytest.mark.parametrize("change", [
    list, tuple, torch.tensor, lambda x: torch.tensor(x)[:, None][:, 0],
    lambda x: [torch.tensor(v) for v in x],
    lambda x: torch.tensor(x).float().numpy(),
    lambda x: [round(v, 5) for v in x],
])
def test_a_right_table_passes(change):
    lengths, cosines = by_solving()
    assert check.damped(change(lengths), change(cosines))


@pytest.mark.parametrize(("given", "code"), [
    ((None, None), "not-attempted"), ((..., ...), "not-attempted"),
    ((by_solving()[0], None), "returned-none"),
    (([0.0] * 11, [1.0] * 11), "unknown"),
    (([1.0] * 11, [torch.nan] * 11), "not-a-number"),
    (("a", "b"), "not-a-tensor"),
    ((by_solving()[0][:5], by_solving()[1][:5]), "wrong-shape"),
])
def test_what_is_no_table_is_told(given, code):
    assert check.damped(*given).diagnosis == code
