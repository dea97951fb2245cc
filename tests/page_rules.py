"""What a page of this book must keep to; each rule returns its findings.

A measured number is glued, never typed. In running prose (captions, tables,
headings and exercises too) a numeral with a decimal point, a percent sign, an
exponent or a factor sign is a typed measurement and never allowed, and
neither is "ninety percent" or "ten times faster" in words. A whole number in
prose, and any number in inline code or mathematics, must stand as a number
in the code of the same page: its cells, the functions it shows, and the
toynet modules it imports (a page without cells has all of toynet). So a
number that is a choice is read from the code that makes the choice. Free of
this are 0, 1 and 2 in prose and inline code; in mathematics the whole
numbers up to 10, and whatever stands as exponent or index; numbers inside
names (W1, float32, IEEE 754); and "chapter 3", "section 2.1", "page 9".
"""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

from pages import CODE_BLOCKS, Cell, Directive, Fence, Math, included

MARK = "[\ue000-\uf8ff]"
NOWHERE = "is in no code of this page: glue it, or let the code say it"
CODE_KINDS = ("code", "math", "glue:text", "glue:math")

# Rule "numbers" -----------------------------------------------------------

COMPARED = (
    "(?:as|more|less|fewer|better|worse|(?:fast|slow|larg|small|bigg|great|"
    "long|short|high|low|wid|narrow|deep|steep|clos|heavi|cheap)er)"
)
SHARE = r"%|\u2030|\u00d7(?!\s?\d)|(?<=\d)x\b|percent\b|per\s+cent\b"
NUMERAL = re.compile(
    r"(?<![\w.])"
    r"(?P<value>\d{1,3}(?:[,_\u2009\u202f]\d{3})+(?![\d_])|\d+)"
    r"(?P<measured>(?:\.\d+)+|[eE][+-]?\d+"
    r"|[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b]+|\^"
    rf"|\s?(?:{SHARE})|-?fold\b|\s+times\s+{COMPARED}\b)?"
)
NAME = re.compile(
    r"(?<!\w)[^\W\d]\w*(?:-\w++(?!\.\d))*|\b\d+(?:st|nd|rd|th|D)\b"
)
PLACE = r"(?>\d+(?:\.\d+)*)(?!%)"
STRUCTURE = re.compile(
    rf"\b(?:(?:chapter|part|section|page)s?|IEEE|PEP|RFC|ISO)\s+{PLACE}"
    r"(?:(?:,\s*(?:and\s+)?|\s+(?:and|to|or)\s+|\s?[\u2013-]\s?)"
    rf"{PLACE})*",
    re.IGNORECASE,
)
TYPED_REFERENCE = re.compile(
    r"\b(?:figure|listing|equation|exercise|table)s?\s+\(?\d", re.IGNORECASE
)
WORD = (
    "(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    "(?:thir|four|fif|six|seven|eigh|nine)teen|"
    "(?:twen|thir|for|fif|six|seven|eigh|nine)ty|"
    "hundreds?|thousands?|millions?)"
)
SPELLED = re.compile(
    rf"\b{WORD}(?:[\s-]{WORD})*"
    rf"\s+(?:percent|per\s+cent|times\s+{COMPARED})\b",
    re.IGNORECASE,
)
SHARE_OF_MARK = re.compile(rf"({MARK})\s?(?:{SHARE})")
CODE_NUMERAL = re.compile(
    r"(?<![\w.])(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w)"
)
TEX_NOISE = [  # in this order
    (r"\\(?:label|tag|begin|end|[hv]space|color)\*?\{[^{}]*\}", " "),
    (r"\\\\\[[^\]]*\]", " "),
    (r"\\[dt]?frac\s*\d\s*\d", " "),
    (r"(?<=\d)(?:\{,\}|\\,)(?=\d{3})", ""),
]


def blank(pattern, text):
    """The text with the numbers that the pattern finds overwritten."""

    def overwrite(found):
        numbered = re.search(r"\d", found[0])
        return re.sub(r"\S", "_", found[0]) if numbered else found[0]

    return pattern.sub(overwrite, text)


def prose_numbers(prose, literals):
    for pattern, why in (
        (TYPED_REFERENCE, "typed reference, use {numref}, {ref} or {eq}"),
        (SPELLED, "measurement in words, glue it"),
    ):
        for found in pattern.finditer(prose.text):
            words = " ".join(found[0].split())
            yield prose.line_at(found.start()), f'"{words}": {why}'
    for found in SHARE_OF_MARK.finditer(prose.text):
        mark = prose.mark(found[1])
        if mark.kind in ("code", "math"):
            line = prose.line_at(found.start())
            yield line, f'"{mark.content}" is a share or a factor: glue it'
    text = blank(NAME, blank(STRUCTURE, prose.text))
    for found in NUMERAL.finditer(text):
        line, shown = prose.line_at(found.start()), found[0].strip()
        value = float(re.sub(r"\D", "", found["value"]))
        if found["measured"]:
            yield line, f'"{shown}" is typed: glue it'
        elif value > 2 and value not in literals:
            yield line, f'"{shown}" {NOWHERE}'


def code_numbers(text, literals):
    """The numbers of a piece of code that the page's code doesn't have."""
    for found in CODE_NUMERAL.finditer(text):
        value = float(found[0].replace("_", ""))
        if value not in (0, 1, 2) and value not in literals:
            yield f"{found[0]} {NOWHERE}"


def without_scripts(tex):
    """TeX without its exponents and indices, each with its one argument."""
    out, at = [], 0
    while at < len(tex):
        if tex[at] == "\\":
            out.append(tex[at : at + 2])
            at += 2
        elif tex[at] in "^_":
            at = after_argument(tex, at + 1)
            out.append(" ")
        else:
            out.append(tex[at])
            at += 1
    return "".join(out)


def after_argument(tex, at):
    at += len(tex[at:]) - len(tex[at:].lstrip())
    if tex[at : at + 1] == "\\":
        at = re.compile(r"\\(?:[A-Za-z]+|.)").match(tex, at).end()
        if tex[at : at + 1] != "{":
            return at
    depth = 0
    while at < len(tex):
        depth += {"{": 1, "}": -1}.get(tex[at], 0)
        at += 1
        if depth <= 0:
            break
    return at


def math_numbers(tex, literals):
    tex = without_scripts(tex)
    for pattern, instead in TEX_NOISE:
        tex = re.sub(pattern, instead, tex)
    for found in re.finditer(r"\d+(?:\s*\\%|\s*\\times\s*$)", tex):
        yield f"{found[0].strip()} is a share or a factor: glue it"
    tex = re.sub(r"\\(?:[A-Za-z]+|.)", " ", tex)
    for found in re.finditer(r"(?<!\w)\d+(?:\.\d+)?", tex):
        value = float(found[0])
        constant = value.is_integer() and value <= 10
        if not constant and value not in literals:
            yield f"{found[0]} {NOWHERE}"


def numbers(page, book):
    """A number in prose is glued, or read from the code of the page."""
    literals = page.literals
    checks = {"code": code_numbers, "math": math_numbers}
    for prose in page.prose:
        yield from prose_numbers(prose, literals)
        for mark in prose.marks:
            if mark.kind in checks:
                for why in checks[mark.kind](mark.content, literals):
                    yield mark.line, f"`{mark.content}`: {why}"
    for part in page.every(Math):
        for why in math_numbers(part.tex, literals):
            yield part.line, why
    for part in page.every(Fence):
        if part.language == "text":
            for why in code_numbers(part.text, literals):
                yield part.line, why


# Rule "asserts" -----------------------------------------------------------


def same(one, other):
    return ast.dump(one) == ast.dump(other)


def vacuous(test):
    """Whether an assert of this expression can't fail, or says nothing."""
    if isinstance(test, ast.BoolOp):
        every = any if isinstance(test.op, ast.Or) else all
        return every(vacuous(value) for value in test.values)
    if isinstance(test, ast.UnaryOp):
        return vacuous(test.operand)
    if isinstance(test, ast.Compare):
        right = test.comparators[-1]
        nothing = isinstance(right, ast.Constant) and right.value is None
        return same(test.left, right) or (
            nothing and isinstance(test.ops[0], ast.IsNot)
        )
    if isinstance(test, ast.Call) and len(test.args) > 1:
        return same(*test.args[:2])
    return isinstance(test, ast.Constant | ast.Tuple | ast.JoinedStr)


def called(node):
    """The last name of what a call calls: allclose of torch.allclose."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def can_fail(cell):
    own = [n for n in cell.nodes(ast.Assert) if not vacuous(n.test)]
    calls = [
        node
        for node in cell.nodes(ast.Call)
        if called(node).startswith("assert_") and not vacuous(node)
    ]
    return own + calls


def asserts(page, book):
    """What is glued is asserted in the same cell; no assert is empty."""
    figures = {use.key for use in all_uses(book) if use.figure}
    for cell in page.cells:
        for node in cell.nodes(ast.Assert):
            if vacuous(node.test):
                yield cell.at(node), "an assert that can't fail"
        values = [g for g in glued(cell) if not g.is_figure(figures)]
        if values and not can_fail(cell):
            yield values[0].line, f"{values[0].key} is glued, not asserted"
    asserting = sum(bool(can_fail(cell)) for cell in page.cells)
    if page.chapter and asserting < 8:
        yield 1, f"{asserting} cells assert something, 8 are needed"


# Rule "glue" --------------------------------------------------------------


class Glued:
    """A call of glue: its key, as a pattern, and what it glues."""

    def __init__(self, line, call):
        self.line = line
        self.key = ast.unparse(call.args[0]) if call.args else "nothing"
        self.value = ast.unparse(call.args[1]) if call.args[1:] else ""
        self.pattern = self.read_key(call.args[0]) if call.args else None

    @staticmethod
    def read_key(node):
        parts = getattr(node, "values", [node])
        known = [isinstance(p, ast.Constant) for p in parts]
        if not any(known):
            return None
        pieces = zip(parts, known, strict=True)
        return "".join(re.escape(p.value) if k else ".+" for p, k in pieces)

    def matches(self, key):
        return bool(self.pattern) and bool(re.fullmatch(self.pattern, key))

    def is_figure(self, figures):
        return self.value.startswith("fig") or any(map(self.matches, figures))


class Use:
    """A glue role or directive: the page and the key that it names."""

    def __init__(self, page, line, kind, content, options=()):
        parts = re.match(r"(?:([^:]+\.md)::)?([^:]*)(?::([^\n]*))?", content)
        doc, key, self.format = parts.groups()
        doc = doc or dict(options).get("doc")
        self.page = Path(doc).name if doc else page.name
        self.key, self.line, self.kind = key.strip(), line, kind
        self.figure = kind in ("glue:figure", "glue:any")


@cache
def glued(cell):
    calls = [n for n in cell.nodes(ast.Call) if called(n) == "glue"]
    return [Glued(cell.at(node), node) for node in calls]


@cache
def uses(page):
    roles = [(m.line, m.kind, m.content) for m in page.marks("glue:")]
    blocks = [
        (d.line, d.name, d.argument, d.options)
        for d in page.directives
        if d.name.startswith("glue:")
    ]
    return [Use(page, *found) for found in [*roles, *blocks]]


def all_uses(book):
    return [use for page in book.values() for use in uses(page)]


def all_glued(page):
    return [found for cell in page.cells for found in glued(cell)]


def glue(page, book):
    """What is glued is used, and what is used is glued where it says."""
    here = [use for use in all_uses(book) if use.page == page.name]
    twice = Counter(found.pattern for found in all_glued(page))
    for found in all_glued(page):
        if not found.pattern:
            yield found.line, f"glue({found.key}, …): the key is no string"
        elif not any(found.matches(use.key) for use in here):
            yield found.line, f"{found.key} is glued and never used"
        elif twice[found.pattern] > 1:
            yield found.line, f"{found.key} is glued twice"
    for use in uses(page):
        named = book.get(use.page)
        if not named:
            yield use.line, f"{use.key} comes from {use.page}: no such page"
        elif not any(found.matches(use.key) for found in all_glued(named)):
            yield use.line, f"{use.key} is not glued on {use.page}"
        elif named is not page and not use.format and not use.figure:
            yield use.line, f"{use.key} comes without a format"


# Rule "listings" ----------------------------------------------------------

OTHER_LANGUAGES = (
    *("bash", "console", "sh", "text", "yaml", "toml", "json", "ini", "make"),
    *("bibtex", "html", "css", "js", "diff", "latex", "markdown", "md"),
)
RST_CODE = re.compile(r"::\s*$|\.\. (?:code|literalinclude|parsed)", re.M)
PARTIAL = ("lines", "start-after", "start-at", "end-before", "end-at")


def listing(directive):
    options, path = directive.options, directive.argument.strip()
    missing = [name for name in ("caption", "name") if not options.get(name)]
    if path.endswith(".py"):
        if not path.startswith(("../toynet/", "../bench/")):
            yield f"{path} is not of ../toynet"
        elif not options.get("pyobject"):
            missing.append("pyobject")
        elif not included(directive):
            yield f"{path} has no {options['pyobject']}"
        for name in set(PARTIAL) & set(options):
            yield f"shows a part, :{name}: of {path}"
    for name in missing:
        yield f"the listing has no :{name}:"


def listings(page, book):
    """Python on a page is a cell that ran, or the package's own source."""
    for part in page.parts:
        if isinstance(part, Cell) and part.parents:
            yield part.line, f"a cell inside {part.parents[-1]} never runs"
        elif isinstance(part, Fence):
            prompt = part.language == "text" and ">>> " in part.text
            if part.language not in OTHER_LANGUAGES or prompt:
                shown = part.language or "without a language"
                yield part.line, f"a pasted listing ({shown})"
        elif isinstance(part, Directive):
            language = part.argument.strip()
            if part.name in CODE_BLOCKS and language not in OTHER_LANGUAGES:
                yield part.line, f"a pasted listing ({part.name})"
            elif part.name == "eval-rst" and RST_CODE.search(part.body):
                yield part.line, "a pasted listing (eval-rst)"
            elif part.name == "literalinclude":
                for found in listing(part):
                    yield part.line, found


# Rule "labels" ------------------------------------------------------------


def named(page):
    """(line, kind, name) of each thing on the page that has a label."""
    for part in page.every(Math):
        if part.label:
            yield part.line, "equation", part.label
    for part in page.directives:
        for option in ("name", "label"):
            if part.options.get(option) and part.name != "math":
                yield part.line, part.name, part.options[option]


@cache
def referred(page):
    marks = page.marks()
    roles = {
        m.target for m in marks if m.kind in ("ref", "numref", "eq", "any")
    }
    links = {link for prose in page.prose for link in prose.links}
    return roles | {link.removeprefix("#") for link in links}


def witnessed():
    try:
        from test_witnesses import WITNESSED
    except ImportError:
        return ()
    return WITNESSED


def labels(page, book, variables=None):
    """Labels are told apart, referred to, and gradients have witnesses."""
    variables = witnessed() if variables is None else variables
    counts = Counter(n for p in book.values() for _, _, n in named(p))
    used = set().union(*map(referred, book.values()))
    shown = ("equation", "literalinclude", "figure", "glue:figure")
    shown += ("table", "list-table")
    for line, kind, name in named(page):
        gradient = re.fullmatch(r"eq-(d[A-Za-z]\d?(?:_hat)?)", name)
        if counts[name] > 1:
            yield line, f"{name} names {counts[name]} things"
        if kind in shown and name not in used:
            yield line, f"{name} ({kind}) is never referred to"
        if kind == "equation" and gradient and gradient[1] not in variables:
            yield line, f"{gradient[1]} is not in the table of witnesses"
    if page.chapter == "03":
        if not variables:
            yield 1, "tests/test_witnesses.py has no table WITNESSED"
        labelled = {name for _, _, name in named(page)}
        for variable in variables:
            if f"eq-{variable}" not in labelled:
                yield 1, f"no equation is labelled eq-{variable}"


# Rule "figures" -----------------------------------------------------------

COLOURS = {"color", "c", "facecolor", "edgecolor", "ecolor", "colors", "fc"}
NO_COLOUR = {"none", "currentColor", "inherit", "face"}


def plain(text):
    return " ".join(re.findall(r"\w+", text.lower()))


def figure(directive):
    alt, caption = directive.options.get("alt", ""), directive.body.strip()
    if not directive.options.get("name"):
        yield "the figure has no :name:"
    if len(alt.split()) < 8:
        yield f"the alt text has {len(alt.split())} words, 8 are needed"
    if not caption:
        yield "the figure has no caption"
    if alt and plain(alt) == plain(caption):
        yield "the alt text is the caption again: say what is seen"


def figures(page, book):
    """A figure has name, alt text and caption, and the book's colours."""
    for part in page.directives:
        if part.name == "image":
            yield part.line, "an image has no caption: use figure"
        elif part.name in ("figure", "glue:figure"):
            for found in figure(part):
                yield part.line, found
    for mark in page.marks("image"):
        yield mark.line, "an image has no name and caption: use figure"
    for cell in page.cells:
        for node in cell.nodes(ast.keyword):
            value = getattr(node.value, "value", None)
            typed = isinstance(value, str) and value not in NO_COLOUR
            if node.arg in COLOURS and typed:
                why = f"{node.arg}={value!r}: take it from toynet.plots"
                yield cell.at(node.value), why


# Rule "head" --------------------------------------------------------------

HEAD = [
    ("jupytext", "text_representation", "extension"),
    ("jupytext", "text_representation", "format_name"),
    ("kernelspec", "name"),
    ("kernelspec", "display_name"),
]


def sets_one_thread(cell):
    return any(
        called(node) == "set_num_threads"
        and [getattr(arg, "value", None) for arg in node.args] == [1]
        for node in cell.nodes(ast.Call)
    )


def head(page, book):
    """A page with cells opens as a notebook, and runs on one thread."""
    for path in HEAD if page.cells else ():
        value = page.front
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if not value:
            yield 1, f"the front matter has no {'.'.join(path)}"
    if page.chapter and not (page.cells and sets_one_thread(page.cells[0])):
        line = page.cells[0].line if page.cells else 1
        yield line, "the first cell doesn't call torch.set_num_threads(1)"


# Rule "exercises" ---------------------------------------------------------


class Block:
    """An exercise or a solution, with what stands in it."""

    def __init__(self, directive):
        self.line, self.options = directive.line, directive.options
        self.gated = directive.name.endswith("-start")
        self.exercise = directive.name.startswith("exercise")
        solved = directive.argument.strip()
        self.label = self.options.get("label") if self.exercise else solved
        self.cells = 0
        self.shown = "{literalinclude} ../toynet" in directive.body


def blocks(page):
    """The exercises and solutions, and what gates are left open."""
    found, gate = [], None
    for part in page.parts:
        if isinstance(part, Directive):
            if re.fullmatch(r"(exercise|solution)(-start)?", part.name):
                found.append(Block(part))
                gate = found[-1] if found[-1].gated else gate
            elif part.name in ("exercise-end", "solution-end"):
                gate = None
            elif gate and part.name == "literalinclude":
                gate.shown |= part.argument.startswith("../toynet")
        elif isinstance(part, Cell) and gate and not part.parents:
            gate.cells += 1
    return found


def exercise(block, solutions, chapter):
    label = block.label
    if not label:
        yield block.line, "the exercise has no :label:"
        return
    if not re.fullmatch(rf"ex-{chapter}-\d+", label):
        yield block.line, f"{label}: should be ex-{chapter}-k"
    if block.gated and not block.cells:
        yield block.line, f"{label} has gates and no stub cell"
    if len(solutions) != 1:
        yield block.line, f"{label} has {len(solutions)} solutions"
    for solution in solutions:
        if "dropdown" not in solution.options.get("class", ""):
            yield solution.line, f"the solution of {label} isn't folded"
        if block.gated and not (solution.cells or solution.shown):
            yield solution.line, f"the solution of {label} has no code"


def exercises(page, book):
    """Four exercises or more, each with one folded solution."""
    if not page.chapter:
        return
    found = blocks(page)
    asked = [block for block in found if block.exercise]
    labels = {block.label for block in asked}
    for block in asked:
        solutions = [
            b for b in found if not b.exercise and b.label == block.label
        ]
        yield from exercise(block, solutions, page.chapter)
    for block in found:
        if not block.exercise and block.label not in labels:
            yield block.line, f"{block.label} is solved and never asked"
    if len(asked) < 4:
        yield 1, f"{len(asked)} exercises, 4 are needed"
    headings = [p.text for p in page.prose if p.where == "heading"]
    for words in ("check yourself", "exercises", "earned"):
        if not any(words in heading.lower() for heading in headings):
            yield 1, f'no heading contains "{words}"'


# Rule "voice" -------------------------------------------------------------

BANNED = [  # as words, in any case
    r"let(?:'|\u2019)s\s+dive",
    "div(?:e|es|ing)",
    "simply",
    "obviously",
    r"as\s+we\s+all\s+know",
    r"it\s+is\s+important\s+to\s+note",
    r"worth\s+noting",
    r"don(?:'|\u2019)t\s+worry",
    "congratulations",
    r"magic\s+happens",
    "delv(?:e|es|ing)",
    "journeys?",
    "powerful(?:ly)?",
    "crucial(?:ly)?",
    "seamless(?:ly)?",
    r"under\s+the\s+hood",
    "unlock(?:s|ed|ing)?",
    r"in\s+this\s+(?:section|chapter),?\s+we(?:\s+will|(?:'|\u2019)ll)",
    r"not\s+just\b[^.;:?]*\bbut",
]
VOICE = re.compile(rf"\b(?:{'|'.join(BANNED)})\b", re.IGNORECASE)
SECONDS = re.compile(
    rf"(?:\d|{MARK})\s*(?:(?:milli|micro|nano)?seconds?|secs?|"
    r"[m\u00b5\u03bcn]s)\b"
)


def clock_time(prose):
    for found in SECONDS.finditer(prose.text):
        first = found[0][0]
        if first.isdigit() or prose.mark(first).kind in CODE_KINDS:
            yield prose.line_at(found.start()), "a time on a clock"


def voice(page, book):
    """What this book doesn't say, and how it doesn't say it."""
    bold, dashes = [], []
    for prose in page.prose:
        for found in VOICE.finditer(prose.text):
            words = " ".join(found[0].split())
            yield prose.line_at(found.start()), f'"{words}"'
        for found in re.finditer("!(?!=)", prose.text):
            yield prose.line_at(found.start()), "an exclamation mark"
        yield from clock_time(prose)
        bold += prose.bold if prose.where == "paragraph" else []
        if prose.where != "cell":
            found = re.finditer("\u2014", prose.text)
            dashes += [prose.line_at(dash.start()) for dash in found]
    for line in bold[2:]:
        yield line, "bold in running text, more than 2 on this page"
    for line in dashes[3:]:
        yield line, "an em dash, more than 3 on this page"


# Rule "glossary" ----------------------------------------------------------


def glossary(page, book):
    """A term's first use in a chapter is a link to the glossary."""
    terms = {t.lower(): t for p in book.values() for t in p.glossary}
    if not (page.chapter and terms):
        return
    ordered = sorted(terms, key=len, reverse=True)
    words = "|".join(re.escape(t).replace(r"\ ", r"\s+") for t in ordered)
    pattern = re.compile(
        rf"{MARK}|(?<![\w-])({words})(?:e?s)?(?![\w-])", re.IGNORECASE
    )
    seen = set()
    for prose in page.prose:
        if prose.where != "paragraph":
            continue
        for found in pattern.finditer(prose.text):
            linked = not found[1] and prose.mark(found[0]).kind == "term"
            shown = found[1] or linked and prose.mark(found[0]).target
            term = " ".join((shown or "").lower().split())
            if found[1] and term not in seen:
                line = prose.line_at(found.start())
                yield line, f'first use of "{term}" is no {{term}}'
            seen.add(term)


# Rule "clocks" ------------------------------------------------------------

CLOCKS = {"time.time", "datetime.now", "datetime.datetime.now"}
STOPWATCHES = ("perf_counter", "perf_counter_ns", ".timeit")


def clocks(page, book):
    """No cell looks at a clock, unless to divide by what it says."""
    for cell in page.cells:
        ratio = any(isinstance(n.op, ast.Div) for n in cell.nodes(ast.BinOp))
        for node in cell.nodes(ast.Attribute, ast.Name):
            name = ast.unparse(node)
            if name in CLOCKS:
                yield cell.at(node), name
            elif name.endswith(STOPWATCHES) and not ratio:
                yield cell.at(node), f"{name} in a cell without a ratio"
        for offset, line in enumerate(cell.source.splitlines()):
            if re.match(r"\s*%%?time", line):
                yield cell.line + offset, line.strip()


# Rule "lines" -------------------------------------------------------------

GRADIENT_NAME = re.compile(r"\b(?:[WbzhL]\d?|y_hat)_grad\b")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b|stub page")


def lines(page, book):
    """Code is narrow, and nothing is left unfinished."""
    for number, line in enumerate(page.text.splitlines(), 1):
        found = UNFINISHED.search(line)
        if found:
            yield number, found[0]
    for cell in page.cells:
        if not cell.tree and "raises-exception" not in cell.tags:
            yield cell.line, "the cell is not Python"
        for number, line in enumerate(cell.source.splitlines(), cell.line):
            if len(line) > 79:
                yield number, f"{len(line)} columns of code, 79 at most"
            found = GRADIENT_NAME.search(line)
            if found:
                yield number, f"{found[0]}: a gradient is named d…"


# --------------------------------------------------------------------------

RULES = {
    rule.__name__: rule
    for rule in (
        numbers,
        asserts,
        glue,
        listings,
        labels,
        figures,
        head,
        exercises,
        voice,
        glossary,
        clocks,
        lines,
    )
}


def report(rule, page, book):
    """The findings of one rule, in the order of the page."""
    found = sorted(set(rule(page, book)))
    return [f"line {line}: {why}" for line, why in found]


def findings(page, book):
    """(rule, finding) for everything that is wrong with a page."""
    for name, rule in RULES.items():
        for found in report(rule, page, book):
            yield name, found
