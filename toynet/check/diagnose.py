"""Finds out which mistake an answer has, by what the answer computes.

A wrong answer is run on small inputs, and so are the wrong solutions of
the catalogue, alone and in pairs; the mistake is the one whose numbers
are the same. What the reader's code looks like plays no part.
"""

import dis
import inspect
import itertools
import types
import warnings

import torch

from toynet.check import words
from toynet.check.answers import (
    answer,
    as_tensors,
    is_stub,
    kind,
    plainly,
    probe,
    read,
    takes,
    tried,
)
from toynet.check.catalogue import MISTAKES
from toynet.check.mistake import build
from toynet.check.report import Report


def judge(case, f):
    """Report on the function `f` of a reader."""
    return judged(_judge, f, case)


def judge_value(case, value):
    """Report on a value that a reader found, tried on the first probe."""
    return judged(_judge_value, value, case)


def judged(how, given, *context):
    """Report by `how(given, *context)` on all but an empty stub.

    It keeps a traceback of ours from the page: an object may lie about
    everything that is asked of it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of wrong solutions of ours
            return words.NOT_ATTEMPTED if is_stub(given) else how(
                given, *context)
    except Exception as error:
        return words.unreadable(kind(given), error)


def recognised(exercise, code, *seen):
    """Report a mistake of the catalogue that a test of its own found.

    Of several entries with this code a whole function comes first: the
    words of the others may be about the line that they exchange.
    """
    found = [m for m in MISTAKES if (m.exercise, m.code) == (exercise, code)]
    m = next((m for m in found if not m.exchanges), found[0])
    return words.wrong(
        code, *(seen or (m.seen,)), m.message, f"Look at: {m.look}")


def _judge(f, case):
    early = _uncallable(case, f)
    if early is not None:
        return early
    answers = []
    for args in case.probes:
        answers.append(answer(case, f, args))
        if answers[-1].problem == "time-limit":
            return words.timed_out(case, args)
    if all(a.told.startswith("NotImplementedError") for a in answers):
        return words.NOT_ATTEMPTED
    probes = [probe(case, args) for args in case.probes]
    again = answer(case, f, case.probes[0])
    if not probes[0].alike(answers[0], again):
        return words.keeps_state()
    if all(p.right(a) for p, a in zip(probes, answers, strict=True)):
        changed = _changed(case, f, answers)
        return words.passed(case, answers) if changed is None else changed
    probes += [probe(case, args) for args in case.extra]
    answers += [answer(case, f, args) for args in case.extra]
    return _mistake(case, f, answers, probes)


def _judge_value(value, case):
    case = case._replace(hidden=True)  # the numbers are what was asked for
    found, at = read(case, as_tensors(case, value)), probe(
        case, case.probes[0])
    if at.right(found):
        return Report(True, "", case.done)
    chosen = _match(case, [found], [at], 1) or _match(case, [found], [at], 2)
    if chosen:
        return words.named(case, chosen, [found], [at])
    return words.unnamed(case, [found], [at])


def _uncallable(case, f):
    """Report on what is no function, or takes another number of things."""
    if not callable(f):
        return words.no_function(case, kind(f))
    if case.use is plainly and not takes(f, *case.probes[0]):
        return words.wrong_arguments(case, inspect.signature(f))
    return None


# Which mistake ------------------------------------------------------------


def _mistake(case, f, answers, probes):
    """Name the mistake: the catalogue's, or one of using the arguments."""
    chosen = _match(case, answers, probes, 1)
    if chosen:
        return words.named(case, chosen, answers, probes)
    for look in (_reordered, _reads_globals, _changed):
        report = look(case, f, answers)
        if report is not None:
            return report
    chosen = _match(case, answers, probes, 2) or _partly(
        case, answers, probes)
    if chosen:
        return words.named(case, chosen, answers, probes)
    return words.unnamed(case, answers, probes)


def _variants(case, count, may=None):
    """Yield (mistakes, function) for wrong solutions with `count` mistakes.

    Mistakes that can't be made together are left out, and so are pairs
    that `may` has no word for.
    """
    known = [m for m in MISTAKES if m.exercise == case.exercise]
    for chosen in itertools.combinations(known, count):
        if may and not may(*chosen):
            continue
        function = build(chosen, case.base)
        if function and case.base_gives and chosen[0].exchanges:
            yield chosen, _then(case.base_gives, function)
        elif function:
            yield chosen, function


def _plausible(case, answers, probes):
    """Return a test: where one of two touches a result, it explains it."""
    seen = [(a, p) for a, p in zip(answers, probes, strict=True)
            if a.tensors is not None]
    touched, explained = {}, {}
    for chosen, function in _variants(case, 1):
        theirs = [tried(case, chosen, function, p) for _, p in seen]
        if any(t.tensors is None for t in theirs):
            continue
        rows = [(p, a.tensors, t.tensors) for (a, p), t in zip(
            seen, theirs, strict=True)]
        places = range(len(case.results))
        touched[chosen[0]] = [
            not all(p.fits(i, t[i]) for p, _, t in rows) for i in places]
        explained[chosen[0]] = [
            all(p.same(i, a[i], t[i]) for p, a, t in rows) for i in places]

    def _may(one, other):
        return one in touched and other in touched and all(
            (a and b) or (x if a else y) for a, b, x, y in zip(
                touched[one], touched[other],
                explained[one], explained[other], strict=True))

    return _may


def _then(gives, function):
    return lambda *args: gives(function(*args))


def _match(case, answers, probes, count):
    """Return the mistakes whose wrong solution gives the answers seen."""
    if all(a.tensors is None for a in answers):
        return ()  # all that fails is alike
    may = _plausible(case, answers, probes) if count == 2 else None
    for chosen, function in _variants(case, count, may):
        pairs = zip(answers, probes, strict=True)
        if all(p.alike(a, tried(case, chosen, function, p))
               for a, p in pairs):
            return chosen
    return ()


def _partly(case, answers, probes):
    """Find the mistake that explains most of the results that are wrong."""
    if len(case.results) == 1 or any(a.tensors is None for a in answers):
        return ()
    best, most = (), 0
    for chosen, function in _variants(case, 1):
        theirs = [tried(case, chosen, function, p) for p in probes]
        if all(t.tensors is not None for t in theirs):
            count = sum(_explains(i, answers, theirs, probes)
                        for i in range(len(case.results)))
            best, most = (chosen, count) if count > most else (best, most)
    return best


def _explains(i, answers, theirs, probes):
    """Say whether result i is wrong, and wrong as in a wrong solution.

    Zeros explain nothing: too much gives them.
    """
    rows = list(zip(answers, theirs, probes, strict=True))
    return any(a.tensors[i].any() for a in answers) and all(
        p.same(i, a.tensors[i], b.tensors[i]) for a, b, p in rows
    ) and not all(p.fits(i, a.tensors[i]) for a, _, p in rows)


# How the arguments are used -----------------------------------------------


def _reordered(case, f, answers):
    """Report on a function that is right with its arguments reordered."""
    places = range(len(case.probes[0]))
    for order in itertools.islice(itertools.permutations(places), 1, None):
        def _use(g, *args, order=order):
            return case.use(g, *(args[i] for i in order))

        if _masters(case, _use, f):
            return words.order_of_arguments(case)
    return None


def _masters(case, use, f):
    """Say whether f is right when it is used in another way."""
    for args in case.probes:
        given = answer(case._replace(use=use), f, args)
        if not probe(case, args).right(given):
            return False
    return True


def _reads_globals(case, f, answers):
    """Report on a function that reads the page's tensors, not its own.

    It is run again with those globals replaced by what was passed in; if
    that mends it, or leaves one known mistake, the reading is proved.
    """
    if case.names is None or not isinstance(f, types.FunctionType):
        return None
    names = global_tensors(f) & set(case.names(*case.probes[0]))
    if not names:
        return None

    def _use(g, *args):
        own = case.names(*args)
        return case.use(with_globals(g, {k: own[k] for k in names}), *args)

    mended = [answer(case._replace(use=_use), f, a) for a in case.probes]
    probes = [probe(case, args) for args in case.probes]
    if all(p.right(a) for p, a in zip(probes, mended, strict=True)):
        return words.global_read(sorted(names), ())
    also = _match(case, mended, probes, 1)
    return words.global_read(sorted(names), also) if also else None


KEPT = list, torch.Tensor, torch.nn.Module, torch.utils.data.DataLoader


def global_tensors(f):
    """The names of tensors, lists, models, loaders that `f` reads outside.

    Those that its helpers read count, too.
    """
    found, waiting, seen = set(), [f], set()
    while waiting:
        one = waiting.pop()
        code = getattr(one, "__code__", None)
        if code is None or code in seen:
            continue
        seen.add(code)
        for name in _names_in(code):
            value = one.__globals__.get(name)
            if isinstance(value, KEPT) or hasattr(value, "_fields"):
                found.add(name)
            elif getattr(value, "__globals__", None) is one.__globals__:
                waiting.append(value)
    return found


def _names_in(code):
    """The globals that a code object and those inside it look up."""
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    looks = {"LOAD_GLOBAL", "LOAD_NAME"}
    own = {i.argval for i in dis.get_instructions(code) if i.opname in looks}
    return own.union(*map(_names_in, inner))


def with_globals(f, replaced):
    """Return `f` as if the globals of its page had been other tensors."""
    home = f.__globals__
    page = {**home, **replaced}
    for name, value in home.items():
        if isinstance(value, types.FunctionType) and (
            value.__globals__ is home and name not in replaced
        ):
            page[name] = _moved(value, page)
    return _moved(f, page)


def _moved(f, page):
    """Copy a function into another page."""
    moved = types.FunctionType(
        f.__code__, page, f.__name__, f.__defaults__, f.__closure__)
    moved.__kwdefaults__ = f.__kwdefaults__
    return moved


def _changed(case, f, answers):
    """Report on arguments that were changed, where that is a mistake."""
    places = {i for a in answers for i in a.outcome.changed}
    places -= set(case.free)
    return words.changed_input(case, places) if places else None
