"""The launch button leads to the chapter's notebook, wherever a fork is.

What Binder makes of the repository is read in the Dockerfile that its
own tool writes; `make binder` carries it out.
"""

import json
import os
import re
import subprocess
import tomllib
from importlib.metadata import requires

import pytest
import yaml
from launch import binder_spec
from launch_pages import ROOT, chapters, dockerfile, launch_links
from origin import Origin, origin_of
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from sphinx.testing.util import SphinxTestApp

pytestmark = pytest.mark.site

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BINDER = "https://mybinder.org/v2"
OPENS = "?urlpath=lab%2Ftree%2Fnotebooks%2F"
GITHUB = "https://github.com/me/book"
SPECS = [
    (GITHUB, "main", "gh/me/book/main"),
    (GITHUB, "mend/it", "gh/me/book/mend/it"),
    (GITHUB, "mend#1", "gh/me/book/mend%231"),
    ("https://gitlab.com/me/book", "main", "gl/me%2Fbook/main"),
    ("https://gitlab.com/we/us/book", "a/b", "gl/we%2Fus%2Fbook/a/b"),
    ("https://bitbucket.org/me/book", "main",
     "git/https%3A%2F%2Fbitbucket.org%2Fme%2Fbook/main"),
    ("https://lab.example/me/book", "main",
     "git/https%3A%2F%2Flab.example%2Fme%2Fbook/main"),
    ("https://example.org/github.com/me/book", "main",
     "git/https%3A%2F%2Fexample.org%2Fgithub.com%2Fme%2Fbook/main"),
]


@pytest.mark.parametrize(("repository", "branch", "spec"), SPECS)
def test_repository_is_written_for_binder(repository, branch, spec):
    assert binder_spec(repository, branch) == spec


# Books of other origins ---------------------------------------------------

PAGE = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---

# A page

"""
CHAPTERS = "```{toctree}\n:numbered:\n\nbook/01_one\n```\n"
OTHERS = "```{toctree}\n\nbook/other\n```\n"
OTHER_PLACES = {
    "colab_url": "https://colab.example",
    "jupyterlite_url": "https://lite.example",
}


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Build a book of an origin; give the links of a page's header."""
    for name in [x for x in os.environ if x.startswith("GITHUB_")]:
        monkeypatch.delenv(name)
    (tmp_path / "book").mkdir()
    (tmp_path / "conf.py").touch()
    (tmp_path / "index.md").write_text(PAGE + CHAPTERS + OTHERS)
    for name in ("01_one", "other"):
        (tmp_path / "book" / f"{name}.md").write_text(PAGE)

    def build(repository, branch, **more):
        app = SphinxTestApp(srcdir=tmp_path, confoverrides={
            "extensions": ["myst_nb", "origin", "launch"],
            "nb_execution_mode": "off",
            "html_theme": "sphinx_book_theme",
            "html_theme_options": {
                "repository_url": repository, "repository_branch": branch,
                "use_repository_button": True, "use_issues_button": True,
                "launch_buttons": {
                    "notebook_interface": "jupyterlab",
                    "binderhub_url": "https://mybinder.org", **more},
            },
        })
        try:
            app.build()
        finally:
            app.cleanup()
        assert app.warning.getvalue() == ""
        return tmp_path / "_build" / "html"

    return build


@pytest.mark.parametrize(("repository", "branch", "spec"), SPECS)
def test_book_of_any_origin_builds_and_launches_itself(
        book, repository, branch, spec):
    site = book(repository, branch)
    assert launch_links(site / "book" / "01_one.html") == [
        f"{BINDER}/{spec}{OPENS}01_one.ipynb"]
    for name in ("index.html", "book/other.html"):
        assert launch_links(site / name) == []
        assert "fa-rocket" not in (site / name).read_text()
        assert f'href="{repository}"' in (site / name).read_text()


@pytest.mark.parametrize("repository", ["", "/home/me/book", "https://x.org"])
def test_without_a_repository_there_is_no_button(book, repository):
    page = book(repository, "main") / "book" / "01_one.html"
    text = page.read_text()
    assert launch_links(page) == []
    assert "fa-rocket" not in text
    assert "source-repository-button" not in text
    assert "source-issues-button" not in text


def test_nothing_is_offered_that_opens_no_markdown(book):
    links = launch_links(book(GITHUB, "main", **OTHER_PLACES)
                         / "book" / "01_one.html")
    assert [x.split("/")[2] for x in links] == ["mybinder.org"]


# This book ----------------------------------------------------------------


def test_each_chapter_launches_its_notebook_and_no_other_page_does(site):
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    ours = settings["repository"]
    spec = binder_spec(*origin_of(ROOT, Origin(ours["url"], ours["branch"])))
    found = {
        page.stem: links for page in sorted(site.rglob("*.html"))
        if (links := launch_links(page))
    }
    assert found == {
        name: [f"{BINDER}/{spec}{OPENS}{name}.ipynb"] for name in chapters()
    }


# Binder's image -----------------------------------------------------------


@pytest.fixture(scope="module")
def image():
    """The instructions of the Dockerfile, one a line."""
    text = re.sub(r"\\\n\s*", "", dockerfile(ROOT))
    return [x for x in text.splitlines() if re.match("[A-Z]+ ", x)]


def place(image, start):
    """Return where the only instruction is that begins so."""
    (found,) = [i for i, x in enumerate(image) if x.startswith(start)]
    return found


PIP = "RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install"
ORDER = [
    "FROM ",
    "COPY --chown=1000:1000 src/binder/requirements.txt ",
    f'{PIP} --no-cache-dir -r "binder/requirements.txt"',
    "COPY --chown=1000:1000 src/ ",
    "RUN chmod +x binder/postBuild",
    "RUN ./binder/postBuild",
    'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    "ENTRYPOINT ",
]


def test_image_is_made_in_an_order_that_works(image):
    places = [place(image, start) for start in ORDER]
    assert places == sorted(places)
    # Packages first: then a commit that changes a page keeps that layer.
    assert place(image, PIP) < place(image, "COPY --chown=1000:1000 src/ ")


def test_image_has_a_python_that_the_package_supports(image):
    (base,) = [x for x in image if "environment.lock" in x and "COPY" in x]
    version = re.search(r"environment-2epy-2d3-2e(\d+)-", base)
    wanted = SpecifierSet(PYPROJECT["project"]["requires-python"])
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


# Its pins -----------------------------------------------------------------

LINUX = {"sys_platform": "linux", "platform_system": "Linux",
         "python_version": "3.11", "python_full_version": "3.11.14",
         "os_name": "posix", "platform_machine": "x86_64"}


def pins(name):
    """Read the exact pins of a file, each a name and a version."""
    lines = (ROOT / name).read_text().splitlines()
    return dict(x.split(" ;")[0].split("==") for x in lines if "==" in x)


def brought(name, extras=(), found=None):
    """Return all that a package brings to Linux, itself included."""
    found = set() if found is None else found
    key = (canonicalize_name(name), *extras)
    if key not in found and not re.match("(cuda|nvidia|triton)", key[0]):
        found.add(key)
        for one in map(Requirement, needs(name)):
            if one.marker is None or any(
                    one.marker.evaluate(LINUX | {"extra": extra})
                    for extra in ("", *extras)):
                brought(one.name, sorted(one.extras), found)
    return {x for x, *_ in found}


def needs(name):
    """Return what a package requires; this one's table may be newer."""
    if name != "toynet":
        return requires(name) or []
    table = PYPROJECT["project"]
    book = table["optional-dependencies"]["book"]
    return table["dependencies"] + book


def test_image_gets_what_the_book_needs_and_no_more():
    asked = pins("binder/requirements.txt")
    assert set(asked) == brought("toynet") - {"toynet"}
    assert asked.pop("torch").endswith("+cpu")
    locked = pins("requirements.txt")
    assert asked == {name: locked[name] for name in asked}
