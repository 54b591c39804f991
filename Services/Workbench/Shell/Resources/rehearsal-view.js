// What customers would get by a draft: a sample in numbers, or one with both of his lists.

import { h } from "./dom.js";
import { clock, counted, exactMoney, number, percent, words } from "./format.js";

const arrow = (before, after) => (before === after ? before : [before, h("span", { class: "muted" }, " → "), h("b", {}, after)]);
const share = (count, all) => `${number(count)} (${percent(count / Math.max(1, all))})`;

export function sampleView(model, look) {
  if (model.customers === 0) return h("p", { class: "empty card" }, "There are no customers yet.");
  return [
    h("section", { class: "card box" },
      h("h2", {}, `${share(model.otherList, model.customers)} of ${counted(model.customers, "customer")} would get another list, ${share(model.otherFirst, model.customers)} another first place`),
      h("p", { class: "muted" }, `As of ${clock(model.nowMs)}; drawn evenly from ${number(model.known)}; ${number(model.inContact)} in the contact that they are in, the others in one that begins. Without a draw, and nobody is in a control group.`)),
    h("div", { class: "rehearsal-columns" },
      table("Places", ["Proposition", "Listed", "First"], model.places.map(({ name, before, after }) => [
        [name, " ", !before ? h("span", { class: "chip good" }, "new") : !after ? h("span", { class: "chip bad" }, "gone") : null],
        places(before, after, "listed"), places(before, after, "first")]),
        model.nobodys > 0 && `and ${model.nobodys} that nobody gets`),
      h("div", { class: "side" },
        table("Expected, per customer", ["Probability × value", ""], [["firstMinor", "Of the first place"], ["listMinor", "Of the list"]].map(([key, name]) =>
          [name, arrow(exactMoney(model.before[key], model.before.currency), exactMoney(model.after[key], model.after.currency))])),
        table("Dropped out at", ["Stage", "Propositions, of all customers"], model.stages.filter((one) => one.before + one.after > 0).map((one) =>
          [words(one.stage), arrow(number(one.before), number(one.after))])))),
    model.examples.length > 0 && h("section", { class: "card box" }, h("h2", {}, "Some of those for whom it changes"),
      h("ul", { class: "examples" }, model.examples.map((one) => h("li", {},
        h("div", {}, one.identifier ? h("a", { href: `/customer?identifier=${encodeURIComponent(one.identifier)}` }, one.identifier) : h("code", {}, one.profile),
          one.identifier && h("button", { type: "button", class: "link", onclick: () => look(one.identifier) }, "both lists")),
        h("span", { class: "muted small" }, one.before.slice(0, 4).join(", ") || "nothing"), h("span", { class: "small" }, "→ ", one.after.slice(0, 4).join(", ") || "nothing"))))),
  ];
}

const places = (before, after, key) => arrow(before ? number(before[key]) : "–", after ? number(after[key]) : "–");

function table(title, head, rows, foot) {
  return h("section", { class: "card box" }, h("h2", {}, title),
    h("div", { class: "scroll" }, h("table", { class: "mini" },
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell))))))),
    foot && h("p", { class: "muted small" }, foot));
}

export function customerView(model) {
  const told = model.rows.filter((row) => isListed(row) || row.why);
  const rest = model.rows.length - told.length;
  return h("section", { class: "card box" },
    h("h2", {}, "What ", h("a", { href: `/customer?identifier=${encodeURIComponent(model.identifier)}` }, model.identifier), " would get"),
    h("p", { class: "muted" }, `${model.isInContact ? "In the contact that he is in" : "In a contact that begins"}: ${[model.channel, model.direction, model.placement].filter(Boolean).join(", ")}; as of ${clock(model.nowMs)}.`),
    h("div", { class: "lists-beside" }, side("Now", model, "before"), side("By the draft", model, "after")),
    h("h4", {}, "What is otherwise, and why"),
    h("ul", { class: "rules whys" }, told.filter((row) => row.why).map((row) => h("li", {}, h("b", {}, row.name), " ", row.why)),
      told.every((row) => !row.why) && h("li", { class: "muted" }, "Nothing.")),
    h("details", {}, h("summary", {}, `What drops out by the draft, and why`), h("ul", { class: "rules" },
      model.rows.filter((row) => row.after?.stage).map((row) => h("li", {}, h("b", {}, row.name), " ", h("span", { class: `chip stage-chip stage-${row.after.stage}` }, words(row.after.stage)), " ", row.after.refusal ?? row.after.rule)))),
    rest > 0 && h("p", { class: "muted small" }, `${rest} drop out as before`));
}

const isListed = (row) => Boolean(row.before?.rank || row.after?.rank);

function side(title, model, key) {
  const rows = model.rows.filter((row) => row[key]?.rank).sort((a, b) => a[key].rank - b[key].rank);
  const other = key === "after" ? "before" : "after";
  return h("div", {}, h("h3", {}, title), rows.length === 0 ? h("p", { class: "empty" }, "Nothing.") : h("ol", { class: "offers-beside" }, rows.map((row) => {
    const one = row[key];
    const elsewhere = row[other]?.rank;
    return h("li", { class: elsewhere ? "" : "moved" }, h("span", { class: "rank" }, one.rank),
      h("div", {}, h("b", {}, row.name), elsewhere && elsewhere !== one.rank && h("span", { class: "muted small" }, key === "after" ? ` was ${elsewhere}` : ` becomes ${elsewhere}`), h("p", { class: "muted small" }, `${percent(one.probability)} × ${exactMoney(one.valueMinor, model.currency)}`),
        h("ul", { class: "reasons" }, one.reasons.map((reason) => h("li", {}, reason)))));
  })));
}
