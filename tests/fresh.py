"""Runs exercises as fresh kernels would, each behind the set-up alone.

It reads the code of a set-up cell and of some runs from its input, and
writes what each run came to: the diagnosis of its last cell, or an error.
A run is a fork of the process that has the set-up behind it.
"""

import ast
import json
import os
import sys
import traceback


def outcome(cells, names):
    """Run cells; say what the report in the last one is, or what broke."""
    try:
        for cell in cells[:-1]:
            exec(cell, names)
        *first, last = ast.parse(cells[-1]).body
        exec(compile(ast.Module(first, []), "check", "exec"), names)
        report = eval(ast.unparse(last), names)
        return "passed" if report.passed else report.diagnosis
    except Exception:
        return traceback.format_exc()


def forked(cells, names):
    """Return the outcome of cells that leave nothing behind."""
    sys.stdout.flush()
    read, write = os.pipe()
    if child := os.fork():
        os.close(write)
        with os.fdopen(read) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        return said
    with os.fdopen(write, "w") as pipe:
        pipe.write(outcome(cells, names))
    os._exit(0)


if __name__ == "__main__":
    task = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # cells may print
    shared = {"__name__": "__main__"}
    exec(task["set-up"], shared)
    json.dump({name: forked(cells, shared)
               for name, cells in task["runs"].items()}, out)
