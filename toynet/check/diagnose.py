"""Finds out which mistake an answer has, by what the answer computes.

A wrong answer is run on small inputs, and so are the wrong solutions of
the data files, alone and in pairs. What the reader's code looks like plays
no part.

A mistake is named only if chance could not have made its numbers. Take the
numbers in which a wrong solution differs from what is right, each of a size
once. That another answer agrees in one of them to the precision of the
answer has a chance of twice that precision over the size of the error (of
the number itself, where a reader has typed it, and one of ten at least
where all are whole); that it agrees in all of them has the product. Times the
number of wrong solutions that were tried, this has to be below `CHANCE`.
(Where it is right in some places and wrong in others, or not 0, three tenths
for each place will do; what raises has to raise the same.)
So two numbers with three decimals can carry one mistake out of a hundred,
and no pair of mistakes; and a table of zeros, which much can make, carries
none. What is not named is told by what is seen of it.
"""

import dis
import inspect
import itertools
import math
import types
import warnings

import torch

from toynet.check import mistakes, words
from toynet.check.answers import (
    answer,
    as_tensors,
    is_stub,
    kind,
    precision,
    probe,
    read,
    takes,
    tried,
)
from toynet.check.exercise import plainly
from toynet.check.guard import settled
from toynet.check.report import Report

CHANCE = 1e-3


def checked(exercise, given, seed=0):
    """Report on what was handed in, unless it is an empty stub.

    It keeps a traceback of ours from the page: an object may lie about
    everything that is asked of it.
    """
    how = exercise.judge or (judge_value if exercise.value else judge)
    try:
        with warnings.catch_warnings(), settled():
            warnings.simplefilter("ignore")  # of wrong solutions of ours
            if all(map(is_stub, given)):
                return words.NOT_ATTEMPTED
            return how(exercise.drawn(seed), *given)
    except Exception as error:
        told = given[0] if len(given) == 1 else given
        return words.unreadable(kind(told), error)


def recognised(exercise, code, *seen):
    """Report a mistake of the data that a test of its own found."""
    m = next(m for m in mistakes.of(exercise.name) if m.code == code)
    return words.wrong(code, *seen, m.say, words.look_at(exercise, m))


def judge(exercise, f):
    """Report on the function `f` of a reader."""
    early = _uncallable(exercise, f)
    if early is not None:
        return early
    answers = []
    for args in exercise.probes:
        answers.append(answer(exercise, f, args))
        if answers[-1].problem == "time-limit":
            return words.timed_out(exercise, args)
    if all(a.told.startswith("NotImplementedError") for a in answers):
        return words.NOT_ATTEMPTED
    probes = [probe(exercise, args) for args in exercise.probes]
    again = answer(exercise, f, exercise.probes[0])
    if not probes[0].alike(answers[0], again):
        return words.keeps_state()
    note = _convention(exercise, answers, probes)
    if note is not None:
        changed = _changed(exercise, f, answers)
        if changed is not None:  # a report of a mistake counts as false
            return changed
        return words.passed(exercise, answers, note)
    probes += [probe(exercise, args) for args in exercise.extra]
    answers += [answer(exercise, f, args) for args in exercise.extra]
    return _mistake(exercise, f, answers, probes)


def judge_value(exercise, *given):
    """Report on a value that a reader found, tried on the first probe."""
    value = given if len(given) > 1 else given[0]
    found = read(exercise, as_tensors(exercise, value))
    at = probe(exercise, exercise.probes[0])
    if _convention(exercise, [found], [at]) is not None:
        return Report(True, "", exercise.done)
    if found.tensors is None:
        return words.unnamed(exercise, [found], [at])
    typed = at._replace(room=precision(
        found.tensors, at.room, exercise.place))
    chosen = _match(exercise, [found], [typed], _singles(exercise))
    if not chosen and (at.near(found, 3) or typed.near(found, 2)):
        return words.near(exercise, found, at)
    chosen = chosen or _match(exercise, [found], [typed], _pairs(exercise))
    if chosen:
        return words.named(exercise, chosen, [found], [at])
    return words.unnamed(exercise, [found], [at])


def _uncallable(exercise, f):
    """Report on what is no function, or takes another number of things."""
    if not callable(f):
        return words.no_function(exercise, kind(f))
    if exercise.use is plainly and not takes(f, *exercise.probes[0]):
        return words.wrong_arguments(exercise, inspect.signature(f))
    return None


def _convention(exercise, answers, probes):
    """Return the note on what is right, by ours or another convention."""
    if all(p.right(a) for p, a in zip(probes, answers, strict=True)):
        return ""
    for function, (m,) in _singles(exercise, right=True):
        if _same(exercise, answers, probes, function):
            return m.say
    return None


# Which mistake ------------------------------------------------------------


def _mistake(exercise, f, answers, probes):
    """Name the mistake: the data's, or one of using the arguments."""
    chosen = _match(exercise, answers, probes, _singles(exercise))
    if chosen:
        return words.named(exercise, chosen, answers, probes)
    for look in (_reordered, _reads_globals, _changed):
        report = look(exercise, f, answers)
        if report is not None:
            return report
    if all(p.near(a) for p, a in zip(probes, answers, strict=True)):
        return words.near(exercise, *next(
            (a, p) for a, p in zip(answers, probes, strict=True)
            if not p.right(a)))
    chosen = _match(exercise, answers, probes, _pairs(
        exercise, _plausible(exercise, answers, probes))) or _partly(
            exercise, answers, probes)
    if chosen:
        return words.named(exercise, chosen, answers, probes)
    return words.unnamed(exercise, answers, probes)


def _singles(exercise, right=False):
    """Yield (wrong solution, its mistakes) for each variant."""
    for m in mistakes.of(exercise.name):
        if m.right == right:
            for function in mistakes.solutions(exercise, m):
                yield function, (m,)


def _pairs(exercise, may=None):
    """Yield wrong solutions with two mistakes that `may` be both there."""
    own = [m for m in mistakes.of(exercise.name)
           if not m.right and not m.general]
    for one, other in itertools.combinations(own, 2):
        if may is None or may(one, other):
            function = mistakes.pair(exercise, one, other)
            if function:
                yield function, (one, other)


def _same(exercise, answers, probes, function):
    """Say whether a wrong solution gives the answers seen."""
    pairs = zip(answers, probes, strict=True)
    return all(p.alike(a, tried(exercise, function, p)) for a, p in pairs)


def _match(exercise, answers, probes, solutions):
    """Return the mistakes whose wrong solution gives the answers seen."""
    if all(a.tensors is None for a in answers):
        return ()  # all that fails is alike
    for count, (function, chosen) in enumerate(solutions, 1):
        if _same(exercise, answers, probes, function):
            theirs = [tried(exercise, function, p) for p in probes]
            if count * chance(exercise, answers, probes, theirs) < CHANCE:
                return chosen
    return ()


def chance(exercise, answers, probes, theirs, places=None):
    """The chance to agree with a wrong solution where that is wrong."""
    seen, logs, count, mixed = set(), 0.0, 0, False
    for a, p, t in zip(answers, probes, theirs, strict=True):
        if t.tensors is None and a.told.startswith(t.told):
            logs += 0.0 if t.told in seen else math.log(0.01)
            seen.add(t.told)
        for i, made in enumerate(t.tensors or ()):
            if places is None or i in places:
                off, size, room = _errors(exercise, p, i, made)
                mixed |= 0 < len(off) < made.numel()
                count += made.numel() if off else 0
                for x in off:
                    key = f"{i}={x:.3g}"
                    if key not in seen:
                        logs += math.log(max(
                            1e-9, min(0.5, 2 * room / size)))
                    seen.add(key)
    both = math.exp(logs)
    other = mixed or any(key[-2:] != "=0" for key in seen)
    return min(both, 0.3**count) if other else both


def _errors(exercise, at, i, made):
    """The wrong numbers of a result, how wrong they are, and the room."""
    want, room = at.want[i], at.room[i]
    if made.shape != want.shape:
        wrong, size = made, made.abs().max() if made.numel() else 1.0
    else:
        gap = (made - want).abs().nan_to_num(1.0)
        whole = bool((made == made.round()).all() and (
            want == want.round()).all())
        wrong, size = made[gap > room], gap.max()
        large = torch.maximum(want.abs().max(), made.abs().max())
        if exercise.value and size > large / 20:
            size = large
        if whole:  # of a guess, words say what would make these numbers
            room = 0.0 if exercise.value else max(room, 0.5)
            size = max(size, 10.0)
    numbers = wrong.nan_to_num(12345.0, 23456.0, -23456.0)
    return numbers.flatten().tolist(), float(max(size, room, 1e-300)), room


def _plausible(exercise, answers, probes):
    """Return a test: where one of two touches a result, it explains it."""
    seen = [(a, p) for a, p in zip(answers, probes, strict=True)
            if a.tensors is not None]
    touched, explained = {}, {}
    for function, (m,) in _singles(exercise):
        rows = [(p, a, tried(exercise, function, p)) for a, p in seen]
        if m in touched or any(t.tensors is None for _, _, t in rows):
            continue
        places = range(len(exercise.results))
        touched[m] = [not all(p.fits(i, t.tensors[i]) for p, _, t in rows)
                      for i in places]
        explained[m] = [all(p.same(i, a.tensors[i], t.tensors[i])
                            for p, a, t in rows) for i in places]

    def _may(one, other):
        return one in touched and other in touched and all(
            (a and b) or (x if a else y) for a, b, x, y in zip(
                touched[one], touched[other],
                explained[one], explained[other], strict=True))

    return _may


def _partly(exercise, answers, probes):
    """Find the mistake that explains most of the results that are wrong."""
    if len(exercise.results) == 1 or any(a.tensors is None for a in answers):
        return ()
    best, most, count = None, [], 0
    for function, chosen in _singles(exercise):
        theirs = [tried(exercise, function, p) for p in probes]
        count += 1
        if all(t.tensors is not None for t in theirs):
            places = [i for i in range(len(exercise.results)) if _explains(
                i, answers, theirs, probes)]
            if len(places) > len(most):
                best, most = (chosen, theirs), places
    if best and count * chance(
            exercise, answers, probes, best[1], most) < CHANCE:
        return best[0]
    return ()


def _explains(i, answers, theirs, probes):
    """Say whether result i is wrong, and wrong as in a wrong solution."""
    rows = list(zip(answers, theirs, probes, strict=True))
    return all(
        p.same(i, a.tensors[i], b.tensors[i]) for a, b, p in rows
    ) and not all(p.fits(i, a.tensors[i]) for a, _, p in rows)


# How the arguments are used -----------------------------------------------


def _reordered(exercise, f, answers):
    """Report on a function that is right with its arguments reordered."""
    places = range(len(exercise.probes[0]))
    for order in itertools.islice(itertools.permutations(places), 1, None):
        def _use(g, *args, order=order):
            return exercise.use(g, *(args[i] for i in order))

        tells = not _masters(exercise, _use, exercise.right)
        if tells and _masters(exercise, _use, f):
            return words.order_of_arguments(exercise)
    return None


def _masters(exercise, use, f):
    """Say whether f is right when it is used in another way."""
    for args in exercise.probes:
        given = answer(exercise._replace(use=use), f, args)
        if not probe(exercise, args).right(given):
            return False
    return True


def _reads_globals(exercise, f, answers):
    """Report on a function that reads the page's tensors, not its own.

    It is run again with those globals replaced by what was passed in; if
    that mends it, or leaves one known mistake, the reading is proved.
    """
    if exercise.names is None or not isinstance(f, types.FunctionType):
        return None
    names = global_tensors(f) & set(exercise.names(*exercise.probes[0]))
    if not names:
        return None

    def _use(g, *args):
        own = exercise.names(*args)
        return exercise.use(with_globals(g, {k: own[k] for k in names}), *args)

    mended = [answer(exercise._replace(use=_use), f, args)
              for args in exercise.probes]
    probes = [probe(exercise, args) for args in exercise.probes]
    if all(p.right(a) for p, a in zip(probes, mended, strict=True)):
        return words.global_read(sorted(names), ())
    also = _match(exercise, mended, probes, _singles(exercise))
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


def _changed(exercise, f, answers):
    """Report on arguments that were changed, where that is a mistake."""
    places = {i for a in answers for i in a.outcome.changed}
    places -= set(exercise.free)
    return words.changed_input(exercise, places) if places else None
