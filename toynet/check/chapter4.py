"""The exercises of chapter 4, autograd."""

import functools
import itertools
import re
from collections.abc import Iterator, MappingView, Sequence
from typing import NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from toynet.autograd import Value, _in_order
from toynet.check import mistakes, words
from toynet.check.answers import (
    answer,
    as_tensors,
    is_stub,
    kind,
    probe,
    tried,
)
from toynet.check.diagnose import CHANCE, chance, judge, recognised
from toynet.check.exercise import Exercise
from toynet.check.guard import call
from toynet.check.probes import _start_jacobian
from toynet.check.report import Report


def _three_slopes(w=3.0):
    """The slopes by w that .grad holds: of w², then 2w more, then w w."""
    first = 2 * w
    second = 2 * w + 2
    third = w
    return first, second, third


# Operations of the engine -------------------------------------------------


def _used(f, *given, leaf=Value):
    """The result m of f and its inputs' gradients, with m used as told."""
    *tables, how = given
    leaves = [leaf(x) for x in tables]
    m = f(*leaves)
    if not isinstance(m, Value | torch.Tensor):
        return m
    m = m if isinstance(m, Value) or leaf is not Value else Value(m)
    x = m.data  # unequal weights: equal ones hide mistakes
    w = torch.linspace(1, 2, x.numel(), dtype=x.dtype).reshape(x.shape)
    how(m, w, leaves[0]).sum().backward()
    return x, *(torch.zeros_like(v.data) if v.grad is None else v.grad
                for v in leaves)


def _leaf(x):
    return torch.as_tensor(x).double().requires_grad_()


def _by_torch(function):
    return lambda *given: _used(function, *given, leaf=_leaf)


def _both_ways(tables):
    """Probes that use a result twice, and that share its adjoint."""
    return [(*given, how) for given in tables for how in (
        lambda m, w, v: m * m * w + m, lambda m, w, v: (m + v) * w)]


def _operation(name, function):
    """The exercise of one of the two operations."""
    def _draw(g):
        tables = [torch.randn(shape, generator=g) for shape in (
            (3, 4), (1, 5), (1,), ())]
        tables[0][0, :2] = torch.tensor([0.0, -3.0])
        return _both_ways([
            (x.abs() + 0.1 if name == "log" else x,) for x in tables])

    return Exercise(
        f"operation-{name}", "", f"{name}(v)", (f"{name}(x)", "dx"),
        draw=_draw, right=_by_torch(function), use=_used,
        done="Result and gradient are PyTorch's, with the result used twice.",
    )


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


def _pairs_of_tables(g):
    """Draw pairs of tables of whole and half numbers, with ties."""
    pairs = []
    for one, other in (((3, 4), (4,)), ((3, 4), ()), ((1, 4), (3, 1)),
                       ((), ()), ((5,), (5,)), ((), (2, 3))):
        a, b = (torch.randint(-2, 3, s, generator=g).float() * 1.5
                for s in (one, other))
        pairs.append((a, b if a.dim() + b.dim() else a + 1.5))
    pairs[4][0][:] = torch.tensor([1.5, 3, -3, 1.5, 0])
    pairs[4][1][:] = torch.tensor([1.5, 1.5, 1.5, -3, 0])
    return _both_ways([*pairs, pairs[3][::-1]])


# Graphs -------------------------------------------------------------------

LISTS = Sequence | Iterator | MappingView | dict


def _judge_order(exercise, f):
    """Say of what is no list that a list is needed."""
    report = judge(exercise, f)
    if report.diagnosis in ("wrong-count", "returned-none"):
        seen = report.message.partition(",")[0]
        return recognised(exercise, "no-list", f"{seen}.")
    return report


def _faults(f, last):
    """Count what is wrong with the order that f gives for a graph."""
    given = f(last)
    if not isinstance(given, LISTS):
        return given
    given = list(itertools.islice(given, 100_000))
    if any(isinstance(v, torch.Tensor) for v in given):
        raise TypeError("the list holds tensors, where values are needed")
    whole, place = _in_order(last), {}
    for i, v in enumerate(given):
        place.setdefault(id(v), i)
    early = sum(place[id(v)] < max(place.get(id(u), -1) for u in v.inputs)
                for v in whole if v.inputs and id(v) in place)
    known = {id(v) for v in whole}
    return (len(known - set(place)), len(given) - len(place),
            len(set(place) - known), early)


def _graphs(g):
    """Graphs by their last values, on which ways differ in length."""
    x = Value(2.0)
    u = x * 3.0
    doubled = functools.reduce(lambda y, _: y + y, range(10), x)
    graphs = (x, u * -1.0, x * x, u + (u * u).relu(), (u * u).relu() + u,
              doubled, *(_drawn_graph(g) for _ in range(6)))
    return [(v,) for v in graphs[:7]], [(v,) for v in graphs[7:]]


def _drawn_graph(g):
    """Put 12 sums and products of earlier values together by lot."""
    values = [Value(1.0), Value(2.0)]
    for n in range(2, 14):
        i, j = torch.randint(max(0, n - 5), n, (2,), generator=g).tolist()
        values.append(values[i] + values[j] if n % 2 else (
            values[i] * values[j]))
    return functools.reduce(lambda x, y: y * x, values)


# Curvature and directions -------------------------------------------------


def _curved(g):
    """A function with a place and a direction, of few numbers and many."""
    return [(_bent, *torch.randn(2, n, generator=g, dtype=torch.float64))
            for n in (5, 26, 150)]


def _bent(v):
    """A function of any number of numbers, curved in every direction."""
    return (v.sin() * v.roll(1) ** 2).sum() + (v.sum() / 9) ** 3


def _judge_raised(exercise, f):
    """Look also for the mistakes that an error's text tells."""
    report = judge(exercise, f)
    code = mistakes.by_error(exercise.name, report.message)
    return recognised(exercise, code, *report.message.splitlines()) if (
        code and report.diagnosis == "raised") else report


def _judge_product(exercise, f):
    """Look also for a whole table."""
    report = _judge_raised(exercise, f)
    if report and call(_makes_table, f, *exercise.probes[-1]).value:
        return recognised(exercise, "matrix-made")
    return report


class _Largest(TorchFunctionMode):
    """Notes the size of the largest tensor that goes by."""

    size = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.size = max(self.size, *(t.numel() for t in (
            result, *args) if isinstance(t, torch.Tensor)), 0)
        return result


def _makes_table(f, fn, v, d):
    """Say whether f makes a tensor as large as the Hessian."""
    with _Largest() as largest:
        f(fn, v, d)
    return largest.size >= len(v) ** 2


def _judge_still(exercise, directions):
    """Report on directions by what the Jacobian makes of them."""
    D = as_tensors(exercise, list(directions) if isinstance(
        directions, LISTS) else directions)
    if not isinstance(D, torch.Tensor) or D.shape[1:] != (26,) or not (
            D.numel() and D.isfinite().all()):
        return words.wrong(
            "wrong-shape", "A list of tensors of shape (26,) is needed, of "
            "finite numbers in the order of `flatten`: W1, b1, W2, b2. "
            f"Got {kind(D)}.")
    J, _, params = _start_jacobian()
    D = D / D.norm(dim=1, keepdim=True).clamp(min=1e-30)
    moved = (J @ D.T).norm(dim=0)                          # (k,)
    if (moved > 1e-5).any():
        return _moving(exercise, D, J, params, moved)
    rank = int(torch.linalg.matrix_rank(D, rtol=1e-6))
    if rank == len(D) == 5:
        return Report(True, "", "Five directions, all still, independent.")
    return recognised(
        exercise, "one-direction-twice" if rank < len(D) else
        "fifth-missing" if rank == 4 else "directions-missing",
        f"{len(D)} directions, {rank} of them independent.")


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
    return words.wrong("not-still", seen, words.look_at(exercise, m))


# Engines ------------------------------------------------------------------

LACKS = (r"operand type|positional argument|keyword argument|"
         r"has no attribute '(?!backward|data|grad)")


class _Trial(NamedTuple):
    """One expression: its case, what is right, and what the engine gave."""

    case: Exercise
    at: object
    given: object

    @property
    def right(self):
        """Whether value and gradients are right."""
        return self.at.right(self.given)

    @property
    def lacking(self):
        """Whether the class lacks an operation, and need not have it.

        The error was raised here then, in no line of the reader's.
        """
        return bool(
            self.given.problem == "raised" and not self.given.outcome.line
            and re.search(r"[-/@.]|\*\*", self.at.args[0])
            and re.search(LACKS, self.given.told)
            and "NoneType" not in self.given.told)

    def alike(self, engine):
        """Say whether another engine gives the same."""
        return self.at.alike(self.given, tried(self.case, engine, self.at))

    def mastered(self, engine):
        """Say whether another engine is right here."""
        return self.at.right(tried(self.case, engine, self.at))

    def named(self, report):
        """Put what was tried in front of a report."""
        text, *numbers = self.at.args
        told = ", ".join(
            f"{n} = {float(x):.3g}" if torch.as_tensor(x).dim() == 0
            else f"{n} of shape {tuple(x.shape)}"
            for n, x in zip("abcde", numbers, strict=False))
        message = report.message.replace("Seen: ", "", 1)
        return report._replace(
            message=f"Tried: `{text}`, {told}.\n{message}")


def _judge_engine(exercise, cls):
    """Try everything that the class has, and report."""
    early = _no_engine(cls)
    if early is not None:
        return early
    trials, lacks = [], {}
    for case, at in _cases(_holds_tables(cls), *exercise.probes[0]):
        trial = _Trial(case, at, answer(case, cls, at.args))
        if trial.given.problem == "time-limit":
            return trial.named(words.timed_out(exercise, ()))
        if trial.lacking:
            lacks[at.args[0]] = None
        else:
            trials.append(trial)
    wrong, notes = _with_notes(exercise, [t for t in trials if not t.right])
    if wrong:
        return _wrong_engine(exercise, trials, wrong)
    if lacks:
        short = [f"`{text}`" for text in lacks if len(text) < 12]
        notes.append("The class has no operation for "
                     f"{', '.join(short) or f'`{min(lacks, key=len)}`'}.")
    return Report(True, "", "\n".join([
        f"{len({t.at.args for t in trials})} expressions agree with PyTorch, "
        "results and gradients.", *notes]))


def _no_engine(cls):
    """Report on what can't be tried, or return None."""
    if not isinstance(cls, type):
        return words.wrong(
            "not-a-class", f"A class is needed, got {kind(cls)}.",
            "Hand in the class itself, with no brackets behind its name.")
    lacks = [name for name in ("__add__", "__mul__", "backward")
             if not hasattr(cls, name)]
    if not hasattr(cls, "relu") and not hasattr(cls, "sigmoid"):
        lacks.append("relu")
    return words.wrong(
        "missing-operation",
        f"The class {cls.__name__} has no {', no '.join(lacks)}.",
        "`v + w` calls `__add__`, `v * w` calls `__mul__`; relu and "
        "backward are methods without further arguments.") if lacks else None


def _with_notes(exercise, wrong):
    """What is wrong by any convention, and notes on the rest."""
    notes = []
    for m in mistakes.of(exercise.name):
        engines = mistakes.solutions(exercise, m) if m.right else ()
        left = [t for t in wrong if not any(map(t.alike, engines))]
        notes += [m.say] if len(left) < len(wrong) else []
        wrong = left
    return wrong, notes


def _wrong_engine(exercise, trials, wrong):
    """Report the mistake that explains most, and nothing that is right."""
    first = next((t for t in wrong if t.given.tensors), wrong[0])
    told = f"{wrong[0].at.args[0]}: {wrong[0].given.told}"
    code = mistakes.by_error(exercise.name, told)
    if code:
        first = wrong[0]
    else:
        code = _explained(exercise, first, trials, wrong)
    shown = first.case, [first.given], [first.at]
    return first.named(recognised(exercise, code, words.evidence(*shown)) if (
        code) else words.unnamed(*shown))


def _explained(exercise, first, trials, wrong):
    """Find the mistake that explains most trials, by more than chance."""
    known = {engine: m for m in mistakes.of(exercise.name)
             if not m.general and not m.right
             for engine in mistakes.solutions(exercise, m)}
    best, most = "", 0
    for engine, m in known.items():
        if first.alike(engine) and all(
                t.mastered(engine) for t in trials if t.right):
            same = [t for t in wrong if t.alike(engine)]
            theirs = [tried(t.case, engine, t.at) for t in same]
            odds = chance(exercise, [t.given for t in same],
                          [t.at for t in same], theirs)
            if len(same) > most and len(known) * odds < CHANCE:
                best, most = m.code, len(same)
    return best


@functools.lru_cache(maxsize=20)
def _cases(tables, seed):
    """All expressions; what wrong engines give for them is kept."""
    g, pick = torch.Generator().manual_seed(seed), (
        torch.tensor if tables else float)
    cases = [_case(text, [pick(x) for x in row])
             for text in mistakes.said("engine", "numbers")
             for row in _numbers(text, g)]
    for text, *shapes in mistakes.said("engine", "tables"):
        if tables:
            cases.append(_case(text, [_table(s, g) for s in shapes]))
    return cases


def _holds_tables(cls):
    """Say whether an engine is one for tensors."""
    table = torch.ones(2, 3)
    held = call(lambda: cls(table).data).value
    return hasattr(cls, "sum") and getattr(held, "shape", 0) == table.shape


def _numbers(text, g):
    """Draw a, b, c: twice where there are brackets, and 0 for a relu."""
    count = 1 + max(i for i, n in enumerate("abc") if re.search(
        rf"\b{n}\b", text))
    rows = 3 if text == "a.relu()" else 2 if text[0] == "(" else 1
    for signs in ((1, -1, 1), (-1, -1, -1), (0, -1, 1))[:rows]:
        x = torch.tensor(signs) * (0.4 + 1.5 * torch.rand(3, generator=g))
        yield (x.abs() if "log" in text else x)[:count].tolist()


def _table(shape, g):
    """Draw a table of numbers away from 0, of either sign."""
    x = 0.4 + 1.5 * torch.rand(shape, generator=g)
    return torch.where(torch.rand(shape, generator=g) > 0.5, x, -x)


def _case(text, numbers):
    """The case of one expression: its value, and all its gradients."""
    slopes = (f"d{name}" for name in "abcde"[:len(numbers)])
    case = ENGINE._replace(
        results=("the result", *slopes), probes=[(text, *numbers)],
        tol=2e-4 if text[-2:] == "()" else 2e-5)  # sums cancel
    return case, probe(case, *case.probes)


@functools.cache
def _compiled(text):
    """Compile an expression, as one of this file."""
    return compile(text, __file__, "eval")


def _worked(cls, text, *numbers):
    """Work an expression out, and walk back from it."""
    leaves = [cls(x) for x in numbers]
    space = dict(zip("abcde", leaves, strict=False))
    for part in text.split(", then "):
        out = eval(_compiled(part), {}, space)
        out.backward()
    return _plain(out.data, out.data), *(
        _plain(v.grad, x) for v, x in zip(leaves, numbers, strict=True))


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
    judge=_judge_order, right=lambda last: (0, 0, 0, 0), use=_faults,
    draw=_graphs, done="Every value once, and each after its inputs.",
)
MAXIMUM = Exercise(
    "maximum", "Check `f(a, b)`: the larger, entry by entry, of two values.",
    "f(a, b)", ("the larger", "da", "db"), right=_by_torch(torch.maximum),
    use=_used, draw=_pairs_of_tables, judge=_judge_raised,
    done="Right for all shapes, with ties shared as PyTorch shares them.",
)
HESSIAN_VECTOR = Exercise(
    "hessian_vector",
    "Check `f(f, v, d)`: the Hessian of f at v times d, without a matrix.",
    "Hv(f, v, d)", ("Hd",), judge=_judge_product, draw=_curved,
    right=lambda fn, v, d: torch.func.jvp(
        torch.func.grad(fn), (v,), (d,))[1],
    done="Hd is right, for 5 to 150 numbers, and no matrix was made.",
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
    asks=("Value",), judge=_judge_engine, use=_worked,
    right=lambda *given: _worked(_leaf, *given),
    draw=lambda g: [(g.initial_seed(),)],
)
EXERCISES = (THREE_LINES, OPERATION, TANH, LOG, ORDER, MAXIMUM,
             HESSIAN_VECTOR, STILL_DIRECTIONS, ENGINE)
