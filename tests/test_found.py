"""Titles, descriptions, addresses, picture: is the book found and shared?"""

import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from lookup import formula
from PIL import Image
from test_site import toc_pages

pytestmark = pytest.mark.site


def head_of(html):
    """A page's head, parsed; the rest of a page is long."""
    return BeautifulSoup(html.split("<body", 1)[0], "html.parser")


@pytest.fixture(scope="module")
def heads(site):
    """The head of each page, and of the front door."""
    return {name: head_of((site / f"{name}.html").read_text("utf-8"))
            for name in ["index", *toc_pages()]}


def said(head, name):
    """What the one meta of a name or property says."""
    found = head.find_all("meta", attrs={"name": name})
    found += head.find_all("meta", attrs={"property": name})
    return found[0]["content"] if len(found) == 1 else ""


def faults(head):
    """What is wrong for a search engine, or for a link that is shared."""
    title = head.title.get_text() if head.title else ""
    plain = not re.search(r"[<>$\\]|&\w+;|Project name", title)
    words = said(head, "description")
    return [what for what, fine in {
        "title": plain and "Twenty-Six Numbers" in title and len(title) < 66,
        "description": 50 <= len(words) <= 160,
        "shared words": words and words == said(head, "og:description"),
        "site": said(head, "og:site_name") == "Twenty-Six Numbers",
        "address": said(head, "og:url").startswith("https://"),
        "picture": said(head, "og:image").startswith("https://")
        and said(head, "og:image:alt"),
        "large": said(head, "twitter:card") == "summary_large_image",
    }.items() if not fine]


@pytest.mark.parametrize("name", ["index", *toc_pages()])
def test_head_has_no_fault(heads, name):
    assert faults(heads[name]) == []


def test_sitemap_has_the_pages_of_the_book_alone(site, heads):
    places = ElementTree.parse(site / "sitemap.xml").getroot()
    assert {place[0].text for place in places} == {
        heads[name].find("link", rel="canonical")["href"]
        for name in toc_pages()}
    assert all(len(place) == 1 for place in places)  # no date that moves


def test_shared_picture_is_there(site, heads):
    address = urlsplit(said(heads["index"], "og:image")).path
    picture = site / address[address.index("_static"):]
    assert Image.open(picture).size == (1200, 630)
    assert picture.stat().st_size < 200_000


@pytest.mark.parametrize(("tex", "text"), [
    (r"W_1", "W1"),
    (r"\hat y", "ŷ"),
    (r"\frac{\partial L}{\partial W_1}", "∂L/∂W1"),
    (r"\tfrac{1}{2}", "1/2"),
    (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b c = d"),
])
def test_formula_is_read_as_one_types_it(tex, text):
    assert formula(tex) == text
