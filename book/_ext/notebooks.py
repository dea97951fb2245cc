"""The chapters as notebooks, and their exercises alone: the workbook.

All are made of the pages' resolved trees, so references and numbers are
those of the pages. A chapter's notebook has the outputs of the page's own
run. The workbook has an exercise's text, stub, check and hints, blank, and
once more with each solution below its stub. One builder writes all three,
each into a folder of its own; the site carries the chapters' notebooks
for its download button.
"""

import ast
import html
import json
import math
import re
import shutil
from base64 import b64encode
from pathlib import Path

import nbformat
from docutils import nodes
from drawings import undated
from jupyter_cache import get_cache
from live import STILL, drawing
from myst_nb.core.read import myst_nb_reader_plugin
from nbformat import v4
from origin import is_chapter
from plain_markdown import Markdown, fenced, folded, link, paragraphs
from sphinx.builders import Builder
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

KINDS = "notebooks", "workbook", "workbook-solved"
SVG, GLUED = "image/svg+xml", "application/papermill.record/"
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
FOLDED = {"jupyter": {"source_hidden": True}}
PAGE_ONLY = re.compile(r"glue\(|from myst_nb |plt\.close\(")
CHAPTER = """\
*This is {what} of {book} as a notebook; it is {page}, too. The \
outputs are those of the page's own run.*

{install}"""
EXERCISES = """\
# {number}. {title}: exercises

These are the exercises of {page}. Fill in the cell under a text and run \
it, then run the cell that begins with `check`: it says whether the answer \
is right, or which mistake it looks like. The page has the equations \
and, folded away, the solutions; references lead there.

{install}"""
INSTALL = """\
To run the cells, from the first to the last, install the book's package, \
which brings PyTorch and matplotlib; chapter 6 needs joblib, too:

```
pip install {package} joblib
```"""
SETTING = """\
The folded cell below makes what the exercises take from the chapter. \
Run it first: it takes a few seconds."""
SUMMING = """\
## What has passed

Run all cells, then look at the table. An instructor can change the \
points."""
ELSEWHERE = "Code that needs the book's repository: shown, not run here"
STILL_HERE = "*Here the network stands still, at its start{where}.*"


def setup(app):
    """Add the builder and the hooks."""
    app.add_builder(Notebooks)
    # The theme's download button would give a page's MyST as a notebook,
    # or none where there are no launch buttons. It asks at 501.
    app.connect("html-page-context", offer)
    app.connect("html-page-context", withdraw, priority=502)
    # The site carries the notebooks, whichever command builds it; and
    # sphinx-exercise leaves its style sheet beside those of `make`.
    app.connect("build-finished", finish, priority=900)
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


def finish(app, exception):
    """Write the notebooks among the site's sources, and no others."""
    if app.builder.name == Notebooks.name:
        shutil.rmtree(Path(app.outdir, "_static"), ignore_errors=True)
    if exception or app.builder.name != "html":
        return
    sources, site = Path(app.outdir, "_sources"), app.builder
    for left in sources.rglob("*.ipynb"):
        left.unlink()
    # Sphinx asks the application which builder it resolves a page for.
    app.builder = builder = Notebooks(app, app.env)
    try:
        builder.init()
        for docname in builder.chapters():
            page = Page(builder, docname)
            save(sources / f"{docname}.ipynb", page.notebook("notebooks"))
    finally:
        app.builder = site


class Notebooks(Builder):
    """Writes three notebooks for each chapter."""

    name = format = "notebooks"
    epilog = "The notebooks are in %(outdir)s, workbook and workbook-solved."

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
        folders = {kind: Path(self.outdir).with_name(kind) for kind in KINDS}
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)
        for docname in self.chapters():
            page, name = Page(self, docname), Path(docname).name + ".ipynb"
            asks = next(page.tree.findall(is_exercise_node), None)
            for kind in KINDS if asks else KINDS[:1]:
                save(folders[kind] / name, page.notebook(kind))


def save(path, cells):
    """Write a notebook: two builds give the same bytes."""
    kernel = {"display_name": "Python 3", "language": "python",
              "name": "python3"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells, metadata={
        "kernelspec": kernel, "language_info": {"name": "python"}}), path)


# What only the page has use for -------------------------------------------


def live_code(source):
    """Leave out of a cell what glues, and what closes a glued figure.

    A value that comes to stand last by it gets a semicolon, since the
    page does not show it.
    """
    tree = ast.parse(re.sub(r"(?m)^%.*", "", source))
    lines, last = source.split("\n"), None
    for one in (x for x in ast.walk(tree) if isinstance(x, ast.stmt)):
        first, end = one.lineno - 1, one.end_lineno
        if not is_page_only(one):
            last = one if one in tree.body else last
            rest = getattr(one, "orelse", [])  # goes with its `else`
            keeps = not rest or not all(map(is_page_only, rest))
            first = end if keeps else one.body[-1].end_lineno
        lines[first:end] = [None] * (end - first)
    if isinstance(last, ast.Expr) and last is not tree.body[-1] and (
            not ast.unparse(last).startswith("print(")):
        line = lines[last.end_lineno - 1].encode()  # columns count bytes
        end = last.end_col_offset
        lines[last.end_lineno - 1] = (line[:end] + b";" + line[end:]).decode()
    text = "\n".join(x for x in lines if x is not None)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


def is_page_only(statement):
    """Say whether a statement serves the page, or all that it holds does."""
    held = [*getattr(statement, "body", []), *getattr(statement, "orelse", [])]
    return all(map(is_page_only, held)) if held else bool(
        PAGE_ONLY.match(ast.unparse(statement)))


def is_check(code):
    """Say whether a cell calls a checker."""
    return bool(re.search(r"^check\.\w+\(", code, re.M))


# Cells --------------------------------------------------------------------


def is_cell(node):
    """Say whether a node is a code cell."""
    return isinstance(node, nodes.container) and (
        node.get("nb_element") == "cell_code")


def tags_of(cell):
    """Return the tags of a cell."""
    return set(cell.metadata.get("tags", []))


def drawings(outputs, kind=SVG):
    """Return the data of those outputs that are drawings."""
    return [x.data for x in outputs if kind in x.get("data", {})]


def outputs_of(cell, above=()):
    """Return a cell's outputs as they are stored, less the glued ones.

    A figure that the page closed is glued, and not among the others; nor
    is one that the cell above drew, which shows it.
    """
    kept = [x for x in cell.outputs if not any(
        kind.startswith(GLUED) for kind in x.get("data", {}))]
    if not drawings(kept) and not above:
        kept += [
            v4.new_output("display_data", {
                kind: data[GLUED + kind] for kind in (SVG, "text/plain")})
            for data in drawings(cell.outputs, GLUED + SVG)]
    return kept


def pictured(svg, alt):
    """Return a drawing as an image.

    JupyterLab shows no SVG of a notebook that it does not trust, and
    every notebook that was downloaded is one; an image it does show.
    """
    data = b64encode(undated(svg).encode()).decode()
    return (f'<img alt="{html.escape(alt)}" '
            f'src="data:{SVG};base64,{data}">')


def mapping(pairs):
    """Write a dict of strings to code."""
    lines = [
        f"    {json.dumps(name, ensure_ascii=False)}: {code},\n"
        for name, code in pairs.items()]
    return f"{{\n{''.join(lines)}}}"


# One page -----------------------------------------------------------------


class Page(Markdown):
    """A page, and the notebooks that are made of it."""

    def __init__(self, builder, docname):
        env, self.builder = builder.env, builder
        forms = env.config.numfig_format
        super().__init__(builder.get_target_uri(docname), {
            name: forms.get(kind, "%s") % ".".join(map(str, number))
            for kind, found in env.toc_fignumbers.get(docname, {}).items()
            for name, number in found.items()})
        self.tree = env.get_and_resolve_doctree(docname, builder)
        self.chapter = env.toc_secnumbers[docname][""][0]
        kind = "page" if "/lab/" in docname else "chapter"
        self.what = f"{kind} {self.chapter}"
        source = myst_nb_reader_plugin(env.doc2path(docname))
        # Where each cell stands in the source: nodes know their lines, too
        self.lines = source.metadata["source_map"]
        cache = get_cache(builder.config.nb_execution_cache_path)
        self.ran = cache.merge_match_into_notebook(source)[1].cells
        self.solutions = {x["target_label"]: x
                          for x in self.tree.findall(is_solution_node)}

    def notebook(self, kind):
        """Return the cells of the page's notebook of a kind."""
        self.whole, self.solved = kind == "notebooks", kind.endswith("solved")
        self.cells, self.text, self.label = [], [], ""
        self.waiting, self.in_solution = self.left_out(), False
        # Drawings of the cells right above, by what was glued, and the last
        self.drawn, self.last = {}, []
        self.sought, self.beside = set(), {}
        if not self.whole:
            return self.workbook()
        self.sought = {x["refid"] for x in self.tree.findall(nodes.reference)
                       if "refid" in x}
        self.beside = {
            self.builder.get_target_uri(x): f"{Path(x).name}.ipynb"
            for x in self.builder.chapters()}
        self.add(self.tree, 0)
        self.catch_up(math.inf)
        self.flush()
        return self.cells

    def workbook(self):
        """Return the cells of the exercises, and what they need."""
        title = self.tree.next_node(nodes.title)
        self.put("title", self.introduce(
            EXERCISES, self.what, self.inside(title)))
        self.put("set-up-text", SETTING)
        for cell in self.ran:
            if "set-up" in tags_of(cell):
                self.put("set-up", cell.source, "code", **FOLDED)
        checks = dict(self.exercise(node, 2)
                      for node in self.tree.findall(is_exercise_node))
        points = mapping(dict.fromkeys(checks, "1"))
        self.put("summary-text", SUMMING)
        self.put("points", f"points = {points}", "code", tags=["points"])
        later = {name: f"lambda: {code}" for name, code in checks.items()}
        self.put("summary", f"check.summary({mapping(later)}, points)",
                 "code", tags=["summary"])
        return self.cells

    def introduce(self, text, words, title):
        """Say what a notebook is, and what it needs."""
        home = f"{self.builder.site}book/index.html"
        return text.format(
            number=self.chapter, what=self.what, title=title,
            page=link(words, self.page),
            book=link("Twenty-Six Numbers", home),
            install=INSTALL.format(package=self.builder.package))

    # Cells

    def put(self, name, source, kind="markdown", **metadata):
        """Add a cell. In an exercise it has its label's name, and a tag."""
        if self.label:
            place = 1 + sum(x.id.rpartition("-")[0] == self.label
                            for x in self.cells)
            name, metadata["tags"] = f"{self.label}-{place}", [name]
        make = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
        self.cells.append(make(source, id=name, metadata=metadata))

    def say(self, *blocks):
        """Add text, behind which no drawing is the last thing shown."""
        self.text += blocks
        if any(blocks):
            self.drawn, self.last = {}, []

    def flush(self):
        """Make a cell of the text so far."""
        if text := paragraphs(*self.text):
            name = "text" if self.label else f"text-{len(self.cells) + 1}"
            self.put(name, text)
        self.text = []

    def run(self, index):
        """Add a cell that runs, in a chapter with its outputs."""
        cell = self.ran[index]
        source, tags = live_code(cell.source), tags_of(cell)
        if "repository" in tags:
            self.say(folded(ELSEWHERE, self.shown(cell)))
        elif source:
            self.flush()
            name = f"code-{index}" if not self.label else (
                "check" if is_check(source) else "stub")
            self.put(name, source, "code", **FOLDED if tags & HIDDEN else {})
            if self.whole:
                self.put_outputs(self.cells[-1], cell)
        self.note(cell)

    def put_outputs(self, made, cell):
        """Give a cell its outputs."""
        count = sum(x.cell_type == "code" for x in self.cells)
        made.outputs = outputs_of(cell, self.last)
        made.execution_count = count
        for output in made.outputs:
            if "execution_count" in output:
                output.execution_count = count
        self.last = drawings(made.outputs) or self.last

    def note(self, cell):
        """Note which drawings the figures are that a cell glues."""
        glued = [x[GLUED + SVG].strip()
                 for x in drawings(cell.outputs, GLUED + SVG)]
        self.drawn |= dict(zip(glued, self.last, strict=False))

    def left_out(self):
        """Number the cells of which the page shows nothing."""
        there = {x["cell_index"] for x in self.tree.findall(is_cell)}
        return [i for i, x in enumerate(self.ran)
                if x.cell_type == "code" and i not in there]

    def catch_up(self, line):
        """Add the cells above a line of which the page shows nothing.

        A solution's, which is there to be read, are left out here as well.
        """
        while self.waiting and self.lines[self.waiting[0]] < line:
            index = self.waiting.pop(0)
            if not self.in_solution:
                self.run(index)
        self.in_solution = False

    # What stands in a section

    def add(self, node, level):
        """Add what stands in a section, at its place."""
        for child in node.children:
            if self.whole and child.line:
                self.catch_up(child.line)
            if isinstance(child, nodes.section):
                self.flush()
                self.add(child, level + 1)
                self.flush()
            elif isinstance(child, nodes.title):
                self.heading(node, child, level)
            elif is_exercise_node(child):
                self.exercise(child, level + 1)
            elif is_solution_node(child):
                self.solution(child)
            elif is_cell(child):
                self.run(child["cell_index"])
            elif isinstance(child, nodes.figure):
                self.figure(child)
            else:
                self.say(self.block(child))

    def heading(self, section, title, level):
        """Add a heading, and below the first what the notebook is."""
        number = f"{self.chapter}. " if level == 1 else ""
        self.say(self.anchor(section),
                 f"{'#' * level} {number}{self.inside(title)}")
        if level == 1:
            self.say(self.introduce(CHAPTER, "a page", ""))

    def exercise(self, node, level):
        """Add an exercise; return its name, and the call of its checker."""
        self.flush()
        self.label, number = node["label"], self.number(node)
        title = nodes.inline("", "", *node[0].children[1:-1])
        self.say(self.anchor(node),
                 f"{'#' * level} {number}: {self.inside(title)}")
        for part in node.children[1:]:
            self.add(part, level)
        self.flush()
        self.label = ""
        check = max(i for i, x in enumerate(self.cells)
                    if "check" in tags_of(x))
        name = f"{number} {title.astext()}".removeprefix("Exercise ")
        found = name.replace("’", "'"), self.cells[check].source
        if self.solved:
            self.cells[check:check] = self.solving(node["label"])
        return found

    def solving(self, label):
        """Return the cells of a solution, to be run."""
        cells = self.solutions[label].findall(is_cell)
        return [
            v4.new_code_cell(live_code(self.ran[x["cell_index"]].source),
                             id=f"{label}-solution-{i}",
                             metadata={"tags": ["solution"]})
            for i, x in enumerate(cells, 1)]

    def solution(self, node):
        """Add a solution, folded, its code to be read."""
        self.flush()
        number = self.numbers[node["target_label"]]
        body = [x for part in node.children[1:] for x in part.children]
        self.say(self.anchor(node), folded(
            f"Solution to {number}", self.blocks(body)))
        self.flush()
        self.in_solution = True

    def block_container(self, node):
        """Return code that can't be run here, with what it showed."""
        return self.shown(self.ran[node["cell_index"]]) if is_cell(
            node) else super().block_container(node)

    def shown(self, cell):
        """Return a cell as text, with its outputs if the page shows them."""
        said = [] if "remove-output" in tags_of(cell) else outputs_of(cell)
        return paragraphs(fenced(live_code(cell.source), "python"), *(
            fenced(x.get("text") or x.data["text/plain"]) for x in said))

    def figure(self, node):
        """Add a caption below the cell that drew the figure.

        A figure that no cell right above shows is shown as a picture.
        """
        image, words = (next(node.findall(kind))
                        for kind in (nodes.image, nodes.caption))
        svg = Path(self.builder.srcdir, image["uri"]).read_text("utf-8")
        picture = pictured(svg, image.get("alt", ""))
        self.last = []
        if data := self.drawn.get(svg.strip()):
            del data[SVG]
            data["text/html"] = picture
        else:
            self.say(picture)
        self.text.append(self.caption(node, words))

    def block_toy_network(self, node):
        """Return the way to the live network, and a still picture."""
        way = link("on the page", f"{self.page}#{node['element']}")
        where = f"; {way} it moves" if way.startswith("[") else ""
        return paragraphs(STILL_HERE.format(where=where),
                          pictured(drawing(), STILL))
