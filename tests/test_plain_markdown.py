"""How the notebooks' Markdown is made of a page's nodes."""

import plain_markdown
import pytest
from docutils import nodes

PAGE = "https://example.org/book/page.html"


@pytest.fixture
def write():
    made = plain_markdown.Markdown(PAGE, {
        "eq-a": "2.1", "tab-a": "Table 2.1", "lst-a": "Listing 2.3"})
    made.sought, made.beside = {"here"}, {PAGE: "page.ipynb"}
    return made


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
    (nodes.reference("", "(2.1)", refid="here"), "[(2.1)](#here)"),
    (nodes.reference("", "so", refuri=PAGE), "[so](page.ipynb)"),
    (nodes.reference("", "so", refuri="?net-a=1"), f"[so]({PAGE}?net-a=1)"),
    (nodes.reference("", "so", refuri="other.html"), "so"),
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
        classes=["literal-block-wrapper"], ids=["lst-a", "here"])


def hint(*title):
    return nodes.container(
        "", nodes.rubric("", "", *title), line(text("one")),
        line(text("two")), design_component="dropdown")


def items(kind):
    return kind("", *(
        nodes.list_item("", line(text(x)), line(text("more")))
        for x in "ab"))


BLOCKS = [
    (nodes.target(), ""),
    (nodes.math_block("", "x = 1\n"), "$$\nx = 1\n$$"),
    (nodes.math_block("", "x = 1", ids=["eq-a"]),
     "$$\nx = 1 \\tag{2.1}\n$$"),
    (items(nodes.bullet_list), "- a\n\n  more\n- b\n\n  more"),
    (items(nodes.enumerated_list), "1. a\n\n   more\n2. b\n\n   more"),
    (nodes.literal_block("", "1\n", language="none"), "```none\n1\n```"),
    (nodes.literal_block("", "```"), "````python\n```\n````"),
    (listing("a = 1"), '<a id="here"></a>\n\n'
     "**Listing 2.3.** Code.\n\n```python\na = 1\n```"),
    (table([text("a"), nodes.math("", "|x|")],
           [nodes.literal("", "b | c"), text("d | e")]),
     "**Table 2.1.** All\n\n"
     r"| a | $\vert x\vert $ |" "\n| :--- | :--- |\n"
     r"| `b \| c` | d \| e |"),
    (hint(text("Is 1 < "), nodes.literal("", "a<b"), nodes.math("", "x")),
     "<details>\n<summary>Is 1 &lt; <code>a&lt;b</code>$x$</summary>\n\n"
     "one\n\ntwo\n\n</details>"),
]


@pytest.mark.parametrize(("node", "markdown"), BLOCKS)
def test_what_stands_alone(write, node, markdown):
    assert write.block(node) == markdown


@pytest.mark.parametrize("node", [
    nodes.block_quote(), nodes.container(), line(nodes.image(uri="a.svg"))])
def test_what_it_does_not_know_is_a_warning(write, node, caplog):
    log = plain_markdown.LOG.logger
    log.propagate = True
    with caplog.at_level("WARNING", log.name):
        write.block(node)
    assert "no Markdown for" in caplog.text
