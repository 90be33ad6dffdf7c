/* Which part of a flame graph is shown, and the way back. */

import { pathTo } from "./layout.js";
import { ROW } from "./draw.js";
import { make } from "./parts.js";

const GLIDE_MS = 180;
const MOST_CRUMBS = 7;

const whole = (pane) => pane.view.width[0] || 1;
const isAway = (pane) => pane.zoomed > 0 || pane.target.from > 0 || pane.target.to < whole(pane);

export class Zoom {
  constructor(graph) {
    this.graph = graph;
    this.history = [];
    graph.back.addEventListener("click", () => {
      this.reset();
      graph.scroller.focus({ preventScroll: true }); // the button is of no use any more
    });
  }

  /* Nothing is zoomed: the panes are new. */
  begin() {
    this.history = [];
    this.showPath();
  }

  stop() {
    for (const pane of this.graph.panes) cancelAnimationFrame(pane.moving);
  }

  to(pane, node, remember = true) {
    if (remember && pane.zoomed !== node) this.history.push([pane, pane.zoomed]);
    pane.zoomed = node;
    const { left, width } = pane.view;
    this.glide(pane, { from: left[node], to: left[node] + (width[node] || 1) });
    this.showPath();
  }

  reset() {
    this.history = [];
    for (const pane of this.graph.panes) this.to(pane, 0, false);
  }

  goBack() {
    const last = this.history.pop();
    if (last) this.to(last[0], last[1], false);
    else if (this.graph.panes.some(isAway)) this.reset();
    else if (this.graph.state.shape !== "calls") this.graph.reshape("calls");
  }

  glide(pane, target) {
    cancelAnimationFrame(pane.moving);
    pane.target = target;
    const start = pane.span;
    const begun = performance.now();
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const step = () => {
      const part = isStill ? 1 : Math.min(1, (performance.now() - begun) / GLIDE_MS);
      if (part >= 1) {
        pane.span = target;
        this.graph.place();
        this.reveal(pane, pane.zoomed);
        this.graph.draw(true);
        return;
      }
      const eased = 1 - (1 - part) ** 3;
      const between = (from, to) => from + (to - from) * eased;
      pane.span = { from: between(start.from, target.from), to: between(start.to, target.to) };
      this.graph.draw(true);
      pane.moving = requestAnimationFrame(step);
    };
    step();
  }

  /* Show a span of a pane's axis at once; the zoomed frame is the nearest that holds all of it. */
  look(pane, from, to) {
    const { view } = pane;
    cancelAnimationFrame(pane.moving);
    const size = Math.min(Math.max(to - from, whole(pane) * 1e-9), whole(pane));
    const left = Math.min(Math.max(from, 0), whole(pane) - size);
    pane.span = { from: left, to: left + size };
    pane.target = pane.span;
    const holds = (node) =>
      view.left[node] <= left * (1 + 1e-12) && view.left[node] + view.width[node] >= (left + size) * (1 - 1e-12);
    while (pane.zoomed > 0 && !holds(pane.zoomed)) pane.zoomed = view.parent[pane.zoomed];
    this.graph.place();
    this.showPath();
    this.graph.draw();
  }

  /* Scroll so far that a node's row is seen. */
  reveal(pane, node) {
    const { scroller, height } = this.graph;
    const top = this.graph.rowOf(pane, node) * ROW;
    if (top >= scroller.scrollTop && top + 2 * ROW <= scroller.scrollTop + height) return;
    scroller.scrollTop = pane.direction > 0 ? top - 2 * ROW : top + 3 * ROW - height;
  }

  /* Bring a node between the edges: by the nearest caller that holds it and what is shown now. */
  bring(pane, node) {
    const { left, width, parent, end } = pane.view;
    const { from, to } = pane.target;
    if (left[node] + width[node] > from && left[node] < to) return;
    const holds = (row) => row <= pane.zoomed && pane.zoomed < end[row];
    let at = Math.max(parent[node], 0);
    while (at > 0 && !holds(at)) at = parent[at];
    this.to(pane, at);
  }

  showPath() {
    const pane = this.graph.panes.find((one) => one.zoomed > 0);
    this.graph.back.disabled = !this.graph.panes.some(isAway);
    this.graph.path.replaceChildren(...(pane ? [make("ol", {}, this.crumbs(pane))] : []));
  }

  crumbs(pane) {
    const path = pathTo(pane.view, pane.zoomed);
    const hidden = path.length > MOST_CRUMBS ? path.splice(1, path.length - MOST_CRUMBS) : [];
    const items = path.map((node) => make("li", {}, [this.crumb(pane, node)]));
    if (hidden.length) items.splice(1, 0, make("li", { textContent: `… ${hidden.length} more` }));
    return items;
  }

  crumb(pane, node) {
    const aria = node === pane.zoomed ? { "aria-current": "true" } : {};
    const textContent = this.graph.tree.names[pane.view.name[node]];
    const button = make("button", { type: "button", textContent, aria });
    button.addEventListener("click", () => {
      this.to(pane, node);
      this.graph.setFocus(pane, node);
      this.graph.scroller.focus({ preventScroll: true }); // the button is gone
    });
    return button;
  }
}
