"""Checkers of chapter 4, autograd."""

import ast
import copy
import functools
import itertools
import re
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from toynet import net
from toynet.autograd import Value, _in_order
from toynet.check import words
from toynet.check.answers import (
    Case,
    answer,
    as_tensors,
    kind,
    ours,
    probe,
    takes,
)
from toynet.check.catalogue import MISTAKES
from toynet.check.diagnose import (
    judge,
    judge_value,
    judged,
    recognised,
)
from toynet.check.guard import call, copied
from toynet.check.mistake import build
from toynet.check.probes import _draws, _start_jacobian
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


def three_lines(guess):
    """Check `guess`, the three numbers that `three_lines()` returns."""
    return judge_value(Case(
        "three_lines", "guess",
        ("the first number", "the second", "the third"),
        right=_three_slopes, base=_three_slopes, probes=[()],
        look="`backward` adds, chapter 4 (eq-accumulate)",
        done="The three slopes: added up, and one path cut.",
    ), guess)


def operation(tanh, log, seed=0):
    """Check `tanh(v)` and `log(v)`, each from a `Value` to a `Value`."""
    wanted = {"tanh": torch.tanh, "log": torch.log}
    cases = {k: _one_operation(k, fn, seed) for k, fn in wanted.items()}
    reports = {"tanh": judge(cases["tanh"], tanh),
               "log": judge(cases["log"], log)}
    if not any(reports.values()) and (
        judge(cases["tanh"], log) and judge(cases["log"], tanh)
    ):
        return words.order_of_arguments(cases["tanh"]._replace(
            signature="operation(tanh, log)"))
    return _together(reports)


def _together(reports):
    """Make one report of several parts, each named in front of its own."""
    todo = [r for r in reports.values() if not r]
    if all(r.diagnosis == "not-attempted" for r in reports.values()):
        return words.NOT_ATTEMPTED
    lines = [line for name, r in reports.items()
             for line in (f"`{name}`: {r.title}", *r.message.splitlines())]
    found = [r for r in todo if r.diagnosis != "not-attempted"] or todo
    return Report(
        not todo, found[0].diagnosis if todo else "",
        "\n".join(dict.fromkeys(lines)))


def _one_operation(name, function, seed):
    g = _draws(seed)
    tables = [torch.randn(shape, generator=g) for shape in (
        (3, 4), (1, 5), (1,), ())]
    tables[0][0, :2] = torch.tensor([0.0, -3.0])
    if name == "log":
        tables = [x.abs() + 0.1 for x in tables]
    return Case(
        "operation", f"{name}(v)",
        (f"{name}(x)", "dx by t * t + t", "dx by t + x"),
        right=lambda x: _twice_by_torch(function, x), use=_used_twice,
        probes=[(x,) for x in tables],
        look="`Value(result, (v,), lambda g: (g * slope,))`, chapter 4 "
        "(eq-pieces)",
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


def order(f, seed=0):
    """Check `f(last)`: a list of Values, each once, after its inputs."""
    report = judge(Case(
        "order", "f(last)",
        ("the number of values left out", "of values listed twice",
         "of things that are no values of the graph",
         "of values before one of their inputs"),
        right=lambda name, numbers: (0, 0, 0, 0), use=_faults,
        probes=[(name, seed) for name in (*GRAPHS, "drawn")],
        look="each value after its inputs, chapter 4 (lst-in-order)",
        done="Every value once, and each after its inputs.",
    ), f)
    if report.diagnosis in ("returned-none", "wrong-count"):
        if report.diagnosis == "wrong-count":
            return words.wrong(
                "wrong-count", "A list of values was needed, and what came "
                "back is no list.", "If it can be gone through, put `list` "
                "around it; a set has no order.")
        return words.wrong(
            report.diagnosis, "It gave None, where a list of values was "
            "needed.", "Is there a `return` in front of the last line?")
    return report


def _faults(f, name, seed):
    """Count what is wrong with the order that f gives for a graph."""
    last = _drawn_graph(seed) if name == "drawn" else GRAPHS[name](
        Value(2.0))
    given = f(last)
    if not isinstance(given, list | tuple):
        return kind(given) if given is not None else None
    whole, place = _in_order(last), {}
    for i, v in enumerate(given):
        place.setdefault(id(v), i)
    early = sum(place[id(v)] < max(place.get(id(u), -1) for u in v.inputs)
                for v in whole if v.inputs and id(v) in place)
    known = {id(v) for v in whole}
    return (len(known - set(place)), len(given) - len(place),
            len(set(place) - known), early)


def _drawn_graph(seed):
    """Put 12 sums and products of earlier values together by lot."""
    g, values = _draws(seed), [Value(1.0), Value(2.0)]
    for i in range(12):
        a, b = (values[int(torch.randint(
            max(0, len(values) - 5), len(values), (), generator=g))]
            for _ in range(2))
        values.append(a + b if i % 2 else a * b)
    return functools.reduce(lambda x, y: y * x, values)


def maximum(f, seed=0):
    """Check `f(a, b)`: the larger, entry by entry, of two values."""
    g, probes = _draws(seed), []
    for one, other in (((3, 4), (4,)), ((3, 4), ()), ((1, 4), (3, 1)),
                       ((), ()), ((5,), (5,)), ((), (2, 3))):
        a, b = (torch.randint(-2, 3, s, generator=g).float() * 1.5
                for s in (one, other))
        probes.append((a, b if a.dim() + b.dim() else a + 1.5))
    probes[4][0][:] = torch.tensor([1.5, 3, -3, 1.5, 0])
    probes[4][1][:] = torch.tensor([1.5, 1.5, 1.5, -3, 0])
    probes.append((probes[3][1], probes[3][0]))
    return judge(Case(
        "maximum", "f(a, b)", ("the larger", "da", "db"),
        right=_larger_by_torch, use=_larger_twice, probes=probes,
        look="the larger input gets the adjoint, at a tie each gets half, "
        "chapter 4 (eq-pieces)",
        done="Right for all shapes, with ties shared as PyTorch shares them.",
    ), f)


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


def hessian_vector(f, seed=0):
    """Check `f(f, v, d)`: the Hessian of f at v times d, without a matrix."""
    g = _draws(seed)
    sizes = {_bent: 5, _network_loss: 26, _wide: 150}
    probes = [(fn, *torch.randn(2, n, generator=g, dtype=torch.float64))
              for fn, n in sizes.items()]
    torch.func.grad(_bent)(probes[0][1])  # loads what it needs, once
    report = judge(Case(
        "hessian_vector", "Hv(f, v, d)", ("Hd",), probes=probes,
        right=lambda fn, v, d: torch.func.jvp(
            torch.func.grad(fn), (v,), (d,))[1],
        look="H_ij = ∂²L / ∂p_i ∂p_j, chapter 4 (eq-hessian)",
        done="Hd is right, for three functions, and no matrix was made.",
    ), f)
    if report.diagnosis == "raised" and "grad_fn" in report.message:
        return recognised("hessian_vector", "walk-not-recorded",
                      *report.message.splitlines())
    if report and call(_with_tables, f, *probes[-1]).value:
        return recognised("hessian_vector", "matrix-made")
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


def still_directions(directions):
    """Check `directions`, tensors (26,) that leave all outputs still."""
    return judged(_still, directions)


def _still(directions):
    D, (J, _, params) = _directions_read(directions), _start_jacobian()
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
        return recognised("still_directions", "no-direction")
    D = D / lengths
    moved = (J @ D.T).norm(dim=0)                          # (k,)
    if (moved > 1e-5).any():
        return _moving(D, J, params, moved)
    return _enough(D, params)


def _directions_read(directions):
    """Read directions as one tensor, a row each, or return None."""
    case = Case("still_directions", "", ("d",), None, [])
    try:
        D = as_tensors(case, [
            torch.cat([t.flatten() for t in d]) if hasattr(d, "_fields")
            else d for d in directions])
        return D if isinstance(D, torch.Tensor) and D.numel() else None
    except Exception:  # what a reader hands in may raise anything
        return None


def _moving(D, J, params, moved):
    """Report on directions that move the outputs."""
    i = int(moved.argmax())
    seen = (f"Direction {i} moves the outputs: J d is {moved[i]:.2g} long "
            "for d of length 1.")
    for mistake in MISTAKES:
        if mistake.exercise == "still_directions":
            wrong = torch.stack([d.double() for d in build(
                (mistake,), None)(params)])
            wrong = wrong[(J @ wrong.T).norm(dim=0) > 1e-5]
            near = wrong @ D[moved > 1e-5].T / wrong.norm(dim=1)[:, None]
            if (near.abs() > 1 - 1e-6).any():
                return recognised("still_directions", mistake.code, seen)
    return words.wrong(
        "not-still", seen, "Look at: J_ij = ∂ŷ_i / ∂p_j, chapter 4 "
        "(eq-jacobian); `J @ d` has to be 0 but for rounding.")


def _enough(D, params):
    """Report on directions that are all still: some may be missing."""
    rank = int(torch.linalg.matrix_rank(D, rtol=1e-6))
    count = f"{len(D)} directions, {rank} of them independent."
    if rank < len(D):
        return recognised("still_directions", "one-direction-twice", count)
    if rank == 5:
        return Report(True, "", "Five directions, all still, independent.")
    scalings = build(tuple(m for m in MISTAKES if m.code == "fifth-missing"),
                     None)(params)
    both = torch.cat([D, torch.stack(scalings)])
    only = torch.linalg.matrix_rank(both, rtol=1e-6) == 4 == rank
    code = "fifth-missing" if only else "directions-missing"
    return recognised("still_directions", code, count)


FORKS = "(u := a * b) + u * u", "(u := a * b) * u + u"
# Expressions that an engine is tried on, "then" for walks one after the
# other. Their variables a, b, ... are numbers, or have the shapes given.
NUMBERS = (
    "a + b", "a * b", "a.relu()", "(a * c).relu()",
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
    ("(a + b).sum()", (3, 4), (3, 4)),
    ("((a + b) * c).sum()", (3, 4), (4,), (3, 4)),
    ("((a + b) * c).sum()", (4,), (3, 4), (3, 4)),
    ("((a + b) * c).sum()", (3, 4), (3, 1), (3, 4)),
    ("((a + b) * c).sum()", (1, 4), (3, 1), (3, 4)),
    ("((a + b) * c).sum()", (3, 4), (), (3, 4)),
    ("((a + b) * c).sum()", (2, 3, 4), (4,), (2, 3, 4)),
    ("(a * b * c).sum()", (3, 4), (4,), (3, 4)),
    ("(a * b * c).sum()", (), (3, 1), (3, 4)),
    ("((a - b) * c).sum()", (3, 4), (4,), (3, 4)),
    ("(a / b * c).sum()", (3, 4), (3, 1), (3, 4)),
    ("(a.relu() * b).sum()", (3, 4), (3, 4)),
    ("(a.sigmoid() * b).sum()", (3, 4), (3, 4)),
    ("(2 * a + 1).sum()", (3, 4)),
    ("((a @ b) * c).sum()", (3, 4), (4, 2), (3, 2)),
    ("((a @ b) * c).sum()", (3, 3), (3, 3), (3, 3)),
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

SIGNS = {
    "add": "+", "mul": "*", "sub": "-", "truediv": "/", "pow": "**",
    "matmul": "@", "neg": "-v", "rsub": "1 - v", "rtruediv": "1 / v",
    "radd": "1 + v", "rmul": "2 * v",
}


def engine(Value, seed=0):
    """Check the class `Value` of an engine, for numbers or for tensors.

    Each operation that it has is tried alone and with others, against
    PyTorch. It needs `data`, `grad`, `+`, `*`, `relu` or `sigmoid`, and
    `backward`; other operations that it lacks are only mentioned.
    """
    def _report(cls):
        with _class_kept(cls):
            early = _no_engine(cls)
            return _engine_report(cls, seed) if early is None else early

    return judged(_report, Value)


@contextmanager
def _class_kept(cls):
    """Put back the lists and numbers that a class keeps for all values."""
    kinds = list | dict | set | int | float
    before = {k: copy.copy(v) for k, v in (
        vars(cls).items() if isinstance(cls, type) else ())
        if isinstance(v, kinds) and k[:2] != "__"}
    held = {k: vars(cls)[k] for k in before}
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


def _no_engine(cls):
    """Report on what can't be tried, or return None."""
    if not isinstance(cls, type):
        return words.wrong(
            "not-a-class", f"A class is needed, got {kind(cls)}.",
            "Hand in the class itself, with no brackets behind its name.")
    lacks = [SIGNS.get(name.strip("_"), name) for name in (
        "__add__", "__mul__", "backward") if not hasattr(cls, name)]
    if not any(callable(getattr(cls, name, None))
               for name in ("relu", "sigmoid")):
        lacks.append("relu")
    if lacks:
        return words.wrong(
            "missing-operation",
            f"The class {cls.__name__} has no {', no '.join(lacks)}.",
            "`v + w` calls `__add__`, `v * w` calls `__mul__`; relu and "
            "backward are methods without further arguments.")
    return _not_made(cls, call(cls, 2.0))


def _not_made(cls, made):
    """Report on a class that makes no value of a number, or return None."""
    name = f"{cls.__name__}(2.0)"
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
    """One expression: its case, what is right, and what the engine gave."""

    case: Case
    at: object
    answer: object

    @property
    def right(self):
        """Whether value and gradients are right."""
        return self.at.right(self.answer)

    def alike(self, function):
        """Say whether another engine gives the same, or the same error."""
        other = self._by(function)
        return self.at.alike(self.answer, other) and (
            self.answer.told.startswith(other.told))

    def mastered(self, function):
        """Say whether another engine is right here."""
        return self.at.right(self._by(function))

    def _by(self, function):
        return ours(self.case, function, self.at.args)

    @property
    def key(self):
        """The expression and the sizes of what it was tried on."""
        return self.case.done, *(torch.as_tensor(x).shape
                                 for x in self.at.args)

    def named(self, report):
        """Put what was tried in front of a report."""
        numbers = ", ".join(
            f"{n} = {float(x):.3g}" for n, x in zip(
                "abcde", self.at.args, strict=False)
            if torch.as_tensor(x).dim() == 0)
        text = f"Tried: `{self.case.done}`{numbers and ' at '}{numbers}."
        message = report.message.replace(
            ", the number of inputs changed is right", "")
        if message.startswith(("Seen: ", "With ")) and not any(
            torch.as_tensor(x).dim() for x in self.at.args
        ):
            message = message.partition(": ")[2]
        return report._replace(message=f"{text}\n{message}")

    @property
    def seen(self):
        """What is wrong with each result, in words."""
        return words.evidence(self.case, [self.answer], [self.at])


def _engine_report(cls, seed):
    """Try everything that the class has, and report."""
    cases, lacks = _cases(cls, seed)
    trials = []
    for case in cases:
        args = case.probes[0]
        trials.append(_Trial(case, probe(case, args),
                             answer(case, cls, args)))
        if trials[-1].answer.problem == "time-limit":
            return trials[-1].named(words.timed_out(case, args))
    wrong = [t for t in trials if not t.right]
    if wrong:
        return _engine_mistake(trials, wrong)
    for trial in trials:
        if trial.answer.outcome.changed:
            return trial.named(recognised("engine", "input-changed"))
    return _engine_passed(cls, trials, lacks)


def _engine_mistake(trials, wrong):
    """Report the mistake that explains most, and nothing that is right."""
    first = list({t.key: t for t in reversed(wrong)}.values())[::-1]
    told = _engine_raised(first[0])
    if told is not None:
        return told
    sample = first[::1 + len(first) // 10]
    known = [m for m in MISTAKES if m.exercise == "engine"]
    score = {m: sum(t.alike(build((m,), None)) for t in sample)
             for m in known}
    right = [t for t in trials if t.right]
    fitting = (m for m in sorted(known, key=lambda m: -score[m])
               if score[m] and all(
                   t.mastered(build((m,), None)) for t in right))
    best, most = None, []
    for mistake in itertools.islice(fitting, 6):
        explained = [t for t in first if t.alike(build((mistake,), None))]
        own = [t for t in first if not t.mastered(build((mistake,), None))]
        if len(explained) > max(len(most), len(own) / 4):
            best, most = mistake, explained
    if len(most) < len(first) and (
        best is None or all(":=" in t.case.done for t in first)
    ):
        return _engine_otherwise(first, best)
    return most[0].named(recognised("engine", best.code, most[0].seen))


ERRORS = {  # in what an engine raised, and the mistake that it tells of
    "'NoneType' object is not callable": "called-at-once",
    "+=: 'NoneType'": "adds-to-nothing",
    "+: 'NoneType'": "adds-to-nothing",
    "*: 'NoneType'": "seed-forgotten",
}


def _engine_raised(trial):
    """Report on an error whose text tells the mistake, or return None."""
    if "'NoneType' object has no attribute 'backward'" in trial.answer.told:
        return trial.named(words.wrong(
            "returned-none", trial.seen,
            "The operation gives None in place of a value. Is there a "
            "`return` in front of its last line?"))
    code = next((code for text, code in ERRORS.items()
                 if text in trial.answer.told), None)
    if code is None:
        return None
    return trial.named(recognised("engine", code, trial.seen))


def _engine_otherwise(first, best):
    """Report what no entry of the catalogue explains in full."""
    trial = first[0]
    forks = {t.case.done for t in first} & set(FORKS)
    if trial.answer.tensors is None:
        return trial.named(words.unnamed(
            trial.case, [trial.answer], [trial.at]))
    if not trial.at.fits(0, trial.answer.tensors[0]):
        return trial.named(recognised("engine", "wrong-result", trial.seen))
    if forks and all(":=" in t.case.done for t in first):
        return trial.named(recognised(
            "engine", "no-topological-order", trial.seen))
    code = best.code if best else "wrong-gradient"
    return trial.named(recognised("engine", code, trial.seen))


def _engine_passed(cls, trials, lacks):
    """Report a right engine, with what was seen of it besides."""
    told = [f"{len({t.case.done for t in trials})} expressions agree with "
            "PyTorch, results and gradients."]
    if lacks:
        told.append(f"Not tried, since the class has none: "
                    f"{', '.join(lacks)}.")
    one = trials[0].at.args[0] * 0 + 1
    chain = call(_chain, cls, one)
    if chain.error.startswith("RecursionError"):
        told.append(
            "A chain of 2,000 additions is deeper than Python lets calls be "
            "nested; a stack of your own would do it.")
    elif chain.hung or chain.error or abs(chain.value - 2001) > 0.5:
        seen = "its time was up" if chain.hung else chain.value
        return words.wrong("chain", "A chain of 2,000 additions fails: "
                           f"{chain.error or seen}")
    twice = call(_same_graph_twice, cls, one)
    if twice.error or twice.hung or abs(twice.value - 6) > 1e-3:
        told.append(
            "Two walks over one and the same graph do not add up: the "
            "values in between hand on once more what the first walk had "
            "left there. This chapter's engine keeps the adjoints of a walk "
            "apart from `grad`.")
    return Report(True, "", "\n".join(told))


def _chain(cls, one):
    a = y = cls(one)
    for _ in range(2000):
        y = y + a
    y.backward()
    return float(_plain(a.grad, one))


def _same_graph_twice(cls, one):
    a = cls(one)
    out = a * a + a
    out.backward()
    out.backward()
    return float(_plain(a.grad, one))


def _cases(cls, seed):
    """The cases for what the class has, and the names of what it lacks."""
    g, cases, lacks = _draws(seed), [], {}
    tables = call(_holds_tables, cls).value
    pick = torch.tensor if tables else float
    todo = [(text, pick, x) for text in NUMBERS
            for x in _numbers(text, g)]
    for text, *shapes in TABLES if tables else ():
        todo.append((text, copied, [_table(s, g) for s in shapes]))
    for text, as_given, numbers in todo:
        missing = [n for n in _needs(text) if not _takes(cls, *n)]
        lacks |= dict.fromkeys(
            f"{n} over an axis" if callable(getattr(cls, n, None)) else
            SIGNS.get(n.strip("_"), n) for n, _ in missing)
        if not missing:
            cases.append(_engine_case(text, [as_given(x) for x in numbers]))
    return cases, list(lacks)


def _holds_tables(cls):
    """Say whether an engine is one for tensors."""
    if not any(hasattr(cls, n) for n in ("sum", "mean", "__matmul__")):
        return False
    data = cls(torch.ones(2, 3)).data
    return tuple(getattr(data, "shape", ())) == (2, 3)


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


def _needs(text):
    """Yield (name, number of arguments) of each method that is called."""
    kinds = {"Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv",
             "Pow": "pow", "MatMult": "matmul"}
    for part in text.split(", then "):
        for node in ast.walk(ast.parse(part, mode="eval")):
            if isinstance(node, ast.BinOp):
                turned = isinstance(node.left, ast.Constant)
                name = kinds[type(node.op).__name__]
                if name not in ("add", "mul"):
                    yield f"__{'r' * turned}{name}__", 1
            elif isinstance(node, ast.UnaryOp) and not isinstance(
                node.operand, ast.Constant
            ):
                yield "__neg__", 0
            elif isinstance(node, ast.Call):
                yield node.func.attr, len(node.args)


def _takes(cls, name, count):
    """Say whether a class has a method that takes so many arguments."""
    method = getattr(cls, name, None)
    return callable(method) and takes(method, None, *[1] * count)


def _engine_case(text, numbers):
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

    return Case(
        "engine", f"f({', '.join(names)})",
        ("the result", *(f"d{n}" for n in names),
         "the number of inputs changed"),
        right=lambda *x: _use(_leaf, *x), use=_use,
        probes=[tuple(numbers[:len(names)])], done=text)


def _leaf(x):
    return torch.as_tensor(x).double().requires_grad_()


def _plain(x, like):
    """Turn data or a gradient into a tensor; None and 0 into zeros."""
    x = getattr(x, "data", x) if hasattr(x, "backward") else x
    x = torch.as_tensor(0.0 if x is None else x)
    if x.dim() == 0 and x == 0:
        return torch.zeros_like(torch.as_tensor(like), dtype=torch.float64)
    return x.detach().double()
