"""Markdown of a page's resolved nodes, for notebooks.

Nothing of MyST is left in it: only what every notebook application reads,
with `<details>` for what is folded. The workbook and the chapters'
notebooks are written with it.
"""

import html
import re
from textwrap import indent

from docutils import nodes
from sphinx.util import logging

LOG = logging.getLogger(__name__)
MACROS = {r"\relu": r"\operatorname{relu}"}  # JupyterLab has none of ours
PYTHON = {"default", "ipython3", "python3"}  # what the book's code is called


def numbered(env, docname):
    """Map the ids of a page to what it calls them, such as "Figure 2.1"."""
    forms = env.config.numfig_format
    return {
        name: forms.get(kind, "%s") % ".".join(map(str, number))
        for kind, numbers in env.toc_fignumbers.get(docname, {}).items()
        for name, number in numbers.items()
    }


class Markdown:
    """Turns nodes into Markdown, a method for each kind of node.

    It knows what the chapters use. Whatever else they come to use stops
    the build with a warning.
    """

    def __init__(self, page, numbers):
        self.page, self.numbers = page, numbers

    def number(self, node):
        """Return the number of a node, or nothing."""
        found = (self.numbers[x] for x in node["ids"] if x in self.numbers)
        return next(found, "")

    def anchor(self, node):
        """Return a place for links to a node; here they lead to the site."""
        return ""

    # What stands in a line

    def inline(self, node):
        """Return what stands in a line."""
        write = getattr(self, f"inline_{type(node).__name__}", None)
        if write is not None:
            return write(node)
        if not isinstance(node, nodes.TextElement):
            LOG.warning("no Markdown for %s", node.tagname, location=node)
        return "".join(map(self.inline, node.children))

    def inline_Text(self, node):
        """Return words, with Markdown's own marks made plain."""
        text = str(node).replace("\n", " ")
        return re.sub(r"([\\`*_\[\]<>$~|])", r"\\\1", text)

    def inline_math(self, node):
        """Return a formula."""
        return f"${plain_tex(node.astext())}$"

    def inline_literal(self, node):
        """Return code."""
        return code_span(node.astext())

    def inline_emphasis(self, node):
        """Return words with stress."""
        return f"*{''.join(map(self.inline, node.children))}*"

    def inline_strong(self, node):
        """Return words with much stress."""
        return f"**{''.join(map(self.inline, node.children))}**"

    def inline_reference(self, node):
        """Return a link, or its words where there is no site."""
        inside = "".join(map(self.inline, node.children))
        address = self.address(node)
        return f"[{inside}]({address})" if address else inside

    inline_number_reference = inline_reference

    def address(self, node):
        """Return where a reference leads to, if that is a page."""
        address = node.get("refuri") or f"{self.page}#{node['refid']}"
        return address if address.startswith("http") else ""

    # What stands alone

    def block(self, node):
        """Return what stands alone: a paragraph, a formula, a table."""
        write = getattr(self, f"block_{type(node).__name__}", None)
        if write is not None:
            return write(node)
        LOG.warning("no Markdown for %s", node.tagname, location=node)
        return ""

    def blocks(self, children):
        """Return several blocks."""
        return paragraphs(*map(self.block, children))

    def block_paragraph(self, node):
        """Return a paragraph."""
        return self.inline(node)

    block_title = block_paragraph

    def block_target(self, node):
        """Return nothing: the node behind it has its ids."""
        return ""

    block_comment = block_meta = block_target

    def block_math_block(self, node):
        """Return a formula with its number."""
        tex, number = plain_tex(node.astext()).strip(), self.number(node)
        tag = rf" \tag{{{number}}}" if number else ""
        return paragraphs(self.anchor(node), f"$$\n{tex}{tag}\n$$")

    def block_literal_block(self, node):
        """Return code."""
        language = node.get("language", "python")
        return fenced(
            node.astext(), "python" if language in PYTHON else language)

    def block_bullet_list(self, node):
        """Return a list, its items indented."""
        return self.items(node, lambda i: "- ")

    def block_enumerated_list(self, node):
        """Return a list with numbers."""
        start = node.get("start", 1)
        return self.items(node, lambda i: f"{start + i}. ")

    def items(self, node, mark):
        """Return the items of a list behind their marks."""
        return "\n".join(
            mark(i) + indent(
                self.blocks(item.children), " " * len(mark(i))).lstrip()
            for i, item in enumerate(node.children))

    def block_container(self, node):
        """Return a dropdown or a listing."""
        if is_hint(node):
            title, *body = node.children
            return folded(self.summary(title), self.blocks(body))
        if "literal-block-wrapper" in node["classes"]:
            caption, code = node.children
            return paragraphs(
                self.caption(node, caption), self.block_literal_block(code))
        LOG.warning("no Markdown for %s", node.starttag(), location=node)
        return ""

    def summary(self, title):
        """Return the words of a dropdown, in HTML that can be a title."""
        return "".join(
            f"<code>{html.escape(x.astext(), quote=False)}</code>"
            if isinstance(x, nodes.literal)
            else f"${plain_tex(x.astext())}$" if isinstance(x, nodes.math)
            else html.escape(x.astext(), quote=False)
            for x in title.children)

    def caption(self, node, words):
        """Return the caption of a figure, a table or a listing."""
        number = self.number(node)
        head = f"**{number}.** " if number else ""
        return paragraphs(self.anchor(node), head + self.inline(words))

    def block_table(self, node):
        """Return a table below its caption."""
        titles = [x for x in node.children if isinstance(x, nodes.title)]
        head, *body = (
            [self.entry(x) for x in row.children]
            for row in node.findall(nodes.row))
        lines = [head, [":---"] * len(head), *body]
        return paragraphs(
            *(self.caption(node, title) for title in titles),
            "\n".join(f"| {' | '.join(line)} |" for line in lines))

    def entry(self, node):
        """Return an entry of a table, in which no bar may stand."""
        if "morecols" in node or "morerows" in node:
            LOG.warning("no Markdown for a wide entry", location=node)
        text = "<br>".join(map(self.block, node.children))
        return re.sub(
            r"(?s)\$[^$]*\$|(`+).*?\1",
            lambda m: m[0].replace("|", r"\|" if m[1] else r"\vert "), text)


def is_hint(node):
    """Say whether a node is a dropdown."""
    return node.get("design_component") == "dropdown"


def paragraphs(*blocks):
    """Join blocks with an empty line between them."""
    return "\n\n".join(filter(None, blocks))


def folded(summary, body):
    """Return a folded text. Empty lines let its Markdown be read."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def plain_tex(tex):
    """Write our macros out."""
    for name, meaning in MACROS.items():
        tex = re.sub(
            re.escape(name) + r"(?![a-zA-Z])", lambda _, m=meaning: m, tex)
    return tex


def code_span(text):
    """Put code between enough backticks."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"`{text}`"


def fenced(text, language=""):
    """Put code between fences that are longer than any in it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    text = text.strip("\n")
    return f"{fence}{language}\n{text}\n{fence}"
