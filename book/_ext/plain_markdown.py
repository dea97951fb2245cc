"""Markdown of a page's resolved nodes, for notebooks.

Nothing of MyST is left in it: only what every notebook application reads,
with `<details>` for what is folded.
"""

import html
import re
from textwrap import indent

from docutils import nodes
from sphinx.util import logging

LOG = logging.getLogger(__name__)
MACROS = {r"\relu": r"\operatorname{relu}"}  # JupyterLab has none of ours
PYTHON = {"default", "ipython3", "python3"}  # what the book's code is called


class Markdown:
    """Turns nodes into Markdown, a method for each kind of node.

    It knows what the chapters use. Whatever else they come to use stops
    the build with a warning. `numbers` maps ids to "Figure 2.1" and the
    like; `sought` are ids to which links of the same notebook lead, and
    `beside` maps addresses to files beside it.
    """

    def __init__(self, page, numbers):
        self.page, self.numbers = page, numbers
        self.sought, self.beside = set(), {}

    def number(self, node):
        """Return the number of a node, or nothing."""
        found = (self.numbers[x] for x in node["ids"] if x in self.numbers)
        return next(found, "")

    def anchor(self, node):
        """Return a place for each id that the notebook links to."""
        return "".join(
            f'<a id="{x}"></a>' for x in node["ids"] if x in self.sought)

    # What stands in a line

    def inline(self, node):
        """Return what stands in a line."""
        write = getattr(self, f"inline_{type(node).__name__}", None)
        if write is not None:
            return write(node)
        if not isinstance(node, nodes.TextElement):
            LOG.warning("no Markdown for %s", node.tagname, location=node)
        return self.inside(node)

    def inside(self, node):
        """Return what stands in a part of a line."""
        return "".join(map(self.inline, node.children))

    def inline_Text(self, node):
        """Return words, with Markdown's own marks made plain."""
        return re.sub(
            r"([\\`*_\[\]<>$~|])", r"\\\1", str(node).replace("\n", " "))

    def inline_math(self, node):
        """Return a formula."""
        return f"${plain_tex(node.astext())}$"

    def inline_literal(self, node):
        """Return code between enough backticks."""
        text = node.astext()
        mark = "`" * (longest_run(text) + 1)
        return f"{mark} {text} {mark}" if "`" in text else f"`{text}`"

    def inline_emphasis(self, node):
        """Return words with stress."""
        return f"*{self.inside(node)}*"

    def inline_strong(self, node):
        """Return words with much stress."""
        return f"**{self.inside(node)}**"

    def inline_raw(self, node):
        """Return HTML as it is: Markdown takes it."""
        return node.astext() if node["format"] == "html" else ""

    def inline_reference(self, node):
        """Return a link: in the notebook, to one beside it, to the site."""
        name = node.get("refid")
        if name in self.sought:
            return link(self.inside(node), f"#{name}")
        address = node.get("refuri") or f"#{name}"
        if address.startswith(("?", "#")):  # a state of the live network
            address = self.page + address
        return link(
            self.inside(node), self.beside.get(address, address))

    inline_number_reference = inline_reference

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
        return self.inside(node)

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
        """Return a list, with its marks or numbers, its items indented."""
        first = node.get("start", 1)
        marks = (f"{i}. " if isinstance(node, nodes.enumerated_list) else "- "
                 for i, _ in enumerate(node.children, first))
        return "\n".join(
            mark + indent(self.blocks(x.children), " " * len(mark)).lstrip()
            for mark, x in zip(marks, node.children, strict=True))

    block_enumerated_list = block_bullet_list

    def block_container(self, node):
        """Return a dropdown or a listing."""
        if node.get("design_component") == "dropdown":
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
        marks = {nodes.literal: "<code>%s</code>", nodes.Text: "%s"}
        return "".join(
            marks[type(x)] % html.escape(x.astext(), quote=False)
            if type(x) in marks else self.inline(x) for x in title.children)

    def caption(self, node, words):
        """Return the caption of a figure, a table or a listing."""
        number = self.number(node)
        head = f"**{number}.** " if number else ""
        return paragraphs(self.anchor(node), head + self.inside(words))

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


def paragraphs(*blocks):
    """Join blocks with an empty line between them."""
    return "\n\n".join(filter(None, blocks))


def link(words, address):
    """Return a link, or its words where there is no site to lead to."""
    is_place = re.match(r"https?:|#|[\w-]+\.ipynb$", address)
    return f"[{words}]({address})" if is_place else words


def folded(summary, body):
    """Return a folded text. Empty lines let its Markdown be read."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def plain_tex(tex):
    """Write our macros out."""
    for name, meaning in MACROS.items():
        tex = re.sub(
            re.escape(name) + r"(?![a-zA-Z])", lambda _, m=meaning: m, tex)
    return tex


def longest_run(text):
    """Return how many backticks stand together in a text, at most."""
    return max(map(len, re.findall("`+", text)), default=0)


def fenced(text, language=""):
    """Put code between fences that are longer than any in it."""
    fence = "`" * max(3, longest_run(text) + 1)
    text = text.strip("\n")
    return f"{fence}{language}\n{text}\n{fence}"
