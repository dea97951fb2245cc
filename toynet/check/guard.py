"""Runs what a reader wrote, and keeps the rest of the session from it."""

import copy
import ctypes
import inspect
import io
import linecache
import os
import random
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import torch

LIMIT = 4.0  # seconds of work for a call that takes milliseconds
WAIT = 20.0  # seconds by the clock for one that hardly works at all
EXCUSED = ("importlib", "_dynamo", "_inductor", "torch/fx", "sympy")
OURS = (
    str(Path(__file__).parents[1]) + os.sep,
    str(Path(torch.__file__).parent),
    sysconfig.get_paths()["stdlib"],
)

PRINTED = "It also printed something, which is left out here."
DREW = (
    "It drew from PyTorch's global random generator or seeded it; the "
    "generator has been put back."
)


class Outcome(NamedTuple):
    """How a call ended: with a value, with an error, or not at all."""

    value: object = None
    error: str = ""  # the type and text of what was raised
    line: str = ""  # the reader's line that raised it
    hung: bool = False
    changed: tuple = ()  # places of the arguments that were changed
    remarks: tuple = ()  # other things that the call did


def call(f, *args, limit=LIMIT):
    """Call `f` on copies of `args` in a thread, for `limit` seconds.

    Never raises what `f` raises. Standard output is kept off the page;
    the global random state, the default dtype, the number of threads and
    the working directory are put back. A thread starts with gradients on,
    so a `no_grad` of the reader's reaches neither in nor out.
    """
    before, given = copied(args), copied(args)
    box, output = {}, _Count()
    with _state_kept() as moved, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with redirect_stdout(output), redirect_stderr(_Count()):
            hung = _in_a_thread(lambda: _attempt(f, given, box), limit)
        seen = {PRINTED: output.lines, DREW: moved()}
    changed = tuple(
        i for i, (a, b) in enumerate(zip(before, given, strict=True))
        if not _same(a, b)
    )
    remarks = tuple(remark for remark, so in seen.items() if so)
    return Outcome(**box, hung=hung, changed=changed, remarks=remarks)


class _Stop(BaseException):
    """Raised inside a thread that has used up its time."""


class _Count(io.TextIOBase):
    """Counts what is written to it, and keeps nothing."""

    def __init__(self):
        super().__init__()
        self.lines = 0

    def write(self, text):
        """Take `text`, as files do."""
        self.lines += bool(text)
        return len(text)


def _attempt(f, args, box):
    """Run f into `box`, whatever it raises."""
    try:
        box["value"] = f(*args)
        if inspect.iscoroutine(box["value"]):
            box["value"].close()  # else Python warns, later and elsewhere
    except _Stop:
        pass
    except BaseException as error:  # SystemExit of a reader's exit(), too
        box["error"] = f"{type(error).__name__}: {_text(error)}".rstrip(": ")
        box["line"] = _readers_line(error)


def _text(error):
    """What an exception says of itself, in one line."""
    try:
        return _cut(" ".join(str(error).split()), 400)
    except BaseException:  # its own __str__ raises
        return ""


def _in_a_thread(work, limit):
    """Run `work`; return whether it had not ended when its time was up.

    What counts is the time of the processor: another program that is
    busy takes none of it. Imports and compilations are not counted, and
    are not cut short. A call that sleeps uses no time; it is given up
    when it has worked less than a fiftieth of `WAIT`.
    """
    thread = threading.Thread(target=work, daemon=True)
    begun, at, used = time.monotonic(), time.process_time(), 0.0
    thread.start()
    while thread.is_alive() and used < limit:
        thread.join(0.02)
        now = time.process_time()
        used, at = used + (0 if _excused(thread) else now - at), now
        waited = time.monotonic() - begun
        if waited > WAIT * limit / LIMIT and used < waited / 50 and (
                waited > 300 or not _excused(thread)):
            break
    hung = thread.is_alive()
    _stop(thread)
    return hung


def _stop(thread):
    """Raise in a thread until it ends, for a second at most."""
    end = time.monotonic() + 1
    while thread.is_alive() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(_Stop)
        )
        thread.join(0.05)


def _excused(thread):
    """Say whether a thread is importing or compiling."""
    frame = sys._current_frames().get(thread.ident)
    while frame is not None:
        name = frame.f_code.co_filename
        if any(part in name for part in EXCUSED):
            return True
        frame = frame.f_back
    return False


@contextmanager
def settled():
    """Check with PyTorch's own settings, whatever those of a page are."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(dtype)


@contextmanager
def _state_kept():
    """Put global state back; the function given tells whether draws moved."""
    numpy = sys.modules.get("numpy")
    torch_state, dtype = torch.get_rng_state(), torch.get_default_dtype()
    threads, python_state = torch.get_num_threads(), random.getstate()
    numpy_state = numpy.random.get_state() if numpy else None
    home = os.getcwd()
    try:
        yield lambda: not torch.equal(torch_state, torch.get_rng_state())
    finally:
        torch.set_rng_state(torch_state)
        torch.set_default_dtype(dtype)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        random.setstate(python_state)
        os.chdir(home)
        if numpy:
            numpy.random.set_state(numpy_state)


def copied(x):
    """Copy tensors, and whatever holds them; the rest only if it can be."""
    if isinstance(x, torch.Tensor):
        return x.detach().clone()
    if isinstance(x, tuple):
        return getattr(x, "_make", tuple)([copied(part) for part in x])
    try:
        return copy.deepcopy(x)
    except Exception:  # a module, a lambda, a loader: passed as it is
        return x


def _same(a, b):
    """Say whether two arguments hold the same tensors, NaN included."""
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.shape == b.shape and (
            a.is_meta or bool(((a == b) | ((a != a) & (b != b))).all())
        )
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(_same, a, b))
    return not isinstance(a, int | float) or a == b or a != a


def _cut(text, most):
    """Keep what a page has room for."""
    return text if len(text) <= most else f"{text[:most]} ..."


def _readers_line(error):
    """Return the number and text of the last line that the reader wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if not f.filename.startswith(OURS)]
    if not theirs:
        return ""
    last = theirs[-1]
    text = _cut(linecache.getline(last.filename, last.lineno).strip(), 120)
    return f"line {last.lineno}, `{text}`" if text else f"line {last.lineno}"
