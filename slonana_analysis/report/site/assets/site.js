"use strict";
/* Sorting, searching, light and dark. Without it the page still says everything. */

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

  document.addEventListener("DOMContentLoaded", () => {
    addThemeButton();
    for (const table of document.querySelectorAll("table[data-searchable]")) makeSearchable(table);
    for (const table of document.querySelectorAll("table[data-sortable]")) makeSortable(table);
    linkTally();
    for (const pre of document.querySelectorAll("pre")) {
      if (pre.scrollWidth > pre.clientWidth) pre.tabIndex = 0;
    }
  });
})();
