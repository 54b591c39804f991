// What is known of a customer, each value with where it comes from: who said it and when, or how it is computed, and the
// rule by which it holds.

import { fact, factOf } from "./customer-view.js";
import { h } from "./dom.js";
import { capital, counted, eventName, shortKey, when, words } from "./format.js";

export function customerFacts(customer) {
  const { attributes, derived, interests, offers } = customer;
  return [
    h("div", { class: "panel-head" }, h("h2", {}, "What is known"), h("span", { class: "muted small" }, "and where it comes from")),
    attributes.length + derived.length + interests.length + offers.length === 0 && h("p", { class: "empty" }, "Nothing but what happened."),
    part("Systems of record say", attributes, said),
    part("The catalogue makes of it", derived, made),
    part("Interests", interests.slice(0, 8), (interest) => row(capital(words(interest.category)), counted(interest.count, "time"), `from events, last ${when(interest.lastMs)}`)),
    part("Offers so far", offers.toSorted((a, b) => (b.lastPresentedMs ?? 0) - (a.lastPresentedMs ?? 0)).slice(0, 8), (offer) =>
      row(capital(words(offer.proposition)), [offer.accepted && "accepted", offer.rejected && "declined"].filter(Boolean).join(", ") || (offer.clicked ? "clicked" : "shown"),
        `shown ${counted(offer.presented, "time")} in ${words(offer.channel)}${offer.lastPresentedMs ? `, last ${when(offer.lastPresentedMs)}` : ""}`)),
  ];
}

function part(title, items, render) {
  return items.length > 0 && h("section", { class: "fold" }, h("h3", {}, title), h("dl", { class: "sourced" }, items.map(render)));
}

/// `facets` are those that the value was said under, where they are known.
function row(name, value, source, { facets, title, more } = {}) {
  return h("div", { class: "value", data: facets ? { facets: JSON.stringify(facets) } : {} },
    h("dt", {}, name), h("dd", { title }, value),
    h("dd", { class: "source" }, source), more);
}

const rules = { latest: "the latest word", strongest: "the strongest source", mostFrequent: "what was said most often", verifiedFirst: "verified before others" };

function said(attribute) {
  const { others } = attribute;
  const source = [attribute.source ? `${attribute.source}, ${when(attribute.atMs)}` : when(attribute.atMs), attribute.isVerified && "verified",
    others.length > 0 && `holds as ${rules[attribute.rule]}`, attribute.facets.length > 0 && `under ${attribute.facets.map(facetName).join(", ")}`].filter(Boolean).join(" · ");
  return row(capital(words(attribute.name)), fact(attribute.value), source, {
    facets: attribute.facets,
    more: others.length > 0 && h("dd", { class: "others" }, h("details", {}, h("summary", { data: { focus: `others-${attribute.name}` } }, `${counted(others.length, "other word")}`),
      h("ul", {}, others.map((other) => h("li", {}, h("s", {}, fact(other.value)), ` ${[other.source, when(other.atMs), other.isVerified && "verified"].filter(Boolean).join(" · ")}`))))),
  });
}

/// `cookie:9f2c7e1a44b0#0` → `cookie:9f2c…44b0`; further people's on the same device have their number.
const facetName = (facet) => {
  const hash = facet.lastIndexOf("#");
  const generation = Number(facet.slice(hash + 1));
  return shortKey(facet.slice(0, hash), 20) + (generation > 0 ? ` (person ${generation + 1})` : "");
};

function made(attribute) {
  const how = attribute.computation ? `${description(attribute.computation)}${attribute.version > 1 ? `, definition ${attribute.version}` : ""}`
    : attribute.when ? ["because ", h("code", {}, attribute.when)] : "because nothing else holds";
  return row(capital(words(attribute.name)), factOf(attribute), [how, attribute.isExact ? "" : h("span", { class: "inexact" }, ` · ${attribute.exactFromMs ? `complete from ${when(attribute.exactFromMs)} on` : "counts only what came after its definition"}`)], {});
}

const spans = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"]];

function span(ms) {
  const [unit, name] = spans.find(([unit]) => ms % unit === 0) ?? [1000, "s"];
  return `${ms / unit} ${name}`;
}

/// How a value comes out of events, as people say it.
export function description({ take, of, event, matching, windowMs, halfLifeMs }) {
  const what = `“${eventName(event)}”`;
  const where = (matching ?? []).map((match) => ` with ${match.field} ${match.value}`).join("");
  const over = windowMs ? ` in the last ${span(windowMs)}` : "";
  const half = halfLifeMs ? `, half as much after ${span(halfLifeMs)}` : "";
  const how = {
    count: `how often ${what}`, sum: `the amounts of ${what} together`, distinct: `how many different ${of}s in ${what}`,
    first: `the first ${of} in ${what}`, last: `the last ${of} in ${what}`, recency: `days since the last ${what}`,
    decayed: `how often ${what}`, favourite: `the most frequent ${of} in ${what}`,
  }[take] ?? take;
  return how + where + over + half;
}
