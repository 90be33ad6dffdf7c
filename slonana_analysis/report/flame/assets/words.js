/* Weights, shares and changes in words. */

const TIMES = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];
const SIZES = [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]];

export function weightText(weight, unit) {
  const steps = { ns: TIMES, bytes: SIZES }[unit];
  if (!steps) return `${Math.round(weight).toLocaleString("en")} ${unit}`.trim();
  const [size, name] = steps.find(([step]) => Math.abs(weight) >= step) || steps[steps.length - 1];
  return `${Number((weight / size).toPrecision(3))} ${name}`;
}

export function shareText(weight, whole) {
  const percent = (100 * weight) / Math.max(whole, 1e-300);
  return `${percent >= 0.1 || percent === 0 ? percent.toFixed(1) : percent.toPrecision(1)} %`;
}

export function changeText(differs, whole) {
  const points = (100 * differs) / Math.max(whole, 1e-300);
  const sign = points < 0 ? "−" : "+";
  return `${sign}${Math.abs(points).toFixed(Math.abs(points) < 0.1 ? 2 : 1)} % of all`;
}

export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/* What there is to say about a node, a line each; the first is its name. */
export function facts(tree, view, node, unit) {
  const row = view.name[node];
  const lines = [tree.names[row]];
  const module = tree.modules[tree.module[row]];
  if (view.folded[node] > 0) {
    lines.push(`${counted(view.folded[node], "frame")} too small to keep`);
  } else if (module) lines.push(module);
  lines.push(`${weightText(view.weight[node], unit)}, ${shareText(view.weight[node], view.whole)} of all`);
  if (view.own[node] > 0 && node > 0 && view.kind !== "callers") lines.push(`itself ${shareText(view.own[node], view.whole)}`);
  if (view.differs) {
    const before = weightText(view.before[node], unit);
    lines.push(`${changeText(view.differs[node], view.whole)} against ${before} in the baseline${verdictText(tree, view, node)}`);
  }
  return lines;
}

/* Several nodes of the call tree may be one node here: then the verdict is on one of them at least. */
function verdictText(tree, view, node) {
  const verdict = view.verdict ? tree.change.verdicts[view.verdict[node]] : "";
  if (verdict === "") return "";
  return view.kind === "calls" ? `, ${verdict}` : `, ${verdict} on one of the paths at least`;
}
