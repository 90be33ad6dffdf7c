/* What a frame looks like: its colour, its text and the legend that explains them. */

import { make } from "./parts.js";
import { changeText } from "./words.js";
import { rgb, css, mix, luminance, readable } from "./colours.js";

const STEPS = 10; // degrees of change in each direction
const SHADES = 3; // of each kind of module

export class Tones {
  constructor(graph) {
    this.graph = graph;
    this.largest = 1;
  }

  restyle() {
    const { tree, root, isPrinting } = this.graph;
    this.page = pageColours(root);
    if (isPrinting) Object.assign(this.page, { surface: [255, 255, 255], ink: "#14181f", dark: false });
    this.fills = fills(tree, this.page);
    this.showLegend();
  }

  /* Degrees of change are of the largest one in sight. */
  measure() {
    const { tree, panes } = this.graph;
    this.largest = tree.change ? Math.max(...panes.map((pane) => largestChange(pane.view, tree.change))) : 1;
  }

  degree(view, node) {
    return degree(view, node, this.graph.tree.change, this.largest);
  }

  tone({ view }, node) {
    const { tree, state } = this.graph;
    const row = view.name[node];
    if (row <= 1) return this.fills.noise;
    if (state.colour === "module") return this.fills.kinds[tree.colour[row]];
    const step = this.degree(view, node);
    return step === null ? this.fills.noise : this.fills.steps[step + STEPS];
  }

  label({ view }, node) {
    const name = this.graph.tree.names[view.name[node]];
    const step = this.graph.state.colour === "change" ? this.degree(view, node) : null;
    if (!step) return name;
    const points = changeText(view.differs[node], view.whole).replace(" of all", "");
    return `${step > 0 ? "▲" : "▼"} ${name} ${points}`;
  }

  showLegend() {
    const { legend, state } = this.graph;
    legend.replaceChildren(...(state.colour === "change" ? this.changeKeys() : this.kindKeys()));
  }

  changeKeys() {
    const { steps, noise } = this.fills;
    const keys = [swatch(steps[3], "▼ less than in the baseline"), swatch(steps[2 * STEPS - 3], "▲ more")];
    if (this.graph.tree.change.verdict) return [...keys, swatch(noise, "no more than noise")];
    const textContent = "No replicates: what is noise and what is not cannot be told.";
    return [...keys, make("span", { textContent })];
  }

  kindKeys() {
    const { tree } = this.graph;
    const kinds = new Set();
    for (const row of tree.name) if (row > 1) kinds.add(Math.floor(tree.colour[row] / SHADES));
    return [...kinds].sort((a, b) => a - b).map((kind) => swatch(this.fills.kinds[SHADES * kind], tree.kinds[kind]));
  }
}

function swatch({ fill }, text) {
  return make("span", { className: "flame-key" }, [make("i", { style: `background:${fill}` }), text]);
}

/* Colours of the page that the canvas lies on. */
function pageColours(element) {
  const style = getComputedStyle(element);
  const pick = (name) => style.getPropertyValue(`--flame-${name}`).trim();
  const surface = rgb(style.backgroundColor);
  return {
    surface,
    ink: style.color,
    found: pick("found"),
    less: rgb(pick("less")),
    more: rgb(pick("more")),
    noise: rgb(pick("noise")),
    dark: luminance(surface) < 0.2,
  };
}

/* How every function, or every degree of change, is filled: fill and text colour, made once. */
function fills(tree, page) {
  const tone = (colour) => ({ fill: css(colour), text: readable(colour) });
  const dim = (colour) => (page.dark ? mix(colour, page.surface, 0.18) : colour);
  const steps = [];
  const neutral = page.dark ? [58, 66, 78] : [240, 241, 243];
  for (let step = -STEPS; step <= STEPS; step++) {
    steps.push(tone(mix(neutral, step < 0 ? page.less : page.more, Math.abs(step) / STEPS)));
  }
  const noise = page.dark ? mix(page.noise, page.surface, 0.6) : page.noise;
  return { kinds: tree.palette.map((colour) => tone(dim(rgb(colour)))), steps, noise: tone(noise) };
}

const isNoise = (view, node, change) => change.verdict !== null && view.verdict[node] < change.noise;

/* The degree of change of a node, or null where it is no more than noise.

   It goes by shares of everything, not of the node: one sample where there was none is infinitely
   more, and means nothing. */
function degree(view, node, change, largest) {
  if (isNoise(view, node, change)) return null;
  const part = view.differs[node] / largest;
  const step = Math.round(STEPS * Math.sign(part) * Math.sqrt(Math.abs(part)));
  return Math.max(-STEPS, Math.min(STEPS, step));
}

function largestChange(view, change) {
  let largest = 0;
  for (let node = 0; node < view.count; node++) {
    if (!isNoise(view, node, change)) largest = Math.max(largest, Math.abs(view.differs[node]));
  }
  return largest || 1;
}
