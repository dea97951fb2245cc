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
none, nor does one of ones a pair. What is not named is told by what is
seen of it.
"""

import inspect
import itertools
import math
import warnings

import torch

from toynet.check import mistakes, words
from toynet.check.answers import (
    Probe,
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
KEPT = list, tuple, torch.Tensor, torch.nn.Module, torch.utils.data.DataLoader


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
        return words.formed("accumulates")
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
        return words.formed("wrong-arguments", wanted=exercise.signature,
                            got=inspect.signature(f))
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
    chosen = _match(exercise, answers, probes, _pairs(exercise))
    if chosen:
        return words.named(exercise, chosen, answers, probes)
    return words.unnamed(exercise, answers, probes)


def _singles(exercise, right=False):
    """Yield (wrong solution, its mistakes) for each variant."""
    for m in mistakes.of(exercise.name):
        if m.right == right:
            for function in mistakes.solutions(exercise, m):
                yield function, (m,)


def _pairs(exercise):
    """Yield wrong solutions with two mistakes of the exercise's own."""
    own = [m for m in mistakes.of(exercise.name)
           if not m.right and not m.general]
    for both in itertools.combinations(own, 2):
        function = mistakes.pair(exercise, *both)
        if function:
            yield function, both


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
            nothing = {0} if len(chosen) == 1 else {-1, 0, 1}
            if not _empty(probes, theirs, nothing) and count * chance(
                    exercise, answers, probes, theirs) < CHANCE:
                return chosen
    return ()


def chance(exercise, answers, probes, theirs):
    """The chance to agree with a wrong solution where that is wrong."""
    seen, logs, count, mixed = set(), 0.0, 0, False
    for a, p, t in zip(answers, probes, theirs, strict=True):
        if t.tensors is None and a.told.startswith(t.told):
            logs += 0.0 if t.told in seen else math.log(0.01)
            seen.add(t.told)
        for i, made in enumerate(t.tensors or ()):
            off, size, room = _errors(exercise, p, i, made)
            mixed |= 0 < len(off) < made.numel()
            count += made.numel() if off else 0
            for key in {f"{i}={x:.3g}" for x in off} - seen:
                logs += math.log(max(1e-9, min(0.5, 2 * room / size)))
                seen.add(key)
    both = math.exp(logs)
    other = mixed or any(key[-2:] != "=0" for key in seen)
    return min(both, 0.3**count) if other else both


def _empty(probes, theirs, nothing):
    """Say whether all is 0, or `nothing`, where other numbers are asked."""
    want, made = ({x for tensors in rows for t in tensors or ()
                   for x in t.flatten().tolist()}
                  for rows in ([p.want for p in probes],
                               [t.tensors for t in theirs]))
    return len(made) == 1 and made <= nothing and not all(
        x == round(x) for x in want)


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


# How the arguments are used -----------------------------------------------


def _reordered(exercise, f, answers):
    """Report on a function that is right with its arguments reordered.

    Only an order under which the right function is wrong tells that.
    """
    def _right(g, order):
        case = exercise._replace(
            use=lambda g, *args: exercise.use(g, *(args[i] for i in order)))
        return all(probe(exercise, args).right(answer(case, g, args))
                   for args in exercise.probes)

    orders = itertools.permutations(range(len(exercise.probes[0])))
    for order in itertools.islice(orders, 1, None):
        if _right(f, order) and not _right(exercise.right, order):
            return words.order_of_arguments(exercise)
    return None


def _reads_globals(exercise, f, answers):
    """Report on a function that reads the page's tensors, not its own.

    It is run again while those globals are what was passed in; if that
    mends it, or leaves one known mistake, the reading is proved. Those
    are read that it can't do without.
    """
    page = getattr(f, "__globals__", None)
    if exercise.names is None or page is None:
        return None
    kept = {name for name in exercise.names(*exercise.probes[0])
            if isinstance(page.get(name), KEPT)}

    def _with(names):
        case = _on_a_page(exercise, page, names)
        return [answer(case, f, args) for args in exercise.probes]

    probes = [probe(exercise, args) for args in exercise.probes]
    mended = _with(kept)
    read = sorted(name for name in kept if not all(map(
        Probe.alike, probes, mended, _with(kept - {name}))))
    if all(p.right(a) for p, a in zip(probes, mended, strict=True)):
        return words.global_read(read, ()) if read else None
    also = read and _match(exercise, mended, probes, _singles(exercise))
    return words.global_read(read, also) if also else None


def _on_a_page(exercise, page, names):
    """The exercise, where a page's globals are what is passed in."""
    kept = {name: page[name] for name in names}

    def _use(g, *args):
        own = exercise.names(*args)
        page.update({name: own[name] for name in names})
        try:
            return exercise.use(g, *args)
        finally:
            page.update(kept)

    return exercise._replace(use=_use)


def _changed(exercise, f, answers):
    """Report on arguments that were changed, where that is a mistake."""
    places = {i for a in answers for i in a.outcome.changed}
    places -= set(exercise.free)
    return words.changed_input(exercise, places) if places else None
