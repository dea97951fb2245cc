"""The network that a reader can hold: a directive, and what it needs.

`toy-network` puts the element of `_static/toy-network.js` on a page, with
the twenty points and the start, which come from `toynet`, and with a still
picture for readers without scripts.
"""

import io
import json
from functools import cache
from html import escape

import matplotlib.pyplot as plt
import torch
from docutils import nodes
from docutils.parsers.rst import directives
from drawings import inline_svg
from sphinx.util.docutils import SphinxDirective

from toynet import plots
from toynet.data import generate_data
from toynet.net import forward, init_params

WORDS = (
    *("views", "controls", "point", "show"),
    *("rule", "rate", "loss", "log"),
)
STILL = (
    "The network at its start with the first point in it: three inputs, "
    "four hidden units and two outputs as circles with their values, "
    "joined by lines that are wider for larger weights and dashed for "
    "negative ones."
)


def setup(app):
    """Register the directive and the hook that loads the script."""
    app.add_directive("toy-network", ToyNetwork)
    app.add_role("toy-state", link_to_state)
    # Node kinds of other builders leave the element out.
    leave = lambda self, node: None  # noqa: E731
    app.add_node(
        toy_network,
        html=(lambda self, node: self.body.append(element(node)), leave),
        **dict.fromkeys(("latex", "text", "man"), (skip, leave)),
    )
    # A page without the element loads neither script nor style.
    app.connect("html-page-context", load_where_used)
    return {"version": "1", "parallel_read_safe": True}


class toy_network(nodes.General, nodes.Element):  # noqa: N801
    """The place of the element on a page."""


class ToyNetwork(SphinxDirective):
    """```{toy-network}` with the state in which it begins as options."""

    optional_arguments = 0
    option_spec = {
        "id": directives.unchanged_required,
        **dict.fromkeys(WORDS, directives.unchanged_required),
    }

    def run(self):
        node = toy_network("", **{
            word: self.options[word] for word in WORDS
            if word in self.options
        })
        node["element"] = self.options.get("id", "net")
        return [node]


def link_to_state(name, rawtext, text, lineno, inliner, options=None,
                  content=()):
    """{toy-state}`words <rule=adam&rate=0.03>`: a link to such a state."""
    words, _, state = text.rpartition(" <")
    query = "&".join(f"net-{pair}" for pair in state.rstrip(">").split("&"))
    link = nodes.reference(rawtext, words, refuri=f"?{query}#net")
    return [link], []


def skip(self, node):
    raise nodes.SkipNode


def load_where_used(app, pagename, templatename, context, doctree):
    if doctree is not None and next(doctree.findall(toy_network), None):
        app.add_js_file("toy-network.js", loading_method="defer")


def element(node):
    """Return the element's HTML, its data and its still picture."""
    X, Y, params = reference()
    given = " ".join(
        f'{word}="{escape(node[word])}"' for word in WORDS if word in node)
    data = json.dumps({
        "X": X.flatten().tolist(),
        "Y": Y.flatten().tolist(),
        "start": [v for p in params for v in p.flatten().tolist()],
    })
    name = node["element"]
    return (
        f'<toy-network id="{escape(name)}" {given}>'
        f'<script type="application/json">{data}</script><div '
        f'class="toy-still">{inline_svg(drawing(), f"{name}-still-", STILL)}'
        "</div></toy-network>"
    )


def reference():
    """The twenty points and the start, as each chapter draws them."""
    g = torch.Generator().manual_seed(0)
    X, Y = generate_data(20, g)
    return X, Y, init_params(g)


@cache
def drawing():
    """Draw the network with the first point in it."""
    X, _, params = reference()
    plots.use_style()
    fig, ax = plt.subplots(figsize=(4.8, 3.0))
    plots.network(ax, params, forward(X[:1], params), X[0])
    file = io.StringIO()
    fig.savefig(file, format="svg", metadata={"Date": None})
    plt.close(fig)
    return file.getvalue()
