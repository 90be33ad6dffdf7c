/* The shapes of a call tree: as called, turned round, and what stands around one function.

   A shape has the columns of a tree and `kind`, which says what its own weights are: of a tree of
   "calls" or "callees" what a function spends itself, of one of "callers" what begins with it. */

import { SMALLER } from "./document.js";

const MOST_REVERSED = 300000;

/* The tree with the weights of one event, in one group of threads or ("") in all. */
export function weighted(tree, event, thread) {
  const own = new Float64Array(tree.count);
  for (const series of tree.series) {
    if (series.event !== event || (thread !== "" && series.thread !== thread)) continue;
    for (let row = 0; row < series.node.length; row++) own[series.node[row]] += series.weight[row];
  }
  const { change } = tree;
  const before = change && change.baseline;
  let differs = change && change.difference;
  if (change && !differs) differs = own.map((weight, node) => weight - before[node]);
  return {
    kind: "calls",
    count: tree.count,
    parent: tree.parent,
    name: tree.name,
    own,
    before,
    differs,
    verdict: change && change.verdict,
    folded: tree.folded,
  };
}

/* A tree that grows by paths; open addressing, because a Map of half a million keys is slow. */
class PathTree {
  constructor(kind, hasChange) {
    this.kind = kind;
    this.count = 0;
    this.hasChange = hasChange;
    this.slots = new Int32Array(1 << 12).fill(-1);
    this.reserve(1 << 11);
  }

  reserve(capacity) {
    const grown = (kind, old) => {
      const array = new kind(capacity);
      if (old) array.set(old);
      return array;
    };
    this.parent = grown(Int32Array, this.parent);
    this.name = grown(Int32Array, this.name);
    this.own = grown(Float64Array, this.own);
    this.folded = grown(Float64Array, this.folded);
    this.before = this.hasChange ? grown(Float64Array, this.before) : null;
    this.differs = this.hasChange ? grown(Float64Array, this.differs) : null;
    this.verdict = this.hasChange ? grown(Int32Array, this.verdict) : null;
  }

  slot(parent, name) {
    const mask = this.slots.length - 1;
    let slot = (Math.imul(parent + 1, 0x9e3779b1) ^ Math.imul(name + 1, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    for (let node = this.slots[slot]; node >= 0; node = this.slots[slot]) {
      if (this.parent[node] === parent && this.name[node] === name) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  child(parent, name) {
    const slot = this.slot(parent, name);
    if (this.slots[slot] >= 0) return this.slots[slot];
    const node = this.count++;
    if (node === this.parent.length) this.reserve(2 * node);
    this.parent[node] = parent;
    this.name[node] = name;
    this.slots[slot] = node;
    if (2 * this.count > this.slots.length) this.rehash();
    return node;
  }

  rehash() {
    this.slots = new Int32Array(2 * this.slots.length).fill(-1);
    for (let node = 0; node < this.count; node++) {
      this.slots[this.slot(this.parent[node], this.name[node])] = node;
    }
  }

  add(node, columns, from) {
    this.own[node] += columns.own[from];
    if (!this.hasChange) return;
    this.before[node] += columns.before[from];
    this.differs[node] += columns.differs[from];
  }

  /* What is said of a merged node is what the most certain of its parts says. */
  judge(node, tree, from) {
    if (!tree.verdict) return;
    this.verdict[node] = Math.max(this.verdict[node], tree.verdict[from]);
  }
}

/* Callees at the root, their callers below them.

   Turned round, a tree may have a node for every frame of every stack: of half a million nodes
   come twenty million. Once it is large, the callers of the lightest callees are folded. */
export function reversed(tree, most = MOST_REVERSED) {
  const made = new PathTree("callers", tree.before !== null);
  const root = made.child(-1, tree.name[0]);
  for (const leaf of leaves(tree, most)) {
    let at = root;
    let above = leaf;
    while (above > 0 && (above === leaf || made.count < most)) {
      at = made.child(at, tree.name[above]);
      made.judge(at, tree, above);
      if (above === leaf) made.folded[at] += tree.folded[leaf];
      above = tree.parent[above];
    }
    if (above > 0) {
      at = made.child(at, SMALLER);
      for (; above > 0; above = tree.parent[above]) made.folded[at]++;
    }
    made.add(at, tree, leaf);
  }
  return withoutVerdicts(made, tree);
}

/* Nodes with weight of their own; the heaviest first where there may be too many to turn round. */
function leaves(tree, most) {
  const depth = new Int32Array(tree.count);
  const found = [];
  let frames = 0;
  for (let node = 0; node < tree.count; node++) {
    depth[node] = node > 0 ? depth[tree.parent[node]] + 1 : 0;
    if (!tree.own[node] && !(tree.before && tree.before[node])) continue;
    found.push(node);
    frames += depth[node];
  }
  const weight = (node) => tree.own[node] + (tree.before ? tree.before[node] : 0);
  return frames < most ? found : found.sort((a, b) => weight(b) - weight(a));
}

/* Callers and callees of one function. A recursion counts once: at its outermost call. */
export function sandwich(tree, name) {
  const callees = new PathTree("callees", tree.before !== null);
  const callers = new PathTree("callers", tree.before !== null);
  const sums = totals(tree);
  callees.child(-1, name);
  callers.child(-1, name);
  const inside = new Int32Array(tree.count).fill(-1);
  for (let node = 0; node < tree.count; node++) {
    const above = node > 0 ? inside[tree.parent[node]] : -1;
    if (above >= 0) inside[node] = callees.child(above, tree.name[node]);
    else if (tree.name[node] === name) {
      inside[node] = 0;
      addCallers(callers, tree, sums, node);
    } else continue;
    callees.add(inside[node], tree, node);
    callees.folded[inside[node]] += tree.folded[node];
    callees.judge(inside[node], tree, node);
  }
  return { callers: withoutVerdicts(callers, tree), callees: withoutVerdicts(callees, tree) };
}

function addCallers(callers, tree, sums, outermost) {
  let at = 0;
  callers.judge(at, tree, outermost);
  for (let node = tree.parent[outermost]; node > 0; node = tree.parent[node]) {
    at = callers.child(at, tree.name[node]);
    callers.judge(at, tree, node);
  }
  callers.add(at, sums, outermost);
}

function withoutVerdicts(made, tree) {
  if (!tree.verdict) made.verdict = null;
  return made;
}

/* Inclusive weights under the names of the own ones. */
export function totals(tree) {
  const sum = (column) => {
    if (!column) return null;
    const total = column.slice(0, tree.count);
    for (let node = tree.count - 1; node > 0; node--) total[tree.parent[node]] += total[node];
    return total;
  };
  return { own: sum(tree.own), before: sum(tree.before), differs: sum(tree.differs) };
}
