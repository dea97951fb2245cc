"""The texts that the search page looks in, a piece for each section.

Sphinx's own index knows no sections and takes excerpts from whole pages,
where each formula stands three times. Here a formula becomes text once, as
a reader would type it, in a script, so that the search works from a file.
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
        texts = app.builder.__dict__.setdefault("texts", [])
        texts += pieces(doctree, f"{pagename}.html")


def write_texts(app, exception):
    """Write all pieces beside the search page, as a script."""
    if exception or app.builder.name != "html":
        return
    texts = json.dumps(app.builder.texts, ensure_ascii=False)
    Path(app.outdir, "searchtexts.js").write_text(
        f"const BOOK = {texts};\n", encoding="utf-8")


def pieces(doctree, page):
    """Return address, title, text and code of sections, functions, terms."""
    found = []
    for node in doctree.findall(is_piece):
        head = next(node.findall(is_head))
        ids = [*node["ids"], *head["ids"]] if found else []
        is_function = isinstance(head, addnodes.desc_signature)
        title = ids[0] if is_function else words_of(text_of, head)
        found.append({
            "id": f"{page}#{ids[0]}" if ids else page, "title": title,
            "of": found[0]["title"] if found else title,
            "text": words_of(text_of, node), "code": words_of(code_of, node),
        })
    return found


def words_of(read, node):
    """Return what a reader of nodes finds in a piece, on one line."""
    return " ".join("".join(map(read, node.children)).split())


def code_of(node):
    """Return the code in a node, and what it prints: errors are found."""
    if isinstance(node, nodes.literal_block):
        return node.astext() + " "
    return "" if is_piece(node) else "".join(map(code_of, node.children))


def is_piece(node):
    """Say whether a node is found for itself."""
    kinds = nodes.section, addnodes.desc, nodes.definition_list_item
    return isinstance(node, kinds) and any(node.findall(is_head))


def is_head(node):
    """Say whether a node names a piece."""
    is_term = isinstance(node, nodes.term) and bool(node["ids"])
    return is_term or isinstance(node, (nodes.title, addnodes.desc_signature))


def text_of(node):
    """Return a node's prose, less code, outputs and other pieces."""
    if isinstance(node, UNREAD) or is_head(node) or is_piece(node):
        return " "
    if isinstance(node, (nodes.math, nodes.math_block)):
        return formula(node.astext())
    if isinstance(node, nodes.Text):
        return node.astext()
    if {"cell_output", "tn-trust"} & set(node["classes"]):
        return " "
    text = "".join(map(text_of, node.children))
    return text if isinstance(node, nodes.Inline) else f" {text} "


def formula(tex):
    """Return a formula as one would type it: W1, ŷ, ∂L/∂z2."""
    text = READER.latex_to_text(tex.replace(r"\tfrac", r"\frac"))
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"_(\d)", r"\1", " ".join(text.split()))
