"""What is asked, and a place that has to be among the first three."""

import re

import pytest

pytestmark = pytest.mark.site

RISE = "03_backprop.html#can-the-loss-rise"
LONG = "lab/rises.html#long-steps-how-far-does-the-slope-hold"
LINEAR = "#nn-linear-why-is-its-weight-out-in"
SAVED = "#state-dict-how-are-a-network-and-its-training-saved"
LOOP = "06_optimizers.html#each-line-of-the-loop-what-if-one-is-missing"
BROADCASTING = "#broadcasting-what-happens-when-shapes-differ"
ASKED = [
    # As students ask.
    ("why transpose", "#back-through-a-matrix-where-does-the-"),
    ("dead relu", "#dead-units-does-one-come-back"),
    ("learning rate too large", LONG),
    ("zero_grad", LOOP),
    ("loss goes up", RISE),
    ("state_dict", SAVED),
    ("broadcasting error", BROADCASTING),
    ("mean vs sum", "#sum-or-mean-which-squared-error-is-meant"),
    ("overfitting", "#fresh-points-how-does-a-perfect-network-do"),
    ("no_grad", "#no-grad-detach-and-in-place-changes-"),
    ("vanishing gradient", "#term-saturation"),
    ("why does my loss not decrease", RISE),
    ("what is a leaf", "glossary.html#term-leaf"),
    ("weight decay", "#adamw-why-decay-outside-the-gradient"),
    ("save model", SAVED),
    ("batch size", "#mini-batches-what-does-one-know-of-the-"),
    ("how many parameters", "#shapes-of-the-parameters-why-those"),
    ("momentum vs adam", "#rules-and-rates-which-one-shall-i-take"),
    ("cross entropy vs mse", "#cross-entropy-on-logits-what-does-a-sure-"),
    ("gradient accumulation", "#accumulation-and-zeroing-"),
    ("how to choose the learning rate", "#rates-which-one-is-fair"),
    ("weight initialization", "#initialisation-what-does-a-new-module-"),
    ("shape mismatch", BROADCASTING),
    ("view or copy", "#views-and-copies-whose-memory-is-it"),
    ("softmax", "#elementwise-functions-"),
    ("embedding", "#embeddings-how-does-a-row-number-become-a-row"),
    ("permute axes", "#reshaping-and-joining-"),
    ("sum in another order", "lab/rounding.html#sums-does-the-order-matter"),
    ("early stopping", "#early-stopping-and-weight-decay-"),
    ("stuck training", "what-does-it-look-like"),
    # Code, as it is typed.
    ("optimizer.zero_grad()", "04_autograd.html#zero-grad-forgotten-"),
    ("zero_grads", LOOP),
    ("nn.Linear", LINEAR),
    ("nn.Sequential", "#nn-sequential-can-the-network-be-written-"),
    ("DataLoader", "#dataloader-how-does-one-walk-through-many-points"),
    ("toynet.net.forward", "reference.html#toynet.net.forward"),
    ("numerical_gradient", "#toynet.backprop.numerical_gradient"),
    ("backward", "04_autograd.html#backward-does-it-find-our-gradient"),
    # Errors, as they are read.
    ("a leaf Variable that requires grad is being used in an in-place "
     "operation", "#no-grad-detach-and-in-place-changes-"),
    ("size of tensor a must match the size of tensor b", BROADCASTING),
    # Terms and signs, and a slip of the finger.
    ("gradients", "glossary.html#term-gradient"),
    ("Hessian", "lab/curvature.html#the-hessian-"),
    ("initialization", "#term-initialisation"),
    ("ŷ", "03_backprop.html#"),
    ("gradeint", "glossary.html#term-gradient"),
]


def search(browser, site, query):
    """Open the search page, from a file, and wait for its answer."""
    page = browser.new_page()
    page.goto(f"file://{site}/search.html?q={query}")
    page.wait_for_selector(".tn-found", state="attached")
    return page


@pytest.fixture(scope="module")
def first_three(browser, site):
    """The first three places for each question, from one page's index."""
    page = search(browser, site, "x")
    yield page.evaluate("""async (all) => {
      const index = await makeIndex();
      return all.map((query) => look(index, query)[0].slice(0, 3)
        .map((place) => place.id));
    }""", [query for query, _ in ASKED])
    page.close()


@pytest.mark.parametrize("n", range(len(ASKED)), ids=lambda n: ASKED[n][0])
def test_answer_is_among_the_first_three(first_three, n):
    assert any(ASKED[n][1] in place for place in first_three[n]), (
        first_three[n])


@pytest.mark.parametrize(("query", "words"), [
    ("zero_grad", r"Places with “zero_grad”: \d+\."),
    ("adam bias", r"Places with “adam bias”: \d+, in part: \d+\."),
    ("qqx adam", r"No place has “qqx adam”\. Close to it: \d+\."),
    ("zzzqq", "No place has “zzzqq”. Close to it: 0."),
])
def test_search_says_what_it_found(browser, site, query, words):
    page = search(browser, site, query)
    assert re.fullmatch(words, page.inner_text("[role=status]"))
    page.close()


def test_search_says_that_it_is_still_reading(browser, site):
    page = browser.new_page()
    page.route("**/searchtexts.js", lambda route: None)  # never comes
    page.goto(f"file://{site}/search.html?q=x", wait_until="commit")
    page.wait_for_selector("[role=status]")
    assert page.inner_text("[role=status]") == "Reading the book …"
    page.close()


def test_found_place_opens_and_its_excerpt_reads_as_text(browser, site):
    page = search(browser, site, "derivative%20loss")
    text = page.inner_text(".tn-found")
    assert "∂L/∂" in text
    assert not re.search(r"\\[a-z]|\$|W_1", text)
    assert page.locator(".tn-found mark").count() > 3
    assert all(page.locator(".tn-found p").all_inner_texts())
    page.locator(".tn-found a").first.click()
    page.wait_for_url("**/book/*.html*")
    page.close()
