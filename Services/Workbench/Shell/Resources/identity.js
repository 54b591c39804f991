// The data steward's list: two who may be one person, with the evidence, and his word on it.

import { get, live, post } from "./api.js";
import { $, ask, h, keyed, refill, toast } from "./dom.js";
import { counted, number, shortKey, when } from "./format.js";
import { lineState, showLatency } from "./status.js";

// However much comes in, the page is laid out anew only so often.
const restMs = 1000;
let revision = null;
let loading = false;
let again = false;
const told = new Set();

$("#split").addEventListener("click", split);
$("#pair").addEventListener("click", pair);
live({}, {
  state: lineState,
  flow(update) {
    showLatency(update.latency);
    if (update.identity !== revision) load();
  },
});
load();

/// One request at a time; what changed meanwhile is asked for once more.
async function load() {
  if (loading) { again = true; return; }
  loading = true;
  const began = performance.now();
  try {
    show(await get("identity"));
  } catch (problem) {
    toast(problem.message, "error");
  }
  setTimeout(() => {
    loading = false;
    if (again) { again = false; load(); }
  }, Math.max(0, restMs - (performance.now() - began)));
}

function show(model) {
  revision = model.revision;
  for (const one of model.asked) {
    if (one.isAccepted === undefined || told.has(one.command)) continue;
    told.add(one.command);
    toast(outcome(one), one.isAccepted ? "good" : "error");
  }
  refill($("#asked"), model.asked.filter(isShown), model.asked.filter(isShown).map((one) =>
    h("li", { class: one.isAccepted === false ? "refused" : "", data: { command: one.command } },
      h("span", { class: `chip ${one.isAccepted === false ? "bad" : "info"}` }, one.isAccepted === false ? "refused" : "on its way"), " ", outcome(one))));
  refill($("#count"), model.count, number(model.count));
  keyed($("#cases"), model.rows, (row) => row.sides.map((side) => side.identifier).join(" "), caseRow, { restMs: 2 * restMs });
  refill($("#foot"), [model.count, model.rows.length],
    model.count === 0 && h("p", { class: "empty" }, "Nothing is to be decided."),
    model.count > model.rows.length && h("p", { class: "more muted small" }, `${number(model.rows.length)} of ${number(model.count)}, those with the latest evidence`));
  refill($("#decided"), model.decisions,
    model.decisions.length === 0 && h("li", { class: "empty" }, "Nothing has been decided yet."),
    model.decisions.map(decidedRow));
}

// What was done is in the list; what is on its way, or was refused, is not.
const isShown = (one) => one.isAccepted !== true;

function caseRow(element, row) {
  element.className = "case";
  const [one, other] = row.sides;
  const last = row.evidence[row.evidence.length - 1];
  refill(element, row,
    h("div", { class: "pair" }, side(one), h("span", { class: "versus muted", "aria-hidden": "true" }, "?"), side(other)),
    h("div", { class: "why" },
      h("p", {}, why(last, one, other)),
      row.left && h("p", { class: "muted small" }, `Left before by ${row.left.by}: ${row.left.reason}`),
      h("details", {},
        h("summary", {}, counted(row.evidence.length, "claim")),
        h("ol", { class: "evidence" }, row.evidence.map((claim) => h("li", {},
          h("span", { class: "muted small", title: new Date(claim.atMs).toLocaleString("en-GB") }, when(claim.atMs)), " ",
          h("code", {}, claim.claim), h("span", { class: "muted small" }, ` from ${claim.source} named `),
          claim.identifiers.map((identifier) => h("code", { class: "named" }, key(identifier)))))))),
    h("div", { class: "case-do", role: "group", "aria-label": `${one.identifier} and ${other.identifier}` },
      word("same-person", one.identifier, other.identifier, "Same person…"),
      word("not-same-person", one.identifier, other.identifier, "Not the same…"),
      word("leave", one.identifier, other.identifier, "Leave…")));
}

function side({ identifier, name, others }) {
  return h("div", { class: "side" },
    h("a", { class: "who", href: `/?identifier=${encodeURIComponent(identifier)}`, title: identifier }, name ?? shortKey(identifier, 30)),
    name && h("span", { class: "muted small" }, shortKey(identifier, 30)),
    others.length > 0 && h("span", { class: "muted small", title: others.join("\n") }, `with ${others.map((other) => shortKey(other, 26)).join(", ")}`));
}

function decidedRow(one) {
  const back = one.kind === "same-person" ? ["not-same-person", "Not the same after all…"] : ["same-person", "The same after all…"];
  return h("li", { class: "decision-row", data: { kind: one.kind } },
    h("span", { class: `chip ${one.kind === "same-person" ? "good" : one.kind === "leave" ? "" : "warn"}` }, kinds[one.kind]),
    h("span", { class: "what" }, h("code", {}, one.identifier), one.kind === "split" ? " from " : " and ", h("code", {}, one.with),
      h("span", { class: "muted small" }, ` · ${one.by}, ${when(one.atMs)}: ${one.reason}`)),
    word(back[0], one.identifier, one.with, back[1]));
}

const kinds = { "same-person": "same person", "not-same-person": "not the same", leave: "left", split: "split" };

function word(kind, identifier, other, text) {
  return h("button", { type: "button", class: "button small", data: { act: kind }, onclick: () => decide(kind, identifier, other) }, text);
}

function why(claim, one, other) {
  switch (claim.reason) {
    case "two-persons": return "One event named both, and each is known under an identifier of which a person has one.";
    case "belongs-to-another-person": return "One event named both, and they are known as two people’s.";
    case "too-many-identifiers": return "One event named both; together they would have more identifiers than one person has.";
    case "shared-device": return `Both log in on ${key(claim.via)}, which is each one’s in turn.`;
    case "shared-contact-identifier": return `Both were named with ${key(claim.via)}.`;
    default: return claim.reason;
  }
}

const key = (identifier) => `${identifier.namespace}:${identifier.value}`;

const texts = {
  "same-person": ["are one person", "All that is known of the two becomes one customer’s. It can be split again.", "Same person"],
  "not-same-person": ["are not one person", "What joins them is undone, and no claim will join them again.", "Not the same"],
  leave: ["are left as they are", "They are on this list again when there is new evidence.", "Leave"],
};

const reasonField = () => h("label", {}, "Why", h("input", { name: "reason", required: true, maxlength: 500, placeholder: "kept with the decision", autocomplete: "off" }));

async function decide(kind, identifier, other) {
  const [title, text, action] = texts[kind];
  const values = await ask({
    title: `${shortKey(identifier, 24)} and ${shortKey(other, 24)} ${title}`, text, action, danger: kind === "not-same-person", body: reasonField(),
  });
  if (values) await send({ kind, identifier, with: other, reason: values.reason });
}

async function pair() {
  const values = await ask({
    title: "Are these two one person?", action: "Say so",
    text: "Also of two of whom no claim has spoken.",
    body: [
      h("label", {}, "Identifier", h("input", { name: "identifier", required: true, placeholder: "customer:4711", autocomplete: "off" })),
      h("label", {}, "And", h("input", { name: "with", required: true, placeholder: "customer:4712", autocomplete: "off" })),
      h("label", {}, "They are", h("select", { name: "kind" }, h("option", { value: "same-person" }, "the same person"), h("option", { value: "not-same-person" }, "not the same person"))),
      reasonField(),
    ],
  });
  if (values) await send(values);
}

async function split() {
  const values = await ask({
    title: "Split a wrong link", action: "Split", danger: true,
    text: "As if the two had never been named together. What other claims join stays joined.",
    body: [
      h("label", {}, "Identifier", h("input", { name: "identifier", required: true, placeholder: "cookie:c-7f3a90b2", autocomplete: "off" })),
      h("label", {}, h("span", {}, "From ", h("span", { class: "muted light" }, "all with whom a claim has joined it, where nothing is said")), h("input", { name: "with", placeholder: "customer:4711", autocomplete: "off" })),
      reasonField(),
    ],
  });
  if (values) await send({ kind: "split", identifier: values.identifier, with: values.with || undefined, reason: values.reason });
}

async function send(order) {
  try {
    await post("identity/commands", order);
    load();
  } catch (problem) {
    toast(problem.message, "error");
  }
}

function outcome({ kind, identifier, with: other, isAccepted, reason }) {
  const pair = `${shortKey(identifier, 24)}${other ? ` and ${shortKey(other, 24)}` : ""}`;
  if (isAccepted === undefined) return `${pair}: ${kinds[kind]}`;
  if (!isAccepted) return `${pair}: ${reasons[reason] ?? reason}`;
  return `${pair}: ${reason === "split-still-linked-by-others" ? "split, and still joined by other claims" : kinds[kind]}`;
}

const reasons = {
  "too-many-identifiers": "one person can’t have so many identifiers",
  "kept-apart-by-steward": "somebody has said of some of theirs that they are not one person’s",
  "already-not-same-person": "that has been said already",
  "not-on-the-list": "nothing is to be decided of the two any more",
  "contact-identifiers-never-merge": "a contact identifier is nobody’s alone",
  "already-split": "the two are split already",
  "not-linked": "no claim has joined the two",
  "too-many-splits": "it was parted from as many as can be remembered",
};
