"""How the book is found: titles, descriptions, pictures, lost readers.

A page's description stands in its front matter. What needs the site's
address (canonical links, the sitemap, pictures for sharing) is left out
where nobody knows it.
"""

import json
from base64 import b64encode
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from cards import draw_card
from docutils import nodes
from origin import site_of
from sphinx.util import logging

LOG = logging.getLogger(__name__)
SUBTITLE = "PyTorch from the inside"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
# Pages that no source has: title and description.
MADE = {
    "search": ("Search", (
        "Search the chapters, the exercises and the reference of a book on "
        "PyTorch and one small network.")),
    "genindex": ("Index", (
        "Every function, class and term of the book, from A to Z, each with "
        "a link to the place where it is explained.")),
    "py-modindex": ("Modules", (
        "The modules of toynet, the package of the book, each with a link "
        "to its functions in the reference.")),
    "404": ("No such page", (
        "This address leads nowhere in the book. Here are its chapters, and "
        "a field to search them.")),
}
# Kept short: a reader without the redirect sees it, a machine reads it.
FRONT_DOOR = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={root}.html">
<link rel="icon" href="_static/logo.svg">
{head}
</head>
<body>
<main>
<h1>Twenty-Six Numbers</h1>
<p>The book begins at <a href="{root}.html">its first page</a>.</p>
</main>
</body>
</html>
"""


def setup(app):
    """Register the hooks."""
    # The site's address follows the repository, which `origin` has found.
    app.connect("config-inited", settle_address, priority=110)
    # The template of every page asks for `found`.
    app.connect("html-page-context", describe)
    # Jupyter Book would leave a redirect without a title at the front.
    app.connect("build-finished", write_front_door, priority=400)
    # An address that leads nowhere shall lead to the book.
    app.connect("build-finished", help_the_lost)
    # Links that are shared show a picture; it needs no place in the sources.
    app.connect("build-finished", draw_cards)
    # A crawler looks for the sitemap's address there.
    app.connect("build-finished", write_robots)
    return {"version": "1", "parallel_read_safe": True}


def settle_address(app, config):
    """Give Sphinx and its extensions the address of the site."""
    repository = config.html_theme_options.get("repository_url", "")
    site = config.html_baseurl or site_of(repository)
    config.html_baseurl = site and site.rstrip("/") + "/"
    if not config.html_baseurl:
        LOG.info(
            "no canonical links, sitemap or pictures for sharing: the site's "
            "address is not known. Set `html: baseurl:` in _config.yml.")


def describe(app, pagename, templatename, context, doctree):
    """Hand the page's template what the head says of the page."""
    site = app.config.html_baseurl
    title, description = MADE.get(pagename, ("", ""))
    if doctree is not None:
        title = titled(app, pagename)
        description = described(doctree)
    context["found"] = {
        "title": full_title(app, pagename, title),
        "description": description,
        "described": doctree is not None,
        "name": title,
        "url": f"{site}{pagename}.html" if site else "",
        "card": card_address(app, pagename) if doctree is not None else "",
        "data": structured(app, pagename, title, description),
    }


def help_the_lost(app, exception):
    """Write the page that a host shows for unknown addresses."""
    if exception or app.builder.name != "html":
        return
    title, description = MADE["404"]
    logo = b64encode(Path(app.config.html_logo).read_bytes()).decode()
    html = app.builder.templates.render("404.html", {
        "base": urlsplit(app.config.html_baseurl).path or "/",
        "chapters": chapters(app), "docstitle": app.config.html_title,
        "found": {"title": full_title(app, "404", title),
                  "description": description},
        "icon": f"data:image/svg+xml;base64,{logo}",
    })
    Path(app.outdir, "404.html").write_text(html, encoding="utf-8")


def titled(app, page):
    """Return a page's title as text, with the number of a chapter."""
    number = app.env.toc_secnumbers.get(page, {}).get("")
    title = app.env.longtitles[page].astext()
    return f"{number[0]}. {title}" if number else title


def full_title(app, pagename, title):
    """Return what a tab and a result of a search engine show."""
    if pagename == app.config.root_doc:
        return f"{app.config.html_title}: {SUBTITLE}"
    return f"{title} · {app.config.html_title}"


def described(doctree):
    """Return the description of a page's front matter."""
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            return meta["content"]
    return ""


def chapters(app):
    """Return address and title of every page, in the book's order."""
    order = [app.config.root_doc]
    order += app.env.toctree_includes.get(app.config.root_doc, [])
    return [(page, titled(app, page)) for page in order]


def card_address(app, pagename):
    """Return the whole address of a page's picture, or ""."""
    site = app.config.html_baseurl
    return site and f"{site}_static/cards/{pagename.split('/')[-1]}.png"


def structured(app, pagename, title, description):
    """Return what schema.org's terms say of the page, as JSON, or ""."""
    site, number = app.config.html_baseurl, title.split(". ")[0]
    root = app.config.root_doc
    book = {
        "@type": "Book", "@id": f"{site}{root}.html",
        "name": app.config.html_title, "inLanguage": "en",
        "author": {"@type": "Organization", "name": app.config.author},
        "license": LICENCE, "url": f"{site}{root}.html",
    }
    page = {"@context": "https://schema.org", **book}
    if not site or not (pagename == root or number.isdigit()):
        return ""
    if pagename != root:
        page |= {
            "@type": "Chapter", "@id": f"{site}{pagename}.html",
            "name": title.split(". ", 1)[1], "position": int(number),
            "url": f"{site}{pagename}.html", "isPartOf": book,
        }
    page["description"] = description
    return json.dumps(page).replace("</", "<\\/")


def write_front_door(app, exception):
    """Write an index.html that leads to the book's first page."""
    if exception or app.builder.name != "html":
        return
    site, root = app.config.html_baseurl, app.config.root_doc
    title = full_title(app, root, "")
    head = [f'<meta name="description" content="{escape(front_words(app))}">']
    if site:
        head += [
            f'<link rel="canonical" href="{site}{root}.html">',
            f'<meta property="og:title" content="{escape(title)}">',
            f'<meta property="og:image" content="{card_address(app, root)}">',
            '<meta name="twitter:card" content="summary_large_image">',
        ]
    Path(app.outdir, "index.html").write_text(
        FRONT_DOOR.format(
            title=escape(title), root=root, head="\n".join(head)),
        encoding="utf-8")


def front_words(app):
    """Return the description of the book's first page."""
    return described(app.env.get_doctree(app.config.root_doc))


def draw_cards(app, exception):
    """Draw a picture for each page that has a source."""
    if exception or app.builder.name != "html" or not app.config.html_baseurl:
        return
    folder = Path(app.outdir, "_static", "cards")
    folder.mkdir(exist_ok=True)
    fonts = Path(app.srcdir, "book", "_static", "fonts")
    for page in app.env.found_docs:
        number, _, title = titled(app, page).rpartition(". ")
        words = SUBTITLE if page == app.config.root_doc else title
        card = draw_card(fonts, words, number)
        card.save(folder / f"{page.split('/')[-1]}.png", optimize=True)


def write_robots(app, exception):
    """Welcome crawlers, and tell them where the sitemap is."""
    site = app.config.html_baseurl
    if not exception and app.builder.name == "html" and site:
        text = f"User-agent: *\nAllow: /\n\nSitemap: {site}sitemap.xml\n"
        Path(app.outdir, "robots.txt").write_text(text, encoding="utf-8")
