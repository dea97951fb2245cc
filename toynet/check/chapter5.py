"""Checkers of chapter 5, modules."""

import copy
import inspect
import math
import numbers
import re
from collections import Counter
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from toynet import backprop as by_hand
from toynet import net
from toynet.check import words
from toynet.check.answers import Case, kind, takes
from toynet.check.catalogue import codes
from toynet.check.diagnose import (
    judge,
    judge_value,
    judged,
    recognised,
)
from toynet.check.guard import call
from toynet.check.probes import (
    _batch,
    _batches,
    _draws,
)
from toynet.model import ToyModel, from_params, params_of
from toynet.net import Params


def count(f, seed=0):
    """Check `f(widths) -> number`, for a list of widths such as [3, 4, 2]."""
    g = _draws(seed)
    chains = [
        torch.randint(2, 30, (n,), generator=g).tolist() for n in (2, 6)]
    case = Case(
        "count", "f(widths)", ("count",), right=_numbers_of_a_chain,
        probes=[([3, 4, 2],), ([784, 128, 64, 10],), *((c,) for c in chains)],
        tol=1e-7, look="(m + 1) n for each layer, chapter 5 (eq-count)",
        done="The count is right for chains of one to five layers.",
    )
    report = judge(case, f)
    if report.diagnosis != "not-a-tensor":
        return report
    listed = judge(case, lambda widths: torch.tensor(list(f(widths))))
    got = report.message.partition(" for count")[0]
    return listed if listed.diagnosis == "list-for-sum" else words.wrong(
        report.diagnosis, f"{got}, where one whole number was needed.",
        "Return the number itself, as `sum` gives it.")


def _numbers_of_a_chain(widths):
    w = torch.tensor(widths, dtype=torch.float64)
    return w[:-1] @ w[1:] + w[1:].sum()


def model(cls, seed=0):
    """Check `cls`, a class of modules: `cls()(X) -> y_hat`, X (N, 3).

    It is built here, without arguments, and used with numbers of ours,
    which are told apart by the shapes of what it registers. A module that
    has been built is copied first; a function that builds one will do.
    """
    g = _draws(seed)
    return judged(_judge_model, cls, Case(
        "model", "model(X)", ("y_hat",),
        right=lambda X, params: net.forward(X, params).y_hat,
        probes=[(X, p) for X, _, p in (*_batches(g), _far_out(g))],
        base=ToyModel, use=_outputs,
        look="y_hat = σ(relu(X @ W1 + b1) @ W2 + b2), chapter 2 (eq-y_hat)",
        done="It registers 26 numbers, computes what forward does with "
        "them, lets hooks run, and all four gradients arrive.",
    ))


def _far_out(g):
    """Rows with large coordinates, so that some z1 are far above 0."""
    X, Y, params = _batch(g, 9)
    return 5 * X, Y, params


def _judge_model(given, case):
    """Report on what it builds, registers, computes and passes back."""
    X, params = case.probes[0]
    built = call(lambda rows: _built_twice(given, rows), X)
    if built.hung:
        return words.timed_out(case, (X,))
    report = _not_built(given, built)
    if report is None:  # what is looked at may be properties of a reader's
        seen = call(lambda rows: _unready(given, rows, *built.value), X)
        report = words.timed_out(case, (X,)) if seen.hung else seen.value
        if seen.error:
            return words.wrong("raised", f"Looked at, it raised {seen.error}")
    if report is None:
        with torch.random.fork_rng(devices=[]):  # wrong solutions draw, too
            report = judge(case, given)
        later = _later(given, X, params, report)
        report = report if later is None else later
    return report


def _unready(given, X, module, again):
    """Report on what can't be called, or has not what it needs, or None."""
    report = _not_callable(module)
    if report is None:
        report = _not_registered(given, X, module, again)
    return report


def _built(given, X):
    """Build the module; one that waits for rows to take its sizes gets X."""
    if isinstance(given, nn.Module):
        try:
            module = copy.deepcopy(given)
        except RuntimeError:  # it keeps a tensor that is on a record
            module = type(given)()
    else:
        module = given()
        if inspect.iscoroutine(module):
            module.close()  # else Python warns, later and elsewhere
    if isinstance(module, nn.Module) and "_parameters" in vars(module) and (
        any(map(is_lazy, module.parameters()))
    ):
        module(X)
    return module


def _built_twice(given, X):
    return _built(given, X), _built(given, X)


def _not_built(given, built):
    """Report on what gives no module, or return None."""
    if isinstance(built.value, tuple):
        return _no_module(*built.value)
    if built.error.startswith("NotImplementedError"):
        return words.NOT_ATTEMPTED
    if "Module.__init__()" in built.error:
        return recognised("model", "super-init-forgotten", f"{built.error}.")
    if not inspect.isclass(given):
        if not callable(given) or not takes(given):
            return recognised("model", "not-a-module", f"Got {kind(given)}.")
    elif issubclass(given, nn.Module) and not takes(given):
        return recognised("model", "needs-arguments", f"{built.error}.")
    where = f" in {built.line}" if built.line else ""
    return words.wrong("raised", f"Building it raised {built.error}{where}")


def _no_module(module, again):
    """Report on what was built if it is no whole module."""
    if not isinstance(module, nn.Module):
        return recognised(
            "model", "not-a-module", f"It builds {kind(module)}.")
    if "_parameters" not in vars(module):
        return recognised("model", "super-init-forgotten")
    return None


def _not_callable(module):
    """Report on a class without a `forward` that takes rows, or None."""
    own = type(module)
    if own.forward is nn.Module.forward and "forward" not in vars(module):
        if own.__call__ is not nn.Module.__call__:
            return recognised("model", "call-overridden")
        return recognised("model", "forward-missing", _others(own))
    if not takes(module.forward, None):
        return recognised("model", "self-forgotten")
    return None


def _others(own):
    """Name the methods of a class that is missing one."""
    names = [f"`{k}`" for k, v in vars(own).items()
             if inspect.isfunction(v) and k != "__init__"]
    return f"Your class has {', '.join(names)}." if names else ""


# What a module registers

_WANTED = Counter([(3, 4), (4,), (2, 4), (2,)])


def _sizes(shape):
    """The axes of a shape, in either orientation, without those of 1."""
    return tuple(sorted(n for n in shape if n != 1))


def _not_registered(given, X, module, again):
    """Report on a module that doesn't register our 26 numbers, or None."""
    named = {n: tuple(p.shape) for n, p in module.named_parameters()}
    got = Counter(map(_sizes, named.values()))
    if got == _WANTED:
        ours = {p.data_ptr() for p in module.parameters()}
        theirs = {p.data_ptr() for p in again.parameters()}
        return recognised("model", "weights-shared") if ours & theirs else None
    total = sum(map(math.prod, named.values()))
    told = ", ".join(f"`{name}` {shape}" for name, shape in named.items())
    but = "" if total == 26 else ", not 26"
    seen = f"Registered: {told or 'nothing'}; {total} numbers{but}."
    code = _lost(given, X, module) if got < _WANTED else ""
    return recognised("model", code or _misfit(got), seen)


def _misfit(got):
    """Name what is wrong with the sizes of what is registered."""
    weights = [s for s in got.elements() if len(s) == 2]
    if got < _WANTED and got[3, 4] and got[2, 4]:
        return "no-bias"
    if not got:
        return "nothing-registered"
    if len(weights) > 2:
        return "third-layer"
    if got > _WANTED:
        return "too-many-numbers"
    if len(weights) == 1 and sum(got.values()) < 3:
        return "one-layer"
    if sorted(weights) == [(2, 4), (3, 4)] and sum(got.values()) == 4 and (
        () not in got
    ):
        return "sizes-swapped"
    for (width,) in (s for s in got if len(s) == 1):
        layers = (3, width), (width,), (2, width), (2,)
        if got == Counter(map(_sizes, layers)):
            return "hidden-width"
    return "other-sizes"


def _lost(given, X, module):
    """Say where numbers are that should have been registered, or ""."""
    outer = {} if isinstance(module, nn.Sequential) else vars(module)
    inner = set(vars(nn.Module()))
    own = [v for k, v in outer.items() if k not in inner]
    if any(isinstance(v, torch.Tensor) for v in own):
        return "plain-tensor"
    if any(map(_holds, own)):
        return "plain-list"
    if any(True for _ in module.buffers()):
        return "buffer-for-parameter"
    classes = [c for c in type(module).__mro__ if c not in nn.Module.__mro__]
    if any(_holds([v]) for c in classes for v in vars(c).values()):
        return "layers-on-the-class"
    if sum(p.dim() > 1 for p in module.parameters()) == 2:
        return "no-bias"
    return call(lambda rows: _made_late(given, rows), X).value or ""


def _holds(value):
    """Say whether a list, tuple or dict holds a module or a tensor."""
    if isinstance(value, dict):
        value = tuple(value.values())
    return isinstance(value, tuple | list | set) and any(
        isinstance(v, nn.Module | torch.Tensor) or _holds(v) for v in value)


def _made_late(given, X):
    """Say whether a forward pass makes its numbers, or has them outside."""
    module, before = _built(given, X), torch.get_rng_state()
    try:
        y_hat = module(X)
    except AttributeError:
        none = type(module).__init__ is nn.Module.__init__
        return "init-missing" if none else ""
    if not torch.equal(before, torch.get_rng_state()):
        return "layers-in-forward"
    return "layers-outside" if y_hat.shape == (len(X), 2) else ""


# What a module computes


def _outputs(given, X, params):
    with torch.random.fork_rng(devices=[]):
        return _with_ours(given, X, params)[1]


def _with_ours(given, X, params):
    """Return a module with our numbers, and what comes out for X."""
    module = _built(given, X)
    own = list(module.parameters())
    assert len(own) == len(params)
    with torch.no_grad():
        for p in own:
            p.copy_(_fitted(p, params))
    rows = X.to(own[0].dtype)
    y_hat = module(rows)
    if rows is not X:
        X.copy_(rows)  # a change made in place shows
    return module, y_hat


def _fitted(p, params):
    """Bring one of `params` into the shape and dtype of a parameter."""
    ours = next(t for t in params if _sizes(t.shape) == _sizes(p.shape))
    turned = ours.T if ours.dim() == 2 and p.shape != ours.shape else ours
    return turned.to(p.dtype).reshape(p.shape)


_ERRORS = (  # what is raised, and the mistake behind it
    (r"x3 and 4x3\)|x4 and 2x4\)", "missing-transpose"),
    (r"x3 and 4x2\)", "layers-reversed"),
    (r"x4 and 3x4\)", "layer-used-twice"),
    (r"not (ReLU|Sigmoid)\b|(ReLU|Sigmoid)\.__init__", "activation-not-made"),
)


def _later(given, X, params, report):
    """Report on what the outputs alone don't tell, or return None."""
    if report.diagnosis == "raised":
        for pattern, code in _ERRORS:
            if re.search(pattern, report.message):
                return recognised("model", code, report.message)
    if not report and report.diagnosis not in {"unknown", "wrong-factor"}:
        return None
    outcome = call(lambda *at: _watched(given, *at), X, params)
    if outcome.error:
        return words.wrong(
            "raised", f"The backward pass raised {outcome.error}")
    seen = outcome.value
    if report:
        code, names = _passed_back(seen, by_hand.backward(
            X, _labels(X), params))
    else:
        code, names = _led_astray(seen)
    evidence = ", ".join(f"`{name}`" for name in names)
    evidence = evidence and f"Seen at {evidence}."
    told = report.message if not report else ""
    return recognised("model", code, told, evidence) if code else None


class _Seen(NamedTuple):
    """What was seen of a module; the lists hold names of parameters."""

    heard: bool
    drew: bool
    alone: bool  # a row by itself gives what it gives among others
    changed: list
    frozen: list
    grads: dict


def _watched(given, X, params):
    """Use a module with our numbers, and watch everything about it."""
    module, y_hat = _with_ours(given, X, params)
    named = dict(module.named_parameters())
    heard, rows = [], X.to(next(iter(named.values())).dtype)
    handle = module.register_forward_hook(lambda *seen: heard.append(seen))
    before = torch.get_rng_state()
    one = module(rows[:1])
    drew = not torch.equal(before, torch.get_rng_state())
    handle.remove()
    changed = [n for n, p in named.items()
               if not torch.equal(p, _fitted(p, params))]
    frozen = [n for n, p in named.items() if not p.requires_grad]
    grads = dict.fromkeys(named)
    if not frozen and y_hat.requires_grad:
        L = ((y_hat - _labels(rows)) ** 2).sum()
        grads = dict(zip(named, torch.autograd.grad(
            L, list(named.values()), allow_unused=True), strict=True))
    alone = torch.allclose(one, y_hat[:1], atol=1e-5)
    return _Seen(bool(heard), drew, alone, changed, frozen, grads)


def _labels(X):
    return (X[:, :2] > 0).to(X.dtype)


def _passed_back(seen, right):
    """Name what is wrong with a module whose outputs are right."""
    cut = [n for n, g in seen.grads.items() if g is None or not (
        torch.allclose(g, _fitted(g, right), atol=1e-4, rtol=1e-3))]
    found = (("call-overridden", not seen.heard, []),
             ("numbers-changed", seen.changed, seen.changed),
             ("frozen", seen.frozen, seen.frozen),
             ("gradient-cut", cut, cut))
    return next(((c, names) for c, so, names in found if so), ("", []))


def _led_astray(seen):
    """Name why outputs are wrong, where no wrong solution has the same."""
    cut = [n for n, g in seen.grads.items() if g is None]
    found = (("random-outputs", seen.drew, []),
             ("numbers-changed", seen.changed, seen.changed),
             ("rows-mixed", not seen.alone, []),
             ("gradient-cut", cut, cut))
    return next(((c, names) for c, so, names in found if so), ("", []))


def shared(f, seed=0):
    """Check `f(model) -> Params`, four views of a `ToyModel`'s memory."""
    g = _draws(seed)
    case = Case(
        "shared", "f(model)", ("W1", "b1", "W2", "b2"),
        right=lambda params, moved: moved, base=params_of,
        probes=[(_batch(g, 1)[2], _batch(g, 1)[2])], use=_after_a_move,
        look="W1 is hidden.weight.T, chapter 5 (eq-linear)",
        done="Your four tensors follow the module, and none of them is on "
        "autograd's record.",
    )
    return judged(_judge_shared, f, case)


def _judge_shared(f, case):
    """Report on the numbers first, then on what was done to the module."""
    if callable(f) and not takes(f, None):
        alone = case._replace(probes=[(None,)])
        return words.wrong_arguments(alone, inspect.signature(f))
    report = judge(case, f)
    if report.diagnosis in {"not-attempted", "time-limit"}:
        return report
    outcome = call(lambda *at: _left_behind(f, *at), *case.probes[0])
    seen, code = outcome.value or ("", "")
    if code and (report or code != "still-on-the-record"):
        return recognised("shared", code, seen)
    when = "After a step of the module:"
    return report._replace(message=report.message.replace("Seen:", when, 1))


def _after_a_move(f, params, moved):
    """Let f read a module, move the module, and return what f gave."""
    twin = from_params(params)
    given = f(twin)
    with torch.no_grad():
        for p, new in zip(twin.parameters(), _in_order(moved), strict=True):
            p.copy_(new)
    return given


def _in_order(params):
    """Turn `params` into what a `ToyModel` registers."""
    return params.W1.T, params.b1, params.W2.T, params.b2


def _left_behind(f, params, moved):
    """Return what f did to its module, or to the record, and the code."""
    twin = from_params(params)
    given, other = f(twin), f(from_params(moved))
    for p, was in zip(twin.parameters(), _in_order(params), strict=True):
        if not p.requires_grad or not torch.equal(p, was):
            return "", "module-changed"
    pairs = list(zip(given, other, strict=True))
    if pairs and all(torch.equal(a, b) for a, b in pairs):
        return "", "another-module"
    names = [f"`{name}`" for name, t in zip(
        Params._fields, given, strict=False) if t.requires_grad]
    if names:
        seen = f"These still require a gradient: {', '.join(names)}."
        return seen, "still-on-the-record"
    return "", ""


def weights(given):
    """Check the two factors that parts of 15 and 5 rows must have."""
    return judged(_judge_weights, given, Case(
        "weights", "f()", ("the first factor", "the second"),
        right=_factors, probes=[()],
        look="each part is over its own 2N, chapter 5 (eq-mean-gradient)",
        done="With these factors the two parts give the gradient of the "
        "mean over all twenty.",
    ))


def _judge_weights(given, case):
    """Report on two factors by what they make, without giving them away."""
    if isinstance(given, tuple | list):
        given = [float(w) if isinstance(w, numbers.Rational) else w
                 for w in given]
    report = judge_value(case, given)
    if report or not report.message.startswith("Seen:"):
        return report
    try:
        long, short = (float(w) for w in given)
    except (TypeError, ValueError, RuntimeError):
        return report
    parts, whole = _mean_gradients()
    made = parts @ torch.tensor([long, short], dtype=torch.float64)
    off = (made - whole).abs().max() / whole.abs().max()
    seen = ("With these factors the combined gradient is off by "
            f"{off:.0%} of its largest entry.")
    code = "" if report.diagnosis in codes("weights") else _proportion(
        long, short)
    if code:
        return recognised("weights", code, seen)
    told = [x for x in report.message.splitlines()[1:] if x[:5] != "It is"]
    return words.wrong(report.diagnosis, seen, *told)


def _proportion(long, short):
    """Name the mistake of two factors by their proportion."""
    ratio = long / short if short else 0
    for right, code in ((3, "proportion-only"), (1 / 3, "swapped"),
                        (1, "equal-weights")):
        if abs(ratio - right) < 1e-3:
            return code
    return "other-shares" if abs(long + short - 1) < 1e-3 else ""


def _mean_gradients():
    """The mean's gradient for 15 rows and 5, (26, 2), and for all."""
    (X, Y, params), means = _batch(_draws(0), 20), []
    for part in (slice(0, 15), slice(15, 20), slice(0, 20)):
        grads = by_hand.backward(X[part], Y[part], params)
        n = Y[part].numel()
        means.append(torch.cat([d.flatten() / n for d in grads]).double())
    return torch.stack(means[:2], 1), means[2]


def _factors():
    """Solve for the factors that make two parts' means the whole's."""
    parts, whole = _mean_gradients()
    return tuple(torch.linalg.lstsq(
        parts, whole[:, None]).solution.flatten())
