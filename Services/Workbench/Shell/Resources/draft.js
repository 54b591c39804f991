// One draft: what it would change, for whom, its text, and who may do what with it.

import { get, post } from "./api.js";
import { $, ask, fill, fillKept, h, toast } from "./dom.js";
import { DraftEditor } from "./draft-editor.js";
import { actText, moment, statusChip, utc } from "./draft-words.js";
import { differenceView } from "./difference-view.js";
import { Rehearsal } from "./rehearsal.js";

const id = decodeURIComponent(location.pathname.split("/").pop());
const path = `drafts/${encodeURIComponent(id)}`;
const refreshMs = 3000;
let model = null;

function turn() {
  const chosen = $(`[data-tab="${CSS.escape(location.hash.slice(1))}"]`)?.dataset.tab ?? "difference";
  for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-selected", tab.dataset.tab === chosen);
  for (const panel of document.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== chosen;
}

async function refresh() {
  try {
    show(await get(path));
  } catch (problem) {
    if (model === null) fill($("#difference"), h("p", { class: "empty card" }, problem.message));
    if (problem.status !== 404) toast(problem.message, "error");
  }
}

function show(news) {
  // What it would have meant for customers was of another text.
  if (model !== null && model.hash !== news.hash) rehearsal.clear();
  model = news;
  const { draft, deeds, mistakes } = model;
  document.title = `${draft.name} · Trias`;
  fillKept($("#draft-head"), h("h1", {}, draft.name), h("p", { class: "muted" },
    `by ${draft.author}`, draft.changedBy !== draft.author && `, changed by ${draft.changedBy}`, draft.basedOn ? ` · on version ${draft.basedOn} ` : " ", statusChip(draft),
    draft.approvedBy && ` approved by ${draft.approvedBy}`, mistakes.length > 0 && h("span", { class: "chip bad" }, "something is wrong with it")));
  const { by, reason } = model.history.at(-1) ?? {};
  const note = (reason && [by, reason].filter(Boolean).join(": ")) ?? (draft.status === "submitted" && deeds.find((one) => one.name === "approve").why);
  $("#note").hidden = !note;
  fill($("#note"), note || "");
  fillKept($("#deeds"), deeds.filter((one) => one.name !== "save" && !one.why).map(({ name }) =>
    h("button", { type: "button", class: `button ${{ submit: "primary", approve: "primary", refuse: "danger" }[name] ?? ""}`, data: { deed: name, focus: name }, onclick: () => acts[name]() }, names[name])));
  fillKept($("#difference"), differenceView(model));
  fillKept($("#acts"), model.history.toReversed().map((act) => h("li", {}, h("span", { class: "muted num", title: utc(act.atMs) }, moment(act.atMs)),
    h("span", {}, h("b", {}, actText(act)), act.applyMs && ` for ${moment(act.applyMs)} (${utc(act.applyMs)})`, act.reason && `: ${act.reason}`, " ", h("code", { class: "muted small", title: "What was there then" }, act.hash.slice(0, 8))))));
  rehearsal.setChannels(model.channels);
  editor.show(model, deeds.find((one) => one.name === "save").why);
}

const names = { submit: "Submit…", approve: "Approve…", refuse: "Refuse…", withdraw: "Withdraw…" };

const reasonField = (label, required) => h("label", {}, label, h("textarea", { name: "reason", rows: 3, maxlength: 500, required }));

// Each is said of the text that was there when it was begun: the page goes on behind the question.
const acts = {
  async submit() {
    if (editor.isChanged) return toast("It isn't saved yet: save it first, under Text and tests.", "error");
    const { hash, inForce } = model;
    const values = await ask({ title: "Submit for approval", text: "A second person looks at it. Changing it afterwards asks for approval again.", action: "Submit", body: reasonField("A word to the second person, if you like") });
    if (values) await say("submit", { hash, reason: values.reason, basedOn: inForce });
  },
  async approve() {
    const { hash, lifts } = model;
    const lifting = lifts.length > 0 && h("label", { class: "check" }, h("input", { name: "lifts", type: "checkbox", required: true }), ` It lifts what is taken out at once: ${lifts.join(", ")}. That may be.`);
    const when = h("p", { class: "muted small" }, "Empty: at once.");
    const at = h("input", { name: "at", type: "datetime-local", oninput: () => fill(when, at.value ? utc(new Date(at.value).getTime()) : "Empty: at once.") });
    const values = await ask({ title: "Approve", text: `“${model.draft.name}” comes into force exactly as you see it, unless another version comes into force before.`, action: "Approve", body: h("div", {}, h("label", {}, "When, by your clock", at, when), lifting) });
    if (values) await say("approve", { hash, applyMs: values.at ? new Date(values.at).getTime() : null, liftExclusions: lifts.length > 0 || null });
  },
  async refuse() {
    const { hash } = model;
    const values = await ask({ title: "Refuse", text: "Its author can change it and submit it again.", action: "Refuse", danger: true, body: reasonField("Why?", true) });
    if (values) await say("refuse", { hash, reason: values.reason });
  },
  async withdraw() {
    const { hash } = model;
    const values = await ask({ title: "Withdraw", text: "It is given up. What is in force stays.", action: "Withdraw", danger: true, body: reasonField("Why, if you like") });
    if (values) await say("withdraw", { hash, reason: values.reason });
  },
};

async function say(deed, word) {
  try {
    const { isDone } = await post(`${path}/${deed}`, word);
    if (!isDone) toast("It is on its way: the nba-scorer hasn't answered yet.");
  } catch (problem) {
    toast(problem.message, "error");
  }
  await refresh();
}

const editor = new DraftEditor(id, refresh);
const rehearsal = new Rehearsal($("#rehearsal"), path);
for (const tab of document.querySelectorAll("[data-tab]")) tab.addEventListener("click", () => { location.hash = tab.dataset.tab; });
addEventListener("hashchange", turn);
turn();
await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, refreshMs);
