"""The book on paper: the site's pages in one, printed by Chromium.

`make pdf` runs this after the site is built, so every word and number is
the site's. The book is printed twice: the first print tells on which page
each heading falls, the second has these numbers in its contents.
"""

import re
import shutil
from html import escape
from pathlib import Path
from typing import NamedTuple

import pikepdf
import yaml
from bs4 import BeautifulSoup
from origin import commit_of
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "_build" / "pdf" / "book.html"
PDF = PAGE.with_name("twenty-six-numbers.pdf")
FOREWORD = "About this book"  # the site's first page has the book's title


class Chapter(NamedTuple):
    """A page of the site: its name and address, its headings, all of it."""

    name: str
    address: str
    headings: list
    html: str

    def anchors(self):
        """Return where links to the headings lead: the first is its title."""
        _, *sections = self.headings
        return [self.name, *(f"{self.name}--{h['id']}" for h in sections)]


def main():
    """Put the book into one page, and print it."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    first = ROOT / "_build" / "html" / "book" / "index.html"
    chapters = [chapter(*page) for page in site_from(first)]
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(whole(chapters, config), "utf-8")
    print_twice(chapters)
    dress(chapters, config["author"])


def site_from(path):
    """Yield the name and tree of each page, as a reader meets them."""
    while path:
        page = BeautifulSoup(path.read_text("utf-8"), "lxml")
        yield path.stem, page
        after = page.find("link", rel="next")
        path = after and path.parent / after["href"]


def chapter(name, page):
    """Return a page of the site as a chapter of the book."""
    text = page.select_one("article")
    address = (page.find(rel="canonical") or {}).get("href", "")
    for part in text.select("script, .headerlink"):
        part.decompose()
    for folded in text.select("details"):
        folded["open"] = ""
    for code in text.select("pre"):  # short code stays on one page
        if code.get_text().count("\n") < 16:
            code["class"] = "tn-short"
    for network in text.select("toy-network") if address else ():
        network.insert_before(invitation(f"{address}#{network['id']}"))
    if name == "index":
        text.h1.string = FOREWORD
    for head in text.select("h2"):  # its section may begin a page before
        head["id"] = head.parent.attrs.pop("id")
    html = at_home(text.decode_contents(), name, address)
    return Chapter(name, address, text.select("h1, h2"), html)


def invitation(address):
    """Say where the live network is to be had."""
    return BeautifulSoup(
        '<p class="tn-invitation">On paper the network keeps still. Hold it '
        f'on <a href="{address}">{address}</a>.</p>', "lxml").p


def at_home(html, name, address):
    """Give the ids of a page its name, and links inside the book too."""
    html = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}--", html)
    html = html.replace('href="?', f'href="{address}?')  # the network's
    page = r'href="(?:\.\./|lab/)*([\w-]+)\.html'
    html = re.sub(f"{page}#", r'href="#\1--', html)
    return re.sub(f'{page}"', r'href="#\1"', html)


def whole(chapters, config):
    """Return the one page."""
    heads = "".join(
        f"@page page-{one.name} {{ @bottom-left "
        f'{{ content: "{one.headings[0].get_text()}" }} }}\n'
        for one in chapters)
    text = "".join(
        f'<div class="tn-chapter" id="{one.name}" '
        f'style="page: page-{one.name}">{one.html}</div>\n'
        for one in chapters)
    return (
        '<!DOCTYPE html>\n<html lang="en" data-theme="light"><head>'
        f'<meta charset="utf-8"><title>{escape(config["title"])}</title>'
        '<link rel="stylesheet" href="../html/_static/all.css">'
        '<link rel="stylesheet" href="../../book/_paper/paper.css">'
        f"<style>{heads}</style></head>\n"
        '<body><main class="bd-article">'
        f"{title_page(chapters[0], config)}{contents(chapters)}"
        f"{text}</main></body></html>\n"
    )


def title_page(foreword, config):
    """Return the title page; the book's first paragraph is its subtitle."""
    logo = ROOT / "_build" / "html" / "_static" / "logo.svg"
    subtitle = re.search(r"<p>.*?</p>", foreword.html, re.S)[0]
    commit = commit_of(ROOT)
    made = f"Commit {commit.sha[:9]} of {commit.date}" if commit else ""
    return (
        f'<div class="tn-title-page"><div>{logo.read_text("utf-8")}</div>'
        f'<p class="tn-title">{escape(config["title"])}</p>{subtitle}'
        f"<p>{escape(config['author'])}</p>"
        f'<p><a href="{foreword.address}">{foreword.address}</a></p>'
        f"<p>{made}</p></div>\n"
    )


def contents(chapters):
    """Return the contents, with room for the page numbers."""
    lists = ""
    for one in chapters:
        lines = "".join(
            f'<li><a href="#{anchor}"><span>{head.decode_contents()}</span>'
            '<span class="tn-page">000</span></a></li>'
            for anchor, head in zip(one.anchors(), one.headings, strict=True))
        lists += f"<ol>{lines}</ol>\n"
    return f'<nav class="tn-contents"><h1>Contents</h1>{lists}</nav>\n'


def print_twice(chapters):
    """Print the page, the second time with numbers in its contents."""
    names = "chromium", "chromium-browser", "google-chrome"
    system = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system)
        tab = browser.new_page()
        tab.set_default_timeout(0)
        tab.goto(PAGE.as_uri())
        tab.pdf(path=PDF, prefer_css_page_size=True)
        with pikepdf.open(PDF) as draft:
            numbers = places(draft)
        tab.eval_on_selector_all(
            ".tn-page",
            "(all, n) => all.forEach((e, i) => { e.textContent = n[i] })",
            [numbers[x] for one in chapters for x in one.anchors()])
        tab.pdf(path=PDF, prefer_css_page_size=True, print_background=True,
                tagged=True)
        browser.close()


def places(book):
    """Return the number of the page on which each anchor stands."""
    number = {p.objgen: n for n, p in enumerate(book.pages, 1)}
    return {str(name)[1:]: number[place[0].objgen]
            for name, place in book.Root.Dests.items()}


def dress(chapters, author):
    """Give the PDF its outline and author, and make it small."""
    with pikepdf.open(PDF, allow_overwriting_input=True) as book:
        # Chromium's own outline has the words of some headings twice.
        with book.open_outline() as outline:
            for one in chapters:
                title, *sections = map(
                    pikepdf.OutlineItem,
                    (head.get_text() for head in one.headings),
                    (pikepdf.Name(f"/{x}") for x in one.anchors()))
                title.children.extend(sections)
                outline.root.append(title)
        book.Root.PageMode = pikepdf.Name.UseOutlines
        book.docinfo["/Author"] = author
        for name in "/CreationDate", "/ModDate":  # the same file each time
            del book.docinfo[name]
        book.save(
            PDF, deterministic_id=True, recompress_flate=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )


if __name__ == "__main__":
    main()
