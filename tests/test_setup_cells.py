"""Which statements of a chapter do its exercises need?"""

import sys
from pathlib import Path

import pytest

EXT = Path(__file__).parents[1] / "book" / "_ext"


@pytest.fixture(scope="module")
def tools():
    """The module, which is no part of a package."""
    sys.path.insert(0, str(EXT))
    import setup_cells

    sys.path.remove(str(EXT))
    return setup_cells


KEPT = {
    "what binds a name": (["a = 1\nb = 2"], "b", "b = 2"),
    "what that needs": (["a = 1\nc = 3", "b = a"], "b", "a = 1\n\nb = a"),
    "the last binding": (["a = 1", "a = 2"], "a", "a = 2"),
    "both, if the last may not happen": (
        ["a = 1", "if c:\n    a = 2"], "a", "a = 1\n\nif c:\n    a = 2"),
    "what a loop carries": (
        ["a = 1", "for i in range(3):\n    a = a + i"], "a",
        "a = 1\n\nfor i in range(3):\n    a = a + i"),
    "what a function looks up": (
        ["a = 1", "def f(b):\n    return a + b"], "f",
        "a = 1\n\n\ndef f(b):\n    return a + b"),
    "but not a function's own names": (
        ["b = 1", "def f(b):\n    c = b\n    return c"], "f",
        "def f(b):\n    c = b\n    return c"),
    "a change of an entry": (
        ["a = [1]", "a[0] = 2"], "a", "a = [1]\n\na[0] = 2"),
    "a change by a method": (
        ["a = [1]", "a.append(2)"], "a", "a = [1]\n\na.append(2)"),
    "a change in place": (
        ["a = t", "b = a.add_(1)"], "a", "a = t\n\nb = a.add_(1)"),
    "a change of what was handed over": (
        ["a = M()", "fit(a, 1)"], "a", "a = M()\n\nfit(a, 1)"),
    "a change through an optimizer": (
        ["a = M()\no = SGD(a.parameters())", "o.step()"], "a",
        "a = M()\no = SGD(a.parameters())\n\no.step()"),
    "a change through a loop's name": (
        ["a = P()", "for p in a.parameters():\n    p -= 1"], "a",
        "a = P()\n\nfor p in a.parameters():\n    p -= 1"),
    "an earlier draw from the same generator": (
        ["g = torch.Generator()\na = draw(g)\nb = draw(g)"], "b",
        "g = torch.Generator()\na = draw(g)\nb = draw(g)"),
    "all of a cell that seeds": (
        ["torch.manual_seed(0)\na = rand()\nb = rand()"], "b",
        "torch.manual_seed(0)\na = rand()\nb = rand()"),
    "settings": (
        ["import torch\ntorch.set_num_threads(1)", "a = 1"], "a",
        "import torch\ntorch.set_num_threads(1)\n\na = 1"),
    "a comment above": (["# why\na = 1"], "a", "# why\na = 1"),
    "nothing that only shows": (
        ["%config A = 1\nfrom myst_nb import glue",
         'a = 1\nprint(a)\nglue("a", a)\nassert a == 1\na',
         'for i in a:\n    glue("i", i)', "try:\n    f(a)\nexcept E as e:"
         "\n    print(e)\n    assert e", "fig, ax = subplots()\nax.plot(a)"],
        "a", "a = 1"),
}


@pytest.mark.parametrize("what", KEPT)
def test_it_keeps(tools, what):
    cells, name, kept = KEPT[what]
    assert tools.needed(cells, {name}) == kept


def test_loads_are_names_from_before(tools):
    cell = "a = b\nwith c as d:\n    e = d + f\nx += 1\n[i for i in g]"
    cell += "\ny = {j: [k for k in m] for j, m in h}, {n for n in p}"
    found = tools.Effects(cell)
    assert found.loads == {"b", "c", "f", "g", "h", "p", "x"}
    assert found.binds == {"a", "d", "e", "x", "y"}


def test_plainly_bound_leaves_out_loops(tools):
    cells = ["a = 1\nimport b\nfrom c import d", "for e in a:\n    f = e",
             "def g():\n    h = 1"]
    assert tools.plainly_bound(cells) == {"a", "d", "g"}


LIVE = {
    "the page's own calls go": ("a = 1\nglue('x', a)", "a = 1"),
    "settings of IPython stay": (
        "from myst_nb import glue\n%config A.b = 1\na = 1",
        "%config A.b = 1\na = 1"),
    "a value that comes last is not shown": (
        "ax.set('é')  # so\nglue('f', fig)", "ax.set('é');  # so"),
    "a value that was last is shown": ("glue('a', a)\na", "a"),
    "what prints needs no mark": ("print(a)\nglue('a', a)", "print(a)"),
    "a figure stays open": ("b = 1\nplt.close(fig)", "b = 1"),
    "an else for the page goes whole": (
        "if a:\n    b = 1\nelse:\n    # why\n    glue('b', b)\nc = 1",
        "if a:\n    b = 1\nc = 1"),
    "nothing is left": ("for i in a:\n    glue(i, i)", ""),
}


@pytest.mark.parametrize("what", LIVE)
def test_a_cell_as_a_reader_runs_it(tools, what):
    source, live = LIVE[what]
    assert tools.live_code(source) == live
