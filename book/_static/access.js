/* What is known on the reader's side alone. */
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  // The contents mark the section at the top of the view; at a page's end
  // the one that was asked for, which can't come to the top.
  const links = all("#pst-page-toc-nav a");
  const titles = links.map((link) => {
    const place = document.getElementById(link.hash.slice(1));
    return place.querySelector("h2, h3, h4") ?? place;
  });
  const follow = () => {
    const tops = titles.map((title) => title.getBoundingClientRect().top);
    const { scrollHeight } = document.documentElement;
    const asked = titles.findIndex((title) => title.matches(":target, :target > *"));
    let at = tops.findLastIndex((top) => top < 100);
    if (scrollY + innerHeight > scrollHeight - 2 && tops[asked] > 0) at = asked;
    for (const one of all("#pst-page-toc-nav .active")) {
      one.classList.remove("active");
      one.removeAttribute("aria-current");
    }
    const here = links[at];
    const side = document.querySelector(".bd-sidebar-secondary");
    side?.scrollTo(0, (here?.offsetTop ?? 0) - side.clientHeight / 2);
    here?.setAttribute("aria-current", "true");
    for (let e = here; e?.closest("nav"); e = e.parentElement) {
      if (e.matches("a, li")) e.classList.add("active");
    }
  };
  for (const kind of ["load", "scroll", "resize", "hashchange"]) {
    addEventListener(kind, follow);
  }

  // A box that is too narrow for what is in it can be moved by keyboard.
  const named = {
    pre: "Code", ".katex-display": "Equation", ".output": "Output",
    ".pst-scrollable-table-container": "Table",
  };
  const watch = new ResizeObserver((seen) => {
    for (const { target: box } of seen) {
      const kind = Object.keys(named).find((one) => box.matches(one));
      const moves = box.scrollWidth > box.clientWidth + 1;
      box.tabIndex = moves ? 0 : -1;
      box.role = moves ? "group" : null;
      box.ariaLabel = moves ? `${named[kind]}, scrolls` : null;
    }
  });
  document.fonts.ready.then(() => all(Object.keys(named)
    .map((one) => `.bd-article ${one}`)).forEach((box) => watch.observe(box)));

  // Heard one after the other, code and what it printed are alike.
  for (const one of all(".cell_output")) {
    Object.assign(one, { role: "group", ariaLabel: "Output" });
  }
  // What the theme and docutils say of these is not what is seen, or is old.
  for (const one of all(".search-button-field, details.hide > summary")) {
    one.removeAttribute("aria-label");
  }
  for (const one of all(".citation")) one.role = "listitem";
  for (const icon of all("[class*='fa-']")) icon.ariaHidden = "true";

  // The theme drops the focus from a button that it has acted on. That is
  // for the mouse; whoever pressed a key goes on from there.
  addEventListener("click", ({ target, detail }) => {
    const button = target.closest?.("button");
    if (button) button.blur = detail ? HTMLElement.prototype.blur : () => {};
  }, true);
})();
