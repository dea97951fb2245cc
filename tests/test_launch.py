"""What Binder makes of the repository, read in its own tool's Dockerfile.

`make binder` carries it out.
"""

import json
import os
import re
import subprocess
import tomllib

import pytest
from launch_pages import ROOT, dockerfile
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.site
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]



@pytest.fixture(scope="module")
def image():
    """The instructions of the Dockerfile, one a line."""
    text = re.sub(r"\\\n\s*", "", dockerfile(ROOT))
    return [x for x in text.splitlines() if re.match("[A-Z]+ ", x)]


def place(image, start):
    """Return where the only instruction is that begins so."""
    (found,) = [i for i, x in enumerate(image) if x.startswith(start)]
    return found


ORDER = [  # packages first: a commit that changes a page keeps that layer
    "FROM ",
    "COPY --chown=1000:1000 src/binder/requirements.txt ",
    'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/',
    "COPY --chown=1000:1000 src/ ",
    "RUN chmod +x binder/postBuild",
    "RUN ./binder/postBuild",
    'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    "ENTRYPOINT ",
]


def test_image_is_made_in_an_order_that_works(image):
    places = [place(image, start) for start in ORDER]
    assert places == sorted(places)


def test_image_has_a_python_that_the_package_supports(image):
    (base,) = [x for x in image if "environment.lock" in x and "COPY" in x]
    version = re.search(r"environment-2epy-2d3-2e(\d+)-", base)
    wanted = SpecifierSet(PROJECT["requires-python"])
    assert wanted.contains(f"3.{version[1]}")


def test_each_script_is_one_that_bash_can_run():
    for name in ("postBuild", "start"):
        path = ROOT / "binder" / name
        assert os.access(path, os.X_OK), name
        subprocess.run(["bash", "-n", path], check=True)


def test_server_starts_with_one_thread():
    code = ("import json, os, sys\n"
            "print(json.dumps([os.environ['OMP_NUM_THREADS'], sys.argv]))")
    run = subprocess.run(
        [ROOT / "binder" / "start", "python3", "-c", code, "--ip=0.0.0.0"],
        capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == ["1", ["-c", "--ip=0.0.0.0"]]


def pins(name):
    """Read the exact pins of a file, each a name and a version."""
    lines = (ROOT / name).read_text().splitlines()
    return dict(x.split(" ;")[0].split("==") for x in lines if "==" in x)


def test_image_gets_what_the_book_needs_in_the_tested_versions():
    asked, locked = pins("binder/requirements.txt"), pins("requirements.txt")
    needs = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["book"]
    names = {canonicalize_name(Requirement(need).name) for need in needs}
    assert names <= set(asked)
    assert asked.pop("torch") == locked["torch"] + "+cpu"
    assert asked == {name: locked.get(name) for name in asked}
