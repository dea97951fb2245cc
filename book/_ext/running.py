"""Runs the cells of pages: two pages at a time, and none without need.

The cache of outputs looks at a page's cells alone. So the record of a run
says, too, which files of this repository its kernel opened, modules as
well as data, and what they and the versions were. While that is so, the
outputs are what another run would give.
"""

import hashlib
import platform
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import (
    is_myst_markdown_notebook,
    myst_nb_reader_plugin,
)
from sphinx.util import logging

LOG = logging.getLogger(__name__)
SHAPING = ["torch", "numpy", "matplotlib", "joblib", "ipython", "ipykernel"]
KEPT = 100  # outputs of so many runs: a change taken back needs no new one
# Python tells a hook of each file that it opens, and `import` opens files.
WATCH = """__import__("sys").addaudithook(
    lambda event, given, log=open({!r}, "w", 1, "utf-8", "replace"):
    event == "open" and log.write(f"{{given[0]}}\\n") and None)"""


def setup(app):
    """Register the hooks."""
    # Before myst-nb looks for outputs, and after pages are left out.
    app.connect("env-before-read-docs", run_pages, priority=600)
    return {"version": "1", "parallel_read_safe": True}


def run_pages(app, env, docnames):
    """Run what the cache lacks, the later chapters first: they are long."""
    cache, root = get_cache(app.config.nb_execution_cache_path), app.srcdir
    cache.change_cache_limit(KEPT)
    paths = {x: Path(env.doc2path(x)) for x in reversed(docnames)}
    pages = {x: myst_nb_reader_plugin(str(path)) for x, path in paths.items()
             if is_myst_markdown_notebook(path.read_text("utf-8"))}
    waiting = [x for x in pages if not is_current(cache, pages[x], root)]
    run = partial(run_page, root=root, timeout=app.config.nb_execution_timeout)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(
            run, [paths[x] for x in waiting], [pages[x] for x in waiting]))
    for name, (error, data) in zip(waiting, runs, strict=True):
        if error:
            LOG.warning("a cell failed\n%s", error, location=name)
        else:
            cache.cache_notebook_bundle(
                CacheBundleIn(pages[name], str(paths[name]), data=data),
                check_validity=False, overwrite=True)
    if any(error for error, _ in runs):
        # Sphinx forgets all it has read if it sees an exception of its own.
        raise SystemExit("A page without outputs is no page.")
    env.ran = {x: cache.match_cache_notebook(pages[x]).data for x in pages}


def is_current(cache, notebook, root):
    """Say whether the cache has outputs that a new run would give again."""
    try:
        data = cache.match_cache_notebook(notebook).data
    except KeyError:
        return False
    return data.get("state") == state_of(root, data.get("files", []))


def state_of(root, files):
    """Hash versions, and the names and contents of files."""
    told = [platform.python_version(), *map(version, SHAPING)]
    digest = hashlib.sha256(" ".join(told).encode())
    for name in files:
        path = Path(root, name)
        digest.update(name.encode())
        digest.update(path.read_bytes() if path.is_file() else b"gone")
    return digest.hexdigest()


def run_page(path, notebook, root, timeout):
    """Run a page's cells beside its file; return error, and what to keep."""
    LOG.info("running %s", path.name)
    start = time.time()
    with TemporaryDirectory() as folder:
        log = Path(folder, "opened")
        run = single_nb_execution(
            # A busy kernel sends one print in pieces: they are joined.
            notebook, str(path.parent), timeout, False, coalesce_streams=True,
            extra_arguments=[
                f"--IPKernelApp.exec_lines={WATCH.format(str(log))}"])
        files = opened(log.read_text("utf-8"), path.parent, Path(root))
    ran = [c.source for c in notebook.cells if c.get("execution_count")]
    edited = any(Path(root, x).stat().st_mtime > start for x in files)
    return run.err, {
        "execution_seconds": run.time, "files": files,
        "state": "edited meanwhile" if edited else state_of(root, files),
        "cells": len(ran),
        "asserts": len(re.findall(r"(?m)^\s*assert\b", "\n".join(ran)))}


def opened(log, folder, root):
    """Return those files of the repository that a log names, sorted."""
    modules = re.sub(r"__pycache__.(\w+)\..*", r"\1.py", log)
    paths = {Path(folder, x).resolve() for x in modules.splitlines()}
    names = {x.relative_to(root) for x in paths
             if x.is_relative_to(root) and x.is_file()}
    return sorted(x.as_posix() for x in names
                  if not x.parts[0].startswith((".", "_build")))
