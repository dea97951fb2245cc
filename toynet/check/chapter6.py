"""Checkers of chapter 6, optimizers."""

import copy
import inspect
from numbers import Real

import torch

from toynet import optim
from toynet.check import words
from toynet.check.answers import (
    Case,
    answer,
    as_tensors,
    is_stub,
    kind,
    probe,
    takes,
)
from toynet.check.catalogue import codes
from toynet.check.diagnose import (
    judge,
    judge_value,
    judged,
    recognised,
)
from toynet.check.guard import call
from toynet.check.probes import _draws, _reference, _start_jacobian
from toynet.check.report import Report
from toynet.data import generate_data
from toynet.net import Params


def adam_step(mine):
    """Check `mine`, Adam's second step for slopes 1 and -1, in rates."""
    report = judge_value(Case(
        "adam_step", "mine", ("mine",), base=_second_step, tol=7e-5,
        right=lambda b1, b2: _on_a_scale((1 - b1) / (1 + b1)),
        use=lambda f, *betas: _on_a_scale(f(*betas)),
        probes=[(0.9, 0.999)],
        done="It goes up, and is (1 - β1)/(1 + β1) times as long as the "
             "first.",
    ), _on_a_scale(mine))
    if report.diagnosis == "not-a-tensor":
        return words.wrong("not-a-tensor", "One number is needed, got "
                           f"{kind(mine)}.")
    if report.passed or report.diagnosis not in codes("adam_step") | {
            "unknown", "wrong-factor", "wrong-sign"}:
        return report
    told = report.message.splitlines()[1:]  # the first has the right number
    if report.diagnosis in codes("adam_step"):
        return words.wrong(report.diagnosis, *told)
    return words.wrong(
        "unknown", "That is not its length.",
        "Write down m and v after one step and after two; then divide m by "
        "1 - β1², v by 1 - β2², and the one by the root of the other.",
        "Look at: m̂ and v̂, chapter 6 (eq-rule-adam)")


def _on_a_scale(value):
    """Put a number on a scale on which equal shares are equal distances."""
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    try:
        if isinstance(value, Real):  # NumPy's and fractions, too
            value = torch.tensor(float(value), dtype=torch.float64)
    except OverflowError:
        pass
    if not isinstance(value, torch.Tensor) or value.is_complex():
        return value
    one = value.detach().double()
    return (1e5 * (one.reshape(()) if one.numel() == 1 else one)).asinh()


def _second_step(beta1, beta2):
    """Adam's second step in rates, for a slope of 1 and then one of -1."""
    m = beta1 * (1 - beta1) * 1 + (1 - beta1) * -1
    v = beta2 * (1 - beta2) * 1 + (1 - beta2) * 1
    m_hat, v_hat = m / (1 - beta1**2), v / (1 - beta2**2)
    return -m_hat / v_hat**0.5


RULES = {
    "sgd": ("θ - η g", "eq-rule-sgd"),
    "momentum": ("v = β v + g, θ - η v", "eq-rule-momentum"),
    "nesterov": ("v = β v + g, θ - η (g + β v)", "eq-rule-nesterov"),
    "rmsprop": ("s = α s + (1 - α) g², θ - η g / (√s + ε)",
                "eq-rule-rmsprop"),
    "adam": ("θ - η m̂ / (√v̂ + ε)", "eq-rule-adam"),
    "adamw": ("(1 - ηλ) θ - η m̂ / (√v̂ + ε)", "eq-rule-adamw"),
}


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
    rule = getattr(optim, name)
    names = list(inspect.signature(rule).parameters)
    return judged(_judge_rule, f, Case(
        f"optimizer-{name}", f"f({', '.join(names)})",
        ("the first step", "the last step"), right=rule,
        base=(optim.adam, rule) if name == "adamw" else rule,
        probes=_walks(_draws(seed)), extra=_walks(_draws(seed + 1), True),
        free=(0, 2), look=f"{RULES[name][0]}, chapter 6 ({RULES[name][1]})",
        done=f"Your steps equal those of `optim.{name}`.",
    ))


def _walks(g, alike=False):
    """Draw parameters, gradients, and a mark: which of NUMBERS goes there.

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
        walks.append((params, tuple(slopes), (torch.tensor([tiny, 0]),)))
    return walks


def _walked(f, known, taken, first, second, mark):
    """Take steps with f; return all parameters after the first and last.

    The parameters and the gradients may come in either order: f is then
    given them in that order, too. Steps from NaN are not taken.
    """
    turned, state, seen = isinstance(first[0], tuple), None, []
    params, slopes = (second, first) if turned else (first, second)
    once = _caller(f, known, taken, int(mark[0][0]))
    for g in slopes:
        if not seen or not seen[-1].isnan().any():
            pair, before = (g, params) if turned else (params, g), state
            marks = _marks(before)
            params, state = once(*pair, state)
            if _marks(before) != marks:
                mark[0][1] = 1  # a state written to is noticed, as params are
        seen.append(torch.cat([
            torch.as_tensor(p).detach().flatten() for p in params]))
    return seen[0], seen[-1]


def _marks(state):
    """What changes if a tensor in a state is written to, or exchanged."""
    if isinstance(state, torch.Tensor):
        return id(state), 0 if state.is_inference() else state._version
    if isinstance(state, dict):
        return _marks(list(state.values()))
    if isinstance(state, tuple | list):
        return [_marks(part) for part in state]
    return id(state)


MEANT = {
    "rate": "lr", "eta": "lr", "learning_rate": "lr", "b1": "beta1",
    "b2": "beta2", "epsilon": "eps", "wd": "weight_decay",
    "decay": "weight_decay", "lam": "weight_decay", "rho": "alpha",
    "mu": "beta", "momentum": "beta",
}


def _arguments_of(f):
    """The arguments of a function, or None if it takes or tells any."""
    try:
        given = list(inspect.signature(f).parameters.values())
    except Exception:  # a built-in function, or an object that lies
        return None
    return None if any(p.kind == p.VAR_POSITIONAL for p in given) else given


def _keywords(f, known):
    """Map f's names for the numbers of a rule to the rule's own names.

    None means that they are to be passed by place.
    """
    given = _arguments_of(f)
    if given is None:
        return None
    if any(p.kind == p.VAR_KEYWORD for p in given):
        return {k: k for k in known}
    allowed = {*known, "betas"} if "beta1" in known else set(known)
    meant = {p.name: MEANT.get(p.name, p.name) for p in given[3:]}
    meant = {name: k for name, k in meant.items() if k in allowed}
    strange = [p for p in given[3:] if p.name not in meant]
    if all(p.default is not p.empty for p in strange) and (
            not strange or set(known) <= set(meant.values())):
        return meant
    return None


def _taken(f, known):
    """The numbers of a rule that f has arguments for, in their order."""
    keywords, given = _keywords(f, known), _arguments_of(f)
    if keywords is None:
        return known if given is None else known[:max(0, len(given) - 3)]
    names = set(keywords.values())
    names |= {"beta1", "beta2"} if "betas" in names else set()
    return [k for k in known if k in names]


def _caller(f, known, taken, which):
    """A call of f on params, grads and state, the numbers as f takes them."""
    numbers = {k: NUMBERS[which][k] for k in taken}
    keywords = _keywords(f, known)
    if keywords is None:
        return lambda *place: f(*place, *numbers.values())
    pair = {"betas": (numbers.get("beta1"), numbers.get("beta2"))}
    found = {**numbers, **pair}
    named = {n: found[k] for n, k in keywords.items() if k in found}
    return lambda *place: f(*place, **named)


def _judge_rule(f, case):
    """Look at how a rule is called and what it returns, then at numbers."""
    if not callable(f):
        return words.no_function(case, kind(f))
    rule = case.right
    known = list(inspect.signature(rule).parameters)[3:]
    taken = _taken(f, known)

    def _use(g, *args):
        return _walked(g, known, taken, *args)

    report = _no_rule(case, f, known, taken)
    if report is None:
        report = _first_step(case, _caller(f, known, taken, 0))
    if report is None:
        report = judge(case._replace(
            use=_use, right=lambda *args: _use(rule, *args)), f)
    if report.diagnosis == "not-a-number" and "eps" in known:
        told = _no_eps(case, _caller(f, known, taken, 0))
        return report if told is None else told
    return report


def _no_eps(case, once):
    """Report on NaN that is there only where all slopes have been 0."""
    params, slopes, _ = case.probes[0]
    moved = call(once, params, slopes[0], None).value[0]
    if sum(int(p.isnan().sum()) for p in moved) == 1:
        told = recognised(
            case.exercise, "eps-forgotten", "One parameter becomes NaN.")
        return told if moved[0].view(-1)[0].isnan() else None
    return None


def _no_rule(case, f, known, taken):
    """Report on arguments that are no rule's."""
    given = _arguments_of(f)
    if given is None:
        return None
    names, order = [p.name for p in given], ["params", "grads", "state"]
    if set(order) <= set(names) and names[:3] != order:
        return words.order_of_arguments(case)
    needed = [p for p in given if p.default is p.empty and
              p.kind != p.VAR_KEYWORD]
    if "lr" in taken and len(needed) <= 3 + len(known):
        return None
    return words.wrong(
        "wrong-arguments",
        f"A function {case.signature} is needed; yours is "
        f"f({', '.join(names)}).",
        "The first four have to be there, in this order. Names are yours to "
        "choose, and of the other numbers you may leave out what you fix.")


def _first_step(case, once):
    """Report on a rule whose first step has the wrong form."""
    params, slopes, _ = case.probes[0]
    outcome = call(once, params, slopes[0], None)
    if outcome.hung:
        return words.timed_out(case, case.probes[0])
    if outcome.error:
        return _no_step(case, outcome.error, once)
    value = outcome.value
    if _four(value):
        return recognised(case.exercise, "state-not-returned")
    if not isinstance(value, tuple | list) or len(value) != 2:
        code = "returned-none" if value is None else "wrong-count"
        return words.wrong(code, words.FORMS[code].format(
            got="None" if value is None else kind(value),
            wanted="a pair of new parameters and new state"))
    return _no_parameters(value[0], params)


def _no_parameters(moved, params):
    """Report on new parameters that are not like the old ones, or None."""
    wanted = [tuple(p.shape) for p in params]
    if not _four(moved):
        return words.wrong(
            "wrong-count", f"The new parameters are {kind(moved)}, where "
            f"{len(params)} tensors were needed, in a tuple.",
            "If it is a generator, put `tuple(...)` around it."
            if inspect.isgenerator(moved) else "")
    shapes = [tuple(p.shape) for p in moved]
    if shapes == wanted:
        return None
    return words.wrong(
        "wrong-shape", f"The new parameters have shapes {shapes}, not "
        f"{wanted}.", "Each parameter keeps its shape in a step.")


def _four(value):
    """Say whether this is a tuple of four tensors."""
    return isinstance(value, tuple | list) and len(value) == 4 and all(
        isinstance(p, torch.Tensor) for p in value)


def _no_step(case, error, once):
    """Report on a rule that raises in its first step, if one knows why."""
    adam = case.exercise.startswith("optimizer-adam")
    if adam and error.startswith("ZeroDivisionError"):
        return recognised(
            case.exercise, "count-starts-at-zero", f"It raised {error}.")
    params, slopes, _ = case.probes[0]
    zeros = tuple(torch.zeros_like(p) for p in params)
    if case.exercise != "optimizer-sgd" and "NoneType" in error:
        for state in (zeros, (zeros, zeros, 0)):
            if not call(once, params, slopes[0], state).error:
                return recognised(case.exercise, "first-state-is-none",
                              f"It raised {error}.")
    return None


GOAL = 0.01


def training(model):
    """Check `model`: a mean squared error below 0.01 on the twenty points.

    `model` is a module or any function that maps X to y_hat; a tuple of it
    and the number of starts will do, too. What counts is what it gives.
    """
    X, Y, _ = _reference()
    return judged(_judge_training, model, Case(
        "training", "model(X)", ("y_hat",), right=lambda X: Y,
        probes=[(X,)], look="the goal, chapter 6 (fig-one-start)",
    ))


def _judge_training(given, case):
    """Run a trained model on the twenty points, and look at what it gives."""
    model = _model_in(given)
    early = _no_model(model)
    if early is not None:
        return early
    one = _evaluating(model)
    at = probe(case, case.probes[0])
    found = _outputs(case, one)
    if found.problem == "time-limit":
        return words.timed_out(case, at.args)
    if found.tensors is None:
        return words.unnamed(case, [found], [at])
    y_hat, Y = found.tensors[0], at.want[0]
    if y_hat.shape != Y.shape:
        return words.wrong(
            "wrong-shape", f"For X of shape (20, 3) the model gives "
            f"{tuple(y_hat.shape)}, not (20, 2).", "One row a point, with "
            "one answer for each of its two labels.")
    error = ((y_hat - Y) ** 2).mean().item()
    if error < GOAL:
        return _arrived(model, error, found)
    return _astray(one, y_hat, Y, error)


def _outputs(case, model):
    """Run a model; a function may want its points in double precision."""
    X = case.probes[0][0]
    found = answer(case, model, (_in_its_dtype(model, X),))
    if found.problem == "raised":
        again = answer(case, model, (X.double(),))
        found = found if again.tensors is None else again
    return found


def _model_in(given):
    """Take the model out of what a function returned beside it."""
    if isinstance(given, tuple | list):
        models = [part for part in given if callable(part)]
        return models[0] if len(models) == 1 else given
    return given


def _no_model(model):
    """Report on what can't be run on X, or None."""
    if inspect.isclass(model):
        return words.wrong(
            "not-a-model", f"This is the class {model.__name__}, not a model "
            "made from it.", "Make one, with brackets, and train it.")
    if not callable(model):
        return words.wrong(
            "not-a-model", f"A trained model is needed, got {kind(model)}.",
            "Neither its losses nor its outputs will do, nor its numbers "
            "alone: hand in the module, or a function that maps X to y_hat.")
    if not takes(model, torch.zeros(20, 3)):
        return recognised("training", "not-yet-called")
    return None


def _evaluating(model):
    """Copy a module, in the mode in which it is used; else leave it."""
    if not isinstance(model, torch.nn.Module):
        return model
    try:
        return copy.deepcopy(model).eval()
    except Exception:  # it holds something that can't be copied
        return model


def _in_its_dtype(model, X):
    """Convert X to what a module computes in."""
    if isinstance(model, torch.nn.Module):
        for p in model.parameters():
            return X.to(p.dtype) if p.is_floating_point() else X
    return X


def _arrived(model, error, found):
    """Report a model that is below the goal."""
    told = [f"Mean squared error {error:.2g} on the twenty points, below "
            f"{GOAL}.", *found.outcome.remarks]
    if isinstance(model, torch.nn.Module):
        count = sum(p.numel() for p in model.parameters())
        if count != 26:
            told.append(f"It has {count} numbers; the book's has 26.")
    return Report(True, "", "\n".join(told))


def _astray(model, y_hat, Y, error):
    """Report a model that is not below the goal: what it looks like."""
    seen = (
        f"Mean squared error {error:.4f} on the twenty points, and below "
        f"{GOAL} is asked for: the 40 squares add up to {40 * error:.2f}, "
        f"not to less than {40 * GOAL:.1f}.")
    if not torch.isfinite(y_hat).all():
        return recognised(
            "training", "not-a-number", "Some outputs are NaN or infinite.")
    for look in (_other_outputs, _same_for_all, _elsewhere, _on_its_way,
                 _dead, _stuck):
        found = look(model, y_hat, Y, error)
        if found is not None:
            code, *told = found
            return recognised("training", code, seen, *told)
    return None


def _other_outputs(model, y_hat, Y, error):
    """Outputs that are right once something simple is done to them."""
    def _after(changed):
        return ((changed - Y) ** 2).mean().item()

    outside = y_hat.min() < -0.1 or y_hat.max() > 1.1
    behind = _after(y_hat.sigmoid())
    if outside and behind < error:
        return "logits", f"With a sigmoid behind them it is {behind:.4f}."
    if _after(1 - y_hat) < min(error / 2, 0.1):
        return "labels-flipped", ""
    if _after(y_hat.flip(1)) < min(error / 2, 0.1):
        return "columns-swapped", ""
    same = torch.allclose(y_hat[:, 0], y_hat[:, 1], atol=1e-3)
    varied = y_hat.amax() - y_hat.amin() > 0.02
    return ("one-output-twice", "") if same and varied else None


def _same_for_all(model, y_hat, Y, error):
    """The same answer to every point, or nearly one half to each."""
    if (y_hat.amax(0) - y_hat.amin(0)).max() < 0.02:
        first = ", ".join(f"{v:.2f}" for v in y_hat[0].tolist())
        return "constant", f"Every point gets the same answer, ({first})."
    if (y_hat - 0.5).abs().max() < 0.3 and error > 0.2:
        return "not-trained", ""
    return None


def _elsewhere(model, y_hat, Y, error):
    """Sure of itself, and no better here than on fresh points."""
    fresh = generate_data(400, _draws(1))
    value = call(model, _in_its_dtype(model, fresh[0])).value
    if not isinstance(value, torch.Tensor) or value.shape != (400, 2):
        return None
    there = ((value.detach() - fresh[1]) ** 2).mean().item()
    if _unsure(y_hat) < 0.5 and there < 1.1 * error:
        return "other-points", (
            f"On 400 fresh points the error is {there:.3f}, no larger than "
            "here.")
    return None


def _unsure(y_hat):
    """How near the outputs are to one half: 1 there, 0 at 0 and 1."""
    return (4 * y_hat * (1 - y_hat)).mean()


def _on_its_way(model, y_hat, Y, error):
    """A copy that is trained further gets there, or far."""
    if not isinstance(model, torch.nn.Module):
        return ("unfinished", "") if _unsure(y_hat) > 0.5 else None
    outcome = call(_further, model, limit=10)
    if outcome.error or outcome.hung:
        return None
    if outcome.value < max(GOAL, error / 2):
        return "unfinished", (
            "Trained a little further, a copy of it comes to "
            f"{outcome.value:.4f}.")
    return None


def _further(model):
    """Train a copy for 200 steps of Adam; return its smallest loss."""
    model = copy.deepcopy(model)  # or raise: the reader's is left alone
    X, Y, _ = _reference()
    X, losses, state = _in_its_dtype(model, X), [], None
    weights = tuple(p.requires_grad_() for p in model.parameters()
                    if p.is_floating_point())
    for _ in range(200):
        L = ((model(X) - Y) ** 2).mean()
        losses.append(L.item())
        slopes = torch.autograd.grad(
            L, weights, allow_unused=True, materialize_grads=True)
        moved, state = optim.adam(weights, slopes, state, lr=0.02)
        with torch.no_grad():
            for p, new in zip(weights, moved, strict=True):
                p.copy_(new)
    return min(losses)


def _dead(model, y_hat, Y, error):
    """Hidden units that are 0 on all twenty points."""
    if not isinstance(model, torch.nn.Module):
        return None
    X = _in_its_dtype(model, _reference()[0])
    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear) and layer.in_features == 3:
            z = torch.nn.functional.linear(X, layer.weight, layer.bias)
            dead = (z <= 0).all(0).nonzero().flatten().tolist()
            if dead and layer.out_features != 2:
                return "dead-units", (
                    f"Hidden units without a value on any point: {dead}, of "
                    f"{layer.out_features}, counted from 0.")
    return None


def _stuck(model, y_hat, Y, error):
    """Some answers are wrong and sure; which, and which rows are tied."""
    off = ((y_hat - Y).abs() > 0.5).nonzero().tolist()
    told = ", ".join(
        f"y{k + 1} of row {n} ({y_hat[n, k]:.2f}, not {Y[n, k]:.0f})"
        for n, k in off[:6])
    more = f" and {len(off) - 6} more" if len(off) > 6 else ""
    rows, times = y_hat.unique(dim=0, return_counts=True)
    tied = times[times > 1].sum().item()
    return (
        "stuck", f"Wrong: {told}{more}." if off else "",
        f"{tied} rows share their outputs with another row: no hidden unit "
        "tells them apart." if tied else "")


def expected_steps(f, seed=0):
    """Check `f(arrived, T) -> steps`, expected until the first arrival.

    `arrived` holds the step of arrival of each run, -1 for never.
    """
    g = _draws(seed)
    probes = [(_arrivals(g, n), T) for n, T in ((40, 600), (23, 850))]
    return judge(Case(
        "expected_steps", "f(arrived, T)", ("steps",),
        right=_by_failures, base=_by_runs, probes=probes, tol=2e-3,
        extra=[(_arrivals(g, 31), 1200), (_arrivals(g, 31), 300)],
        look="what a run costs over the share that arrives, chapter 6 "
             "(eq-restarts)",
        done="The cost of a run over the share that arrives, for two lists "
             "of runs and two limits.",
    ), f)


def _arrivals(g, n):
    """Draw steps of arrival, some never, some at the usual limits."""
    arrived = 25 * torch.randint(0, 45, (n,), generator=g)
    arrived[torch.rand(n, generator=g) < 0.4] = -1
    arrived[:5] = torch.tensor([600, 850, 300, -1, 100])
    return arrived


def _by_failures(arrived, T):
    """T for each failure before the arrival, and the arrival's own steps."""
    steps = [t for t in arrived.tolist() if 0 <= t <= T]
    failures = len(arrived) / len(steps) - 1
    return failures * T + sum(steps) / len(steps)


def _by_runs(arrived, T):
    """The steps of all runs, over the number of those that arrive."""
    good = (arrived >= 0) & (arrived <= T)
    paid = torch.where(good, arrived, T).double()
    return paid.sum() / good.sum()


LAMBDAS = [10.0**k for k in range(-6, 5)]


def damped(lengths, cosines):
    """Check `lengths, cosines` of δ at the start, for λ = 1e-6 to 1e4."""
    given, (J, r, _) = (lengths, cosines), _start_jacobian()
    return judged(_judge_damped, given, Case(
        "damped", "damped(J, r, lams)", ("log10 of lengths", "cosines"),
        right=lambda *args: _in_logs(*_damped(*args)), base=_damped,
        use=lambda f, *args: _in_logs(*f(*args)),
        probes=[(J, r, LAMBDAS)],
        tol=1e-3, look="(JᵀJ + λ I) δ = -Jᵀr, chapter 6 (eq-lm)",
        done="The length falls to 0 as ‖Jᵀr‖/λ does, the cosine rises to 1.",
    ))


def _judge_damped(given, case):
    """Compare what a reader found, tensors or lists, lengths in logs."""
    for name, part in zip(("lengths", "cosines"), given, strict=True):
        if is_stub(part):
            return words.wrong("returned-none", f"There are no {name} yet.",
                               "One number for each λ is needed, eleven.")
    found = as_tensors(case, given)
    if all(isinstance(part, torch.Tensor) for part in found):
        found = _in_logs(*found)
    return judge_value(case, found)


def _in_logs(lengths, cosines):
    """Lengths over many powers of ten are compared by their logarithms."""
    return lengths.log10(), cosines


def _damped(J, r, lams):
    """Damped steps in the axes that J picks out: lengths and cosines."""
    U, S, _ = torch.linalg.svd(J, full_matrices=False)
    downhill = -S * (U.T @ r)                          # (26,)
    steps = torch.stack([downhill / (S**2 + lam) for lam in lams])
    lengths = steps.norm(dim=1)
    cosines = steps @ downhill / lengths / downhill.norm()
    return lengths, cosines
