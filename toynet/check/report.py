"""What a checker answers: a report, and a table of reports."""

import re
from html import escape
from typing import NamedTuple


class Report(NamedTuple):
    """One answer of a checker; it counts as true where `passed` is.

    `diagnosis` is a short code: "" when passed, "not-attempted" for an
    empty stub, else the name of the mistake, or "unknown". `message` says
    what was seen, where, and which equation to look at, one paragraph a
    line. It shows as HTML in a notebook and as text in a terminal.
    """

    passed: bool
    diagnosis: str
    message: str

    def __bool__(self):
        return self.passed

    @property
    def title(self):
        """The first line of what is shown."""
        if self.passed:
            return "Right."
        if self.diagnosis == "not-attempted":
            return "Not attempted yet."
        return f"Not yet: {self.diagnosis}."

    def __repr__(self):
        return "\n".join([self.title, *self.message.splitlines()])

    def _repr_html_(self):
        lines = [f"<strong>{escape(self.title)}</strong>"]
        lines += map(_marked_up, self.message.splitlines())
        body = "".join(f'<p style="margin: 0.3em 0">{x}</p>' for x in lines)
        kind = "passed" if self.passed else self.diagnosis
        return (
            f'<div class="tn-report" data-diagnosis="{escape(kind)}" '
            'style="border-left: 2px solid; padding-left: 0.8em">'
            f"{body}</div>"
        )


class Summary(NamedTuple):
    """Reports by the title of their exercise, and the points of each."""

    reports: dict
    points: dict

    @property
    def total(self):
        """The points of what has passed, and all points there are."""
        got = sum(self.points[k] for k, r in self.reports.items() if r)
        return got, sum(self.points.values())

    def _rows(self):
        yield "Exercise", "Result", "Points"
        for title, report in self.reports.items():
            worth = self.points[title]
            got = worth if report.passed else 0
            yield title, report.title.rstrip("."), f"{got:g} of {worth:g}"
        yield "Total", "", "{:g} of {:g}".format(*self.total)

    def __repr__(self):
        rows = list(self._rows())
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (zip(row, widths, strict=True) for row in rows)
        return "\n".join(
            "  ".join(f"{x:{w}}" for x, w in line).rstrip() for line in lines
        )

    def _repr_html_(self):
        head, *rows = self._rows()
        body = "".join(_row("td", row) for row in rows)
        return (f'<table class="tn-summary"><thead>{_row("th", head)}</thead>'
                f"<tbody>{body}</tbody></table>")


def _row(tag, cells):
    """Write a row in HTML: notebooks would set its words to the right."""
    sides = zip(cells, ("left", "left", "right"), strict=True)
    return "".join(["<tr>", *(
        f'<{tag} style="text-align: {side}">{escape(cell)}</{tag}>'
        for cell, side in sides), "</tr>"])


def _marked_up(line):
    """Escape a line for HTML, and set its `code` as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(line))
