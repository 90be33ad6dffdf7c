/* Frames on a canvas. What is narrower than a pixel is not drawn one by one, but as a grey band. */

import { css } from "./colours.js";

export const ROW = 18;
const NARROWEST = 1;
const INSET = 3;
const FONT = '11px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace';

/* Depth of the deepest node that is wide enough to be seen between two places. */
export function deepest(view, span, pixels) {
  const scale = pixels / (span.to - span.from);
  let depth = 0;
  for (let node = 0; node < view.count;) {
    const right = view.left[node] + view.width[node];
    const seen = Math.min(right, span.to) - Math.max(view.left[node], span.from);
    if (seen * scale < NARROWEST && node > 0) node = view.end[node];
    else depth = Math.max(depth, view.depth[node++]);
  }
  return depth;
}

function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = FONT;
  context.textBaseline = "middle";
  return context;
}

/* Paint everything that stands between `scroll` and `scroll + height`. Returns the frames drawn. */
export function paint(canvas, scene) {
  const context = prepare(canvas, scene.width, scene.height);
  context.fillStyle = css(scene.page.surface);
  context.fillRect(0, 0, scene.width, scene.height);
  const letter = context.measureText("0").width;
  let drawn = 0;
  for (const pane of scene.panes) drawn += paintPane(context, scene, pane, letter);
  for (const mark of scene.marks) if (mark.shown > 0) ring(context, scene.page, mark);
  return drawn;
}

function paintPane(context, scene, pane, letter) {
  const { view, span } = pane;
  const scale = scene.width / (span.to - span.from);
  const top = (depth) => (pane.base + pane.direction * depth) * ROW - scene.scroll;
  const band = bands(context, scene);
  let drawn = 0;
  let node = pane.hidesRoot && view.count > 1 ? 1 : 0;
  while (node < view.count) {
    const left = (view.left[node] - span.from) * scale;
    const width = view.width[node] * scale;
    if (left >= scene.width && view.parent[node] >= 0) {
      node = view.end[view.parent[node]]; // its siblings stand further right still
      continue;
    }
    const y = top(view.depth[node]);
    const beyond = pane.direction > 0 ? y >= scene.height : y + ROW <= 0;
    if (left + width <= 0 || beyond) node = view.end[node];
    else if (width < NARROWEST && node > 0) {
      band.add(left, width, y);
      node = view.end[node];
    } else {
      if (y + ROW > 0 && y < scene.height) {
        frame(context, scene, pane, { node, left, width, y, letter });
        drawn++;
      }
      node++;
    }
  }
  band.flush();
  return drawn;
}

/* Neighbours too narrow to draw, as one rectangle. */
function bands(context, scene) {
  let [from, to, row] = [0, 0, NaN];
  const flush = () => {
    if (to - from < 0.4 || Number.isNaN(row)) return;
    context.fillStyle = scene.fills.noise.fill;
    context.fillRect(from, row, to - from, ROW - 1);
  };
  return {
    add(left, width, y) {
      if (y !== row || left > to + 0.5) {
        flush();
        [from, row] = [left, y];
      }
      to = left + width;
    },
    flush,
  };
}

function frame(context, scene, pane, { node, left, width, y, letter }) {
  const from = Math.max(left, 0);
  const shown = Math.min(left + width, scene.width) - from;
  const gap = shown > 3 ? 0.7 : 0;
  const tone = scene.tone(pane, node);
  const isMatch = scene.matches && scene.matches[pane.view.name[node]];
  context.globalAlpha = scene.matches && !isMatch ? 0.4 : 1;
  context.fillStyle = tone.fill;
  context.fillRect(from, y, shown - gap, ROW - 1);
  context.globalAlpha = 1;
  if (isMatch) {
    context.fillStyle = scene.page.found;
    context.fillRect(from, y + ROW - 4, shown - gap, 3);
  }
  if (shown > 4 * letter) {
    label(context, scene, { text: scene.label(pane, node), tone, from, shown, y, letter, isMatch });
  }
  for (const mark of scene.marks) {
    if (mark.pane === pane && mark.node === node) Object.assign(mark, { left: from, y, shown });
  }
}

function label(context, scene, { text, tone, from, shown, y, letter, isMatch }) {
  const room = Math.floor((shown - 2 * INSET) / letter);
  context.fillStyle = scene.matches && !isMatch ? scene.page.ink : tone.text;
  const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  context.fillText(cut, from + INSET, y + (ROW - 1) / 2 + 0.5, shown - INSET);
}

/* Around a frame, over its neighbours: its name stays readable. */
function ring(context, page, { left, y, shown, line }) {
  for (const [width, style] of [[line + 2, css(page.surface)], [line, page.ink]]) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.strokeRect(left, y - 0.5, Math.max(shown - 0.5, 2), ROW);
  }
}
