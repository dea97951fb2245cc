"""The site for readers with a keyboard, a screen reader, a phone, at night.

A check is a script that runs in the page and gives a list of faults. The
pages must have none; broken snippets show that each check can find one.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_site import toc_pages

pytestmark = pytest.mark.site

MADE = ["search", "genindex", "py-modindex"]
PAGES = [*toc_pages(), *MADE]
CHAPTER = "book/02_forward"
LOOKS = [(w, theme) for w in (1280, 390) for theme in ("light", "dark")]

# axe looks at every element, five times: it is spared what is hidden from
# all but the eye, and code beyond the first word of each colour.
THIN = """() => {
  document.querySelectorAll("details").forEach(d => d.open = true);
  const words = [...document.querySelectorAll("pre span")].map(e => [e,
    [getComputedStyle(e).color, e.className, !!e.closest(".cell_output"),
     !!e.closest(".literal-block-wrapper")].join()]);
  const seen = new Set();
  for (const [e, key] of words)
    seen.has(key) ? e.replaceWith(...e.childNodes) : seen.add(key);
  const formulas = [...document.querySelectorAll(".katex-html")]
    .map(e => [e, e.getBoundingClientRect()]);
  for (const [e, {width, height}] of formulas) {
    e.style.cssText += `;display: inline-block;
      width: ${width}px; height: ${height}px`;
    e.replaceChildren();
  }
  document.querySelectorAll("svg.tn-figure")
    .forEach(e => e.replaceChildren());
  document.querySelectorAll("math")
    .forEach(e => e.replaceWith(e.textContent));
}"""

LAID_OUT = """() => [...document.querySelectorAll(
    ".bd-article > section > section > *")]
  .every(e => getComputedStyle(e).contentVisibility === "visible")"""
SIDEWAYS = """() => {
  const {scrollWidth, clientWidth} = document.documentElement;
  return scrollWidth > clientWidth ? [`${scrollWidth} px`] : [];
}"""
REPEATED_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  return ids.filter((id, i) => ids.indexOf(id) !== i);
}"""
UNREACHED = """() => [...document.querySelectorAll("main *")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
    && /auto|scroll/.test(getComputedStyle(e).overflowX)
    && !e.matches("a, button, .bd-sidebar")
    && !(e.tabIndex === 0 && e.role && e.ariaLabel))
  .map(e => e.outerHTML.slice(0, 90))"""
FILTERED = """() => [...document.querySelectorAll(
    "svg.tn-figure, article :is(img, canvas), .navbar-brand img")]
  .filter(e => e.checkVisibility())
  .flatMap(e => [e, e.parentElement]).filter(e => {
    const {filter, backgroundColor: back} = getComputedStyle(e);
    return filter !== "none" || !/, 0\\)|transparent/.test(back);
  }).map(e => e.outerHTML.slice(0, 90))"""
FOLDED = """() => [...document.querySelectorAll(
    "main details:is(.solution, .sd-dropdown)")]
  .filter(e => e.lastElementChild.getBoundingClientRect().height < 10
    || !e.lastElementChild.checkVisibility(
      {contentVisibilityAuto: true, visibilityProperty: true}))
  .map(e => e.firstElementChild.textContent)"""
CHECKS = {
    "sideways": SIDEWAYS,
    "repeated ids": REPEATED_IDS,
    "unreached": UNREACHED,
    "filtered": FILTERED,
    "folded in print": FOLDED,
}


@pytest.fixture
def opened(browser, served):
    """Open a page of the site, or a snippet, in a window of its own."""
    windows = []

    def go(name=None, html=None, **settings):
        window = browser.new_context(reduced_motion="reduce", **settings)
        windows.append(window)
        page = window.new_page()
        if html is None:
            page.goto(f"{served}/{name}.html")
            # What is far down is laid out later, and boxes are marked then.
            if settings.get("java_script_enabled", True):
                page.wait_for_function(LAID_OUT)
            page.wait_for_timeout(100)
        else:
            page.set_content(html)
        return page

    yield go
    for window in windows:
        window.close()


def axe(page):
    """What axe-core finds, by all its rules; one is on in its next version."""
    found = Axe().run(page, options={
        "resultTypes": ["violations"],
        "rules": {"label-content-name-mismatch": {"enabled": True}},
    })
    return {
        (rule["id"], *map(str, node["target"]))
        for rule in found.response["violations"] for node in rule["nodes"]
    }


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(opened, name):
    page = opened(name, viewport={"width": 1280, "height": 900})
    page.evaluate(THIN)
    for width, theme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(
            "theme => { document.documentElement.dataset.theme = theme;"
            " return new Promise(requestAnimationFrame) }", theme)
        assert axe(page) == set(), f"{theme}, {width} px"


AXE_FINDS = [
    ("button-name", "<button></button>"),
    ("image-alt", '<img src="x.png">'),
    ("region", "<p>Beside every landmark.</p>"),
    ("color-contrast", '<p style="color: #999">Pale.</p>'),
    ("aria-valid-attr", '<main><p aria-lable="a">A</p></main>'),
    ("label-content-name-mismatch",
     '<button aria-label="Other">Search</button>'),
    ("empty-table-header",
     "<table><tr><th></th><th>A</th></tr><tr><td>1<td>2</table>"),
]


@pytest.mark.parametrize(("rule", "html"), AXE_FINDS)
def test_axe_finds_the_fault(opened, rule, html):
    assert rule in {found[0] for found in axe(opened(html=html))}


def faults(page, check):
    """What a check finds; figures are looked at on a dark page."""
    if check == "folded in print":
        page.emulate_media(media="print")
    elif check != "filtered":
        page.evaluate("document.querySelectorAll('details')"
                      ".forEach(d => { d.open = true })")
        page.wait_for_timeout(50)
    return page.evaluate(CHECKS[check])


@pytest.mark.parametrize("name", PAGES)
def test_page_on_a_phone_at_night(opened, name):
    page = opened(name, viewport={"width": 360, "height": 800},
                  color_scheme="dark")
    found = {check: faults(page, check) for check in [
        "filtered", "sideways", "repeated ids", "unreached"]}
    assert found == dict.fromkeys(found, [])


@pytest.mark.parametrize("name", toc_pages())
def test_nothing_is_folded_on_paper(opened, name):
    assert faults(opened(name), "folded in print") == []


BROKEN = [
    ("sideways", '<div style="width: 5000px">wide</div>'),
    ("repeated ids", '<p id="a"></p><p id="a"></p>'),
    ("unreached", '<main><div style="overflow: auto; width: 50px">'
     '<p style="width: 500px">Long.</p></div></main>'),
    ("unreached", '<main><div style="overflow: auto; width: 50px" '
     'tabindex="0"><p style="width: 500px">No name.</p></div></main>'),
    ("filtered",
     '<svg class="tn-figure" style="filter: invert(1)" width="9"></svg>'),
    ("filtered", '<article style="background: #fff"><img></article>'),
    ("folded in print", '<main><details class="solution"><summary>A'
     "</summary><p>Long<br>and<br>hidden</p></details></main>"),
]


@pytest.mark.parametrize(("check", "html"), BROKEN)
def test_check_finds_the_fault(opened, check, html):
    assert faults(opened(html=html), check) != []


# By keyboard --------------------------------------------------------------


# What has the focus: seen, with a ring that stands out from its ground?
FOCUSED = """() => {
  const e = document.activeElement;
  if (e === document.body) return null;
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
      .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const style = getComputedStyle(e), faults = [];
  const rings = [];
  if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
    rings.push(style.outlineColor);
  for (const m of style.boxShadow.matchAll(/(rgba?\\([^)]*\\)) 0px 0px 0px/g))
    rings.push(m[1]);
  let under = e.parentElement;
  const colour = () => getComputedStyle(under).backgroundColor;
  while (/, 0\\)/.test(colour()) && under.parentElement)
    under = under.parentElement;
  const ground = light(colour());
  const shown = e.closest(".toy-drawing") || rings.some(c => {
    const ring = light(c);
    return Math.max(ring, ground) / Math.min(ring, ground) >= 3;
  });
  if (!shown) faults.push("no ring");
  const {width, height, bottom, top} = e.getBoundingClientRect();
  if (width < 2 || height < 2 || style.opacity < 0.5) faults.push("unseen");
  if (bottom < 0 || top > innerHeight) faults.push("out of sight");
  e.dataset.visits = 1 + +(e.dataset.visits || 0);
  return [+e.dataset.visits, faults, e.outerHTML.slice(0, 120)];
}"""


def walk(page, limit=700):
    """Press Tab from the top to the end; give stops and their faults."""
    stops, found = 0, []
    for _ in range(limit):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None or at[0] > 1:
            return stops, found
        stops += 1
        found += [(fault, at[2]) for fault in at[1]]
    return stops, [("no end", at[2])]


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_every_stop_is_seen_and_the_last_one_left(opened, theme, width):
    page = opened(CHAPTER, color_scheme=theme,
                  viewport={"width": width, "height": 900})
    stops, found = walk(page)
    assert found == []
    folds = page.locator("main summary").count()
    reached = page.locator("main summary[data-visits]").count()
    assert folds == reached > 10
    assert stops > folds + page.locator("main button.copybtn").count() / 2


WALKS = [
    ('<a href="#" style="outline: 0">a</a>', "no ring"),
    ('<a href="#" style="outline: 3px solid #eee">a</a>', "no ring"),
    ('<button style="opacity: 0">a</button>', "unseen"),
    ('<a href="#" style="position: fixed; top: -99px">a</a>', "out of sight"),
    ('<input onkeydown="event.preventDefault()">', None),
]


@pytest.mark.parametrize(("html", "fault"), WALKS)
def test_walk_finds_the_fault(opened, html, fault):
    page = opened(html="<style>body { background: #fff }</style>"
                  f"{html}<input>")
    stops, found = walk(page)
    assert fault in {kind for kind, _ in found} or (fault, stops) == (None, 1)


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_hints_and_solutions_unfold(opened, key, scripts):
    page = opened(CHAPTER, java_script_enabled=scripts)
    for kind in ("details.solution", "details.sd-dropdown"):
        fold = page.locator(f"main {kind}").first
        assert fold.get_attribute("open") is None
        fold.locator("summary").first.focus()
        page.keyboard.press(key)
        assert fold.get_attribute("open") is not None


def test_every_solution_unfolds_by_itself(opened):
    page = opened(CHAPTER)
    folds = page.locator("details.solution > summary")
    assert folds.count() == page.locator(".solution").count() >= 4
    assert page.locator("main .toggle-button").count() == 0


@pytest.mark.parametrize("box", [
    ".katex-display", ".pst-scrollable-table-container", ".cell_input pre",
])
def test_box_moves_by_arrow_keys(opened, box):
    page = opened("book/03_backprop", viewport={"width": 390, "height": 800})
    moving = page.locator(f'main {box}[role="group"]:visible').first
    moving.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert moving.evaluate("box => box.scrollLeft") > 0


def test_box_that_fits_is_no_stop(opened):
    page = opened("book/03_backprop", viewport={"width": 390, "height": 800})
    boxes = page.locator('main .katex-display[tabindex="0"]')
    narrow = boxes.count()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_timeout(300)
    assert boxes.count() < narrow


def test_skip_link_leads_past_the_sidebar(opened):
    page = opened(CHAPTER)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_search_opens_and_closes_by_keys(opened):
    page = opened(CHAPTER)
    button = page.locator("button.search-button__button:visible").first
    button.focus()
    for key in ("Control+k", "Enter"):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.type") == "search"
        page.keyboard.press("Escape")
        assert not page.locator("#pst-search-dialog").is_visible()
    assert button.evaluate("b => b === document.activeElement")


def test_theme_is_switched_by_key_and_keeps_the_focus(opened):
    page = opened(CHAPTER)
    button = page.locator("button.theme-switch-button")
    button.focus()
    seen = set()
    for _ in range(3):
        page.keyboard.press("Enter")
        seen.add(page.evaluate("document.documentElement.dataset.mode"))
        assert button.evaluate("b => b === document.activeElement")
    assert seen == {"auto", "light", "dark"}


def test_menus_open_and_close_by_keys(opened):
    page = opened(CHAPTER)
    menus = page.locator(".article-header-buttons button[aria-expanded]")
    assert menus.count() >= 2
    for menu in menus.all():
        menu.focus()
        page.keyboard.press("Enter")
        assert menu.get_attribute("aria-expanded") == "true"
        page.keyboard.press("ArrowDown")
        assert page.evaluate(
            "!!document.activeElement.closest('.dropdown-menu')")
        page.keyboard.press("Escape")
        assert menu.get_attribute("aria-expanded") == "false"
        assert menu.evaluate("b => b === document.activeElement")


def test_code_is_copied_by_key(opened):
    page = opened(CHAPTER, permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("main button.copybtn").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("button.copybtn.success")


def test_page_without_scripts_has_its_colours(opened):
    page = opened(CHAPTER, java_script_enabled=False, color_scheme="dark")
    title = page.locator("h1")
    assert title.evaluate("e => getComputedStyle(e).color") != "rgb(0, 0, 0)"
