"""Every page in Chromium: nothing from other hosts, nothing that fails.

Pages are opened as the site serves them, below its base path and with
404.html for unknown addresses, and some as files.
"""

import re
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit
from xml.etree import ElementTree

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
    first = ElementTree.parse(site / "sitemap.xml").getroot()[0][0].text
    Pages.base = urlsplit(first).path.split("book/0")[0]
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


@pytest.mark.parametrize("path", [
    "book/02_forward.html", "book/live.html", "search.html?q=gradients"])
def test_page_is_complete_as_a_file(opened, site, path):
    page, faults = opened(f"file://{site}/{path}")
    page.wait_for_selector("toy-network.toy-on, .tn-found a, svg.tn-figure")
    assert faults == []


@pytest.mark.parametrize("lost", ["x", "deep/er/x?y=1"])
def test_lost_reader_gets_help_at_any_depth(opened, published, lost):
    page, faults = opened(published + lost)
    assert page.inner_text("h1") == "There is no such page"
    page.locator(".bd-sidebar-primary").get_by_text("Tensors").click()
    page.wait_for_url(f"{published}book/01_tensors.html")
    page.goto(published + lost)
    page.keyboard.press("Control+k")
    page.keyboard.type("gradient")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tn-found li")
    assert page.url == f"{published}search.html?q=gradient"
    assert faults == []


@pytest.mark.parametrize("served", [True, False])
def test_front_door_opens(opened, published, site, served):
    door = published if served else f"file://{site}/index.html"
    _, faults = opened(door, leads_to="**/book/index.html")
    assert faults == []
