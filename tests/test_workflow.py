"""The workflows: valid, safe, and saying what they are there for.

GitHub's own schema and zizmor (loose pins, broad tokens, injected code) look
at the form. `PROMISES` say what a maintainer relies on besides, and a table
of broken workflows shows that each is looked at.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
TOOLS = Path(sys.executable).parent
FILES = {x.name: x.read_text(encoding="utf-8")
         for x in sorted(FOLDER.glob("*.yml"))}
MAIN = "github.ref == 'refs/heads/main'"


def parsed(text):
    """Read a workflow; YAML takes the key `on` for a truth."""
    return {str(k).replace("True", "on"): v
            for k, v in yaml.safe_load(text).items()}


def steps(job, uses):
    """What the steps of a job that use an action are given."""
    return [x.get("with", {}) for x in job["steps"]
            if x.get("uses", "").startswith(f"actions/{uses}@")]


def commands(job):
    return [x["run"] for x in job["steps"] if "run" in x]


def pythons():
    """The versions of Python that the package says it supports."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    low, high = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text).groups()
    return [f"3.{x}" for x in range(int(low), int(high))]


PROMISES = {
    "pull requests and main are tested from clean": lambda on, test, **_: (
        {"pull_request", "push"} <= set(on) and "if" not in test
        and "bash .ci/run" in commands(test)),
    "on each supported Python": lambda test, **_: (
        test["strategy"]["matrix"]["python"] == pythons()),
    "without a cache": lambda jobs, **_: not any(
        steps(job, "cache") or any("cache" in x.get("with", {})
                                   for x in job.get("steps", []))
        for job in jobs.values()),
    "main alone is published, and what passed": lambda publish, test, **_: (
        publish["if"] == f"{MAIN} && github.event_name == 'push'"
        and publish["needs"] == "test" and len(publish["steps"]) == 1
        and [x["with"]["path"] for x in test["steps"]
             if MAIN in x.get("if", "")] == ["_build/html"]),
    "and not broken off": lambda publish, **_: (
        publish["concurrency"]["cancel-in-progress"] is False),
    "a reviewer gets the pages": lambda preview, **_: (
        preview["if"] == "github.event_name == 'pull_request'"
        and "make book" in commands(preview)
        and [(x["path"], x["if-no-files-found"]) for x in steps(
            preview, "upload-artifact")] == [("_build/html", "error")]),
    "links, Binder and weight are looked at weekly": lambda weekly, **_: (
        re.fullmatch(r"\d+ \d+ \* \* \d", weekly["on"]["schedule"][0]["cron"])
        and set(weekly["jobs"]["make"]["strategy"]["matrix"]["target"])
        == {"links", "binder", "lighthouse"}
        and commands(weekly["jobs"]["make"]) == ['make "$TARGET"']),
    "no token stays in a clone": lambda jobs, weekly, **_: all(
        x["persist-credentials"] is False
        for job in [*jobs.values(), *weekly["jobs"].values()]
        for x in steps(job, "checkout")),
    "no job hangs for hours": lambda jobs, weekly, **_: all(
        job.get("timeout-minutes", 999) <= 60
        for job in [*jobs.values(), *weekly["jobs"].values()]),
}


LOOKING = {
    "check-jsonschema": ["--builtin-schema", "vendor.github-workflows"],
    "zizmor": ["--offline", "--no-config", "--no-progress"],
}


def complaint(tool, files, folder):
    """What a tool says of these workflows, where it is not content."""
    home = folder / ".github" / "workflows"
    home.mkdir(parents=True)
    for name, text in files.items():
        (home / name).write_text(text, encoding="utf-8")
    run = subprocess.run([TOOLS / tool, *LOOKING[tool], *home.iterdir()],
                         capture_output=True, text=True)
    return run.stdout if run.returncode else ""


def broken_promises(files):
    book, weekly = map(parsed, files.values())
    asked = {"on": book["on"], "jobs": book["jobs"], "weekly": weekly}
    return [name for name, holds in PROMISES.items()
            if not holds(**asked, **book["jobs"])]


@pytest.mark.parametrize("tool", LOOKING)
def test_a_tool_has_no_complaint(tool, tmp_path):
    assert complaint(tool, FILES, tmp_path) == ""


def test_the_workflows_keep_their_promises():
    assert broken_promises(FILES) == []


def test_newer_actions_are_looked_for():
    run = subprocess.run(
        [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.dependabot",
         FOLDER.parent / "dependabot.yml"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_weekly_targets_are_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    make = parsed(FILES["weekly.yml"])["jobs"]["make"]
    for target in make["strategy"]["matrix"]["target"]:
        assert re.search(rf"^{target}:", makefile, re.M), target


BROKEN = [  # what is named, what is written, what instead
    ("check-jsonschema", "runs-on: ubuntu-24.04", "run-on: ubuntu-24.04"),
    ("zizmor", r"checkout@\w+  # v7.0.1", "checkout@v7"),
    ("zizmor", 'make "[$]TARGET"', "make ${{ github.event.issue.title }}"),
    ("zizmor", "permissions:\n  contents: read", "permissions: write-all"),
    ("token", "persist-credentials: false", "persist-credentials: true"),
    ("tested from clean", "  pull_request:\n", ""),
    ("tested from clean", "bash .ci/run", "make book"),
    ("supported Python", ', "3.13"', ""),
    ("without a cache", "python-version: ..{ matrix.python }}",
     "python-version: x\n          cache: pip"),
    ("published", " && github.event_name == 'push'", ""),
    ("published", "    needs: test\n", "    needs: preview\n"),
    ("published", " && github.ref == 'refs/heads/main'", ""),
    ("broken off", "cancel-in-progress: false", "cancel-in-progress: true"),
    ("reviewer", "if-no-files-found: error", "if-no-files-found: warn"),
    ("reviewer", "run: make book", "run: jupyter-book build ."),
    ("weekly", '"23 4 [*] [*] 1"', '"23 4 1 * *"'),
    ("weekly", ", binder", ""),
    ("hangs", "    timeout-minutes: 15\n", ""),
]


@pytest.mark.parametrize(("named", "text", "instead"), BROKEN)
def test_a_broken_workflow_is_noticed(named, text, instead, tmp_path):
    broken = {name: re.sub(text, instead, x) for name, x in FILES.items()}
    assert broken != FILES, "the table breaks nothing any more"
    if named in LOOKING:
        assert complaint(named, broken, tmp_path)
    else:
        assert any(named in fault for fault in broken_promises(broken))
