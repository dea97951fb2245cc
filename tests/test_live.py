"""The live network in a real browser, against the package in float64."""

import io
import json

import numpy as np
import pytest
import torch
from cases import reference
from PIL import Image

from toynet import optim
from toynet.backprop import backward
from toynet.net import forward, sse

pytestmark = pytest.mark.site
RULES = {"sgd": 0.01, "momentum": 0.01, "adam": 0.03}
NET = "document.querySelector('toy-network')"


@pytest.fixture
def opened(browser, served):
    """Open a page of the book; no console message may come of it."""
    said, pages = [], []

    def go(path="live.html", **settings):
        page = browser.new_page(**settings)
        page.on("console", lambda m: said.append((m.type, m.text)))
        page.on("pageerror", lambda e: said.append(("error", str(e))))
        page.goto(f"{served}/book/{path}")
        pages.append(page)
        if settings.get("java_script_enabled", True):
            # It begins when it is near.
            page.locator("toy-network").scroll_into_view_if_needed()
            page.wait_for_selector("toy-network.toy-on")
        return page

    yield go
    for page in pages:
        page.close()
    # The theme's scripts begin what they log with their names.
    assert [m for m in said if not m[1].startswith("[")] == []
    assert {kind for kind, _ in said} <= {"log"}


def state(page):
    """What the element holds: parameters, gradient, losses."""
    return json.loads(page.evaluate(
        f"(() => {{ const r = {NET}.run; return JSON.stringify({{p: [...r.p],"
        " g: [...r.grads], L: [...r.losses], rises: r.rises,"
        " acts: [...r.acts]}); })()"))


def field(page, label):
    """A control of the element; the still picture has words, too."""
    return page.locator(".toy-live").get_by_label(label)


def flat(tensors):
    return torch.cat([t.flatten() for t in tensors])


def by_package(rule, lr, steps, p=None):
    """The same run by `toynet`: parameters, gradient, losses."""
    X, Y, start = reference(torch.float64)
    p, memory, losses = p or start, None, []
    for t in range(steps + 1):
        losses.append(sse(forward(X, p).y_hat, Y).item())
        grads = backward(X, Y, p)
        if t < steps:
            p, memory = getattr(optim, rule)(p, grads, memory, lr=lr)
    return p, grads, torch.tensor(losses, dtype=torch.float64)


def near(found, wanted, rel=1e-9):
    found = torch.tensor(found, dtype=torch.float64)
    return (found - wanted).abs().max() <= rel * wanted.abs().max()


@pytest.mark.parametrize("rule", RULES)
def test_a_thousand_steps_are_those_of_the_package(opened, rule):
    page = opened(f"live.html?net-rule={rule}&net-lr={RULES[rule]}")
    page.get_by_role("button", name="1,000 steps").click()
    found = state(page)
    p, grads, losses = by_package(rule, RULES[rule], 1000)
    assert near(found["p"], flat(p))
    assert near(found["g"], flat(grads))
    assert near(found["L"], losses)
    rises = (losses.diff() > 0).nonzero().flatten().tolist()
    assert found["rises"] == rises


@pytest.mark.parametrize("row", [0, 6, 19])
def test_what_is_shown_of_one_point(opened, row):
    page = opened(f"live.html?net-point={row + 1}&net-log=sgd,0.01,300")
    X, Y, _ = reference(torch.float64)
    p, _, _ = by_package("sgd", 0.01, 300)
    acts = forward(X[row:row + 1], p)
    grads = backward(X[row:row + 1], Y[row:row + 1], p)
    shown = json.loads(page.evaluate(
        f"(() => {{ const s = {NET}.shown(); return JSON.stringify("
        "{g: [...s.grads], acts: [...s.acts], L: s.now}); })()"))
    assert near(shown["g"], flat(grads))
    assert near(shown["acts"], torch.cat([a[0] for a in acts]))
    assert near([shown["L"]], sse(acts.y_hat, Y[row:row + 1])[None])
    texts = page.locator(".toy-of-y").all_text_contents()
    for k, text in enumerate(texts):
        assert abs(float(text.replace("−", "-")) - acts.y_hat[0, k]) < 0.0051


def test_every_way_by_keyboard(opened):
    page = opened()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.toy-drawing')"
                         " !== null"):
            break
    keys = ["ArrowDown", "ArrowRight"]
    for key in keys:
        page.keyboard.press(key)
    reached = page.evaluate("document.activeElement.dataset.item")
    assert reached.startswith("W2.")
    _, a, b = map(str, reached.split("."))
    at = 16 + 2 * int(a) + int(b)
    page.keyboard.press("Enter")
    page.keyboard.type("0.75")
    page.keyboard.press("Enter")
    assert state(page)["p"][at] == 0.75
    assert "toy-network" in page.evaluate(
        "document.activeElement.closest('toy-network').tagName.toLowerCase()")


def test_an_edit_reaches_all_that_depends_on_it(opened):
    page = opened("live.html?net-item=W1.2.3")
    field(page, "Change it to").fill("-1.5")
    field(page, "Change it to").press("Enter")
    X, Y, p = reference(torch.float64)
    p.W1[2, 3] = -1.5
    acts, found = forward(X, p), state(page)
    assert near(found["acts"], torch.cat(acts, 1).flatten())
    assert near(found["g"], flat(backward(X, Y, p)))
    assert near(found["L"], sse(acts.y_hat, Y)[None])


def test_what_is_no_number_changes_nothing(opened):
    page = opened("live.html?net-item=b1.0")
    before = state(page)
    field(page, "Change it to").fill("")
    field(page, "Change it to").press("Enter")
    assert state(page) == before
    assert "number is needed" in page.locator(".toy-status").inner_text()


def test_the_address_holds_the_state(opened):
    page = opened("live.html?net-start=7")
    field(page, "Optimizer").select_option("momentum")
    page.get_by_role("button", name="1,000 steps").click()
    page.locator("[data-item='W2.1.0']").focus()
    field(page, "Change it to").fill("0.1")
    field(page, "Change it to").press("Enter")
    field(page, "Points").select_option("5")
    page.get_by_role("button", name="Step", exact=True).click()
    before, address = state(page), page.url
    again = opened(address.split("/book/")[1])
    assert state(again) == before
    assert field(again, "Points").input_value() == "5"
    assert again.url == address


@pytest.mark.parametrize("query", [
    "net-log=junk;;9,,", "net-log=sgd,-1,5", "net-log=sgd,0.01,1e99",
    "net-point=99&net-show=all&net-rule=magic&net-lr=x&net-x3=1e9",
    "net-item=W1.9.9&net-start=x&net-log=26,1", "net-log=3,abc",
])
def test_an_address_that_makes_no_sense_is_the_start(opened, query):
    page = opened(f"live.html?{query}")
    X, Y, p = reference(torch.float64)
    found = state(page)
    assert near(found["p"], flat(p), 0)
    assert len(found["L"]) == 1


def test_reduced_motion_runs_without_a_film(opened):
    page = opened(reduced_motion="reduce")
    page.get_by_role("button", name="Run").click()
    assert len(state(page)["L"]) == 1001
    assert page.evaluate(f"{NET}.frame") in (0, None)
    assert page.get_by_role("button", name="Run").is_visible()


def test_run_and_pause(opened):
    page = opened()
    page.get_by_role("button", name="Run").click()
    page.wait_for_function(f"{NET}.run.losses.length > 50")
    page.get_by_role("button", name="Pause").click()
    steps = len(state(page)["L"])
    page.wait_for_timeout(200)
    assert len(state(page)["L"]) == steps
    assert f"sgd%2C0.01%2C{steps - 1}" in page.url


def test_a_link_in_the_text_leads_to_its_state(opened):
    page = opened()
    page.get_by_role("link", name="the first point alone").click()
    assert field(page, "Points").input_value() == "1"
    page.get_by_role("link", name="before the loss first rises").click()
    page.wait_for_function(f"{NET}.run.losses.length > 1")
    page.get_by_role("button", name="Step", exact=True).click()
    assert state(page)["rises"] == [len(state(page)["L"]) - 2]
    assert "It rose once" in page.locator(".toy-status").inner_text()


def test_chapter_7_shows_a_network_that_is_right(opened):
    page = opened("07_generalization.html")
    _, Y, _ = reference(torch.float64)
    acts = torch.tensor(state(page)["acts"]).view(20, 12)
    assert ((acts[:, 10:] > 0.5) == (Y > 0.5)).all()
    assert page.locator("canvas.toy-map").count() == 2


def test_chapter_3_shows_the_gradient_of_one_point(opened):
    page = opened("03_backprop.html")
    page.locator("[data-item='h.1']").focus()
    assert "gradient" in page.locator(".toy-live").inner_text()
    assert page.locator(".toy-live .toy-controls select").count() > 0


def test_the_lab_stands_before_the_first_rise(opened):
    page = opened("lab/rises.html")
    before = state(page)
    page.get_by_role("button", name="Step", exact=True).click()
    after = state(page)
    assert before["rises"] == []
    assert after["rises"] == [len(before["L"]) - 1]
    assert after["L"][-1] > before["L"][-1]


def test_chapter_2_shows_the_way_forward_alone(opened):
    page = opened("02_forward.html")
    assert page.locator(".toy-live .toy-controls select").count() == 0
    page.locator("[data-item='h.1']").focus()
    text = page.locator(".toy-equation").inner_text()
    assert text.startswith("h[1] = relu(")
    assert "gradient" not in page.locator(".toy-heading").inner_text()


def test_without_scripts_there_is_a_picture(opened):
    page = opened(java_script_enabled=False)
    assert page.locator(".toy-still svg[role=img]").is_visible()


def test_a_loss_that_is_no_number_is_named(opened):
    page = opened("live.html?net-log=0,1e308;sgd,1,3")
    page.evaluate(f"{NET}.run.p.fill(NaN), {NET}.run.renew(), {NET}.say()")
    assert "no number" in page.locator(".toy-status").inner_text()


OUTLINES = """(all) => all.map((e) => {
  const m = e.getScreenCTM(), far = e.getTotalLength();
  const points = [...Array(24).keys()].map((i) => {
    const p = e.getPointAtLength(far * (i + 4.5) / 32);
    return [m.a * p.x + m.e, m.d * p.y + m.f].map(Math.round);
  });
  const dashed = getComputedStyle(e).strokeDasharray !== "none";
  return [e.tagName + " of " + e.parentNode.dataset.item, points,
          dashed ? 10 : 20];
})"""


def unseen(page):
    """Shapes of the network whose outline is not seen on its ground."""
    drawing = page.locator(".toy-drawing")
    drawing.evaluate("e => e.scrollIntoView({block: 'center'})")
    shapes = drawing.locator(  # a slope of 0 is drawn as nothing
        "circle, rect, .toy-edge:not([stroke-width='0'])",
    ).evaluate_all(OUTLINES)
    assert 9 + 6 < len(shapes) <= 9 + 6 + 20
    box = drawing.bounding_box()
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    pixels = np.asarray(image).astype(int)
    off = abs(pixels - pixels[int(box["y"]) + 3, int(box["x"]) + 3]) > 24

    def drawn(x, y):
        return off[y - 1:y + 2, x - 1:x + 2].any()

    return [name for name, points, least in shapes
            if sum(drawn(*point) for point in points) < least]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_node_line_and_box_is_drawn(opened, site, theme):
    live = [path.name for path in sorted((site / "book").glob("*.html"))
            if "<toy-network" in path.read_text("utf-8")]
    pages = {name: opened(name, color_scheme=theme) for name in live}
    faults = {name: unseen(page) for name, page in pages.items()
              if page.locator(".toy-drawing").count()}
    assert len(faults) >= 3
    assert {name: shapes for name, shapes in faults.items() if shapes} == {}


def test_only_pages_with_the_element_load_it(site):
    for page in (site / "book").rglob("*.html"):
        text = page.read_text()
        assert ("toy-network.js" in text) == ("<toy-network" in text), page
