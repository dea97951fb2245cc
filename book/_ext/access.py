"""What a reader needs who hears the page, or has no mouse.

The rest is in `_static/access.js`: what is known on the reader's side
alone, and a few names and roles of the theme's that a page better lacks.
"""

from docutils import nodes
from sphinx_design.dropdown import dropdown_main, dropdown_title
from sphinx_exercise.nodes import solution_node


def setup(app):
    """Register the hooks."""
    # A solution unfolds without a script, by any key and in any browser.
    app.connect("doctree-resolved", fold_solutions)
    # What boxes scroll, and where a reader is: known in the browser alone.
    app.add_js_file("access.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True}


def fold_solutions(app, doctree, docname):
    """Make each solution on a page a `details`, as the hints are."""
    if app.builder.format == "html":
        for node in list(doctree.findall(solution_node)):
            title, *body = node.children
            for link in list(title.findall(nodes.reference)):
                link.replace_self(link.children)  # it would unfold nothing
            summary = dropdown_title(
                "", "", *title.children, classes=["admonition-title"])
            node["classes"] = ["solution", "admonition"]
            node.replace_self(dropdown_main("", summary, *body))
