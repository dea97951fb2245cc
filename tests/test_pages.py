"""The pages keep to the rules of pages.py, and the rules can fail.

The first test runs every rule over every page. The tables below it are
small pages: each line is a page that a rule must reject, with words of the
finding, or that it must let pass.
"""

import itertools
import re

import pytest
from pages import BOOK, BY_NUMBER, NUMBERED, RULES, Page, read_book, report

CHAPTERS = [name for name in read_book() if read_book()[name].chapter]


@pytest.mark.parametrize("name", read_book())
@pytest.mark.parametrize("rule", RULES)
def test_page(rule, name):
    found = report(rule, read_book()[name], read_book())
    assert not found, "\n".join(f"book/{name}: {why}" for why in found)


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_glued_number_is_missed_when_typed(name):
    """In exercises as well, and in captions: whatever is glued there."""
    typed = itertools.count(1000)
    text = (BOOK / name).read_text(encoding="utf-8")
    text, count = re.subn(r"\{glue:text\}`[^`]*`",
                          lambda _: f"4.{next(typed)}", text)
    found = report("numbers", Page(name, text), {})
    assert count == sum('"4.1' in finding for finding in found) > 0


def test_every_lesson_and_lab_page_is_read():
    assert sorted(f"{page}.md" for page in NUMBERED.values()) == CHAPTERS


def test_each_term_is_linked_to_the_page_that_introduces_it():
    """No earlier page uses it: its first use anywhere would be a link."""
    uses = {name: {re.search(r"<?([^<>]+)>?$", content)[1].lower()
                   for prose in read_book()[f"{name}.md"].prose
                   for kind, content in prose.marks if kind == "term"}
            for name in BY_NUMBER.values()}
    (block,) = re.findall(r"(?s)```\{glossary\}\n(.*?)\n```",
                          (BOOK / "glossary.md").read_text("utf-8"))
    for entry in block.split("\n\n"):
        names = {name.lower() for name in re.findall(r"(?m)^\S.*", entry)}
        first = next(page for page, used in uses.items() if names & used)
        assert f"<{first}>`." in entry, names


# Small pages --------------------------------------------------------------


def cell(code):
    return f"```{{code-cell}} ipython3\n{code}\n```\n"


def figure(caption, alt="A curve falls from left to lower right."):
    return f"```{{glue:figure}} fig\n:name: f\n:alt: {alt}\n\n{caption}\n```\n"


def table(title, entry="x"):
    return f":::{{list-table}} {title}\n\n* - {entry}\n:::\n"


CODE = cell("n, rate, many = 30, 0.03, 1_000\nx[30] = f(lr=0.03)")
G = "glue('a', x)\n"
ASKED = "```{exercise-start}\n:label: a\n```\n"
PLOT = cell("ax.axhline(0.6)\nfits(tolerance=0.8)")
NUMBERS = [
    # stale or typed in a caption, whatever stands in the page's code
    (PLOT + figure("Rows within 0.8 of the plane."), '"0.8" is typed'),
    (figure("Of 8 starts."), '"8"'),
    (figure("At $T = 30$."), "T = 30"),
    # in a sentence
    ("The loss is 4.872 now.", '"4.872" is typed'),
    (":::{dropdown} Why 4.5?\nSo.\n:::", '"4.5"'),
    ("After 1,000 steps.", '"1,000"'),
    *((f"{share} of it", f'"{share}"') for share in (
        "20%", "3 %", "4 percent", "20\u00d7", "4x", "1e-3", "10\u207b\u00b3",
        "2-fold", "4 times faster")),
    ("as Figure 1 shows", "typed reference"),
    # code and mathematics
    ("`0.03` fits", "`0.03` is typed"),
    ("`lr=0.02` fits", "`lr=0.02` is typed"),
    ("$\\eta = 0.03$", "0.03` is typed"),
    ("$$\nx = 0.37\n$$ (eq-x)", "line 6: a decimal"),
    # in an exercise
    (ASKED + "\nIt fell to 4.5.", '"4.5"'),
    (ASKED + "\nIt fell by 30%.", '"30%"'),
    # what an author may write
    (figure("{glue:text}`n` starts; 20 points, 26 numbers, 1.33."), None),
    ("{glue:text}`s:.0%` of 26, {glue:text}`r:.0f` times more", None),
    ("the widths 3, 6 and 10; two of thirty, one half, ten runs", None),
    ("`lr=0.03`, `x[30]`, `W1`, `float32`, `X[0, 1:3]`, `b.c7`", None),
    ("W1, float64, ex-02-1, L-BFGS, 2D, the 3rd and 20th", None),
    ("IEEE 754, section 6.5, pages 30–34, chapters 3, 4 and 15", None),
    ("$2^{-24}$, $\\tfrac12(a^2 + 100\\,b^2)$, $x = 21$, $7$", None),
    ("$$\n\\begin{array}{c} 1 \\\\[3.5pt] 2 \\end{array}\n$$", None),
    (ASKED + "\nA set of 15 rows; `0.05`, $\\beta = 0.9$.", None),
    ("<!-- 4.5 -->\n\n% 4.5\n\n[there](https://a.org/4.5)", None),
    ("```bash\npip install torch==2.13\n```", None),
]
ASSERTS = [
    (cell(G), "line 2: glued, and nothing asserted"),
    (cell(G + "assert (x == 3, 'message')"), "nothing asserted"),
    (cell(G + "assert x < 3"), None),
    (cell("glue('a', fig)"), None),
]


def include(path="../toynet/net.py", name="forward", more=""):
    return f"```{{literalinclude}} {path}\n:pyobject: {name}\n{more}```\n"


LISTINGS = [
    (include(), None),
    (include(name="forwards"), "no whole object"),
    (f"````{{hint}}\n{include(name='forwards')}````", "line 2"),
    ("```python\nx = 1\n```", "a pasted listing (python)"),
    (f"````{{note}}\n{cell('x = 1')}````", "a cell inside note never runs"),
]
FIGURES = [
    (figure("The loss."), None),
    (figure("The loss.", ""), "fewer than 8"),
    (figure("*A curve falls from left to lower right.*"), "the caption again"),
    (cell("ax.plot(x, color='red')"), "line 2: 'red'"),
    (cell("ax.plot(x, label='red', color=ROLES['up'], fc='none')"), None),
]
WITNESSES = [
    ("$$\nx\n$$ (eq-dz2)", None),
    ("$$\nx\n$$ (eq-dz9)", "dz9 is not in the table"),
    ("```{math}\n:label: eq-dx_hat\nx\n```", "dx_hat is not in the table"),
]
TERMS = (
    "```{glossary}\nleaf\n  A leaf.\n\nbatch\nmini-batch\n  Rows.\n\n"
    "weight\n  A number.\n\nweight decay\n  A pull.\n```\n"
)
GLOSSARY = [
    ("A {term}`leaf` is a leaf.", None),
    ("| leaf |\n|---|\n\n# leaf\n\n`leaf` {term}`leaf`", 'use of "leaf"'),
    ("A {term}`weight decay` of one {term}`mini-batch`", None),
    ("{term}`mini-batch` and batch", 'first use of "batch"'),
]
NARROW = [
    (cell("x = 1  #" + "y" * 72), "80 columns"),
    (cell("x = 1  #" + "y" * 71) + "x" * 200, None),
]
HIDE = "```{code-cell} ipython3\n:tags: [remove-cell]\nassert x\n```\n"
TEACHING = [
    (cell("x = 1"), None),
    (HIDE.replace("x", "1"), None),
    (cell("print(x)"), "line 2: x is bound in no cell in view"),
    (HIDE.replace("assert", "x =") + cell("print(x)"), "x is bound in no"),
    (cell("x = 1\n" + G + "assert x"), "line 3: in view, though the build's"),
    (ASKED + cell("assert 1"), "in view"),
    (cell("assert 1").replace("\n", "\n:tags: [hide-input]\n", 1), "in view"),
    (cell("x = 1\n\n" * 20), None),
    (cell("x = 1\n" * 21), "line 2: a cell of 21 lines"),
    (ASKED + cell("x = 1\n" * 21), None),
    (cell("x = 1\n" * 20) * 13, "260 lines of code"),
    ("two words " * 1500, None),
    ("two words `more` " * 1500, "4500 words"),
]
INTRODUCED = [
    (cell("x.expand(2)"), "line 2: expand is used"),
    (cell("# again\nx.expand(2)\ntorch.roll(x)  # so"), None),
    (cell("nn.Linear(3, 4)\nx.max()") + "\nA `Linear` layer.", None),
    (cell("nn.Linear(3, 4)") + "\n# On\n\nA `Linear` layer.", "Linear"),
]
TABLES = {
    "numbers": [(f"{CODE}\n{text}", words) for text, words in NUMBERS],
    "asserts": ASSERTS, "listings": LISTINGS, "figures": FIGURES,
    "witnesses": WITNESSES, "glossary": GLOSSARY, "narrow": NARROW,
    "teaching": TEACHING, "introduced": INTRODUCED,
}


@pytest.mark.parametrize(("rule", "text", "words"), [
    (rule, *line) for rule, lines in TABLES.items() for line in lines])
def test_a_small_page(rule, text, words):
    name = "01_tensors.md"  # a lesson
    book = {name: Page(name, text), "g.md": Page("g.md", TERMS)}
    found = report(rule, book[name], book)
    if words is None:
        assert found == []
    else:
        assert found
        assert words in found[0]


def test_every_witness_has_an_equation():
    found = report("witnesses", Page("03_backprop.md", "# No equation"), {})
    assert "no equation is labelled eq-dz2" in " ".join(found)
