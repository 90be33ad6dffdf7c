/* Where flame graphs come to stand: in a page of the report, or in a notebook's output. */

import { unpack, readTree } from "./document.js";
import { FlameView } from "./view.js";
import { make } from "./parts.js";

/* Replace what an element shows by the flame graph of a packed document. */
export async function mount(element, packed) {
  const tree = readTree(await unpack(packed));
  const picture = [...element.childNodes];
  try {
    element.flameView = new FlameView(element, tree);
  } catch (error) {
    element.replaceChildren(...picture);
    throw error;
  }
  return element.flameView;
}

/* Every flame graph of a page; one that cannot be read keeps its picture. */
export async function mountAll(root) {
  for (const element of root.querySelectorAll("[data-flame]")) {
    try {
      await mount(element, element.dataset.flame);
    } catch (error) {
      console.warn(`A flame graph stays a picture: ${error.message}`);
    }
  }
}

/* anywidget's protocol. */
async function render({ model, el }) {
  const box = make("div", { className: "flame-frame" });
  el.append(box);
  let view = await mount(box, model.get("document"));
  const renew = async () => {
    view.destroy();
    view = await mount(box, model.get("document"));
  };
  model.on("change:document", renew);
  return () => {
    model.off("change:document", renew);
    view.destroy();
  };
}

export default { render };
