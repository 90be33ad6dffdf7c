/* Where every node of a shape is drawn, and how to find the way between them.

   A view is a shape in the order in which it is drawn: callers first, depth first, siblings from
   left to right, so that a subtree is the rows from a node to its `end`. */

import { SMALLER } from "./document.js";
import { totals } from "./shapes.js";

/* Where every node goes. `by` is "own" or "before": whose weights make the widths. */
export function layOut(tree, rank, { by = "own", heaviestFirst = false, whole } = {}) {
  const sums = totals(tree);
  const width = sums[by];
  const size = new Int32Array(tree.count);
  for (let node = tree.count - 1; node >= 0; node--) {
    size[node] = node === 0 || width[node] > 0 ? size[node] + 1 : 0;
    if (node > 0) size[tree.parent[node]] += size[node];
  }
  const place = new Int32Array(tree.count);
  const start = new Float64Array(tree.count);
  const level = new Int32Array(tree.count);
  const { first, children } = families(tree, heaviestFirst ? null : rank, width);
  for (let node = 0; node < tree.count; node++) {
    if (!size[node]) continue;
    let next = place[node] + 1;
    let left = start[node];
    for (let row = first[node]; row < first[node + 1]; row++) {
      const child = children[row];
      place[child] = next;
      start[child] = left;
      level[child] = level[node] + 1;
      next += size[child];
      left += width[child];
    }
  }
  return inOrder(tree, { sums, width, size, place, start, level, whole: whole || sums.own[0] });
}

/* Children of every node, in the order in which they are drawn; two stable sorts by counting. */
function families(tree, rank, width) {
  const { count, parent, name } = tree;
  let order;
  if (rank) {
    order = sortedBy((node) => rank[name[node]], rank.length + 1, Int32Array.from({ length: count }, (_, i) => i));
  } else {
    order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => width[b] - width[a]);
    const last = (node) => (name[node] === SMALLER ? 1 : 0);
    order = sortedBy(last, 2, order);
  }
  const first = new Int32Array(count + 1);
  for (let node = 1; node < count; node++) first[parent[node] + 1]++;
  for (let node = 0; node < count; node++) first[node + 1] += first[node];
  const fill = first.slice();
  const children = new Int32Array(Math.max(count - 1, 0));
  for (const node of order) if (node > 0) children[fill[parent[node]]++] = node;
  return { first, children };
}

function sortedBy(key, keys, order) {
  const fill = new Int32Array(keys + 1);
  for (const node of order) fill[key(node) + 1]++;
  for (let row = 0; row < keys; row++) fill[row + 1] += fill[row];
  const sorted = new Int32Array(order.length);
  for (const node of order) sorted[fill[key(node)]++] = node;
  return sorted;
}

function inOrder(tree, { sums, width, size, place, start, level, whole }) {
  const count = size[0];
  const has = tree.before !== null;
  const view = {
    kind: tree.kind,
    count,
    total: width[0],
    whole,
    parent: new Int32Array(count),
    end: new Int32Array(count),
    depth: new Int32Array(count),
    name: new Int32Array(count),
    left: new Float64Array(count),
    width: new Float64Array(count),
    weight: new Float64Array(count),
    own: new Float64Array(count),
    folded: new Float64Array(count),
    before: has ? new Float64Array(count) : null,
    differs: has ? new Float64Array(count) : null,
    verdict: tree.verdict ? new Int32Array(count) : null,
  };
  for (let node = 0; node < tree.count; node++) {
    if (!size[node]) continue;
    const row = place[node];
    view.parent[row] = node > 0 ? place[tree.parent[node]] : -1;
    view.end[row] = row + size[node];
    view.depth[row] = level[node];
    view.name[row] = tree.name[node];
    view.left[row] = start[node];
    view.width[row] = width[node];
    view.weight[row] = sums.own[node];
    view.own[row] = tree.own[node];
    view.folded[row] = tree.folded[node];
    if (has) {
      view.before[row] = sums.before[node];
      view.differs[row] = sums.differs[node];
    }
    if (view.verdict) view.verdict[row] = tree.verdict[node];
  }
  return view;
}

/* The node at a depth under a place on the horizontal axis, or -1. */
export function nodeAt(view, depth, place) {
  let node = 0;
  if (place < 0 || place >= view.width[0]) return -1;
  while (view.depth[node] < depth) {
    let child = node + 1;
    while (child < view.end[node] && view.left[child] + view.width[child] <= place) child = view.end[child];
    if (child >= view.end[node] || view.left[child] > place) return -1;
    node = child;
  }
  return node;
}

/* A node and its callers, outermost first. */
export function pathTo(view, node) {
  const path = [];
  for (let at = node; at >= 0; at = view.parent[at]) path.unshift(at);
  return path;
}

export function childrenOf(view, node) {
  const children = [];
  for (let child = node + 1; child < view.end[node]; child = view.end[child]) children.push(child);
  return children;
}

export function siblingsOf(view, node) {
  return node > 0 ? childrenOf(view, view.parent[node]) : [node];
}

export function heaviest(view, nodes) {
  return nodes.reduce((best, node) => (best < 0 || view.width[node] > view.width[best] ? node : best), -1);
}
