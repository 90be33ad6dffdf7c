"use strict";
/* Sorting, searching, light and dark, flame graphs. Without it the page still says everything. */

(function () {
  const root = document.documentElement;
  const KEY = "slonana-theme";

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch (error) {
      return null; // a browser may keep pages from disk from storing anything
    }
  }

  const theme = stored();
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;

  function isDark() {
    if (root.dataset.theme) return root.dataset.theme === "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function make(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }

  function addThemeButton() {
    const bar = document.querySelector(".bar-inner");
    if (!bar) return;
    const button = make("button", { type: "button", className: "theme" });
    const label = () => {
      button.textContent = isDark() ? "Light" : "Dark";
      button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
    };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try {
        localStorage.setItem(KEY, root.dataset.theme);
      } catch (error) {
        // The choice then lasts as long as the page.
      }
      label();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
    label();
    bar.append(button);
  }

  /* Tables. */

  function sortKey(row, column) {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent.trim() : cell.dataset.sort;
  }

  function compare(left, right) {
    const [a, b] = [Number(left), Number(right)];
    if (left !== "" && right !== "" && !Number.isNaN(a) && !Number.isNaN(b)) return a - b;
    return left.localeCompare(right, "en", { numeric: true });
  }

  function sortBy(table, column, direction) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [sortKey(row, column), row]);
    rows.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === ""); // not measured goes last
      return direction * compare(a, b);
    });
    body.append(...rows.map(([, row]) => row));
  }

  function makeSortable(table) {
    const headings = Array.from(table.tHead.rows[0].cells);
    headings.forEach((heading, column) => {
      const button = make("button", { type: "button" });
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const ascending = heading.getAttribute("aria-sort") !== "ascending";
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        sortBy(table, column, ascending ? 1 : -1);
      });
    });
  }

  function makeSearchable(table) {
    const rows = Array.from(table.tBodies[0].rows);
    const input = make("input", { type: "search", autocomplete: "off", spellcheck: false });
    const label = make("label", { textContent: "Search rows" });
    const count = make("output", {});
    label.append(input);
    const tools = make("div", { className: "table-tools" });
    tools.append(label, count);
    table.closest(".table-scroll").before(tools);
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} shown` : `${rows.length} rows`;
    };
    input.addEventListener("input", apply);
    apply();
    table.search = (text) => {
      input.value = text;
      apply();
    };
  }

  function linkTally() {
    for (const link of document.querySelectorAll("[data-search]")) {
      link.addEventListener("click", () => {
        const table = document.querySelector("table.verdicts");
        if (table && table.search) table.search(link.dataset.search);
      });
    }
  }

  /* Flame graphs: each frame keeps the place it was drawn at; zooming maps it to a new one. */

  const CHARACTER = 6.65;
  const ROW = 18;

  function readFrames(svg) {
    return Array.from(svg.querySelectorAll(".frame"), (group) => {
      const rect = group.querySelector("rect");
      const name = group.querySelector("title").textContent;
      return {
        group,
        rect,
        text: group.querySelector("text"),
        name: name.split("\n")[0],
        title: name.replace(/\n/g, " · "),
        left: Number(rect.getAttribute("x")),
        width: Number(rect.getAttribute("width")),
        depth: Number(group.dataset.depth),
      };
    });
  }

  function fitText(frame, width) {
    const room = Math.floor((width - 6) / CHARACTER);
    const long = frame.name.length > room;
    frame.text.textContent =
      room < 3 ? "" : long ? `${frame.name.slice(0, room - 1)}…` : frame.name;
  }

  function makeFlame(svg) {
    const frames = readFrames(svg);
    if (!frames.length) return;
    const full = svg.viewBox.baseVal.width;
    const all = frames[0]; // the first frame stands for all samples
    const frameBox = svg.closest(".flame-frame") || svg;
    const tools = make("div", { className: "table-tools" });
    const label = make("label", { textContent: "Search functions" });
    const input = make("input", { type: "search", autocomplete: "off", spellcheck: false });
    const reset = make("button", { type: "button", textContent: "Reset zoom", disabled: true });
    const count = make("output", {});
    const status = make("p", { className: "flame-status" });
    status.setAttribute("aria-live", "polite");
    label.append(input);
    tools.append(label, reset, count);
    frameBox.before(tools);
    frameBox.after(status);
    svg.classList.add("live");
    svg.setAttribute("role", "group");

    function zoom(target) {
      const scale = full / target.width;
      let deepest = 0;
      for (const frame of frames) {
        const within = frame.left >= target.left - 1e-6 &&
          frame.left + frame.width <= target.left + target.width + 1e-6;
        const parent = frame.left <= target.left + 1e-6 &&
          frame.left + frame.width >= target.left + target.width - 1e-6;
        const ancestor = parent && frame.depth < target.depth;
        const visible = ancestor || (within && frame.depth >= target.depth);
        frame.group.classList.toggle("away", !visible);
        frame.group.classList.toggle("faded", ancestor);
        if (!visible) continue;
        deepest = Math.max(deepest, frame.depth);
        const left = ancestor ? 0 : (frame.left - target.left) * scale;
        const width = ancestor ? full : frame.width * scale;
        frame.rect.setAttribute("x", left.toFixed(2));
        frame.rect.setAttribute("width", width.toFixed(2));
        frame.text.setAttribute("x", (left + 3).toFixed(2));
        fitText(frame, width);
      }
      const height = Number(all.rect.getAttribute("y")) + (deepest + 1) * ROW + 2;
      svg.setAttribute("viewBox", `0 0 ${full} ${height}`);
      svg.setAttribute("height", height);
      reset.disabled = target === all;
      svg.dataset.zoom = target === all ? "" : target.name;
    }

    /* Matched width without counting a match inside a match twice. */
    function search() {
      const wanted = input.value.trim().toLowerCase();
      const spans = [];
      for (const frame of frames) {
        const hit = wanted !== "" && frame.title.toLowerCase().includes(wanted);
        frame.group.classList.toggle("found", hit);
        if (hit) spans.push([frame.left, frame.left + frame.width]);
      }
      spans.sort((a, b) => a[0] - b[0]);
      let covered = 0;
      let end = 0;
      for (const [from, to] of spans) {
        covered += Math.max(0, to - Math.max(from, end));
        end = Math.max(end, to);
      }
      const share = ((100 * covered) / all.width).toFixed(1);
      count.textContent = wanted ? `${spans.length} frames, ${share} % of the weight` : "";
    }

    let current = all;
    function focus(frame) {
      current.group.setAttribute("tabindex", "-1");
      frame.group.setAttribute("tabindex", "0");
      frame.group.focus();
      current = frame;
    }

    /* Arrow keys walk the stack: up to the caller, down to the widest callee, sideways. */
    function step(key) {
      const visible = frames.filter((f) => !f.group.classList.contains("away"));
      const holds = (outer, inner) =>
        outer.left <= inner.left + 1e-6 && outer.left + outer.width >= inner.left + inner.width - 1e-6;
      if (key === "ArrowUp") return visible.find((f) => f.depth === current.depth - 1 && holds(f, current));
      if (key === "ArrowDown") {
        const below = visible.filter((f) => f.depth === current.depth + 1 && holds(current, f));
        return below.sort((a, b) => b.width - a.width)[0];
      }
      const row = visible.filter((f) => f.depth === current.depth).sort((a, b) => a.left - b.left);
      return row[row.indexOf(current) + (key === "ArrowRight" ? 1 : -1)];
    }

    for (const frame of frames) {
      frame.group.setAttribute("tabindex", frame === all ? "0" : "-1");
      frame.group.setAttribute("role", "button");
      frame.group.addEventListener("click", () => {
        current.group.setAttribute("tabindex", "-1");
        frame.group.setAttribute("tabindex", "0");
        current = frame;
        zoom(frame);
      });
      frame.group.addEventListener("mouseenter", () => { status.textContent = frame.title; });
      frame.group.addEventListener("focus", () => { status.textContent = frame.title; });
    }
    svg.addEventListener("keydown", (event) => {
      if (event.key.startsWith("Arrow")) {
        const next = step(event.key);
        if (next) focus(next);
      } else if (event.key === "Enter" || event.key === " ") zoom(current);
      else if (event.key === "Escape") zoom(all);
      else return;
      event.preventDefault();
    });
    reset.addEventListener("click", () => zoom(all));
    input.addEventListener("input", search);
  }

  document.addEventListener("DOMContentLoaded", () => {
    addThemeButton();
    for (const table of document.querySelectorAll("table[data-searchable]")) makeSearchable(table);
    for (const table of document.querySelectorAll("table[data-sortable]")) makeSortable(table);
    linkTally();
    for (const svg of document.querySelectorAll("svg.flame")) makeFlame(svg);
    for (const pre of document.querySelectorAll("pre")) {
      if (pre.scrollWidth > pre.clientWidth) pre.tabIndex = 0;
    }
  });
})();
