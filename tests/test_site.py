"""The built site: links, ids, alternatives, nothing from other hosts.

Each check takes a page and gives a list of faults: there must be none.
"""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
import yaml

pytestmark = pytest.mark.site

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
VOID = {"base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src"}
UNREAD = {"script", "style", "code", "pre", "annotation"}
RAW = re.compile(r"\\(frac|hat|partial|sum|odot|\(|\[)|\$\$|\{\w[\w:-]*\}`")


def toc_pages():
    """The names of all pages in _toc.yml, as paths without an ending."""
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    parts = yaml.safe_load(toc)
    chapters = [c["file"] for p in parts["parts"] for c in p["chapters"]]
    return [parts["root"], *chapters]


def test_book_builds(build):
    log = build.stdout[-2000:] + build.stderr[-4000:]
    assert build.returncode == 0, log


class Page(HTMLParser):
    """What the checks need of one page, collected in one pass."""

    def __init__(self, html, path=SITE / "page.html"):
        super().__init__()
        self.path, self.html = path, html
        self.ids, self.hrefs, self.loads = [], [], []
        self.h1, self.unnamed, self.text = 0, [], []
        self.open = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        if tag not in VOID:
            self.open.append((tag, at.get("aria-hidden") == "true"))
        if "id" in at:
            self.ids.append(at["id"])
        if tag == "a" and "href" in at:
            self.hrefs.append(at["href"])
        if at.get(LOADS.get(tag)):
            self.loads.append(at[LOADS[tag]])
        if tag == "link" and at.get("rel") not in ("canonical", "author"):
            self.loads.append(at["href"])
        self.h1 += tag == "h1"
        hidden = any(h for _, h in self.open)
        named = "alt" in at if tag == "img" else at.get("aria-label")
        if tag in ("img", "svg") and not named and not hidden:
            self.unnamed.append(self.get_starttag_text())

    def handle_endtag(self, tag):
        tags = [t for t, _ in self.open]
        if tag in tags:
            del self.open[len(tags) - 1 - tags[::-1].index(tag):]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data):
        if not UNREAD & {t for t, _ in self.open}:
            self.text.append(data)


@cache
def read(path):
    """Parse a page once."""
    return Page(path.read_text(encoding="utf-8"), path)


def is_elsewhere(address):
    return bool(re.match(r"(https?:)?//", address))


def dead_links(page):
    """Addresses inside the site that lead to no file or no anchor."""
    faults = []
    for href in [*page.hrefs, *page.loads]:
        if is_elsewhere(href) or re.match(r"(mailto|data|javascript):", href):
            continue
        name, anchor = urldefrag(unquote(href))
        name = name.split("?")[0]
        target = (page.path.parent / name).resolve() if name else page.path
        if not (target == page.path or target.is_file()):
            faults.append(href)
        elif anchor and target.suffix == ".html":
            ids = page.ids if target == page.path else read(target).ids
            if anchor not in ids:
                faults.append(href)
    return faults


def repeated_ids(page):
    """Ids that stand on the page more than once."""
    return sorted({i for i in page.ids if page.ids.count(i) > 1})


def other_hosts(page):
    """Whatever the page would fetch from elsewhere, scripts' texts too."""
    inside = re.findall(r"https?://[^\s\"'<>]+\.(?:js|css|woff2?)", page.html)
    return [a for a in page.loads if is_elsewhere(a)] + inside


def unnamed_pictures(page):
    """Pictures without a text that stands for them."""
    return page.unnamed


def wrong_headings(page):
    """A page has one title."""
    return [] if page.h1 == 1 else [f"{page.h1} titles"]


def raw_source(page):
    """TeX or roles that nobody turned into text."""
    return [m[0] for m in RAW.finditer("".join(page.text))]


def machine_paths(page):
    """Traces of the machine that built the page."""
    places = [str(ROOT) + "/", "site-packages", "dist-packages", "ipykernel_"]
    return [place for place in places if place in page.html]


CHECKS = [
    dead_links,
    repeated_ids,
    other_hosts,
    unnamed_pictures,
    wrong_headings,
    raw_source,
    machine_paths,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("name", toc_pages())
def test_page_has_no_fault(site, name, check):
    assert check(read(site / f"{name}.html")) == []


@pytest.mark.parametrize("name", ["search", "genindex"])
@pytest.mark.parametrize("check", [dead_links, repeated_ids, other_hosts])
def test_made_page_has_no_fault(site, name, check):
    assert check(read(site / f"{name}.html")) == []


def test_styles_fetch_nothing_from_other_hosts(site):
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        for address in re.findall(r"url\(['\"]?([^'\")]+)", text):
            assert not is_elsewhere(address), f"{sheet.name}: {address}"


def test_front_door_leads_to_the_book(site):
    assert "book/index.html" in (site / "index.html").read_text()
