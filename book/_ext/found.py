"""How the book is found: what a shared link shows, and the front door.

sphinxext-opengraph writes the tags, sphinx-sitemap the sitemap and
sphinx-notfound-page the page for addresses that lead nowhere; they are
told here what no setting can know.
"""

from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from matplotlib.figure import Figure

from toynet.plots import ROLES, network

# Links to the book's root are shared most, and who makes a preview of one
# follows no redirect: Jupyter Book's own would show nothing.
FRONT_DOOR = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{book}</title>
<meta http-equiv="refresh" content="0; url={root}.html">
{tags}
<p>The book begins at <a href="{root}.html">its first page</a>.</p>
"""


def setup(app):
    """Register the hooks."""
    # After `origin`, which knows the address.
    app.connect("config-inited", tell_address, priority=110)
    # Before and after sphinxext-opengraph.
    app.connect("html-page-context", describe, priority=400)
    app.connect("html-page-context", write_front_door, priority=600)
    app.connect("build-finished", draw_card)
    return {"version": "1", "parallel_read_safe": True}


def tell_address(app, config):
    """Give the extensions the address of the site."""
    config.ogp_site_url = config.html_baseurl
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path or "/"


def describe(app, pagename, templatename, context, doctree):
    """Have a shared link say what the page's front matter says."""
    for meta in doctree.findall(nodes.meta) if doctree else []:
        if meta.get("name") == "description":
            context["meta"]["og:description"] = meta["content"]


def write_front_door(app, pagename, templatename, context, doctree):
    """Write an index.html that leads to the book's first page."""
    if pagename == app.config.root_doc and app.builder.name == "html":
        Path(app.outdir, "index.html").write_text(FRONT_DOOR.format(
            book=app.config.html_title, root=pagename,
            tags=context["metatags"]), encoding="utf-8")


def draw_card(app, exception):
    """Draw the picture that goes with every shared link: the network."""
    if exception or app.builder.name != "html":
        return
    card = Figure((12, 6.3), facecolor=ROLES["paper"])
    card.text(0.06, 0.55, app.config.html_title.replace(" ", "\n"), size=58,
              va="center", color=ROLES["ink"])
    network(card.add_axes((0.5, 0.1, 0.5, 0.8)))
    card.savefig(Path(app.outdir, app.config.ogp_image), dpi=100)
