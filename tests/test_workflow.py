"""The workflows: valid, safe, and saying what they are there for.

GitHub's own schema and zizmor (loose pins, broad tokens, injected code) look
at the form. `PROMISES` say what a maintainer relies on besides.
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
    "no job hangs for hours": lambda jobs, weekly, **_: all(
        job.get("timeout-minutes", 999) <= 60
        for job in [*jobs.values(), *weekly["jobs"].values()]),
}


@pytest.mark.parametrize("command", [
    "check-jsonschema --builtin-schema vendor.github-workflows",
    "zizmor --offline --no-config --no-progress"])
def test_a_tool_has_no_complaint(command):
    tool, *words = command.split()
    run = subprocess.run([TOOLS / tool, *words, *FOLDER.glob("*.yml")],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("promise", PROMISES)
def test_the_workflows_keep_their_promises(promise):
    book, weekly = map(parsed, FILES.values())
    assert PROMISES[promise](on=book["on"], jobs=book["jobs"], weekly=weekly,
                             **book["jobs"])


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
