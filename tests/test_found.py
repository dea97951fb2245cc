"""Titles, descriptions, addresses and pictures: is the book found?"""

import io
import json
import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from cards import draw_card
from conftest import ROOT
from found import settle_address
from lookup import formula
from PIL import Image
from test_site import toc_pages

pytestmark = pytest.mark.site

MADE = ["search", "genindex", "py-modindex", "404"]
FONTS = ROOT / "book" / "_static" / "fonts"


@pytest.fixture(scope="module")
def heads(site):
    """The head of each page, and of the front door."""
    return {
        name: head_of((site / f"{name}.html").read_text("utf-8"))
        for name in [*toc_pages(), *MADE, "index"]
    }


def head_of(html):
    """A page's head, parsed; the rest of a page is long."""
    return BeautifulSoup(html.split("<body", 1)[0], "html.parser")


def content(head, name):
    """What the one meta of a name or property says."""
    found = head.find_all("meta", attrs={"name": name})
    found += head.find_all("meta", attrs={"property": name})
    return found[0]["content"] if len(found) == 1 else ""


def bad_title(head):
    """A title has words of the page, the book's name, and no markup."""
    title = head.title.get_text() if head.title else ""
    plain = not re.search(r"[<>$\\]|&\w+;", title)
    return not (plain and "Twenty-Six Numbers" in title and len(title) < 66)


def bad_description(head):
    """A description is one or two lines of a search engine."""
    return not 50 <= len(content(head, "description")) <= 160


def no_language(head):
    return head.html is None or head.html.get("lang") != "en"


def no_icon(head):
    return head.find("link", rel="icon") is None


def no_colours(head):
    """A phone's frame takes the page's colour, by day and at night."""
    media = [m.get("media", "") for m in
             head.find_all("meta", attrs={"name": "theme-color"})]
    return sorted("dark" in m for m in media) != [False, True]


def no_canonical(head):
    return len(head.find_all("link", rel="canonical")) != 1


def no_card(head):
    """A shared link shows title, words and a picture by a whole address."""
    names = ["og:title", "og:description", "og:url", "og:image:alt"]
    return not (
        all(content(head, name) for name in names)
        and content(head, "og:image").startswith("https://")
        and content(head, "twitter:card") == "summary_large_image"
    )


ALL = [bad_title, bad_description, no_language, no_icon]
OF = {
    **dict.fromkeys(toc_pages(), [*ALL, no_colours, no_canonical, no_card]),
    **dict.fromkeys(MADE, [*ALL, no_colours]),
    "index": [*ALL, no_canonical],
}


@pytest.mark.parametrize(
    ("name", "check"), [(n, c) for n, checks in OF.items() for c in checks])
def test_head_has_no_fault(heads, name, check):
    assert not check(heads[name])


GOOD = (
    '<html lang="en"><title>1. A · Twenty-Six Numbers</title>'
    '<link rel="icon" href="x"><link rel="canonical" href="x">'
    '<meta name="theme-color" media="(prefers-color-scheme: light)">'
    '<meta name="theme-color" media="(prefers-color-scheme: dark)">'
    '<meta name="twitter:card" content="summary_large_image">'
    f'<meta name="description" content="{"word " * 12}">'
    + "".join(f'<meta property="og:{name}" content="https://x.example/">'
              for name in ("title", "description", "url", "image",
                           "image:alt"))
)


@pytest.mark.parametrize(("check", "old", "new"), [
    (bad_title, "1. A", r"1. $\frac12$"),
    (bad_title, "1. A", "1. &lt;code&gt;"),
    (bad_title, "Twenty-Six Numbers", ""),
    (bad_description, "word " * 12, "word"),
    (bad_description, "word " * 12, "word " * 40),
    (bad_description, '"description"', '"words"'),
    (no_language, ' lang="en"', ""),
    (no_icon, '"icon"', '"next"'),
    (no_colours, "dark", "light"),
    (no_canonical, '"canonical"', '"next"'),
    (no_card, "og:image:alt", "og:image"),
    (no_card, "og:url", "og:uri"),
    (no_card, "summary_large_image", "summary"),
    (no_card, 'og:image" content="https://x.example', 'og:image" content="'),
])
def test_check_finds_the_fault(check, old, new):
    assert not check(head_of(GOOD))
    assert old in GOOD
    assert check(head_of(GOOD.replace(old, new)))


@pytest.mark.parametrize("what", ["title", "description"])
def test_each_page_has_words_of_its_own(heads, what):
    """But for the front door, which leads to the first page."""
    said = [
        head.title.get_text() if what == "title" else content(head, what)
        for name, head in heads.items() if name != "index"
    ]
    assert len(set(said)) == len(said)


def test_sitemap_has_the_pages_of_the_book_alone(site, heads):
    places = ElementTree.parse(site / "sitemap.xml").getroot()
    found = {place[0].text for place in places}
    assert found == {heads[name].find("link", rel="canonical")["href"]
                     for name in toc_pages()}
    assert all(len(place) == 1 for place in places)  # no date that moves
    address = re.search(
        "Sitemap: (.+)", (site / "robots.txt").read_text())[1]
    assert all(f.startswith(address.removesuffix("sitemap.xml"))
               for f in found)


def test_shared_pictures_are_there(site, heads):
    for name in toc_pages():
        address = content(heads[name], "og:image")
        path = site / "_static" / address.split("/_static/")[1]
        assert Image.open(path).size == (1200, 630)
        assert path.stat().st_size < 60_000


def test_picture_is_drawn_alike_each_time():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        draw_card(FONTS, "The forward pass", "2").save(file, "png")
    assert files[0].getvalue() == files[1].getvalue()


@pytest.mark.parametrize(("name", "kind"), [
    ("book/index", "Book"), ("book/03_backprop", "Chapter"),
    ("book/notation", None), ("search", None),
])
def test_machines_are_told_what_a_page_is(heads, name, kind):
    data = heads[name].find("script", type="application/ld+json")
    assert (data and json.loads(data.string)["@type"]) == kind


@pytest.mark.parametrize(("given", "repository", "address"), [
    ("", "https://github.com/me/book", "https://me.github.io/book/"),
    ("https://my.example/b", "https://github.com/me/book",
     "https://my.example/b/"),
    ("", "https://elsewhere.example/me/book", ""),
    ("", "", ""),
])
def test_site_has_the_address_of_its_repository(given, repository, address):
    config = SimpleNamespace(
        html_baseurl=given, html_theme_options={"repository_url": repository})
    settle_address(None, config)
    assert config.html_baseurl == address


@pytest.mark.parametrize(("tex", "text"), [
    (r"W_1", "W1"),
    (r"\hat y", "ŷ"),
    (r"\frac{\partial L}{\partial W_1}", "∂L/∂W1"),
    (r"\tfrac{1}{2}", "1/2"),
    (r"X^{\mathsf T}", "X^T"),
    (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b c = d"),
])
def test_formula_is_read_as_one_types_it(tex, text):
    assert formula(tex) == text
