"""What a reader of a light site may lose: time, their place, an icon.

The site is served packed, as hosts serve it. Each page is opened once in
a new browser profile, and what it fetched is added up.
"""

import gzip
import io
import threading
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from conftest import Quiet
from PIL import Image
from test_site import toc_pages

pytestmark = pytest.mark.site
PACKED = {".css", ".html", ".js", ".json", ".svg", ".xml"}
MOST, SHIFT = 500_000, 0.05
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.shift += one.value;
}).observe({type: "layout-shift", buffered: true});
"""


class Packed(Quiet):
    """Sends text as hosts do: packed, on a connection that stays."""

    protocol_version = "HTTP/1.1"

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
    made = ["search", "genindex"]
    names = [f"{name}.html" for name in [*toc_pages(), *made]]
    asked = "search.html?q=gradient"  # fetches the texts, too
    return [n for n in names if (site / n).is_file()] + [asked]


def visit(browser, address):
    """Open a page, read it to its end, and say its bytes and its moves."""
    context = browser.new_context(viewport={"width": 412, "height": 823})
    page, moved = context.new_page(), {}
    page.add_init_script(SHIFTS)
    page.on("response", lambda r: moved.update(
        {r.url: int(r.headers.get("content-length", 0))}))
    page.goto(address, wait_until="load")
    page.wait_for_timeout(300)
    shift = page.evaluate("window.shift")
    page.keyboard.press("End")  # fonts and scripts that come late
    page.wait_for_timeout(200)
    context.close()
    return sum(moved.values()), shift


def test_first_visit_is_short_and_nothing_moves(browser, site):
    with serving(site) as base:
        visits = {n: visit(browser, f"{base}/{n}") for n in pages(site)}
        late = [n for n, (_, shift) in visits.items() if shift >= SHIFT]
        # On a busy machine letters come late.
        moves = {n: s for n in late if (s := min(
            visit(browser, f"{base}/{n}")[1] for _ in range(3))) >= SHIFT}
    assert {n: b for n, (b, _) in visits.items() if not 0 < b < MOST} == {}
    assert moves == {}


def test_the_theme_is_known_before_anything_is_drawn(browser, served):
    page = browser.new_page(color_scheme="dark")
    page.route("**/*.js*", lambda route: route.abort())
    page.goto(f"{served}/book/index.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.close()


# Icons and buttons ---------------------------------------------------------

SEEN = """() => [...document.querySelectorAll(
    "i[class*=fa-], button, summary, .btn img")].flatMap((e) => {
  const r = e.getBoundingClientRect();
  const x = r.x + r.width / 2, y = r.y + r.height / 2;
  const top = document.elementFromPoint(x, y);
  const seen = r.width && top && (e.contains(top) || top.contains(e))
    && e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const icon = [...e.classList].find((c) => /^fa-(?!solid|lg)/.test(c));
  const name = icon ?? `${e.tagName.toLowerCase()} ${e.className}`;
  return seen ? [[name, [r.left, r.top, r.right, r.bottom]]] : [];
})"""
STATES = {  # what a reader does to see more of them
    "the page as it comes": lambda page: None,
    "a menu": lambda page: [b.click() for b in page.locator(
        ".dropdown-launch-buttons > button").all()],
    "another menu": lambda page: [b.click() for b in page.locator(
        ".dropdown-download-buttons > button").all()],
    "code under the mouse": lambda page: [b.hover() for b in page.locator(
        "div.highlight pre:visible").all()[:1]],
    "back up a little": lambda page: (
        page.mouse.wheel(0, 3000), page.wait_for_timeout(300),
        page.mouse.wheel(0, -300), page.wait_for_timeout(300)),
}


def pictures(page):
    """All icons and buttons in sight, each with its name and pixels."""
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return [(name, np.asarray(image.crop([round(side) for side in box])))
            for name, box in page.evaluate(SEEN)]


def unseen(page, states=STATES):
    """Icons and buttons that are blank, or two icons that look the same."""
    faults, looks = set(), {}
    for act in states.values():
        act(page)
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(200)
        for name, pixels in pictures(page):
            off = abs(pixels - pixels[:1, :1].astype(int)).max(axis=2) > 40
            if off.sum() < 8:
                faults.add(name)
            elif name.startswith("fa-"):  # a font without a sign has a box
                looks.setdefault(pixels.tobytes(), set()).add(name)
    same = [sorted(names) for names in looks.values() if len(names) > 1]
    return sorted(faults), same


# By turns, since it takes seconds a page: every other one on a phone.
@pytest.mark.parametrize(("name", "width", "theme"), [
    (name, *[(1366, "light"), (390, "dark")][i % 2])
    for i, name in enumerate([*toc_pages(), "search", "genindex"])])
def test_every_icon_and_button_shows(browser, served, name, width, theme):
    page = browser.new_page(
        color_scheme=theme, viewport={"width": width, "height": 800})
    page.goto(f"{served}/{name}.html")
    faults = unseen(page)
    page.close()
    assert faults == ([], [])
