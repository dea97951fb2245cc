"""The exercises of chapter 5, modules."""

import copy
import inspect
import itertools
import math
from collections import Counter

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from toynet import backprop as by_hand
from toynet import net
from toynet.check import words
from toynet.check.answers import failed, kind, probe, takes
from toynet.check.diagnose import judge, solutions
from toynet.check.exercise import Exercise
from toynet.check.guard import call
from toynet.check.probes import _batch, _batches
from toynet.check.words import recognised
from toynet.model import ToyModel, from_params, params_of


def _chains(g):
    drawn = [(torch.randint(2, 30, (n,), generator=g).tolist(),)
             for n in (2, 6, 5, 4, 3, 4)]
    return [([3, 4, 2],), ([784, 128, 64, 10],), *drawn[:2]], drawn[2:]


# The module: what it is and has -------------------------------------------


def _judge_model(exercise, given):
    """Report on what it builds, registers, computes and passes back."""
    X, params = exercise.probes[0]
    at = probe(exercise, exercise.probes[0])
    looked = call(lambda rows: _unready(exercise, given, rows), X)
    if failed(looked):
        return words.unnamed(exercise, [failed(looked)], [at])
    if looked.value:
        return recognised(exercise, *looked.value)
    report = judge(exercise, given)
    if not report and report.diagnosis not in {"unknown", "wrong-factor"}:
        return report
    look = _behind if report else _mixing
    seen = call(lambda *at: look(given, *at), X, params)
    if failed(seen):
        return words.unnamed(exercise, [failed(seen)], [at])
    return recognised(exercise, *seen.value) if seen.value else report


def _built(given, X):
    """Build the module; one that waits for rows to take its sizes gets X."""
    if not isinstance(given, nn.Module):
        module = given() if callable(given) and takes(given) else given
    else:
        try:
            module = copy.deepcopy(given)
        except RuntimeError:  # it keeps a tensor that is on a record
            module = type(given)()
    if isinstance(module, nn.Module) and any(
            map(is_lazy, module.parameters())):
        module(X)
    return module


def _unready(exercise, given, X):
    """Say what keeps it from being used: a code and what was seen, or ()."""
    module = _built(given, X)
    if not isinstance(module, nn.Module):
        waits = inspect.isclass(module) and issubclass(module, nn.Module)
        return "needs-arguments" if waits else "not-a-module", (
            f"Got {kind(module)}.")
    own = type(module)
    if own.forward is nn.Module.forward and "forward" not in vars(module):
        called = own.__call__ is not nn.Module.__call__
        return ("call-overridden" if called else "forward-missing",)
    if not takes(module.forward, None):
        return ("self-forgotten",)
    got = _registered(module)
    if got == _WANTED:
        return ()
    named = {n: tuple(p.shape) for n, p in module.named_parameters()}
    total = sum(map(math.prod, named.values()))
    told = ", ".join(f"`{name}` {shape}" for name, shape in named.items())
    code = _lost(module, X) if got < _WANTED else ""
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
    for cls, m in solutions(exercise, own=True) if not got < _WANTED else ():
        if call(lambda: _registered(cls())).value == got:  # noqa: B023
            return m.code
    return "other-sizes" if got else "nothing-registered"


def _lost(module, X):
    """Say where numbers are that should have been registered, or ""."""
    own = [v for k, v in vars(module).items() if k not in vars(nn.Module())]
    shared = [[v] for v in vars(type(module)).values()]
    found = (
        ("plain-tensor", any(isinstance(v, torch.Tensor) for v in own)),
        ("plain-list", any(map(_holds, own))),
        ("buffer-for-parameter", any(True for _ in module.buffers())),
        ("layers-on-the-class", any(map(_holds, shared))),
        ("no-bias", sum(p.dim() > 1 for p in module.parameters()) == 2),
        ("layers-in-forward", call(module, X).drew))
    return next((code for code, so in found if so), "")


def _holds(value):
    """Say whether a list, tuple or dict holds a module or a tensor."""
    if isinstance(value, dict):
        value = tuple(value.values())
    return isinstance(value, tuple | list | set) and any(
        isinstance(v, nn.Module | torch.Tensor) or _holds(v) for v in value)


# The module: what it does -------------------------------------------------


def _with_ours(given, X, params):
    """Return a module with our numbers, and what comes out for X."""
    with torch.random.fork_rng(devices=[]):  # to be built with others
        module = _built(given, X)
        with torch.no_grad():
            for p in module.parameters():
                p.copy_(_fitted(p, params))
        return module, module(X.to(p.dtype))


def _fitted(p, params):
    """Bring one of `params` into the shape and dtype of a parameter."""
    one = next(t for t in params if _sizes(t.shape) == _sizes(p.shape))
    turned = one.T if one.dim() == 2 and p.shape != one.shape else one
    return turned.to(p.dtype).reshape(p.shape)


def _mixing(given, X, params):
    """Say why outputs may be wrong that no mistake explains, or ()."""
    module, y_hat = _with_ours(given, X, params)
    drawn = torch.get_rng_state()
    alone = module(X[:1].to(y_hat.dtype))
    if not torch.equal(drawn, torch.get_rng_state()):
        return ("random-outputs",)
    same = torch.allclose(alone, y_hat[:1], atol=1e-5)
    return () if same else ("rows-mixed",)


def _behind(given, X, params):
    """Say what is wrong besides right outputs, or ()."""
    module, _ = _with_ours(given, X, params)
    named, heard = dict(module.named_parameters()), []
    module.register_forward_hook(lambda *seen: heard.append(seen))
    y_hat = module(X.to(next(iter(named.values())).dtype))
    if not heard:
        return ("call-overridden",)
    frozen = [n for n, p in named.items() if not p.requires_grad]
    if frozen:
        return "frozen", f"Seen at {', '.join(frozen)}."
    Y = (X[:, :2] > 0).float()
    right, grads = by_hand.backward(X, Y, params), len(named) * [None]
    if y_hat.requires_grad:
        grads = torch.autograd.grad(
            ((y_hat - Y) ** 2).sum(), named.values(), allow_unused=True)
    cut = [n for n, d in zip(named, grads, strict=True) if d is None
           or not torch.allclose(d, _fitted(d, right), 1e-3, 1e-4)]
    return ("gradient-cut", f"Seen at {', '.join(cut)}.") if cut else ()


# Views --------------------------------------------------------------------


def _judge_shared(exercise, f):
    """Report on the numbers first, then on what was done to the module."""
    report = judge(exercise, f)
    code = call(lambda *at: _left_behind(f, *at), *exercise.probes[0]).value
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
    twin = from_params(params)
    begun = torch.get_rng_state()
    given = f(twin)
    torch.set_rng_state(begun)  # so that a fresh module is the same
    other = f(from_params(moved))
    if not all(p.requires_grad for p in twin.parameters()) or not all(
            map(torch.equal, params_of(twin), params)):
        return "module-changed"
    if given and all(map(torch.equal, given, other)):
        return "another-module"
    recorded = any(t.requires_grad for t in given)
    return "still-on-the-record" if recorded else ""


EXERCISES = (
    Exercise(
        "count", "Check `f(widths) -> number`, of a list such as [3, 4, 2].",
        "f(widths)", ("count",), draw=_chains,
        right=lambda widths: sum(
            (m + 1) * n for m, n in itertools.pairwise(widths)), tol=1e-7,
        done="The count is right for chains of one to five layers.",
    ),
    Exercise(
        "model",
        """Check `cls`, a class of modules: `cls()(X) -> y_hat`, X (N, 3).

        It is built here, without arguments, and used with numbers of ours,
        told apart by the shapes of what it registers. A module that has
        been built is copied first; a function that builds one will do.
        """,
        "model(X)", ("y_hat",), asks=("cls",), base=ToyModel,
        draw=lambda g: [(far * X, params) for far, (X, _, params) in zip(
            (1, 1, 1, 5), [*_batches(g), _batch(g, 9)], strict=True)],
        judge=_judge_model, use=lambda *given: _with_ours(*given)[1],
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
