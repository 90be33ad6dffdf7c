/* The flame graph that a reader handles: what is shown, at what size, and in answer to what. */

import { weighted, reversed, sandwich } from "./shapes.js";
import { layOut } from "./layout.js";
import { ROW, deepest, paint } from "./draw.js";
import { Tones } from "./tones.js";
import { Zoom } from "./zoom.js";
import { Search } from "./search.js";
import { Keyboard } from "./keyboard.js";
import { Pointer } from "./pointer.js";
import { counted, weightText, shareText } from "./words.js";
import { choice, parts } from "./parts.js";

const HEIGHT = 640;
const PRINTED_HEIGHT = 8000;
const SHAPES = [["calls", "calls"], ["reversed", "reversed (bottom-up)"], ["sandwich", "sandwich (one function)"]];
let instances = 0;

export class FlameView {
  constructor(host, tree) {
    this.tree = tree;
    this.id = `flame-${++instances}`;
    this.state = {
      event: tree.series.length ? tree.series[0].event : "",
      thread: "",
      shape: "calls",
      up: false,
      colour: tree.change ? "change" : "module",
      by: "own",
      subject: -1,
    };
    this.panes = [];
    this.focus = null;
    this.hover = null;
    this.isPrinting = false;
    Object.assign(this, parts(this.id, tree.title, this.choices()));
    host.replaceChildren(this.root);
    this.tones = new Tones(this);
    this.zoom = new Zoom(this);
    this.finder = new Search(this);
    this.keyboard = new Keyboard(this);
    this.pointer = new Pointer(this);
    this.listen();
    this.tones.restyle();
    this.renew();
  }

  choices() {
    const { tree } = this;
    const unique = (key) => [...new Set(tree.series.map((series) => series[key]))];
    const named = (names) => names.map((name) => [name, name]);
    const events = unique("event");
    const threads = unique("thread");
    const set = (key) => (value) => this.change({ [key]: value });
    this.shape = choice("Show", SHAPES, (value) => this.reshape(value));
    const way = choice("Direction", [["down", "icicle, down"], ["up", "flame, up"]], (value) => this.change({ up: value === "up" }));
    const boxes = [this.shape.box, way.box];
    if (tree.change) {
      const recolour = (value) => { this.state.colour = value; this.repaint(); };
      boxes.push(choice("Colour", [["change", "difference"], ["module", "module"]], recolour).box);
      boxes.push(choice("Width", [["own", "this profile"], ["before", "baseline"]], set("by")).box);
    }
    if (events.length > 1) boxes.push(choice("Event", named(events), set("event")).box);
    if (threads.length > 1) boxes.push(choice("Threads", [["", "all"], ...named(threads.filter(Boolean))], set("thread")).box);
    return boxes;
  }

  listen() {
    const { scroller } = this;
    this.listening = new AbortController();
    const { signal } = this.listening;
    this.both.addEventListener("click", () => {
      scroller.focus({ preventScroll: true }); // first, for the button is of no use then
      this.reshape("sandwich");
    });
    scroller.addEventListener("scroll", () => this.draw());
    scroller.addEventListener("focus", () => (this.focus ? this.draw() : this.setFocus(this.panes[0], 0)));
    scroller.addEventListener("blur", () => this.draw());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(scroller);
    this.themes = new MutationObserver(() => this.repaint());
    const attributeFilter = ["data-theme", "data-jp-theme-light", "class"];
    for (const element of [document.documentElement, document.body]) this.themes.observe(element, { attributeFilter });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint(), { signal });
    addEventListener("beforeprint", () => this.print(true), { signal });
    addEventListener("afterprint", () => this.print(false), { signal });
  }

  destroy() {
    this.listening.abort();
    this.observer.disconnect();
    this.themes.disconnect();
    this.zoom.stop();
    cancelAnimationFrame(this.pending);
    this.root.remove();
  }

  /* What is shown. */

  change(part) {
    Object.assign(this.state, part);
    this.renew();
  }

  reshape(shape) {
    if (shape === "sandwich") {
      const { focus } = this;
      const wanted = focus ? focus.pane.view.name[focus.node] : this.state.subject;
      this.state.subject = wanted > 1 ? wanted : this.heaviestFunction();
      if (this.state.subject < 0) shape = "calls";
    }
    this.shape.select.value = shape;
    this.change({ shape });
  }

  heaviestFunction() {
    const sums = new Float64Array(this.tree.names.length);
    for (let node = 0; node < this.calls.count; node++) sums[this.calls.name[node]] += this.calls.own[node];
    let best = -1;
    for (let row = 2; row < sums.length; row++) if (sums[row] > (best < 0 ? 0 : sums[best])) best = row;
    return best;
  }

  get unit() {
    const series = this.tree.series.find((one) => one.event === this.state.event);
    return series ? series.unit : "";
  }

  renew() {
    const { tree, state } = this;
    this.zoom.stop();
    this.calls = weighted(tree, state.event, state.thread);
    this.panes = this.makePanes();
    this.tones.measure();
    this.zoom.begin();
    this.focus = null;
    this.hover = null;
    this.both.disabled = true;
    this.tip.hidden = true;
    this.items.replaceChildren();
    this.scroller.removeAttribute("aria-activedescendant");
    this.status.textContent = this.summary();
    this.place();
    this.scroller.scrollTop = state.up || state.shape === "sandwich" ? this.rootTop() : 0;
    this.finder.find();
  }

  makePanes() {
    const { tree, state, calls } = this;
    const whole = calls.own.reduce((sum, weight) => sum + weight, 0);
    const options = { by: state.by, whole, heaviestFirst: state.shape !== "calls" };
    const pane = (shape, direction, hidesRoot) => {
      const view = layOut(shape, tree.rank, options);
      const span = { from: 0, to: view.width[0] || 1 };
      return { view, direction, hidesRoot, base: 0, span, target: span, zoomed: 0, moving: 0 };
    };
    const down = state.up ? -1 : 1;
    if (state.shape === "sandwich") {
      const { callees, callers } = sandwich(calls, state.subject);
      return [pane(callees, down, false), pane(callers, -down, true)];
    }
    return [pane(state.shape === "reversed" ? reversed(calls) : calls, down, false)];
  }

  summary() {
    const { view } = this.panes[0];
    let frames = 0;
    let folded = 0;
    for (const pane of this.panes) {
      for (let node = pane.hidesRoot ? 1 : 0; node < pane.view.count; node++) {
        const row = pane.view.name[node];
        if (row > 1) frames++;
        else if (row === 1) folded += pane.view.own[node];
      }
    }
    const small = folded > 0 ? `; ${shareText(folded, view.whole)} is in frames too small to keep` : "";
    const subject = this.state.shape === "sandwich" ? `${this.tree.names[this.state.subject]}: ` : "";
    const share = shareText(view.weight[0], view.whole);
    const weight = weightText(view.weight[0], this.unit);
    return `${subject}${weight}, ${share} of all, in ${counted(frames, "frame")}${small}.`;
  }

  /* Where it stands. */

  print(isPrinting) {
    this.isPrinting = isPrinting;
    this.tones.restyle();
    this.resize(true);
  }

  repaint() {
    this.tones.restyle();
    this.draw();
  }

  resize(force = false) {
    if (!force && this.scroller.clientWidth === this.width) return;
    this.place();
    this.draw(true);
  }

  place() {
    this.width = this.scroller.clientWidth || this.width || 800;
    const deep = this.panes.map((pane) => deepest(pane.view, pane.span, this.width));
    const [main, callers] = this.panes;
    if (callers) main.base = callers.base = main.direction > 0 ? deep[1] : deep[0];
    else main.base = main.direction > 0 ? 0 : deep[0];
    this.content = (deep.reduce((sum, depth) => sum + depth, 0) + 1) * ROW;
    const most = this.isPrinting ? PRINTED_HEIGHT : Math.max(HEIGHT / 2, Math.min(HEIGHT, 0.8 * innerHeight));
    this.height = Math.min(this.content, Math.floor(most));
    this.scroller.style.height = `${this.height}px`;
    this.stage.style.height = `${this.content}px`;
  }

  rootTop() {
    return this.panes[0].base * ROW - this.height / (this.panes.length > 1 ? 2 : 1) + ROW;
  }

  rowOf(pane, node) {
    return pane.base + pane.direction * pane.view.depth[node];
  }

  /* Draw with the next picture of the screen, or now. */
  draw(now = false) {
    if (!now) {
      if (!this.pending) this.pending = requestAnimationFrame(() => this.draw(true));
      return;
    }
    cancelAnimationFrame(this.pending);
    this.pending = 0;
    const marks = [];
    if (this.hover) marks.push({ ...this.hover, line: 1 });
    if (this.focus && document.activeElement === this.scroller) marks.push({ ...this.focus, line: 2 });
    paint(this.canvas, {
      width: this.width,
      height: this.height,
      scroll: this.isPrinting ? 0 : this.scroller.scrollTop,
      panes: this.panes,
      page: this.tones.page,
      fills: this.tones.fills,
      tone: (pane, node) => this.tones.tone(pane, node),
      label: (pane, node) => this.tones.label(pane, node),
      matches: this.finder.matches,
      marks,
    });
  }

  /* The frame that keys act on. */

  setFocus(pane, node) {
    this.focus = { pane, node };
    this.both.disabled = pane.view.name[node] <= 1;
    this.zoom.bring(pane, node);
    this.zoom.reveal(pane, node);
    this.keyboard.listItems(pane, node);
    this.status.textContent = this.keyboard.spoken(pane, node);
    this.draw();
  }

  unhover() {
    this.hover = null;
    this.tip.hidden = true;
    this.draw();
  }
}
