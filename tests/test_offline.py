"""Every page in Chromium: nothing from other hosts, nothing that fails.

Pages are opened as the site serves them, below its base path and with
404.html for unknown addresses, and as files. The search is tried here,
too, since it has to work both ways.
"""

import re
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from urllib.parse import quote, urlsplit

import pytest
from conftest import Quiet
from test_site import SITE, toc_pages

pytestmark = pytest.mark.site

MADE = ["search", "genindex"]
PAGES = [f"{name}.html" for name in [*toc_pages(), *MADE]]
LOOK = """() => {
  const faults = [];
  for (const e of document.querySelectorAll(".katex-error"))
    faults.push("formula: " + e.textContent);
  for (const i of document.images)
    if (i.complete && !i.naturalWidth && i.loading !== "lazy")
      faults.push("picture: " + i.src);
  for (const f of document.fonts)
    if (f.status === "error") faults.push("font: " + f.family);
  const math = [...document.querySelectorAll(".katex-html")]
    .some((e) => e.checkVisibility({contentVisibilityAuto: true}));
  if (math && ![...document.fonts].some(
    (f) => f.family.startsWith("KaTeX") && f.status === "loaded"))
    faults.push("no type for formulas");
  return faults;
}"""
TOUCH = """async () => {
  for (const e of document.querySelectorAll(
      ".theme-switch-button, .search-button__button, " +
      "[data-bs-toggle]:not(.btn-fullscreen-button)")) {
    e.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
    e.click();
  }
  await new Promise((done) => setTimeout(done, 100));
}"""


class Pages(Quiet):
    """Serves the site below a base path, as GitHub's pages do."""

    base = "/"

    def translate_path(self, path):
        path = urlsplit(path).path
        inside = path.startswith(self.base)
        return super().translate_path(
            "/" + path[len(self.base):] if inside else "/nowhere")

    def send_error(self, code, message=None, explain=None):
        if code != 404:
            return super().send_error(code, message, explain)
        body = (SITE / "404.html").read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return self.wfile.write(body)


@pytest.fixture(scope="module")
def published(site):
    """The address of the site on a host of its own base path."""
    robots = site / "robots.txt"
    found = re.search(r"Sitemap: (\S+)", robots.read_text())
    Pages.base = urlsplit(found[1]).path.removesuffix("sitemap.xml")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Pages, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{Pages.base}"
    server.shutdown()


@pytest.fixture
def opened(browser):
    """Open an address with other hosts shut; give page and faults."""
    pages = []

    def go(address, leads_to=None):
        page, faults = browser.new_page(), []
        pages.append(page)
        own = re.match(r"file://|https?://[^/]+/", address)[0]
        kept = (own, "data:", "blob:", "about:")
        page.route(lambda url: not url.startswith(kept), lambda r: r.abort())
        page.on("request", lambda r: r.url.startswith(kept) or faults.append(
            f"elsewhere: {r.url}"))
        # A redirect cuts short what the page before it had asked for.
        page.on("requestfailed", lambda r: r.failure == "net::ERR_ABORTED"
                or faults.append(f"failed: {r.url}"))
        page.on("response", lambda r: r.status < 400 or r.url == address
                or faults.append(f"{r.status}: {r.url}"))
        page.on("pageerror", lambda e: faults.append(f"error: {e}"))
        # The one message that a lost reader's page can't avoid is Chromium's.
        page.on("console", lambda m: m.type not in ("warning", "error") or (
            "404 (" in m.text and m.location["url"] == address
        ) or faults.append(f"{m.type}: {m.text}"))
        page.goto(address)
        page.wait_for_url(leads_to or address)
        page.evaluate("document.fonts.ready")
        faults += page.evaluate(LOOK)
        return page, faults

    yield go
    for page in pages:
        page.close()


@pytest.mark.parametrize("path", PAGES)
def test_served_page_is_complete(opened, published, path):
    page, faults = opened(published + path)
    page.evaluate(TOUCH)
    assert faults == []


@pytest.mark.parametrize("path", PAGES)
def test_page_is_complete_as_a_file(opened, site, path):
    page, faults = opened(f"file://{site}/{path}")
    assert faults == []


def test_live_network_works_from_a_file(opened, site):
    page, _ = opened(f"file://{site}/book/live.html")
    page.wait_for_selector("toy-network.toy-on")


@pytest.mark.parametrize("lost", ["x", "book/x.html", "deep/er/x?y=1"])
def test_lost_reader_gets_help_at_any_depth(opened, published, lost):
    page, faults = opened(published + lost)
    assert faults == []
    assert page.inner_text("h1") == "There is no such page"
    links = page.locator("article li a")
    assert links.count() == len(toc_pages())
    links.nth(1).click()
    page.wait_for_url("**/book/01_tensors.html")
    page.go_back()
    page.get_by_label("Search the book").fill("gradient")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tn-found li")


@pytest.mark.parametrize("served", [True, False])
def test_front_door_opens(opened, published, site, served):
    door = published if served else f"file://{site}/index.html"
    _, faults = opened(door, leads_to="**/book/index.html")
    assert faults == []


BROKEN = [
    ("elsewhere", '<script src="https://elsewhere.example/x.js"></script>'),
    ("elsewhere", '<img src="https://elsewhere.example/x.png">'),
    ("failed", '<link rel="stylesheet" href="nowhere.css">'),
    ("picture", '<img src="data:image/png;base64,eA==">'),
    ("error", "<script>nothing()</script>"),
    ("warning", '<script>console.warn("mind")</script>'),
    ("formula", '<span class="katex-error">x</span>'),
    ("no type", '<span class="katex-html">x</span>'),
]


@pytest.mark.parametrize(("fault", "html"), BROKEN)
def test_check_finds_the_fault(opened, tmp_path, fault, html):
    (tmp_path / "page.html").write_text(html)
    _, faults = opened(f"file://{tmp_path}/page.html")
    assert any(f.startswith(fault) for f in faults), faults


# What is asked, and a place that has to be among the first so many.
SEARCHES = [
    ("gradients", "glossary.html#term-gradient", 1),
    ("gradient descent", "glossary.html#term-gradient-descent", 1),
    ("backward", "reference.html#toynet.backprop.backward", 3),
    ("toynet.net.forward", "reference.html#toynet.net.forward", 2),
    ("numerical_gradient", "#toynet.backprop.numerical_gradient", 1),
    ("numerical gradient", "#toynet.backprop.numerical_gradient", 1),
    ("W1", "notation.html#shapes-and-names", 1),
    ("W_1", "notation.html#shapes-and-names", 1),
    ("ŷ", "03_backprop.html#", 2),
    ("learning rate", "glossary.html#term-learning-rate", 1),
    ("dead unit", "06_optimizers.html#does-a-dead-unit-come-back", 2),
    ("early stopping", "07_generalization.html#", 2),
    ("transposes", "05_modules.html#where-did-the-transpose-come-from", 1),
    ("Adam", "reference.html#toynet.optim.adam", 1),
    ("broadcast", "glossary.html#term-broadcasting", 1),
    ("gradeint", "glossary.html#term-gradient", 1),  # a slip of the finger
]


def look_up(page):
    """The places that a search has found, once it has."""
    page.wait_for_selector("[role=status]:not(:empty)")
    return page.eval_on_selector_all(
        ".tn-found li > a", "all => all.map((a) => a.getAttribute('href'))")


@pytest.mark.parametrize(("query", "place", "first"), SEARCHES)
def test_search_finds_the_place(opened, published, query, place, first):
    page, faults = opened(f"{published}search.html?q={quote(query)}")
    found = look_up(page)
    assert any(place in f for f in found[:first]), found[:5]
    assert faults == []


def test_search_works_from_a_file(opened, site):
    page, faults = opened(f"file://{site}/search.html?q=gradients")
    assert "glossary.html#term-gradient" in look_up(page)[0]
    page.locator(".tn-found a").first.click()
    page.wait_for_url("**/glossary.html#term-gradient")
    assert faults == []


def test_search_says_that_there_is_nothing(opened, published):
    page, _ = opened(f"{published}search.html?q=zzzqq")
    assert look_up(page) == []
    assert "zzzqq" in page.inner_text("[role=status]")


def test_excerpts_read_as_text(opened, published):
    page, _ = opened(f"{published}search.html?q=derivative%20loss")
    look_up(page)
    text = page.inner_text(".tn-found")
    assert "∂L/∂" in text
    assert not re.search(r"\\[a-z]|\$|W_1", text)
