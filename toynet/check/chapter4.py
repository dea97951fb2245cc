"""The exercises of chapter 4, autograd."""

import copy
import functools
import itertools
import math
import re
from collections import deque
from collections.abc import Iterator, MappingView
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from toynet import net
from toynet.autograd import Value, _in_order
from toynet.check import mistakes, words
from toynet.check.answers import (
    answer,
    as_tensors,
    is_stub,
    kind,
    ours,
    probe,
    takes,
    tried,
)
from toynet.check.diagnose import CHANCE, chance, judge, recognised
from toynet.check.exercise import Exercise
from toynet.check.guard import call, copied
from toynet.check.probes import _start_jacobian
from toynet.check.report import Report
from toynet.net import Params


def _weights(x):
    """Unequal numbers of x's shape: equal ones hide mistakes."""
    return torch.linspace(1, 2, x.numel(), dtype=x.dtype).reshape(x.shape)


def _three_slopes(w=3.0):
    """The slopes by w that .grad holds: of w², then 2w more, then w w."""
    first = 2 * w
    second = 2 * w + 2
    third = w
    return first, second, third


# Operations of the engine -------------------------------------------------


def _judge_operation(exercise, tanh, log):
    """Report on each of the two, and see whether they are exchanged."""
    (seed,) = exercise.probes[0]
    parts = TANH.drawn(seed), LOG.drawn(seed)
    reports = {part.signature[:-3]: words.NOT_ATTEMPTED if is_stub(f)
               else judge(part, f)
               for part, f in zip(parts, (tanh, log), strict=True)}
    if not any(reports.values()) and all(map(judge, parts, (log, tanh))):
        return words.order_of_arguments(exercise)
    todo = [r for r in reports.values() if not r]
    lines = [line for name, r in reports.items()
             for line in (f"`{name}`: {r.title}", *r.message.splitlines())]
    found = [r for r in todo if r.diagnosis != "not-attempted"] or todo
    return Report(not todo, found[0].diagnosis if todo else "",
                  "\n".join(dict.fromkeys(lines)))


def _operation(name, function):
    """The exercise of one of the two operations."""
    def _draw(g):
        tables = [torch.randn(shape, generator=g) for shape in (
            (3, 4), (1, 5), (1,), ())]
        tables[0][0, :2] = torch.tensor([0.0, -3.0])
        return [(x.abs() + 0.1 if name == "log" else x,) for x in tables]

    return Exercise(
        f"operation-{name}", "", f"{name}(v)",
        (f"{name}(x)", "dx by t * t + t", "dx by t + x"), draw=_draw,
        right=lambda x: _twice_by_torch(function, x), use=_used_twice,
        done="Result and gradient are PyTorch's, with the result used twice.",
    )


def _used_twice(f, x):
    """The result t and the gradients by x of t t + t, and of t + x."""
    slopes, w = [], _weights(x)
    for again in (lambda t, v: t * t * w + t, lambda t, v: (t + v) * w):
        v = Value(x)
        t = f(v)
        if not isinstance(t, Value | torch.Tensor):
            return t
        t = t if isinstance(t, Value) else Value(t)
        again(t, v).sum().backward()
        slopes.append(_reached(t, v))
    return t.data, *slopes


def _reached(t, v):
    """The gradient of v, or zeros if t has no record that leads there."""
    return torch.zeros_like(v.data) if not t.inputs or v.grad is None else (
        v.grad)


def _twice_by_torch(function, x):
    x, w = x.double().requires_grad_(), _weights(x)
    t = function(x)
    results = (t * t * w + t).sum(), ((t + x) * w).sum()
    return t, *(torch.autograd.grad(r, x, retain_graph=True)[0]
                for r in results)


# Graphs -------------------------------------------------------------------


GRAPHS = {
    "x": lambda x: x,
    "x + 1": lambda x: x + 1.0,
    "x * x": lambda x: x * x,
    "u + u * u, where u = x * 3": lambda x: _short_first(x * 3.0),
    "u * u + u, where u = x * 3": lambda x: _long_first(x * 3.0),
    "the same, of sigmoids": lambda x: _short_first(
        _long_first((x / 2.0).sigmoid() - x)),
    "ten doublings": lambda x: functools.reduce(
        lambda y, _: y + y, range(10), x),
}


def _short_first(u):
    return u + (u * u).relu()


def _long_first(u):
    return (u * u).relu() + u
LISTS = list | tuple | deque | Iterator | MappingView | dict


def _judge_order(exercise, f):
    """Say of what is no list that a list is needed."""
    report = judge(exercise, f)
    told = {
        "wrong-count": (
            "A list of values was needed, and what came back is no list.",
            "If it can be gone through, put `list` around it; a set has no "
            "order."),
        "returned-none": (
            "It gave None, where a list of values was needed.",
            "Is there a `return` in front of the last line?"),
    }.get(report.diagnosis)
    return words.wrong(report.diagnosis, *told) if told else report


def _faults(f, told):
    """Count what is wrong with the order that f gives for a graph."""
    last = _graph(told)
    given = f(last)
    if not isinstance(given, LISTS):
        return kind(given) if given is not None else None
    given = list(itertools.islice(given, 100_000))
    whole, place = _in_order(last), {}
    for i, v in enumerate(given):
        place.setdefault(id(v), i)
    early = sum(place[id(v)] < max(place.get(id(u), -1) for u in v.inputs)
                for v in whole if v.inputs and id(v) in place)
    known = {id(v) for v in whole}
    return (len(known - set(place)), len(given) - len(place),
            len(set(place) - known), early)


def _graph(told):
    """Make a graph by its name, or of the places of earlier values."""
    if told in GRAPHS:
        return GRAPHS[told](Value(2.0))
    values = [Value(1.0), Value(2.0)]
    for i, (a, b) in enumerate(told):
        values.append(values[a] + values[b] if i % 2 else (
            values[a] * values[b]))
    return functools.reduce(lambda x, y: y * x, values)


def _drawn_graph(g):
    """Put 12 sums and products of earlier values together by lot."""
    return tuple(tuple(torch.randint(
        max(0, n - 5), n, (2,), generator=g).tolist()) for n in range(2, 14))


# The larger of two --------------------------------------------------------


def _pairs_of_tables(g):
    """Draw pairs of tables of whole and half numbers, with ties."""
    probes = []
    for one, other in (((3, 4), (4,)), ((3, 4), ()), ((1, 4), (3, 1)),
                       ((), ()), ((5,), (5,)), ((), (2, 3))):
        a, b = (torch.randint(-2, 3, s, generator=g).float() * 1.5
                for s in (one, other))
        probes.append((a, b if a.dim() + b.dim() else a + 1.5))
    probes[4][0][:] = torch.tensor([1.5, 3, -3, 1.5, 0])
    probes[4][1][:] = torch.tensor([1.5, 1.5, 1.5, -3, 0])
    return [*probes, (probes[3][1], probes[3][0])]


def _judge_maximum(exercise, f):
    """Report on a choice that is made once; PyTorch refuses it."""
    report = judge(exercise, f)
    if report.diagnosis == "raised" and "is ambiguous" in report.message:
        return recognised(exercise, "one-choice-for-all",
                          *report.message.splitlines())
    return report


def _larger_twice(f, x, y):
    a, b = Value(x), Value(y)
    m = f(a, b)
    if not isinstance(m, Value | torch.Tensor):
        return m
    m = m if isinstance(m, Value) else Value(m)
    (m * m * _weights(m.data) + m).sum().backward()
    return m.data, *(torch.zeros_like(v.data) if v.grad is None else v.grad
                     for v in (a, b))


def _larger_by_torch(x, y):
    a, b = x.double().requires_grad_(), y.double().requires_grad_()
    m = torch.maximum(a, b)
    (m * m * _weights(m.data) + m).sum().backward()
    return m, a.grad, b.grad


# Curvature and directions -------------------------------------------------


def _curved(g):
    """Functions with a place and a direction, one of them for many numbers."""
    sizes = {_bent: 5, _network_loss: 26, _wide: 150}
    return [(fn, *torch.randn(2, n, generator=g, dtype=torch.float64))
            for fn, n in sizes.items()]


def _judge_product(exercise, f):
    """Look also for a record that is missing, and for a whole table."""
    report = judge(exercise, f)
    if report.diagnosis == "raised" and "grad_fn" in report.message:
        return recognised(exercise, "walk-not-recorded",
                          *report.message.splitlines())
    if report and call(_with_tables, f, *exercise.probes[-1]).value:
        return recognised(exercise, "matrix-made")
    return report


def _bent(v):
    """A function of any number of numbers, curved in every direction."""
    return (v.sin() * v.roll(1) ** 2).sum() + v.sum() ** 3 / 3


def _wide(v):
    return (v.cos() * v.roll(2)).sum() + (v.sum() / 9) ** 3


def _network_loss(v):
    """The loss of the network for its 26 numbers, on four rows."""
    W1, b1, W2, b2 = v.split([12, 4, 8, 2])
    params = Params(W1.view(3, 4), b1, W2.view(4, 2), b2)
    X = torch.linspace(-2, 2, 12, dtype=v.dtype).view(4, 3)
    return net.sse(net.forward(X, params).y_hat, X[:, :2].sign())


class _Tables(TorchFunctionMode):
    """Notes whether a tensor of `size` numbers or more goes by."""

    def __init__(self, size):
        super().__init__()
        self.size, self.seen = size, False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.seen |= any(
            isinstance(t, torch.Tensor) and t.numel() >= self.size
            for t in (result, *args))
        return result


def _with_tables(f, fn, v, d):
    """Say whether f makes a tensor as large as the Hessian."""
    with _Tables(len(v) ** 2) as tables:
        f(fn, v, d)
    return tables.seen


def _judge_still(exercise, directions):
    """Report on directions by what the Jacobian makes of them."""
    D = _directions_read(exercise, directions)
    J, _, params = _start_jacobian()
    if D is None or D.dim() != 2 or D.shape[1] != 26:
        told = kind(directions if D is None else D)
        return words.wrong(
            "wrong-shape", "A list of tensors of shape (26,) is needed, in "
            f"the order of `flatten`: W1, b1, W2, b2. Got {told}.")
    if not D.isfinite().all():
        return words.wrong(
            "not-a-number", "A direction contains NaN or infinity.")
    lengths = D.norm(dim=1, keepdim=True)
    if (lengths == 0).any():
        return recognised(exercise, "no-direction")
    D = D / lengths
    moved = (J @ D.T).norm(dim=0)                          # (k,)
    if (moved > 1e-5).any():
        return _moving(exercise, D, J, params, moved)
    return _enough(exercise, D, params)


def _directions_read(exercise, directions):
    """Read directions as one tensor, a row each, or return None."""
    try:
        D = as_tensors(exercise, [
            torch.cat([t.flatten() for t in d]) if hasattr(d, "_fields")
            else d for d in directions])
        return D if isinstance(D, torch.Tensor) and D.numel() else None
    except Exception:  # what a reader hands in may raise anything
        return None


def _moving(exercise, D, J, params, moved):
    """Report on directions that move the outputs."""
    i = int(moved.argmax())
    seen = (f"Direction {i} moves the outputs: J d is {moved[i]:.2g} long "
            "for d of length 1.")
    for m in mistakes.of(exercise.name):
        for function in () if m.general else mistakes.solutions(exercise, m):
            wrong = torch.stack([d.double() for d in function(params)])
            wrong = wrong[(J @ wrong.T).norm(dim=0) > 1e-5]
            near = wrong @ D[moved > 1e-5].T / wrong.norm(dim=1)[:, None]
            if (near.abs() > 1 - 1e-6).any():
                return recognised(exercise, m.code, seen)
    return words.wrong(
        "not-still", seen, "Look at: J_ij = ∂ŷ_i / ∂p_j, chapter 4 "
        "(eq-jacobian); `J @ d` has to be 0 but for rounding.")


def _enough(exercise, D, params):
    """Report on directions that are all still: some may be missing."""
    rank = int(torch.linalg.matrix_rank(D, rtol=1e-6))
    count = f"{len(D)} directions, {rank} of them independent."
    if rank < len(D):
        return recognised(exercise, "one-direction-twice", count)
    if rank == 5:
        return Report(True, "", "Five directions, all still, independent.")
    (fifth,) = (m for m in mistakes.of(exercise.name)
                if m.code == "fifth-missing")
    scalings = mistakes.solutions(exercise, fifth)[0](params)
    both = torch.cat([D, torch.stack(scalings)])
    only = torch.linalg.matrix_rank(both, rtol=1e-6) == 4 == rank
    code = "fifth-missing" if only else "directions-missing"
    return recognised(exercise, code, count)


# Engines ------------------------------------------------------------------


@contextmanager
def _class_kept(cls):
    """Put back the lists and numbers that a class keeps for all values."""
    held = {k: v for k, v in (
        vars(cls).items() if isinstance(cls, type) else ())
        if isinstance(v, list | dict | set | int | float) and k[:2] != "__"}
    before = {k: copy.copy(v) for k, v in held.items()}
    try:
        yield
    finally:
        for k, v in held.items():
            if isinstance(v, list):
                v[:] = before[k]
            elif isinstance(v, dict | set):
                v.clear()
                v.update(before[k])
            setattr(cls, k, v)


def _judge_engine(exercise, cls):
    """Try everything that the class has, and report."""
    with _class_kept(cls):
        early = _no_engine(cls)
        return _tried_out(exercise, cls) if early is None else early


def _no_engine(cls):
    """Report on what can't be tried, or return None."""
    if not isinstance(cls, type):
        return words.wrong(
            "not-a-class", f"A class is needed, got {kind(cls)}.",
            "Hand in the class itself, with no brackets behind its name.")
    lacks = [sign for sign, name in (
        ("+", "__add__"), ("*", "__mul__"), ("backward", "backward"),
    ) if not hasattr(cls, name)]
    if not any(callable(getattr(cls, name, None))
               for name in ("relu", "sigmoid")):
        lacks.append("relu")
    if lacks:
        return words.wrong(
            "missing-operation",
            f"The class {cls.__name__} has no {', no '.join(lacks)}.",
            "`v + w` calls `__add__`, `v * w` calls `__mul__`; relu and "
            "backward are methods without further arguments.")
    made, name = call(cls, 2.0), f"{cls.__name__}(2.0)"
    if made.hung or made.error:
        return words.wrong(
            "raised", f"{name} raised {made.error} {made.line}",
            "It has to take a number and keep it as `data`.")
    if not hasattr(made.value, "data") or not hasattr(made.value, "grad"):
        return words.wrong(
            "no-data-or-grad",
            f"{name} has to have `data` and `grad`; one is missing.")
    return None


class _Trial(NamedTuple):
    """One expression: its case, what is right, and what the engine gave.

    `told` is the answer with the class called as in the wrong solutions.
    """

    case: Exercise
    at: object
    answer: object
    told: object

    @property
    def right(self):
        """Whether value and gradients are right."""
        return self.at.right(self.answer)

    def alike(self, engine):
        """Say whether another engine gives the same, or the same error."""
        other = tried(self.case, engine, self.at)
        return self.at.alike(self.told, other) and (
            self.told.told.startswith(other.told))

    def mastered(self, engine):
        """Say whether another engine is right here."""
        return self.at.right(tried(self.case, engine, self.at))

    def named(self, report):
        """Put what was tried in front of a report."""
        numbers = ", ".join(
            f"{n} = {float(x):.3g}" for n, x in zip(
                "abcde", self.at.args, strict=False)
            if torch.as_tensor(x).dim() == 0)
        text = f"Tried: `{self.case.done}`{numbers and ' at '}{numbers}."
        message = report.message.replace(
            ", the number of inputs changed is right", "")
        told = re.sub(r"^(Seen|With [^:]* of shape \(\)): ", "", message)
        return report._replace(message=f"{text}\n{told}")

    @property
    def seen(self):
        """What is wrong with each result, in words."""
        return words.evidence(self.case, [self.answer], [self.at])


def _tried_out(exercise, cls):
    """Try the class on all expressions, and report."""
    cases, lacks = _fitting(cls, *exercise.probes[0])
    given = []
    outcome = call(lambda: given.extend(
        ours(case, cls, at.args) for case, at in cases))
    if outcome.hung:
        return words.timed_out(exercise, ())
    if outcome.error:  # as by exit()
        case, at = cases[len(given)]
        given.append(answer(case, cls, at.args))
    trials = [_Trial(case, at, a, a._replace(
        told=a.told.replace(f"'{cls.__name__}'", "'Value'")))
        for (case, at), a in zip(cases, given, strict=False)]
    wrong = [t for t in trials if not t.right]
    if not wrong:
        return _right_engine(cls, trials, lacks)
    wrong[0] = wrong[0]._replace(answer=answer(  # with the line that raised
        wrong[0].case, cls, wrong[0].at.args))
    return _wrong_engine(exercise, trials, wrong)


def _wrong_engine(exercise, trials, wrong):
    """Report the mistake that explains most, and nothing that is right."""
    told = _raised_engine(exercise, wrong[0])
    if told is not None:
        return told
    made = "|".join(PARTS[part][0] for part in (  # perhaps of other parts
        "-v", "-", "1 - v", "/", "1 / v"))
    wrong = [t for t in wrong if not re.search(made, t.case.done)] or wrong
    best, most = _explained(exercise, trials, wrong)
    if best and (len(most) == len(wrong) or not all(
            ":=" in t.case.done for t in wrong)):
        return most[0].named(recognised(exercise, best.code, most[0].seen))
    trial, code = wrong[0], "wrong-gradient"
    if trial.answer.tensors is None:
        return trial.named(words.unnamed(
            trial.case, [trial.answer], [trial.at]))
    if all(map(trial.at.fits, itertools.count(), trial.answer.tensors[:-1])):
        code = "input-changed"
    elif not trial.at.fits(0, trial.answer.tensors[0]):
        code = "wrong-result"
    elif {t.case.done for t in wrong} & set(FORKS) and all(
            ":=" in t.case.done for t in wrong):
        code = "shared-value"
    return trial.named(recognised(exercise, code, trial.seen))


def _explained(exercise, trials, wrong):
    """Find the mistake that explains most trials, by more than chance."""
    known = {engine: m for m in mistakes.of(exercise.name) if not m.general
             for engine in mistakes.solutions(exercise, m)}
    sample = wrong[::1 + len(wrong) // 6]
    score = {e: sum(t.alike(e) for t in sample) for e in known}
    right = [t for t in trials if t.right]
    fitting = (e for e in sorted(known, key=lambda e: -score[e])
               if score[e] and all(t.mastered(e) for t in right))
    best, most = None, []
    for engine in itertools.islice(fitting, 6):
        explained = [t for t in wrong if t.alike(engine)]
        own = [t for t in wrong if not t.mastered(engine)]
        odds = [chance(t.case, [t.told], [t.at], [
            tried(t.case, engine, t.at)]) for t in explained]
        if len(explained) > max(len(most), len(own) / 4) and (
                len(known) * math.prod(odds) < CHANCE):
            best, most = known[engine], explained
    return best, most


ERRORS = {  # in an expression, and what was raised there
    "'NoneType' object is not callable": "called-at-once",
    r"\+=?: 'NoneType'": "adds-to-nothing",
    r"\*: 'NoneType'": "seed-forgotten",
    "'(int|float)' object has no attribute 'data'": "no-plain-numbers",
    r"^\(*\d.* for .: '(int|float)' and 'Value'": "no-number-on-the-left",
}


def _raised_engine(exercise, trial):
    """Report on an error whose text tells the mistake, or return None."""
    if "'NoneType' object has no attribute 'backward'" in trial.answer.told:
        return trial.named(words.wrong(
            "returned-none", trial.seen,
            "The operation gives None in place of a value. Is there a "
            "`return` in front of its last line?"))
    for pattern, code in ERRORS.items():
        if re.search(pattern, f"{trial.case.done}: {trial.told.told}"):
            return trial.named(recognised(exercise, code, trial.seen))
    return None


def _right_engine(cls, trials, lacks):
    """Report a right engine, with what was seen of it besides."""
    told = [f"{len({t.case.done for t in trials})} expressions agree with "
            "PyTorch, results and gradients."]
    if lacks:
        told.append(f"Not tried, since the class has none: "
                    f"{', '.join(lacks)}.")
    twice = call(_same_graph_twice, cls, trials[0].at.args[0] * 0 + 1)
    if twice.error or twice.hung or abs(twice.value - 6) > 1e-3:
        told.append(
            "Two walks over one and the same graph do not add up: the "
            "values in between hand on once more what the first walk had "
            "left there. This chapter's engine keeps the adjoints of a walk "
            "apart from `grad`.")
    return Report(True, "", "\n".join(told))


def _same_graph_twice(cls, one):
    a = cls(one)
    out = a * a + a
    out.backward()
    out.backward()
    return float(_plain(a.grad, one))


# Expressions that an engine is tried on ------------------------------------

FORKS = "(u := a * b) + u * u", "(u := a * b) * u + u"
# There may be several walks, one after the other. The variables a, b, ...
# are numbers, or have the shapes given.
NUMBERS = (
    "a + b", "a * b", "a.relu()", "(a * c).relu()", "a.relu() * b + c * b",
    "(u := a * c).relu() * b + u", "a.sigmoid()",
    "(u := a * c).sigmoid() * b + u",
    "a + 2", "2 + a", "a * 3", "3 * a",
    "a + a", "a * a", "(a + b) * c", "a * b * c", "a * b + a", "a + a * b",
    *FORKS, "(u := a + b) * (v := u * c) + u * v + v",
    "a * (b * (c * (a + b)))",
    "a * b, then a + b", "a * a, then b * b", "(u := a + b, u * u, u * c)[2]",
    "-a", "-(u := a * c) * b + u",
    "a - b", "(a - b) * c + a", "a - a * b", "a - 2",
    "1 - a", "(1 - a) * b + a",
    "a / b", "(u := a * c) / (v := b * c) + u * v", "b / a + b",
    "a / 2", "2 / a", "a**2", "(u := a * c)**3 * b + u", "a**-1",
    "a.tanh()", "(u := a * c).tanh() * b + u",
    "a.exp()", "(u := a * c).exp() * b + u",
    "a.log()", "(u := a * c).log() * b + u",
    "((a * b + c).relu() + (a * c).sigmoid()) * b",
)
TABLES = (
    ("a.sum()", (3, 4)), ("a.sum() * a.sum()", (3, 4)),
    ("(a * b).sum()", (3, 4), (3, 4)),
    ("((a + b) * c).sum()", (3, 4), (4,), (3, 4)),
    ("((a + b) * c).sum()", (4,), (3, 4), (3, 4)),
    ("((a + b) * c).sum()", (1, 4), (3, 1), (3, 4)),
    ("((a + b) * c).sum()", (3, 4), (), (3, 4)),
    ("((a + b) * c).sum()", (2, 3, 4), (4,), (2, 3, 4)),
    ("(a * b * c).sum()", (), (3, 1), (3, 4)),
    ("((a - b) * c).sum()", (3, 4), (4,), (3, 4)),
    ("(a / b * c).sum()", (3, 4), (3, 1), (3, 4)),
    ("(a.relu() * b).sum()", (3, 4), (3, 4)),
    ("((a @ b) * c).sum()", (3, 4), (4, 2), (3, 2)),
    ("((a @ a) * b).sum()", (3, 3), (3, 3)),
    ("(a * b).sum() + ((a @ b) * c).sum() + (a * b).sum()",
     (3, 3), (3, 3), (3, 3)),
    ("(((a @ b + c).relu() @ d).sigmoid() * e).sum()",
     (5, 3), (3, 4), (4,), (4, 2), (5, 2)),
    ("(a.sum(0) * b).sum()", (3, 4), (4,)),
    ("(a.sum(1) * b).sum()", (3, 3), (3,)),
    ("(a.sum(1, True) * b).sum()", (3, 4), (3, 4)),
    ("a.mean()", (3, 4)), ("(a * b).mean()", (3, 4), (4,)),
    ("(a.mean(0) * b).sum()", (3, 4), (4,)),
)
# What a class may lack: how it shows in an expression, the method, and how
# many arguments that takes.
PARTS = {
    "-v": (r"(^|\()-[a(]", "__neg__", 0),
    "-": (r"[a-z)] - ", "__sub__", 1), "1 - v": (r"\d - ", "__rsub__", 1),
    "/": (r"[a-z)] / ", "__truediv__", 1),
    "1 / v": (r"\d / ", "__rtruediv__", 1),
    "**": (r"\*\*", "__pow__", 1), "@": (" @ ", "__matmul__", 1),
    **{name: (rf"\.{name}\(", name, 0) for name in (
        "relu", "sigmoid", "tanh", "exp", "log", "sum", "mean")},
    "sum over an axis": (r"sum\(\d\)", "sum", 1),
    "sum that keeps its axis": (r"sum\(\d, ", "sum", 2),
    "mean over an axis": (r"mean\(\d", "mean", 1),
}


def _fitting(cls, seed):
    """The cases for what the class has, and the names of what it lacks."""
    cases, lacks = [], set()
    for case, at in _cases(bool(call(_holds_tables, cls).value), seed):
        missing = {part for part, (mark, *method) in PARTS.items()
                   if re.search(mark, case.done)
                   and not _takes(cls, *method)}
        lacks |= missing
        if not missing:
            cases.append((case, at))
    return cases, [part for part in PARTS if part in lacks]


@functools.lru_cache(maxsize=20)
def _cases(tables, seed):
    """All expressions; what wrong engines give for them is kept."""
    g, pick = torch.Generator().manual_seed(seed), (
        torch.tensor if tables else float)
    cases = [_case(text, [pick(x) for x in row]) for text in NUMBERS
             for row in _numbers(text, g)]
    for text, *shapes in TABLES if tables else ():
        cases.append(_case(text, [_table(s, g) for s in shapes]))
    return [(case, probe(case, *case.probes)) for case in cases]


def _takes(cls, name, count):
    """Say whether a class has a method that takes so many arguments."""
    method = getattr(cls, name, None)
    return callable(method) and takes(method, None, *[1] * count)


def _holds_tables(cls):
    """Say whether an engine is one for tensors."""
    if not any(hasattr(cls, n) for n in ("sum", "mean", "__matmul__")):
        return False
    return _shape(cls(torch.ones(2, 3)).data) == (2, 3)


def _shape(x):
    return tuple(getattr(x, "shape", ()))


def _numbers(text, g):
    """Draw a, b, c twice, with other signs, and with a 0 for the relu."""
    sizes = (0.4 + 1.5 * torch.rand(3, 3, generator=g)).tolist()
    for signs, row in zip(((1, -1, 1), (-1, 1, -1), (0, -1, 1)), sizes,
                          strict=True):
        if ".log" in text:
            signs = [abs(x) for x in signs]
        if 0 not in signs or text.count("a.relu"):
            yield [s * x for s, x in zip(signs, row, strict=True)]


def _table(shape, g):
    """Draw a table of numbers away from 0, of either sign."""
    x = 0.4 + 1.5 * torch.rand(shape, generator=g)
    return torch.where(torch.rand(shape, generator=g) > 0.5, x, -x)


def _case(text, numbers):
    """The case of one expression: its value, and all its gradients."""
    names = "abcde"[:1 + max(i for i, n in enumerate("abcde") if re.search(
        rf"\b{n}\b", text))]
    codes = [compile(part, "an expression", "eval")
             for part in text.split(", then ")]

    def _use(cls, *given):
        kept, leaves = copied(given), [cls(x) for x in given]
        for code in codes:
            out = eval(code, {}, dict(zip(names, leaves, strict=True)))
            out.backward()
        changed = sum(not torch.equal(_plain(v.data, x), _plain(x, x))
                      for v, x in zip(leaves, kept, strict=True))
        slopes = [_plain(v.grad, x)
                  for v, x in zip(leaves, kept, strict=True)]
        return _plain(out.data, out.data), *slopes, changed

    return Exercise(
        "engine", "", f"f({', '.join(names)})",
        ("the result", *(f"d{n}" for n in names),
         "the number of inputs changed"),
        right=lambda *x: _use(_leaf, *x), use=_use,
        probes=[tuple(numbers[:len(names)])], done=text,
        tol=2e-4 if any(map(_shape, numbers)) else 2e-5)  # sums cancel


def _leaf(x):
    return torch.as_tensor(x).double().requires_grad_()


def _plain(x, like):
    """Turn data or a gradient into a tensor; None and 0 into zeros."""
    x = getattr(x, "data", x) if hasattr(x, "backward") else x
    x = torch.as_tensor(0.0 if x is None else x)
    if x.dim() == 0 and x == 0:
        return torch.zeros_like(torch.as_tensor(like), dtype=torch.float64)
    return x.detach().double()


# The exercises ------------------------------------------------------------

THREE_LINES = Exercise(
    "three_lines",
    "Check `guess`, the three numbers that `three_lines()` returns.",
    "", ("the first number", "the second", "the third"), asks=("guess",),
    value=True, right=_three_slopes, base=_three_slopes, probes=[()],
    done="The three slopes: added up, and one path cut.",
)
OPERATION = Exercise(
    "operation",
    "Check `tanh(v)` and `log(v)`, each from a `Value` to a `Value`.",
    "operation(tanh, log)", asks=("tanh", "log"), judge=_judge_operation,
    draw=lambda g: [(g.initial_seed(),)],
)
TANH, LOG = _operation("tanh", torch.tanh), _operation("log", torch.log)
ORDER = Exercise(
    "order", "Check `f(last)`: a list of Values, each once, after its inputs.",
    "f(last)", (
        "the number of values left out", "of values listed twice",
        "of things that are no values of the graph",
        "of values before one of their inputs"),
    judge=_judge_order, right=lambda told: (0, 0, 0, 0), use=_faults,
    draw=lambda g: ([*((name,) for name in GRAPHS), (_drawn_graph(g),)], [
        (_drawn_graph(g),) for _ in range(4)]),
    done="Every value once, and each after its inputs.",
)
MAXIMUM = Exercise(
    "maximum", "Check `f(a, b)`: the larger, entry by entry, of two values.",
    "f(a, b)", ("the larger", "da", "db"), right=_larger_by_torch,
    use=_larger_twice, draw=_pairs_of_tables, judge=_judge_maximum,
    done="Right for all shapes, with ties shared as PyTorch shares them.",
)
HESSIAN_VECTOR = Exercise(
    "hessian_vector",
    "Check `f(f, v, d)`: the Hessian of f at v times d, without a matrix.",
    "Hv(f, v, d)", ("Hd",), judge=_judge_product, draw=_curved,
    right=lambda fn, v, d: torch.func.jvp(
        torch.func.grad(fn), (v,), (d,))[1],
    done="Hd is right, for three functions, and no matrix was made.",
)
STILL_DIRECTIONS = Exercise(
    "still_directions",
    "Check `directions`, tensors (26,) that leave all outputs still.",
    "", ("d",), asks=("directions",), judge=_judge_still,
    hand=lambda function: function(_start_jacobian()[2]),
)
ENGINE = Exercise(
    "engine", """Check the class `Value` of an engine, for numbers or tensors.

    Each operation that it has is tried alone and with others, against
    PyTorch. It needs `data`, `grad`, `+`, `*`, `relu` or `sigmoid`, and
    `backward`; other operations that it lacks are only mentioned.
    """,
    asks=("Value",), judge=_judge_engine,
    draw=lambda g: [(g.initial_seed(),)],
)
EXERCISES = (THREE_LINES, OPERATION, TANH, LOG, ORDER, MAXIMUM,
             HESSIAN_VECTOR, STILL_DIRECTIONS, ENGINE)
