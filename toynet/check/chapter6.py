"""The exercises of chapter 6, optimizers."""

import copy
import functools
import inspect

import torch

from toynet import optim
from toynet.check import words
from toynet.check.answers import answer, as_tensors, kind, probe, takes
from toynet.check.diagnose import checked, judge, judge_value, recognised
from toynet.check.exercise import Exercise
from toynet.check.guard import call
from toynet.check.probes import _draws, _reference, _start_jacobian
from toynet.check.report import Report
from toynet.data import generate_data
from toynet.model import from_params
from toynet.net import Params
from toynet.train import fit


def _second_step(beta1, beta2):
    """Adam's second step in rates, for a slope of 1 and then one of -1."""
    m = beta1 * (1 - beta1) * 1 + (1 - beta1) * -1
    v = beta2 * (1 - beta2) * 1 + (1 - beta2) * 1
    m_hat, v_hat = m / (1 - beta1**2), v / (1 - beta2**2)
    return -m_hat / v_hat**0.5


# Update rules -------------------------------------------------------------


NUMBERS = (  # ordinary ones, and those that go with tiny slopes
    {"lr": 0.25, "beta": 0.7, "alpha": 0.6, "beta1": 0.6, "beta2": 0.8,
     "eps": 0.03, "weight_decay": 0.4},
    {"lr": 0.01, "beta": 0.8, "alpha": 0.9, "beta1": 0.7, "beta2": 0.95,
     "eps": 1e-8, "weight_decay": 0.2},
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
    walks = []
    for steps, tiny in ((1, 0), (3, 0), (3, 1))[alike:]:
        params = Params(*(torch.randn(s, generator=g) for s in shapes))
        slopes = []
        for _ in range(steps):
            drawn = [torch.randn(s, generator=g) for s in shapes]
            drawn[0].view(-1)[0] = 0
            slopes.append(Params(*(
                (d + 0.5 * d.sign()) * (1e-4 if tiny else 1.0)
                for d in drawn)))
        walks.append((params, tuple(slopes), tiny))
    return walks


def _names(f, known):
    """The names of f's arguments after the third, or None if it takes any."""
    try:
        given = list(inspect.signature(f).parameters.values())
    except Exception:  # a built-in function, or an object that lies
        return None
    if any(p.kind == p.VAR_POSITIONAL for p in given):
        return None
    every = any(p.kind == p.VAR_KEYWORD for p in given)
    return known if every else [p.name for p in given[3:]]


def _taken(f, known):
    """The numbers of a rule that f has arguments for, in their order."""
    names = _names(f, known)
    if names is None:
        return known
    if set(names) <= {*known, "betas"}:
        return [k for k in known
                if k in names or "betas" in names and k[:-1] == "beta"]
    return known[:len(names)]


def _caller(f, known, taken, which):
    """A call of f, with numbers by name if it has the rule's, or by place."""
    numbers = {k: NUMBERS[which][k] for k in taken}
    names = _names(f, known)
    if names is None or not set(names) <= {*known, "betas"}:
        return lambda *place: f(*place, *numbers.values())
    numbers["betas"] = numbers.get("beta1"), numbers.get("beta2")
    named = {k: numbers[k] for k in names if k in numbers}
    return lambda *place: f(*place, **named)


def _walked(f, known, taken, first, second, which):
    """Take steps with f; return all parameters after the first and last.

    The parameters and the gradients may come in either order: f is then
    given them in that order, too. Steps from NaN are not taken.
    """
    turned, state, seen = isinstance(first[0], tuple), None, []
    params, slopes = (second, first) if turned else (first, second)
    once = _caller(f, known, taken, which)
    for g in slopes:
        if not seen or not seen[-1].isnan().any():
            pair = (g, params) if turned else (params, g)
            params, state = once(*pair, state)
        seen.append(torch.cat([
            torch.as_tensor(p).detach().flatten() for p in params]))
    return seen[0], seen[-1]


@functools.cache
def _use(rule, taken):
    """How a rule is used, and what is right, with some of its numbers."""
    known = list(inspect.signature(rule).parameters)[3:]

    def _steps(f, *args):
        return _walked(f, known, taken, *args)

    return {"use": _steps, "right": lambda *args: _steps(rule, *args)}


def _judge_rule(exercise, f):
    """Look at what a rule's first step returns, then at numbers."""
    if not callable(f):
        return words.no_function(exercise, kind(f))
    known = list(inspect.signature(exercise.right).parameters)[3:]
    taken = tuple(_taken(f, known))
    report = _first_step(exercise, _caller(f, known, taken, 0))
    if report is not None:
        return report
    return judge(exercise._replace(**_use(exercise.right, taken)), f)


def _first_step(exercise, once):
    """Report on a rule whose first step has the wrong form, or None."""
    params, slopes, _ = exercise.probes[0]
    outcome = call(once, params, slopes[0], None)
    if outcome.hung:
        return words.timed_out(exercise, exercise.probes[0])
    if outcome.error:
        return _no_step(exercise, outcome.error, once)
    value, code = outcome.value, "wrong-count"
    if _four(value):
        return recognised(exercise, "state-not-returned")
    if isinstance(value, tuple | list) and len(value) == 2:
        if _four(value[0]):
            shapes, wanted = ([tuple(p.shape) for p in four]
                              for four in (value[0], params))
            return None if shapes == wanted else words.wrong(
                "wrong-shape", "The new parameters have shapes "
                f"{shapes}, not {wanted}.")
        value, wanted = value[0], "a tuple of the four new parameters"
    else:
        wanted = "a pair of new parameters and new state"
        code = "returned-none" if value is None else code
    return words.wrong(code, words.FORMS[code].format(
        got="None" if value is None else kind(value), wanted=wanted))


def _four(value):
    """Say whether this is a tuple of four tensors."""
    return isinstance(value, tuple | list) and len(value) == 4 and all(
        isinstance(p, torch.Tensor) for p in value)


def _no_step(exercise, error, once):
    """Report on a rule that raises in its first step, if one knows why."""
    adam, code = exercise.name.startswith("optimizer-adam"), ""
    if adam and error.startswith("ZeroDivisionError"):
        code = "count-starts-at-zero"
    elif "NoneType" in error and exercise.name != "optimizer-sgd":
        params, slopes, _ = exercise.probes[0]
        zeros = tuple(torch.zeros_like(p) for p in params)
        states = zeros, (zeros, zeros, 0)
        if not all(call(once, params, slopes[0], s).error for s in states):
            code = "first-state-is-none"
    return recognised(exercise, code, f"It raised {error}.") if code else None


# A trained model ----------------------------------------------------------

GOAL = 0.01


def _run(model, X):
    """Run a model, which may want its points in double precision."""
    try:
        return model(X)
    except (RuntimeError, TypeError):
        return model(X.double())


def _judge_training(exercise, given):
    """Run a trained model on the twenty points, and look at what it gives."""
    parts = given if isinstance(given, tuple | list) else [given]
    models = [part for part in parts if callable(part)]
    model = models[0] if len(models) == 1 else given
    if inspect.isclass(model) or not callable(model):
        return words.wrong(
            "not-a-model", f"A trained model is needed, got {kind(model)}.",
            "Neither its class nor its losses or outputs will do: hand in "
            "the module, or a function that maps X to y_hat.")
    if not takes(model, None):
        return recognised(exercise, "not-yet-called")
    at, one = probe(exercise, exercise.probes[0]), model
    if isinstance(model, torch.nn.Module):
        one = call(lambda: copy.deepcopy(model).eval()).value or model
    found = answer(exercise, one, at.args)
    if found.problem == "time-limit":
        return words.timed_out(exercise, at.args)
    if found.tensors is None or found.tensors[0].shape != at.want[0].shape:
        return words.unnamed(exercise, [found], [at])
    y_hat, Y = found.tensors[0], at.want[0]
    error = ((y_hat - Y) ** 2).mean().item()
    return _arrived(model, error, found) if error < GOAL else (
        _not_there(exercise, one, y_hat, Y, error))


def _not_there(exercise, one, y_hat, Y, error):
    """Report a model that is above the goal."""
    seen = (
        f"Mean squared error {error:.4f} on the twenty points, and below "
        f"{GOAL} is asked for: the 40 squares add up to {40 * error:.2f}, "
        f"not to less than {40 * GOAL:.1f}.")
    code, *told = _other_outputs(one, y_hat, Y, error) or _unfinished(
        one, y_hat, Y, error)
    return recognised(exercise, code, seen, *told)


def _arrived(model, error, found):
    """Report a model that is below the goal."""
    told = [f"Mean squared error {error:.2g} on the twenty points, below "
            f"{GOAL}.", *found.outcome.remarks]
    if isinstance(model, torch.nn.Module):
        count = sum(p.numel() for p in model.parameters())
        if count != 26:
            told.append(f"It has {count} numbers; the book's has 26.")
    return Report(True, "", "\n".join(told))


def _other_outputs(model, y_hat, Y, error):
    """Name outputs that no more training of this model would mend."""
    def _of(X):
        value = call(_run, model, X).value
        return value.detach() if isinstance(value, torch.Tensor) else Y

    def _after(y, labels=Y):
        return ((y - labels) ** 2).mean().item()

    if not y_hat.isfinite().all():
        return ("not-a-number",)
    fresh, labels = generate_data(400, _draws(1))
    there, behind = _of(fresh), _after(y_hat.sigmoid())
    if any(y.min() < -0.1 or y.max() > 1.1 for y in (y_hat, _of(99 * fresh))):
        return "logits", (f"With a sigmoid behind them it is {behind:.4f}."
                          if behind < error else "")
    few = min(error / 2, 0.1)
    if _after(1 - y_hat) < few or _after(y_hat.flip(1)) < few:
        turned = _after(y_hat.flip(1)) < few
        return ("columns-swapped" if turned else "labels-flipped",)
    spread = (y_hat.amax() - y_hat.amin()).item()
    if torch.allclose(*y_hat.T, atol=1e-3) and spread > 0.02:
        return ("one-output-twice",)
    if there.shape == labels.shape and error > 0.2 and (
        4 * y_hat * (1 - y_hat)).mean() < 0.5 and (
            _after(there, labels) < 1.1 * error):
        return "other-points", (f"On 400 fresh points the error is "
                                f"{_after(there, labels):.3f}.")
    return None


def _unfinished(model, y_hat, Y, error):
    """Say whether a run is stuck, or how it goes on in a copy."""
    after, best, told = y_hat, error, ""
    if isinstance(model, torch.nn.Module):
        further = call(_further, model).value
        if further:
            slope, best, after = further
            told = (f"Its gradient has a length of {slope:.2g}. Trained for "
                    f"300 more steps, a copy of it comes to {best:.4f}.")
    held = [_hold_up(y, Y) for y in (y_hat, after)]
    rigid = all((y.amax(0) - y.amin(0)).max() < 0.02 for y in (y_hat, after))
    if not rigid and error > 0.2 and (y_hat - 0.5).abs().max() < 0.3:
        return "not-trained", told
    if best < max(GOAL, error / 2):
        return "unfinished", told
    if rigid:
        first = ", ".join(f"{v:.2f}" for v in y_hat[0].tolist())
        return "constant", f"Every point gets the same answer, ({first})."
    still = all(held)
    if best < (0.9 if still else 0.99) * error or not (still or told):
        return "unfinished", told
    dead = _dead(model)
    if dead:
        return "dead-units", f"Silent units, counted from 0: {dead}.", told
    return "stuck", held[0], told


def _further(model):
    """Train a copy by Adam: the slope now, the least loss, and outputs."""
    model = copy.deepcopy(model).requires_grad_()  # the reader's is left
    own = list(model.parameters())
    X, Y = (t.to(own[0].dtype) for t in _reference()[:2])
    ((model(X) - Y) ** 2).mean().backward()
    slope = sum((p.grad**2).sum() for p in own if p.grad is not None) ** 0.5
    losses = fit(model, X, Y, torch.optim.Adam(own, lr=0.02), 300)
    return float(slope), losses.min().item(), model(X).detach().double()


def _hold_up(y_hat, Y):
    """Say which answers are wrong and sure, or tied where labels differ."""
    off = (y_hat - Y).abs()
    sure = (off > 0.95).nonzero().tolist()
    alike = (y_hat[:, None] - y_hat).abs().amax(2) < 1e-3
    tied = (alike & (Y[:, None] != Y).any(2)).any(1).sum().item()
    told = ", ".join(
        f"y{k + 1} of row {n} ({y_hat[n, k]:.2f}, not {Y[n, k]:.0f})"
        for n, k in sure[:6])
    return " ".join(filter(None, (
        told and f"Wrong and sure: {told}.",
        tied and f"{tied} rows share their outputs with a row of other "
        "labels: no hidden unit tells them apart.")))


def _dead(model):
    """The hidden units that are 0 on all twenty points."""
    for layer in getattr(model, "modules", list)():
        if isinstance(layer, torch.nn.Linear) and layer.in_features == 3:
            z = layer(_reference()[0].to(layer.weight.dtype))
            return (z <= 0).all(0).nonzero().flatten().tolist()
    return []


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


def _in_logs(pair):
    """Lengths over many powers of ten are compared by their logarithms."""
    return pair[0].log10(), pair[1]


def _tables(f):
    """What a reader hands in, from the logarithms of a wrong solution."""
    lengths, cosines = f(*_start_jacobian()[:2], LAMBDAS)
    return 10**lengths, cosines


def _judge_damped(exercise, *given):
    """Compare what a reader found, tensors or lists."""
    found = as_tensors(exercise, given)
    if all(isinstance(part, torch.Tensor) for part in found):
        found = _in_logs(found)
    return judge_value(exercise, *found)


def _damped(J, r, lams):
    """Damped steps in the axes that J picks out: lengths and cosines."""
    U, S, _ = torch.linalg.svd(J, full_matrices=False)
    downhill = -S * (U.T @ r)                          # (26,)
    steps = torch.stack([downhill / (S**2 + lam) for lam in lams])
    lengths = steps.norm(dim=1)
    cosines = steps @ downhill / lengths / downhill.norm()
    return lengths, cosines


LAMBDAS = [10.0**k for k in range(-6, 5)]
RULES = {name: _rule(name) for name in (
    "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")}
EXERCISES = (
    Exercise(
        "adam_step", "Check Adam's second step for slopes 1, -1, in rates.",
        "mine", ("mine",), asks=("mine",), value=True, place=4, tol=1.05e-3,
        right=lambda b1, b2: (1 - b1) / (1 + b1), base=_second_step,
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
        right=lambda *args: _in_logs(_damped(*args)), base=_damped,
        gives=_in_logs, draw=lambda g: [(*_start_jacobian()[:2], LAMBDAS)],
        tol=1e-3,
        done="The length falls to 0 as ‖Jᵀr‖/λ does, the cosine rises to 1.",
    ),
)
