/* A flame graph under mouse, pen and finger. */

import { nodeAt } from "./layout.js";
import { ROW } from "./draw.js";
import { facts } from "./words.js";
import { make } from "./parts.js";

export class Pointer {
  constructor(graph) {
    this.graph = graph;
    this.held = null;
    const { scroller } = graph;
    scroller.addEventListener("pointermove", (event) => this.point(event));
    scroller.addEventListener("pointerleave", () => graph.unhover());
    scroller.addEventListener("pointerdown", (event) => this.grab(event));
    scroller.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  under(event) {
    const box = this.graph.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top + this.graph.scroller.scrollTop) / ROW);
    for (const pane of this.graph.panes) {
      const depth = (row - pane.base) * pane.direction;
      if (depth < (pane.hidesRoot ? 1 : 0)) continue;
      const place = pane.span.from + ((event.clientX - box.left) / this.graph.width) * (pane.span.to - pane.span.from);
      const node = nodeAt(pane.view, depth, place);
      return { pane, node, place };
    }
    return { pane: this.graph.panes[0], node: -1, place: 0 };
  }

  point(event) {
    if (this.held) return;
    const { pane, node } = this.under(event);
    const isSame = this.graph.hover && this.graph.hover.node === node && this.graph.hover.pane === pane;
    if (!isSame) {
      this.graph.hover = node >= 0 ? { pane, node } : null;
      this.graph.tip.hidden = node < 0;
      if (node >= 0) this.tell(pane, node);
      this.graph.canvas.style.cursor = node >= 0 ? "pointer" : "";
      this.graph.draw();
    }
    if (!this.graph.tip.hidden) this.placeTip(event);
  }

  tell(pane, node) {
    const lines = facts(this.graph.tree, pane.view, node, this.graph.unit);
    this.graph.tip.replaceChildren(...lines.map((textContent) => make("div", { textContent })));
  }

  placeTip(event) {
    const box = this.graph.root.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 14, box.width - this.graph.tip.offsetWidth - 4);
    const below = event.clientY - box.top + 18;
    const fits = event.clientY + 18 + this.graph.tip.offsetHeight < innerHeight;
    this.graph.tip.style.left = `${Math.max(4, left)}px`;
    this.graph.tip.style.top = `${fits ? below : event.clientY - box.top - this.graph.tip.offsetHeight - 8}px`;
  }

  grab(event) {
    if (event.button !== 0 || event.target === this.graph.scroller) return; // its scroll bar
    const { pane, node } = this.under(event);
    const start = { x: event.clientX, ...pane.span };
    this.held = { moved: false };
    const move = (now) => {
      const pixels = now.clientX - start.x;
      if (Math.abs(pixels) > 4) this.held.moved = true;
      if (!this.held.moved) return;
      const shift = (pixels / this.graph.width) * (start.to - start.from);
      this.graph.zoom.look(pane, start.from - shift, start.to - shift);
    };
    const release = (now) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", release);
      removeEventListener("pointercancel", release);
      const { moved } = this.held;
      this.held = null;
      if (moved || now.type === "pointercancel" || node < 0) return;
      this.graph.setFocus(pane, node);
      this.graph.zoom.to(pane, node);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);
  }

  wheel(event) {
    const isZoom = event.ctrlKey || event.metaKey;
    if (!isZoom && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return; // the page scrolls
    event.preventDefault();
    const { pane } = this.under(event);
    const { from, to } = pane.span;
    if (!isZoom) {
      const shift = (event.deltaX / this.graph.width) * (to - from);
      this.graph.zoom.look(pane, from + shift, to + shift);
      return;
    }
    const box = this.graph.canvas.getBoundingClientRect();
    const centre = from + ((event.clientX - box.left) / this.graph.width) * (to - from);
    const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY / 200)));
    this.graph.zoom.look(pane, centre - (centre - from) * factor, centre + (to - centre) * factor);
  }
}
