"""The workbook: the exercises of each chapter alone, as a notebook.

A chapter's notebook has what its exercises need of the chapter, then
their texts, stubs, checks and hints, then a table of what passed. It is
made of the same pages as the site, so numbers in a text are the page's,
and references are resolved. The solutions stay on the site; the builder
`workbook-solved` puts each below its stub, for the tests.
"""

import ast
import json
import re
import shutil
from pathlib import Path

from docutils import nodes
from myst_nb.core.read import myst_nb_reader_plugin
from notebook_cells import code_cell, text_cell, write_notebook
from plain_markdown import Markdown, is_hint, numbered
from setup_cells import Effects, needed, plainly_bound, without_glue
from sphinx.builders import Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

INTRO = """\
# {number}. {title}: exercises

These are the exercises of [chapter {number}]({page}). Fill in the cell \
under a text and run it, then run the cell that begins with `check`: it \
says whether the answer is right, or which mistake it looks like. The \
chapter has the equations and, folded away, the solutions; references \
lead there."""
SETTING = """\
The folded cell below makes what the exercises take from the chapter. \
Run it first. In a chapter that trains many networks it takes a while."""
SUMMING = """\
## What has passed

Run all cells, then look at the table. An instructor can change the \
points."""


def setup(app):
    """Add the builders."""
    app.add_builder(Workbook)
    app.add_builder(SolvedWorkbook)
    # A chapter's figures and outputs would have to be resolved for nothing.
    app.add_post_transform(KeepExercises)
    # sphinx-exercise leaves its style sheet beside the notebooks.
    app.connect("build-finished", drop_styles, priority=900)
    return {"version": "1", "parallel_read_safe": True}


def drop_styles(app, exception):
    """Leave notebooks alone in the folders of notebooks."""
    if app.builder.format in ("workbook", "notebooks"):
        shutil.rmtree(Path(app.outdir, "_static"), ignore_errors=True)


class Workbook(Builder):
    """Writes one notebook for each page that has exercises."""

    name = "workbook"
    format = "workbook"
    epilog = "The workbook is in %(outdir)s. Copy it, then work in the copy."
    solved = False

    def init(self):
        """Find out where the site is."""
        self.site = self.config.html_baseurl

    def get_outdated_docs(self):
        """Name all pages: which have exercises is known once they are read."""
        return sorted(self.env.found_docs)

    def get_target_uri(self, docname, typ=None):
        """Point to the page on the site: no notebook holds the page."""
        return f"{self.site}{docname}.html"

    def get_relative_uri(self, from_, to, typ=None):
        """Point to the site from everywhere."""
        return self.get_target_uri(to, typ)

    def prepare_writing(self, docnames):
        """Make nothing ready."""

    def write_doc(self, docname, doctree):
        """Write the notebook of one page."""
        exercises = [
            Exercise(self, docname, node)
            for node in doctree.findall(is_exercise_node)
        ]
        if exercises:
            cells = self.opening(docname, exercises)
            cells += [x for e in exercises for x in e.cells(self.solved)]
            cells += closing(exercises)
            name = docname.rsplit("/", 1)[-1]
            write_notebook(Path(self.outdir, f"{name}.ipynb"), cells)

    def opening(self, docname, exercises):
        """Make the title, and the cell that sets up what is needed."""
        number = self.env.toc_secnumbers[docname][""][0]
        title = self.env.titles[docname].astext()
        intro = INTRO.format(
            number=number, title=title, page=self.get_target_uri(docname))
        code = setup_code(self.env.doc2path(docname), exercises)
        folded = {"jupyter": {"source_hidden": True}}
        return [
            text_cell("title", intro),
            text_cell("set-up-text", SETTING),
            code_cell("set-up", code, **folded),
        ]


class SolvedWorkbook(Workbook):
    """Writes the same notebooks with the solutions put in."""

    name = "workbook-solved"
    solved = True


def setup_code(path, exercises):
    """Return the code of a chapter that its exercises need."""
    cells = {
        index: cell.source
        for index, cell in enumerate(myst_nb_reader_plugin(path).cells)
        if cell.cell_type == "code"
    }
    of_exercises = {index for e in exercises for index in e.indices}
    chapter = [x for index, x in cells.items() if index not in of_exercises]
    loaded = set().union(*(e.loads() for e in exercises))
    told = set().union(*(e.mentions() for e in exercises))
    return needed(chapter, loaded | (told & plainly_bound(chapter)))


def closing(exercises):
    """Make the table of what passed, with an instructor's points."""
    checks = {k: v for e in exercises for k, v in e.checks().items()}
    if not checks:
        return []
    points = mapping(dict.fromkeys(checks, "1"))
    return [
        text_cell("summary-text", SUMMING),
        code_cell("points", f"points = {points}", tags=["points"]),
        code_cell("summary", f"check.summary({mapping(checks)}, points)",
                  tags=["summary"]),
    ]


def mapping(pairs):
    """Write a dict of strings to code."""
    lines = [
        f"    {json.dumps(name, ensure_ascii=False)}: {code},\n"
        for name, code in pairs.items()
    ]
    return f"{{\n{''.join(lines)}}}"


# One exercise -------------------------------------------------------------


class Exercise:
    """An exercise of a page: its label, title and parts in order."""

    def __init__(self, builder, docname, node):
        self.label = node["label"]
        numbers = numbered(builder.env, docname)
        self.number = numbers[self.label].rpartition(" ")[2]
        self.markdown = Markdown(builder.get_target_uri(docname), numbers)
        subtitle = subtitle_of(node)
        self.title = subtitle.astext()
        self.heading = self.markdown.inline(subtitle)
        self.parts = list(parts_of(node))
        self.solution = node["solution"]
        self.indices = [x["cell_index"] for k, x in self.parts if k == "cell"]
        self.indices += node["solution_indices"]

    def codes(self):
        """Return the sources of the code cells, less the page's glue."""
        return [
            without_glue(code_of(x)) for k, x in self.parts if k == "cell"
        ]

    def checks(self):
        """Map the exercise's name, or its parts' names, to their checks."""
        found = [last_line(c) for c in self.codes() if is_check(c)]
        name = f"{self.number} {self.title}".replace("’", "'")
        if len(found) == 1:
            return {name: found[0]}
        return {f"{name}, {i}": check for i, check in enumerate(found, 1)}

    def loads(self):
        """Return the names that this loads from before, solved or not."""
        checks = [c for c in self.codes() if is_check(c)]
        solved = [*self.stubs(), *self.solution, *checks]
        return set().union(*(
            Effects("\n".join(codes)).loads
            for codes in ([*self.stubs(), *checks], solved)
        ))

    def mentions(self):
        """Return names that the text, not a hint, gives as code."""
        said = " ".join(
            code.astext() for kind, part in self.parts
            if kind == "text" and not is_hint(part)
            for code in part.findall(nodes.literal))
        own = set(Effects("\n".join(self.stubs())).binds) | {
            node.arg for stub in self.stubs()
            for node in ast.walk(ast.parse(stub)) if isinstance(node, ast.arg)
        }
        return set(re.findall(r"(?<![\w.])[^\W\d]\w*", said)) - own

    def stubs(self):
        """Return the code that is there to be filled in."""
        return [c for c in self.codes() if not is_check(c)]

    def cells(self, solved):
        """Make the notebook's cells, with the solution put in or not."""
        text, made = [f"## Exercise {self.number}: {self.heading}"], []
        for kind, node in self.parts:
            if kind == "text":
                text.append(self.markdown.block(node))
                continue
            made += [("text", "\n\n".join(text))] * bool(text)
            text, code = [], without_glue(code_of(node))
            made.append(("check" if is_check(code) else "stub", code))
        made += [("text", "\n\n".join(text))] * bool(text)
        cells = [
            (text_cell if tag == "text" else code_cell)(
                f"{self.label}-{i}", source, tags=[tag])
            for i, (tag, source) in enumerate(made, 1)
        ]
        if solved:
            last_stub = max(i for i, (t, _) in enumerate(made) if t == "stub")
            cells[last_stub + 1:last_stub + 1] = [
                code_cell(f"{self.label}-solution-{i}", x, tags=["solution"])
                for i, x in enumerate(self.solution, 1)
            ]
        return cells


def subtitle_of(node):
    """Return the title of an exercise, less its number and brackets."""
    return nodes.inline("", "", *node[0].children[1:-1])


def parts_of(node):
    """Yield the texts and code cells of an exercise in order."""
    for part in node.children[1:]:
        if isinstance(part, nodes.section):
            yield from parts_of(nodes.section("", nodes.title(), *part))
        elif part.get("nb_element") == "cell_code":
            yield "cell", part
        else:
            yield "text", part


def code_of(node):
    """Return the source in a code cell's node."""
    return next(node.findall(nodes.literal_block)).astext()


def is_check(code):
    """Say whether a cell calls a checker."""
    return bool(re.search(r"^check\.\w+\(", code, re.M))


def last_line(code):
    """Return the expression that a cell shows."""
    return ast.get_source_segment(code, ast.parse(code).body[-1])


class KeepExercises(SphinxPostTransform):
    """Leaves of a page only its exercises, before references are resolved.

    The figures, tables and outputs of a chapter have no place in the
    workbook, and finding the way to them takes time. The code of each
    solution is noted on its exercise.
    """

    default_priority = 1
    formats = ("workbook",)

    def run(self, **kwargs):
        """Cut the tree."""
        exercises = {
            x["label"]: x for x in self.document.findall(is_exercise_node)}
        for exercise in exercises.values():
            exercise["solution"], exercise["solution_indices"] = [], []
        for solution in self.document.findall(is_solution_node):
            exercise = exercises[solution["target_label"]]
            for cell in list(solution.findall(is_cell)):
                exercise["solution"].append(without_glue(code_of(cell)))
                exercise["solution_indices"].append(cell["cell_index"])
        self.document.children = []
        for exercise in exercises.values():
            self.document += exercise
            for cell in list(exercise.findall(is_cell)):
                cell.children = cell.children[:1]


def is_cell(node):
    """Say whether a node is a code cell that shows its source."""
    return isinstance(node, nodes.container) and (
        node.get("nb_element") == "cell_code"
    )
