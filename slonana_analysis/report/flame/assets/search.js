/* Functions by a part of their name or by a regular expression, and how much of the weight they hold. */

import { SMALLER } from "./document.js";
import { counted, shareText, weightText } from "./words.js";

/* Functions whose name or module matches. A name that was copied is found as it stands, although
   its brackets mean something else in an expression. */
export function matching(tree, pattern) {
  const wanted = pattern.toLowerCase();
  let expression = null;
  try {
    expression = new RegExp(pattern, "i");
  } catch {
    // No expression, but still a text.
  }
  const isHit = (text) => text.toLowerCase().includes(wanted) || (expression !== null && expression.test(text));
  const modules = tree.modules.map(isHit);
  return Uint8Array.from(tree.names, (name, row) => (row > SMALLER && (modules[tree.module[row]] || isHit(name)) ? 1 : 0));
}

/* How much of a tree matches: a stack counts once, however many of its frames do. */
export function matchedShare(tree, matches) {
  const covered = new Uint8Array(tree.count);
  let weight = 0;
  let whole = 0;
  for (let node = 0; node < tree.count; node++) {
    whole += tree.own[node];
    covered[node] = matches[tree.name[node]] || (node > 0 && covered[tree.parent[node]]) ? 1 : 0;
    if (covered[node]) weight += tree.own[node];
  }
  return { weight, share: weight / Math.max(whole, 1e-300) };
}

export class Search {
  constructor(graph) {
    this.graph = graph;
    this.matches = null;
    this.input = graph.search;
    this.input.addEventListener("input", () => this.find());
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.key === "Enter") this.next();
    if (event.key === "Enter" || (event.key === "Escape" && this.input.value === "")) this.graph.scroller.focus();
  }

  find() {
    const { tree, calls, found, unit } = this.graph;
    const pattern = this.input.value;
    this.matches = pattern === "" ? null : matching(tree, pattern);
    found.textContent = "";
    if (this.matches) {
      const { weight, share } = matchedShare(calls, this.matches);
      const functions = this.matches.reduce((sum, one) => sum + one, 0);
      const held = `${shareText(share, 1)} of all (${weightText(weight, unit)})`;
      found.textContent = `${counted(functions, "function")}, ${held}`;
    }
    this.graph.draw();
  }

  next() {
    if (!this.matches) return;
    const { pane, node } = this.graph.focus || { pane: this.graph.panes[0], node: 0 };
    const { view } = pane;
    for (let step = 1; step <= view.count; step++) {
      const row = (node + step) % view.count;
      if (this.matches[view.name[row]]) {
        this.graph.setFocus(pane, row);
        return;
      }
    }
  }
}
