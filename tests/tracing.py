"""Look inside a running function: its locals, and its shape comments."""

import ast
import re
import sys
from collections import namedtuple

SHAPE = re.compile(r"#\s*\(((?:\w+(?:,\s*\w+)*,?)?)\)\s*$")

Comment = namedtuple("Comment", "line shape names first last")


def locals_of(function, *args, **kwargs):
    """Call a function; return the locals of the frame that made its result.

    That is the innermost frame of the function's own file to return this
    very object.
    """
    file = sys.modules[function.__module__].__file__
    returned = []

    def watch(frame, event, value):
        if event == "return" and frame.f_code.co_filename == file:
            returned.append((value, dict(frame.f_locals)))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        result = function(*args, **kwargs)
    finally:
        sys.setprofile(before)
    return next(found for value, found in returned if value is result)


def shape_comments(source):
    """List the comments `# (N, 4)` that end a line of an assignment.

    One after a `return` names what is returned. Raises ValueError for one
    on any other line, or on an assignment to what has no plain name.
    """
    statements = [
        node for node in ast.walk(ast.parse(source))
        if isinstance(
            node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return)
    ]
    found = []
    for line, text in enumerate(source.splitlines(), 1):
        match = SHAPE.search(text)
        if match and not text.lstrip().startswith("#"):
            here = [s for s in statements if s.lineno <= line <= s.end_lineno]
            names = _targets(here[-1]) if here else ()
            if not names:
                raise ValueError(f"line {line} names nothing: {text.strip()}")
            shape = tuple(_size(s) for s in re.findall(r"\w+", match[1]))
            ends = here[-1].lineno, here[-1].end_lineno
            found.append(Comment(line, shape, names, *ends))
    return found


def _size(text):
    return int(text) if text.isdigit() else text


def _targets(statement):
    """List the plain names that a statement assigns to, or "return"."""
    if isinstance(statement, ast.Return):
        return ("return",)
    targets = getattr(statement, "targets", None) or [statement.target]
    nodes = [n for t in targets for n in getattr(t, "elts", [t])]
    return tuple(n.id for n in nodes if isinstance(n, ast.Name))


class ShapeWatch:
    """Hold each shape comment of one file to the truth while it runs.

    >>> with ShapeWatch(source, filename, {"N": 5}) as watch: ...
    >>> watch.faults

    `letters` fixes sizes; any other letter is one size within a call.
    `seen` collects the lines whose comment was compared.
    """

    def __init__(self, source, filename, letters=None):
        self.comments = shape_comments(source)
        self.filename, self.letters = filename, letters or {}
        self.faults, self.seen = [], set()
        self._calls = {}

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_):
        sys.settrace(self._before)

    def _trace(self, frame, event, value):
        """Compare a statement's comments once the next line is reached."""
        if frame.f_code.co_filename != self.filename:
            return None
        if event == "call":
            self._calls[frame] = None, dict(self.letters)
            return self._trace
        last, sizes = self._calls[frame]
        for c in self.comments:
            ran = last is not None and c.first <= last <= c.last
            if ran and not (event == "line"
                            and c.first < frame.f_lineno <= c.last):
                done = {"return": value} if event == "return" else {}
                self._compare(c, {**frame.f_locals, **done}, sizes)
        now = frame.f_lineno if event == "line" else None
        self._calls[frame] = now, sizes
        if event == "return":
            del self._calls[frame]
        return self._trace

    def _compare(self, comment, found, sizes):
        """Note a fault where a name's shape is not the comment's."""
        for name in comment.names:
            if name not in found:  # the statement raised
                continue
            self.seen.add(comment.line)
            shape = tuple(getattr(found[name], "shape", ()))
            fits = len(shape) == len(comment.shape) and all(
                n == (sizes.setdefault(s, n) if isinstance(s, str) else s)
                for n, s in zip(shape, comment.shape, strict=True)
            )
            if not fits:
                self.faults.append(
                    f"line {comment.line}: {name} is {shape}, "
                    f"the comment says {comment.shape}"
                )
