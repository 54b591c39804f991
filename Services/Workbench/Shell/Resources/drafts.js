// All drafts of the catalogue, the one that was touched last first.

import { get, post } from "./api.js";
import { $, ask, fill, fillKept, h, toast } from "./dom.js";
import { counted } from "./format.js";
import { actText, moment, statusChip, utc } from "./draft-words.js";

const refreshMs = 3000;

async function refresh() {
  try {
    show(await get("drafts"));
  } catch (problem) {
    toast(problem.message, "error");
  }
}

function show({ person, drafts }) {
  $("#new").hidden = !person;
  $("#note").hidden = Boolean(person);
  fill($("#note"), person ? "" : "You came in with the shared token, so you can look. Who changes the catalogue has a staff token of his own.");
  fill($("#count"), counted(drafts.length, "draft"));
  fillKept($("#drafts"), drafts.length === 0 ? h("li", { class: "empty" }, "There are no drafts yet.") : drafts.map(row));
}

function row(draft) {
  return h("li", { class: "draft-row" },
    h("div", {},
      h("a", { href: `/catalog/drafts/${encodeURIComponent(draft.id)}`, data: { focus: draft.id } }, h("b", {}, draft.name)),
      h("p", { class: "muted small" }, `by ${draft.author}`, draft.changedBy !== draft.author && `, changed by ${draft.changedBy}`,
        draft.basedOn ? ` · on version ${draft.basedOn}` : " · the first catalogue")),
    h("div", { class: "draft-state" }, statusChip(draft), draft.mistakes > 0 && h("span", { class: "chip bad" }, counted(draft.mistakes, "mistake")),
      draft.reason && h("p", { class: "small" }, draft.reason)),
    draft.last && h("p", { class: "muted small draft-last", title: utc(draft.last.atMs) }, `${actText(draft.last)} · ${moment(draft.last.atMs)}`));
}

async function begin() {
  const values = await ask({
    title: "New draft", text: "It begins as what is in force says now.", action: "Begin",
    body: h("label", {}, "What is it for?", h("input", { name: "name", required: true, maxlength: 100, placeholder: "Spring campaign" })),
  });
  if (!values) return;
  try {
    const { version, text } = await get("catalog/text");
    const { id } = await post("drafts", { name: values.name, text: text ?? "", basedOn: version });
    location.href = `/catalog/drafts/${encodeURIComponent(id)}#text`;
  } catch (problem) {
    toast(problem.message, "error");
  }
}

$("#new").addEventListener("click", begin);
await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, refreshMs);
