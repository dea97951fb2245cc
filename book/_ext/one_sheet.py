"""One style sheet for all pages, since a phone waits for each of a dozen.

The sheets of Sphinx, the theme and its extensions are put one behind the
other as they are, less the theme's names of icons, some two thousand, of
which pages have the ones that are in the fonts of `book/_static/book.css`.
"""

import re
from os.path import normpath
from pathlib import Path

FIRST = ["basic.css", "styles/pydata-sphinx-theme.css"]
LAST = ["toy-network.css", "book.css"]
URL = re.compile(r"url\((?!['\"]?(?:data:|#))['\"]?([^'\")]*)['\"]?\)")
SIGN = re.compile(r'(?:\.fa-[\w-]+:before,?)+\{content:"\\(\w+)"\}')


def setup(app):
    """Register the hook."""
    # After the theme, which writes the colours of code then.
    app.connect("build-finished", write_sheet, priority=900)
    return {"version": "1", "parallel_read_safe": True}


def write_sheet(app, exception):
    """Put the sheets of the site together."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    others = [x.filename.removeprefix("_static/") for x in sorted(
        app.builder._css_files, key=lambda x: x.priority)]
    names = [*FIRST, *(x for x in others if x not in LAST), *LAST]
    text = "\n".join(sheet(static, Path(name)) for name in names)
    signs = re.findall(r"f[0-9a-f]{3}", (static / "book.css").read_text())
    text = SIGN.sub(lambda m: m[0] if m[1] in signs else "", text)
    (static / "all.css").write_text(text, encoding="utf-8")


def sheet(static, name):
    """Return a sheet whose addresses begin where the one sheet is."""
    text = (static / name).read_text(encoding="utf-8")
    return URL.sub(
        lambda m: f'url("{normpath(name.parent / m[1])}")',
        re.sub(r"@charset[^;]*;", "", text))
