"""What more than one file of tests needs: what is built, and a browser.

Two workers may run the tests side by side. They share one `_build`, so
each thing is built once, by whoever asks first, and one at a time.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
NAMES = "chromium", "chromium-browser", "google-chrome"
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def make(tmp_path_factory, worker_id):
    """Build the book as a reader does, with one of its builders."""
    notes = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        notes = notes.parent  # the one folder that the workers share
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "."]

    def build(builder="html"):
        note = notes / f"built-{builder}.json"
        custom = ["--builder", "custom", "--custom-builder", builder]
        with FileLock(notes / "build.lock"):
            if not note.exists():
                run = subprocess.run(
                    command + custom * (builder != "html"),
                    cwd=ROOT, capture_output=True, text=True,
                )
                note.write_text(json.dumps(vars(run), default=str))
            return SimpleNamespace(**json.loads(note.read_text()))

    return build


@pytest.fixture(scope="session")
def build(make):
    """The run that built the site."""
    return make()


@pytest.fixture(scope="session")
def site(build):
    """The folder of built pages, for tests that read them."""
    if build.returncode:
        pytest.skip("the book does not build: see test_book_builds")
    return ROOT / "_build" / "html"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def served(site):
    """The address of the built site on loopback."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium, the system's where there is one. CI has to have it."""
    with sync_playwright() as playwright:
        chromium = CHROMIUM or playwright.chromium.executable_path
        if not Path(chromium).exists() and not os.environ.get("CI"):
            pytest.skip(
                "no Chromium: install it, or run `playwright install chromium`"
            )
        browser = playwright.chromium.launch(
            executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()
