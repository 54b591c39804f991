// What a draft says otherwise, proposition by proposition: the whole of both texts, with where they differ.

import { h } from "./dom.js";
import { remarksBox } from "./remarks-view.js";
import { capital, counted, money, words } from "./format.js";

/// From so many characters on, old and new stand below each other.
const longText = 60;

export function differenceView(model) {
  const { changes, comparedWith, since, inForce } = model;
  if (!changes) return h("p", { class: "empty card" }, "Something is wrong with it, so it can't be said what it would change: see its text.");
  return [
    since.length > 0 && h("section", { class: "card box since" },
      h("h2", {}, `Since it was based on ${model.draft.basedOn}, version ${inForce} came into force`),
      h("p", { class: "muted" }, "What that has changed is undone by this draft, unless it says the same:"), groups(since, model.currency)),
    h("p", { class: "muted compared" }, comparedWith ? `${counted(changes.length, "difference")} from version ${comparedWith}${comparedWith === inForce ? ", which is in force" : ""}` : "Nothing is in force to compare it with: all of it is new."),
    remarksBox(model.remarks),
    changes.length === 0 ? h("p", { class: "empty card" }, "It says the same.") : groups(changes, model.currency),
  ];
}

function groups(changes, currency) {
  const bySubject = new Map();
  for (const change of changes) {
    const key = `${change.section}\n${change.subject ?? ""}`;
    bySubject.set(key, [...(bySubject.get(key) ?? []), change]);
  }
  return [...bySubject.values()].map((members) => h("section", { class: "card box difference" }, title(members), members.map((change) => row(change, currency))));
}

const singular = { propositions: "proposition", attributes: "attribute", conditions: "condition", segments: "segment", contextWeights: "context weight", levers: "lever", exclusions: "exclusion" };

function title(members) {
  const [{ section, subject, name, kind, field }] = members;
  const whole = !field && { added: ["new", "good"], removed: ["taken away", "bad"] }[kind];
  return h("h3", {}, h("b", {}, name ?? subject ?? capital(spaced(section))), " ",
    h("span", { class: "muted" }, name ? `proposition ${subject}` : subject ? singular[section] ?? spaced(section) : ""), " ",
    whole && h("span", { class: `chip ${whole[1]}` }, whole[0]));
}

function row({ kind, field, old: wasWritten, new: isWritten }, currency) {
  const [old, now] = [wasWritten, isWritten].map((text) => said(field, text, currency));
  if (!field && kind !== "changed" && kind !== "reordered") return now || old ? h("p", { class: "muted" }, now ?? old) : null;
  const isLong = Math.max((old ?? "").length, (now ?? "").length) > longText;
  const [before, after] = isLong && old !== undefined && now !== undefined ? marked(old, now) : [old, now];
  return h("div", { class: `difference-row ${isLong ? "long" : ""}` },
    h("span", { class: "muted" }, spaced(field).replace(/ minor$/, "") || "all of it", kind === "reordered" && " (order)"),
    h("div", { class: "sides" },
      old !== undefined && h("del", {}, before), old !== undefined && now !== undefined && !isLong && h("span", { "aria-label": "becomes" }, " → "),
      now !== undefined && h("ins", {}, after)));
}

/// As people say it: amounts and answers.
function said(field, text, currency) {
  if (text === undefined) return undefined;
  if (field.endsWith("Minor") && /^-?\d+$/.test(text)) return money(Number(text), currency, { exact: true });
  return { true: "yes", false: "no" }[text] ?? text;
}

/// Both, with the part that is another in each.
function marked(old, now) {
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const parts = (text) => [text.slice(0, start), h("mark", {}, text.slice(start, text.length - end)), text.slice(text.length - end)];
  return [parts(old), parts(now)];
}

/// `valueMinor` → `value minor`
const spaced = (text) => words(text).replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
