"""Binder's steps, carried out here: `make binder`.

A fresh clone of the last commit; an environment that begins as Binder's
does; in it the steps of repo2docker's Dockerfile; the server, started as
BinderHub starts it; and Chromium, at the launch address of each chapter.
This installs a gigabyte and runs every chapter twice, so `make test`
leaves it out. It has to be Linux and the Python of `binder/runtime.txt`.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import nbformat
import pytest
import repo2docker
from launch_pages import ROOT, dockerfile, launch_links
from pages import NUMBERED

PACKS = Path(repo2docker.__file__).parent / "buildpacks"
BASE = "/user/reader/"  # BinderHub serves each reader under such an address
TOKEN = secrets.token_hex(24)
PATIENCE = 300_000  # milliseconds that a chapter may take to run
CPU_TORCH = "--extra-index-url https://download.pytorch.org"


@contextmanager
def timed(step):
    """Say how long a step took."""
    start = time.monotonic()
    yield
    print(f"\n{step}: {time.monotonic() - start:.0f} s", flush=True)


# The image ----------------------------------------------------------------


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    """The folder of a clone in which Binder's steps have been carried out.

    Beside it are the environment and a home of its own.
    """
    runtime = (ROOT / "binder" / "runtime.txt").read_text().strip()
    if runtime != f"python-{sys.version_info[0]}.{sys.version_info[1]}":
        pytest.fail(f"Binder runs {runtime}; this is {sys.version}")
    home = tmp_path_factory.mktemp("binder")
    clone = home / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    (home / "home").mkdir()
    with timed("a fresh environment with what repo2docker's has"):
        make_environment(home / "env")
    steps = dockerfile(clone)
    drop_unreachable_index(clone / "binder" / "requirements.txt")
    for command in re.findall(r"^RUN (.*(?:pip|binder/).*)$", steps, re.M):
        with timed(command):
            subprocess.run(
                ["bash", "-c", command], cwd=clone, env=surroundings(home),
                check=True)
    return clone


def make_environment(folder):
    """Begin as repo2docker does, at its frozen versions, from PyPI."""
    name = f"environment.py-{sys.version_info[0]}.{sys.version_info[1]}"
    asked = (PACKS / "conda" / f"{name}.yml").read_text()
    frozen = (PACKS / "conda" / f"{name}-linux-64.lock").read_text()
    pins = dict(re.findall(r"/([^/]+)-(\d[^-/]*)-[^-/]+\.conda", frozen))
    names = re.findall(r"^- ([\w-]+)==", asked, re.M)
    constraints = folder.with_suffix(".txt")
    constraints.write_text("".join(f"{k}=={v}\n" for k, v in pins.items()))
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run(
        [folder / "bin" / "pip", "install", "--quiet", "--no-cache-dir",
         "-c", constraints,
         *(f"{x.removesuffix('-singleuser')}=={pins[x]}" for x in names)],
        check=True)


def drop_unreachable_index(requirements):
    """Where PyTorch's own index can't be had, do without it, and say so."""
    try:
        urlopen("https://download.pytorch.org/whl/cpu/torch/", timeout=10)
    except (URLError, OSError):
        print("\nPyTorch's index is out of reach: torch comes from pip's own")
        lines = requirements.read_text().splitlines(keepends=True)
        requirements.write_text(
            "".join(x for x in lines if not x.startswith(CPU_TORCH)))


def surroundings(home):
    """Return the variables that the Dockerfile sets, and no others' home."""
    env = home / "env"
    return {
        **{k: v for k, v in os.environ.items()
           if not k.startswith(("GITHUB_", "PYTHONPATH", "OMP_", "VIRTUAL"))},
        "HOME": str(home / "home"),
        "KERNEL_PYTHON_PREFIX": str(env),
        "REPO_DIR": str(home / "clone"),
        "PATH": f"{env / 'bin'}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }


def test_image_has_the_notebooks_and_nothing_of_the_build(image):
    names = sorted(x.stem for x in (image / "notebooks").glob("*.ipynb"))
    assert names == sorted(NUMBERED)
    assert not (image / "_build").exists()
    changed = subprocess.run(
        ["git", "diff", "--name-only"], cwd=image, capture_output=True,
        text=True, check=True).stdout.split()
    assert set(changed) <= {"binder/requirements.txt"}  # where it was mended


SIGNED = """
import sys
import nbformat
from nbformat.sign import NotebookNotary
for name in sys.argv[1:]:
    if not NotebookNotary().check_signature(nbformat.read(name, 4)):
        print(name)
"""


def test_figures_are_shown_before_a_run(image):
    run = subprocess.run(
        ["python", "-c", SIGNED, *(image / "notebooks").glob("*.ipynb")],
        env=surroundings(image.parent), capture_output=True, text=True,
        check=True)
    assert run.stdout == ""


# The server ---------------------------------------------------------------


@pytest.fixture(scope="session")
def server(image):
    """The address of JupyterLab, started the way BinderHub does it."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    words = [f"base_url={BASE}", f"token={TOKEN}", "trust_xheaders=True"]
    command = [
        "jupyter-lab", "--ip=127.0.0.1", f"--port={port}",
        *(f"--{app}.{x}" for app in ("NotebookApp", "ServerApp")
          for x in words),
        "--ServerApp.open_browser=False",
        *["--allow-root"] * (os.geteuid() == 0),
    ]
    entry = re.search(
        r'^ENV R2D_ENTRYPOINT="(.*)"$', dockerfile(image), re.M)[1]
    env = surroundings(image.parent)
    env["R2D_ENTRYPOINT"] = entry.replace("${REPO_DIR}", str(image))
    process = subprocess.Popen(
        [sys.executable, PACKS / "repo2docker-entrypoint", *command],
        cwd=image, env=env, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}{BASE}"
    wait_for(address)
    yield address
    process.terminate()
    process.wait(30)


def wait_for(address):
    for _ in range(120):
        try:
            return call(address, "status")
        except (URLError, ConnectionError):
            time.sleep(0.5)
    raise TimeoutError(f"no server at {address} after a minute")


def call(address, what, method="GET"):
    """Ask the server's interface."""
    request = Request(
        f"{address}api/{what}", method=method,
        headers={"Authorization": f"token {TOKEN}"})
    with urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


# A reader -----------------------------------------------------------------


@pytest.fixture
def desk(browser, server, image):
    """A new reader: nothing open, no kernel running."""
    shutil.rmtree(image.parent / "home" / ".jupyter" / "lab" / "workspaces",
                  ignore_errors=True)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    yield page
    page.close()
    for session in call(server, "sessions"):
        call(server, f"sessions/{session['id']}", "DELETE")


def replies_on(page):
    """Collect what the kernel answers to each cell, as it arrives."""
    found = []

    def look(frame):
        text = frame if isinstance(frame, str) else frame.decode("latin1")
        if re.search(r'"msg_type": ?"execute_reply"', text):
            status = re.search(r'"status": ?"(\w+)"', text)[1]
            count = re.search(r'"execution_count": ?(\d+)', text)
            found.append((status, count and int(count[1])))

    page.on("websocket", lambda ws: ws.on("framereceived", look))
    return found


def run_all(page):
    """Ask for all cells in the menu, as a reader does."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('[data-command="runmenu:run-all"]').click()


@pytest.mark.parametrize("name", NUMBERED)
def test_chapter_runs_through_its_launch_button(
        site, server, image, desk, name):
    (link,) = launch_links(site / "book" / f"{NUMBERED[name]}.html")
    path = parse_qs(urlsplit(link).query)["urlpath"][0]
    assert path == f"lab/tree/notebooks/{name}.ipynb"
    file = image / "notebooks" / f"{name}.ipynb"
    given = nbformat.read(file, 4)
    codes = [x for x in given.cells if x.cell_type == "code" and x.source]
    replies = replies_on(desk)
    desk.goto(f"{server}{path}?token={TOKEN}")
    desk.wait_for_selector(".jp-NotebookPanel:visible")
    # The notebook's own mark is idle before there is a kernel.
    idle = desk.locator("#jp-main-statusbar").get_by_text("| Idle")
    idle.wait_for()
    assert desk.locator(".jp-FileEditor").count() == 0
    assert desk.locator(".jp-Dialog").count() == 0
    with timed(f"{name}, {len(codes)} cells"):
        run_all(desk)
        wait_until(desk, lambda: len(replies) >= len(codes) or any(
            status != "ok" for status, _ in replies))
    assert replies == [("ok", i + 1) for i in range(len(codes))]
    idle.wait_for()
    (session,) = call(server, "sessions")
    assert session["path"] == f"notebooks/{name}.ipynb"
    assert session["kernel"]["execution_state"] == "idle"
    assert faults(saved(desk, file)) == []


def wait_until(page, done):
    end = time.monotonic() + PATIENCE / 1000
    while not done():
        assert time.monotonic() < end, "the cells have not all run"
        page.wait_for_timeout(200)


def saved(page, file):
    """Save the notebook as a reader does, and read it."""
    before = file.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    wait_until(page, lambda: file.stat().st_mtime_ns != before)
    return nbformat.read(file, 4)


def faults(notebook):
    """Name the cells that were not run, or ended in an error."""
    codes = [x for x in notebook.cells if x.cell_type == "code" and x.source]
    return [
        cell.source for number, cell in enumerate(codes, 1)
        if cell.execution_count != number or any(
            x.output_type == "error" or x.get("name") == "stderr"
            for x in cell.outputs)
    ]
