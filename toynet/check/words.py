"""Words the reports: what was seen, where, and where to look."""

import re

import torch

from toynet.check import mistakes
from toynet.check.report import Report

NOT_ATTEMPTED = Report(
    False, "not-attempted",
    "Fill in the stub, run its cell, and run this one again.",
)

FORMS = mistakes.forms()


def wrong(code, *lines):
    """Make the report of a mistake from its lines, leaving out empty ones.

    The labels of equations are for the tests: no reader ever sees one.
    """
    told = [re.sub(r" \((?:eq|ex|fig|lst|tab|sec)-[^)]*\)", "", line)
            for line in lines if line]
    return Report(False, code, "\n".join(dict.fromkeys(told)))


def formed(code, *more, **words):
    """Report what stands in `FORMS`, with these words and lines."""
    return wrong(code, *FORMS[code].format(**words).splitlines(), *more)


def unreadable(kind, error):
    """Report on something that raises when it is looked at."""
    return formed("unreadable", got=kind, error=type(error).__name__)


def no_function(exercise, kind):
    """Report on what is no function."""
    return formed("not-a-function", got=kind, wanted=exercise.signature)


def order_of_arguments(exercise):
    """Report on a function that is right with its arguments reordered."""
    return formed("argument-order", wanted=exercise.signature)


def timed_out(exercise, args):
    """Report on a call that did not end."""
    return formed("time-limit", where=_where(exercise, args))


def changed_input(exercise, places):
    """Report on arguments that were changed in place."""
    names = _arguments(exercise)
    return formed("changed-input", names=", ".join(
        f"`{names[i]}`" for i in sorted(places)))


def global_read(names, also):
    """Report on tensors that were read from the page."""
    stale = set(names) & {"z1", "h", "z2", "y_hat"}
    return formed(
        "stale-activations" if stale else "global-read",
        *(f"Then there is {m.code}: {m.say}" for m in also),
        names=", ".join(f"`{name}`" for name in names))


def look_at(exercise, mistake=None):
    """Say where to look for a mistake, or at all."""
    where = mistake and mistakes.look(mistake.look) or (
        mistakes.default_look(exercise.name))
    return where and f"Look at: {where}."


def near(exercise, answer, at):
    """Report numbers that are right but for their last digits."""
    gap = [(a - b).abs() for a, b in zip(answer.tensors, at.want,
                                         strict=True)]
    i = max(range(len(gap)), key=lambda i: (gap[i] / at.room[i]).max())
    spot = _unravelled(int(gap[i].argmax()), gap[i].shape)
    named = f"`{exercise.results[i]}`" + (f" at {spot}" if spot else "")
    asked = f"{exercise.place} decimals are asked" if exercise.place else (
        f"{at.room[i]:.1g} would pass")
    return wrong(
        "near", f"Near: {named} is off by {gap[i].max():.2g}; {asked}.",
        "Carry more digits on the way, and round at the end only.")


def passed(exercise, answers, note=""):
    """Report a right answer, with what else was noticed."""
    remarks = [r for a in answers for r in a.outcome.remarks]
    if any(a.outcome.changed for a in answers):
        remarks.append(
            "It changes in place what it was given, as torch.optim does; "
            "whoever keeps the old values has to copy them first."
        )
    lines = [exercise.done, note, *dict.fromkeys(remarks)]
    return Report(True, "", "\n".join(filter(None, lines)))


def named(exercise, chosen, answers, probes):
    """Report mistakes of the data, with what was seen of them."""
    codes = " and ".join(m.code for m in chosen)
    both = f"Two mistakes at once explain it: {codes}."
    told = [(m.say, look_at(exercise, m)) for m in chosen]
    return wrong(
        chosen[0].code, evidence(exercise, answers, probes),
        both if len(chosen) > 1 else "", *(x for pair in told for x in pair),
    )


def unnamed(exercise, answers, probes):
    """Report an answer whose mistake is not in the data."""
    for answer, at in zip(answers, exercise.probes, strict=False):
        if answer.tensors is None:
            called = _where(exercise, at)
            known = answer.problem == "raised" and called.startswith("With")
            return formed(
                answer.problem, f"It was called w{called[1:-1]}." * known,
                got=answer.told, wanted=_form(exercise, probes[0]))
    seen = evidence(exercise, answers, probes)
    code, told = "unknown", ""
    if "not a number" in seen:
        code = "not-a-number"
    elif "of shape" in seen.partition(":")[2]:
        code = "wrong-shape"
    elif k := _factor(exercise, [
            (at, i, got) for at, a in zip(probes, answers, strict=True)
            for i, got in enumerate(a.tensors or ())]):
        code = "wrong-sign" if abs(k + 1) < 1e-3 else "wrong-factor"
        told = f"It is {k:.4g} times what is right, whatever the input."
    return wrong(code, seen, told, look_at(exercise))


def _factor(exercise, results):
    """Return k if all (probe, i, result) are k times what is right.

    Any two numbers have a ratio: of what a reader has to find, and of one
    number alone, it must be a plain one, such as 2, 1/40 or -1.
    """
    if any(got.shape != at.want[i].shape for at, i, got in results):
        return None  # as when a size is typed that an extra probe has not
    along = sum((got * at.want[i]).sum() for at, i, got in results)
    size = sum((at.want[i] ** 2).sum() for at, i, _ in results)
    k = float(along / size) if size > 0 else 0.0
    if not 0 < abs(k) < float("inf") or abs(k - 1) < 2e-3 or not all(
            at.fits(i, got / k) for at, i, got in results):
        return None
    lone = sum(got.numel() for _, _, got in results) == 1
    plain = any(abs(x - round(x)) < 1e-3 and round(x) not in (0, 1)
                for x in (k, 1 / k) if abs(x) < 101)
    return k if plain or not (exercise.value or lone) else None


def evidence(exercise, answers, probes):
    """Say of each result what is wrong with it, on the first bad probe."""
    for answer, at in zip(answers, probes, strict=False):
        if at.right(answer):
            continue
        if answer.tensors is None:
            return FORMS[answer.problem].format(
                got=answer.told, wanted=_form(exercise, at))
        told = [
            f"{name} is {_verdict(exercise, at, i, answer.tensors[i])}"
            for i, name in enumerate(exercise.results)
        ]
        return f"{_where(exercise, at.args)} {', '.join(told)}."
    return ""


def _verdict(exercise, at, i, got):
    """Compare one result with the right one, in words."""
    want, shape = at.want[i], tuple(at.want[i].shape)
    if at.fits(i, got):
        return "right"
    if got.isnan().any():
        return "not a number (NaN)"
    turned = got.dim() == 2 and at.fits(i, got.T)
    if got.shape != want.shape:
        word = "transposed, " if turned else ""
        return f"{word}of shape {tuple(got.shape)}, not {shape}"
    if turned:
        return "transposed"
    return _off_by(exercise, at, i, got)


def _off_by(exercise, at, i, got):
    """Name a common factor of all entries, or else the worst entry.

    Of a number that a reader has to find, the right one is not told.
    """
    if got.abs().max() == 0:
        return "zero everywhere"
    if k := _factor(exercise, [(at, i, got)]):
        return "right but for " + (
            "its sign" if abs(k + 1) < 1e-3 else f"a factor of {k:.4g}")
    place = int((got - at.want[i]).abs().argmax())
    spot = _unravelled(place, got.shape)
    where = f"at {spot} " if spot else ""
    numbers = [t.flatten()[place] for t in (got, at.want[i])]
    mine, right = map(_short, numbers)
    if mine == right:
        mine, right = (f"{number:.8g}" for number in numbers)
    return f"wrong: {where}{mine}" + (
        "" if exercise.value else f", not {right}")


def _unravelled(place, shape):
    """Turn a place in a flat tensor into indices; PyTorch's loads sympy."""
    spot = []
    for n in reversed(shape):
        place, i = divmod(place, n)
        spot.insert(0, i)
    return spot


def _short(number):
    """Write a number with four digits, a whole one with all of its own."""
    whole = number == number.round() and abs(number) < 1e9
    return f"{number:.0f}" if whole else f"{number:.4g}"


def _arguments(exercise):
    """The names of the arguments, as the signature has them."""
    inside = exercise.signature.partition("(")[2].partition(")")[0]
    return [name.partition("=")[0].strip() for name in inside.split(",")]


def _where(exercise, args):
    """Name a probe by the shapes of its tensors, and by its lists."""
    told = []
    names = _arguments(exercise) if "(" in exercise.signature else ()
    for name, value in zip(names, args, strict=False):
        if isinstance(value, torch.Tensor):
            told.append(f"`{name}` of shape {tuple(value.shape)}")
        elif isinstance(value, list) and len(str(value)) < 40:
            told.append(f"`{name}` = {value}")
    return f"With {' and '.join(told)}:" if told else "Seen:"


def _form(exercise, at):
    """Describe what had to be returned."""
    told = []
    for name, want in zip(exercise.results, at.want, strict=True):
        shape = tuple(want.shape)
        told.append(f"{name} of shape {shape}" if shape else f"{name}, one "
                    "number")
    return ", ".join(told)
