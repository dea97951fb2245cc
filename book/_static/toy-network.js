/* <toy-network>: the book's network, to hold, to change and to train.

   The first part is arithmetic in float64, the same steps in the same order
   as the package's; the second is the element. The twenty points and the
   start come with the page, as JSON inside the element.

   It is no module, since a browser runs none from file://. The block keeps
   its names to itself. */

"use strict"; {

const UNITS = 4, OUTPUTS = 2, COUNT = 26;
const B1 = 12, W2 = 16, B2 = 24;      // where each tensor begins
const CELLS = 56, EDGE = 2.6;         // of the map: cells a side, reach
const ROW = 12;                       // z1 (4), h (4), z2 (2), y_hat (2)
const H = 4, Z2 = 8, Y_HAT = 10;      // where each begins in a row

/* Arithmetic ----------------------------------------------------------- */

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/** Each of the n rows of X through the network, into `acts` (n, 12). */
function forward(p, X, n, acts = new Float64Array(n * ROW)) {
  for (let r = 0; r < n; r++) {
    const x = 3 * r, a = ROW * r;
    for (let j = 0; j < UNITS; j++) {
      const z = X[x] * p[j] + X[x + 1] * p[4 + j] + X[x + 2] * p[8 + j]
        + p[B1 + j];
      acts[a + j] = z;
      acts[a + H + j] = Math.max(z, 0);
    }
    for (let k = 0; k < OUTPUTS; k++) {
      let z = 0;
      for (let j = 0; j < UNITS; j++) {
        z += acts[a + H + j] * p[W2 + 2 * j + k];
      }
      acts[a + Z2 + k] = z + p[B2 + k];
      acts[a + Y_HAT + k] = sigmoid(acts[a + Z2 + k]);
    }
  }
  return acts;
}

/** The loss of n rows and its gradient, into `grads` (26,) and `nodes`.

    `share` is 1 for the sum of squared errors and 1 / 2n for their mean.
    `nodes` (n, 12) gets the slopes by z1, h, z2 and y_hat. */
function backward(p, X, Y, n, share, acts, grads, nodes) {
  let loss = 0;
  grads.fill(0);
  for (let r = 0; r < n; r++) {
    const x = 3 * r, a = ROW * r;
    for (let k = 0; k < OUTPUTS; k++) {
      const y = acts[a + Y_HAT + k], miss = y - Y[2 * r + k];
      loss += miss * miss;
      nodes[a + Y_HAT + k] = 2 * miss * share;
      nodes[a + Z2 + k] = 2 * miss * share * (1 - y) * y;
      grads[B2 + k] += nodes[a + Z2 + k];
    }
    for (let j = 0; j < UNITS; j++) {
      const h = acts[a + H + j], w = W2 + 2 * j;
      const d0 = nodes[a + Z2], d1 = nodes[a + Z2 + 1];
      const dh = d0 * p[w] + d1 * p[w + 1];
      const dz = dh * (acts[a + j] > 0);
      nodes[a + H + j] = dh;
      nodes[a + j] = dz;
      grads[w] += h * d0;
      grads[w + 1] += h * d1;
      grads[B1 + j] += dz;
      for (let i = 0; i < 3; i++) grads[4 * i + j] += X[x + i] * dz;
    }
  }
  return loss * share;
}

/* Update rules: p changes in place, `s` is what the rule remembers. */
const RULES = {
  sgd(p, g, s, lr) {
    for (let i = 0; i < COUNT; i++) p[i] -= lr * g[i];
  },
  momentum(p, g, s, lr) {
    s.v ??= new Float64Array(COUNT);
    for (let i = 0; i < COUNT; i++) {
      s.v[i] = 0.9 * s.v[i] + g[i];
      p[i] -= lr * s.v[i];
    }
  },
  adam(p, g, s, lr) {
    s.m ??= new Float64Array(COUNT);
    s.v ??= new Float64Array(COUNT);
    s.t = (s.t ?? 0) + 1;
    const c1 = 1 - 0.9 ** s.t, c2 = 1 - 0.999 ** s.t;
    for (let i = 0; i < COUNT; i++) {
      s.m[i] = 0.9 * s.m[i] + (1 - 0.9) * g[i];
      s.v[i] = 0.999 * s.v[i] + (1 - 0.999) * (g[i] * g[i]);
      p[i] -= lr * ((s.m[i] / c1) / (Math.sqrt(s.v[i] / c2) + 1e-8));
    }
  },
};

/** 26 numbers, each 0.2 times a standard normal one, from a seed. */
function randomStart(seed) {
  let a = seed >>> 0;
  const uniform = () => {             // mulberry32
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float64Array.from({ length: COUNT }, () => 0.2
    * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI
      * uniform()));
}

/** A run: a start, and a log of what was done since, which can be replayed.

    An entry of the log is {rule, lr, n}, or {at, value} for an edit.
    Step t leads from losses[t] to losses[t + 1]. */
class Run {
  constructor(data, { start = "reference", loss = "sum" }) {
    this.n = data.Y.length / 2;
    this.X = Float64Array.from(data.X);
    this.Y = Float64Array.from(data.Y);
    this.reference = Float64Array.from(data.start);
    this.share = loss === "mean" ? 1 / (2 * this.n) : 1;
    Object.assign(this, { start, loss, rule: null,
      log: [], losses: [], rises: [], memory: {} });
    this.p = start === "reference"
      ? this.reference.slice() : randomStart(start);
    this.acts = new Float64Array(this.n * ROW);
    this.nodes = new Float64Array(this.n * ROW);
    this.grads = new Float64Array(COUNT);
    this.renew();
  }

  /** Compute everything at the present numbers. */
  look() {
    const { p, X, Y, n, acts, grads, nodes } = this;
    forward(p, X, n, acts);
    this.now = backward(p, X, Y, n, this.share, acts, grads, nodes);
  }

  step(rule, lr, n = 1) {
    if (rule !== this.rule) this.memory = {};
    this.rule = rule;
    for (let i = 0; i < n; i++) {
      const before = this.now, t = this.losses.length - 1;
      RULES[rule](this.p, this.grads, this.memory, lr);
      this.look();
      if (this.now > before) this.rises.push(t);
      this.losses.push(this.now);
    }
    const last = this.log.at(-1);
    if (last?.rule === rule && last.lr === lr) last.n += n;
    else this.log.push({ rule, lr, n });
  }

  /** Look again; the loss is another, though no step was taken. */
  renew() {
    this.look();
    this.losses.splice(-1, 1, this.now);
  }

  edit(at, value) {
    this.p[at] = value;
    this.renew();
    const last = this.log.at(-1);
    if (last?.at === at) last.value = value;
    else this.log.push({ at, value });
  }

  replay(log) {
    for (const e of log) {
      if (e.rule) this.step(e.rule, e.lr, e.n);
      else this.edit(e.at, e.value);
    }
  }
}

/* A run as text for the URL, and back ----------------------------------- */

const entry = (e) => e.rule ? `${e.rule},${e.lr},${e.n}`
  : `${e.at},${e.value}`;

const MOST_STEPS = 500_000;           // a link may not hang the page
const PACE = 10;                      // steps a frame

/** The log that a text stands for; what can't be read ends it. */
function readLog(text) {
  const log = [];
  let steps = 0;
  for (const part of text.split(";").filter(Boolean)) {
    const [what, a, b] = part.split(",");
    if (what in RULES) {
      const e = { rule: what, lr: +a, n: Math.floor(+b) };
      steps += e.n;
      if (!(e.lr >= 0 && e.n > 0 && steps <= MOST_STEPS)) break;
      log.push(e);
    } else {
      const e = { at: +what, value: +a };
      if (!(e.at in NAMES) || a === "" || !Number.isFinite(e.value)) break;
      log.push(e);
    }
  }
  return log;
}

/* Names ------------------------------------------------------------------ */

const range = (n) => Array.from({ length: n }, (_, i) => i);
const pairs = (n, m, kind) =>
  range(n).flatMap((a) => range(m).map((b) => [kind, a, b]));
const COLUMNS = [                     // as the arrow keys walk
  range(3).map((a) => ["x", a]), pairs(3, 4, "W1"),
  range(4).map((a) => ["b1", a]), range(4).map((a) => ["h", a]),
  pairs(4, 2, "W2"), range(2).map((a) => ["b2", a]),
  range(2).map((a) => ["y", a]),
];
const ITEMS = COLUMNS.flat();
const NAMES = ITEMS.filter(([kind]) => /[Wb]/.test(kind));  // of the 26

/** Where an item's number lies in the 26, or -1 for a node. */
const indexOf = (item) => NAMES.indexOf(item);

/** What stands at an item: its short name and its name in words. */
function nameOf([kind, a, b]) {
  const words = {
    x: `input ${a + 1}`, h: `hidden unit ${a + 1}`, y: `output ${a + 1}`,
    W1: `weight from input ${a + 1} to hidden unit ${b + 1}`,
    W2: `weight from hidden unit ${a + 1} to output ${b + 1}`,
    b1: `bias of hidden unit ${a + 1}`, b2: `bias of output ${a + 1}`,
  };
  const place = b === undefined ? a : `${a}, ${b}`;
  return [`${kind === "y" ? "y_hat" : kind}[${place}]`, words[kind]];
}

/** A number in few signs: 0.1234, −12.3, 1.2e−7. */
function short(v, digits = 4) {
  const size = Math.abs(v);
  const text = v === 0 ? "0"
    : size >= 1e5 || size < 1e-4 ? v.toExponential(1)
      : v.toFixed(Math.max(0, digits - (size >= 10) - (size >= 100)));
  return text.replaceAll("-", "−").replace("e+", "e");
}

const paren = (v) => v < 0 ? `(${short(v)})` : short(v);

/* The element -------------------------------------------------------------- */

const SVG = "http://www.w3.org/2000/svg";

/** Give an element attributes, and listeners (on…). */
function set(el, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else el.setAttribute(name, value);
  }
}

function make(tag, attributes = {}, ...children) {
  const el = ["svg", "g", "line", "circle", "rect", "text"].includes(tag)
    ? document.createElementNS(SVG, tag) : document.createElement(tag);
  set(el, attributes);
  el.append(...children);
  return el;
}

/** A label above what it names; a slider's has its own class. */
function labelled(words, ...named) {
  const slides = named[0].type === "range";
  return make("label", slides ? { class: "toy-rate" } : {},
    make("span", {}, words), ...named);
}

/** The line y = 1/2 through the square of four cells at (i, j). */
function border(ctx, y, i, j, size) {
  const up = y(i, j) > 0.5;             // most squares have no line
  if (up === y(i, j + 1) > 0.5 && up === y(i + 1, j) > 0.5
    && up === y(i + 1, j + 1) > 0.5) return;
  const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]];
  const cuts = [];
  for (let e = 0; e < 4; e++) {
    const [a, b] = [corners[e], corners[(e + 1) % 4]];
    const [u, v] = [y(...a) - 0.5, y(...b) - 0.5];
    if (u > 0 === v > 0) continue;
    const s = u / (u - v);
    cuts.push([(a[1] + s * (b[1] - a[1]) + 0.5) * size,
      (a[0] + s * (b[0] - a[0]) + 0.5) * size]);
  }
  for (let e = 0; e + 1 < cuts.length; e += 2) {
    ctx.moveTo(...cuts[e]);
    ctx.lineTo(...cuts[e + 1]);
  }
}

/** A filled disc, whose edge is still the path. */
function disc(ctx, x, y, radius, fill) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.fill();
}

const CONTROLS = ["point", "show", "rule", "rate", "steps", "start"];
const CHOICES = {
  show: ["Show", ["forward", "forward"], ["gradients", "gradients"]],
  rule: ["Optimizer", ["sgd", "SGD"], ["momentum", "momentum"],
    ["adam", "Adam"]],
};

const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

class ToyNetwork extends HTMLElement {
  connectedCallback() {
    if (this.run) return;             // moved within the page
    this.data = JSON.parse(
      this.querySelector("script[type='application/json']").textContent);
    this.first = {
      start: "reference", loss: this.getAttribute("loss") ?? "sum",
      log: this.getAttribute("log") ?? "",
      point: this.getAttribute("point") ?? "1",
      show: this.getAttribute("show") ?? "forward",
      rule: this.getAttribute("rule") ?? "sgd",
      lr: this.getAttribute("rate") ?? "0.01", x3: "0.8",
      item: "h.1",                     // in the first row it is not silent
    };
    const words = (name, all) => (this.getAttribute(name) ?? all).split(" ");
    this.views = words("views", "network controls curve map");
    this.offers = words("controls", CONTROLS.join(" "));
    this.build();
    this.read();
    new MutationObserver(() => {
      this.palette = null;
      this.paint();
    }).observe(document.documentElement, {
      attributes: true, attributeFilter: ["data-theme"] });
    new ResizeObserver(() => {
      this.place();
      this.update();
    }).observe(this);
  }

  /* State, in the URL and out of it */

  key(name) { return `${this.id || "net"}-${name}`; }

  read() {
    this.pause();
    const url = new URLSearchParams(location.search);
    const s = Object.fromEntries(Object.entries(this.first).map(
      ([name, value]) => [name, url.get(this.key(name)) ?? value]));
    const seed = Number.parseInt(s.start, 10);
    this.run = new Run(this.data, {
      start: Number.isInteger(seed) ? seed : "reference",
      loss: s.loss === "mean" ? "mean" : "sum",
    });
    this.run.replay(readLog(s.log));
    const row = Number.parseInt(s.point, 10);
    this.point = row >= 1 && row <= this.run.n ? row - 1 : null;
    this.show = s.show === "gradients" ? s.show : "forward";
    this.rule = s.rule in RULES ? s.rule : "sgd";
    this.lr = +s.lr >= 1e-4 && +s.lr <= 10 ? +s.lr : 0.01;
    this.x3 = clamp(Number(s.x3) || 0, -2.5, 2.5);
    const [kind, a, b] = s.item.split(".");
    const found = ITEMS.find((i) => i[0] === kind
      && i[1] === +a && (i[2] === undefined || i[2] === +b));
    this.item = found ?? COLUMNS[3][1];
    this.settle();
    this.update();
    this.say();
  }

  state() {
    const { run } = this;
    return {
      start: String(run.start), loss: run.loss,
      log: run.log.map(entry).join(";"),
      point: this.point === null ? "all" : String(this.point + 1),
      show: this.show, rule: this.rule, lr: String(this.lr),
      x3: String(this.x3), item: this.item.join("."),
    };
  }

  /** Put into the address what differs from how the page began. */
  write() {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(this.state())) {
      if (value === this.first[name]) url.searchParams.delete(this.key(name));
      else url.searchParams.set(this.key(name), value);
    }
    if (url.href !== location.href) history.replaceState(null, "", url);
  }

  /* What can be done */

  /** Take n steps; no more than a link can hold. Says if all were taken. */
  take(n) {
    const left = MOST_STEPS - (this.run.losses.length - 1);
    if (left > 0) this.run.step(this.rule, this.lr, Math.min(n, left));
    return n <= left;
  }

  act(what) {
    what();
    this.update();
    this.write();
    this.say();
  }

  go(n) {
    this.pause();
    this.act(() => this.take(n));
  }

  toggle() {
    if (this.frame) {
      this.pause();
      this.act(() => {});
    } else if (still()) {
      this.act(() => this.take(1000));
    } else {
      this.runButton.textContent = "Pause";
      const tick = () => {
        const more = this.take(PACE);
        this.update();
        if (more) this.frame = requestAnimationFrame(tick);
        else this.toggle();
      };
      this.frame = requestAnimationFrame(tick);
      this.status.textContent = "Running.";
    }
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.runButton) this.runButton.textContent = "Run";
  }

  restart(start) {
    this.pause();
    this.act(() => {
      this.run = new Run(this.data, { start, loss: this.run.loss });
    });
  }

  say() {
    const { run } = this, t = run.losses.length - 1;
    const times = (n) => n === 1 ? "once" : `${n} times`;
    const value = Number.isNaN(run.now)
      ? "the loss is no number any more." : `loss ${short(run.now)}.`;
    this.status.textContent = `After ${t} steps: ${value} `
      + (run.rises.length ? `It rose ${times(run.rises.length)}, first from `
        + `step ${run.rises[0]} to the next.` : "It has not risen.");
  }

  /* Building, once */

  build() {
    this.live = make("div", { class: "toy-live" });
    this.status = make("p", { class: "toy-status", role: "status" });
    const parts = {
      controls: () => this.buildControls(),
      network: () => this.buildNetwork(),
      curve: () => this.buildCurve(),
      map: () => this.buildMap(),
    };
    for (const [name, part] of Object.entries(parts)) {
      if (this.views.includes(name)) this.live.append(part());
    }
    this.live.append(this.status);
    this.classList.add("toy-on");
    this.append(this.live);
  }

  choice(name, [label, ...options]) {
    const select = make("select", {
      onchange: () => this.act(() => this.choose(name, select.value)) },
    ...options.map(([value, text]) => make("option", { value }, text)));
    this.fields[name] = select;
    return labelled(label, select);
  }

  choose(name, value) {
    if (name === "point") this.point = value === "all" ? null : +value - 1;
    else this[name] = value;
  }

  button(text, what, attributes = {}) {
    return make("button", { type: "button", onclick: what, ...attributes },
      text);
  }

  /** A slider and its value in words; `slide` takes what it is moved to. */
  slider(limits, slide) {
    const slider = make("input", { type: "range", ...limits,
      oninput: () => {
        slide(slider.value);
        this.settle();
      },
      onchange: () => this.write() });
    return [slider, make("output")];
  }

  buildControls() {
    this.fields = {};
    const points = range(this.data.Y.length / 2).map((r) => [r + 1,
      `${r + 1}, labels ${this.data.Y[2 * r]} ${this.data.Y[2 * r + 1]}`]);
    const choices = { ...CHOICES,
      point: ["Points", ["all", "all twenty"], ...points] };
    this.rate = this.slider({ min: -4, max: 1, step: 0.05 },
      (power) => this.lr = +(10 ** power).toPrecision(2));
    this.runButton = this.button("Run", () => this.toggle(),
      { class: "toy-run" });
    const parts = {
      rate: () => labelled("Learning rate", ...this.rate),
      steps: () => make("div", { class: "toy-buttons" },
        this.button("Step", () => this.go(1)),
        this.button("1,000 steps", () => this.go(1000)), this.runButton),
      start: () => make("div", { class: "toy-buttons" },
        this.button("Reference start", () => this.restart("reference")),
        this.button("New random start", () => this.restart(
          Math.floor(Math.random() * 1e6)))),
    };
    return make("div", { class: "toy-controls", role: "group",
      "aria-label": "Controls of the network" },
    ...CONTROLS.filter((name) => this.offers.includes(name))
      .map((name) => parts[name]?.() ?? this.choice(name, choices[name])));
  }

  buildNetwork() {
    this.svg = make("svg", { class: "toy-drawing", role: "group",
      "aria-label": "The network. Arrow keys walk from number to number." });
    this.marks = new Map();           // of each item
    const lines = make("g", {}), nodes = make("g", {});
    const texts = make("g", { "aria-hidden": "true" });  // the names say it
    for (const item of ITEMS) {
      const kind = item[0], [, words] = nameOf(item);
      const g = make("g", { class: `toy-item toy-${kind}`, role: "button",
        tabindex: -1, "data-item": item.join("."),
        onclick: () => this.pick(item, false),
        onfocus: () => this.pick(item, false),
        onkeydown: (event) => this.walk(event, item) });
      const mark = { g, words };
      if (kind[0] === "W") {
        mark.hit = make("line", { class: "toy-hit" });
        mark.line = make("line", { class: "toy-edge" });
        g.append(mark.hit, mark.line);
        lines.append(g);
      } else {
        mark.shape = kind[0] === "b"
          ? make("rect", { width: 46, height: 20, rx: 3 })
          : make("circle", { r: 25 });
        mark.value = make("text", { class: `toy-value toy-of-${kind}` });
        texts.append(mark.value);
        g.append(mark.shape);
        nodes.append(g);
      }
      this.marks.set(item, mark);
    }
    this.svg.append(lines, nodes, texts);
    this.heading = make("p", { class: "toy-heading" });
    this.equation = make("p", { class: "toy-equation" });
    this.entry = make("input", { type: "number", step: "any",
      onchange: () => this.change() });
    this.entryLabel = labelled("Change it to", this.entry);
    this.entryLabel.className = "toy-entry";
    this.place();
    return make("div", { class: "toy-network" }, this.svg,
      make("div", { class: "toy-inspector" }, this.heading, this.equation,
        this.entryLabel));
  }

  buildCurve() {
    this.curve = make("canvas", { class: "toy-curve", role: "img" });
    return make("figure", {}, this.curve, make("figcaption", {},
      "The loss, on a logarithmic scale. ▲ above: it rose."));
  }

  buildMap() {
    this.maps = range(OUTPUTS).map((k) => make("canvas", {
      class: "toy-map", role: "img", "data-output": k }));
    this.depth = this.slider({ min: -2.5, max: 2.5, step: 0.1 }, (x3) => {
      this.x3 = +x3;
      this.paint();
    });
    return make("figure", {}, make("div", { class: "toy-maps" },
      ...this.maps), labelled("x₃", ...this.depth),
    make("figcaption", {}, "Both outputs over x₁ (across) and x₂ (up), "
      + "with a line at one half. Marks: the twenty points, filled where the "
      + "label is 1, faint where their x₃ is 0.8 or more away."));
  }

  /* The drawing */

  /** Lay the network out for the width that there is. */
  place() {
    if (!this.svg) return;
    const wide = clamp(this.clientWidth || 640, 300, 700), high = 350;
    set(this.svg, { viewBox: `0 0 ${wide} ${high}` });
    const layers = { x: [34, 3], h: [wide / 2, 4], y: [wide - 40, 2] };
    const ends = { W1: "xh", b1: "h", W2: "hy", b2: "y" };
    const at = (layer, i) => [layers[layer][0],
      high / 2 + 14 + 80 * (i - (layers[layer][1] - 1) / 2)];
    for (const item of ITEMS) {
      const [kind, a, b] = item, m = this.marks.get(item);
      const [from, to] = ends[kind] ?? kind, [x, y] = at(from, a);
      if (m.line) {
        const [x2, y2] = at(to, b);
        for (const el of [m.line, m.hit]) set(el, { x1: x, y1: y, x2, y2 });
        continue;
      }
      const bias = kind in ends;
      set(m.shape, bias ? { x: x - 23, y: y - 46 } : { cx: x, cy: y });
      set(m.value, { x, y: bias ? y - 36 : y });
    }
  }

  /** Arrow keys: up and down in a column, left and right between them. */
  walk(event, item) {
    const column = COLUMNS.find((one) => one.includes(item));
    const i = column.indexOf(item), beside = (by) => {
      const other = COLUMNS[COLUMNS.indexOf(column) + by] ?? [];
      return other[Math.floor((i + 0.5) / column.length * other.length)];
    };
    const keys = {
      ArrowDown: () => column[(i + 1) % column.length],
      ArrowUp: () => column.at(i - 1),
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
      Enter: () => this.pick(item, true),
      " ": () => this.pick(item, true),
    };
    if (!(event.key in keys)) return;
    event.preventDefault();
    this.marks.get(keys[event.key]())?.g.focus();
  }

  pick(item, toEntry) {
    this.item = item;
    this.update();
    this.write();
    if (toEntry && indexOf(item) >= 0) {
      this.entry.focus();
      this.entry.select();
    }
  }

  change() {
    const at = indexOf(this.item), value = this.entry.valueAsNumber;
    if (!Number.isFinite(value)) {
      this.status.textContent = "A number is needed: the old one stays.";
      this.update();
      return;
    }
    this.pause();
    this.act(() => this.run.edit(at, value));
  }

  /* What is seen, brought up to date */

  /** Put the state into the controls. */
  settle() {
    if (this.fields) {
      const now = this.state();
      for (const [name, field] of Object.entries(this.fields)) {
        field.value = now[name];
      }
      const [rate, text] = this.rate;
      rate.value = Math.log10(this.lr);
      text.textContent = String(this.lr);
      set(rate, { "aria-valuetext": this.lr });
    }
    if (this.depth) {
      const [slider, text] = this.depth;
      slider.value = this.x3;
      text.textContent = this.x3.toFixed(1).replace("-", "−");
    }
  }

  /** The one row or the batch that is shown: acts, slopes and loss. */
  shown() {
    const { run, point } = this;
    if (point === null) return { ...run, rows: run.n };
    const X = run.X.subarray(3 * point, 3 * point + 3);
    const Y = run.Y.subarray(2 * point, 2 * point + 2);
    const acts = forward(run.p, X, 1);
    const grads = new Float64Array(COUNT), nodes = new Float64Array(ROW);
    const now = backward(run.p, X, Y, 1, run.share, acts, grads, nodes);
    return { X, Y, acts, grads, nodes, now, rows: 1 };
  }

  /** An item's value and slope: of the row, or the batch's mean and sum. */
  figures(item, s) {
    const [kind, a] = item, at = indexOf(item);
    if (at >= 0) return [this.run.p[at], s.grads[at]];
    const column = { x: a, h: H + a, y: Y_HAT + a }[kind];
    let value = 0, slope = 0;
    for (let r = 0; r < s.rows; r++) {
      value += kind === "x" ? s.X[3 * r + a] : s.acts[ROW * r + column];
      if (kind !== "x") slope += s.nodes[ROW * r + column];
    }
    return [value / s.rows, kind === "x" ? null : slope];
  }

  update() {
    const s = this.shown();
    if (this.svg) {
      for (const item of ITEMS) this.updateItem(item, s);
      this.inspect(s);
    }
    this.paint();
  }

  /** The size of the largest weight, or slope, of a layer. */
  largest(kind, slopes, s) {
    return Math.max(...NAMES.filter(([k]) => k === kind).map((item) =>
      Math.abs(this.figures(item, s)[+slopes])));
  }

  updateItem(item, s) {
    const m = this.marks.get(item);
    const [value, slope] = this.figures(item, s);
    const chosen = item === this.item;
    const slopes = this.show === "gradients" && slope !== null;
    const drawn = slopes ? slope : value;
    if (m.line) {
      const share = Math.abs(drawn) / this.largest(item[0], slopes, s);
      set(m.line, { "stroke-width": drawn ? 0.6 + 5.4 * share : 0,
        "stroke-dasharray": drawn < 0 ? "6 4" : "none" });
      m.g.classList.toggle("toy-below", drawn < 0);
    } else {
      m.value.textContent = short(drawn, 2);
      m.value.classList.toggle("toy-slope", slopes);
    }
    m.g.classList.toggle("toy-chosen", chosen);
    set(m.g, { tabindex: chosen ? 0 : -1 });
    if (!this.frame) {
      set(m.g, { "aria-pressed": chosen, "aria-label": `${m.words}: `
        + short(value) + (slopes ? `, gradient ${short(slope)}` : "") });
    }
  }

  /** The chosen item's number, gradient and equation, with numbers in. */
  inspect(s) {
    const [name, words] = nameOf(this.item), at = indexOf(this.item);
    const [value, slope] = this.figures(this.item, s);
    const mean = at < 0 && s.rows > 1 ? " on average" : "";
    this.heading.textContent = `${name}, ${words}: ${short(value)}${mean}`
      + (slope === null || this.show === "forward" ? "" : `; gradient ${short(slope)}`
        + (at < 0 && s.rows > 1 ? " in sum" : ""));
    const lines = [];
    if (at < 0 || this.show !== "gradients") {
      lines.push(this.explainForward(this.item, s));
    }
    if (at >= 0 && this.show !== "forward") {
      lines.push(this.explainSlope(this.item, s, slope));
    }
    this.equation.textContent = lines.join("\n");
    this.entryLabel.hidden = at < 0;
    if (at >= 0 && (document.activeElement !== this.entry || !this.frame)) {
      this.entry.value = String(+value.toPrecision(6));
    }
  }

  /** What a weight is multiplied by: its name and its value in a row. */
  factor([kind, a], s) {
    return kind === "W1" ? [`x[${a}]`, s.X[a]] : [`h[${a}]`, s.acts[H + a]];
  }

  explainForward(item, s) {
    const [kind, a, b] = item, [name] = nameOf(item), one = s.rows === 1;
    const { p } = this.run;
    if (kind === "x") return one ? "Given." : "Given; this is the mean.";
    if (kind[0] === "b") return `Added to z${kind[1]}[${a}] in every row.`;
    if (kind[0] === "W") {
      const [left, value] = this.factor(item, s), z = `z${kind[1]}[${b}]`;
      if (!one) return `Times ${left} of each row, a part of its ${z}.`;
      const w = p[indexOf(item)];
      return `${left} · ${name} = ${paren(value)} · ${paren(w)} = `
        + `${short(value * w)}, a part of ${z}`;
    }
    const layer = kind === "h"
      ? { f: "relu", all: "X @ W1 + b1", xs: s.X, w: 0, bias: B1, z: 0, y: H }
      : { f: "sigmoid", all: "h @ W2 + b2", xs: s.acts.subarray(H, Z2),
        w: W2, bias: B2, z: Z2, y: Y_HAT };
    const { f } = layer, wide = layer.y - layer.z;
    if (!one) {
      return `${name.split("[")[0]} = ${f}(${layer.all}), the mean of its `
        + "column";
    }
    const terms = Array.from(layer.xs, (x, i) =>
      `${paren(x)} · ${paren(p[layer.w + wide * i + a])} + `);
    return `${name} = ${f}(${terms.join("")}${paren(p[layer.bias + a])}) = `
      + `${f}(${short(s.acts[layer.z + a])}) = ${short(s.acts[layer.y + a])}`
      + (kind === "y" ? `; the label is ${s.Y[a]}` : "");
  }

  explainSlope(item, s, slope) {
    const [kind, a, b] = item, z = `dz${kind[1]}`, weight = kind[0] === "W";
    if (s.rows > 1) {
      const [rule, what] = weight
        ? [`${kind === "W1" ? "X" : "h"}.T @ ${z}`, "products"]
        : [`${z}.sum(0)`, "slopes"];
      return `d${kind} = ${rule}; at this place ${s.rows} ${what} add up `
        + `to ${short(slope)}`;
    }
    const [name] = nameOf(item);
    if (!weight) return `d${name} = ${z}[${a}] = ${short(slope)}`;
    const [left, value] = this.factor(item, s);
    const dz = s.nodes[(kind === "W1" ? 0 : Z2) + b];
    return `d${name} = ${left} · ${z}[${b}] = ${paren(value)} · `
      + `${paren(dz)} = ${short(slope)}`;
  }

  /* Curve and maps */

  colours() {
    const css = getComputedStyle(this);
    return { ink: css.color, ...Object.fromEntries(
      ["muted", "gradient", "up", "output", "paper"].map((name) =>
        [name, css.getPropertyValue(`--tn-${name}`).trim()])) };
  }

  /** A canvas's context, as fine as the screen, cleared. */
  pen(canvas, high) {
    const wide = canvas.clientWidth, fine = devicePixelRatio || 1;
    const w = Math.round(wide * fine), h = Math.round(high * fine);
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    const ctx = canvas.getContext("2d");
    ctx.setTransform(fine, 0, 0, fine, 0, 0);
    ctx.clearRect(0, 0, wide, high);
    return [ctx, wide];
  }

  paint() {
    const c = this.palette ??= this.colours();
    if (this.curve) this.paintCurve(c);
    if (this.maps) {
      this.survey();
      this.maps.forEach((canvas, k) => this.paintMap(canvas, k, c));
    }
  }

  paintCurve(c) {
    const high = 170, [ctx, wide] = this.pen(this.curve, high);
    const { losses, rises } = this.run, steps = losses.length - 1;
    const left = 54, right = wide - 8, top = 20, bottom = high - 34;
    let low = Infinity, most = -Infinity;
    for (const L of losses) {
      low = Math.min(low, L);
      most = Math.max(most, L);
    }
    const from = Math.log10(Math.max(low, 1e-12)) - 0.05;
    const to = Math.log10(most) + 0.05;
    const x = (t) => left + (right - left) * t / Math.max(steps, 1);
    const y = (L) => bottom - (bottom - top)
      * (Math.log10(Math.max(L, 1e-12)) - from) / (to - from);
    ctx.font = "12px system-ui, sans-serif";
    ctx.fillStyle = c.muted;
    ctx.textAlign = "right";
    const mark = (L) => ctx.fillText(
      String(+L.toPrecision(2)), left - 6, y(L) + 4);
    mark(most);
    if (y(low) - y(most) > 14) mark(low);
    ctx.textAlign = "left";
    ctx.fillText("0", left, high - 4);
    ctx.textAlign = "right";
    ctx.fillText(`step ${steps.toLocaleString("en")}`, right, high - 4);
    ctx.strokeStyle = c.gradient;
    ctx.lineWidth = 1.6;
    ctx.beginPath();
    const every = Math.max(1, Math.floor(steps / (2 * wide)));
    for (let t = 0; t <= steps; t += every) ctx.lineTo(x(t), y(losses[t]));
    ctx.lineTo(x(steps), y(losses[steps]));
    ctx.stroke();
    disc(ctx, x(steps), y(losses[steps]), 3.5, c.gradient);
    ctx.fillStyle = c.up;
    this.thin(rises, x, (at) => {
      ctx.beginPath();
      ctx.moveTo(at - 3, 12);
      ctx.lineTo(at + 3, 12);
      ctx.lineTo(at, 6);
      ctx.fill();
    });
    set(this.curve, { "aria-label": `Loss over ${steps} steps, from `
      + `${short(losses[0])} to ${short(losses[steps])}; it rose in `
      + `${rises.length} of them.` });
  }

  /** Call `mark` at most once a pixel. */
  thin(steps, x, mark) {
    let last = -1;
    for (const t of steps) {
      const at = Math.round(x(t));
      if (at > last) mark(at);
      last = Math.max(last, at);
    }
  }

  /** Ask the network at each cell of the map, for both outputs at once. */
  survey() {
    this.grid ??= new Float64Array(3 * CELLS * CELLS);
    for (let i = 0; i < CELLS; i++) {
      for (let j = 0; j < CELLS; j++) {
        const at = 3 * (CELLS * i + j);
        this.grid[at] = EDGE * (2 * (j + 0.5) / CELLS - 1);
        this.grid[at + 1] = -EDGE * (2 * (i + 0.5) / CELLS - 1);
        this.grid[at + 2] = this.x3;
      }
    }
    this.ground = forward(
      this.run.p, this.grid, CELLS * CELLS, this.ground);
  }

  paintMap(canvas, k, c) {
    const [ctx, wide] = this.pen(canvas, canvas.clientWidth);
    const size = wide / CELLS, place = (v) => wide * (v / EDGE + 1) / 2;
    const y = (i, j) => this.ground[ROW * (CELLS * i + j) + Y_HAT + k];
    const tiles = this.tiles ??= make("canvas", {
      width: CELLS, height: CELLS }).getContext("2d");
    tiles.fillStyle = c.output;           // read back as #rrggbb
    const rgb = [1, 3, 5].map((at) =>
      Number.parseInt(tiles.fillStyle.slice(at, at + 2), 16));
    const image = tiles.createImageData(CELLS, CELLS);
    let above = 0;
    for (let cell = 0; cell < CELLS * CELLS; cell++) {
      const value = this.ground[ROW * cell + Y_HAT + k];
      above += value > 0.5;
      image.data.set(rgb, 4 * cell);
      image.data[4 * cell + 3] = 0.6 * 255 * value;
    }
    tiles.putImageData(image, 0, 0);
    ctx.drawImage(tiles.canvas, 0, 0, wide, wide);
    ctx.strokeStyle = c.ink;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    for (let i = 0; i < CELLS - 1; i++) {
      for (let j = 0; j < CELLS - 1; j++) border(ctx, y, i, j, size);
    }
    ctx.stroke();
    this.paintPoints(ctx, k, c, place);
    const share = Math.round(100 * above / CELLS ** 2);
    canvas.setAttribute("aria-label", `Output ${k + 1} at x3 = `
      + `${this.x3.toFixed(1)}: above one half on ${share} percent of the map.`);
  }

  paintPoints(ctx, k, c, place) {
    const { X, Y, n } = this.run;
    ctx.strokeStyle = c.ink;
    ctx.lineWidth = 1.4;
    for (let r = 0; r < n; r++) {
      const near = Math.abs(X[3 * r + 2] - this.x3) < 0.8;
      ctx.globalAlpha = near ? 1 : 0.3;
      disc(ctx, place(X[3 * r]), place(-X[3 * r + 1]),
        r === this.point ? 7 : 4.5, Y[2 * r + k] ? c.ink : c.paper);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }
}

customElements.define("toy-network", ToyNetwork);
}
