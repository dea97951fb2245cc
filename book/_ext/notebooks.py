"""The chapters as notebooks: what a reader opens, downloads and runs.

A notebook has all that the page has, with references resolved, cells live
and their outputs from the page's own run. `make notebooks` writes them;
the site carries the same files for its download button.
"""

import html
import sys
from base64 import b64encode
from pathlib import Path

from docutils import nodes
from drawings import undated
from jupyter_cache import get_cache
from live import STILL, drawing
from myst_nb.core.read import myst_nb_reader_plugin
from notebook_cells import code_cell, text_cell, write_notebook
from origin import is_chapter
from plain_markdown import Markdown, fenced, folded, numbered, paragraphs
from setup_cells import Effects, imported_packages, live_code, without_glue
from sphinx.builders import Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx_exercise.nodes import is_exercise_node, is_solution_node
from workbook import code_of, is_cell, subtitle_of

LOG = logging.getLogger(__name__)
SVG, GLUED = "image/svg+xml", "application/papermill.record/"
BROUGHT = {"toynet", "torch", "matplotlib", "numpy", "IPython", "myst_nb"}
INTRO = """\
*This is chapter {number} of {book} as a notebook; it is {page}, too. The \
outputs are those of the page's own run. To run the cells yourself, from \
the first to the last, install the book's package, which brings PyTorch \
and matplotlib:*

```
pip install {packages}
```"""
ELSEWHERE = "Code that needs the book's repository: shown, not run here"
STILL_HERE = "*Here the network stands still, at its start{where}.*"


def setup(app):
    """Add the builder and the hooks."""
    app.add_builder(Notebooks)
    # Outputs come from the run itself; in the tree they are cut for pages.
    app.add_post_transform(KeepCode)
    # The theme's download button would give a page's MyST as a notebook,
    # or none where there are no launch buttons. It asks at 501.
    app.connect("html-page-context", offer)
    app.connect("html-page-context", withdraw, priority=502)
    # The site carries the notebooks, whichever command builds it.
    app.connect("build-finished", write_beside_site)
    return {"version": "1", "parallel_read_safe": True}


def offer(app, pagename, templatename, context, doctree):
    """Name a chapter's notebook to the theme."""
    if is_chapter(app.env, pagename):
        context["ipynb_source"] = f"{pagename}.ipynb"


def withdraw(app, pagename, templatename, context, doctree):
    """Take the button for a notebook from pages that have none."""
    if not is_chapter(app.env, pagename):
        for button in context["header_buttons"]:
            if button["label"] == "download-buttons":
                button["buttons"] = [
                    x for x in button["buttons"]
                    if x["label"] != "download-notebook-button"]


def write_beside_site(app, exception):
    """Write the notebooks among the site's sources, and no others."""
    sources = Path(app.outdir, "_sources")
    if exception or app.builder.name != "html":
        return
    for left in sources.rglob("*.ipynb"):
        left.unlink()
    site = app.builder
    # Sphinx asks the application which builder it resolves a page for.
    app.builder = builder = Notebooks(app, app.env)
    try:
        builder.init()
        for docname in builder.chapters():
            path = sources / f"{docname}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            builder.write_notebook(docname, path)
    finally:
        app.builder = site


class Notebooks(Builder):
    """Writes one notebook for each chapter."""

    name = "notebooks"
    format = "notebooks"
    epilog = "The notebooks are in %(outdir)s."

    def init(self):
        """Find out where the site and the repository are."""
        settings = self.config.html_theme_options
        repository = settings.get("repository_url", "")
        branch = settings.get("repository_branch", "")
        self.package = f"git+{repository}@{branch}" if repository else "."
        self.site = self.config.html_baseurl

    def chapters(self):
        """Name the pages that have a notebook."""
        return [x for x in sorted(self.env.found_docs)
                if is_chapter(self.env, x)]

    def get_outdated_docs(self):
        """Name all pages: which have numbers is known once they are read."""
        return sorted(self.env.found_docs)

    def get_target_uri(self, docname, typ=None):
        """Point to the page on the site."""
        return f"{self.site}{docname}.html"

    def get_relative_uri(self, from_, to, typ=None):
        """Point to the site from everywhere."""
        return self.get_target_uri(to, typ)

    def write(self, *names):
        """Write the chapters, and resolve no other page."""
        for docname in self.chapters():
            name = docname.rsplit("/", 1)[-1]
            self.write_notebook(docname, Path(self.outdir, f"{name}.ipynb"))

    def write_notebook(self, docname, path):
        """Write the notebook of one page."""
        tree = self.env.get_and_resolve_doctree(docname, self)
        write_notebook(path, Chapter(self, docname, tree).cells)


class KeepCode(SphinxPostTransform):
    """Leaves of a page's cells the code, and of its figures the drawing."""

    default_priority = 1
    formats = ("notebooks",)

    def run(self, **kwargs):
        """Cut the tree before its references are resolved."""
        for cell in list(self.document.findall(is_cell)):
            cell.children = cell.children[:1]
        for figure in self.document.findall(nodes.figure):
            for bundle in [x for x in figure if "nb_element" in x]:
                bundle.replace_self([
                    image for kind in bundle.children
                    if kind["mime_type"] == SVG for image in kind.children])


# Outputs ------------------------------------------------------------------


def executed(config, path):
    """Return a page's cells with the outputs of its run."""
    notebook = myst_nb_reader_plugin(path)
    cache = get_cache(config.nb_execution_cache_path)
    return cache.merge_match_into_notebook(notebook)[1].cells


def outputs_of(cell):
    """Return a cell's outputs as they are stored, less the glued ones.

    A figure that the page closed is glued, and not among the others.
    """
    kept = [dict(output) for output in cell.outputs
            if not is_glued_record(output)]
    if not pictures(kept):
        kept += [
            {"output_type": "display_data", "metadata": {}, "data": {
                SVG: data[GLUED + SVG],
                "text/plain": data[GLUED + "text/plain"]}}
            for data in glued_drawings(cell)]
    return kept


def is_glued_record(output):
    """Say whether an output is a value kept for the page."""
    return any(kind.startswith(GLUED) for kind in output.get("data", {}))


def glued_drawings(cell):
    """Return what a cell glued of its drawings, in order."""
    return [output["data"] for output in cell.outputs
            if GLUED + SVG in output.get("data", {})]


def pictures(outputs):
    """Return those outputs that are drawings."""
    return [x for x in outputs if SVG in x.get("data", {})]


def pictured(svg, alt):
    """Return a drawing as an image.

    JupyterLab shows no SVG of a notebook that it does not trust, and
    every notebook that was downloaded is one; an image it does show.
    """
    data = b64encode(undated(svg).encode()).decode()
    return (f'<img alt="{html.escape(alt)}" '
            f'src="data:{SVG};base64,{data}">')


def in_words(output):
    """Return an output as Markdown."""
    if output["output_type"] == "stream":
        return fenced(output["text"])
    if SVG in output["data"]:
        LOG.warning("a figure without a caption")
    return fenced(output["data"]["text/plain"])


# One chapter --------------------------------------------------------------


class ChapterMarkdown(Markdown):
    """Markdown of a chapter: links lead to the notebook's own places."""

    def __init__(self, builder, docname, tree, cells):
        page = builder.get_target_uri(docname)
        super().__init__(page, numbered(builder.env, docname))
        self.cells = cells
        self.source = Path(builder.srcdir)
        self.notebooks = {
            builder.get_target_uri(x): f"{x.rsplit('/', 1)[-1]}.ipynb"
            for x in builder.chapters()}
        self.sought = {x["refid"] for x in tree.findall(nodes.reference)
                       if "refid" in x}

    def anchor(self, node):
        """Return a place for each id that the notebook links to."""
        sought = [x for x in node["ids"] if x in self.sought]
        return "".join(f'<a id="{x}"></a>' for x in sought)

    def address(self, node):
        """Return where a reference leads: here, beside here, to the site."""
        if "refid" in node:
            return f"#{node['refid']}"
        address = node["refuri"]
        if address.startswith(("?", "#")):  # a state of the live network
            address = self.page + address
        if address in self.notebooks:
            return self.notebooks[address]
        return address if address.startswith("http") else ""

    def inline_raw(self, node):
        """Return HTML as it is: Markdown takes it."""
        return node.astext() if node["format"] == "html" else ""

    def block_container(self, node):
        """Return code that can't be run here, with what it showed."""
        return self.shown(node) if is_cell(node) else (
            super().block_container(node))

    def shown(self, cell):
        """Return a cell as text, with its outputs if the page shows them."""
        ran = self.cells[cell["cell_index"]]
        hidden = "remove-output" in ran.metadata.get("tags", [])
        said = [] if hidden else map(in_words, outputs_of(ran))
        return paragraphs(
            fenced(without_glue(code_of(cell)), "python"), *said)

    def block_figure(self, node):
        """Return a drawing, and its caption below."""
        svg, alt = self.drawn(node)
        return paragraphs(pictured(svg, alt), self.caption_of(node))

    def caption_of(self, node):
        """Return the caption of a figure."""
        caption = next(node.findall(nodes.caption))
        return self.caption(node, caption)

    def drawn(self, node):
        """Return a figure's drawing and the text that stands for it."""
        image = next(node.findall(nodes.image))
        path = self.source / image["uri"]
        svg = path.read_text(encoding="utf-8").strip()
        return svg, image.get("alt", "")

    def block_toy_network(self, node):
        """Return the way to the live network, and a still picture."""
        way = ""
        if self.page.startswith("http"):
            way = f"; [on the page]({self.page}#{node['element']}) it moves"
        return paragraphs(
            STILL_HERE.format(where=way),
            pictured(drawing(), STILL))


class Chapter:
    """The cells of one page's notebook, as they come."""

    def __init__(self, builder, docname, tree):
        self.ran = executed(builder.config, builder.env.doc2path(docname))
        self.markdown = ChapterMarkdown(builder, docname, tree, self.ran)
        self.foreign = needs_more(self.ran, Path(builder.srcdir))
        self.cells, self.text, self.captions = [], [], []
        self.drawn = {}  # what the last cell glued, and where it shows it
        self.number = builder.env.toc_secnumbers[docname][""][0]
        self.intro = self.introduce(builder, builder.get_target_uri(docname))
        self.add(tree, 0)
        self.flush()

    def introduce(self, builder, page):
        """Say what the notebook is, and what it needs."""
        book = "Twenty-Six Numbers"
        sources = [c.source for c in self.ran if c.cell_type == "code"]
        more = set().union(*map(imported_packages, sources))
        more -= BROUGHT | set(sys.stdlib_module_names) | {
            x.name for x in Path(builder.srcdir).iterdir()}
        packages = [builder.package, *sorted(more)]
        if not builder.site:
            return INTRO.format(number=self.number, book=book, page="a page",
                                packages=" ".join(packages))
        return INTRO.format(
            number=self.number, packages=" ".join(packages),
            book=f"[{book}]({builder.site}book/index.html)",
            page=f"[a page]({page})")

    def add(self, node, level):
        """Add what stands in a section, at its place."""
        for child in node.children:
            if isinstance(child, nodes.section):
                self.flush()
                self.add(child, level + 1)
                self.flush()
            elif isinstance(child, nodes.title):
                self.title(node, child, level)
            elif is_exercise_node(child):
                self.exercise(child, level + 1)
            elif is_solution_node(child):
                self.solution(child)
            elif is_cell(child):
                self.code(child)
            elif isinstance(child, nodes.figure):
                self.figure(child)
            else:
                self.text.append(self.markdown.block(child))

    def title(self, section, title, level):
        """Add a heading, and below the first what the notebook is."""
        number = f"{self.number}. " if level == 1 else ""
        self.text += [
            self.markdown.anchor(section),
            f"{'#' * level} {number}{self.markdown.inline(title)}",
            self.intro if level == 1 else ""]

    def exercise(self, node, level):
        """Add an exercise: its text, and its cells to be filled in."""
        self.flush()
        number = self.markdown.number(node)
        title = self.markdown.inline(subtitle_of(node))
        self.text += [self.markdown.anchor(node),
                      f"{'#' * level} {number}: {title}"]
        for part in node.children[1:]:
            self.add(part, level)

    def solution(self, node):
        """Add a solution, folded, its code to be read."""
        self.flush()
        number = self.markdown.numbers[node["target_label"]]
        body = [x for part in node.children[1:] for x in part.children]
        self.text += [self.markdown.anchor(node), folded(
            f"Solution to {number}", self.markdown.blocks(body))]
        self.flush()

    def code(self, node):
        """Add a code cell with its outputs, or its text."""
        index = node["cell_index"]
        ran = self.ran[index]
        source = live_code(ran.source)
        if index in self.foreign:
            self.text.append(folded(ELSEWHERE, self.markdown.shown(node)))
        elif source:
            self.flush()
            cell = code_cell(f"code-{index}", source, **kept_folded(ran))
            self.cells.append(cell)
            self.put_outputs(cell, ran)

    def put_outputs(self, cell, ran):
        """Give a cell its outputs, and note where each figure is."""
        count = sum(x["cell_type"] == "code" for x in self.cells)
        cell["execution_count"], cell["outputs"] = count, outputs_of(ran)
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = count
        glued = [x[GLUED + SVG].strip() for x in glued_drawings(ran)]
        shown = pictures(cell["outputs"])
        self.drawn = dict(zip(glued, shown, strict=False))

    def figure(self, node):
        """Add a caption below the cell that drew the figure.

        A figure that no cell above shows is shown as a picture.
        """
        svg, alt = self.markdown.drawn(node)
        if any(self.text) or svg not in self.drawn:
            self.text.append(self.markdown.block(node))
            return
        output = self.drawn[svg]
        place = self.cells[-1]["outputs"].index(output)
        output["data"] = {
            "text/html": pictured(svg, alt),
            "text/plain": output["data"]["text/plain"]}
        self.captions.append((place, self.markdown.caption_of(node)))

    def flush(self):
        """Make a cell of the text so far."""
        captions = [caption for _, caption in sorted(self.captions)]
        text = paragraphs(*captions, *self.text)
        if text:
            self.cells.append(text_cell(f"text-{len(self.cells) + 1}", text))
        self.text, self.captions = [], []


def kept_folded(cell):
    """Return the metadata of a cell whose code the page folds."""
    tags = cell.metadata.get("tags", [])
    folds = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
    return {"jupyter": {"source_hidden": True}} if folds & set(tags) else {}


def needs_more(cells, root):
    """Return the cells that need more of the repository than `toynet`.

    These are the cells that import such a package, and all that load a
    name which only they have bound.
    """
    others = {x.parent.name for x in root.glob("*/__init__.py")} - {"toynet"}
    found, missing = [], set()
    for index, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        code = without_glue(cell.source)
        effects = Effects(code)
        if imported_packages(code) & others or effects.loads & missing:
            found.append(index)
            missing |= effects.binds
        else:
            missing -= effects.sure
    return found
