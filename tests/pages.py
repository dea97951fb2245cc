"""Reads the chapters into parts, and holds each page to a few rules.

A rule is a function from a page to (line, finding) pairs; `RULES` has all.
The first is that of numbers. A number in a sentence, a table or a caption
is glued, be it a result or a setting of the code. Typed are DEFINITIONS,
whole numbers up to ten in a sentence, any whole number in an exercise,
which sets its own, code that stands as written in a cell of the page, and
mathematics without decimals; never a number that stands alone in code or
mathematics, a share or a factor, and in a caption nothing but DEFINITIONS.
"""

import ast
import builtins
import math
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import torch
import yaml
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

BOOK = Path(__file__).resolve().parent.parent / "book"
TOC = yaml.safe_load(BOOK.with_name("_toc.yml").read_text("utf-8"))
# Lessons and lab pages: {"1": "01_tensors", ..., "A": "lab/rounding", ...}
BY_NUMBER = {
    chr(ord("A" if "style" in part else "1") + i):
        page["file"].removeprefix("book/")
    for part in TOC["parts"] if "numbered" in part
    for i, page in enumerate(part["chapters"])}
NUMBERED = {Path(page).name: page for page in BY_NUMBER.values()}
EXTENSIONS = {"dollarmath", "amsmath", "colon_fence", "deflist"}
DEFINITIONS = {
    *(0, 1, 2, 3, 4, 26),  # the network: inputs, units, outputs, numbers
    *(20, 40),  # the points of the reference run, and their labels
    *(24, 53),  # the binary digits of float32 and of float64
    1.33,  # the radius that the task draws its border at
}
PASTED = "code", "code-block", "sourcecode", "doctest", "fence"
# Directives whose body is no prose, and those whose argument is none.
RAW_BODY = (*PASTED, "literalinclude", "include", "raw", "toctree", "image",
            "bibliography", "eval-rst", "toy-network")
RAW_ARGUMENT = (*RAW_BODY, "figure", "glue:figure", "glue:math", "glossary",
                "solution-start", "grid")
CAPTIONED = ("figure", "glue:figure", "list-table", "table", "literalinclude")


# What the build needs, and a reader does not; it stands in a hidden cell.
OWN = re.compile(r"\s*(glue\(|assert\b|from myst_nb\b)")
HIDDEN, REMOVED = r"\b(hide|remove)-(input|cell)\b", r"\bremove-(input|cell)"
# Names of PyTorch's that Python or mathematics has, too.
SHARED = {*dir(builtins), *dir(math), *dir(list), *dir(str), "T", "data"}
MEASURES = {"words": 3000, "lines": 250, "cell": 20}


@dataclass
class Prose:
    """Running text; what is none of it is a private character in `text`."""

    line: int
    where: str  # sentence, heading, caption or term
    exercise: bool = False
    text: str = ""
    marks: list = field(default_factory=list)  # (kind, content)

    def line_at(self, offset):
        return self.line + self.text.count("\n", 0, offset)

    def add(self, kind, content):
        self.text += chr(0xE000 + len(self.marks))
        self.marks.append((kind, content))

    def places(self):
        """Each mark with its line."""
        for i, (kind, content) in enumerate(self.marks):
            yield self.line_at(self.text.index(chr(0xE000 + i))), kind, content


@dataclass
class Block:
    """A directive, an equation ("math"), a cell ("code-cell") or a fence."""

    line: int
    name: str
    argument: str = ""
    options: dict = field(default_factory=dict)
    body: str = ""
    parents: tuple = ()
    exercise: bool = False

    @property
    def removed(self):
        """Whether a cell is not on the page at all."""
        return re.search(REMOVED, self.options.get("tags", ""))

    @property
    def lines(self):
        """The lines in view, with their numbers."""
        hidden = re.search(HIDDEN, self.options.get("tags", ""))
        rows = [] if hidden else enumerate(self.body.splitlines(), self.line)
        return [(line, row) for line, row in rows if row.strip()]

    @cached_property
    def tree(self):
        """A cell's code, with what only IPython reads left out."""
        code = re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", self.body)
        return ast.parse("" if self.body.startswith("%%") else code)

    def nodes(self, kind):
        """(line, node) for each node of a kind."""
        return [(self.line + n.lineno - 1, n) for n in ast.walk(self.tree)
                if isinstance(n, kind)]


@cache
def markdown():
    settings = MdParserConfig(enable_extensions=EXTENSIONS)
    return create_md_parser(settings, RendererHTML)


class Page:
    """One page of the book: its prose and its blocks, in order."""

    def __init__(self, name, text):
        self.name, self.prose, self.blocks = name, [], []
        self.exercise = False
        self.read(text, 1)
        self.cells = [b for b in self.blocks if b.name == "code-cell"]
        self.chapter = bool(re.match(r"0[1-7]_|lab/", name))

    def read(self, text, line, parents=(), where="sentence"):
        tokens = markdown().parse(text)
        for before, token in zip([None, *tokens], tokens, strict=False):
            here = line + token.map[0] if token.map else line
            if token.type == "inline":
                term = before.type == "dt_open" and "term"
                head = before.type == "heading_open" and "heading"
                self.inline(token, here, term or head or where)
            elif token.type.startswith(("math_block", "amsmath")):
                label = {"label": token.info}
                self.blocks.append(
                    Block(here, "math", "", label, token.content))
            elif token.type in ("fence", "colon_fence", "code_block"):
                self.fence(token, here, parents)

    def inline(self, token, line, where):
        prose = Prose(line, where, self.exercise)
        for part in token.children or ():
            if part.type == "myst_role":
                prose.add(part.meta["name"], part.content)
            elif part.type in ("code_inline", "math_inline", "image"):
                prose.add(part.type.removesuffix("_inline"), part.content)
            elif part.type in ("softbreak", "hardbreak"):
                prose.text += "\n"
            elif part.type == "text":
                prose.text += part.content
        self.prose.append(prose)

    def fence(self, token, line, parents):
        found = re.match(r"\{([^}]+)\}\s*(.*)", token.info)
        if not found:
            language = token.info.strip() or "without a language"
            fence = Block(line, "fence", language, {}, token.content, parents)
            self.blocks.append(fence)
            return
        (name, argument), rows = found.groups(), token.content.splitlines()
        given = [re.match(r"\s*:([\w-]+): *(.*)", row) for row in rows]
        skipped = (given + [None]).index(None)
        options = dict(option.groups() for option in given[:skipped])
        if re.fullmatch("(exercise|solution)-(start|end)", name):
            self.exercise = name.endswith("start")
        first = line + 1 + skipped
        at, body = (first if name == "code-cell" else line), rows[skipped:]
        self.blocks.append(
            Block(at, name, argument, options, "\n".join(body), parents,
                  self.exercise))
        if name not in ("code-cell", "math"):
            self.inside(self.blocks[-1], first)

    def inside(self, block, first):
        parents = (*block.parents, block.name)
        caption = "caption" if block.name in CAPTIONED else "sentence"
        if block.name not in RAW_ARGUMENT:
            title = caption.replace("sentence", "heading")
            self.read(block.argument, block.line, parents, title)
        if "caption" in block.options:
            self.read(block.options["caption"], block.line, parents, "caption")
        if block.name == "glossary":
            flat = "\n".join(row.strip() for row in block.body.splitlines())
            self.read(flat, first, parents)
        elif block.name not in RAW_BODY:
            table = block.name.endswith("table")
            where = "sentence" if table else caption
            self.read(block.body, first, parents, where)

    @cached_property
    def code(self):
        """What stands in the cells and listings, without spaces."""
        shown = [ast.unparse(node) for node in map(included, self.blocks)
                 if node]
        cells = [cell.body for cell in self.cells]
        return re.sub(r"\s", "", "\n".join(cells + shown))

    @cached_property
    def terms(self):
        """The terms that this page defines."""
        rows = [row for b in self.blocks if b.name == "glossary"
                for row in b.body.splitlines()]
        return {row.split(" : ")[0].strip().lower() for row in rows
                if row[:1].strip() and not row.startswith("%")}


@cache
def read_book():
    """All pages, by where they are below book/."""
    names = sorted(p.relative_to(BOOK).as_posix() for p in BOOK.rglob("*.md"))
    return {x: Page(x, (BOOK / x).read_text("utf-8")) for x in names}


# Numbers ------------------------------------------------------------------

COMPARED = (
    "(?:as|more|less|fewer|better|worse|(?:fast|slow|larg|small|bigg|great|"
    "long|short|high|low|wid|narrow|deep|steep|clos|heavi|cheap)er)"
)
SHARE = rf"%|\u2030|\u00d7(?!\s?\d)|x\b|per\s?cent\b|times\s+{COMPARED}\b"
WORD = (
    "(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    "[a-z]{3,5}teen|[a-z]{3,5}ty|hundreds?|thousands?|millions?)"
)
TYPED = {
    rf"\b{WORD}(?:[\s-]{WORD})*\s+(?:per\s?cent|times\s+{COMPARED})\b":
        "a measurement in words",
    r"\b(?:figure|listing|equation|exercise|table)s?\s+\(?\d+":
        "a typed reference, use {numref}, {ref} or {eq}",
}
PLACE = (  # where a number only says where something stands
    r"\b(?:(?:chapter|part|section|page|hint)s?|IEEE|PEP|RFC|ISO)\s+"
    r"(?>\d+(?:\.\d+)*)(?!%)"
    r"(?:(?:,\s*(?:and\s+)?|\s+(?:and|to|or)\s+|\s?[\u2013-]\s?)\d+)*"
)
NAME = r"(?<!\w)[^\W\d]\w*(?:-\w++(?!\.\d))*|\b\d+(?:st|nd|rd|th|D)\b"
NUMERAL = re.compile(
    r"(?<![\w.])(?P<value>\d{1,3}(?:[,_\u2009\u202f]\d{3})+(?!\d)|\d+)"
    r"(?P<measured>(?:\.\d+)+|[eE][+-]?\d+|\^|-?fold\b"
    rf"|[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b]+|\s?(?:{SHARE}))?"
)
DECIMAL = re.compile(r"(?<![\w.])(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.I)
ALONE = re.compile(r"[+-]?\d[\d_,.]*(e[+-]?\d+)?")
TEX_NOISE = (
    r"\\(?:label|tag|begin|end|[hv]space)\*?\{[^{}]*\}|\\\\\[[^\]]*\]|\\[,;!]"
)


def sentence_numbers(prose):
    """(offset, what is typed) in the words of a sentence or caption."""
    text = re.sub(rf"(?i){PLACE}", lambda m: "_" * len(m[0]), prose.text)
    text = re.sub(NAME, lambda m: "_" * len(m[0])
                  if re.search(r"\d", m[0]) else m[0], text)
    bound = float("inf") if prose.exercise else 10
    for found in NUMERAL.finditer(text):
        value = int(re.sub(r"\D", "", found["value"]))
        free = value in DEFINITIONS or (
            prose.where != "caption" and value <= bound)
        if not free or found["measured"]:
            decimal = re.fullmatch(r"[\d.]+", found[0])
            if not (decimal and float(found[0]) in DEFINITIONS):
                yield found.start(), " ".join(found[0].split())


def odd(text, whole):
    """Whether a number is no definition, nor whole and at most this."""
    values = [float(found.replace("_", "")) for found in DECIMAL.findall(text)]
    return any(v not in DEFINITIONS and not (v.is_integer() and v <= whole)
               for v in values)


def mark_numbers(page, prose, kind, content):
    """What is wrong with the numbers of code or TeX in a sentence, if any."""
    if prose.where == "caption":
        return odd(re.sub(TEX_NOISE, "", content), whole=0)
    if prose.exercise:
        return False
    if kind == "math" or ALONE.fullmatch(content):
        return odd(re.sub(TEX_NOISE, "", content),
                   whole=10 if ALONE.fullmatch(content) else 1e9)
    return odd(content, whole=0) and (
        re.sub(r"\s", "", content) not in page.code)


def numbers(page, book):
    """A number is glued, or a definition."""
    for prose in page.prose:
        for pattern, why in TYPED.items():
            for found in re.finditer(f"(?i){pattern}", prose.text):
                words = " ".join(found[0].split())
                yield prose.line_at(found.start()), f'"{words}": {why}'
        for at, shown in sentence_numbers(prose):
            yield prose.line_at(at), f'"{shown}" is typed: glue it'
        for found in re.finditer("[\ue000-\uf8ff]\\s?[%\u2030\u00d7x]\\B",
                                 prose.text):
            kind, content = prose.marks[ord(found[0][0]) - 0xE000]
            if kind in ("code", "math") and ALONE.fullmatch(content):
                line = prose.line_at(found.start())
                yield line, f"`{content}` is a share or a factor: glue it"
        for line, kind, content in prose.places():
            if kind in ("code", "math") and mark_numbers(
                    page, prose, kind, content):
                yield line, f"`{content}` is typed: glue its number"
    for block in page.blocks:
        tex = re.sub(TEX_NOISE, "", block.body)
        if block.name == "math" and odd(tex, whole=1e9):
            yield block.line, "a decimal in an equation: glue it"


# The other rules ----------------------------------------------------------


def called(node):
    """The last name of what a call calls: allclose of torch.allclose."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def asserts(page, book):
    """What is glued is asserted in the same cell, by what can fail."""
    for cell in page.cells:
        calls = cell.nodes(ast.Call)
        glued = [line for line, n in calls if called(n) == "glue"
                 and not ast.unparse(n.args[1]).startswith("fig")]
        checks = [n.test for _, n in cell.nodes(ast.Assert)]
        checks += [n for _, n in calls if called(n).startswith("assert_")]
        names = [part for check in checks for part in ast.walk(check)
                 if isinstance(part, ast.Name)
                 and not isinstance(check, ast.Tuple)]
        if glued and not names:
            yield glued[0], "glued, and nothing asserted beside it"


def included(block):
    """The object that a listing shows, as a tree, or None."""
    path = BOOK.parent / block.argument.strip().lstrip("./")
    if block.name != "literalinclude" or not path.is_file():
        return None
    if path.suffix != ".py":
        return None
    node = ast.parse(path.read_text())
    for name in block.options.get("pyobject", "").split("."):
        node = next((n for n in getattr(node, "body", ())
                     if getattr(n, "name", "") == name), None)
    return node


OTHER_LANGUAGES = "bash", "sh", "text", "yaml", "toml", "json", "html", "md"
PARTIAL = {"lines", "start-after", "start-at", "end-before", "end-at"}


def listings(page, book):
    """Python on a page is a cell that ran, or the package's own source."""
    for block in page.blocks:
        language = block.argument.strip()
        prompt = language == "text" and ">>> " in block.body
        if block.name == "code-cell" and block.parents:
            yield block.line, f"a cell inside {block.parents[-1]} never runs"
        elif block.name in PASTED and (
                language not in OTHER_LANGUAGES or prompt):
            yield block.line, f"a pasted listing ({language})"
        elif block.name == "eval-rst" and "auto" not in block.body:
            yield block.line, "a pasted listing (eval-rst)"
        elif block.name == "literalinclude" and language.endswith(".py"):
            ours = re.match(r"(\.\./)+(toynet|bench)/", language)
            if not (ours and included(block)) or PARTIAL & {*block.options}:
                yield block.line, f"no whole object of the package: {language}"


def witnesses(page, book):
    """Each gradient with a label stands in the table of witnesses."""
    from test_witnesses import WITNESSED

    labels = {b.options.get("label", ""): b.line for b in page.blocks}
    for label, line in labels.items():
        found = re.fullmatch(r"eq-(d[A-Za-z]\d?(?:_hat)?)", label)
        if found and found[1] not in WITNESSED:
            yield line, f"{found[1]} is not in the table of witnesses"
    for variable in WITNESSED if page.name == "03_backprop.md" else ():
        if f"eq-{variable}" not in labels:
            yield 1, f"no equation is labelled eq-{variable}"


COLOURS = {"color", "c", "facecolor", "edgecolor", "ecolor", "colors", "fc"}


def figures(page, book):
    """A figure says what is seen, in words and in the book's colours."""
    for block in page.blocks:
        if block.name in ("figure", "glue:figure"):
            alt = block.options.get("alt", "")
            if len(alt.split()) < 8:
                yield block.line, "the alt text has fewer than 8 words"
            if re.findall(r"\w+", alt) == re.findall(r"\w+", block.body):
                yield block.line, "the alt text is the caption again"
    for cell in page.cells:
        for line, node in cell.nodes(ast.keyword):
            value = getattr(node.value, "value", None)
            if node.arg in COLOURS and isinstance(value, str) and (
                    value not in ("none", "currentColor", "inherit", "face")):
                yield line, f"{value!r}: a colour of no theme"


def glossary(page, book):
    """A term's first use in a chapter is a link to the glossary."""
    terms = set().union(*(p.terms for p in book.values()))
    ordered = sorted(terms, key=len, reverse=True)
    words = "|".join(re.escape(t).replace(r"\ ", r"\s+") for t in ordered)
    pattern = rf"(?i)[\ue000-\uf8ff]|(?<![\w-])({words})(?:e?s)?(?![\w-])"
    seen = set()
    for prose in page.prose if page.chapter and terms else ():
        for found in re.finditer(pattern, prose.text):
            term = found[1]
            if not term:
                kind, content = prose.marks[ord(found[0]) - 0xE000]
                target = re.search(r"<([^<>]+)>$", content)
                linked = target[1] if target else content
                seen |= {linked.lower()} if kind == "term" else set()
            elif prose.where == "sentence":
                term = " ".join(term.lower().split())
                if term not in seen:
                    line = prose.line_at(found.start())
                    yield line, f'first use of "{term}" is no {{term}}'
                seen.add(term)


def narrow(page, book):
    """A line of code in view needs no scrolling on a desk, nor on paper."""
    for cell in page.cells:
        for line, text in enumerate(cell.body.splitlines(), cell.line):
            if len(text) > 79:
                yield line, f"{len(text)} columns of code, 79 at most"


def teaching(page, book):
    """A cell in view teaches, and a lesson can be read in one sitting."""
    if not page.chapter:
        return
    yield from strangers(page)
    for cell in page.cells:
        for line, row in enumerate(cell.body.splitlines(), cell.line):
            if OWN.match(row) and not cell.removed:
                yield line, f"in view, though the build's own: {row.strip()}"
    if not page.name.startswith("lab/"):
        yield from measured(page)


def strangers(page):
    """Names that whoever copies all cells from the page does not have."""
    known = {*dir(builtins), "glue"}  # a line of its own finds that one
    for cell in page.cells:
        if not cell.removed:
            known |= set(bound(cell.tree))
            for name in sorted(read(cell.tree) - known):
                yield cell.line, f"{name} is bound in no cell in view"


def bound(tree):
    """The names that code binds anywhere in it."""
    for n in ast.walk(tree):
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
            yield n.id
        elif isinstance(n, ast.FunctionDef | ast.ClassDef):
            yield n.name
        elif isinstance(n, ast.arg):
            yield n.arg
        elif isinstance(n, ast.alias):
            yield n.asname or n.name.split(".")[0]
        elif isinstance(n, ast.ExceptHandler):
            yield n.name


def read(tree):
    return {n.id for n in ast.walk(tree)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def measured(page):
    """What a lesson has more of, before its exercises, than it may have."""
    prose = [p for p in page.prose if not p.exercise]
    sizes = {cell.line: len(cell.lines) for cell in page.cells
             if not cell.exercise}
    words = sum(len(re.findall(r"[A-Za-z’'-]{2,}", text)) for p in prose
                for text in [p.text, *(c for k, c in p.marks if k != "math")])
    for line, size in sizes.items():
        if size > MEASURES["cell"]:
            yield line, f"a cell of {size} lines in view"
    if words > MEASURES["words"]:
        yield 1, f"{words} words before the exercises"
    if sum(sizes.values()) > MEASURES["lines"]:
        yield 1, f"{sum(sizes.values())} lines of code in view"


def introduced(page, book):
    """PyTorch's names in a lesson's code are explained by the section's end.

    By a word of the text or a comment, there or in a lesson before.
    """
    lessons = [name for name in sorted(book) if re.match("0[1-7]", name)]
    if page.name not in lessons:
        return
    known = set().union(*(
        said(book[name]) for name in lessons if name < page.name))
    heads = [p.line for p in page.prose if p.where == "heading"]
    for cell in page.cells:
        if cell.exercise or not cell.lines:
            continue
        end = min([line for line in heads if line > cell.line], default=None)
        here = known | said(page, end)
        for line, node in cell.nodes(ast.Attribute):
            name, of = node.attr, ast.unparse(node.value)
            if name not in SHARED and name.lower() not in here and (
                    re.fullmatch(r"(torch|nn)(\.\w+)*", of)
                    or hasattr(torch.Tensor, name)):
                yield line, f"{name} is used, and explained nowhere"


def said(page, end=None):
    """The words of a page up to a line, those of commented code with them."""
    end = end or math.inf
    texts = [text for p in page.prose if p.line < end
             for text in (p.text, *(content for _, content in p.marks))]
    for cell in page.cells:
        rows = cell.body.splitlines() if cell.line < end else []
        texts += [row for above, row in zip(["", *rows], rows, strict=False)
                  if "#" in row or above.lstrip().startswith("#")]
    return {word.lower() for word in re.findall(r"\w+", " ".join(texts))}


RULES = {rule.__name__: rule for rule in (
    numbers, asserts, listings, witnesses, figures, glossary, narrow,
    teaching, introduced)}


def report(rule, page, book):
    """The findings of one rule, in the order of the page."""
    found = sorted(set(RULES[rule](page, book)))
    return [f"line {line}: {why}" for line, why in found]
