"""What a page weighs, and that it loads nothing without a use.

The site is served packed, as hosts serve it. Each page is opened once in
a new browser profile, and what it fetched is added up.
"""

import gzip
import threading
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import Quiet
from test_site import toc_pages

pytestmark = pytest.mark.site
PACKED = {".css", ".html", ".js", ".json", ".svg", ".xml"}
FIRST, SECOND, SHIFT = 300_000, 150_000, 0.02
USES = {  # a script, and what is on each page that has a use for it
    "access.js": "button",
    "bootstrap.js": "[data-bs-toggle]",
    "clipboard.min.js": "div.highlight pre",
    "copybutton.js": "div.highlight pre",
    "design-tabs.js": ".sd-tab-set",
    "language_data.js": "#search-results",
    "minisearch.js": "#search-results",
    "pydata-sphinx-theme.js": ".theme-switch-button",
    "search.js": "#search-results",
    "searchtexts.js": "#search-results",
    "sphinx-book-theme.js": ".sbt-scroll-pixel-helper",
    "toy-network.js": "toy-network",
}
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.shift += one.value;
}).observe({type: "layout-shift", buffered: true});
"""


class Packed(Quiet):
    """Sends text as hosts do: packed, with its length."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        if path.suffix in PACKED:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(site):
    """Serve a folder packed on loopback, and give its address."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Packed, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def pages(site):
    """All pages of a site: those of _toc.yml and those that are made."""
    made = ["search", "genindex", "py-modindex"]
    names = [f"{name}.html" for name in [*toc_pages(), *made]]
    asked = "search.html?q=gradient"  # fetches the texts, too
    return [n for n in names if (site / n).is_file()] + [asked]


def use_of(url):
    """The selector of what a script is for."""
    name = url.split("?")[0].rsplit("/", 1)[-1]
    return USES.get(name, "#of-no-known-use")


def open_page(context, base, name):
    """Open a page, read it to its end, and say what it moved and did."""
    page, moved = context.new_page(), {}
    page.add_init_script(SHIFTS)
    page.on("response", lambda r: moved.update(
        {r.url: int(r.headers.get("content-length", 0))}))
    page.goto(f"{base}/{name}", wait_until="load")
    page.wait_for_timeout(300)
    shift = page.evaluate("window.shift")
    page.keyboard.press("End")  # fonts and scripts that come late
    page.wait_for_timeout(200)
    fetched = dict(moved)
    idle = [
        url for url in fetched if url.split("?")[0].endswith(".js")
        and not page.query_selector(use_of(url))
    ]
    page.close()
    return {"moved": fetched, "shift": shift, "idle": idle}


@pytest.fixture(scope="module")
def visits(browser, site):
    """Each page of the site, opened by somebody who has seen none."""
    with serving(site) as base:
        seen = {}
        for name in pages(site):
            context = browser.new_context(
                viewport={"width": 412, "height": 823})
            seen[name] = open_page(context, base, name)
            context.close()
        yield seen


def shift_of(browser, base, name):
    """How far a page moves while it comes, when the browser is quick."""
    context = browser.new_context(viewport={"width": 412, "height": 823})
    shift = open_page(context, base, name)["shift"]
    context.close()
    return shift


def test_every_page_is_visited(visits):
    assert len(visits) >= len(toc_pages()) + 3
    assert all(visit["moved"] for visit in visits.values())


def test_first_visit(visits):
    heavy = {
        name: total for name, visit in visits.items()
        if (total := sum(visit["moved"].values())) > FIRST
    }
    assert heavy == {}


def test_second_page_whichever_was_the_first(visits):
    heavy = {}
    # The page for lost readers loads nothing, so the next one is a first.
    for first, before in visits.items():
        for second, visit in visits.items():
            new = visit["moved"].keys() - before["moved"].keys()
            total = sum(visit["moved"][url] for url in new)
            if first not in (second, "404.html") and total > SECOND:
                heavy[first, second] = total
    assert heavy == {}


def test_no_script_without_a_use(visits):
    assert {n: v["idle"] for n, v in visits.items() if v["idle"]} == {}


def test_nothing_moves_under_the_reader(visits, browser, site):
    late = [n for n, visit in visits.items() if visit["shift"] >= SHIFT]
    with serving(site) as base:  # on a busy machine letters come late
        moves = {n: s for n in late
                 if (s := min(shift_of(browser, base, n)
                              for _ in range(3))) >= SHIFT}
    assert moves == {}


def test_no_file_is_published_that_no_page_asks_for(site):
    text = "".join(
        path.read_text(encoding="utf-8")
        for kind in ("*.html", "*.css") for path in site.rglob(kind))
    kinds = {".css", ".js", ".map", ".ttf", ".woff2"}
    idle = [path.name for path in (site / "_static").rglob("*")
            if path.suffix in kinds and path.name not in text]
    assert idle == []


LASTING = {
    "icon": ("book/index", "(e => getComputedStyle(e, '::before').fontFamily)"
             "(document.querySelector('.fa-magnifying-glass'))",
             "Font Awesome"),
    "late section": (
        "book/06_optimizers", "String([...document.querySelectorAll("
        "'.bd-article > section > section > *')].every(e => "
        "getComputedStyle(e).contentVisibility === 'visible'))", "true"),
}


@pytest.mark.parametrize("case", LASTING)
def test_what_was_trimmed_is_there(browser, served, case):
    name, asked, wanted = LASTING[case]
    page = browser.new_page()
    page.goto(f"{served}/{name}.html")
    page.wait_for_function(f"() => ({asked}).includes('{wanted}')")
    page.close()


def test_the_theme_is_known_before_anything_is_drawn(browser, served):
    page = browser.new_page(color_scheme="dark")
    page.route("**/*.js*", lambda route: route.abort())
    page.goto(f"{served}/book/index.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.close()


def test_the_file_of_the_theme_is_the_one_that_was_read(tmp_path):
    from light import leave_measuring
    from sphinx.errors import ExtensionError

    script = tmp_path / "pydata-sphinx-theme.js"
    script.write_text("function I(){}")
    with pytest.raises(ExtensionError, match="mend MEASURES"):
        leave_measuring(script)
