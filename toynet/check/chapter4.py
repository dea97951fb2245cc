"""The exercises of chapter 4, autograd."""

import functools
import itertools
import re
from collections.abc import Iterator, MappingView, Sequence

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
from toynet.check.diagnose import CHANCE, chance, judge, solutions
from toynet.check.exercise import Exercise
from toynet.check.guard import call
from toynet.check.probes import _start_jacobian
from toynet.check.report import Report
from toynet.check.words import recognised


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
    parts, given = (TANH.drawn(seed), LOG.drawn(seed)), (tanh, log)
    reports = [words.NOT_ATTEMPTED if is_stub(f) else judge(part, f)
               for part, f in zip(parts, given, strict=True)]
    if not any(reports) and all(map(judge, parts, given[::-1])):
        return words.formed("argument-order", wanted=exercise.signature)
    lines = [line for part, r in zip(parts, reports, strict=True)
             for line in (f"`{part.signature[:-3]}`: {r.title}",
                          *r.message.splitlines())]
    todo = [r.diagnosis for r in reports if not r]
    found = [code for code in todo if code != "not-attempted"] or todo
    return Report(not todo, *found[:1] or [""],
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


def _faults(f, last):
    """Count what is wrong with the order that f gives for a graph."""
    given = f(last)
    if not isinstance(given, LISTS):
        raise TypeError(f"a list is needed, got {kind(given)}")
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


def _bent(v):
    """A function of any number of numbers, curved in every direction."""
    return (v.sin() * v.roll(1) ** 2).sum() + (v.sum() / 9) ** 3


def _judge_product(exercise, f):
    """Look also for a whole table."""
    report = judge(exercise, f)
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
        return _moving(exercise, D[moved > 1e-5], J, params, moved)
    rank = int(torch.linalg.matrix_rank(D, rtol=1e-6))
    if rank == len(D) == 5:
        return Report(True, "", "Five directions, all still, independent.")
    return recognised(
        exercise, "one-direction-twice" if rank < len(D) else
        "fifth-missing" if rank == 4 else "directions-missing",
        f"{len(D)} directions, {rank} of them independent.")


def _moving(exercise, D, J, params, moved):
    """Report on directions D that move the outputs."""
    seen = (f"Direction {int(moved.argmax())} moves the outputs: J d is "
            f"{moved.max():.2g} long for d of length 1.")
    for function, m in solutions(exercise, own=True):
        wrong = torch.stack([d.double() for d in function(params)])
        wrong = wrong[(J @ wrong.T).norm(dim=0) > 1e-5]
        near = wrong @ D.T / wrong.norm(dim=1)[:, None]
        if (near.abs() > 1 - 1e-6).any():
            return recognised(exercise, m.code, seen)
    return words.wrong("not-still", seen, words.look_at(exercise))


# Engines ------------------------------------------------------------------


def _judge_engine(exercise, cls):
    """Try everything that the class has, and report."""
    early = _no_engine(cls)
    if early is not None:
        return early
    trials, lacks = [], {}
    for at in _expressions(_holds_tables(cls), *exercise.probes[0]):
        given = answer(exercise, cls, at.args)
        if given.problem == "time-limit":
            return words.unnamed(exercise, [given], [at])
        if _lacking(cls, given, at.args[0]):
            lacks[at.args[0]] = None
        else:
            trials.append((given, at))
    wrong, notes = _with_notes(exercise, [
        (given, at) for given, at in trials if not at.right(given)])
    if wrong:
        return _wrong_engine(exercise, trials, wrong)
    if lacks:
        short = [f"`{text}`" for text in lacks if len(text) < 12]
        notes.append("The class has no operation for "
                     f"{', '.join(short) or f'`{min(lacks, key=len)}`'}.")
    return Report(True, "", "\n".join([
        f"{len({at.args for _, at in trials})} expressions agree with "
        "PyTorch, results and gradients.", *notes]))


def _no_engine(cls):
    """Report on what can't be tried, or return None."""
    if not isinstance(cls, type):
        return words.wrong(
            "not-a-class", f"A class is needed, got {kind(cls)}.",
            "Hand in the class itself, with no brackets behind its name.")
    names = "__add__", "__mul__", "backward", "relu", "sigmoid"
    found = call(lambda: [hasattr(cls(1.0), name) for name in names]).value
    has = {name for name, so in zip(names, found or [False] * 5, strict=True)
           if so or hasattr(cls, name)}
    lacks = [name for name in names[:3] if name not in has]
    lacks += ["relu"] * (not has & {"relu", "sigmoid"})
    return words.wrong(
        "missing-operation",
        f"The class {cls.__name__} has no {', no '.join(lacks)}.",
        "`v + w` calls `__add__`, `v * w` calls `__mul__`; relu and "
        "backward are methods without further arguments.") if lacks else None


def _lacking(cls, given, text):
    """Say whether a class lacks an operation, and need not have it.

    It has no such method of its own, or Python raised the error, in no
    line of the reader's.
    """
    return given.problem == "raised" and (
        any(not hasattr(cls, name) for name in re.findall(r"\.(\w+)", text))
        or not given.outcome.line and re.search(r"[-/@.]|\*\*", text)
        and re.search("operand type|positional|keyword", given.told))


def _with_notes(exercise, wrong):
    """What is wrong by any convention, and notes on the rest."""
    notes = {}
    for engine, m in solutions(exercise, right=True):
        left = [(given, at) for given, at in wrong
                if not at.alike(given, tried(exercise, engine, at))]
        notes |= {m.say: 0} if len(left) < len(wrong) else {}
        wrong = left
    return wrong, list(notes)


def _wrong_engine(exercise, trials, wrong):
    """Report the mistake that explains most, and nothing that is right."""
    given, at = wrong[0]
    code = mistakes.by_error(exercise.name, f"{at.args[0]}: {given.told}")
    if not code:
        given, at = next((x for x in wrong if x[0].tensors), wrong[0])
        code = _explained(exercise, (given, at), trials, wrong)
    shown = exercise, [given], [at]
    return recognised(exercise, code, words.evidence(*shown)) if (
        code) else words.unnamed(*shown)


def _explained(exercise, first, trials, wrong):
    """Find the mistake that explains most trials, by more than chance."""
    def _same(given, at):
        return at.alike(given, tried(exercise, engine, at))

    known = list(solutions(exercise, own=True))
    right = [at for given, at in trials if at.right(given)]
    best, most = "", 0
    for engine, m in known:
        if _same(*first) and all(
                at.right(tried(exercise, engine, at)) for at in right):
            given, probes = zip(*(x for x in wrong if _same(*x)), strict=True)
            theirs = [tried(exercise, engine, at) for at in probes]
            if len(given) > most and len(known) * chance(
                    exercise, given, probes, theirs) < CHANCE:
                best, most = m.code, len(given)
    return best


@functools.lru_cache(maxsize=20)
def _expressions(tables, seed):
    """All expressions, with numbers; what wrong engines give is kept."""
    g, pick = torch.Generator().manual_seed(seed), (
        torch.tensor if tables else float)
    rows = [(text, *map(pick, row))
            for text in mistakes.said("engine", "numbers")
            for row in _numbers(text, g)]
    rows += [(text, *(_table(shape, g) for shape in shapes))
             for text, *shapes in mistakes.said("engine", "tables")
             if tables]
    return [probe(ENGINE, row) for row in rows]


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


def _worked(cls, text, *numbers):
    """Work an expression out, and walk back from it."""
    leaves = [cls(x) for x in numbers]
    space = dict(zip("abcde", leaves, strict=False))
    for part in text.split(", then "):
        out = eval(compile(part, __file__, "eval"), {}, space)
        out.backward()
    return _plain(out.data, out.data), *(
        _plain(v.grad, x) for v, x in zip(leaves, numbers, strict=True)), *(
        torch.zeros(0) for _ in "abcde"[len(leaves):])


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
    right=lambda last: (0, 0, 0, 0), use=_faults,
    draw=_graphs, done="Every value once, and each after its inputs.",
)
MAXIMUM = Exercise(
    "maximum", "Check `f(a, b)`: the larger, entry by entry, of two values.",
    "f(a, b)", ("the larger", "da", "db"), right=_by_torch(torch.maximum),
    use=_used, draw=_pairs_of_tables,
    done="Right for all shapes, with ties shared as PyTorch shares them.",
)
HESSIAN_VECTOR = Exercise(
    "hessian_vector",
    "Check `f(f, v, d)`: the Hessian of f at v times d, without a matrix.",
    "Hv(f, v, d)", ("Hd",), judge=_judge_product, draw=lambda g: [
        (_bent, *torch.randn(2, n, generator=g, dtype=torch.float64))
        for n in (5, 26, 150)],
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
    "engine(text, a, b, c, d, e)", (
        "the result", "da", "db", "dc", "dd", "de"),
    asks=("Value",), judge=_judge_engine, use=_worked, tol=2e-4,
    right=lambda *given: _worked(_leaf, *given),
    draw=lambda g: [(g.initial_seed(),)],
)
EXERCISES = (THREE_LINES, OPERATION, TANH, LOG, ORDER, MAXIMUM,
             HESSIAN_VECTOR, STILL_DIRECTIONS, ENGINE)
