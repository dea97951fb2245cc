"""The book on paper: its pages, contents, outline, links and texts.

The PDF is made as a reader makes it. What it must hold is looked up in
the sources, so that a new chapter is held to the same.
"""

import re
from html import unescape
from pathlib import Path

import paper
import pikepdf
import pypdfium2
import pytest
import yaml

pytestmark = pytest.mark.site

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(p.stem for p in (ROOT / "book").glob("0*.md"))
MARGIN = 30 / 25.4 * 72  # points


@pytest.fixture(scope="module")
def file(browser, make):
    """The path of the printed book; without Chromium `browser` skips."""
    run = make("pdf")
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    return ROOT / "_build" / "pdf" / paper.FILE


@pytest.fixture(scope="module")
def book(file):
    """The PDF, with texts and places."""
    with pypdfium2.PdfDocument(file) as document:
        yield document


@pytest.fixture(scope="module")
def parts(file):
    """The PDF's dictionaries."""
    with pikepdf.open(file) as document:
        yield document


@pytest.fixture(scope="module")
def pages(book):
    """The text of each page, without what a line break can change."""
    return [plain(p.get_textpage().get_text_range()) for p in book]


@pytest.fixture(scope="module")
def numbers(file):
    """The page of each anchor, from 1."""
    return paper.places(file)


def plain(text):
    """Leave only what a line break can't change."""
    return re.sub(r"[\s\u00ad\u200b\ufffe\x02-]+", "", text)


def outline(book, depth=1):
    """The outline's titles with their pages, down to a depth."""
    return [
        (mark.get_title(), mark.get_dest().get_index() + 1)
        for mark in book.get_toc() if mark.level < depth
    ]


def titles():
    """The titles of all pages as the table of contents orders them."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [c["file"] for p in toc["parts"] for c in p["chapters"]]
    texts = ((ROOT / f"{f}.md").read_text(encoding="utf-8") for f in files)
    found = [re.search(r"^# (.+)$", t, re.M)[1].replace("`", "")
             for t in texts]
    return [f"{n}. {t}" if n <= len(CHAPTERS) else t
            for n, t in enumerate(found, 1)]


def contents(numbers):
    """The (words, page) of each line of the contents."""
    found = re.findall(
        r'<a href="#([^"]+)"><span class="tn-words">(.*?)</span>'
        r'<span class="tn-page">', printed_page())
    return [
        (unescape(re.sub("<[^>]+>", "", words)), numbers[anchor])
        for anchor, words in found
    ]


def printed_page():
    return (ROOT / "_build" / "pdf" / "book.html").read_text("utf-8")


def chapter_text(book, pages, chapter):
    """The text of a chapter's pages."""
    starts = [number for _, number in outline(book)]
    at = 2 + CHAPTERS.index(chapter)  # after the contents and the foreword
    return "".join(pages[starts[at] - 1:starts[at + 1] - 1])


def test_book_is_as_long_as_a_book(book):
    assert 150 < len(book) < 350


def test_no_page_is_empty(pages):
    assert [n for n, text in enumerate(pages, 1) if len(text) < 60] == []


def test_outline_has_every_chapter_in_order(book):
    names = [plain(title) for title, _ in outline(book)]
    expected = ["Contents", paper.FOREWORD, *titles()]
    assert names == [plain(title) for title in expected]


def test_outline_has_the_sections(book):
    names = [plain(title) for title, _ in outline(book, 2)]
    heads = re.findall(r"^## (.+)$", source("02_forward"), re.M)
    assert [x for x in heads if plain(x.replace("`", "")) not in names] == []


def test_heading_stands_on_the_page_that_the_contents_say(pages, numbers):
    lines = contents(numbers)
    assert len(lines) > 60
    listed = "".join(pages[1:lines[0][1] - 1])
    for words, number in lines:
        assert plain(words) in pages[number - 1]
        assert f"{plain(words)}{number}" in listed


def test_page_numbers_and_running_titles_are_printed(book, pages):
    starts = outline(book)[1:]
    for number, text in enumerate(pages[1:], 2):
        titled = [plain(title) for title, n in starts if n <= number]
        foot = f"{titled[-1] if titled else ''}{number}"
        assert text.startswith(foot) or text.endswith(foot), number


def test_nothing_stands_beyond_the_margins(book):
    beyond = []
    for number, page in enumerate(book, 1):
        text, right = page.get_textpage(), page.get_width() - MARGIN
        for place in map(text.get_rect, range(text.count_rects())):
            if place[0] < MARGIN - 3 or place[2] > right + 3:
                beyond.append((number, text.get_text_bounded(*place)))
    assert beyond == []


@pytest.mark.parametrize("part", [
    f'<table><td style="white-space: nowrap">{"wide " * 60}</td></table>',
    '<p style="margin-left: 400px; white-space: nowrap">'
    "a line that is a good deal longer than the page is wide</p>",
])
def test_printing_names_what_is_too_wide(browser, part):
    tab = browser.new_page()
    tab.set_content(f'<main style="width: 500px">{part}</main>')
    assert tab.evaluate(paper.FIT, 0.6) != []
    tab.close()


def test_wide_table_gets_smaller_letters(browser):
    tab = browser.new_page()
    tab.set_content(
        '<main style="width: 500px"><table><tr>'
        f'<td style="white-space: nowrap">{"wide " * 18}</td></tr></table>'
        "</main>")
    assert tab.evaluate(paper.FIT, 0.6) == []
    tab.close()


def test_document_says_what_it_is(parts):
    root = parts.Root
    assert str(parts.docinfo.Title) == "Twenty-Six Numbers"
    assert str(parts.docinfo.Author)
    assert str(root.Lang) == "en"
    assert root.MarkInfo.Marked
    assert root.ViewerPreferences.DisplayDocTitle


def test_every_font_is_in_the_file(parts):
    fonts = [
        font for page in parts.pages
        for font in page.resources.get("/Font", {}).values()
    ]
    assert len(fonts) > 250
    for font in fonts:
        if font.Subtype != "/Type3":
            assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor


def test_links_lead_somewhere(parts, numbers):
    inside, outside = set(), set()
    for page in parts.pages:
        for note in page.get("/Annots", []):
            if "/Dest" in note:
                inside.add(str(note.Dest).lstrip("/"))
            elif "/A" in note:
                outside.add(str(note.A.URI))
    assert len(inside) > 300
    assert inside - numbers.keys() == set()
    assert [x for x in outside if not x.startswith("https://")] == []


def test_anchor_of_each_link_is_in_the_page(file):
    html = printed_page()
    anchors = set(re.findall(r' id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]*)"', html)) - anchors == set()


def test_ids_are_unique(file):
    ids = re.findall(r' id="([^"]+)"', printed_page())
    assert sorted({i for i in ids if ids.count(i) > 1}) == []


KINDS = {
    "a figure's caption": r"^:alt: .*\n(?::.*\n)*\n([A-Z][\w ',]{15,})",
    "a solution": r"\{solution-start\} ([\w-]+)",
    "a listing": r"```\{literalinclude\}[^`]*?:pyobject: (?:\w+\.)?(\w+)",
    "an equation": r"^\$\$ \((eq-[\w-]+)\)",
}


def source(chapter):
    return (ROOT / "book" / f"{chapter}.md").read_text(encoding="utf-8")


CASES = [
    (chapter, kind, found[1]) for chapter in CHAPTERS for kind in KINDS
    if (found := re.search(KINDS[kind], source(chapter), re.M))
]


@pytest.mark.parametrize(("chapter", "kind", "found"), CASES)
def test_chapter_is_there_with_its_parts(book, pages, chapter, kind, found):
    number = int(chapter[:2])
    expected = {
        "a solution": f"Solution to Exercise {number}.",
        "a listing": f"{found}(",
        "an equation": f"({number}.1)",
    }.get(kind, found)
    assert plain(expected) in chapter_text(book, pages, chapter)


def test_cases_are_of_every_kind():
    assert {kind for _, kind, _ in CASES} == KINDS.keys()
    assert {chapter for chapter, _, _ in CASES} == set(CHAPTERS)


def test_no_reference_is_left_open(pages):
    for number, text in enumerate(pages, 1):
        assert "??" not in text, number
        assert "[?]" not in text, number
        assert "Showcodecell" not in text, number
