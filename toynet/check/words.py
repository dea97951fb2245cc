"""Words the reports: what was seen, where, and where to look."""

import re

import torch

from toynet.check import mistakes
from toynet.check.answers import probe
from toynet.check.report import Report

NOT_ATTEMPTED = Report(
    False, "not-attempted",
    "Fill in the stub, run its cell, and run this one again.",
)

FORMS = {
    "raised": "It raised {got}",
    "returned-none": (
        "It gave {got}, where {wanted} was needed.\nIs there a `return` in "
        "front of the last line?"
    ),
    "wrong-count": "It gave {got}, where {wanted} was needed, in this order.",
    "not-a-tensor": (
        "It gave {got}, where {wanted} was needed, as a PyTorch tensor.\n"
        "Stay with tensors on the way, or turn the result into one with "
        "`torch.as_tensor`."
    ),
    "returned-all": (
        "It gave {got}, where {wanted} was needed.\nReturn that one alone."
    ),
    "wrong-dtype": (
        "It gave {got}, where {wanted} was needed, in floating numbers."
    ),
}


def wrong(code, *lines):
    """Make the report of a mistake from its lines, leaving out empty ones.

    The labels of equations are for the tests: no reader ever sees one.
    """
    told = [re.sub(r" \((?:eq|ex|fig|lst|tab|sec)-[^)]*\)", "", line)
            for line in lines if line]
    return Report(False, code, "\n".join(dict.fromkeys(told)))


def no_function(exercise, kind):
    """Report on what is no function."""
    return wrong(
        "not-a-function",
        f"A function {exercise.signature} is needed, got {kind}.",
        "Hand in the function itself, without calling it: its name, with no "
        "brackets behind.",
    )


def unreadable(kind, error):
    """Report on something that raises when it is looked at."""
    return wrong(
        "unreadable",
        f"This could not be examined: {kind}, which raised "
        f"{type(error).__name__} when it was looked at.",
        "Hand in a plain function, number, tensor or module.",
    )


def wrong_arguments(exercise, signature):
    """Report on a function that takes another number of arguments."""
    return wrong(
        "wrong-arguments",
        f"A function {exercise.signature} is needed; yours is f{signature}.",
        f"Give it {len(exercise.probes[0])} arguments, in that order; their "
        "names are yours to choose.",
    )


def order_of_arguments(exercise):
    """Report on a function that is right with its arguments reordered."""
    return wrong(
        "argument-order",
        "The numbers are right, but the arguments come in another order "
        f"than in {exercise.signature}.",
        "Put them in this order; whoever calls your function will.",
    )


def timed_out(exercise, args):
    """Report on a call that did not end."""
    return wrong(
        "time-limit",
        f"{_where(exercise, args)} your function had not ended when its time "
        "was up.",
        "Look for a loop whose condition stays true or that prints a lot. "
        "If the page is slow from now on, restart the kernel.",
    )


def keeps_state():
    """Report on a function whose second call gives another answer."""
    return wrong(
        "accumulates",
        "The second call with the same numbers gave another answer than the "
        "first.",
        "Something outlives the call: a total that starts outside of the "
        "function, or a `.grad` that is added to. Start from nothing each "
        "time, and leave random numbers out.",
    )


def changed_input(exercise, places):
    """Report on arguments that were changed in place."""
    names = _arguments(exercise)
    told = ", ".join(f"`{names[i]}`" for i in sorted(places))
    return wrong(
        "changed-input",
        f"Your function changes {told}, which it was given.",
        "Whoever passed it still needs it: no `+=` on an argument, no "
        "function with a trailing underscore; make a new tensor, or "
        "`.clone()` first.",
    )


def global_read(names, also):
    """Report on tensors that were read from the page."""
    told = ", ".join(f"`{name}`" for name in names)
    stale = set(names) & {"z1", "h", "z2", "y_hat"}
    return wrong(
        "stale-activations" if stale else "global-read",
        f"Your function reads {told} from the page, not from what it is "
        "given.",
        "That is what some earlier forward pass left there: compute it "
        "inside, from the arguments." if stale else
        "It works for the page's own batch and for no other; with a single "
        "row it may run and be wrong. Use the arguments alone.",
        *(f"Then there is {m.code}: {m.say}" for m in also),
    )


def look_at(exercise, mistake):
    """Say where to look for a mistake."""
    where = mistakes.look(mistake.look) or mistakes.default_look(
        exercise.name)
    return where and f"Look at: {where}."


def near(exercise, answer, at):
    """Report numbers that are right but for their last digits."""
    gap = [(a - b).abs() for a, b in zip(answer.tensors, at.want,
                                         strict=True)]
    i = max(range(len(gap)), key=lambda i: (gap[i] / at.room[i]).max())
    worst = gap[i].max().item()
    spot = _unravelled(int(gap[i].argmax()), gap[i].shape)
    named = f"`{exercise.results[i]}`" + (f" at {spot}" if spot else "")
    asked = f"{exercise.place} decimals are asked" if exercise.place else (
        f"{at.room[i]:.1g} would pass")
    return wrong(
        "near", f"Near: {named} is off by {worst:.2g}; {asked}.",
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
    """Report mistakes of the catalogue, with what was seen of them."""
    codes = " and ".join(m.code for m in chosen)
    both = f"Two mistakes at once explain it: {codes}."
    told = [(m.say, look_at(exercise, m)) for m in chosen]
    return wrong(
        chosen[0].code, evidence(exercise, answers, probes),
        both if len(chosen) > 1 else "", *(x for pair in told for x in pair),
    )


def unnamed(exercise, answers, probes):
    """Report an answer whose mistake is not in the catalogue."""
    for answer in answers[: len(exercise.probes)]:
        if answer.tensors is None:
            form = FORMS[answer.problem]
            wanted = _form(exercise, probes[0])
            return wrong(
                answer.problem, form.format(got=answer.told, wanted=wanted),
                _given(exercise, answer, answers))
    seen = evidence(exercise, answers, probes)
    code, told = "unknown", ""
    if "not a number" in seen:
        code = "not-a-number"
    elif "of shape" in seen.partition(":")[2]:
        code = "wrong-shape"
    elif factor := _told_factor(exercise, answers, probes):
        code = "wrong-sign" if abs(factor + 1) < 1e-3 else "wrong-factor"
        told = f"It is {factor:.4g} times what is right, whatever the input."
    where = mistakes.default_look(exercise.name)
    return wrong(code, seen, told, where and f"Look at: {where}.")


def _given(exercise, answer, answers):
    """Say on which arguments an answer raised, for it gives no numbers."""
    told = _where(exercise, exercise.probes[answers.index(answer)])
    known = answer.problem == "raised" and told.startswith("With")
    return f"It was called w{told[1:-1]}." if known else ""


def _told_factor(exercise, answers, probes):
    """The common factor, unless it gives away the one number asked for."""
    factor = common_factor(answers, probes)
    lone = exercise.value and sum(w.numel() for w in probes[0].want) == 1
    hidden = factor and lone and not _plain(torch.tensor(factor))
    return None if hidden else factor


def common_factor(answers, probes):
    """Return k if all results are k times what is right, else None."""
    pairs = [
        (at, i, got) for at, a in zip(probes, answers, strict=True)
        if a.tensors is not None for i, got in enumerate(a.tensors)
    ]
    if any(got.shape != at.want[i].shape for at, i, got in pairs):
        return None  # as when a size is typed that an extra probe has not
    along = sum((got * at.want[i]).sum() for at, i, got in pairs)
    size = sum((at.want[i] ** 2).sum() for at, i, _ in pairs)
    if not size > 0 or not (along != 0 and torch.isfinite(along)):
        return None
    k = (along / size).item()
    return k if all(at.fits(i, got / k) for at, i, got in pairs) else None


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
    for row in range(len(at.args[0]) if exercise.row else 0):
        alone = probe(exercise, exercise.row(at.args, row))
        if alone.fits(i, got):
            return f"right for row {row} of the batch alone"
    return _off_by(exercise, at, i, got)


def _off_by(exercise, at, i, got):
    """Name a common factor of all entries, or else the worst entry.

    Of a number that a reader has to find, the right one is not told.
    """
    want = at.want[i]
    if got.abs().max() == 0:
        return "zero everywhere"
    factor = (got * want).sum() / (want * want).sum()
    if want.abs().max() > 0 and at.fits(i, got / factor) and (
        want.dim() or _plain(factor)
    ) and abs(factor - 1) > 2e-3:
        if abs(factor + 1) < 1e-3:
            return "right but for its sign"
        return f"right but for a factor of {factor:.4g}"
    place = int((got - want).abs().argmax())
    spot = _unravelled(place, want.shape)
    where = f"at {spot} " if spot else ""
    numbers = [t.flatten()[place] for t in (got, want)]
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


def _plain(factor):
    """Say whether a factor of one number tells more than the number."""
    wholes = [(x, x.round()) for x in (factor, 1 / factor)]
    return any(abs(x - n) < 1e-3 and 1 <= abs(n) <= 100 and n != 1
               for x, n in wholes)


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
