"""Finds out which mistake an answer has, by what the answer computes.

A wrong answer is run on small inputs, and so are the wrong solutions of
the data files. What the reader's code looks like plays no part.

A mistake is named only if chance could not have made its numbers. Take the
numbers in which a wrong solution differs from what is right, each of a size
once. That another answer agrees in one of them to the precision of the
answer has a chance of twice that precision over the size of the error (of
the number itself, where a reader has typed it, and one of ten at least
where all are whole); that it agrees in all of them has the product. Times the
number of wrong solutions that were tried, this has to be below `CHANCE`.
(Where it is right in some places and wrong in others, or not 0, three tenths
for each place will do; what raises has to raise the same.)
So two numbers with three decimals can carry one mistake out of a hundred, and
a table of zeros, which much can make, carries none. What is not named is told
by what is seen of it.
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
    rounded,
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
        return words.formed("unreadable", got=kind(told),
                            error=type(error).__name__)


def judge(exercise, f):
    """Report on the function `f` of a reader."""
    if not callable(f):
        return words.formed("not-a-function", got=kind(f),
                            wanted=exercise.signature)
    if exercise.use is plainly and not takes(f, *exercise.probes[0]):
        return words.formed("wrong-arguments", got=inspect.signature(f),
                            wanted=exercise.signature)
    answers, probes = [], [probe(exercise, x) for x in exercise.probes]
    for at in probes:
        answers.append(answer(exercise, f, at.args))
        if answers[-1].problem == "time-limit":
            return words.unnamed(exercise, answers[-1:], [at])
    again = answer(exercise, f, exercise.probes[0])
    if not probes[0].alike(answers[0], again):
        return words.formed("accumulates")
    note = _convention(exercise, answers, probes)
    if note is not None:
        changed = _changed(exercise, f, answers)
        return words.passed(exercise, answers, note) if (
            changed is None) else changed
    probes += [probe(exercise, args) for args in exercise.extra]
    answers += [answer(exercise, f, args) for args in exercise.extra]
    return _mistake(exercise, f, answers, probes)


def judge_value(exercise, *given):
    """Report on a value that a reader found, tried on the first probe."""
    value = given if len(given) > 1 else given[0]
    found = read(exercise, as_tensors(exercise, value))
    at = probe(exercise, exercise.probes[0])
    case = exercise, [found], [at]
    if _convention(*case) is not None:
        return Report(True, "", exercise.done)
    if found.tensors is None:
        return words.unnamed(*case)
    if rounded(found.tensors, at.want, exercise.place):
        return words.near(
            exercise, found, at, "rounded to fewer decimals: ")
    typed = [at._replace(room=precision(
        found.tensors, at.room, exercise.place))]
    chosen = _match(exercise, [found], typed)
    if chosen:
        return words.named(chosen, *case)
    return words.near(exercise, found, at) if (
        at.near(found, 3) or typed[0].near(found, 2)) else (
        words.unnamed(*case))


def _convention(exercise, answers, probes):
    """Return the note on what is right, by ours or another convention."""
    if all(p.right(a) for p, a in zip(probes, answers, strict=True)):
        return ""
    return next((m.say for function, m in solutions(exercise, right=True)
                 if _same(exercise, answers, probes, function)), None)


# Which mistake ------------------------------------------------------------


def _mistake(exercise, f, answers, probes):
    """Name the mistake: the data's, or one of using the arguments."""
    n = len(exercise.probes)
    seen = exercise, answers[:n], probes[:n]
    chosen = _match(exercise, answers, probes)
    if chosen:
        return words.named(chosen, *seen)
    for look in (_reordered, _reads_globals, _changed):
        report = look(exercise, f, answers)
        if report is not None:
            return report
    if all(map(Probe.near, probes[:n], answers)):
        return words.near(exercise, *next(
            (a, p) for a, p in zip(answers, probes, strict=False)
            if not p.right(a)))
    return words.unnamed(*seen)


def solutions(exercise, right=False, own=False):
    """Yield (wrong solution, its mistake) for each variant."""
    for m in mistakes.of(exercise.name):
        if m.right == right and not own * m.general:
            for function in mistakes.solutions(exercise, m):
                yield function, m


def _same(exercise, answers, probes, function):
    """Say whether a wrong solution gives the answers seen."""
    pairs = zip(answers, probes, strict=True)
    return all(p.alike(a, tried(exercise, function, p)) for a, p in pairs)


def _match(exercise, answers, probes):
    """Return the mistake whose wrong solution gives the answers seen."""
    if all(a.tensors is None for a in answers):
        return None  # all that fails is alike
    for count, (function, m) in enumerate(solutions(exercise), 1):
        if _same(exercise, answers, probes, function):
            theirs = [tried(exercise, function, p) for p in probes]
            if not _empty(probes, theirs) and count * chance(
                    exercise, answers, probes, theirs) < CHANCE:
                return m
    return None


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


def _empty(probes, theirs):
    """Say whether all is 0 where other numbers are asked."""
    return not any(x.any() for t in theirs for x in t.tensors or ()) and any(
        (w != w.round()).any() for p in probes for w in p.want)


def _errors(exercise, at, i, made):
    """The wrong numbers of a result, how wrong they are, and the room."""
    want, room = at.want[i], at.room[i]
    if made.shape != want.shape or not made.numel():
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
            return words.formed("argument-order", wanted=exercise.signature)
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
        return _stale(read, None) if read else None
    also = read and _match(exercise, mended, probes)
    return _stale(read, also) if also else None


def _stale(names, also):
    """Report on tensors that were read from the page."""
    kept = set(names) & {"z1", "h", "z2", "y_hat"}
    return words.formed(
        "stale-activations" if kept else "global-read",
        also and f"Then there is {also.code}: {also.say}",
        names=", ".join(f"`{name}`" for name in names))


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
    names = words.arguments(exercise)
    changed = sorted({f"`{names[i]}`" for a in answers
                      for i in a.outcome.changed if i not in exercise.free})
    return words.formed(
        "changed-input", names=", ".join(changed)) if changed else None
