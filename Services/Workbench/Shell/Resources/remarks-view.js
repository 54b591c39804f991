// What may be meant in a catalogue and is probably not.

import { h } from "./dom.js";
import { counted } from "./format.js";

export function remarksBox({ shown, left }) {
  if (shown.length === 0) return null;
  return h("section", { class: "card box remarks" }, h("h3", {}, "Is that meant?"),
    h("ul", { class: "rules" }, shown.map((text) => h("li", {}, text)), left > 0 && h("li", { class: "muted" }, `and ${counted(left, "remark")} more`)));
}
