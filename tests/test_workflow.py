"""The workflows: valid, safe, and saying what they are there for.

GitHub's own schema and zizmor look at the form. The checks below look at
the meaning; each takes the workflows and gives a list of faults, and a
table of broken ones shows that each can find one.
"""

import json
import re
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from sphinx.testing.util import SphinxTestApp

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
TOOLS = Path(sys.executable).parent
FILES = {x.name: x.read_text(encoding="utf-8")
         for x in sorted(FOLDER.glob("*.yml"))}
READ = {"contents": "read"}
MAIN = "github.ref == 'refs/heads/main'"


def parsed(files):
    """Read the files; YAML takes the key `on` for a truth."""
    return {
        name: {str(k).replace("True", "on"): v
               for k, v in yaml.safe_load(text).items()}
        for name, text in files.items()
    }


def jobs(files):
    return {
        name: job for flow in parsed(files).values()
        for name, job in flow["jobs"].items()
    }


def steps(job, uses=""):
    """The steps of a job, or those that use an action."""
    return [x for x in job["steps"] if x.get("uses", "").startswith(uses)]


def commands(job):
    return [x["run"] for x in job["steps"] if "run" in x]


# What must hold -----------------------------------------------------------


def unlike_the_schema(files, folder):
    """What GitHub would not take."""
    run = subprocess.run(
        [TOOLS / "check-jsonschema", "--builtin-schema",
         "vendor.github-workflows", *written(files, folder)],
        capture_output=True, text=True)
    return [run.stdout] if run.returncode else []


def unsafe(files, folder):
    """What zizmor finds: loose pins, broad tokens, injected code, ..."""
    run = subprocess.run(
        [TOOLS / "zizmor", "--offline", "--no-config", "--no-progress",
         *written(files, folder)], capture_output=True, text=True)
    return [run.stdout + run.stderr] if run.returncode else []


def written(files, folder):
    """Write the workflows where the tools look for such files."""
    home = folder / ".github" / "workflows"
    home.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (home / name).write_text(text, encoding="utf-8")
    return [home / name for name in files]


def loose_pins(files, folder):
    """Actions that are not named by a commit, with its version beside it."""
    return [
        line.strip() for text in files.values()
        for line in text.splitlines()
        if "uses:" in line and not re.search(
            r"uses: [\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line)
    ]


def broad_tokens(files, folder):
    """Rights beyond reading, except to publish."""
    faults = [
        name for name, flow in parsed(files).items()
        if flow.get("permissions") != READ
    ]
    for name, job in jobs(files).items():
        wanted = {"pages": "write", "id-token": "write"}
        if job.get("permissions", wanted) != wanted or (
                ("permissions" in job) != (name == "publish")):
            faults.append(name)
        faults += [
            f"{name}: credentials stay" for x in steps(job, "actions/checkout")
            if x.get("with", {}).get("persist-credentials") is not False
        ]
    return faults


def untested(files, folder):
    """Pull requests and main are tested from clean, on each Python."""
    flow, test = parsed(files)["book.yml"], jobs(files)["test"]
    faults = []
    if not {"pull_request", "push"} <= set(flow["on"]):
        faults.append("not on each pull request and push")
    if test.get("if") or "bash .ci/run" not in commands(test):
        faults.append("does not run .ci/run each time")
    if test["strategy"]["matrix"]["python"] != pythons():
        faults.append("not on each supported Python")
    if steps(test, "actions/cache") or any(
            "cache" in x.get("with", {}) for x in test["steps"]):
        faults.append("takes something from a cache")
    return faults


def pythons():
    """The versions of Python that the package says it supports."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    low, high = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text).groups()
    return [f"3.{x}" for x in range(int(low), int(high))]


def unpublished(files, folder):
    """Main alone is published: the very pages that passed, one at a time."""
    publish, test = jobs(files)["publish"], jobs(files)["test"]
    faults = []
    if publish.get("if") != f"{MAIN} && github.event_name == 'push'":
        faults.append("not from main alone")
    if publish.get("needs") != "test" or len(publish["steps"]) != 1:
        faults.append("not what was tested")
    if publish.get("concurrency", {}).get("cancel-in-progress") is not False:
        faults.append("may be broken off")
    uploads = steps(test, "actions/upload-pages-artifact")
    if [MAIN in x.get("if", "") and x["with"]["path"] for x in uploads] != [
            "_build/html"]:
        faults.append("the test job uploads no pages")
    return faults


def unseen(files, folder):
    """A reviewer gets the pages of a pull request, warnings being errors."""
    job = jobs(files)["preview"]
    faults = []
    if job.get("if") != "github.event_name == 'pull_request'":
        faults.append("not for pull requests")
    uploads = [x["with"] for x in steps(job, "actions/upload-artifact")]
    if [x["path"] for x in uploads] != ["_build/html"] or any(
            x.get("if-no-files-found") != "error" for x in uploads):
        faults.append("uploads no site")
    if "make book" not in commands(job):
        faults.append("not built as `make book` builds")
    return faults


def stale(files, folder):
    """No run takes up what another one kept: each runs every cell."""
    return [name for name, job in jobs(files).items()
            if steps(job, "actions/cache")]


def not_weekly(files, folder):
    """Links, Binder and weight are looked at once a week."""
    flow = parsed(files)["weekly.yml"]
    times = [x["cron"] for x in flow["on"].get("schedule", [])]
    (job,) = flow["jobs"].values()
    targets = job["strategy"]["matrix"]["target"]
    faults = [] if any(re.fullmatch(r"\d+ \d+ \* \* \d", t)
                       for t in times) else ["no weekly time"]
    faults += sorted({"links", "binder", "lighthouse"} - set(targets))
    if commands(job) != ['make "$TARGET"']:
        faults.append("they are not made")
    return faults


def endless(files, folder):
    """Jobs that may hang for six hours."""
    return [name for name, job in jobs(files).items()
            if not job.get("timeout-minutes", 999) <= 60]


CHECKS = [
    unlike_the_schema, unsafe, loose_pins, broad_tokens, untested,
    unpublished, unseen, stale, not_weekly, endless,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_workflows_have_no_fault(check, tmp_path):
    assert check(FILES, tmp_path) == []


def test_newer_actions_are_looked_for():
    run = subprocess.run(
        [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.dependabot",
         FOLDER.parent / "dependabot.yml"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_weekly_targets_are_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in jobs(FILES)["make"]["strategy"]["matrix"]["target"]:
        assert re.search(rf"^{target}:", makefile, re.M), target


BROKEN = [
    (unlike_the_schema, "runs-on: ubuntu-24.04", "run-on: ubuntu-24.04"),
    (unlike_the_schema, "timeout-minutes: 20", "timeout-minutes: soon"),
    (unlike_the_schema, "  pull_request:\n", "  pull_requests:\n"),
    (unsafe, "  pull_request:\n", "  pull_request_target:\n"),
    (unsafe, r"checkout@\w+  # v7.0.1", "checkout@main"),
    (unsafe, 'make "$TARGET"', "make ${{ github.event.issue.title }}"),
    (unsafe, "contents: read", "contents: write"),
    (loose_pins, r"checkout@\w+  # v7.0.1", "checkout@v7"),
    (loose_pins, "  # v7.0.1", ""),
    (broad_tokens, "  contents: read", "  contents: write"),
    (broad_tokens, "permissions:\n  contents: read", "permissions: read-all"),
    (broad_tokens, "      id-token: write", "      contents: write"),
    (broad_tokens, "persist-credentials: false", "persist-credentials: true"),
    (untested, "  pull_request:\n", ""),
    (untested, "bash .ci/run", "make book"),
    (untested, ', "3.13"', ""),
    (untested, "python-version: ${{ matrix.python }}",
     "python-version: ${{ matrix.python }}\n          cache: pip"),
    (unpublished, " && github.event_name == 'push'", ""),
    (unpublished, "    needs: test\n", ""),
    (unpublished, "cancel-in-progress: false", "cancel-in-progress: true"),
    (unpublished, r" && github.ref == 'refs/heads/main'", ""),
    (unseen, "    if: github.event_name == 'pull_request'\n", ""),
    (unseen, "if-no-files-found: error", "if-no-files-found: warn"),
    (unseen, "run: make book", "run: jupyter-book build ."),
    (stale, "- run: make book", "- uses: actions/cache@v5"),
    (not_weekly, '"23 4 [*] [*] 1"', '"23 4 1 * *"'),
    (not_weekly, ", binder", ""),
    (endless, "    timeout-minutes: 15\n", ""),
]


@pytest.mark.parametrize(("check", "text", "instead"), BROKEN)
def test_check_finds_the_fault(check, text, instead, tmp_path):
    broken = {name: re.sub(pattern(text), instead, x)
              for name, x in FILES.items()}
    assert broken != FILES, "the table breaks nothing any more"
    assert check(broken, tmp_path) != []


def pattern(text):
    """Take plain text as it stands, and what is written as a pattern."""
    return text if re.search(r"\\[w.]|\[\*\]|\.\*\)", text) else (
        re.escape(text))


# Links to other sites -----------------------------------------------------


@pytest.fixture
def linkcheck(tmp_path):
    """Check the links of a page, with this book's settings."""
    class Site(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    (tmp_path / "there.html").touch()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Site, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    settings = {k: v for k, v in config["sphinx"]["config"].items()
                if k.startswith("linkcheck_")}
    book = tmp_path / "book"
    book.mkdir()
    (book / "conf.py").touch()

    def check(address):
        address = address.replace("SITE", f"127.0.0.1:{server.server_port}")
        (book / "index.rst").write_text(f"A\n=\n\n`here <{address}>`__\n")
        app = SphinxTestApp(
            "linkcheck", srcdir=book, confoverrides=settings)
        app.build()
        app.cleanup()
        found = (book / "_build" / "linkcheck" / "output.json").read_text()
        return app.statuscode, json.loads(found)["status"]

    yield check
    server.shutdown()


@pytest.mark.parametrize(("address", "wanted"), [
    ("http://SITE/there.html", (0, "working")),
    ("http://SITE/gone.html", (1, "broken")),
    ("http://SITE/there.html#gone", (1, "broken")),
    ("http://nowhere.invalid/", (1, "broken")),
    ("?net-point=1#net", (0, "ignored")),
    ("https://twenty-six-numbers.github.io/book/", (0, "ignored")),
    ("https://github.com/twenty-six-numbers/book", (0, "ignored")),
])
def test_dead_link_is_found(linkcheck, address, wanted):
    assert linkcheck(address) == wanted
