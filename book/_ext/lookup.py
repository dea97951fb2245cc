"""The texts that the search page looks in, a piece for each section.

Sphinx's own index knows no sections, ranks by title alone, and takes its
excerpts from whole pages, where each formula stands three times. Here a
formula becomes text once, as a reader would type it, and the texts come
as a script, so that the search works from a file, too.
"""

import json
import re
import unicodedata
from pathlib import Path

from docutils import nodes
from pylatexenc.latex2text import LatexNodes2Text
from sphinx import addnodes

UNREAD = (
    nodes.raw, nodes.comment, nodes.meta, nodes.image, nodes.literal_block,
    addnodes.toctree, addnodes.index,
)
READER = LatexNodes2Text(math_mode="text")


def setup(app):
    """Register the hooks."""
    # The trees are at hand while the pages are written, resolved.
    app.connect("html-page-context", collect)
    app.connect("build-finished", write_texts)
    return {"version": "1", "parallel_read_safe": True}


def collect(app, pagename, templatename, context, doctree):
    """Keep the pieces of a page."""
    if doctree is not None and app.builder.name == "html":
        texts = app.builder.__dict__.setdefault("texts", {})
        title = app.env.longtitles[pagename].astext()
        texts[pagename] = [title, pieces(doctree)]


def write_texts(app, exception):
    """Write all pieces beside the search page, as a script."""
    if exception or app.builder.name != "html":
        return
    texts = json.dumps(app.builder.texts, ensure_ascii=False)
    script = f"const BOOK = {texts};\n"
    Path(app.outdir, "searchtexts.js").write_text(script, encoding="utf-8")


def pieces(doctree):
    """Return [anchor, title, text, code] of sections, functions, terms."""
    found = []
    for node in doctree.findall(is_piece):
        head = next(node.findall(is_head))
        ids = [*node["ids"], *head["ids"]]
        text = "".join(map(text_of, node.children))
        code = " ".join(map(code_of, node.children))
        found.append([
            ids[0] if ids else "", title_of(head),
            " ".join(text.split()), " ".join(code.split())])
    return found


def code_of(node):
    """Return the code in a node, and what an error says; no other output."""
    if isinstance(node, nodes.literal_block):
        printed = "output" in node["classes"]
        return "" if printed and not is_error(node) else node.astext()
    return "" if is_piece(node) else " ".join(map(code_of, node.children))


def is_error(node):
    """Say whether a block is the trace of an error."""
    return "traceback" in node["classes"]


def is_piece(node):
    """Say whether a node is found for itself."""
    return isinstance(
        node, (nodes.section, addnodes.desc, nodes.definition_list_item)
    ) and next(node.findall(is_head), None) is not None


def is_head(node):
    """Say whether a node names a piece."""
    return isinstance(node, (nodes.title, addnodes.desc_signature)) or (
        isinstance(node, nodes.term) and bool(node["ids"])
    )


def title_of(head):
    """Return a section's title, a term, or the full name of a function."""
    if isinstance(head, addnodes.desc_signature):
        return head["ids"][0]
    return " ".join("".join(map(text_of, head.children)).split())


def text_of(node):
    """Return a node's prose, less code, outputs and other pieces."""
    if isinstance(node, UNREAD) or is_head(node) or is_piece(node):
        return " "
    classes = node["classes"] if isinstance(node, nodes.Element) else []
    if {"cell_output", "tn-trust"} & set(classes):
        return " "
    if isinstance(node, (nodes.math, nodes.math_block)):
        return formula(node.astext())
    if isinstance(node, nodes.Text):
        return node.astext()
    text = "".join(map(text_of, node.children))
    return text if isinstance(node, nodes.Inline) else f" {text} "


def formula(tex):
    """Return a formula as one would type it: W1, ŷ, ∂L/∂z2."""
    text = READER.latex_to_text(tex.replace(r"\tfrac", r"\frac"))
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"_(\d)", r"\1", " ".join(text.split()))
