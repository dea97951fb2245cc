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


def recognised(exercise, code, *seen):
    """Report a mistake of the data that a test of its own found."""
    m = next(m for m in mistakes.of(exercise.name) if m.code == code)
    return wrong(code, *seen, m.say, look_at(exercise, m))


def look_at(exercise, mistake=None):
    """Say where to look for a mistake, or at all."""
    where = mistake and mistakes.look(mistake.look) or (
        mistakes.default_look(exercise.name))
    return where and f"Look at: {where}."


def near(exercise, answer, at, how=""):
    """Report numbers that are right but for their last digits."""
    off = [(a - b).abs() for a, b in zip(answer.tensors, at.want,
                                         strict=True)]
    i = max(range(len(off)), key=lambda i: (off[i] / at.room[i]).max())
    asked = f"{exercise.place} decimals are asked" if exercise.place else (
        f"{at.room[i]:.1g} would pass")
    return wrong(
        "near", f"Near: {how}`{exercise.results[i]}`{_spot(off[i])} is off "
        f"by {off[i].max():.2g}; {asked}.",
        "Carry more digits on the way, and round at the end only.")


def passed(exercise, answers, note=""):
    """Report a right answer, with what else was noticed."""
    drew = any(a.outcome.drew for a in answers)
    changed = any(a.outcome.changed for a in answers)
    return Report(True, "", "\n".join(filter(None, (
        exercise.done, note, drew and
        "It drew from PyTorch's global random generator or seeded it; the "
        "generator has been put back.", changed and
        "It changes in place what it was given, as torch.optim does; "
        "whoever keeps the old values has to copy them first."))))


def named(m, exercise, answers, probes):
    """Report a mistake of the data, with what was seen of it."""
    return wrong(m.code, evidence(exercise, answers, probes), m.say,
                 look_at(exercise, m))


def unnamed(exercise, answers, probes):
    """Report an answer whose mistake no wrong solution has."""
    answer, at = _worst(answers, probes)
    if all(a.told.startswith("NotImplementedError") for a in answers):
        return NOT_ATTEMPTED
    if answer.tensors is None:
        return _failed(exercise, answer, at)
    seen = evidence(exercise, answers, probes)
    code, told = "unknown", ""
    if "not a number" in seen:
        code = "not-a-number"
    elif "of shape" in seen.partition(":")[2]:
        code = "wrong-shape"
    elif k := _factor(exercise, [
            (at, i, got) for at, a in zip(probes, answers, strict=True)
            for i, got in enumerate(a.tensors)]):
        code = "wrong-sign" if abs(k + 1) < 1e-3 else "wrong-factor"
        told = f"It is {k:.4g} times what is right, whatever the input."
    return wrong(code, seen, told, look_at(exercise))


def _failed(exercise, answer, at):
    """Report an answer that gave no numbers."""
    code = mistakes.by_error(exercise.name, answer.told)
    if code:
        return recognised(exercise, code, f"It raised {answer.told}.")
    called = _where(exercise, at)
    known = answer.problem == "raised" and called.startswith("With")
    return formed(
        answer.problem, f"It was called w{called[1:-1]}." * known,
        got=answer.told, wanted=_form(exercise, at), where=called)


def _worst(answers, probes):
    """The first answer without numbers, or else that is not right."""
    bad = [(a, p) for a, p in zip(answers, probes, strict=True)
           if not p.right(a)]
    return min(bad, key=lambda pair: pair[0].tensors is not None)


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
    """Say of each result what is wrong with it, on the worst probe."""
    answer, at = _worst(answers, probes)
    if answer.tensors is None:
        return FORMS[answer.problem].format(
            got=answer.told, wanted=_form(exercise, at))
    told = [f"{name} is {_verdict(exercise, at, i, answer.tensors[i])}"
            for i, name in enumerate(exercise.results)
            if at.want[i].numel()]
    return f"{_where(exercise, at)} {', '.join(told)}."


def _verdict(exercise, at, i, got):
    """Compare one result with the right one, in words.

    Of a number that a reader has to find, the right one is not told.
    """
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
    if got.abs().max() == 0:
        return "zero everywhere"
    if k := _factor(exercise, [(at, i, got)]):
        return "right but for " + (
            "its sign" if abs(k + 1) < 1e-3 else f"a factor of {k:.4g}")
    gap = (got - want).abs()
    mine, right = (t.flatten()[gap.argmax()] for t in (got, want))
    told = "" if exercise.value else f", not {_short(right, mine)}"
    return f"wrong:{_spot(gap)} {_short(mine, right)}{told}"


def _spot(gap):
    """Name the place of the largest entry of a tensor, not of a number."""
    return f" at {(gap == gap.max()).nonzero()[0].tolist()}" * bool(gap.dim())


def _short(number, other):
    """Write a number with four digits, a whole one with all of its own.

    Where the other one would look the same, it has more of them.
    """
    if number == number.round() and abs(number) < 1e9:
        return f"{number:.0f}"
    same = f"{number:.4g}" == f"{other:.4g}"
    return f"{number:.8g}" if same else f"{number:.4g}"


def arguments(exercise):
    """The names of the arguments, as the signature has them."""
    inside = exercise.signature.partition("(")[2].partition(")")[0]
    return [name.partition("=")[0].strip() for name in inside.split(",")]


def _where(exercise, at):
    """Name a probe by the shapes of its tensors, its lists and numbers."""
    told = []
    names = arguments(exercise) if "(" in exercise.signature else ()
    for name, value in zip(names, at.args, strict=False):
        if isinstance(value, str):
            told.append(f"`{value}`")
        elif isinstance(value, torch.Tensor) and value.dim():
            told.append(f"`{name}` of shape {tuple(value.shape)}")
        elif isinstance(value, torch.Tensor | float):
            told.append(f"`{name}` = {float(value):.3g}")
        elif isinstance(value, list) and len(str(value)) < 40:
            told.append(f"`{name}` = {value}")
    return f"With {', '.join(told)}:" if told else "Seen:"


def _form(exercise, at):
    """Describe what had to be returned."""
    shapes = [(name, tuple(want.shape)) for name, want in zip(
        exercise.results, at.want, strict=True) if want.numel()]
    return ", ".join(f"{name} of shape {shape}" if shape else (
        f"{name}, one number") for name, shape in shapes)
