"""Drawings inside the page, in its colours: the cells' own, and the logo.

matplotlib's SVG is read as XML. What is exchanged are its colours, for
those of the page's theme, and its ids, for some that no other drawing of
the page has; texts, lines and places stay as the cell drew them.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.util import logging

from toynet.plots import ROLES

LOG = logging.getLogger(__name__)
SVG = "{http://www.w3.org/2000/svg}"
ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
COLOURED = "style", "fill", "stroke"


def setup(app):
    """Register the hooks."""
    # The logo is the network itself, drawn here and never committed.
    app.connect("config-inited", draw_logo)
    # Figures inside the page follow its colours; as images they can't.
    app.connect("doctree-resolved", inline_figures)
    return {"version": "1", "parallel_read_safe": True}


# Figures ------------------------------------------------------------------


def inline_figures(app, doctree, docname):
    """Put each SVG image's drawing into the page in its place."""
    if app.builder.format != "html":
        return
    images = list(doctree.findall(nodes.image))
    for node in images:  # docutils would read the file's name out loud
        if not node.get("alt", "").strip():
            LOG.warning("no alt text for %s", node["uri"], location=node)
    drawn = [
        node for node in images
        if node["uri"].endswith(".svg") and "://" not in node["uri"]
    ]
    for number, node in enumerate(drawn, 1):
        path = Path(app.srcdir, node["uri"])
        prefix = f"{docname.rsplit('/', 1)[-1]}-svg{number}-"
        svg = inline_svg(path.read_text(encoding="utf-8"), prefix,
                         node.get("alt", "").strip())
        node.replace_self(nodes.raw("", svg, format="html"))


def inline_svg(svg, prefix, alt):
    """Return a drawing in the page's colours, with a name for readers.

    Its style, which would be the whole page's, stands in book.css.
    """
    root = tree(svg, less=("metadata", "style"))
    for node in root.iter():
        for name, value in node.items():
            if name == "id":
                value = prefix + value
            elif name.endswith("href"):
                value = value.replace("#", f"#{prefix}", 1)
            elif name in COLOURED:
                value = themed(value, ROLES)
            node.set(name, value.replace("url(#", f"url(#{prefix}"))
    points = float(root.get("width").removesuffix("pt"))
    root.attrib |= {
        "class": "tn-figure", "role": "img", "aria-label": alt,
        "style": f"max-width: {points * 1.6:.0f}px",
    }
    return ElementTree.tostring(root, "unicode")


def tree(svg, less):
    """Return a drawing's elements, less those with these names."""
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.removeprefix(SVG) in less:
                parent.remove(child)
    return root


def undated(svg):
    """Leave out of a drawing what says when and with what it was made."""
    return ElementTree.tostring(tree(svg, less=("metadata",)), "unicode")


def themed(value, role):
    """Swap the palette's fixed colours for the page's variables."""
    swaps = {
        colour.lower(): f"var(--tn-{name}, {colour.lower()})"
        for name, colour in role.items()
    }
    swaps[role["ink"].lower()] = "currentColor"
    return re.sub(
        r"(?<!\()#[0-9a-fA-F]{6}\b",
        lambda m: swaps.get(m[0].lower(), m[0]),
        value,
    )


# The logo -----------------------------------------------------------------


def draw_logo(app, config):
    """Write logo.svg beside the site and use it as logo and favicon."""
    path = Path(app.outdir).parent / ".drawn" / "logo.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(logo_svg(ROLES), encoding="utf-8")
    config.html_logo = config.html_favicon = str(path)


def logo_svg(role):
    """Draw the 3-4-2 network, every edge of it."""
    columns = [(9, 3, "input"), (32, 4, "hidden"), (55, 2, "output")]
    points = [
        [(x, 32 + 15 * (i - (n - 1) / 2)) for i in range(n)]
        for x, n, _ in columns
    ]
    lines = [
        f'<path d="M{x1} {y1:g}L{x2} {y2:g}"/>'
        for left, right in zip(points, points[1:], strict=False)
        for x1, y1 in left
        for x2, y2 in right
    ]
    dots = [
        f'<circle cx="{x}" cy="{y:g}" r="6" fill="{role[name]}"/>'
        for (_, _, name), column in zip(columns, points, strict=True)
        for x, y in column
    ]
    edges = f'<g stroke="{role["muted"]}" stroke-width="1.6">'
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
    return "\n".join([head, edges, *lines, "</g>", *dots, "</svg>\n"])
