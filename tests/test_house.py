"""What the reader of a listing relies on, beyond ruff and import-linter."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import toynet

PACKAGE = Path(toynet.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {f.relative_to(PACKAGE).as_posix(): ast.parse(f.read_text("utf-8"))
         for f in FILES}


@pytest.mark.parametrize("file", TREES)
def test_a_function_fits_on_a_page(file):
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 25, node.name


@pytest.mark.parametrize("file", [f for f in TREES if "/" not in f])
def test_a_function_reads_its_arguments_and_no_data(file):
    """What a module assigns is a constant: no `X` can slip in unnoticed."""
    for node in TREES[file].body:
        for target in getattr(node, "targets", []):
            assert re.fullmatch("_?[A-Z_]{3,}", ast.unparse(target))


@pytest.mark.parametrize("file", TREES)
def test_the_package_needs_torch_and_matplotlib_only(file):
    known = {"torch", "matplotlib", "toynet", *sys.stdlib_module_names}
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.Import | ast.ImportFrom):
            name = getattr(node, "module", node.names[0].name)
            assert name.partition(".")[0] in known


LOADS = """
import sys
import toynet.{}
names = {{m for m in sys.modules if m.startswith("toynet.")}}
print(*sorted(names), "torch" in sys.modules, "matplotlib" in sys.modules)
"""


@pytest.mark.parametrize("loaded", [
    "toynet.net True False",  # torch alone
    "toynet.plots False True",  # matplotlib alone
    "toynet.model toynet.net True False",
])
def test_what_an_import_loads(loaded):
    module = loaded.split()[0].removeprefix("toynet.")
    found = subprocess.run(
        [sys.executable, "-c", LOADS.format(module)],
        capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert found.stdout.split() == loaded.split()
