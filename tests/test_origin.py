"""The links of a fork lead to the fork: CI's word, then git's."""

import json
import subprocess

import pytest
from origin import Origin, commit_of, from_ci, from_git, site_of, web_address


@pytest.mark.parametrize(("remote", "address"), [
    ("https://github.com/me/book", "https://github.com/me/book"),
    ("https://github.com/me/book.git", "https://github.com/me/book"),
    ("https://token@github.com/me/book.git/", "https://github.com/me/book"),
    ("git@github.com:me/book.git", "https://github.com/me/book"),
    ("ssh://git@github.com:22/me/book.git", "https://github.com/me/book"),
    ("https://lab.example/a/b/c.git", "https://lab.example/a/b/c"),
    ("/home/me/book", ""),
    ("../book", ""),
    ("file:///home/me/book.git", ""),
    ("http://user@127.0.0.1:4321/git/me/book", ""),
    ("http://localhost:3000/me/book.git", ""),
    ("", ""),
])
def test_remote_becomes_an_address(remote, address):
    assert web_address(remote) == address


CI = {"GITHUB_REPOSITORY": "me/book", "GITHUB_REF_NAME": "main"}
MINE = "https://github.com/me/book"


@pytest.mark.parametrize(("variables", "origin"), [
    ({}, None),
    (CI, Origin(MINE, "main")),
    ({"GITHUB_REPOSITORY": "me/book"}, None),  # as on a machine of GitHub's
    (CI | {"GITHUB_SERVER_URL": "https://lab.example"},
     Origin("https://lab.example/me/book", "main")),
])
def test_ci_names_the_origin(variables, origin):
    assert from_ci(variables) == origin


@pytest.mark.parametrize(("repo", "origin"), [
    ({"html_url": "https://github.com/you/book"},
     Origin("https://github.com/you/book", "mend")),
    (None, Origin(MINE, "base")),  # the fork is gone
])
def test_pull_request_is_launched_from_its_fork(tmp_path, repo, origin):
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {
        "head": {"repo": repo, "ref": "mend"},
        "base": {"repo": {"html_url": MINE}, "ref": "base"}}}))
    assert from_ci(CI | {"GITHUB_EVENT_PATH": str(event)}) == origin


@pytest.fixture
def clone(tmp_path):
    """A repository of one commit, and a way to run git in it."""
    def git(*words):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.example",
             "-c", "commit.gpgsign=false", *words],
            cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "draft")
    (tmp_path / "page.md").write_text("A page.\n")
    git("add", ".")
    git("commit", "-q", "-m", "one", "--date", "2026-01-02T03:04:05Z")
    return tmp_path, git


def test_git_names_the_origin(clone):
    folder, git = clone
    assert from_git(folder) is None
    git("remote", "add", "origin", "git@github.com:me/book.git")
    assert from_git(folder) == Origin(MINE, "draft")
    git("checkout", "-q", "--detach")
    assert from_git(folder) == Origin(MINE, commit_of(folder).sha)


def test_local_remote_is_no_origin(clone):
    folder, git = clone
    git("remote", "add", "origin", "/somewhere/book")
    assert from_git(folder) is None


def test_commit_says_whether_files_differ(clone, tmp_path_factory):
    folder, _ = clone
    commit = commit_of(folder)
    assert len(commit.sha) == 40
    assert not commit.changed
    (folder / "page.md").write_text("Another.\n")
    assert commit_of(folder).changed
    assert commit_of(tmp_path_factory.mktemp("plain")) is None


@pytest.mark.parametrize(("repository", "site"), [
    ("https://github.com/me/book", "https://me.github.io/book/"),
    ("https://github.com/me/book/", "https://me.github.io/book/"),
    ("https://github.com/Me/me.github.io", "https://me.github.io/"),
    ("https://elsewhere.example/me/book", ""),
])
def test_site_follows_the_repository(repository, site):
    assert site_of(repository) == site
