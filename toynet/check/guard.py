"""Runs what a reader wrote, and keeps the rest of the session from it."""

import copy
import ctypes
import inspect
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


class Outcome(NamedTuple):
    """How a call ended: with a value, with an error, or not at all."""

    value: object = None
    error: str = ""  # the type and text of what was raised
    line: str = ""  # the reader's line that raised it
    hung: bool = False
    changed: tuple = ()  # places of the arguments that were changed
    drew: bool = False  # from PyTorch's global generator, or seeded it


def call(f, *args, limit=LIMIT):
    """Call `f` on copies of `args` in a thread, for `limit` seconds.

    Never raises what `f` raises. What it prints is kept off the page;
    the global random state, the default dtype, the number of threads and
    the working directory are put back. A thread starts with gradients on,
    so a `no_grad` of the reader's reaches neither in nor out.
    """
    before, given, box = copied(args), copied(args), {}
    drawn = torch.get_rng_state()
    with _state_kept(), warnings.catch_warnings(), open(
            os.devnull, "w") as nowhere:
        warnings.simplefilter("ignore")
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            hung = _in_a_thread(lambda: _attempt(f, given, box), limit)
        drew = not torch.equal(drawn, torch.get_rng_state())
    changed = tuple(
        i for i, (a, b) in enumerate(zip(before, given, strict=True))
        if not _same(a, b)
    )
    return Outcome(**box, hung=hung, changed=changed, drew=drew)


class _Stop(BaseException):
    """Raised inside a thread that has used up its time."""


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
    """What an exception says of itself, in one line a page has room for."""
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
    with _state_kept(), torch.inference_mode(False), torch.enable_grad():
        torch.set_default_dtype(torch.float32)
        yield


@contextmanager
def _state_kept():
    """Put global state back."""
    numpy = sys.modules.get("numpy")
    kept = [
        (torch.set_rng_state, torch.get_rng_state()),
        (torch.set_default_dtype, torch.get_default_dtype()),
        (random.setstate, random.getstate()), (os.chdir, os.getcwd()),
        *([(numpy.random.set_state, numpy.random.get_state())]
          if numpy else ())]
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        for put_back, state in kept:
            put_back(state)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


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
