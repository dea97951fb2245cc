"""The site for readers with a keyboard, a screen reader, a phone, at night.

A check is a script that runs in the page and gives a list of faults. The
pages must have none.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_site import toc_pages

pytestmark = pytest.mark.site

PAGES = [*toc_pages(), "search", "genindex"]
CHAPTER, LONGEST = "book/02_forward", "book/06_optimizers"
LOOKS = [(width, theme) for width in (1366, 360)
         for theme in ("light", "dark")]
UNFOLD = "document.querySelectorAll('details').forEach(d => d.open = true)"
SEEN = "new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))"

SIDEWAYS = """() => {
  const {scrollWidth, clientWidth} = document.documentElement;
  return scrollWidth > clientWidth ? [`${scrollWidth} px`] : [];
}"""
UNREACHED = """() => [...document.querySelectorAll("main *")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
    && /auto|scroll/.test(getComputedStyle(e).overflowX)
    && !e.matches("a, button, .bd-sidebar")
    && !(e.tabIndex === 0 && e.role && e.ariaLabel))
  .map(e => e.outerHTML.slice(0, 90))"""
# What was printed, and on a phone code and tables: all of it in sight.
CUT = """() => [...document.querySelectorAll(innerWidth > 600
    ? ".cell_output pre" : "pre, .pst-scrollable-table-container")]
  .filter(e => e.scrollWidth > e.clientWidth + 1
    || e.getBoundingClientRect().right > innerWidth)
  .map(e => e.textContent.trim().slice(0, 60))"""
# A word in a table's cell that stands on two lines.
BROKEN_WORDS = """() => [...document.querySelectorAll(
    "td code .pre, th code .pre, td .pasted-text")].flatMap(e => {
  const found = [], range = document.createRange();
  for (const {0: word, index} of e.textContent.matchAll(/[^\\s]+/g)) {
    range.setStart(e.firstChild, index);
    range.setEnd(e.firstChild, index + word.length);
    if (new Set([...range.getClientRects()].map(r => r.top)).size > 1)
      found.push(word);
  }
  return found;
})"""
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


@pytest.fixture
def opened(browser, served):
    """Open a page of the site in a window of its own."""
    windows = []

    def go(name, width=1366, theme="light", **settings):
        window = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme,
            reduced_motion="reduce", **settings)
        windows.append(window)
        page = window.new_page()
        page.goto(f"{served}/{name}.html")
        return page

    yield go
    for window in windows:
        window.close()


def axe(page):
    """What axe-core finds by all its rules, on the page as it is.

    Not asked for are a contrast of 7, and a role for what scrolls that
    would make a landmark of each wide table.
    """
    page.evaluate(UNFOLD)
    page.evaluate(SEEN)
    found = Axe().run(page, options={
        "resultTypes": ["violations"],
        "rules": {name: {"enabled": True} for name in [
            "label-content-name-mismatch", "target-size", "td-has-header",
            "table-fake-caption", "p-as-heading", "css-orientation-lock",
            "hidden-content",
        ]},
    })
    return {
        (rule["id"], *map(str, node["target"]))
        for rule in found.response["violations"] for node in rule["nodes"]
    }


# It takes seconds a page: each is asked in one look, by turns, and one
# chapter in all four.
ASKED = [(name, *LOOKS[i % 4]) for i, name in enumerate(PAGES)]
ASKED += [(CHAPTER, *look)
          for look in LOOKS if (CHAPTER, *look) not in ASKED]


@pytest.mark.parametrize(("name", "width", "theme"), ASKED)
def test_axe_finds_nothing(opened, name, width, theme):
    assert axe(opened(name, width=width, theme=theme)) == set()


def faults(page, check):
    """What a check finds; folded and dark things are looked at as such."""
    if check == FOLDED:
        page.emulate_media(media="print")
    elif check != FILTERED:
        page.evaluate(UNFOLD)
        page.evaluate(SEEN)
    return page.evaluate(check)


@pytest.mark.parametrize("name", PAGES)
def test_page_on_a_phone_at_night(opened, name):
    page = opened(name, width=360, theme="dark")
    for check in FILTERED, SIDEWAYS, UNREACHED:
        assert faults(page, check) == []


@pytest.mark.parametrize("name", toc_pages())
def test_page_is_read_whole(opened, name):
    page = opened(name)
    assert faults(page, CUT) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert faults(page, CUT) == faults(page, BROKEN_WORDS) == []
    assert faults(page, FOLDED) == []


# Contents and copies ------------------------------------------------------


# At each step: the entry that is marked and in sight, and that of the last
# heading at the top of the view; then how high the page has been.
FOLLOW = """async () => {
  const links = [...document.querySelectorAll(".bd-toc nav a")];
  const heads = links.map(a => document.getElementById(a.hash.slice(1)))
    .map(place => place.querySelector("h2, h3") ?? place);
  const page = document.documentElement, wrong = [], heights = new Set();
  const look = async (wanted) => {
    await SEEN;
    const here = heads.findLastIndex(
      h => h.getBoundingClientRect().top < 100);
    const seen = links.filter(a => a.matches(".active")
      && a.getBoundingClientRect().top > 0
      && a.getBoundingClientRect().bottom < innerHeight);
    const want = wanted ?? links[here];
    if (seen.length !== (want ? 1 : 0) || seen[0] !== want)
      wrong.push([scrollY, seen[0]?.textContent, want?.textContent]);
    heights.add(page.scrollHeight);
  };
  const steps = Array.from({length: 50}, (_, i) =>
    i / 49 * (page.scrollHeight - innerHeight));
  for (const y of [...steps, ...steps.toReversed(), steps[30], steps[9]]) {
    scrollTo(0, y);
    await look();
  }
  for (const a of [...links, ...links.toReversed()]) {
    a.click();
    await look(a);
  }
  return [wrong, heights.size];
}""".replace("SEEN", SEEN)


@pytest.mark.parametrize(("name", "height"), [
    (LONGEST, 900), (LONGEST, 600), ("book/reference", 900)])
def test_contents_follow_the_reader(opened, name, height):
    page = opened(name)
    page.set_viewport_size({"width": 1366, "height": height})
    page.evaluate(f"document.fonts.ready.then(() => {SEEN})")
    assert page.evaluate(FOLLOW) == [[], 1]


COPY = """([selector, formula]) => {
  const whole = document.querySelector(selector);
  getSelection().selectAllChildren(whole);
  const own = whole.cloneNode(true);
  for (const one of own.querySelectorAll(".katex"))
    one.replaceWith(formula.replace("TEX", () =>
      one.querySelector("annotation").textContent));
  return own.textContent;
}"""


@pytest.mark.parametrize(("selector", "formula"), [
    ("article section p:has(.katex ~ .katex, .math ~ .math)", "$TEX$"),
    ("article div.math:has(.katex-display)", "$$TEX$$"),
])
def test_formulas_are_copied_once_as_tex(opened, selector, formula):
    page = opened(CHAPTER, permissions=["clipboard-read", "clipboard-write"])
    wanted = page.evaluate(COPY, [selector, formula])
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.split() == wanted.split()
    assert "$" in copied


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
  const style = getComputedStyle(e), faults = [], rings = [];
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


@pytest.mark.parametrize(("width", "theme"), [(1366, "light"), (390, "dark")])
def test_every_stop_is_seen_and_the_last_one_left(opened, theme, width):
    page = opened(CHAPTER, theme=theme, width=width)
    stops, found = walk(page)
    assert found == []
    folds = page.locator("main summary").count()
    reached = page.locator("main summary[data-visits]").count()
    assert folds == reached > 10
    assert stops > folds + page.locator("main button.copybtn").count() / 2


@pytest.mark.parametrize("scripts", [True, False])
def test_hints_and_solutions_unfold(opened, scripts):
    page = opened(CHAPTER, java_script_enabled=scripts)
    for kind, key in ("solution", "Enter"), ("sd-dropdown", "Space"):
        fold = page.locator(f"main details.{kind}").first
        assert fold.get_attribute("open") is None
        fold.locator("summary").first.focus()
        page.keyboard.press(key)
        assert fold.get_attribute("open") is not None


def test_box_that_moves_is_a_stop_and_one_that_fits_is_none(opened):
    page = opened("book/03_backprop", width=320)
    page.evaluate(f"document.fonts.ready.then(() => {SEEN})")
    boxes = page.locator('main .katex-display[tabindex="0"]')
    boxes.first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    page.set_viewport_size({"width": 1366, "height": 800})
    page.evaluate(SEEN)
    assert boxes.count() == 0


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


def test_page_without_scripts_has_its_colours(opened):
    page = opened(CHAPTER, java_script_enabled=False, theme="dark")
    title = page.locator("h1")
    assert title.evaluate("e => getComputedStyle(e).color") != "rgb(0, 0, 0)"
