// A sample of customers in numbers and as a table, or one with all that he gets and doesn't.

import { h } from "./dom.js";
import { clock, counted, exactMoney, money, number, percent, words } from "./format.js";

const arrow = (before, after) => (before === after ? before : [before, h("span", { class: "muted" }, " → "), h("b", {}, after)]);
const share = (count, all) => `${number(count)} (${percent(count / Math.max(1, all))})`;

export function sampleView(model) {
  const { customers, isCompared, known } = model;
  if (customers === 0) return h("p", { class: "empty card" }, known === 0 ? "Nobody is known yet, so there is nobody to decide for: customers come with their first event." : "Nobody in the sample can be read.");
  return [
    h("section", { class: "card box" },
      h("h2", {}, isCompared ? `${share(model.otherList, customers)} of ${counted(customers, "customer")} would get another list, ${share(model.otherFirst, customers)} another first place` : `What ${counted(customers, "customer")} get by version ${model.inForce}`),
      h("p", { class: "muted" }, `As of ${clock(model.nowMs)}; drawn evenly from ${number(known)}; ${number(model.inContact)} in the contact that they are in, the others in one that begins. Without a draw, and nobody is in a control group.`)),
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
  ];
}

/// What a proposition has by either; without a draft they are the same.
const places = (before, after, key) => arrow(before ? number(before[key]) : "–", after ? number(after[key]) : "–");

function table(title, head, rows, foot) {
  return h("section", { class: "card box" }, h("h2", {}, title),
    h("div", { class: "scroll" }, h("table", { class: "mini" },
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell))))))),
    foot && h("p", { class: "muted small" }, foot));
}

/// One page of the sample: everybody with his whole list, and with a draft with both.
export function customerTable(sample, page, { from, pageSize, turn, look }) {
  const { isCompared, otherFirst, otherList, profiles } = sample;
  const until = Math.min(from + pageSize, profiles.length);
  const pager = (place) => h("div", { class: "pager", "data-pager": place },
    h("span", { class: "num" }, `${number(from + 1)}–${number(until)} of ${number(profiles.length)}`), h("span", { class: "spacer" }),
    h("button", { type: "button", class: "button small", "data-turn": "back", disabled: from === 0, onclick: () => turn(Math.max(0, from - pageSize)) }, "Back"),
    h("button", { type: "button", class: "button small", "data-turn": "on", disabled: until === profiles.length, onclick: () => turn(until) }, "On"));
  return h("section", { class: "card table-card" },
    h("div", { class: "panel-head" }, h("h2", {}, "Customer by customer"),
      h("span", { class: "muted small" }, isCompared ? [otherFirst > 0 && `${number(otherFirst)} with another first place`, otherList > otherFirst && `${number(otherList - otherFirst)} with another list and the same first place`, profiles.length > otherList && `${number(profiles.length - otherList)} for whom nothing changes`].filter(Boolean).join(", then ") : `As of ${clock(page.nowMs)}`)),
    page.inForce !== sample.inForce && h("p", { class: "note" }, `Version ${page.inForce} has come into force since the sample was drawn: decide again.`),
    pager("top"),
    h("table", { class: "sampled" },
      h("thead", {}, h("tr", {}, ["Customer", isCompared ? "In force" : "List, best first", isCompared && "By the draft", ""].filter((text) => text !== false).map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, page.rows.map((row) => customerRows(row, look)))),
    page.gone.length > 0 && h("p", { class: "muted small legend" }, `${counted(page.gone.length, "customer")} of this page ${page.gone.length === 1 ? "is" : "are"} no longer there.`),
    profiles.length > pageSize && pager("bottom"));
}

function customerRows(row, look) {
  const { before, after } = row;
  const isOther = Boolean(after) && JSON.stringify(before.map((one) => one.proposition)) !== JSON.stringify(after.map((one) => one.proposition));
  const more = h("tr", { class: "more-row", hidden: true }, h("td", { colspan: after ? 4 : 3 }, h("div", { class: "lists-beside" },
    reasonList(after ? "In force" : null, before, null, row.currency), after && reasonList("By the draft", after, before, row.currency)),
    h("button", { type: "button", class: "link", "data-look": row.profile, onclick: () => look(row.profile) }, "What he doesn't get, and why")));
  const unfold = h("button", { type: "button", class: "link", "aria-expanded": "false", onclick: () => { more.hidden = !more.hidden; unfold.setAttribute("aria-expanded", String(!more.hidden)); } }, "Reasons");
  return [h("tr", { class: isOther ? "changed" : "", data: { profile: row.profile } },
    h("td", {}, who(row), h("div", { class: "muted small" }, contactText(row.contact))),
    h("td", { "data-head": after ? "In force" : "List" }, line(before, after, "before")),
    after && h("td", { "data-head": "By the draft" }, isOther ? line(after, before, "after") : h("span", { class: "muted" }, "the same")),
    h("td", {}, unfold)), more];
}

const who = ({ identifier, profile }) => identifier ? h("a", { href: `/customer?identifier=${encodeURIComponent(identifier)}` }, identifier) : h("code", {}, profile);

const placeText = ({ channel, direction, placement }) => [channel, placement, direction].filter(Boolean).map(words).join(", ");

/// In which contact it was decided, and which he is in where that is another.
function contactText({ isOwn, decidedFor, open }) {
  if (isOwn) return `in his contact: ${placeText(decidedFor)}`;
  return `in a new contact: ${placeText(decidedFor)}${open ? `; he is in one by ${placeText(open)}` : ""}`;
}

/// A whole list in a few words, with what is otherwise than on the other one marked.
function line(items, others, side) {
  if (items.length === 0) return h("span", { class: "muted" }, "nothing");
  return h("ol", { class: "list-line" }, items.map((one, index) => {
    const isOnBoth = !others || has(others, one);
    const mark = !isOnBoth ? h("span", { class: `change ${side === "after" ? "new" : "down"}` }, side === "after" ? "new" : "goes") : side === "after" && moved(one, items, others);
    return h("li", { class: isOnBoth ? "" : side === "after" ? "came" : "went" }, h("span", { class: "num muted" }, index + 1), " ", h("span", { class: "what" }, one.name), mark && [" ", mark]);
  }));
}

const has = (items, one) => items.some((other) => other.proposition === one.proposition);

/// Among those on both lists: that what was above it came or went is no move of its own.
function moved(one, items, others) {
  if (!others) return null;
  const place = (list, beside) => list.filter((other) => has(beside, other)).findIndex((other) => other.proposition === one.proposition);
  const [is, was] = [place(items, others), place(others, items)];
  return is !== was && h("span", { class: `change ${is < was ? "up" : "down"}`, title: `was in place ${others.findIndex((other) => other.proposition === one.proposition) + 1}` }, `${is < was ? "↑" : "↓"} ${Math.abs(is - was)}`);
}

function reasonList(title, items, others, currency) {
  return h("div", {}, title && h("h3", {}, title), items.length === 0 ? h("p", { class: "empty" }, "Nothing.") : h("ol", { class: "offers-beside" }, items.map((one, index) => {
    const isOnBoth = !others || has(others, one);
    return h("li", { class: isOnBoth ? "" : "moved" }, h("span", { class: "rank" }, index + 1),
      h("div", {}, h("b", {}, one.name), isOnBoth && [" ", moved(one, items, others)],
        h("p", { class: "muted small" }, `${percent(one.probability)} × ${money(one.valueMinor, currency)}`),
        h("ul", { class: "reasons" }, one.reasons.map((reason) => h("li", {}, reason)))));
  })));
}

export function customerView(model) {
  const { isCompared } = model;
  const sides = Object.fromEntries(["before", "after"].map((key) => [key, model.rows.filter((row) => row[key]?.rank).sort((a, b) => a[key].rank - b[key].rank)
    .map((row) => ({ proposition: row.proposition, name: row.name, ...row[key] }))]));
  const dropped = model.rows.filter((row) => row.after?.stage);
  return h("section", { class: "card box" },
    h("h2", {}, "What ", who(model), isCompared ? " would get" : " gets"),
    h("p", { class: "muted" }, `Decided ${contactText(model.contact)}. As of ${clock(model.nowMs)}.`),
    h("div", { class: "lists-beside" }, reasonList(isCompared ? "In force" : null, sides.before, null, model.currency), isCompared && reasonList("By the draft", sides.after, sides.before, model.currency)),
    isCompared && [h("h4", {}, "What is otherwise, and why"),
      h("ul", { class: "rules whys" }, model.rows.filter((row) => row.why).map((row) => h("li", {}, h("b", {}, row.name), " ", row.why)),
        model.rows.every((row) => !row.why) && h("li", { class: "muted" }, "Nothing."))],
    dropped.length > 0 && h("details", { open: !isCompared }, h("summary", {}, `What drops out${isCompared ? " by the draft" : ""}, and why`), h("ul", { class: "rules drops" },
      dropped.map((row) => h("li", {}, h("b", {}, row.name), " ", h("span", { class: `chip stage-chip stage-${row.after.stage}` }, words(row.after.stage)), " ", h("span", { title: row.after.rule }, row.after.refusal ?? row.after.rule)))),
      model.rowsLeft > 0 && h("p", { class: "muted small" }, `and ${counted(model.rowsLeft, "proposition")} more`)));
}
