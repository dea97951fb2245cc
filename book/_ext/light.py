"""What a page weighs: only the scripts, styles and letters that it uses.

Themes and extensions give every page all they have. Once the site is
written, this goes through its pages. Scripts that a page has nothing for
are taken out; the styles become one file, with the rules that some page
can use; fonts keep the signs that are on pages; drawings and code lose the
marks that nobody sees.
"""

import hashlib
import json
import re
from functools import partial
from html import unescape
from os.path import normpath
from pathlib import Path
from string import printable

from fontTools import subset
from lightningcss import process_stylesheet
from sphinx.errors import ExtensionError

# Which pages a script or a style sheet is for: those that have an element
# with one of these, each a set of classes or an id. What is not named here
# is for every page.
FOR = {
    "fontawesome": [],  # 1.5 MB of icons that the style sheet has as well
    "sphinx-thebe": [],
    "clipboard": ["highlight"],
    "copybutton": ["highlight"],
    "copy-tex": ["katex"],
    "design-tabs": ["sd-tab-set"],
    "doctools": [],  # for the theme's own search and keys
    "exercise": ["exercise", "solution"],
    "katex": ["katex"],
    "katex-math": ["katex"],
    "language_data": ["search-results"],
    "minisearch": ["search-results"],
    "mystnb": ["cell"],
    "pygments": ["highlight"],
    "search": ["search-results"],
    "searchindex": [],  # the book has a search of its own: lookup.py
    "searchtools": [],
    "sphinx-design": ["sd-card", "sd-tab-set"],
    "sphinx_highlight": [],
}
# The letters that are seen first, and the pages that have such: asked for
# before the style that names them, or the text moves when they come.
FIRST = [
    ("bd-content", "fonts/source-serif-4-latin-400-normal.woff2"),
    ("bd-content", "fonts/source-serif-4-latin-600-normal.woff2"),
    ("katex", "katex/fonts/KaTeX_Main-Regular.woff2"),
    ("katex", "katex/fonts/KaTeX_Math-Italic.woff2"),
]
# Not from a file: a browser finds such a request odd, and says so.
EARLY = """
if (location.protocol !== "file:") {
  for (const href of FONTS) {
    document.head.append(Object.assign(document.createElement("link"), {
      rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href,
    }));
  }
}
"""
# The theme's page begins in no theme, and is coloured twice.
NO_THEME = 'localStorage.getItem("theme") || "auto"'
THEME = (
    'localStorage.getItem("theme") || '
    '(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")'
)
# The theme measures every block of a page at once, to put those that
# scroll into the tab order, and so has the browser lay out all of it. Ours
# does that when a block is laid out: book/_static/access.js.
MEASURES = re.compile(
    r"function I\(\)\{const e=\(\)=>\{(document\.querySelectorAll\([^{}]*?\)"
    r"\.forEach\(e=>\{e\.tabIndex=[^}]*\?0:-1\}\))\},"
)
# What KaTeX sets its signs in; it has one of zero width, too.
FORMULA = re.compile(
    r'<span(?: class="(?:m|text|delim|op-|accent|large)[^"]*")?'
    r'(?: style="[^"]*")?>([^<]+)'
)
TAG = re.compile(
    r"[ \t]*<(?:script\b([^>]*)>(.*?)</script>"
    r"|link\b([^>]*\brel=\"(?:stylesheet|preload)\"[^>]*)>)\n?",
    re.S,
)
WORD = re.compile(r"[\w-]+")


def setup(app):
    """Register the hook."""
    # Only with all pages written is it known what none of them uses; and
    # other hooks may still write pages when the build ends.
    app.connect("build-finished", lighten, priority=900)
    return {"version": "1", "parallel_read_safe": True}


def lighten(app, exception):
    """Rewrite the pages of a finished site, and what they load."""
    if exception or app.builder.name != "html":
        return
    site, static = Path(app.outdir), Path(app.outdir, "_static")
    pages = {
        path: slim(path.read_text(encoding="utf-8"), static)
        for path in sorted(site.rglob("*.html"))
        if static not in path.parents
    }
    html = "".join(html for html, _ in pages.values())
    style = one_style([sheets for _, sheets in pages.values()],
                      used(html, static), static)
    trim_fonts(static, html, style)
    name = f"styles/{hashlib.sha256(style.encode()).hexdigest()[:12]}.css"
    (static / name).write_text(style, encoding="utf-8")
    for path, (text, _) in pages.items():
        path.write_text(text.replace(STYLE, name), encoding="utf-8")
    sweep(static, html + style + name)
    (site / "searchindex.js").unlink(missing_ok=True)  # lookup.py has its own


# Scripts and styles --------------------------------------------------------

STYLE = "styles/of-this-page.css"


def marks(html):
    """Return the sets of classes, and the ids, that elements have."""
    values = set(re.findall(r'\b(?:class|id)="([^"]*)"', html))
    return [set(value.split()) for value in values]


def needed(name, found):
    """Say whether a page with these marks uses a script or style sheet."""
    wanted = FOR.get(name.rsplit("/", 1)[-1].split(".")[0])
    return wanted is None or any(
        set(one.split()) <= mark for one in wanted for mark in found
    )


def slim(html, static):
    """Return a page with what it uses, and the names of its styles."""
    found, sheets = marks(html), []
    swap = partial(swap_tag, found, sheets, static)
    html = TAG.sub(swap, html.replace(NO_THEME, THEME))
    html = re.sub(r'<svg class="tn-figure".*?</svg>', trim_drawing, html,
                  flags=re.S)
    html = re.sub(r"(<pre\b[^>]*>)(.*?)(</pre>)", trim_code, html,
                  flags=re.S)
    return html, tuple(sheets)


def swap_tag(found, sheets, static, tag):
    """Return what stands for a script's or a style's tag, if anything."""
    attributes = tag[1] or tag[3] or ""
    name = re.search(r'(?:src|href)="([^"?]*)', attributes)
    if name is None:  # a few words of script on the page itself
        return tag[0]
    if not needed(name[1], found) or 'rel="preload"' in attributes:
        return ""
    root, _, place = name[1].rpartition("_static/")
    if tag[2] is None:
        sheets.append(place)
        return first_tags(root, found) if len(sheets) == 1 else ""
    if place == "documentation_options.js":  # too small to wait for
        return f"<script>{(static / place).read_text('utf-8')}</script>\n"
    return re.sub(r"<script(?! defer)", "<script defer", tag[0])


def first_tags(root, found):
    """Return the tags of a page's style and of its first letters."""
    fonts = [f"{root}_static/{font}" for mark, font in FIRST
             if {mark} in found]
    early = EARLY.replace("FONTS", json.dumps(fonts))
    style = f'  <link rel="stylesheet" href="{root}_static/{STYLE}">\n'
    return f"  <script>{early}</script>\n{style}"


def leave_measuring(script):
    """Have the theme's script measure no blocks."""
    text, count = MEASURES.subn(
        lambda m: m[0].replace(m[1], ""), script.read_text(encoding="utf-8"))
    if count != 1:
        raise ExtensionError(
            f"{script.name}: needed the function that sets tabIndex, got "
            f"{count}; the theme has changed: mend MEASURES in light.py"
        )
    script.write_text(text, encoding="utf-8")


def used(html, static):
    """Return the words that classes, ids and the page's scripts consist of."""
    words = set().union(*marks(html))
    for place in re.findall(r'<script[^>]*_static/([^"?]*)', html):
        words.update(WORD.findall((static / place).read_text("utf-8")))
    for script in re.findall(r"<script[^>]*>([^<]+)", html):
        words.update(WORD.findall(script))
    return words


def one_style(pages, words, static):
    """Return the style sheets of all pages as one, in their order."""
    order = sum(sorted(pages, key=len, reverse=True), ())
    return '@charset "UTF-8";\n' + "".join(
        sheet(static, Path(place), words) for place in dict.fromkeys(order))


def sheet(static, place, words):
    """Return one style sheet, less the rules without a use."""
    css = (static / place).read_text(encoding="utf-8")
    notes = "".join(re.findall(r"/\*!.*?\*/\n?", css, re.S))
    imports = "".join(
        sheet(static, place.parent / name, words)
        for name in re.findall(r'@import "([^"]*)";', css)
    )
    css = re.sub(r'@import "[^"]*";', "", css)
    css = re.sub(r"url\((?!['\"]?(?:data:|#))['\"]?([^'\")]*)['\"]?\)",
                 lambda m: f'url("../{normpath(place.parent / m[1])}")', css)
    names = set(re.findall(r"[.#](-?[_a-zA-Z][\w-]*)", css))
    return imports + notes + process_stylesheet(
        re.sub(r"/\*.*?\*/", "", css, flags=re.S), filename=place.name,
        error_recovery=True, unused_symbols=names - words,
    ) + "\n"


def sweep(static, asking):
    """Remove scripts, styles and fonts that nothing asks for any more."""
    kinds = [".css", ".js", ".map", ".ttf", ".woff2"]
    for path in sorted(static.rglob("*")):
        if path.suffix in kinds and path.name not in asking:
            path.unlink()


# Fonts ---------------------------------------------------------------------


def trim_fonts(static, html, style):
    """Leave in the fonts the signs that these pages use.

    Formulas have fonts of their own, and the icons' signs are in the style
    sheet. A script may write any letter of ASCII.
    """
    formulas = unescape("".join(FORMULA.findall(html))) + "\u200b"
    for places, signs in [
        ("katex/fonts/*.woff2", formulas),
        ("vendor/fontawesome/webfonts/*.woff2", style),
        ("fonts/*.woff2", unescape(html) + printable),
    ]:
        for path in sorted(static.glob(places)):
            trim_font(path, signs)


def trim_font(path, signs):
    """Leave in a font these signs."""
    options = subset.Options(
        flavor="woff2", layout_features=["*"], hinting=False)
    font = subset.load_font(path, options)
    trim = subset.Subsetter(options)
    trim.populate(text=signs)
    trim.subset(font)
    subset.save_font(font, path, options)


# Drawings and code ---------------------------------------------------------


def trim_drawing(svg):
    """Round a drawing to hundredths, and drop groups that say nothing."""
    text = re.sub(r' d="([^"]*)"', lambda m: f' d="{steps(m[1])}"', svg[0])
    text = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}", text)
    text = re.sub(r"\s*\n\s*(?=</?(?!/?t(?:ext|span)))", "", text)
    text = re.sub(r"<defs>\s*</defs>", "", text)
    kept = []

    def group(tag):
        if tag[0] != "</g>":
            kept.append(tag[0] != "<g>")
            return tag[0] if kept[-1] else ""
        return tag[0] if kept.pop() else ""

    return re.sub(r"<g>|<g [^>]*(?<!/)>|</g>", group, text)


def steps(path):
    """Return a path of straight lines by steps from point to point."""
    if re.search(r"[^MLz\d\s.-]", path):
        return re.sub(r"\s*\n\s*", "", path)
    out, here, start = [], (0, 0), (0, 0)
    for kind, x, y in re.findall(r"([MLz])\s*([-\d.]*)\s*([-\d.]*)", path):
        if kind == "z":
            out.append("z")
            here = start
            continue
        point = round(100 * float(x)), round(100 * float(y))
        dx, dy = ((a - b) / 100 for a, b in zip(point, here, strict=True))
        out.append(f"{kind.lower()}{dx:g} {dy:g}")
        start = point if kind == "M" else start
        here = point
    return "".join(out).replace(" -", "-")


def trim_code(pre):
    """Join the pieces of code that have one colour."""
    text = re.sub(r'<span class="(?:n|nn|nx|p|pm|w)">([^<]*)</span>',
                  r"\1", pre[2])
    piece = r'<span class="(\w+)">([^<]*)</span><span class="\1">'
    while (joined := re.sub(piece, r'<span class="\1">\2', text)) != text:
        text = joined
    return pre[1] + text + pre[3]
