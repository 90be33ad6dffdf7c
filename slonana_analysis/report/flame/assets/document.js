/* A call tree out of its packed document, checked. No page here.

   A tree is a set of columns in which a parent always stands above its children. */

const VERSION = 1;
export const SMALLER = 1; // row of "(smaller)" in the names; row 0 is "all"

export async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

function check(condition, what) {
  if (!condition) throw new Error(`not a flame graph: ${what}`);
}

function rows(column, { below, count, what }) {
  check(Array.isArray(column) && column.length === count, `${what} is no column of ${count}`);
  check(column.every((row) => Number.isInteger(row) && row >= 0 && row < below), `${what} points at nothing`);
  return Int32Array.from(column);
}

function quantities(column, { count, what }) {
  check(Array.isArray(column) && column.length === count, `${what} is no column of ${count}`);
  check(column.every(Number.isFinite), `${what} is no number`);
  return Float64Array.from(column);
}

/* The document as typed columns; throws on one that would draw forever or out of bounds. */
export function readTree(document) {
  check(document && document.version === VERSION, `version ${document && document.version}`);
  const names = document.names.map(String);
  const modules = document.modules.map(String);
  const palette = document.palette.map(String);
  const parent = readParents(document.parent);
  const count = parent.length;
  const functions = { count: names.length };
  check(names.length > SMALLER, "it lacks names");
  const module = rows(document.module, { ...functions, below: modules.length, what: "module" });
  return {
    title: String(document.title),
    kinds: document.kinds.map(String),
    palette,
    names,
    modules,
    module,
    colour: rows(document.colour, { ...functions, below: palette.length, what: "colour" }),
    rank: alphabet(names, modules, module),
    count,
    parent,
    name: rows(document.name, { below: names.length, count, what: "name" }),
    folded: readFolded(document.folded, count),
    series: document.series.map((series) => readSeries(series, count)),
    change: document.change ? readChange(document.change, count) : null,
  };
}

function readParents(column) {
  check(Array.isArray(column) && column.length > 0 && column[0] === -1, "it has no root");
  column.forEach((row, node) => {
    check(node === 0 || (Number.isInteger(row) && row >= 0 && row < node), `the parent of node ${node}`);
  });
  return Int32Array.from(column);
}

function readFolded(pairs, count) {
  const folded = new Float64Array(count);
  for (const [node, frames] of pairs) folded[node] = Number(frames) || 0;
  return folded;
}

function readSeries(series, count) {
  const size = series.node.length;
  return {
    event: String(series.event),
    unit: String(series.unit),
    thread: String(series.thread),
    node: rows(series.node, { below: count, count: size, what: "a weight" }),
    weight: quantities(series.weight, { count: size, what: "a weight" }),
  };
}

function readChange(change, count) {
  const verdicts = (change.verdicts || []).map(String);
  return {
    baseline: quantities(change.baseline, { count, what: "baseline" }),
    difference: change.difference ? quantities(change.difference, { count, what: "difference" }) : null,
    verdict: change.verdict ? rows(change.verdict, { below: verdicts.length, count, what: "verdict" }) : null,
    verdicts,
    noise: Number(change.noise) || 0,
  };
}

/* Place of each function in the alphabet; what was folded away stands last. */
function alphabet(names, modules, module) {
  const order = Array.from(names.keys());
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  order.sort((a, b) => compare(names[a], names[b]) || compare(modules[module[a]], modules[module[b]]));
  const rank = new Int32Array(names.length);
  order.forEach((row, place) => { rank[row] = place; });
  rank[SMALLER] = names.length;
  return rank;
}
