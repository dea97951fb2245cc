"""What more than one file of tests needs: the built site."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def build():
    """Build the book as a reader does."""
    command = Path(sys.executable).with_name("jupyter-book")
    return subprocess.run(
        [command, "build", "."], cwd=ROOT, capture_output=True, text=True
    )


@pytest.fixture(scope="session")
def site(build):
    """The folder of built pages, for tests that read them."""
    if build.returncode:
        pytest.skip("the book does not build: see test_book_builds")
    return ROOT / "_build" / "html"
