"""The exercises of chapter 6, optimizers."""

import copy
import functools
import inspect

import torch

from toynet import optim
from toynet.check import words
from toynet.check.answers import (
    answer,
    as_tensors,
    failed,
    kind,
    probe,
    takes,
)
from toynet.check.diagnose import checked, judge, judge_value
from toynet.check.exercise import Exercise
from toynet.check.guard import call
from toynet.check.probes import _draws, _reference, _start_jacobian
from toynet.check.words import recognised
from toynet.data import generate_data
from toynet.model import from_params
from toynet.net import Params
from toynet.train import fit

# Update rules -------------------------------------------------------------


NUMBERS = (  # ordinary ones, and those that go with tiny slopes
    {"lr": 0.25, "beta": 0.7, "alpha": 0.6, "beta1": 0.6, "beta2": 0.8,
     "betas": (0.6, 0.8), "eps": 0.03, "weight_decay": 0.4},
    {"lr": 0.01, "beta": 0.8, "alpha": 0.9, "beta1": 0.7, "beta2": 0.95,
     "betas": (0.7, 0.95), "eps": 1e-8, "weight_decay": 0.2},
)


def optimizer(f, name, seed=0):
    """Check `f(params, grads, state, lr, ...) -> params, state`, a rule.

    `name` is the rule: sgd, momentum, nesterov, rmsprop, adam or adamw.
    f is run over several steps, from a state of None; of the rule's other
    numbers it takes those that it has arguments for, and the usual values
    are expected of the rest. Raises ValueError for another name.
    """
    if not isinstance(name, str) or name not in RULES:
        raise ValueError(
            f"name must be one of {', '.join(RULES)}, got {name!r}: it says "
            "which rule your function is meant to be"
        )
    return checked(RULES[name], (f,), seed)


def _rule(name):
    """The exercise of a rule."""
    rule = getattr(optim, name)
    numbers = ", ".join(inspect.signature(rule).parameters)
    return Exercise(
        f"optimizer-{name}", "", f"f({numbers})",
        ("the first step", "the last step"), right=rule, judge=_judge_rule,
        base=(optim.adam, rule) if name == "adamw" else rule,
        draw=lambda g: (_walks(g), _walks(g, True)),
        done=f"Your steps equal those of `optim.{name}`.",
    )


def _walks(g, alike=False):
    """Draw parameters, gradients, and which of NUMBERS goes with them.

    There is one step, and then three; with ordinary slopes, and with tiny
    ones. One entry has a slope of 0 throughout.
    """
    shapes = 4 * ((5,),) if alike else ((3, 4), (4,), (4, 2), (2,))

    def _four():
        return Params(*(torch.randn(s, generator=g) for s in shapes))

    walks = [(_four(), [_four() for _ in range(steps)], tiny)
             for steps, tiny in ((1, 0), (3, 0), (3, 1))[alike:]]
    for _, slopes, tiny in walks:
        for four in slopes:
            four[0].view(-1)[0] = 0
            for d in four:
                d.add_(0.5 * d.sign()).mul_(1e-4 if tiny else 1.0)
    return walks


def _taken(f, known):
    """The numbers of a rule that f takes, and whether by their names."""
    try:
        given = list(inspect.signature(f).parameters.values())
    except Exception:  # a built-in function, or an object that lies
        return known, False
    kinds = {p.kind for p in given}
    if kinds & {inspect.Parameter.VAR_POSITIONAL,
                inspect.Parameter.VAR_KEYWORD}:
        return known, inspect.Parameter.VAR_POSITIONAL not in kinds
    names = [p.name for p in given[3:]]
    by_name = set(names) <= {*known, "betas"}
    return (names if by_name else known[:len(names)]), by_name


def _step(f, known, taken, which):
    """A step of f with its numbers, as far as they are among `taken`."""
    names, by_name = _taken(f, known)
    numbers = {k: NUMBERS[which][k] for k in names if k in taken}
    if by_name:
        return functools.partial(f, **numbers)
    return lambda *place: f(*place, *numbers.values())


def _walked(step, first, second):
    """Take steps; return all parameters after the first and the last.

    The parameters and the gradients may come in either order: f is then
    given them in that order, too. Steps from NaN are not taken.
    """
    turned, state, seen = isinstance(first[0], tuple), None, []
    params, slopes = (second, first) if turned else (first, second)
    for g in slopes:
        if not seen or not seen[-1].isnan().any():
            pair = (g, params) if turned else (params, g)
            params, state = step(*pair, state)
        seen.append(torch.cat([
            torch.as_tensor(p).detach().flatten() for p in params]))
    return seen[0], seen[-1]


@functools.cache
def _use(rule, known, taken):
    """How a rule is used, and what is right, with some of its numbers."""
    def _steps(f, first, second, which):
        return _walked(_step(f, known, taken, which), first, second)

    return {"use": _steps, "right": functools.partial(_steps, rule)}


def _judge_rule(exercise, f):
    """Look at what a rule's first step returns, then at numbers."""
    known = tuple(inspect.signature(exercise.right).parameters)[3:]
    taken, _ = _taken(f, known)
    if "betas" in taken:
        taken = *taken, "beta1", "beta2"
    exercise = exercise._replace(**_use(exercise.right, known, tuple(taken)))
    report = _first_step(exercise, _step(f, known, taken, 0))
    return judge(exercise, f) if report is None else report


def _first_step(exercise, step):
    """Report on a rule whose first step has the wrong form, or None."""
    params, slopes, _ = exercise.probes[0]
    outcome = call(step, params, slopes[0], None)
    value, at = outcome.value, probe(exercise, exercise.probes[0])
    if outcome.hung:
        return words.unnamed(exercise, [failed(outcome)], [at])
    zeros = tuple(map(torch.zeros_like, params))
    if "NoneType" in outcome.error and any(
            not call(step, params, slopes[0], state).error
            for state in (zeros, (zeros, zeros, 0))):
        return recognised(exercise, "first-state-is-none",
                          f"It raised {outcome.error}.")
    pair = isinstance(value, tuple | list) and len(value) == 2
    if _fit(value, params):
        return recognised(exercise, "state-not-returned")
    if outcome.error or pair and _fit(value[0], params):
        return None
    value, wanted = (value[0], "a tuple of the four, in their shapes") if (
        pair) else (value, "a pair of new parameters and new state")
    code = "returned-none" if value is None else "wrong-shape" if (
        kind(value).endswith(" of 4")) else "wrong-count"
    return words.formed(code, got=kind(value), wanted=wanted)


def _fit(value, params):
    """Say whether this is a tuple of tensors in the shapes of `params`."""
    return isinstance(value, tuple | list) and [
        getattr(p, "shape", None) for p in value] == [p.shape for p in params]


# A trained model ----------------------------------------------------------

GOAL = 0.01


def _run(model, X):
    """Run a model, which may want its points in double precision."""
    try:
        return model(X)
    except (RuntimeError, TypeError):
        return model(X.double())


def _the_model(given):
    """The one model of a tuple, or what was given."""
    parts = given if isinstance(given, tuple | list) else [given]
    models = [part for part in parts if callable(part)]
    return models[0] if len(models) == 1 else given


def _judge_training(exercise, given):
    """Run a trained model on the twenty points, and look at what it gives."""
    model = _the_model(given)
    if inspect.isclass(model) or not callable(model) or not takes(
            model, None):
        return recognised(exercise, "not-a-model", f"Got {kind(model)}.")
    at, one = probe(exercise, exercise.probes[0]), model
    if isinstance(model, torch.nn.Module):
        one = call(lambda: copy.deepcopy(model).eval()).value or model
    found = answer(exercise, one, at.args)
    if found.tensors is None or found.tensors[0].shape != at.want[0].shape:
        return words.unnamed(exercise, [found], [at])
    y_hat, Y = found.tensors[0], at.want[0]
    error = ((y_hat - Y) ** 2).mean().item()
    seen = (f"Mean squared error {error:.2g} on the twenty points, the 40 "
            f"squares divided by 40; below {GOAL} is asked for.")
    if error < GOAL:
        return words.passed(
            exercise._replace(done=seen), [found], _counted(model))
    far = answer(exercise, one, (99 * at.args[0],)).tensors or ()
    code, *told = _misread(y_hat, Y, error, far) or _unfinished(
        one, y_hat, Y, error)
    return recognised(exercise, code, seen, *told)


def _counted(model):
    """Say how many numbers a model has, if that is not 26."""
    count = sum(p.numel() for p in getattr(model, "parameters", list)())
    return f"It has {count} numbers; the book's has 26." * (
        count not in (0, 26))


def _misread(y_hat, Y, error, far):
    """Name outputs that no more training of this model would mend."""
    def _after(y):
        return ((y - Y) ** 2).mean().item()

    if not y_hat.isfinite().all():
        return ("not-a-number",)
    seen = torch.cat([y_hat, *far])
    if seen.min() < -0.1 or seen.max() > 1.1:
        return "logits", (
            f"With a sigmoid behind them it is {_after(y_hat.sigmoid()):.2g}.")
    readings = {"labels-flipped": 1 - y_hat, "columns-swapped": y_hat.flip(1)}
    return next(((code,) for code, y in readings.items()
                 if _after(y) < min(error / 2, 0.1)), None)


def _unfinished(model, y_hat, Y, error):
    """Say whether a run is stuck, or how it goes on in a copy."""
    further = call(_further, model).value  # a plain function has no copy
    best, after, told = further or (error, y_hat, "")
    held = [_hold_up(y, Y) for y in (y_hat, after)]
    rigid = all((y.amax(0) - y.amin(0)).max() < 0.02 for y in (y_hat, after))
    if not rigid and error > 0.2 and (y_hat - 0.5).abs().max() < 0.3:
        return "not-trained", told
    fresh, labels = generate_data(400, _draws(1))
    there = call(_run, model, fresh).value
    sure = (4 * y_hat * (1 - y_hat)).mean() < 0.5
    if sure and error > 0.2 and ((there - labels) ** 2).mean() < 1.1 * error:
        return "other-points", told
    if best < (0.9 if rigid or all(held) else 0.99) * error:
        return "unfinished", told
    if rigid:
        first = ", ".join(f"{v:.2f}" for v in y_hat[0].tolist())
        return "constant", f"Every point gets the same answer, ({first})."
    return "stuck" if all(held) or told else "unfinished", held[0], told


def _further(model):
    """Train a copy by Adam: the least loss, outputs, and words on it."""
    model = copy.deepcopy(model).requires_grad_()  # the reader's is left
    own = list(model.parameters())
    X, Y = (t.to(own[0].dtype) for t in _reference()[:2])
    ((model(X) - Y) ** 2).mean().backward()
    slope = sum((p.grad**2).sum() for p in own if p.grad is not None) ** 0.5
    best = fit(model, X, Y, torch.optim.Adam(own, lr=0.02), 300).min().item()
    return best, model(X).detach().double(), (
        f"Its gradient has a length of {slope:.2g}. Trained for 300 more "
        f"steps, a copy of it comes to {best:.4f}.")


def _hold_up(y_hat, Y):
    """Say which answers are wrong and sure, or tied where labels differ."""
    sure = ((y_hat - Y).abs() > 0.95).nonzero().tolist()
    alike = (y_hat[:, None] - y_hat).abs().amax(2) < 1e-3
    tied = (alike & (Y[:, None] != Y).any(2)).any(1).sum().item()
    told = ", ".join(
        f"y{k + 1} of row {n} ({y_hat[n, k]:.2f}, not {Y[n, k]:.0f})"
        for n, k in sure[:6])
    return " ".join(filter(None, (
        told and f"Wrong and sure: {told}.",
        tied and f"{tied} rows share their outputs with a row of other "
        "labels: no hidden unit tells them apart.")))


# When to give up, and what lies between two methods -----------------------


def _arrivals(g, n):
    """Draw steps of arrival, some never, some at the usual limits."""
    arrived = 25 * torch.randint(0, 45, (n,), generator=g)
    arrived[torch.rand(n, generator=g) < 0.4] = -1
    arrived[:5] = torch.tensor([600, 850, 300, -1, 100])
    return arrived


def _by_runs(arrived, T):
    """The steps of all runs, over the number of those that arrive."""
    good = (arrived >= 0) & (arrived <= T)
    paid = torch.where(good, arrived, T).double()
    return paid.sum() / good.sum()


def _judge_damped(exercise, *given):
    """Compare tensors or lists, lengths by their logarithms."""
    found = as_tensors(exercise, given)
    if all(isinstance(part, torch.Tensor) for part in found):
        found = found[0].log10(), found[1]
    return judge_value(exercise, *found)


def _damped(J, r, lams):
    """Damped steps in the axes that J picks out: lengths and cosines."""
    U, S, _ = torch.linalg.svd(J, full_matrices=False)
    downhill = -S * (U.T @ r)                          # (26,)
    steps = torch.stack([downhill / (S**2 + lam) for lam in lams])
    lengths = steps.norm(dim=1)
    cosines = steps @ downhill / lengths / downhill.norm()
    return lengths.log10(), cosines


def _tables(f):
    """What a reader hands in, from the logarithms of a wrong solution."""
    lengths, cosines = f(*_start_jacobian()[:2], LAMBDAS)
    return 10**lengths, cosines


LAMBDAS = [10.0**k for k in range(-6, 5)]
RULES = {name: _rule(name) for name in (
    "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")}
EXERCISES = (
    Exercise(
        "adam_step", "Check Adam's second step for slopes 1, -1, in rates.",
        "mine", ("mine",), asks=("mine",), value=True, place=4, tol=1.05e-3,
        right=lambda b1, b2: (1 - b1) / (1 + b1),
        draw=lambda g: [(0.9, 0.999)],
        done="It goes up, and is (1 - β1)/(1 + β1) times as long as the "
        "first.",
    ),
    *RULES.values(),
    Exercise(
        "training", """Check `model`: an error below 0.01 on the twenty points.

        `model` is a module or any function that maps X to y_hat; a tuple of
        it and the number of starts will do, too. What counts is what it
        gives.
        """,
        "model(X)", ("y_hat",), asks=("model",), value=True, use=_run,
        judge=_judge_training, hand=lambda model: model, base=from_params,
        right=lambda X: _reference()[1], draw=lambda g: [_reference()[:1]],
    ),
    Exercise(
        "expected_steps", """Check `f(arrived, T) -> steps`, to be expected.

        `arrived` holds the step of arrival of each run, -1 for never.
        """,
        "f(arrived, T)", ("steps",), right=_by_runs, base=_by_runs, tol=2e-3,
        draw=lambda g: ([(_arrivals(g, 40), 600), (_arrivals(g, 23), 850)], [
            (_arrivals(g, n), T) for n, T in (
                (31, 1200), (31, 300), (11, 600), (13, 850), (9, 100))]),
        done="The cost of a run over the share that arrives, for two lists "
        "of runs and two limits.",
    ),
    Exercise(
        "damped", "Check lengths and cosines of δ, for λ from 1e-6 to 1e4.",
        "damped(J, r, lams)", ("log10 of lengths", "cosines"), value=True,
        asks=("lengths", "cosines"), judge=_judge_damped, hand=_tables,
        right=_damped, base=_damped, tol=1e-3,
        draw=lambda g: [(*_start_jacobian()[:2], LAMBDAS)],
        done="The length falls to 0 as ‖Jᵀr‖/λ does, the cosine rises to 1.",
    ),
)
