"""The figures: drawn on the axes that are given, with what they say."""

import matplotlib as mpl
import pytest
import torch
from cases import reference
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from toynet import plots
from toynet.net import forward

X, Y, P = reference()


def axes():
    """Axes of a figure that pyplot does not know."""
    return Figure().add_subplot()


def texts(ax):
    return [t.get_text() for t in ax.texts]


@pytest.fixture(autouse=True)
def _no_traces():
    """Each test leaves matplotlib as it was, and opens no figure."""
    with mpl.rc_context():
        yield
    assert mpl.pyplot.get_fignums() == []


def test_use_style():
    assert plots.use_style() is None
    rc = mpl.rcParams
    assert rc["svg.fonttype"] == "none"
    assert rc["svg.hashsalt"] == "twenty-six"
    assert rc["figure.constrained_layout.use"]
    assert not rc["axes.spines.top"]
    assert not rc["axes.spines.right"]
    assert rc["text.color"] == plots.ROLES["ink"]
    colors = rc["axes.prop_cycle"].by_key()["color"]
    roles = "input", "gradient", "output", "hidden"
    assert colors == [plots.ROLES[r] for r in roles]


def test_every_role_has_a_colour_of_its_own():
    colors = list(plots.ROLES.values())
    assert len({to_hex(c) for c in colors}) == len(colors)
    assert colors == [to_hex(c) for c in colors]  # the site looks for these


@pytest.mark.parametrize(("across", "up"), [(0, 1), (0, 2), (2, 1)])
def test_points_draws_every_row_once_where_it_is(across, up):
    ax = axes()
    assert plots.points(ax, X, Y, across, up) is None
    drawn = torch.tensor([
        p for marks in ax.collections for p in marks.get_offsets().tolist()])
    want = X[:, [across, up]].double()
    assert len(drawn) == 20
    assert drawn.sort(0).values.tolist() == want.sort(0).values.tolist()
    assert ax.get_xlabel() == f"$x_{across + 1}$"
    assert ax.get_ylabel() == f"$x_{up + 1}$"


def test_points_tells_the_labels_apart():
    ax = axes()
    plots.points(ax, X, Y)
    labels = [marks.get_label() for marks in ax.collections]
    assert labels == ["y = (0, 0)", "y = (0, 1)", "y = (1, 0)", "y = (1, 1)"]
    for marks, (y1, y2) in zip(ax.collections, plots.MARKS, strict=True):
        rows = torch.eq(Y, torch.tensor([y1, y2])).all(1)
        assert len(marks.get_offsets()) == rows.sum()
        edge = plots.ROLES["output" if y2 else "input"]
        if rows.any():
            assert to_hex(marks.get_edgecolor()[0]) == edge
            fill = edge if y1 else plots.ROLES["paper"]
            assert to_hex(marks.get_facecolor()[0]) == fill


def test_network_without_numbers():
    ax = axes()
    assert plots.network(ax) is None
    assert len(ax.lines) == 3 * 4 + 4 * 2
    assert texts(ax) == [
        "$x_1$", "$x_2$", "$x_3$", "$h_1$", "$h_2$", "$h_3$", "$h_4$",
        r"$\hat y_1$", r"$\hat y_2$",
    ]


def test_network_draws_the_sign_and_the_size_of_a_weight():
    ax = axes()
    plots.network(ax, P)
    weights = [w for W in (P.W1, P.W2) for w in W.flatten().tolist()]
    for line, w in zip(ax.lines, weights, strict=True):
        assert line.get_linestyle() == ("-" if w > 0 else "--")
        assert line.get_color() == plots.ROLES["up" if w > 0 else "down"]
        assert line.get_linewidth() == pytest.approx(0.4 + 4 * abs(w))


def test_network_writes_the_numbers_of_one_row():
    ax = axes()
    acts = forward(X[:1], P)
    plots.network(ax, P, acts, X[0])
    row = [*X[0].tolist(), *acts.h[0].tolist(), *acts.y_hat[0].tolist()]
    assert texts(ax) == [f"{v:.2f}" for v in row]


@pytest.mark.parametrize("unit", [0, 1])
def test_regions_shades_where_an_output_is_above_one_half(unit):
    ax = axes()
    line = torch.linspace(-3, 3, 41)
    grid = torch.cartesian_prod(line, line, torch.tensor([0.5]))
    y_hat = (grid[:, unit] > 1).float()
    assert plots.regions(ax, grid, y_hat) is None
    (shade,) = ax.collections
    low, high = (p.get_extents() for p in shade.get_paths())
    assert (low.min[0], low.min[1]) == (-3, -3)
    assert high.min[unit] == pytest.approx(1, abs=0.16)
    assert high.min[1 - unit] == -3
    assert tuple(high.max) == (3, 3)
    assert ax.get_xlabel() == "$x_1$"
    assert ax.get_ylabel() == "$x_2$"
