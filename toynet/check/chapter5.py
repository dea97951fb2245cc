"""The exercises of chapter 5, modules."""

import copy
import inspect
import math
from collections import Counter

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from toynet import backprop as by_hand
from toynet import net
from toynet.check import mistakes, words
from toynet.check.answers import kind, ours, takes
from toynet.check.diagnose import judge, recognised
from toynet.check.exercise import Exercise
from toynet.check.guard import call
from toynet.check.probes import _batch, _batches
from toynet.model import ToyModel, from_params, params_of


def _chains(g):
    drawn = [(torch.randint(2, 30, (n,), generator=g).tolist(),)
             for n in (2, 6, 5, 4, 3, 4)]
    return [([3, 4, 2],), ([784, 128, 64, 10],), *drawn[:2]], drawn[2:]


def _numbers_of_a_chain(widths):
    w = torch.tensor(widths, dtype=torch.float64)
    return w[:-1] @ w[1:] + w[1:].sum()


def _counted(f, widths):
    """Call f, and take several numbers for a tensor that was not summed."""
    n = f(widths)
    listed = isinstance(n, tuple | list) or inspect.isgenerator(n)
    return torch.tensor([float(x) for x in n]) if listed else n


# The module: what it is and has -------------------------------------------


def _rows(g):
    """Draw batches, and rows that are far out, with some z1 far above 0."""
    X, _, params = _batch(g, 9)
    return [*((X, p) for X, _, p in _batches(g)), (5 * X, params)]


def _judge_model(exercise, given):
    """Report on what it builds, registers, computes and passes back."""
    X, params = exercise.probes[0]
    built = call(lambda x: (_built(given, x), _built(given, x)), X)
    if built.error:
        return _not_built(exercise, given, built)
    looked = built if built.hung else call(  # it may lie about what it has
        lambda rows: _unready(exercise, given, rows, *built.value), X)
    if looked.hung:
        return words.timed_out(exercise, (X,))
    if looked.error:
        return words.wrong("raised", f"Looked at, it raised {looked.error}")
    if looked.value:
        return recognised(exercise, *looked.value)
    with torch.random.fork_rng(devices=[]):  # wrong solutions draw, too
        report = judge(exercise, given)
    if report.diagnosis == "raised":
        return _raising(exercise, report)
    if not report and report.diagnosis not in {"unknown", "wrong-factor"}:
        return report
    seen = call(lambda *at: _behind(given, report.passed, *at), X, params)
    if seen.error:
        return words.wrong("raised", f"Going back, it raised {seen.error}")
    first, (code, *told) = "" if report else report.message, seen.value
    return recognised(exercise, code, first, *told) if code else report


def _built(given, X):
    """Build the module; one that waits for rows to take its sizes gets X."""
    try:
        module = copy.deepcopy(given) if isinstance(
            given, nn.Module) else None
    except RuntimeError:  # it keeps a tensor that is on a record
        given, module = type(given), None
    module = given() if module is None else module
    if "_parameters" in getattr(module, "__dict__", ()) and (
        any(map(is_lazy, module.parameters()))
    ):
        module(X)
    return module


def _not_built(exercise, given, built):
    """Report on what can't be built."""
    if built.error.startswith("NotImplementedError"):
        return words.NOT_ATTEMPTED
    seen, code = f"{built.error}.", ""
    if "Module.__init__()" in seen:
        code = "super-init-forgotten"
    elif inspect.isclass(given) and issubclass(given, nn.Module):
        code = "" if takes(given) else "needs-arguments"
    elif not callable(given) or not takes(given):
        code, seen = "not-a-module", f"Got {kind(given)}."
    if code:
        return recognised(exercise, code, seen)
    where = f" in {built.line}" if built.line else ""
    return words.wrong("raised", f"Building it raised {built.error}{where}")


def _unready(exercise, given, X, module, again):
    """Say what keeps it from being used: a code and what was seen, or ()."""
    if not isinstance(module, nn.Module):
        return "not-a-module", f"It builds {kind(module)}."
    if "_parameters" not in vars(module):
        return ("super-init-forgotten",)
    own = type(module)
    if own.forward is nn.Module.forward and "forward" not in vars(module):
        if own.__call__ is not nn.Module.__call__:
            return ("call-overridden",)
        names = [k for k, v in vars(own).items() if inspect.isfunction(v)]
        return "forward-missing", f"Its methods: {', '.join(names)}."
    if not takes(module.forward, None):
        return ("self-forgotten",)
    got = _registered(module)
    if got == _WANTED:
        both = [{p.data_ptr() for p in m.parameters()}
                for m in (module, again)]
        return ("weights-shared",) if both[0] & both[1] else ()
    return _misregistered(exercise, given, X, module, got)


def _misregistered(exercise, given, X, module, got):
    """Say what is registered instead of the four tensors."""
    named = {n: tuple(p.shape) for n, p in module.named_parameters()}
    total = sum(map(math.prod, named.values()))
    told = ", ".join(f"`{name}` {shape}" for name, shape in named.items())
    code = _lost(given, X, module) if got < _WANTED else ""
    return code or _misfit(exercise, got), (
        f"Registered: {told or 'nothing'}; {total} numbers"
        f"{'' if total == 26 else ', not 26'}.")


_WANTED = Counter([(3, 4), (4,), (2, 4), (2,)])


def _sizes(shape):
    """The axes of a shape, in either orientation, without those of 1."""
    return tuple(sorted(n for n in shape if n != 1))


def _registered(module):
    return Counter(_sizes(p.shape) for p in module.parameters())


def _misfit(exercise, got):
    """The mistake whose wrong solution registers the same sizes."""
    for cls, code in () if got < _WANTED else _wrong(exercise):
        if call(lambda: _registered(cls())).value == got:  # noqa: B023
            return code
    return "other-sizes" if got else "nothing-registered"


def _wrong(exercise):
    """Yield each wrong solution of the data, with its code."""
    for m in mistakes.of(exercise.name):
        for cls in () if m.general else mistakes.solutions(exercise, m):
            yield cls, m.code


def _lost(given, X, module):
    """Say where numbers are that should have been registered, or ""."""
    outer = {} if isinstance(module, nn.Sequential) else vars(module)
    own = [v for k, v in outer.items() if k not in vars(nn.Module())]
    classes = [c for c in type(module).__mro__ if c not in nn.Module.__mro__]
    shared = [[v] for c in classes for v in vars(c).values()]
    found = (
        ("plain-tensor", any(isinstance(v, torch.Tensor) for v in own)),
        ("plain-list", any(map(_holds, own))),
        ("buffer-for-parameter", any(True for _ in module.buffers())),
        ("layers-on-the-class", any(map(_holds, shared))),
        ("no-bias", sum(p.dim() > 1 for p in module.parameters()) == 2))
    code = next((code for code, so in found if so), "")
    return code or call(lambda rows: _made_late(given, rows), X).value or ""


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


# The module: what it does -------------------------------------------------


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


def _outputs(given, X, params):
    with torch.random.fork_rng(devices=[]):
        return _with_ours(given, X, params)[1]


def _fitted(p, params):
    """Bring one of `params` into the shape and dtype of a parameter."""
    one = next(t for t in params if _sizes(t.shape) == _sizes(p.shape))
    turned = one.T if one.dim() == 2 and p.shape != one.shape else one
    return turned.to(p.dtype).reshape(p.shape)


def _raising(exercise, report):
    """Name the mistake whose wrong solution raises the same."""
    for cls, code in _wrong(exercise):
        told = ours(exercise, cls, exercise.probes[0]).told
        if len(told) > 30 and told in report.message:
            return recognised(exercise, code, report.message)
    return report


def _behind(given, passed, X, params):
    """Say what is wrong besides right outputs, or behind wrong ones."""
    module, y_hat = _with_ours(given, X, params)
    named = dict(module.named_parameters())
    heard, rows = [], X.to(next(iter(named.values())).dtype)
    handle = module.register_forward_hook(lambda *seen: heard.append(seen))
    before = torch.get_rng_state()
    alone = torch.allclose(module(rows[:1]), y_hat[:1], atol=1e-5)
    drew = not torch.equal(before, torch.get_rng_state())
    handle.remove()
    Y = (rows[:, :2] > 0).to(rows.dtype)
    right, grads = by_hand.backward(X, Y.float(), params), {}
    frozen = [n for n, p in named.items() if not p.requires_grad]
    if not frozen and y_hat.requires_grad:
        grads = dict(zip(named, torch.autograd.grad(
            ((y_hat - Y) ** 2).sum(), list(named.values()),
            allow_unused=True), strict=True))
    changed = [n for n, p in named.items()
               if not torch.equal(p, _fitted(p, params))]
    cut = [n for n in named if grads.get(n) is None or passed and not (
        torch.allclose(grads[n], _fitted(grads[n], right), 1e-3, 1e-4))]
    found = (("call-overridden", passed and not heard, ()),
             ("random-outputs", not passed and drew, ()),
             ("numbers-changed", changed, changed),
             ("frozen", passed and frozen, frozen),
             ("rows-mixed", not passed and not alone, ()),
             ("gradient-cut", cut, cut))
    return next(((code, f"Seen at {', '.join(names)}." if names else "")
                 for code, so, names in found if so), ("",))


# Views --------------------------------------------------------------------


def _judge_shared(exercise, f):
    """Report on the numbers first, then on what was done to the module."""
    report = judge(exercise, f)
    outcome = call(lambda *at: _left_behind(f, *at), *exercise.probes[0])
    code = outcome.value
    if code and (report or code != "still-on-the-record"):
        return recognised(exercise, code)
    when = "After a step of the module:"
    return report._replace(message=report.message.replace("Seen:", when, 1))


def _after_a_move(f, params, moved):
    """Let f read a module, move the module, and return what f gave."""
    twin = from_params(params)
    given = f(twin)
    twin.load_state_dict(from_params(moved).state_dict())
    return given


def _left_behind(f, params, moved):
    """Return the code of what f did to its module, or to the record."""
    twin, fresh = from_params(params), from_params(params)
    given, other = f(twin), f(from_params(moved))
    for p, was in zip(twin.parameters(), fresh.parameters(), strict=True):
        if not p.requires_grad or not torch.equal(p, was):
            return "module-changed"
    if given and all(map(torch.equal, given, other)):
        return "another-module"
    recorded = any(t.requires_grad for t in given)
    return "still-on-the-record" if recorded else ""


EXERCISES = (
    Exercise(
        "count", "Check `f(widths) -> number`, of a list such as [3, 4, 2].",
        "f(widths)", ("count",), right=_numbers_of_a_chain, draw=_chains,
        use=_counted, tol=1e-7,
        done="The count is right for chains of one to five layers.",
    ),
    Exercise(
        "model",
        """Check `cls`, a class of modules: `cls()(X) -> y_hat`, X (N, 3).

        It is built here, without arguments, and used with numbers of ours,
        told apart by the shapes of what it registers. A module that has
        been built is copied first; a function that builds one will do.
        """,
        "model(X)", ("y_hat",), asks=("cls",), draw=_rows, base=ToyModel,
        judge=_judge_model, use=_outputs,
        right=lambda X, params: net.forward(X, params).y_hat,
        done="It registers 26 numbers, computes what forward does with "
        "them, lets hooks run, and all four gradients arrive.",
    ),
    Exercise(
        "shared", "Check `f(model) -> Params`, views of a model's memory.",
        "f(model)", ("W1", "b1", "W2", "b2"), judge=_judge_shared,
        draw=lambda g: [(_batch(g, 1)[2], _batch(g, 1)[2])],
        right=lambda params, moved: moved, base=params_of,
        use=_after_a_move,
        done="Your four tensors follow the module, and none of them is on "
        "autograd's record.",
    ),
    Exercise(
        "weights", "Check the factors that parts of 15 and 5 rows must have.",
        "f()", ("the first factor", "the second"), asks=("given",),
        value=True, draw=lambda g: [()], right=lambda: (15 / 20, 5 / 20),
        done="With these factors the two parts give the gradient of the "
        "mean over all twenty.",
    ),
)
