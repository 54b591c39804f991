// How drafts and what was done with them are called.

import { h } from "./dom.js";

const statusNames = {
  draft: ["being written", ""], submitted: ["waits for a second person", "warn"], scheduled: ["approved for a time", "info"],
  applying: ["approved, on its way", "info"], applied: ["applied", "good"], "out-of-date": ["out of date", "bad"],
  refused: ["refused", "bad"], withdrawn: ["withdrawn", "faded"],
};

/// Where a draft stands, as a chip.
export function statusChip(draft) {
  const [name, kind] = statusNames[draft.status];
  const text = draft.status === "applied" ? `applied as version ${draft.version}` : draft.status === "scheduled" ? `in force from ${moment(draft.applyMs)}` : name;
  return h("span", { class: `chip ${kind}`, title: draft.applyMs ? utc(draft.applyMs) : null }, text);
}

const actNames = {
  saved: "saved it", submitted: "submitted it", approved: "approved it", refused: "refused it", withdrawn: "withdrew it",
  applied: "It came into force", "out-of-date": "It was put back",
};

/// `ann submitted it`
export const actText = (act) => [act.by, actNames[act.kind]].filter(Boolean).join(" ");

/// Day and time, as this reader's clock has them.
export const moment = (ms) => new Date(ms).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

/// The same for everybody.
export const utc = (ms) => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
