"""Checkers of the exercises: each takes an answer and names its mistake.

A checker returns a `Report`, which shows itself in a notebook and counts
as true where the answer is right. It raises nothing for whatever a reader
hands in, changes nothing of theirs, and takes less than a second.
"""

from toynet.check.chapter1 import (
    careful_sum,
    distances,
    gentle_slope,
    labels,
    shapes,
    third_zero,
)
from toynet.check.chapter2 import (
    best_constant,
    broadcast,
    forward,
    loss,
    row,
)
from toynet.check.chapter3 import (
    backprop,
    cross_entropy,
    descend,
    entry,
    rate,
    rises,
    twins,
)
from toynet.check.chapter4 import (
    engine,
    hessian_vector,
    maximum,
    operation,
    order,
    still_directions,
    three_lines,
)
from toynet.check.chapter5 import (
    count,
    model,
    shared,
    weights,
)
from toynet.check.chapter6 import (
    adam_step,
    damped,
    expected_steps,
    optimizer,
    training,
)
from toynet.check.chapter7 import (
    best_shrink,
    by_label,
    images,
    loader_loss,
    stream,
)
from toynet.check.report import Summary

__all__ = [
    "labels",
    "distances",
    "third_zero",
    "shapes",
    "gentle_slope",
    "careful_sum",
    "forward",
    "loss",
    "row",
    "best_constant",
    "broadcast",
    "entry",
    "backprop",
    "descend",
    "rate",
    "twins",
    "rises",
    "cross_entropy",
    "three_lines",
    "operation",
    "order",
    "maximum",
    "hessian_vector",
    "still_directions",
    "engine",
    "count",
    "model",
    "shared",
    "weights",
    "adam_step",
    "optimizer",
    "training",
    "expected_steps",
    "damped",
    "by_label",
    "loader_loss",
    "best_shrink",
    "images",
    "stream",
    "summary",
]


def summary(reports, points=None):
    """Collect reports in a table with points, by default 1 an exercise.

    `reports` maps the title of an exercise to its `Report`, `points` some
    of these titles to numbers. Raises ValueError for points of a title
    that has no report.
    """
    unknown = set(points or {}) - set(reports)
    if unknown:
        raise ValueError(
            f"points need a title that has a report, got {sorted(unknown)}: "
            f"choose from {list(reports)}"
        )
    return Summary(reports, {k: (points or {}).get(k, 1) for k in reports})
