"""The pages keep to the rules of page_rules.py, and the rules can fail.

The first test runs every rule over every page. The tables below it are
small pages: each line is a page that a rule must reject, with words of the
finding, or that it must let pass.
"""

import itertools
import re
import subprocess
import sys

import page_rules
import pages
import pytest
from page_rules import RULES, report
from pages import Page

BOOK = pages.read_book()


@pytest.mark.parametrize("name", BOOK)
@pytest.mark.parametrize("rule", RULES)
def test_page(rule, name):
    found = report(RULES[rule], BOOK[name], BOOK)
    shown = [f"book/{name}: {finding}" for finding in found]
    assert not found, "\n".join(["", *shown])


@pytest.mark.parametrize("name", [n for n in BOOK if BOOK[n].chapter])
def test_each_glued_number_is_missed_when_typed(name):
    typed = itertools.count(1000)
    roles = r"\{glue:text\}`[^`]*`"
    text, count = re.subn(roles, lambda _: f"4.{next(typed)}", BOOK[name].text)
    found = report(RULES["numbers"], Page(name, text), BOOK)
    assert count == sum('"4.1' in finding for finding in found) > 0


def test_every_chapter_is_read():
    chapters = [page.chapter for page in BOOK.values() if page.chapter]
    assert chapters == ["01", "02", "03", "04", "05", "06", "07"]


# Small pages --------------------------------------------------------------


def cell(code):
    return f"```{{code-cell}} ipython3\n{code}\n```\n"


CODE = cell("n, rate, many = 20, 0.01, 1_000")
EIGHT = cell("assert n == 3") * 8


def found_on(rule, text, name="page.md", rest=None, **options):
    book = {name: Page(name, text)}
    book |= {other: Page(other, t) for other, t in (rest or {}).items()}
    check = page_rules.RULES[rule]
    if options:
        return report(lambda *at: check(*at, **options), book[name], book)
    return report(check, book[name], book)


def judge(found, words):
    """One finding, with these words; or none, when there are no words."""
    if words is None:
        assert found == []
    else:
        assert len(found) == 1, found
        assert words in found[0]


NUMBERS = [
    # typed measurements, wherever prose stands
    ("The loss is 4.872 now.", '"4.872" is typed'),
    ("# A loss of 4.872", '"4.872" is typed'),
    ("- it fell to\n  0.01 there", "line 6"),
    ("| a | b |\n|---|---|\n| x | 0.5 |", "line 7"),
    ("```{note}\nIt fell to 4.5.\n```", "line 6"),
    ("```{note} It fell to 4.5.\n```", '"4.5"'),
    ("````{exercise}\n:label: a\n\nGet 4.5.\n````", "line 8"),
    ("```{figure} a\n---\nalt: at 3.5\n---\n\nA 4.5.\n```", "line 10"),
    ("```{hint}\n:class: dropdown\nGet 4.5.\n```", "line 7"),
    ("```{figure} a.svg\n:alt: at 3.5\n\nLoss 4.5.\n```", '"4.5"'),
    ("```{literalinclude} a.py\n:caption: At 4.5\n```", '"4.5"'),
    (":::{tip}\nGet 4.5.\n:::", '"4.5"'),
    ("word\n: defined as 4.5", '"4.5"'),
    ("a[^1]\n\n[^1]: In 4.5 of them.", '"4.5"'),
    ("**4.5** of them", '"4.5"'),
    ("in [4.5 of them](page.md)", '"4.5"'),
    ("95% of them", '"95%"'),
    ("20 % of them", '"20 %"'),
    ("95 percent of them", '"95 percent"'),
    ("20\nper cent of them", '"20\nper cent"'),
    ("20× slower", '"20×"'),
    ("20x slower", '"20x"'),
    ("20 times slower", '"20 times slower"'),
    ("a 20-fold rise", '"20-fold"'),
    ("a rate of 1e-3", '"1e-3"'),
    ("a rate of 10⁻³", '"10⁻³"'),
    ("about-3.5 of them", '"3.5"'),
    ("at −0.5 it turns", '"0.5"'),
    ("$20$% of them", "share or a factor"),
    ("$20\\times$ slower", "share or a factor"),
    ("$20\\%$ of them", "share or a factor"),
    ("ninety percent of them", "in words"),
    ("ninety-five per cent", "in words"),
    ("a thousand times faster", "in words"),
    ("four times as much", "in words"),
    # integers
    ("3 of them", '"3" is in no code'),
    ("$11$", "11 is in no code"),
    ("We ran 317 of them.", '"317" is in no code'),
    ("We ran 2,317 of them.", '"2,317" is in no code'),
    ("a 20-784-20 network", '"784" is in no code'),
    ("a (20, 7) matrix", '"7" is in no code'),
    ("a 7×20 matrix", '"7" is in no code'),
    ("as Figure 1 shows", "typed reference"),
    ("see Exercise 2", "typed reference"),
    ("see equation (2)", "typed reference"),
    ("part 3.5%", '"3.5"'),
    # code and mathematics
    ("`lr=0.02` fits", "`lr=0.02`: 0.02 is in no code"),
    ("`x[3]` fits", "`x[3]`: 3 is in no code"),
    ("`784-20` fits", "`784-20`: 784 is in no code"),
    ("$x = 0.37$ fits", "0.37 is in no code"),
    ("$x = 21$ fits", "21 is in no code"),
    ("$2 \\cdot21$ fits", "21 is in no code"),
    ("$\\frac{1}{40}$", "40 is in no code"),
    ("$x_1^2 = 1{,}024$", "1024 is in no code"),
    ("$x^\\alpha 37$", "37 is in no code"),
    ("$x\\_37$", "37 is in no code"),
    ("$$\nx = 0.37\n$$ (eq-x)", "line 5"),
    ("```{math}\n:label: eq-x\nx = 0.37\n```", "line 5"),
    ("\\begin{align}\nx &= 0.37\n\\end{align}", "line 5"),
    ("```text\nloss 0.37\n```", "0.37 is in no code"),
    # what an author may write
    ("The loss is {glue:text}`loss:.3f`, {glue:text}`r:.0f` times more", None),
    ("{glue:text}`share`% of them, {glue:text}`r:.0f`× slower", None),
    ("{glue:text}`share:.0%` of 20 points, 1,000 or 1000 of them.", None),
    ("```{figure} a\n---\nalt: at 4.5\n---\nA 20.\n```", None),
    ("0, 1 and 2 pass; 20. And 20, or (20, 2), or 20-20.", None),
    ("`0.01`, `1e-2`, `1_000`, `1000.`, `-20`, `x[0, 1:2]`, `0.`", None),
    ("`W1`, `x3`, `float32`, `ex-02-1`, `02_forward.md`, `b.c7`", None),
    ("W1, x3, float32, y1, ex-02-1, L-BFGS, 2D, the 3rd and 20th", None),
    ("IEEE 754, section 6.5 of it, pages 30–34", None),
    ("chapter 3, chapters 3, 4 and 5, Part 4, sections 3–5, Section 7.", None),
    ("$x^{20.5} + a_{34} + b^{-\\frac{1}{40}} + c^\\mathrm{34}$", None),
    ("$\\frac12$, $\\tfrac{1}{2}$, $7/10$, $10^{-3}$, $1\\,000$, $20$", None),
    ("$3 \\times 4$, $\\mathtt{W13}$, $0.01$, $\\hspace{3.5em} x$", None),
    ("$$\n\\begin{array}{20} 1 \\\\[3.5pt] 2 \\end{array}\n$$", None),
    ("two of the twenty, one half, twice, three times over, ten runs", None),
    ("$4$ times as much, `rate` times the gradient", None),
    ("<!-- 4.5 -->", None),
    ("some <!-- 4.5 --> more", None),
    ("% 4.5", None),
    ("[there](https://a.org/4.5)", None),
    ("(a-4.5)=\n# A", None),
    ("1. first\n2. second\n3. third\n4. fourth", None),
    ("```bash\npip install torch==2.13\n```", None),
    ("```{figure} a.svg\n:width: 4.5em\n:alt: at 4.5\n\nLoss.\n```", None),
    ("a 20 × 20 matrix and a 20×20 one, a 20-point run", None),
]


@pytest.mark.parametrize(("text", "words"), NUMBERS)
def test_numbers(text, words):
    judge(found_on("numbers", CODE + "\n" + text), words)


IMPORT = "from toynet.data import generate_data"
SHOWN = "```{literalinclude} ../toynet/net.py\n:pyobject: init_params\n```\n"
WHERE_NUMBERS_ARE = [
    (cell("n = 7") + "7", None),
    (cell("n = 8") + "7", '"7"'),
    (cell("s = '7'  # 7") + "7", '"7"'),
    (cell("%matplotlib inline\nn = 7") + "7", None),
    (cell("n = -7") + "`-7`", None),
    (cell("n = 1") + "`1.33`", "1.33"),
    (cell(IMPORT) + "`1.33`", None),
    (cell("from toynet import data") + "`1.33`", None),
    (cell("import toynet.data as d") + "`1.33`", None),
    (cell("from toynet import net") + "`1.33`", "1.33"),
    (cell("n = 1") + SHOWN + "`0.2`", None),
    ("# No cells\n\n`1.33`", None),
    ("# No cells\n\n`1.34`", "1.34"),
]


@pytest.mark.parametrize(("text", "words"), WHERE_NUMBERS_ARE)
def test_where_numbers_are(text, words):
    judge(found_on("numbers", text), words)


G = "glue('a', x)\n"
ASSERTS = [
    (G, "line 2: 'a' is glued, not asserted"),
    ("glue(f'b_{i}', x)", "is glued, not asserted"),
    ("myst_nb.glue('a', x)", "is glued, not asserted"),
    (G + "assert x < 3", None),
    (G + "assert x < 3 and y is not None", None),
    (G + "torch.testing.assert_close(x, y)", None),
    (G + "if x:\n    assert torch.equal(x, y)", None),
    (G + "torch.testing.assert_close(x, x)", "not asserted"),
    ("glue('a', fig)", None),
    ("glue('a_figure', svg)", None),
    ("x = 1", None),
    ("assert True", "can't fail"),
    ("assert 'text'", "can't fail"),
    ("assert not False", "can't fail"),
    ("assert (x == 3, 'message')", "can't fail"),
    ("assert x is not None", "can't fail"),
    ("assert x == x", "can't fail"),
    ("assert x.y <= x.y", "can't fail"),
    ("assert torch.equal(a, a)", "can't fail"),
    ("assert x is not None and True", "can't fail"),
    ("assert x < 3 or True", "can't fail"),
    ("assert x == y == 3", None),
    ("assert x is None", None),
    ("assert x is not y", None),
    ("assert torch.isfinite(x)", None),
    ("assert len({a, b}) == 2", None),
]


@pytest.mark.parametrize(("code", "words"), ASSERTS)
def test_asserts(code, words):
    text = cell(code) + "```{glue:figure} a_figure\n```\n"
    judge(found_on("asserts", text), words)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("03_a.md", EIGHT, None),
        ("03_a.md", cell("assert n == 3") * 7, "7 cells assert something"),
        ("notes.md", cell("assert n == 3"), None),
        ("03_a.md", cell("assert n is not None") + EIGHT, "can't fail"),
    ],
)
def test_enough_asserts(name, text, words):
    judge(found_on("asserts", text, name), words)


USED = "{glue:text}`a:.3f`"
GLUE = [
    (cell(G) + USED, None),
    (cell(G) + "{glue:text}`a`", None),
    (cell(G) + "| {glue:text}`a:.3f` |\n|---|", None),
    (cell(G) + "```{note}\n{glue:text}`a:.3f`\n```", None),
    (cell(G) + "```{figure} b.svg\n\n{glue:math}`a`\n```", None),
    (cell(G) + "```{glue:figure} a\n```", None),
    (cell("glue(f'w_{i}', x)") + "{glue:text}`w_3:.1f`", None),
    (USED, "a is not glued on page.md"),
    (cell(G), "'a' is glued and never used"),
    (cell(G) + "a, `{glue:text}`, `a`", "never used"),
    (cell("glue('b', x)\n" + G) + USED, "'b' is glued and never used"),
    (cell(G) + USED + " {glue:text}`b`", "b is not glued"),
    (cell("glue(key, x)"), "the key is no string"),
    (cell(G) + "{glue:text}`page.md::a:.2f`", None),
    (cell(G) + USED + "{glue:text}`x.md::a:.2f`", "no such page"),
    ("{glue:text}`other.md::c:.2f`", None),
    ("{glue:text}`other.md::c`", "without a format"),
    ("{glue:text}`other.md::d:.2f`", "d is not glued on other.md"),
    ("```{glue:figure} c\n:doc: other.md\n```", None),
    (cell(G) + USED + "\n```{glue:figure} b\n```", "b is not glued"),
]


@pytest.mark.parametrize(("text", "words"), GLUE)
def test_glue(text, words):
    other = {"other.md": cell("glue('c', x)") + "{glue:text}`c`"}
    judge(found_on("glue", text, rest=other), words)


def test_glued_twice():
    found = found_on("glue", cell(G) + cell(G) + USED)
    assert [line.split(": ", 1)[1] for line in found] == [
        "'a' is glued twice"
    ] * 2


def include(path="../toynet/net.py", pyobject="forward", more=""):
    options = f":caption: Forward\n:name: code-forward\n{more}"
    options += f":pyobject: {pyobject}\n" if pyobject else ""
    return f"```{{literalinclude}} {path}\n{options}```\n"


LISTINGS = [
    (include(), None),
    (include(pyobject="Params"), None),
    (include("../toynet/autograd.py", "Value.backward"), None),
    (include("../requirements.txt", ""), None),
    (cell("x = 1"), None),
    ("```bash\nmake book\n```", None),
    ("````md\n```python\nx = 1\n```\n````", None),
    ("```text\nx\n```", None),
    ("```{glossary}\nleaf\n    One.\n\n    Two.\n```", None),
    ("```{eval-rst}\n.. automodule:: toynet.net\n   :members:\n```", None),
    ("```{eval-rst}\n.. code-block:: python\n\n   x\n```", "eval-rst"),
    ("```{eval-rst}\nSo::\n\n   x = 1\n```", "eval-rst"),
    ("- a list\n\n  that goes on", None),
    (include(pyobject=""), "no :pyobject:"),
    (include(pyobject="forwards"), "has no forwards"),
    (include("../toynet/autograd.py", "Value.nothing"), "has no Value.noth"),
    (include("../toynet/nets.py"), "has no forward"),
    (include("../tests/pages.py", "Page"), "not of ../toynet"),
    (include(more=":lines: 1-3\n"), "shows a part"),
    (include().replace(":caption: Forward\n", ""), "no :caption:"),
    (include().replace(":name: code-forward\n", ""), "no :name:"),
    (f"````{{hint}}\n{include(pyobject='forwards')}````", "line 2"),
    ("```python\nx = 1\n```", "a pasted listing (python)"),
    ("```\nx = 1\n```", "a pasted listing (without a language)"),
    ("```text\n>>> x\n```", "a pasted listing"),
    ("~~~pycon\n>>> x\n~~~", "a pasted listing"),
    ("a\n\n    x = 1", "line 3: a pasted listing (indented)"),
    ("```{code-block} python\nx = 1\n```", "a pasted listing (code-block)"),
    ("```{code-block} bash\nmake book\n```", None),
    (f"````{{note}}\n{cell('x = 1')}````", "a cell inside note never runs"),
]


@pytest.mark.parametrize(("text", "words"), LISTINGS)
def test_listings(text, words):
    judge(found_on("listings", text), words)


def equation(label):
    return f"$$\nx\n$$ ({label})\n\n"


def glued_figure(alt="", caption="", name="fig-a"):
    options = f":alt: {alt}\n" if alt else ""
    options += f":name: {name}\n" if name else ""
    return f"```{{glue:figure}} a\n{options}\n{caption}\n```\n\n"


LABELS = [
    (equation("eq-x") + "{eq}`eq-x`", None),
    (equation("eq-x") + "[so](#eq-x)", None),
    (equation("eq-x") + "```{note}\n{eq}`eq-x`\n```", None),
    (equation("eq-x") + "| {eq}`eq-x` |\n|---|", None),
    ("$$\nx\n$$", None),
    (equation("eq-x"), "eq-x (equation) is never referred to"),
    (equation("eq-x") + "`{eq}` and `eq-x`", "never referred to"),
    ("```{math}\n:label: eq-x\nx\n```", "line 1: eq-x (equation) is never"),
    (equation("eq-dz2") + "{eq}`eq-dz2`", None),
    (equation("eq-descent") + "{eq}`eq-descent`", None),
    (equation("eq-dz9") + "{eq}`eq-dz9`", "dz9 is not in the table"),
    (equation("eq-dx_hat") + "{eq}`eq-dx_hat`", "dx_hat is not in the"),
    (glued_figure() + "{numref}`fig-a`", None),
    (glued_figure() + "{ref}`the picture <fig-a>`", None),
    (glued_figure(), "fig-a (glue:figure) is never referred to"),
    (include() + "{numref}`code-forward`", None),
    (include(), "code-forward (literalinclude) is never referred to"),
    ("```{exercise}\n:label: ex-02-1\n```", None),
    ("```{list-table} Three.\n:name: t\n\n* - 1\n```", "t (list-table)"),
    (equation("eq-y") + "{eq}`eq-y`", "eq-y names 2 things"),
]


@pytest.mark.parametrize(("text", "words"), LABELS)
def test_labels(text, words):
    rest = {"other.md": equation("eq-y")}
    judge(found_on("labels", text, rest=rest, variables=("dz2",)), words)


@pytest.mark.parametrize(
    ("name", "words"),
    [("03_a.md", "no equation is labelled eq-dz2"), ("04_a.md", None)],
)
def test_each_witnessed_variable_has_an_equation(name, words):
    text = equation("eq-dh") + "{eq}`eq-dh`"
    judge(found_on("labels", text, name, variables=("dz2", "dh")), words)


def test_there_is_a_table_of_witnesses():
    judge(found_on("labels", "", "03_a.md", variables=()), "WITNESSED")


ALT = "A curve falls from left to lower right."
FIGURES = [
    (glued_figure(ALT, "The loss."), None),
    (glued_figure(ALT, "The loss.").replace("glue:", ""), None),
    (glued_figure(ALT, "The loss.", ""), "no :name:"),
    (glued_figure("", "The loss."), "the alt text has 0 words"),
    (glued_figure("A curve.", "The loss."), "the alt text has 2 words"),
    (glued_figure(ALT, ""), "no caption"),
    (glued_figure(ALT, f"*{ALT}*"), "the caption again"),
    ("```{note}\nRead on.\n```", None),
    ("```{image} a.svg\n```", "an image has no caption"),
    ("![a loss](a.svg)", "an image has no name"),
    (cell("ax.plot(x, color='red')"), "line 2: color='red'"),
    (cell("ax.scatter(x, facecolor='#aaa')"), "facecolor='#aaa'"),
    (cell("ax.plot(x, label='red')"), None),
    ("```{figure} a\n---\nname: a\nalt: 4\n---\nA.\n```", "has 1 words"),
    (cell("ax.scatter(x, facecolor='none', color=HIDDEN)"), None),
]


@pytest.mark.parametrize(("text", "words"), FIGURES)
def test_figures(text, words):
    judge(found_on("figures", text), words)


FRONT = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---

"""
SETUP = cell("import torch\ntorch.set_num_threads(1)")
HEADS = [
    ("03_a.md", FRONT + SETUP, None),
    ("notes.md", FRONT + cell("x = 1"), None),
    ("notes.md", "# No cells", None),
    ("03_a.md", FRONT.replace("format_name", "f") + SETUP, "format_name"),
    ("notes.md", FRONT.replace("  name", "  n") + SETUP, "kernelspec.name"),
    ("03_a.md", FRONT + cell("x = 1") + SETUP, "line 12: the first cell"),
    ("03_a.md", FRONT + SETUP.replace("(1)", "(2)"), "set_num_threads(1)"),
    ("03_a.md", FRONT + cell("f(1)"), "line 12: the first cell"),
    ("03_a.md", FRONT, "line 1: the first cell"),
]


@pytest.mark.parametrize(("name", "text", "words"), HEADS)
def test_head(name, text, words):
    judge(found_on("head", text, name), words)


PENCIL = "```{exercise}\n:label: ex-03-1\n\nWhy?\n```\n\n"
PENCIL_SOLVED = "```{solution} ex-03-1\n:class: dropdown\n\nSo.\n```\n\n"
START = "```{exercise-start}\n:label: ex-03-4\n```\n\n"
STUB = cell("def f(x): ...") + "\n```{exercise-end}\n```\n\n"
SOLVED = "```{solution-start} ex-03-4\n:class: dropdown\n```\n\n"
ENOUGH = "".join(
    (PENCIL + PENCIL_SOLVED).replace("-1", f"-{k}") for k in (1, 2, 3)
)
END = "```{solution-end}\n```\n\n"
HEADINGS = "## What you have earned\n\n## Check yourself\n\n## Exercises\n\n"
CODED = START + STUB + SOLVED + include() + END
EXERCISES = [
    (HEADINGS + ENOUGH + CODED, None),
    (HEADINGS + ENOUGH + CODED.replace(include(), cell("x")), None),
    (HEADINGS.replace("What you have", "Equations") + ENOUGH + CODED, None),
    (HEADINGS + ENOUGH, "3 exercises, 4 are needed"),
    (HEADINGS + ENOUGH + START + STUB, "ex-03-4 has 0 solutions"),
    (HEADINGS + ENOUGH + CODED + PENCIL_SOLVED, "ex-03-1 has 2 solutions"),
    (HEADINGS + ENOUGH + CODED.replace(STUB, STUB[-27:]), "no stub cell"),
    (
        HEADINGS + ENOUGH + CODED.replace(STUB, STUB[-27:] + cell("x")),
        "no stub cell",
    ),
    (HEADINGS + ENOUGH + CODED.replace(include(), ""), "has no code"),
    (
        HEADINGS + ENOUGH + CODED.replace("../toynet/net.py", "x.py"),
        "has no code",
    ),
    (
        HEADINGS + ENOUGH.replace(":class: dropdown", "", 1) + CODED,
        "the solution of ex-03-1 isn't folded",
    ),
    (
        HEADINGS + ENOUGH + CODED + PENCIL_SOLVED.replace("-1", "-9"),
        "ex-03-9 is solved and never asked",
    ),
    (
        HEADINGS + ENOUGH + CODED.replace("ex-03-4", "ex-02-4"),
        "ex-02-4: should be ex-03-k",
    ),
    (
        HEADINGS + ENOUGH + PENCIL.replace(":label: ex-03-1", ""),
        "the exercise has no :label:",
    ),
    (HEADINGS[26:] + ENOUGH + CODED, 'no heading contains "earned"'),
    (
        HEADINGS.replace("## Check", "Check") + ENOUGH + CODED,
        'no heading contains "check yourself"',
    ),
    (
        HEADINGS.replace("## Exer", "Exer") + ENOUGH + CODED,
        'no heading contains "exercises"',
    ),
]


@pytest.mark.parametrize(("text", "words"), EXERCISES)
def test_exercises(text, words):
    judge(found_on("exercises", text, "03_a.md"), words)


VOICE = [
    ("Let's dive in.", "Let's dive"),
    ("We dive in.", "dive"),
    ("It is\nsimply so.", 'line 2: "simply"'),
    ("## A powerful idea", "powerful"),
    ("```{tip} A journey\n```", "journey"),
    ("As we all\nknow, it holds.", "As we all know"),
    ("Under the hood it adds.", "Under the hood"),
    ("In this section we will add.", "In this section we will"),
    ("In this chapter, we'll add.", "In this chapter, we'll"),
    ("It is important to note it.", "important to note"),
    ("This unlocks it.", "unlocks"),
    ("It is not just fast but right.", "not just"),
    ("It works!", "an exclamation mark"),
    ("It takes 3 seconds.", "a time on a clock"),
    ("It takes 3 ms.", "a time on a clock"),
    ("It takes 3ms.", "a time on a clock"),
    ("It takes {glue:text}`t:.1f` µs.", "a time on a clock"),
    ("— — — —", "an em dash"),
    ("**a** b **c**\n\nd **e**", "line 3: bold"),
    ("**a** **b** — — —", None),
    ("| **a** | **b** | **c** | — — — — |\n|---|---|---|---|", None),
    ("`x!` and $n!$, `simply`, a simplification, divergent, a diver", None),
    ("the second row, in milliseconds, seconds count", None),
    ("{term}`batch` seconds, and 3 rows", None),
]


@pytest.mark.parametrize(("text", "words"), VOICE)
def test_voice(text, words):
    judge(found_on("voice", text), words)


TERMS = (
    "```{glossary}\nleaf\n  A leaf.\n\nbatch\nmini-batch\n  Rows.\n\n"
    "weight\n  A number.\n\nweight decay\n  A pull.\n```\n"
)
GLOSSARY = [
    ("A {term}`leaf` is a leaf.", None),
    ("{term}`Leaves <leaf>` and leaf", None),
    ("| leaf |\n|---|\n\n# leaf\n\n`leaf` {term}`leaf`", None),
    ("A cloverleaf, leafy.", None),
    ("A {term}`mini-batch` of one", None),
    ("A {term}`weight decay` of one", None),
    ("```{figure} a.svg\n\nA leaf.\n```", None),
    ("{ref}`leaf` is a leaf.", 'first use of "leaf"'),
    ("`x` is a leaf, a {term}`leaf`", 'first use of "leaf"'),
    ("A leaf.", 'line 1: first use of "leaf"'),
    ("Two\nleafs.", "line 2"),
    ("A LEAF is a {term}`leaf`.", "first use"),
    ("{term}`mini-batch` and batch", 'first use of "batch"'),
    ("Weight\ndecay", 'first use of "weight decay"'),
    ("{term}`weight decay` of a weight", 'first use of "weight"'),
    ("```{tip}\nA leaf.\n```", "line 2"),
    ("- a\n- leaf", "line 2"),
]


@pytest.mark.parametrize(("text", "words"), GLOSSARY)
def test_glossary(text, words):
    rest = {"glossary.md": TERMS}
    judge(found_on("glossary", text, "03_a.md", rest), words)


@pytest.mark.parametrize(
    ("name", "rest"),
    [("03_a.md", {}), ("notes.md", {"glossary.md": TERMS})],
)
def test_where_terms_are_not_looked_for(name, rest):
    assert found_on("glossary", "A leaf.", name, rest) == []


CLOCKS = [
    ("t = time.time()", "time.time"),
    ("t = datetime.now()", "datetime.now"),
    ("x = 1\nt = time.perf_counter()", "line 3: time.perf_counter"),
    ("%timeit x", "%timeit x"),
    ("%%time\nx", "%%time"),
    ("t = time.perf_counter() / base", None),
    ("t = timeit.timeit(f)", "timeit.timeit in a cell without"),
    ("t = Timer('f()').timeit(9)", "timeit in a cell without a ratio"),
    ("from time import perf_counter\nt = perf_counter_ns()", "line 3"),
    ("t = timeit.timeit(f) / timeit.timeit(g)", None),
    ("t = 1", None),
    ("t =", None),
]


@pytest.mark.parametrize(("code", "words"), CLOCKS)
def test_clocks(code, words):
    judge(found_on("clocks", cell(code)), words)


LINES = [
    (cell("x = 1  #" + "y" * 72), "80 columns"),
    (cell("x = 1  #" + "y" * 71), None),
    ("x" * 200, None),
    ("TODO", "line 1: TODO"),
    ("a\n\n% FIXME: this", "line 3: FIXME"),
    ("This is a stub page.", "stub page"),
    (cell("z2_grad = 1"), "z2_grad"),
    (cell("dz2 = W1.grad"), None),
    (cell("x ="), "not Python"),
    (cell(":tags: [raises-exception]\n\nx ="), None),
    (cell("!ls\n%matplotlib inline\nx = 1"), None),
    (cell("%%bash\nls -l"), None),
]


@pytest.mark.parametrize(("text", "words"), LINES)
def test_lines(text, words):
    judge(found_on("lines", text), words)


def test_every_rule_has_a_table():
    tables = {name for name in globals() if name.startswith("test_")}
    assert {f"test_{rule}" for rule in RULES} <= tables


COMMANDS = [
    ("It is simply so.", 'line 3: "simply"  [voice]'),
    ("```python\nx = 1\n```", "line 3: a pasted listing (python)"),
    ("It is so.", None),
]


@pytest.mark.parametrize(("text", "words"), COMMANDS)
def test_the_command(text, words, tmp_path):
    page = tmp_path / "notes.md"
    page.write_text(f"# Notes\n\n{text}\n")
    command = [sys.executable, pages.__file__, str(page)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == int(words is not None), done.stderr
    expected = f"{page}: {words}" if words else "nothing found"
    assert expected in done.stdout
