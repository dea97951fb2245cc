"""What a reader needs who hears the page, or has no mouse.

The theme's markup is mended while building. One thing is known only on
the reader's side, which boxes are too narrow for what is in them: that
is left to `_static/access.js`.
"""

import re
from html import escape

from docutils import nodes
from sphinx_exercise.nodes import solution_node, solution_title

# What the theme and Sphinx write, and what we want instead.
MENDS = [
    # Without scripts a page stays in the mode that it begins with, and
    # "auto" has no colours.
    (r'(<html [^>]*data-theme=)"auto"', r'\1"light"'),
    # An icon is a letter of a font, which a screen reader tries to say.
    (r'<i class="(?=fa)', '<i aria-hidden="true" class="'),
    (r'<span class="(?=fa-)', '<span aria-hidden="true" class="'),
    # A name that differs from what one sees can't be said to a computer.
    (r'(?<=<summary) aria-label="Toggle hidden content"', ""),
    (r'(?<=search-button__button pst-js-only") title="Search" '
     r'aria-label="Search"(?=[^>]*>\s*<i [^>]*></i>\s*<span)',
     ' aria-keyshortcuts="Control+K"'),
    (r'<span class="search-button__kbd-shortcut"',
     '<span aria-hidden="true" class="search-button__kbd-shortcut"'),
    # The three icons of the theme's switch would be its name, all at once.
    (r'(<i [^>]*class="theme-switch [^>]*?) title="[^"]*"', r"\1"),
    # Landmarks: the sidebar begins the page; the bar at the top is empty,
    # but a script asks for it.
    (r'(<div id="pst-primary-sidebar")', r'\1 role="banner"'),
    (r'<header id="pst-header"(.*?)</header>',
     r'<div id="pst-header"\1</div>'),
    (r'<footer class="bd-footer">\s*</footer>', ""),
    (r'(<button [^>]*id="pst-back-to-top".*?</button>)',
     r'<nav aria-label="Top">\1</nav>'),
    # "#" is read as "number".
    (r'(<a class="headerlink"[^>]*) title="([^"]*)"',
     r'\1 aria-label="\2" title="\2"'),
    # Parameters below each other are no list of terms without terms.
    (r'<dd>(<em class="sig-param">.*?</em>,)</dd>',
     r'<span class="tn-parameter">\1</span>'),
    (r'<dl>\s*(?=<span class="tn-parameter">)', ""),
    (r'</dl>\s*(?=<span class="sig-paren">\))', ""),
    # Heard one after the other, code and what it printed are alike.
    (r'(<div class="cell_output docutils container")',
     r'\1 role="group" aria-label="Output"'),
    # A box that may be too narrow can be moved by keyboard, until a script
    # has seen that it is wide enough.
    (r'(<pre|<div class="output\b[^"]*"|<span class="katex-display"'
     r'|<div class="pst-scrollable-table-container")(?=>)',
     r'\1 tabindex="0"'),
    # The index of modules folds by mouse alone: it stays unfolded.
    (r'<img [^>]*class="toggler"[^>]*>', ""),
    # Works in a bibliography are items of its list.
    (r'(<div class="citation"[^>]*) role="doc-biblioentry"',
     r'\1 role="listitem"'),
    # The corner above a column of names is no heading.
    (r'<th class="head">\s*(<p>\s*</p>)?\s*</th>', "<td></td>"),
]


def setup(app):
    """Register the hooks."""
    # Each page goes through the table above when it has been put together.
    app.connect("builder-inited", mend_pages)
    # A solution unfolds without a script, by any key and in any browser.
    app.connect("builder-inited", unfold_solutions)
    # Rows below an empty corner are found by the name in front of them.
    app.connect("doctree-resolved", name_rows)
    # Scripts and styles that did the folding; and the one that is needed.
    app.connect("html-page-context", choose_scripts, priority=900)
    return {"version": "1", "parallel_read_safe": True}


def mend_pages(app):
    """Mend what the templates of an HTML builder make."""
    if app.builder.format == "html":
        templates = app.builder.templates
        render = templates.render
        templates.render = lambda name, context: mended(render(name, context))


def mended(html):
    """Return a page's HTML with all mends applied."""
    for wrong, right in MENDS:
        html = re.sub(wrong, right, html, flags=re.S)
    return html


def name_rows(app, doctree, docname):
    """Make the first column of a table without a corner its rows' names."""
    for head in doctree.findall(nodes.thead):
        corner = head[0][0] if len(head[0]) > 1 else None
        if corner is not None and not corner.astext().strip():
            next(head.parent.findall(nodes.colspec))["stub"] = 1


# Solutions ----------------------------------------------------------------


def unfold_solutions(app):
    """Write each folded solution as the browser's own `details`."""
    for node, *visit in [
        (solution_node, open_solution, close_solution),
        (solution_title, open_title, close_title),
    ]:
        both = tuple(visit)
        app.add_node(node, override=True, html=both, singlehtml=both)


def open_solution(self, node):
    """Begin the element that unfolds; its title is a plain one by now."""
    node[0] = solution_title("", "", *node[0].children)
    ids = "".join(f' id="{escape(name)}"' for name in node["ids"][:1])
    self.body.append(f'<details class="solution admonition"{ids}>\n')


def close_solution(self, node):
    self.body.append("</details>\n")


def open_title(self, node):
    """Begin what is always seen. A link there would unfold nothing."""
    for link in list(node.findall(nodes.reference)):
        link.replace_self(link.children)
    self.body.append('<summary class="admonition-title">')


def close_title(self, node):
    self.body.append("</summary>\n")


# Scripts ------------------------------------------------------------------


def choose_scripts(app, pagename, templatename, context, doctree):
    """Add our script, and leave out those of sphinx-togglebutton."""
    app.add_js_file("access.js", loading_method="defer")
    for kind in ("script_files", "css_files"):
        context[kind] = [x for x in context[kind] if not is_toggle(x)]


def is_toggle(asset):
    """Say whether a script or style is one of sphinx-togglebutton's."""
    body = (getattr(asset, "attributes", None) or {}).get("body") or ""
    words = f"{asset.filename} {body}"
    return bool(re.search("toggle(button|Hint|Open)", words))
