"""The links of a fork lead to the fork: its launch, issues and address."""

import subprocess

import pytest
from launch_pages import launch_links
from origin import Origin, commit_of, origin_of, site_of, web_address
from pages import NUMBERED
from sphinx.testing.util import SphinxTestApp

MINE = "https://github.com/me/book"
SETTLED = Origin("https://github.com/first/book", "main")


@pytest.mark.parametrize(("remote", "address"), [
    ("https://github.com/me/book", MINE),
    ("git@github.com:me/book.git", MINE),
    ("ssh://git@github.com:22/me/book.git", MINE),
    ("/home/me/book", ""),
    ("", ""),
])
def test_remote_becomes_an_address(remote, address):
    assert web_address(remote) == address


@pytest.mark.parametrize(("repository", "site"), [
    (MINE, "https://me.github.io/book/"),
    ("https://github.com/Me/me.github.io", "https://me.github.io/"),
    ("https://elsewhere.example/me/book", ""),
])
def test_site_follows_the_repository(repository, site):
    assert site_of(repository) == site


@pytest.fixture
def clone(tmp_path):
    """A repository of one small book, and a way to run git in it."""
    def git(*words):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.example",
             "-c", "commit.gpgsign=false", *words],
            cwd=tmp_path, check=True, capture_output=True)

    page = ("---\njupytext:\n  text_representation:\n    extension: .md\n"
            "    format_name: myst\nkernelspec:\n  display_name: Python 3\n"
            "  name: python3\n---\n\n# A page\n\n")
    (tmp_path / "book").mkdir()
    (tmp_path / "conf.py").touch()
    (tmp_path / ".gitignore").write_text("_build\n")
    (tmp_path / "index.md").write_text(
        page + "```{toctree}\n:numbered:\n\nbook/01_one\n```\n"
        "```{toctree}\n\nbook/other\n```\n")
    for name in ("01_one", "other"):
        (tmp_path / "book" / f"{name}.md").write_text(page)
    git("init", "-q", "-b", "mend/it")
    git("add", ".")
    git("commit", "-q", "-m", "one", "--date", "2026-01-02T03:04:05Z")
    return tmp_path, git


def test_git_names_the_origin(clone):
    folder, git = clone
    assert origin_of(folder, SETTLED) == SETTLED
    git("remote", "add", "origin", "/somewhere/book")
    assert origin_of(folder, SETTLED) == SETTLED
    git("remote", "set-url", "origin", "git@github.com:me/book.git")
    assert origin_of(folder, SETTLED) == Origin(MINE, "mend/it")
    git("checkout", "-q", "--detach")
    assert origin_of(folder, SETTLED) == Origin(MINE, commit_of(folder).sha)


def test_commit_says_whether_files_differ(clone, tmp_path_factory):
    folder, _ = clone
    assert not commit_of(folder).changed
    (folder / "index.md").write_text("Another.\n")
    assert commit_of(folder).changed
    assert commit_of(tmp_path_factory.mktemp("plain")) is None


def build(folder):
    """Build a small book with the theme and the origin's hooks."""
    app = SphinxTestApp(srcdir=folder, confoverrides={
        "extensions": ["myst_nb", "origin"],
        "nb_execution_mode": "off",
        "html_theme": "sphinx_book_theme",
        "html_theme_options": {
            "repository_url": SETTLED.repository,
            "repository_branch": SETTLED.branch,
            "use_repository_button": True, "use_issues_button": True,
            "launch_buttons": {"notebook_interface": "jupyterlab",
                               "binderhub_url": "https://mybinder.org"},
        },
    })
    try:
        app.build()
    finally:
        app.cleanup()
    assert app.warning.getvalue() == ""
    return folder / "_build" / "html"


@pytest.mark.site
@pytest.mark.parametrize(("home", "spec", "issues", "site"), [
    (MINE, "gh/me/book", "/issues/new", "https://me.github.io/book/"),
    ("https://gitlab.com/we/us/book",
     "git/https%3A%2F%2Fgitlab.com%2Fwe%2Fus%2Fbook", "/-/issues/new", ""),
    ("https://lab.example/me/book",
     "git/https%3A%2F%2Flab.example%2Fme%2Fbook", "/issues/new", ""),
])
def test_fork_launches_itself_and_hears_of_its_issues(
        clone, home, spec, issues, site):
    folder, git = clone
    git("remote", "add", "origin", home + ".git")
    pages = build(folder)
    assert launch_links(pages / "book" / "01_one.html") == [
        f"https://mybinder.org/v2/{spec}/mend/it"
        "?urlpath=lab/tree/notebooks/01_one.ipynb"]
    for name in ("index", "book/other", "book/01_one"):
        text = (pages / f"{name}.html").read_text()
        assert f'href="{home}"' in text
        assert f'href="{home}{issues}?' in text
        assert ("fa-rocket" in text) == name.endswith("one")
        assert (f'rel="canonical" href="{site}{name}.html"' in text) == bool(
            site)


@pytest.mark.site
def test_each_chapter_launches_its_notebook_and_no_other_page_does(site):
    found = {page.stem: len(links) for page in (site / "book").rglob("*.html")
             if (links := launch_links(page))}
    assert found == dict.fromkeys(NUMBERED, 1)
