#!/usr/bin/env python3
"""Prints a name for everything that may shape what a chapter prints.

The quick preview of a pull request keeps executed cells under this name
and takes them up under the same name alone. The test job, and so what is
published, runs every cell itself.

In it: the code of the cells, with the kernel that they ask for; all files
of the repository that are no prose and no test; each installed package;
Python, the system's libraries, processor and fonts; the variables that
set threads and hashes.
"""

import hashlib
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from matplotlib.font_manager import findSystemFonts
from myst_nb.core.read import myst_nb_reader_plugin

ROOT = Path(__file__).parents[1]
NO_PART = (".md", ".bib", "LICENSE", "NOTICE", ".png", ".css", ".js", ".cff")
APART = ("tests/", "binder/", ".github/")
SHAPING = ("OMP_", "MKL_", "OPENBLAS_", "PYTHON", "TORCH_", "MPL", "LC_",
           "LANG", "TZ", "ImageOS", "ImageVersion")


def parts(root):
    """Return what shapes outputs, by name."""
    return {
        "code": code_of(root / "book"),
        "files": files_of(root),
        "packages": sorted(f"{x.name}=={x.version}" for x in distributions()),
        "python": sys.version,
        "system": [platform.platform(), *platform.libc_ver()],
        "processor": processor(),
        "fonts": sorted(
            (x, os.path.getsize(x)) for x in findSystemFonts()),
        "variables": {
            k: v for k, v in sorted(os.environ.items())
            if k.startswith(SHAPING)},
    }


def code_of(folder):
    """Return each page's code cells and kernel."""
    found = {}
    for path in sorted(folder.glob("*.md")):
        page = myst_nb_reader_plugin(str(path))
        found[path.name] = [page.metadata.get("kernelspec"), *(
            [x.source, x.metadata] for x in page.cells
            if x.cell_type == "code")]
    return found


def files_of(root):
    """Return hashes of the files that git knows and that are no prose."""
    names = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True,
        check=True).stdout.splitlines()
    return {
        name: hashlib.sha256((root / name).read_bytes()).hexdigest()
        for name in names
        if not name.endswith(NO_PART) and not name.startswith(APART)
    }


def processor():
    """Return what the processor is and can do: sums differ with it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    wanted = ("vendor_id", "cpu family", "model", "stepping", "flags")
    told = {x for x in lines if x.startswith(wanted)}
    return [platform.machine(), os.cpu_count(), *sorted(told)]


def key(root=ROOT):
    """Hash all parts."""
    text = json.dumps(parts(root), sort_keys=True)
    return f"outputs-{hashlib.sha256(text.encode()).hexdigest()}"


if __name__ == "__main__":
    print(key())
