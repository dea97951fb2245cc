"""Figures of the book, each drawn on the axes that it is given.

Colours have roles, the same on every page. The site replaces each of
these hex values by one that suits its light or dark page.
"""

import matplotlib.pyplot as plt

ROLES = {
    "ink": "#1f2328",
    "muted": "#6e7781",
    "paper": "#ffffff",
    "input": "#0072b2",
    "hidden": "#b8860b",
    "output": "#009e73",
    "gradient": "#d55e00",
    "up": "#cc3311",
    "down": "#33669a",
}

MARKS = {(0, 0): "o", (0, 1): "^", (1, 0): "v", (1, 1): "s"}


def use_style():
    """Set matplotlib's defaults for the book: quiet axes, text as text."""
    ink, muted = ROLES["ink"], ROLES["muted"]
    colors = [ROLES[r] for r in ("input", "gradient", "output", "hidden")]
    plt.rcParams.update({
        "svg.fonttype": "none",
        "svg.hashsalt": "twenty-six",
        "font.size": 11,
        "figure.figsize": (6.4, 3.6),
        "figure.constrained_layout.use": True,
        "axes.prop_cycle": plt.cycler(color=colors),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": muted,
        "axes.labelcolor": ink,
        "axes.titlecolor": ink,
        "axes.titlesize": 11,
        "text.color": ink,
        "xtick.color": muted,
        "ytick.color": muted,
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "legend.frameon": False,
    })


def points(ax, X, Y, across=0, up=1):
    """Mark rows of X (N, 3) by their labels Y (N, 2), two inputs shown.

    Shape tells the pair of labels, fill tells y1, colour tells y2.
    """
    for (y1, y2), mark in MARKS.items():
        rows = (Y[:, 0] == y1) & (Y[:, 1] == y2)
        color = ROLES["output"] if y2 else ROLES["input"]
        ax.scatter(
            X[rows, across], X[rows, up], marker=mark, s=42,
            facecolor=color if y1 else ROLES["paper"], edgecolor=color,
            linewidth=1.4, label=f"y = ({y1}, {y2})", zorder=3,
        )
    ax.set_xlabel(f"$x_{across + 1}$")
    ax.set_ylabel(f"$x_{up + 1}$")


def network(ax, params=None, acts=None, x=None):
    """Draw the network; with numbers where `params` and `acts` give them.

    `params` sets each edge's width by size and its style by sign (solid
    above zero, dashed below); `x` (3,) and `acts`, of one row, are
    written into the nodes.
    """
    layers = _layers(x, acts, 4 if params is None else len(params.b1))
    weights = (None, None) if params is None else (params.W1, params.W2)
    for left, right, W in zip(layers, layers[1:], weights, strict=False):
        _edges(ax, left, right, W)
    for nodes, role in zip(layers, ("input", "hidden", "output"),
                           strict=True):
        for (px, py), text in nodes:
            ax.scatter(px, py, s=1100, facecolor=ROLES["paper"],
                       edgecolor=ROLES[role], linewidth=2, zorder=3)
            ax.text(px, py, text, ha="center", va="center", zorder=4)
    reach = max(len(nodes) for nodes in layers) / 2
    ax.set(xlim=(-0.3, 2.3), ylim=(-reach, reach))
    ax.axis("off")


def _layers(x, acts, H):
    """Return the nodes of each layer as ((across, up), text) pairs."""
    names = [
        [f"$x_{i + 1}$" for i in range(3)],
        [f"$h_{i + 1}$" for i in range(H)],
        [r"$\hat y_1$", r"$\hat y_2$"],
    ]
    if acts is not None:
        rows = x, acts.h.reshape(-1), acts.y_hat.reshape(-1)
        names = [[f"{v:.2f}" for v in row.tolist()] for row in rows]
    return [
        [((i, (len(col) - 1) / 2 - j), t) for j, t in enumerate(col)]
        for i, col in enumerate(names)
    ]


def _edges(ax, left, right, W):
    """Draw every edge from a node of `left` to one of `right`."""
    for i, ((x0, y0), _) in enumerate(left):
        for j, ((x1, y1), _) in enumerate(right):
            w = 0.3 if W is None else W[i, j].item()
            color = ROLES["muted"] if W is None else (
                ROLES["up"] if w > 0 else ROLES["down"])
            ax.plot([x0, x1], [y0, y1], color=color, zorder=1,
                    linestyle="-" if w > 0 else "--",
                    linewidth=0.4 + 4 * min(abs(w), 1.5))


def regions(ax, X, y_hat, across=0, up=1):
    """Shade where one output y_hat (n²,) is above one half, over a grid.

    X (n², 3) is the grid that `torch.cartesian_prod` makes of two lines
    of n inputs and one that is held, (1,), in any order.
    """
    n = round(len(X) ** 0.5)
    side = X[:, across].reshape(n, n), X[:, up].reshape(n, n)
    ax.contourf(
        *side, (y_hat > 0.5).reshape(n, n), levels=[-0.5, 0.5, 1.5],
        alpha=0.25, colors=[ROLES["muted"], ROLES["output"]],
    )
    ax.set(
        xlabel=f"$x_{across + 1}$", ylabel=f"$x_{up + 1}$", aspect="equal"
    )
