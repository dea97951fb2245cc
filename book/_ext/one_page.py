"""One page, for whoever is writing it: `make page PAGE=02_forward`.

The page is read anew, and run if it has to be. The others are what they
were when they were last read, so that its references lead somewhere; a
page that never was is read and run, too. No search, and no other file.
"""

import os

from sphinx.builders.html import StandaloneHTMLBuilder


def setup(app):
    """Add the builder and the hook."""
    app.add_builder(OnePage)
    # Sphinx would read every page that was changed, and so have it run.
    app.connect("env-before-read-docs", leave_out)
    return {"version": "1", "parallel_read_safe": True}


def leave_out(app, env, docnames):
    """Read the page, and the first one, whose contents may have changed."""
    if isinstance(app.builder, OnePage):
        asked = {app.builder.page, env.config.root_doc}
        if not asked <= env.found_docs:
            raise SystemExit(f"_toc.yml names no {app.builder.page}")
        docnames[:] = [x for x in docnames
                       if x in asked or x not in env.all_docs]


class OnePage(StandaloneHTMLBuilder):
    """Writes the page that the variable PAGE names."""

    name = "page"
    epilog = "The page is %(outdir)s/"
    search = False

    def get_outdated_docs(self):
        """Name the page."""
        return [self.page]

    @property
    def page(self):
        """The page's name as Sphinx has it."""
        return f"book/{os.environ.get('PAGE')}"

    def _write_serial(self, docnames):
        super()._write_serial([self.page])

    def finish(self):
        """Copy the page's images."""
        self.copy_image_files()
