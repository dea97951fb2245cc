"""The book on paper: its pages, contents, outline, links and texts.

The PDF is made as a reader makes it. What it must hold is looked up in
the sources, so that a new chapter is held to the same.
"""

import re
from pathlib import Path

import paper
import pytest
import yaml
from pypdf import PdfReader

pytestmark = pytest.mark.site

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(p.stem for p in (ROOT / "book").glob("0*.md"))
MARGIN = 30 / 25.4 * 72  # points


@pytest.fixture(scope="module")
def book(browser, make):
    """The printed book; without Chromium `browser` skips."""
    run = make("pdf")
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    return PdfReader(ROOT / "_build" / "pdf" / paper.FILE)


@pytest.fixture(scope="module")
def pages(book):
    """The text of each page, and where its pieces begin."""
    found = []
    for page in book.pages:
        places = []

        def visit(text, cm, tm, font, size, places=places):
            if text.strip():
                places.append((tm[4] * cm[0] + cm[4], text))

        found.append((plain(page.extract_text(visitor_text=visit)), places))
    return found


def plain(text):
    """Leave only what a line break can't change."""
    return re.sub(r"[\s\u00ad\u200b-]+", "", text)


def outline(book, depth=1):
    """The outline's titles with their pages, down to a depth."""
    def walk(entries, level):
        for entry in entries:
            if isinstance(entry, list):
                if level < depth:
                    yield from walk(entry, level + 1)
            else:
                number = book.get_destination_page_number(entry) + 1
                yield entry.title, number

    return list(walk(book.outline, 1))


def titles():
    """The titles of all pages as the table of contents orders them."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [c["file"] for p in toc["parts"] for c in p["chapters"]]
    texts = ((ROOT / f"{f}.md").read_text(encoding="utf-8") for f in files)
    found = [re.search(r"^# (.+)$", t, re.M)[1].replace("`", "")
             for t in texts]
    return [f"{n}. {t}" if n <= len(CHAPTERS) else t
            for n, t in enumerate(found, 1)]


def contents(book):
    """The (words, printed number, page linked to) of the contents."""
    found = re.findall(
        r'<a href="#([^"]+)"><span class="tn-words">(.*?)</span>'
        r'<span class="tn-page">', printed_page())
    places = book.named_destinations
    return [
        (re.sub("<[^>]+>", "", words),
         book.get_destination_page_number(places[anchor]) + 1)
        for anchor, words in found
    ]


def printed_page():
    return (ROOT / "_build" / "pdf" / "book.html").read_text("utf-8")


def chapter_text(book, pages, chapter):
    """The text of a chapter's pages."""
    starts = [number for _, number in outline(book)]
    titled = [title for title, _ in outline(book)]
    at = titled.index(titles()[CHAPTERS.index(chapter)])
    return "".join(t for t, _ in pages[starts[at] - 1:starts[at + 1] - 1])


def test_book_is_as_long_as_a_book(book):
    assert 150 < len(book.pages) < 350


def test_no_page_is_empty(pages):
    assert [n for n, (text, _) in enumerate(pages, 1) if len(text) < 40] == []


def test_outline_has_every_chapter_in_order(book):
    names = [plain(title) for title, _ in outline(book)]
    expected = ["Contents", paper.FOREWORD, *titles()]
    assert names == [plain(title) for title in expected]


def test_heading_stands_on_the_page_that_the_contents_say(book, pages):
    lines = contents(book)
    assert len(lines) > 60
    listed = "".join(text for text, _ in pages[1:lines[0][1] - 1])
    for words, number in lines:
        words = plain(words)
        assert words in pages[number - 1][0]
        assert f"{words}{number}" in listed


def test_page_numbers_and_running_titles_are_printed(book, pages):
    first = contents(book)[0][1]
    for number, (text, _) in enumerate(pages, 1):
        if number > 1:
            assert str(number) in text[-4:] + text[:4], text[-40:]
    named = [t for t, n in outline(book) if n > first]
    assert pages[-1][0].count(plain(named[-1])) >= 1


def test_nothing_stands_beyond_the_page(book, pages):
    right = float(book.pages[0].mediabox.width) - MARGIN
    beyond = [
        (n, text) for n, (_, places) in enumerate(pages, 1)
        for x, text in places if not MARGIN - 12 < x < right
    ]
    assert beyond == []


@pytest.mark.parametrize("part", [
    '<table><tr><td style="min-width: 900px">wide</td></tr></table>',
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


def test_document_says_what_it_is(book):
    root = book.trailer["/Root"]
    assert book.metadata.title == "Twenty-Six Numbers"
    assert book.metadata.author
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_every_font_is_in_the_file(book):
    for page in book.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            if font["/Subtype"] == "/Type3":
                continue
            inner = font["/DescendantFonts"][0].get_object()
            assert "/FontFile2" in inner["/FontDescriptor"], inner


def test_links_lead_somewhere(book):
    anchors = set(re.findall(r' id="([^"]+)"', printed_page()))
    inside = set(re.findall(r'href="#([^"]*)"', printed_page()))
    assert inside - anchors == set()
    targets, outside = set(), set()
    for page in book.pages:
        for note in page.get("/Annots", []):
            note = note.get_object()
            if "/Dest" in note:
                targets.add(str(note["/Dest"])[1:])
            elif "/A" in note:
                outside.add(note["/A"]["/URI"])
    named = {name.lstrip("/") for name in book.named_destinations}
    assert len(targets) > 300
    assert targets - named == set()
    assert [x for x in outside if not x.startswith("http")] == []


def test_ids_are_unique():
    ids = re.findall(r' id="([^"]+)"', printed_page())
    assert sorted({i for i in ids if ids.count(i) > 1}) == []


KINDS = {
    "a figure's caption": r"^:alt: .*\n(?::.*\n)*\n([A-Z][\w ',]{15,})",
    "a solution": r"\{solution-start\} ([\w-]+)",
    "a listing": r"```\{literalinclude\}[^`]*?:pyobject: (?:\w+\.)?(\w+)",
    "an equation": r"^\$\$ \((eq-[\w-]+)\)",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_is_there_with_its_parts(book, pages, chapter, kind):
    source = (ROOT / "book" / f"{chapter}.md").read_text(encoding="utf-8")
    found = re.search(KINDS[kind], source, re.M)[1]
    text, number = chapter_text(book, pages, chapter), CHAPTERS.index(chapter)
    expected = {
        "a solution": f"Solution to Exercise {number + 1}.1",
        "a listing": f"def {found}(",
        "an equation": f"({number + 1}.1)",
    }.get(kind, found)
    assert plain(expected) in text


def test_no_reference_is_left_open(pages):
    for number, (text, _) in enumerate(pages, 1):
        assert "??" not in text, number
        assert "[?]" not in text, number
        assert "Showcodecell" not in text, number
