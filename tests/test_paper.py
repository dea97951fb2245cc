"""The book on paper, made as a reader makes it, and held to the site."""

import re
import subprocess
import sys

import paper
import pikepdf
import pypdfium2
import pytest

pytestmark = pytest.mark.site
MARGIN = 30 / 25.4 * 72  # points
# What the site shows on a screen alone, and what a PDF writes otherwise.
LEFT_OUT = "script, svg, summary, .headerlink, .katex-mathml"


@pytest.fixture(scope="module")
def chapters(browser, site):
    """The site's pages in order; the PDF is printed from them."""
    subprocess.run([sys.executable, paper.__file__], check=True)
    return dict(paper.site_from(site / "book" / "index.html"))


@pytest.fixture(scope="module")
def book(chapters):
    """The PDF, with texts and places."""
    with pypdfium2.PdfDocument(paper.PDF) as document:
        yield document


@pytest.fixture(scope="module")
def pages(book):
    """The text of each page."""
    return [plain(page.get_textpage().get_text_range()) for page in book]


@pytest.fixture(scope="module")
def marks(book):
    """The (level, title, page) of the outline's entries."""
    return [(mark.level, plain(mark.get_title()),
             mark.get_dest().get_index() + 1) for mark in book.get_toc()]


def plain(text):
    """Leave only what a line break can't change."""
    return re.sub(r"[\s\u00ad\u200b\ufffe\x02-]+", "", text)


def test_outline_and_contents_say_where_each_heading_stands(
        chapters, pages, marks):
    found = [head for page in chapters.values()
             for head in page.select("article :is(h1, h2)")]
    assert len(marks) == len(found) > 150
    listed = "".join(pages[1:marks[0][2] - 1])
    for (_, title, number), head in zip(marks, found, strict=True):
        words = plain(head.get_text()).removesuffix("#")
        assert title in (words, plain(paper.FOREWORD))
        assert title in pages[number - 1]
        assert f"{title}{number}" in listed


def test_every_page_has_its_number_and_its_running_title(pages, marks):
    heads = [mark for mark in marks if mark[0] == 0]
    for number, text in enumerate(pages[1:], 2):
        titles = ["", *(title for _, title, n in heads if n <= number)]
        foot = f"{titles[-1]}{number}"
        assert text.startswith(foot) or text.endswith(foot), number
        assert len(text) > 40, number


def test_words_and_code_of_the_site_are_there(chapters, pages, marks):
    starts = [n for level, _, n in marks if level == 0]
    ends = [*starts[1:], len(pages) + 1]
    for page, start, end in zip(
            chapters.values(), starts, ends, strict=True):
        text = "".join(pages[start - 1:end - 1])
        for part in page.select(LEFT_OUT):
            part.decompose()
        said = [part.get_text()[:40] for part in page.select("article p")
                if not part.select(".katex")]
        lines = [line for part in page.select("article pre")
                 for line in part.get_text().split("\n")]
        assert [x for x in said + lines if plain(x) not in text] == []


def test_lines_end_at_the_margin(book):
    """Chromium makes all letters smaller where one line is too wide."""
    for number, page in enumerate(book, 1):
        text, right = page.get_textpage(), page.get_width() - MARGIN
        places = [text.get_rect(n) for n in range(text.count_rects())]
        for place in places:
            inside = place[0] > MARGIN - 3 and place[2] < right + 3
            assert inside, (number, text.get_text_bounded(*place))
        if number == 2:  # the contents: their numbers stand at the margin
            above = [end for _, low, end, _ in places if low > MARGIN]
            assert max(above) > right - 3


def test_links_lead_somewhere(chapters):
    parts = pikepdf.open(paper.PDF)
    notes = [n for page in parts.pages for n in page.get("/Annots", [])]
    inside = {str(n.Dest)[1:] for n in notes if "/Dest" in n}
    assert len(inside) > 300
    assert inside - paper.places(parts).keys() == set()
    outside = {str(n.A.URI) for n in notes if "/A" in n}
    assert [x for x in outside if not x.startswith("https://")] == []
    html = paper.PAGE.read_text("utf-8")
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', html)) - set(ids) == set()


def test_document_says_what_it_is(chapters):
    parts = pikepdf.open(paper.PDF)
    assert str(parts.docinfo.Title) == "Twenty-Six Numbers"
    assert str(parts.docinfo.Author)
    assert str(parts.Root.Lang) == "en"
    assert parts.Root.MarkInfo.Marked
