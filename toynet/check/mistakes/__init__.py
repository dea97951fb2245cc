"""Reads the data files: what goes wrong in an exercise, and what to say.

Each file of this folder is a chapter's, `any.toml` holds for all. A table
`[exercise.mistake]` is one misconception:

    [forward.relu-upside-down]
    say = "The sign of z1 is turned before the relu. (eq-h)"
    swap = ["torch.relu(z1) => torch.relu(-z1)",
            "torch.relu(z1) => z1.clamp(max=0)"]

`say` may end with the label of an equation, whose words are in `[look]`.
The variants below it are wrong solutions: `swap` exchanges text in the
exercise's reference function, several at once with ` ;; ` between them;
`code` is a whole wrong function, or its arguments, a colon and what it
returns. `each` exchanges at one place at a time, and `result` changes what
the right function returns, called `r`; both are for `any.toml`. With
`right = true` an entry is no mistake but another convention, which passes,
and `say` is the note. What always raises gives no numbers to know it by:
`raises` is a pattern for the error's text. A key may hold several exercises
or a pattern: `["optimizer-adam*".count-lost]`. The table `[exercise]` itself
may name the equation to `look` at where nothing else is known, lists under
`passes` right answers that must pass, and has the `base` whose text is
exchanged where the package has no such function. `forms.toml` has what is
said where no mistake is known.
"""

import fnmatch
import functools
import inspect
import math
import re
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import torch

LABEL = re.compile(r" \(((?:eq|ex|fig|lst|tab|sec)-[\w-]+)\)$")
KINDS = "swap", "code", "each", "result"


class Mistake(NamedTuple):
    """One misconception: its code, what to say, where to look.

    `variants` are pairs (kind, text), each a wrong solution.
    """

    code: str
    say: str
    look: str
    variants: tuple
    right: bool = False
    general: bool = False
    raises: str = ""


@functools.cache
def _read():
    """Return (file, key, table), `any.toml` last; labels; what to say."""
    tables, labels, said = [], {}, {}
    paths = sorted(Path(__file__).parent.glob("*.toml"))
    for path in sorted(paths, key=lambda p: p.stem == "any"):
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        for label, text in read.pop("look", {}).items():
            page = "" if "lab page" in text else f", chapter {path.stem[-1]}"
            labels[label] = f"{text}{page} ({label})"
        said |= read.pop("form", {})
        tables += [(path.stem, key, table) for key, table in read.items()]
    return tables, labels, said


def forms():
    """What to say where no mistake is known, by the problem."""
    return _read()[2]


def look(label):
    """The words for a label, with the label behind them for the tests."""
    return _read()[1].get(label, "")


def said(exercise, what):
    """The first thing that the tables of an exercise say of `what`."""
    return next((table[what] for _, table in _tables(exercise)
                 if what in table), "")


@functools.cache
def _tables(exercise):
    """Return (file, table) of each table that speaks of an exercise."""
    return [(stem, table) for stem, key, table in _read()[0] if any(
        fnmatch.fnmatchcase(exercise, k) for k in key.split())]


@functools.cache
def of(exercise):
    """The mistakes of an exercise, its own before those of `any.toml`."""
    found = {}
    for stem, table in _tables(exercise):
        for code, entry in table.items():
            if isinstance(entry, dict) and code not in found:
                found[code] = _mistake(code, entry, stem == "any")
    return tuple(found.values())


def by_error(exercise, told):
    """The code of the mistake that the text of an error tells, or ""."""
    return next((m.code for m in of(exercise)
                 if m.raises and re.search(m.raises, told)), "")


def passes(exercise):
    """The right answers that must pass, as source."""
    return said(exercise, "passes")


def default_look(exercise):
    """Where to look if nothing is known of a wrong answer."""
    return look(said(exercise, "look"))


def made(exercise, text):
    """Make the function of a source, which may be written in short."""
    short = re.fullmatch(r"([\w, *]*): ([^\n]*)", text)
    return _function(exercise, (
        f"def f({short[1]}):\n    return {short[2]}" if short else text))


def _mistake(code, entry, general):
    said = " ".join(entry["say"].split())
    label = LABEL.search(said)
    given = {k: entry.get(k, ()) for k in KINDS}
    variants = [(kind, text) for kind, texts in given.items() for text in (
        [texts] if isinstance(texts, str) else texts)]
    return Mistake(code, LABEL.sub("", said), label[1] if label else "",
                   tuple(variants), entry.get("right", False), general,
                   entry.get("raises", ""))


# Making wrong solutions ---------------------------------------------------


def _once(make):
    """Keep what is made for an exercise, whatever its probes."""
    kept = functools.cache(make)
    return functools.wraps(make)(lambda exercise, *rest: kept(
        exercise._replace(probes=(), extra=(), use=None, names=None), *rest))


@_once
def solutions(exercise, mistake):
    """The wrong solutions of a mistake in an exercise, as functions.

    A variant whose text is not in the exercise's function makes none.
    """
    found = []
    for kind, text in mistake.variants:
        if kind == "code":
            found.append(made(exercise, text))
        elif kind == "result":
            found += _changed_results(exercise, text)
        else:
            found += [_swapped(exercise, source) for source in _sources(
                _source(exercise), kind, text)]
    return tuple(f for f in found if f)


def _sources(source, kind, text):
    """The sources that an exchange makes, one or one a place, if it can."""
    if kind == "each":
        old, new = _exchange(text)
        body = source.find('"""', source.find('"""') + 3)
        places = [m.start() for m in re.finditer(re.escape(old), source)]
        return [source[:at] + new + source[at + len(old):]
                for at in places if at > body]
    for one in re.split(r" ;;\s", text):
        old, new = _exchange(one)
        if old not in source:
            return []
        source = source.replace(old, new)
    return [source]


def _exchange(text):
    old, _, new = text.partition("=>")
    return old.strip(" "), new.strip(" ")


def _swapped(exercise, source):
    """The function of a changed source, giving what the exercise asks."""
    function = _function(exercise, source)
    if not function or not exercise.gives:
        return function
    return lambda *args: exercise.gives(function(*args))


def _changed_results(exercise, text):
    """Functions that change all results, or one of them."""
    change = eval(f"lambda r, n: {text}", {"torch": torch})
    count = len(exercise.results)

    def _wrong(places, *args):
        first, results = (*args, 0)[0], exercise.right(*args)
        if isinstance(first, torch.Tensor):
            first = torch.atleast_1d(first)
        n = len(first) if hasattr(first, "__len__") else 1  # rows
        results = (results,) if count == 1 else results
        made = [change(torch.as_tensor(r), n) if i in places else r
                for i, r in enumerate(results)]
        return made[0] if count == 1 else made

    places = [range(count), *([i] for i in range(count) if count > 1)]
    return [functools.partial(_wrong, p) for p in places]


def _no_check(*args, **named):
    """Stand in for what refuses arguments, as no reader's function does."""


def _function(exercise, source):
    """Run a source and return what it defines last, or None."""
    space = {"torch": torch, "math": math}
    for part in _parts(exercise.base)[-1:]:
        module = vars(sys.modules[part.__module__])
        space |= {k: v for k, v in module.items() if k[:2] != "__"}
    space["_check"] = _no_check
    before = dict(space)
    try:
        exec(compile(source, "a wrong solution", "exec"), space)
    except SyntaxError:  # two exchanges may not fit together
        return None
    made = [v for k, v in space.items() if v is not before.get(k)]
    return next((v for v in reversed(made) if callable(v)), None)


@_once
def _source(exercise):
    """The source in which text is exchanged, the data's if it has one."""
    return said(exercise.name, "base") or "\n\n".join(
        map(inspect.getsource, _parts(exercise.base)))


def _parts(base):
    return base if isinstance(base, tuple) else (base,) if base else ()
