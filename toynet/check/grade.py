"""Grades a folder of workbooks: `python -m toynet.check.grade --help`.

Of a student's notebook only the answers are taken: the code cells of an
exercise, known by their ids, but none that checks or sums up. They run
among the cells of a clean workbook of the same chapter, whose points count
(edit them there), in a process and a folder of their own, with limits on
time and memory. The checkers are called from outside of the notebook: what
it prints, shows or assigns to `check` has no effect. What cannot be read
or comes to no end is written down, and costs no one else anything.

It cannot protect from everything. An answer is a program, which may read
and delete what the user may who runs this, use the network, and change
the package in the memory of its own process to get points. Run it where
there is nothing to lose, in a container for instance, and read the answers
that count. It does not see who has copied from whom.
"""

import argparse
import ast
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from toynet import check
from toynet.check.report import Report

try:
    import resource
except ImportError:  # Windows: time by the clock alone
    resource = None

OWN = {"check", "set-up", "points", "summary"}  # never taken of a student


def code_cells(path):
    """Return id, tags and source of each code cell of a notebook."""
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    return [(str(c.get("id", "")), set(c["metadata"].get("tags", ())),
             "".join(c["source"])) for c in cells if c["cell_type"] == "code"]


def exercise_of(name):
    """Return an exercise's label, of the id of one of its cells."""
    label = name.rpartition("-")[0]
    return label if label.startswith("ex-") else ""


class Workbook:
    """A clean workbook: its set-up, and what each exercise checks."""

    def __init__(self, path):
        cells = code_cells(path)
        self.set_up = [x for name, _, x in cells if name == "set-up"]
        self.stubs = [n for n, tags, _ in cells if "stub" in tags]
        self.checks = {exercise_of(n): x for n, tags, x in cells
                       if "check" in tags}  # an exercise's last one
        points = next(x for _, tags, x in cells if "points" in tags)
        points = ast.literal_eval(ast.parse(points).body[-1].value)
        self.titles = dict(zip(self.checks, points, strict=True))
        self.points = dict(zip(self.checks, points.values(), strict=True))

    def answers(self, path):
        """Return the code of a student for each exercise, in cells.

        Cells that a student has added belong to the exercise above. Where
        a program has dropped the ids, stubs are known by their order.
        """
        cells = code_cells(path)
        if not {name for name, _, _ in cells} & set(self.stubs):
            stubs = iter(self.stubs)
            cells = [(next(stubs, "") if "stub" in tags else name, tags, x)
                     for name, tags, x in cells]
        found, label = {x: [] for x in self.checks}, ""
        for name, tags, source in cells:
            label = exercise_of(name) or label
            if label in found and not tags & OWN and name not in OWN:
                found[label].append(source)
        if not any(found.values()):
            raise ValueError("no cell of this workbook's exercises")
        return found


# Inside of the process ----------------------------------------------------


class _TimeUp(BaseException):
    """Raised in an answer that has used up its time."""


def _limit(seconds, memory):
    """Limit this process, where the system can."""
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform == "linux":  # what is mapped already does not count
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _time_up(*args):
    raise _TimeUp


def _alarm(seconds):
    """Raise `_TimeUp` after so much work, or never, where the system can."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, _time_up)
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _try(source, names, seconds=0):
    """Run a cell, and return what it raised, or None."""
    try:
        _alarm(seconds)
        exec(compile(source, "<answer>", "exec"), names)
    except BaseException as error:  # exit(), too
        return error
    finally:
        _alarm(0)


def _diagnosis(checking, names, raised):
    """Return the checker's diagnosis: "" is right."""
    if any(isinstance(error, SyntaxError) for error in raised):
        return "could-not-be-read"
    if any(isinstance(error, _TimeUp) for error in raised):
        return "time-limit"
    try:
        report = eval(checking, names)
    except NameError:
        return "not-attempted"
    except BaseException as error:
        return f"failed: {type(error).__name__}"
    right = type(report) is Report and report.passed is True
    return "" if right else str(report.diagnosis) or "failed"


def _work(job, out):
    """Run one notebook's answers; write a line for each exercise."""
    kept = SimpleNamespace(**{x: getattr(check, x) for x in check.__all__})
    names = {"__name__": "__main__"}
    for source in job["set_up"]:
        if failed := _try(source, names):
            sys.exit(f"the set-up of the workbook raised {failed!r}")
    share = job["seconds"] / len(job["checks"])
    _limit(job["seconds"] + 30, job["memory"])
    for label, checking in job["checks"].items():
        raised = [_try(x, names, share) for x in job["answers"][label]]
        said = _diagnosis(checking, {**names, "check": kept}, raised)
        with open(out, "a", encoding="utf-8") as lines:
            lines.write(json.dumps([label, said]) + "\n")


# Outside ------------------------------------------------------------------


def graded(workbook, path, seconds, memory):
    """Return the diagnosis of each exercise, and what went wrong at all."""
    given = workbook.answers(path)
    job = {"set_up": workbook.set_up, "checks": workbook.checks,
           "answers": given, "seconds": seconds, "memory": memory}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        out = Path(folder, "found")
        note = _run(json.dumps(job), out, folder, 60 + 10 * seconds)
        text = out.read_text(encoding="utf-8") if out.exists() else ""
    found = dict(json.loads(line) for line in text.splitlines())
    return {x: found.get(x, "not-reached") for x in workbook.checks}, note


def _run(job, out, folder, seconds):
    """Run `_work` in a process, and end it with all that it has begun."""
    with subprocess.Popen(
        [sys.executable, "-m", "toynet.check.grade", "--work", str(out)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, cwd=folder, start_new_session=True,
    ) as process:
        note = ""
        try:
            process.communicate(job.encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            note = "out of time"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (AttributeError, OSError):  # Windows, or it has ended
                process.kill()
    return note or ("" if process.returncode == 0 else
                    f"ended early, with {process.returncode}")


def table(workbook, folder, seconds, memory):
    """Yield the rows of the table: a heading, then one a notebook."""
    titles = workbook.titles.values()
    yield ["notebook", "points", *titles,
           *(f"{x}: diagnosis" for x in titles), "note"]
    paths = sorted(p for p in Path(folder).rglob("*.ipynb")
                   if ".ipynb_checkpoints" not in p.parts)
    for i, path in enumerate(paths, 1):
        try:
            found, note = graded(workbook, path, seconds, memory)
        except Exception as error:  # no notebook, or of another chapter
            found = dict.fromkeys(workbook.checks, "not-read")
            note = f"{type(error).__name__}: {error}"
        points = [0 if said else workbook.points[x]
                  for x, said in found.items()]
        yield [path.relative_to(folder).with_suffix("").as_posix(),
               sum(points), *points, *(x or "right" for x in found.values()),
               note]
        bar = "#" * (30 * i // len(paths))
        print(f"\r[{bar:30}] {i} of {len(paths)}", end="", file=sys.stderr)
    print(file=sys.stderr)


def main(args=None):
    """Read the command line, and write the table."""
    args = sys.argv[1:] if args is None else args
    if args[:1] == ["--work"]:
        return _work(json.load(sys.stdin), args[1])
    parser = argparse.ArgumentParser(
        "python -m toynet.check.grade", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="students' notebooks of a chapter")
    parser.add_argument("workbook", help="that chapter's clean workbook")
    parser.add_argument("-o", "--output", default="grades.csv")
    parser.add_argument("--seconds", type=int, default=60,
                        help="of the processor for a notebook (60)")
    parser.add_argument("--memory", type=int, default=2048,
                        help="for a notebook, in MiB (2048; Linux alone)")
    given = parser.parse_args(args)
    with open(given.output, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(table(
            Workbook(given.workbook), given.folder, given.seconds,
            given.memory))
    return None


if __name__ == "__main__":
    main()
