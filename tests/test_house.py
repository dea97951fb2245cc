"""The rules of the house: floors, names, lengths, what a module may read."""

import ast
import builtins
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import toynet

PACKAGE = Path(toynet.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def named(path):
    """The name of a file's module inside toynet, "__init__" for its own."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__") or "__init__"


MODULES = [named(f) for f in FILES if named(f) != "__init__"]
TREES = {named(f): ast.parse(f.read_text()) for f in FILES}
CHAPTERS = range(1, 8)

# module: (floor, modules of the package it may import, packages besides)
FLOORS = {
    "__init__": (0, set(), set()),
    "data": (0, set(), {"torch"}),
    "net": (0, set(), {"torch"}),
    "autograd": (0, set(), {"torch"}),
    "optim": (0, set(), {"torch"}),
    "train": (0, set(), {"torch"}),
    "plots": (0, set(), {"matplotlib"}),
    "backprop": (1, {"net"}, {"torch"}),
    "model": (1, {"net"}, {"torch"}),
    "curvature": (1, {"net"}, {"torch"}),
    "ensemble": (1, {"net", "backprop"}, {"torch"}),
    "least_squares": (2, {"net", "ensemble"}, {"torch"}),
    "check.report": (0, set(), set()),
    "check.guard": (0, set(), {"torch"}),
    "check.mistake": (0, set(), {"torch"}),
    "check.answers": (1, {"check.guard"}, {"torch"}),
    **{f"check.mistakes{n}": (1, {"check.mistake"}, set()) for n in CHAPTERS},
    "check.catalogue": (
        2, {f"check.mistakes{n}" for n in CHAPTERS}, set()),
    "check.words": (2, {"check.answers", "check.report"}, {"torch"}),
    "check.probes": (2, {"data", "net"}, {"torch"}),
    "check.diagnose": (3, {
        "check.answers", "check.catalogue", "check.guard", "check.mistake",
        "check.report", "check.words"}, {"torch"}),
    **{f"check.chapter{n}": (4, set(MODULES) - {"check"}, {"torch"})
       for n in CHAPTERS},
    "check": (5, set(MODULES), {"torch"}),
}
SAME_FLOOR = {("ensemble", "backprop")}  # as the table of the design has it

PUBLIC = {
    "__init__": set(),
    "data": {"generate_data", "label"},
    "net": {"Params", "Activations", "init_params", "forward", "sse", "mse"},
    "autograd": {"Value"},
    "optim": {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"},
    "train": {"fit"},
    "backprop": {"backward", "numerical_gradient", "descend"},
    "model": {"ToyModel", "params_of", "from_params"},
    "ensemble": {"Run", "starts", "train", "gradient", "LOSSES"},
    "least_squares": {"residuals", "jacobian", "levenberg_marquardt"},
    "curvature": {"flatten", "unflatten", "hessian", "sharpness",
                  "curvature_along", "largest_rate", "crossings"},
}

FUNCTIONS = [
    pytest.param(module, node, id=f"{module}.{node.name}:{node.lineno}")
    for module, tree in TREES.items() for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]


def imports(tree):
    """List (name, node) of every module that a tree imports."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            if node.module in ("toynet", "toynet.check"):
                names = [f"{node.module}.{a.name}" for a in node.names]
            found += [(name, node) for name in names]
    return found


def defined(tree):
    """The names that the top level of a module defines, imports apart."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        for target in getattr(node, "targets", []):
            names |= {n.id for n in ast.walk(target)
                      if isinstance(n, ast.Name)}
        if isinstance(node, ast.AnnAssign):
            names.add(node.target.id)
    return names


@pytest.mark.parametrize("module", TREES)
def test_a_module_imports_only_from_lower_floors(module):
    floor, may_import, packages = FLOORS[module]
    for name, node in imports(TREES[module]):
        top, _, rest = name.partition(".")
        assert getattr(node, "level", 0) == 0, f"relative import of {name}"
        if top == "toynet":
            rest = rest if rest in FLOORS else rest.rpartition(".")[0]
            assert rest in may_import
            lower = FLOORS[rest][0] < floor
            assert lower or (module, rest) in SAME_FLOOR
        elif top not in sys.stdlib_module_names:
            assert top in packages


@pytest.mark.parametrize("module", TREES)
def test_imports_stand_at_the_top_and_have_no_star(module):
    tree = TREES[module]
    for name, node in imports(tree):
        assert node in tree.body, f"{name} is imported inside"
        assert "*" not in [alias.name for alias in node.names]


LOADS = """
import sys
before = set(sys.modules)
import toynet.{module}
names = {{m for m in set(sys.modules) - before if m.startswith("toynet.")}}
print(*sorted(names), "torch" in sys.modules, "matplotlib" in sys.modules)
"""


@pytest.mark.parametrize(
    ("module", "loaded"),
    [
        ("net", "toynet.net True False"),  # torch alone
        ("plots", "toynet.plots False True"),  # matplotlib alone
        ("model", "toynet.model toynet.net True False"),
    ],
)
def test_what_an_import_loads(module, loaded):
    found = subprocess.run(
        [sys.executable, "-c", LOADS.format(module=module)],
        capture_output=True, text=True, check=True, cwd=PACKAGE.parent,
    )
    assert found.stdout.split() == loaded.split()


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_those_of_the_design(module):
    names = {n for n in defined(TREES[module]) if not n.startswith("_")}
    assert names == PUBLIC[module]


def test_there_are_no_modules_but_the_designs():
    assert set(TREES) <= set(FLOORS)
    assert set(PUBLIC) | {"plots", "check"} <= set(TREES)


@pytest.mark.parametrize(("module", "node"), FUNCTIONS)
def test_a_function_fits_on_a_page(module, node):
    assert node.end_lineno - node.lineno + 1 <= 25


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_line_fits_on_a_page(file):
    for i, line in enumerate(file.read_text().splitlines(), 1):
        assert len(line) <= 79, f"line {i}"
        assert line == line.rstrip(), f"line {i}"
        assert "\t" not in line, f"line {i}"


@pytest.mark.parametrize("module", TREES)
def test_what_is_public_has_a_docstring(module):
    tree = TREES[module]
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            if not node.name.startswith("_"):
                assert ast.get_docstring(node), node.name
            for part in getattr(node, "body", []):
                if isinstance(part, ast.FunctionDef):
                    told = ast.get_docstring(part)
                    assert told or part.name.startswith("_"), part.name


def docstrings(tree):
    """Every docstring of a tree, with the name of what it tells about."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node):
            yield getattr(node, "name", "module"), ast.get_docstring(node)


@pytest.mark.parametrize("module", TREES)
def test_a_docstring_begins_with_a_sentence(module):
    for name, text in docstrings(TREES[module]):
        if module != "__init__":
            assert text.splitlines()[0].endswith("."), name


@pytest.mark.parametrize(("module", "node"), FUNCTIONS)
def test_a_function_reads_its_arguments_and_no_data(module, node):
    """No name but its own, builtins, imports, functions and constants.

    So no `X` of the page or module can slip into a function unnoticed.
    """
    tree = TREES[module]
    known = set(dir(builtins)) | constants(tree)
    for part in ast.walk(tree):
        if isinstance(part, ast.Import | ast.ImportFrom):
            known |= {a.asname or a.name for a in part.names}
    outer = [n for n in ast.walk(tree)
             if isinstance(n, ast.FunctionDef) and node in ast.walk(n)]
    for function in outer:  # an inner function sees the outer one's names
        known |= own_names(function)
    read = {n.id for n in ast.walk(node)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    assert read <= known


def own_names(function):
    """Arguments, and names that are assigned or defined inside."""
    names = {a.arg for n in ast.walk(function) if isinstance(n, ast.arguments)
             for a in (*n.posonlyargs, *n.args, *n.kwonlyargs,
                       *filter(None, (n.vararg, n.kwarg)))}
    for n in ast.walk(function):
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
            names.add(n.id)
        elif isinstance(n, ast.FunctionDef | ast.ExceptHandler):
            names.add(n.name)
    return names


def constants(tree):
    """Functions, classes and names in capitals of a module's top level."""
    defs = {n.name for n in tree.body
            if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    return defs | {
        n for n in defined(tree) if n == n.upper() or n == "__all__"}


@pytest.mark.parametrize("module", MODULES)
def test_no_state_is_kept_between_calls(module):
    """No global is assigned in a function, nor a default that can change.

    What stands at the top level is a function, a class or a constant in
    capitals, and no function writes to a constant.
    """
    tree = TREES[module]
    constant = constants(tree)
    assert defined(tree) <= constant
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Global | ast.Nonlocal)
        if isinstance(node, ast.arguments):
            for default in (*node.defaults, *filter(None, node.kw_defaults)):
                assert not isinstance(
                    default, ast.List | ast.Dict | ast.Set | ast.Call)
        if isinstance(node, ast.Subscript) and isinstance(
            node.ctx, ast.Store | ast.Del
        ):
            assert getattr(node.value, "id", "") not in constant


NOT_TO_HAVE = {"utils", "config", "logging", "callbacks", "helpers", "common"}


@pytest.mark.parametrize("module", MODULES)
def test_names_are_the_pages_own(module):
    """`dz2` for ∂L/∂z2, never `z2_grad`; no "epoch" where there is none."""
    assert module not in NOT_TO_HAVE
    source = ast.unparse(TREES[module])
    assert "epoch" not in source.lower()
    names = {n.id for n in ast.walk(TREES[module]) if isinstance(n, ast.Name)}
    names |= {n.arg for n in ast.walk(TREES[module])
              if isinstance(n, ast.arg)}
    for name in names:
        assert not name.endswith("_grad"), name
        assert not name.startswith("grad_"), name


@pytest.mark.parametrize("module", MODULES)
def test_no_hidden_seed(module):
    """A seed is given to a new generator, and to nothing else."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Attribute) and (
            node.attr in {"manual_seed", "seed"}
        ):
            assert ast.unparse(node.value) == "torch.Generator()"


def test_the_package_depends_on_torch_and_matplotlib_only():
    table = PACKAGE.parent / "pyproject.toml"
    project = tomllib.loads(table.read_text())["project"]
    assert sorted(project["dependencies"]) == ["matplotlib", "torch"]
