/* A flame graph without a mouse, and what a screen reader is told of it. */

import { pathTo, childrenOf, siblingsOf, heaviest } from "./layout.js";
import { shareText, facts } from "./words.js";
import { make } from "./parts.js";

const MOST_ITEMS = 40;

export class Keyboard {
  constructor(graph) {
    this.graph = graph;
    graph.scroller.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      Enter: () => this.graph.zoom.to(this.graph.focus.pane, this.graph.focus.node),
      " ": () => this.graph.zoom.to(this.graph.focus.pane, this.graph.focus.node),
      Escape: () => this.graph.zoom.goBack(),
      "/": () => this.graph.search.focus(),
      n: () => this.graph.finder.next(),
      s: () => this.graph.reshape("sandwich"),
      Home: () => this.graph.setFocus(this.graph.panes[0], 0),
      End: () => this.graph.setFocus(this.graph.focus.pane, this.heaviestPathEnd()),
      ArrowUp: () => this.walk(-1),
      ArrowDown: () => this.walk(1),
      ArrowLeft: () => this.sideways(-1),
      ArrowRight: () => this.sideways(1),
    };
    const act = acts[event.key];
    if (!act) return;
    if (!this.graph.focus) this.graph.setFocus(this.graph.panes[0], 0);
    act();
    event.preventDefault();
  }

  heaviestPathEnd() {
    const { view } = this.graph.focus.pane;
    let { node } = this.graph.focus;
    for (let next = node; next >= 0; next = heaviest(view, childrenOf(view, node))) node = next;
    return node;
  }

  walk(direction) {
    const { pane, node } = this.graph.focus;
    const down = direction === pane.direction;
    if (down) {
      const next = heaviest(pane.view, childrenOf(pane.view, node));
      if (next >= 0) this.graph.setFocus(pane, next);
    } else if (node > 0) {
      const parent = pane.view.parent[node];
      this.graph.setFocus(parent === 0 ? this.graph.panes[0] : pane, parent);
    } else if (this.graph.panes.length > 1) {
      const callers = this.graph.panes[1];
      const next = heaviest(callers.view, childrenOf(callers.view, 0));
      if (next >= 0) this.graph.setFocus(callers, next);
    }
  }

  sideways(direction) {
    const { pane, node } = this.graph.focus;
    const siblings = siblingsOf(pane.view, node);
    const next = siblings[siblings.indexOf(node) + direction];
    if (next !== undefined) this.graph.setFocus(pane, next);
  }

  spoken(pane, node) {
    const siblings = siblingsOf(pane.view, node);
    const place = siblings.length > 1 ? `, ${siblings.indexOf(node) + 1} of ${siblings.length}` : "";
    const said = facts(this.graph.tree, pane.view, node, this.graph.unit).join(" · ");
    return `${said} · level ${pane.view.depth[node] + 1}${place}`;
  }

  /* Of a tree of many thousand items only those are put on the page that can be heard next. */
  listItems(pane, node) {
    const { view } = pane;
    const near = (row) => {
      const siblings = siblingsOf(view, row);
      const at = siblings.indexOf(row);
      return siblings.slice(Math.max(0, at - 2), at + 3);
    };
    const callers = pathTo(view, node).slice(0, -1);
    const rows = [...callers.slice(-MOST_ITEMS), ...near(node), ...childrenOf(view, node).slice(0, MOST_ITEMS)];
    this.graph.items.replaceChildren(...rows.map((row) => this.item(pane, row, row === node)));
    this.graph.scroller.setAttribute("aria-activedescendant", `${this.graph.id}-item`);
  }

  item(pane, row, isFocused) {
    const { view } = pane;
    const siblings = siblingsOf(view, row);
    const aria = {
      role: "treeitem",
      "aria-level": view.depth[row] + 1,
      "aria-setsize": siblings.length,
      "aria-posinset": siblings.indexOf(row) + 1,
      "aria-selected": isFocused,
    };
    if (view.end[row] > row + 1) aria["aria-expanded"] = true;
    const text = `${this.graph.tree.names[view.name[row]]}, ${shareText(view.weight[row], view.whole)}`;
    const id = isFocused ? { id: `${this.graph.id}-item` } : {};
    return make("div", { ...id, textContent: text, aria });
  }
}
