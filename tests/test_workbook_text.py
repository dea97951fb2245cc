"""How the notebooks' Markdown is made of a page's nodes."""

import json
from pathlib import Path

import pytest
from docutils import nodes

EXT = Path(__file__).parents[1] / "book" / "_ext"
PAGE = "https://example.org/book/page.html"


@pytest.fixture
def workbook(monkeypatch):
    monkeypatch.syspath_prepend(str(EXT))
    import workbook

    return workbook


NUMBERS = {
    "eq-a": "2.1", "tab-a": "Table 2.1", "lst-a": "Listing 2.3"}


@pytest.fixture
def write(monkeypatch):
    monkeypatch.syspath_prepend(str(EXT))
    import plain_markdown

    return plain_markdown.Markdown(PAGE, NUMBERS)


def line(*parts):
    return nodes.paragraph("", "", *parts)


def text(words):
    return nodes.Text(words)


INLINE = [
    (text("a_b * c < $d\nand [e]"), r"a\_b \* c \< \$d and \[e\]"),
    (nodes.math("", r"\relu(z)"), r"$\operatorname{relu}(z)$"),
    (nodes.math("", r"\relux"), r"$\relux$"),
    (nodes.literal("", "X[:, $a]"), "`X[:, $a]`"),
    (nodes.literal("", "a`b"), "`` a`b ``"),
    (nodes.emphasis("", "so"), "*so*"),
    (nodes.strong("", "so"), "**so**"),
    (nodes.reference("", "(2.1)", refuri=PAGE + "#e"), f"[(2.1)]({PAGE}#e)"),
    (nodes.reference("", "(2.1)", refid="e"), f"[(2.1)]({PAGE}#e)"),
    (nodes.reference("", "here", refuri="page.html"), "here"),
    (nodes.inline("", "", nodes.math("", "x"), text(",")), "$x$,"),
]


@pytest.mark.parametrize(("node", "markdown"), INLINE)
def test_what_stands_in_a_line(write, node, markdown):
    assert write.inline(node) == markdown


def table(*rows):
    made = [nodes.row("", *(
        nodes.entry("", line(x)) for x in row)) for row in rows]
    group = nodes.tgroup(
        "", nodes.thead("", made[0]), nodes.tbody("", *made[1:]))
    title = nodes.title("", "", text("All"))
    return nodes.table("", title, group, ids=["tab-a"])


def listing(code):
    caption = nodes.caption("", "", text("Code."))
    return nodes.container(
        "", caption, nodes.literal_block("", code, language="default"),
        classes=["literal-block-wrapper"], ids=["lst-a"])


def items(kind):
    return kind("", *(
        nodes.list_item("", line(text(x)), line(text("more")))
        for x in "ab"))


BLOCKS = [
    (line(text("so")), "so"),
    (nodes.math_block("", "x = 1\n"), "$$\nx = 1\n$$"),
    (nodes.literal_block("", "a = 1"), "```python\na = 1\n```"),
    (items(nodes.bullet_list), "- a\n\n  more\n- b\n\n  more"),
    (items(nodes.enumerated_list), "1. a\n\n   more\n2. b\n\n   more"),
    (nodes.target(), ""),
    (nodes.math_block("", "x = 1", ids=["eq-a"]),
     "$$\nx = 1 \\tag{2.1}\n$$"),
    (nodes.literal_block("", "1\n", language="none"), "```none\n1\n```"),
    (nodes.literal_block("", "```"), "````python\n```\n````"),
    (listing("a = 1"),
     "**Listing 2.3.** Code.\n\n```python\na = 1\n```"),
    (table([text("a"), nodes.math("", "|x|")],
           [nodes.literal("", "b | c"), text("d | e")]),
     "**Table 2.1.** All\n\n"
     r"| a | $\vert x\vert $ |" "\n| :--- | :--- |\n"
     r"| `b \| c` | d \| e |"),
]


@pytest.mark.parametrize(("node", "markdown"), BLOCKS)
def test_what_stands_alone(write, node, markdown):
    assert write.block(node) == markdown


def test_title_of_a_hint_has_code_and_formulas(write):
    title = nodes.rubric(
        "", "", text("Is "), nodes.literal("", "a < b"), text(" like "),
        nodes.math("", r"\relu(x)"), text("?"))
    hint = nodes.container("", title, design_component="dropdown")
    assert (r"<summary>Is <code>a &lt; b</code> like "
            r"$\operatorname{relu}(x)$?</summary>") in write.block(hint)


def test_hint_is_folded_and_its_markdown_is_read(write):
    hint = nodes.container(
        "", nodes.rubric("", "Hint < 1"), line(text("one")),
        line(text("two")), design_component="dropdown")
    assert write.block(hint) == (
        "<details>\n<summary>Hint &lt; 1</summary>\n\n"
        "one\n\ntwo\n\n</details>"
    )


@pytest.mark.parametrize("node", [
    nodes.block_quote(), nodes.container(), line(nodes.image(uri="a.svg"))])
def test_what_it_does_not_know_is_a_warning(write, node, caplog):
    import plain_markdown

    log = plain_markdown.LOG.logger
    log.propagate = True
    with caplog.at_level("WARNING", log.name):
        write.block(node)
    assert "no Markdown for" in caplog.text


def test_mapping_is_python(workbook):
    names = {'2.1 A "quoted" one': "1", "2.2 It's": "check.f(a, b='c')"}
    code = workbook.mapping(names)
    assert eval(code, {"check": type("c", (), {"f": lambda a, b: b}), "a": 0}
                ) == {'2.1 A "quoted" one': 1, "2.2 It's": "c"}


def test_same_cells_are_written_as_the_same_bytes(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(EXT))
    import notebook_cells as workbook

    paths = [tmp_path / "a.ipynb", tmp_path / "b.ipynb"]
    for path in paths:
        cells = [workbook.text_cell("t", "é"), workbook.code_cell("c", "1\n2")]
        workbook.write_notebook(path, cells)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    code = json.loads(paths[0].read_text("utf-8"))["cells"][1]
    assert code["source"] == ["1\n", "2"]
    assert code["outputs"] == []
