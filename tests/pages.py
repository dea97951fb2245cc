"""Reads the chapters into parts that a rule can look at.

`python tests/pages.py book/03_backprop.md` prints what the rules of
`page_rules.py` find wrong with a page.
"""

import ast
import re
import sys
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import yaml
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from myst_parser.parsers.options import TokenizeError, options_to_items

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
TOYNET = ROOT / "toynet"
EXTENSIONS = {"dollarmath", "amsmath", "colon_fence", "deflist"}
# Directives whose body is not prose, and those whose argument isn't.
CODE_BLOCKS = ("code", "code-block", "sourcecode", "doctest")
RAW_BODY = (
    *CODE_BLOCKS,
    *("literalinclude", "include", "raw", "toctree", "bibliography", "image"),
    *("mermaid", "graphviz", "eval-rst", "exercise-end", "solution-end"),
)
RAW_ARGUMENT = (
    *RAW_BODY,
    *("figure", "glue:figure", "glue:any", "glue:text", "glue:math"),
    *("solution", "solution-start", "glossary", "math", "grid"),
)


@dataclass
class Mark:
    """What stands in prose and is not prose: code, mathematics, a role."""

    kind: str  # code, math, image or the role's name
    content: str
    line: int

    @property
    def target(self):
        found = re.search(r"<([^<>]+)>$", self.content.strip())
        return (found[1] if found else self.content).strip()


@dataclass
class Prose:
    """Running text; each mark is one private character in `text`."""

    line: int
    where: str  # paragraph, heading, caption, cell, title or term
    text: str = ""
    marks: list = field(default_factory=list)
    bold: list = field(default_factory=list)  # lines of bold phrases
    links: list = field(default_factory=list)  # targets of [..](..)

    def line_at(self, offset):
        return self.line + self.text.count("\n", 0, offset)

    def mark(self, character):
        return self.marks[ord(character) - 0xE000]

    def add(self, kind, content):
        mark = Mark(kind, content, self.line_at(len(self.text)))
        self.text += chr(0xE000 + len(self.marks))
        self.marks.append(mark)


@dataclass
class Directive:
    line: int
    name: str
    argument: str
    options: dict
    body: str
    body_line: int
    parents: tuple = ()


@dataclass
class Math:
    line: int
    tex: str
    label: str = ""


@dataclass
class Fence:
    """A fenced block in a language, or an indented one (`indented`)."""

    line: int
    language: str
    text: str


@dataclass(eq=False)
class Cell:
    line: int  # of the first line of code
    source: str
    tags: str
    parents: tuple

    @cached_property
    def code(self):
        """The source with the lines that only IPython reads left blank."""
        if self.source.lstrip().startswith("%%"):
            return ""
        return re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", self.source)

    @cached_property
    def tree(self):
        try:
            return ast.parse(self.code)
        except SyntaxError:
            return None

    def nodes(self, *kinds):
        walked = ast.walk(self.tree) if self.tree else ()
        return [node for node in walked if isinstance(node, kinds)]

    def at(self, node):
        return self.line + node.lineno - 1


@cache
def markdown():
    settings = MdParserConfig(enable_extensions=EXTENSIONS)
    return create_md_parser(settings, RendererHTML)


def split_options(content):
    """A directive's options, its body, and how many lines were before it."""
    lines, block = content.splitlines(), []
    rest = list(lines)
    if rest and re.fullmatch(r"-{3,}\s*", rest[0]):
        rest.pop(0)
        while rest and not re.match(r"-{3,}", rest[0]):
            block.append(rest.pop(0))
        rest = rest[1:]
    else:
        while rest and rest[0].lstrip().startswith(":"):
            block.append(rest.pop(0).lstrip()[1:])
    try:
        options = dict(options_to_items("\n".join(block))[0])
    except TokenizeError:
        options = {}
    return options, "\n".join(rest), len(lines) - len(rest)


def read_inline(token, line, where):
    prose = Prose(line, where)
    for part in token.children or ():
        if part.type == "myst_role":
            prose.add(part.meta["name"], part.content)
        elif part.type in ("code_inline", "math_inline", "image"):
            prose.add(part.type.removesuffix("_inline"), part.content)
        elif part.type in ("softbreak", "hardbreak"):
            prose.text += "\n"
        elif part.type == "strong_open":
            prose.bold.append(prose.line_at(len(prose.text)))
        elif part.type == "link_open":
            prose.links.append(str(part.attrGet("href")))
        elif part.type == "text":
            prose.text += part.content
    return prose


class Reader:
    """Walks the tokens of a page, and of the directives in it."""

    WHERE = {
        "heading_open": "heading",
        "th_open": "cell",
        "td_open": "cell",
        "dt_open": "term",
    }

    def __init__(self):
        self.parts = []

    def read(self, text, line, parents=(), where="paragraph"):
        tokens = markdown().parse(text)
        for before, token in zip([None, *tokens], tokens, strict=False):
            if token.map:
                here = line + token.map[0]
            if token.type == "inline":
                place = self.WHERE.get(before.type, where)
                self.parts.append(read_inline(token, here, place))
            elif token.type.startswith(("math_block", "amsmath")):
                self.parts.append(Math(here, token.content, token.info))
            elif token.type == "code_block":
                self.parts.append(Fence(here, "indented", token.content))
            elif token.type in ("fence", "colon_fence"):
                self.fence(token, here, parents)

    def fence(self, token, line, parents):
        found = re.match(r"\{([^}]+)\}\s*(.*)", token.info)
        if not found:
            self.parts.append(Fence(line, token.info.strip(), token.content))
            return
        options, body, skipped = split_options(token.content)
        name, argument = found.groups()
        start = line + 1 + skipped
        if name == "code-cell":
            tags = options.get("tags", "")
            self.parts.append(Cell(start, body, tags, parents))
            return
        directive = Directive(
            line, name, argument, options, body, start, parents
        )
        self.parts.append(directive)
        self.inside(directive)

    def inside(self, directive):
        name, line = directive.name, directive.line
        options, body = directive.options, directive.body
        parents = (*directive.parents, name)
        if name not in RAW_ARGUMENT:
            self.read(directive.argument, line, parents, "title")
        if "caption" in options:
            self.read(options["caption"], line, parents, "caption")
        if name == "math":
            label = options.get("label", "")
            self.parts.append(Math(line, body, label))
        elif name == "glossary":
            flat = "\n".join(row.strip() for row in body.splitlines())
            self.read(flat, directive.body_line, parents)
        elif name not in RAW_BODY:
            where = "caption" if "figure" in name else "paragraph"
            self.read(body, directive.body_line, parents, where)


class Page:
    """One page of the book: its front matter, and its parts in order."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        head = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
        self.front = (yaml.safe_load(head[1]) or {}) if head else {}
        reader = Reader()
        reader.read(text, 1)
        self.parts = reader.parts

    def every(self, kind):
        return [part for part in self.parts if isinstance(part, kind)]

    @cached_property
    def prose(self):
        return self.every(Prose)

    @cached_property
    def cells(self):
        return self.every(Cell)

    @cached_property
    def directives(self):
        return self.every(Directive)

    @property
    def chapter(self):
        """The number of a chapter as two digits, or None."""
        found = re.match(r"(0[1-7])_", self.name)
        return found[1] if found else None

    def marks(self, prefix=""):
        """The marks of this kind, or of any kind that begins so."""
        marks = [mark for prose in self.prose for mark in prose.marks]
        return [mark for mark in marks if mark.kind.startswith(prefix)]

    @cached_property
    def listings(self):
        return [d for d in self.directives if d.name == "literalinclude"]

    @cached_property
    def glossary(self):
        """The terms that this page defines."""
        bodies = [d.body for d in self.directives if d.name == "glossary"]
        rows = [row for body in bodies for row in body.splitlines()]
        return [
            row.split(" : ")[0].strip()
            for row in rows
            if row[:1].strip() and not row.startswith("%")
        ]

    @cached_property
    def trees(self):
        """All the code of the page: cells, listings, modules imported."""
        trees = [cell.tree for cell in self.cells if cell.tree]
        if not self.cells:
            return [module(path.stem) for path in TOYNET.glob("*.py")]
        shown = [included(d) for d in self.listings]
        modules = [module(name) for name in imported(trees)]
        return [tree for tree in trees + shown + modules if tree]

    @cached_property
    def literals(self):
        """Every number that is written in the code of the page."""
        nodes = [node for tree in self.trees for node in ast.walk(tree)]
        return {
            abs(float(node.value))
            for node in nodes
            if isinstance(node, ast.Constant)
            and isinstance(node.value, int | float)
        }


@cache
def module(name):
    path = TOYNET / f"{name}.py"
    return ast.parse(path.read_text()) if path.exists() else None


def imported(trees):
    """The toynet modules that this code imports, by name."""
    names = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{a.name}" for a in node.names}
    return {n.split(".")[1] for n in names if n.startswith("toynet.")}


def included(directive):
    """The object that a literalinclude shows, as a tree, or None."""
    path = BOOK / directive.argument.strip()
    if path.suffix != ".py" or not path.is_file():
        return None
    node = ast.parse(path.read_text())
    for name in directive.options.get("pyobject", "").split("."):
        inside = [n for n in node.body if getattr(n, "name", "") == name]
        if not inside:
            return None
        node = inside[0]
    return node


def read_book(folder=BOOK):
    """All pages, by file name."""
    paths = sorted(folder.glob("*.md"))
    return {p.name: Page(p.name, p.read_text()) for p in paths}


def main(paths):
    from page_rules import findings

    book, wrong = read_book(), 0
    for path in map(Path, paths):
        book[path.name] = Page(path.name, path.read_text())
        for rule, found in findings(book[path.name], book):
            print(f"{path}: {found}  [{rule}]")
            wrong += 1
    print(f"{wrong} findings" if wrong else "nothing found")
    return int(wrong > 0)


if __name__ == "__main__":
    import pages  # the rules know its classes, not those of this copy

    sys.exit(pages.main(sys.argv[1:] or sorted(BOOK.glob("*.md"))))
