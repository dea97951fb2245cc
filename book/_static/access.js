/* A box that is too narrow for what is in it moves sideways. While it does,
   it can be reached by keyboard and has a name; otherwise it is no stop. The
   page comes with all of them as stops: most are laid out later. */
(() => {
  const BOXES = ".bd-article :is(pre, .katex-display, .cell_output > .output, "
    + ".pst-scrollable-table-container)";

  const nameOf = (box) => {
    const number = (place) =>
      place?.querySelector(".caption-number")?.textContent.trim();
    if (box.matches(".katex-display")) {
      const own = box.parentElement.querySelector(".eqno");
      return `Equation ${own ? own.firstChild.textContent : ""}`;
    }
    if (box.querySelector("table")) return number(box) || "Table";
    if (box.closest(".cell_output")) return "Output";
    return number(box.closest(".literal-block-wrapper")) || "Code";
  };

  const mark = (box) => {
    const moves = box.scrollWidth > box.clientWidth + 1;
    if (moves && box.getAttribute("role") !== "group") {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${nameOf(box).trim()}, scrolls`);
    } else if (!moves) {
      for (const name of ["tabindex", "role", "aria-label"]) {
        box.removeAttribute(name);
      }
    }
  };

  // A box may be laid out before what is in it is.
  const watch = new ResizeObserver((seen) => {
    for (const { target } of seen) mark(target.closest(BOXES));
  });
  const boxes = document.querySelectorAll(BOXES);
  for (const box of boxes) {
    watch.observe(box);
    if (box.firstElementChild) watch.observe(box.firstElementChild);
  }
  // Other letters are wider than those that the page was first drawn with.
  // What is not laid out yet is seen by the watch when it is: light.py.
  const laid = (box) =>
    box.checkVisibility?.({ contentVisibilityAuto: true }) ?? true;
  document.fonts.ready.then(
    () => [...boxes].filter(laid).forEach(mark));

  // The theme drops the focus from a button that it has acted on. That is
  // for the mouse; whoever pressed a key goes on from there.
  addEventListener("click", ({ target, detail }) => {
    const button = target.closest?.("button");
    if (button && detail === 0) button.blur = () => {};
    else if (button) delete button.blur;
  }, true);

  // Browsers without ::details-content print what has been unfolded.
  if (!CSS.supports("selector(::details-content)")) {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      for (const one of opened) one.open = true;
    });
    addEventListener("afterprint", () => {
      for (const one of opened) one.open = false;
    });
  }
})();
