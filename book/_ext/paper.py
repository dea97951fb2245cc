"""The book on paper: all pages in one, printed by Chromium to a PDF.

The pages are written as for the site, so every number is the site's, and
then put one after the other into `book.html`. A browser prints it twice:
the first time tells on which page each heading falls, the second has
these numbers in the contents.
"""

import os
import re
import shutil
from html import escape
from pathlib import Path

import pikepdf
from docutils import nodes
from live import toy_network
from origin import commit_of
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import SphinxError
from sphinx.highlighting import PygmentsBridge
from sphinx.util import logging

LOG = logging.getLogger(__name__)
FILE = "twenty-six-numbers.pdf"
FOREWORD = "About this book"  # the site's first page has the book's title
# Code without a colour of its own needs no element: there are 30,000.
PLAIN = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>')
# Figures are as wide as a screen likes them: here their words are 9 points.
WIDTH = re.compile(r'(class="tn-figure"[^>]*max-width: )(\d+)px')
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]
SMALLEST = 0.6
# Formulas and tables that are wider than the page get smaller letters.
# Sizes are read first and written then: each change lays the book out anew.
# What would be too small, or is too wide still, is named. Short code stays
# on one page.
FIT = """
smallest => {
  const box = document.querySelector("main").getBoundingClientRect();
  const share = part => part.matches("table")
    ? box.width / part.getBoundingClientRect().width
    : part.clientWidth / part.scrollWidth;
  const size = part => parseFloat(getComputedStyle(part).fontSize);
  const faults = [];
  for (const part of document.querySelectorAll("main pre"))
    if (part.textContent.split("\\n").length < 16)
      part.style.breakInside = "avoid";
  [...document.querySelectorAll(".katex-display, main table")]
    .map(part => [part, share(part), size(part)])
    .filter(([, share]) => share < 1)
    .forEach(([part, share, size]) => {
      part.style.fontSize = `${0.99 * share * size}px`;
      if (share < smallest) faults.push([part, "too small to read"]);
    });
  for (const part of document.querySelectorAll("main *:not(svg *)")) {
    const { left, width } = part.getBoundingClientRect();
    const right = left + Math.max(width, part.scrollWidth);
    if (part.closest(".katex-mathml, .katex-html")) continue;
    if (right > box.right + 2 || left < box.left - 2)
      faults.push([part, "beyond the margin"]);
  }
  return faults.map(([part, what]) =>
    `${what}: ${part.tagName} ${part.textContent.trim().slice(0, 60)}`);
}
"""
# Chromium doubles the words of a heading at the top of a page when it
# writes the outline, so the outline's titles are taken from the page.
HEADINGS = """
() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(head => {
  const copy = head.cloneNode(true);
  copy.querySelectorAll(".headerlink, .katex-html, annotation")
    .forEach(part => part.remove());
  return copy.textContent.trim();
})
"""
NUMBER = """
numbers => {
  for (const line of document.querySelectorAll(".tn-contents a"))
    line.querySelector(".tn-page").textContent =
      numbers[line.getAttribute("href").slice(1)];
}
"""


def setup(app):
    """Add the builder."""
    app.add_builder(Paper)
    # myst-nb knows which form of an output to show by a builder's name.
    app.connect("config-inited", rank_outputs)
    return {"version": "1", "parallel_read_safe": True}


def rank_outputs(app, config):
    """Show of each output what the site shows."""
    config.nb_mime_priority_overrides = [
        *config.nb_mime_priority_overrides,
        *(("pdf", kind, rank) for rank, kind in enumerate(
            ["text/html", "image/svg+xml", "text/plain"])),
    ]


class Paper(StandaloneHTMLBuilder):
    """Writes all pages into one and has it printed."""

    name = "pdf"
    epilog = f"The book is in %(outdir)s/{FILE}."
    search = False

    def init(self):
        """Find out where the site is, and begin without pages."""
        super().init()
        self.site = self.config.html_baseurl
        self.style = self.config.html_theme_options["pygments_light_style"]
        self.bodies, self.tocs = {}, {}

    def get_outdated_docs(self):
        """Write every page each time: the PDF is one."""
        return "all documents"

    def write_doc_serialized(self, docname, doctree):
        """Leave out what the site's search needs."""

    def write_doc(self, docname, doctree):
        """Put words for paper where a page needs a browser."""
        for node in list(doctree.findall(toy_network)):
            invitation = self.invitation(docname, node["element"])
            node.parent.insert(node.parent.index(node), invitation)
        super().write_doc(docname, doctree)

    def invitation(self, docname, anchor):
        """Say where the live network is to be had."""
        note = nodes.paragraph("", "", classes=["tn-invitation"])
        note += nodes.Text("On paper the network keeps still. Hold it on ")
        address = f"{self.site}{docname}.html#{anchor}"
        note += (
            nodes.reference("", address, refuri=address)
            if self.site else nodes.Text("the site")
        )
        note += nodes.Text(".")
        return note

    def handle_page(self, pagename, addctx, *rest, **more):
        """Keep a page's text; no template is filled."""
        self.bodies[pagename] = self.at_home(pagename, addctx["body"])
        self.tocs[pagename] = self.at_home(pagename, addctx["toc"])

    def at_home(self, docname, html):
        """Give the ids of a page its name, and links inside the book too."""
        live = f"{self.site}{docname}.html" if self.site else ""
        mine = docname.rsplit("/", 1)[-1]

        def target(found):
            page, anchor = found[1] or mine, found[2] or ""
            return f'href="#{page}{anchor and "--" + anchor}"'

        html = re.sub(r' id="', f' id="{mine}--', html)
        html = re.sub(r"url\(#", f"url(#{mine}--", html)
        html = re.sub(r'href="\?', f'href="{live}?', html)
        html = re.sub(
            r'href="(?!http|mailto)(?:([\w-]+)\.html)?(?:#([^"]*))?"',
            target, html)
        html = re.sub("<details (?!open)", "<details open ", html)
        html = WIDTH.sub(
            lambda m: f"{m[1]}{int(m[2]) * 0.75:.0f}px", html)
        return PLAIN.sub(r"\1", html)

    def finish(self):
        """Put the pages together and print them."""
        home, out = Path(self.srcdir, "book"), Path(self.outdir)
        page = out / "book.html"
        page.write_text(self.whole(os.path.relpath(home, out)), "utf-8")
        commit = commit_of(self.srcdir)
        headings = print_book(page, out / FILE)
        dress(out / FILE, self.config.author, commit, headings)

    def whole(self, home):
        """Return the one page."""
        order = in_order(self.env, self.config.root_doc)
        styles = "".join(
            f'<link rel="stylesheet" href="{home}/{path}">\n'
            for path in ("_static/katex/katex.min.css", "_static/book.css",
                         "_static/toy-network.css", "_paper/paper.css")
        )
        chapters = "".join(self.chapter(n, d) for n, d in enumerate(order))
        heads = "".join(
            running_head(n, self.plain_title(d)) for n, d in enumerate(order))
        code = PygmentsBridge("html", self.style).get_stylesheet()
        return (
            f'<!DOCTYPE html>\n<html lang="{self.config.language}" '
            f'data-theme="light">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{escape(self.config.html_title)}</title>\n"
            f"<style>{code}</style>\n{styles}<style>{heads}</style>\n"
            f'</head>\n<body>\n<main class="bd-article">\n'
            f"{self.title_page()}{self.contents(order)}{chapters}"
            f"</main>\n</body>\n</html>\n"
        )

    def plain_title(self, docname):
        """Return a page's title with its number, as text."""
        if docname == self.config.root_doc:
            return FOREWORD
        number = self.env.toc_secnumbers.get(docname, {}).get("")
        title = self.env.titles[docname].astext()
        return f"{number[0]}. {title}" if number else title

    def chapter(self, number, docname):
        """Return a page as a chapter."""
        body, name = self.bodies[docname], docname.rsplit("/", 1)[-1]
        if docname == self.config.root_doc:
            body = re.sub(r"(<h1>).*?(</h1>)", rf"\1{FOREWORD}\2", body)
        return (
            f'<div class="tn-chapter" id="{name}" '
            f'style="page: chapter{number}">\n{body}</div>\n'
        )

    def title_page(self):
        """Return the title page."""
        logo = Path(self.config.html_logo).read_text("utf-8")
        commit = commit_of(self.srcdir)
        made = f"Commit {commit.sha[:9]} of {commit.date}" if commit else ""
        site = f'<a href="{self.site}">{self.site}</a>' if self.site else ""
        return (
            f'<div class="tn-title-page"><div class="tn-sign" '
            f'aria-hidden="true">{logo}</div>'
            f'<p class="tn-title">{escape(self.config.html_title)}</p>'
            f"{self.subtitle()}"
            f'<p class="tn-made">{escape(self.config.author)}</p>'
            f'<p class="tn-made">{site}</p><p class="tn-made">{made}</p>'
            "</div>\n"
        )

    def subtitle(self):
        """Return the first paragraph of the book."""
        first = re.search(
            r"<p>.*?</p>", self.bodies[self.config.root_doc], re.S)
        return first[0] if first else ""

    def contents(self, order):
        """Return the contents, with room for the page numbers."""
        lines = []
        for docname in order:
            name = docname.rsplit("/", 1)[-1]
            lines.append(line(name, escape(self.plain_title(docname)), 1))
            if self.env.toc_secnumbers.get(docname, {}).get(""):
                lines += [
                    line(anchor, words, 2)
                    for anchor, words in sections(self.tocs[docname])
                ]
        return (
            '<nav class="tn-contents" aria-label="Contents">'
            f"<h1>Contents</h1>\n<ol>\n{''.join(lines)}</ol></nav>\n"
        )


def in_order(env, root):
    """Return the names of all pages as a reader meets them."""
    below = env.toctree_includes.get(root, [])
    return [root, *(x for name in below for x in in_order(env, name))]


def sections(toc):
    """Return the (anchor, words) of a page's sections from its contents."""
    depth, found = 0, []
    for tag in re.finditer(r'<(/?)ul>|<a [^>]*href="#([^"]+)">(.*?)</a>',
                           toc, re.S):
        if tag[2] is None and not tag[0].startswith("<a"):
            depth += -1 if tag[1] else 1
        elif depth == 2:
            found.append((tag[2], tag[3]))
    return found


def line(anchor, words, level):
    """Return a line of the contents."""
    return (
        f'<li class="tn-level{level}"><a href="#{anchor}">'
        f'<span class="tn-words">{words}</span>'
        '<span class="tn-page">000</span></a></li>\n'
    )


def running_head(number, title):
    """Return the rule that puts a chapter's title on its pages."""
    words = title.replace("\\", "\\\\").replace('"', '\\"')
    return (
        f"@page chapter{number} "
        f'{{ @bottom-left {{ content: "{words}" }} }}\n'
    )


# Printing -----------------------------------------------------------------


def chromium(playwright):
    """Return the path of a Chromium: the system's, else Playwright's."""
    names = "chromium", "chromium-browser", "google-chrome"
    for path in [*map(shutil.which, names),
                 playwright.chromium.executable_path]:
        if path and Path(path).exists():
            return path
    raise SphinxError(
        "printing needs Chromium, and there is none here: install it, or "
        "run `playwright install chromium`"
    )


def print_book(page, pdf):
    """Print the page twice, with page numbers; return its headings."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(playwright), args=FLAGS)
        tab = browser.new_page(viewport={"width": 794, "height": 1123})
        tab.set_default_timeout(120_000)
        tab.emulate_media(media="print", color_scheme="light")
        tab.goto(page.as_uri())
        tab.evaluate("document.fonts.ready")
        for fault in tab.evaluate(FIT, SMALLEST):
            LOG.warning("on paper, %s", fault)
        tab.pdf(path=pdf, prefer_css_page_size=True)
        numbers = places(pdf)
        tab.evaluate(NUMBER, numbers)
        tab.pdf(path=pdf, prefer_css_page_size=True, print_background=True,
                outline=True, tagged=True)
        headings = tab.evaluate(HEADINGS)
        browser.close()
    if places(pdf) != numbers:
        raise SphinxError("the page numbers in the contents don't hold")
    return headings


def places(pdf):
    """Return the number of the page on which each anchor stands."""
    with pikepdf.open(pdf) as book:
        number = {p.objgen: n for n, p in enumerate(book.pages, 1)}
        return {
            str(name)[1:]: number[place[0].objgen]
            for name, place in book.Root.Dests.items()
        }


def dress(pdf, author, commit, headings):
    """Give the PDF author, date and headings, and make it small."""
    with pikepdf.open(pdf, allow_overwriting_input=True) as book:
        book.docinfo["/Author"] = author
        if commit:
            day = commit.date.replace("-", "")
            for name in "/CreationDate", "/ModDate":
                book.docinfo[name] = f"D:{day}000000Z"
        book.Root.PageMode = pikepdf.Name.UseOutlines
        items = outline(book.Root.Outlines)
        for item, title in zip(items, headings, strict=True):
            item.Title = title
        book.save(
            pdf, deterministic_id=True, recompress_flate=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )


def outline(item):
    """Give all entries of a PDF's outline below one."""
    below = item.get("/First")
    while below is not None:
        yield below
        yield from outline(below)
        below = below.get("/Next")
