/* The elements of a flame graph, before anything happens to them. */

export function make(tag, properties = {}, children = []) {
  const { aria = {}, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function choice(label, options, onChange) {
  const option = ([value, textContent]) => make("option", { value, textContent });
  const select = make("select", { aria: { "aria-label": label } }, options.map(option));
  select.addEventListener("change", () => onChange(select.value));
  return { select, box: make("label", {}, [make("span", { textContent: label }), select]) };
}

const HELP = "Arrow keys walk callers, callees and siblings; Enter zooms, Escape goes back, / searches, "
  + "n finds the next match, s shows callers and callees.";

export function parts(id, title, choices) {
  const button = (textContent) => make("button", { type: "button", textContent, disabled: true });
  const search = make("input", { type: "search", autocomplete: "off", spellcheck: false, placeholder: "text or regular expression" });
  const found = make("output", { className: "flame-found" });
  const labelled = make("label", {}, [make("span", { textContent: "Search functions" }), search]);
  const group = { role: "group", "aria-label": "Flame graph" };
  const controls = make("div", { className: "flame-controls", aria: group }, [labelled, ...choices, found]);
  const back = button("Reset zoom");
  const both = button("Callers and callees");
  const path = make("nav", { className: "flame-path", aria: { "aria-label": "Zoomed frame and its callers" } });
  const canvas = make("canvas", { aria: { "aria-hidden": "true" } });
  const items = make("div", { className: "flame-items", aria: { role: "group" } });
  const stage = make("div", { className: "flame-stage", aria: { role: "none" } }, [canvas]);
  const tree = { role: "tree", "aria-label": `Flame graph: ${title}`, "aria-describedby": `${id}-keys` };
  const scroller = make("div", { className: "flame-scroll", tabIndex: 0, aria: tree }, [stage, items]);
  const status = make("p", { className: "flame-status", aria: { "aria-live": "polite", "aria-atomic": "true" } });
  const legend = make("div", { className: "flame-legend" });
  const help = make("p", { className: "flame-keys", id: `${id}-keys`, textContent: HELP });
  const tip = make("div", { className: "flame-tip", hidden: true, aria: { "aria-hidden": "true" } });
  const bar = make("div", { className: "flame-bar" }, [back, both, path]);
  const root = make("div", { className: "flame-view" }, [controls, bar, scroller, status, legend, help, tip]);
  return { root, search, found, back, both, path, canvas, items, stage, scroller, status, legend, tip };
}
