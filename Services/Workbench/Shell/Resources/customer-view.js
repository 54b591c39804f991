// What the suite knows of one customer.

import { fill, h } from "./dom.js";
import { ago, capital, money, number, shortKey, when, words } from "./format.js";

export function customerView(root, { empty } = {}) {
  let shown;
  // How long ago something was goes on without any news.
  setInterval(() => { if (shown?.profile && !document.hidden) view.update(shown); }, 10_000);
  const view = {
    update(model) {
      shown = model;
      const profile = model?.profile;
      root.classList.toggle("is-empty", !profile);
      if (!profile) {
        fill(root, h("div", { class: "panel-head" }, h("h2", {}, "Customer")), h("p", { class: "empty" }, empty ?? "Nobody yet."));
        return;
      }
      fill(root,
        head(profile, model.identifier),
        tiles(profile),
        openContact(profile),
        section("Interests", profile.interests.length, () => interests(profile)),
        section("Recognised by", profile.facets.length, () => facets(profile)),
        section("Known facts", profile.attributes.length, () => facts(profile)),
        section("Consents", profile.consents.length, () => consents(profile)),
        section("Offer history", profile.offers.length, () => offers(profile)),
        section("What happened", profile.counts.length, () => counts(profile)));
    },
  };
  return view;
}

function head(profile, asked) {
  const name = text(profile, "name") ?? text(profile, "firstName") ?? nameless(profile);
  return h("div", { class: "person" },
    h("span", { class: "avatar", style: { "--hue": hue(profile.id) }, "aria-hidden": "true" }, name[0].toUpperCase()),
    h("div", { class: "person-name" },
      h("b", {}, name),
      h("span", { class: "muted small", title: `profile ${profile.id}` }, shortKey(asked ?? profile.id, 30))),
    h("span", { class: `chip ${profile.isKnown ? "good" : "faded"}` }, profile.isKnown ? "known" : "anonymous"));
}

/// By the strongest of what he is known by.
function nameless(profile) {
  const facet = ["customer", "loyalty", "login"].map((namespace) => profile.facets.find((one) => one.namespace === namespace)).find(Boolean);
  return facet ? `${capital(facet.namespace)} ${shortKey(facet.value, 16)}` : "Visitor";
}

function tiles(profile) {
  const orders = profile.orders.reduce((sum, order) => sum + order.count, 0);
  const revenue = profile.orders.map((order) => money(order.amountMinor, order.currency)).join(" + ");
  const tile = (label, value, title) => h("div", { class: "stat", title }, h("b", {}, value), h("span", {}, label));
  return h("div", { class: "stats" },
    tile("events", number(profile.eventCount)),
    tile("first seen", when(profile.firstSeenMs), new Date(profile.firstSeenMs).toLocaleString("en-GB")),
    tile("last seen", ago(profile.lastSeenMs), new Date(profile.lastSeenMs).toLocaleString("en-GB")),
    tile(orders === 1 ? "order" : "orders", orders ? `${orders} · ${revenue}` : "none"));
}

function openContact(profile) {
  const open = profile.contacts.filter((contact) => contact.endedMs === undefined);
  return open.map((contact) => h("div", { class: "contact" },
    h("i", { class: "beat" }),
    h("div", {},
      h("b", {}, `${capital(words(contact.channel))} contact open`),
      h("span", { class: "muted small" },
        [`since ${when(contact.startedMs)}`, contact.placement, contact.intent && `intent: ${words(contact.intent)}`,
          ...Object.entries(contact.context ?? {}).map(([name, value]) => `${words(name)}: ${value}`),
          contact.responses.length > 0 && `${contact.responses.length} responses`].filter(Boolean).join(" · ")))));
}

function section(title, count, body) {
  return count > 0 && h("section", { class: "fold" }, h("h3", {}, title), body());
}

function interests(profile) {
  const most = Math.max(...profile.interests.map((interest) => interest.count));
  return h("ul", { class: "bars" }, profile.interests.slice(0, 6).map((interest) =>
    h("li", {}, h("span", {}, words(interest.category)), h("i", {}, h("i", { style: { width: `${100 * interest.count / most}%` } })), h("b", { class: "num" }, interest.count))));
}

function facets(profile) {
  return h("ul", { class: "facets" }, profile.facets.map((facet) => h("li", {},
    h("span", { class: `chip ns ns-${facet.namespace}` }, facet.namespace),
    h("code", { title: facet.value }, shortKey(facet.value, 20)),
    facet.generation > 0 && h("span", { class: "chip faded", title: "Another person used this before" }, `gen ${facet.generation}`),
    h("span", { class: "muted small" }, `${number(facet.events)} events`))));
}

function facts(profile) {
  return h("dl", { class: "facts" }, profile.attributes.map((attribute) => [
    h("dt", {}, words(attribute.name)), h("dd", {}, typeof attribute.value === "boolean" ? (attribute.value ? "yes" : "no") : typeof attribute.value === "number" ? number(attribute.value) : attribute.value)]));
}

function consents(profile) {
  return h("div", { class: "chips" }, profile.consents.map((consent) =>
    h("span", { class: `chip ${consent.isGiven ? "good" : "bad"}`, title: when(consent.atMs) }, `${consent.isGiven ? "✓" : "✕"} ${words(consent.purpose)}`)));
}

function offers(profile) {
  return h("table", { class: "mini" },
    h("thead", {}, h("tr", {}, ["Proposition", "Shown", "Clicked", "Yes", "No"].map((name) => h("th", {}, name)))),
    h("tbody", {}, profile.offers.slice(0, 8).map((offer) => h("tr", {},
      h("td", {}, words(offer.proposition), h("span", { class: "muted small" }, ` ${offer.channel}`)),
      [offer.presented, offer.clicked, offer.accepted, offer.rejected].map((n) => h("td", { class: `num ${n ? "" : "zero"}` }, n))))));
}

function counts(profile) {
  return h("div", { class: "chips" }, profile.counts.slice(0, 14).map((count) =>
    h("span", { class: "chip", title: count.channel || "systems of record" }, `${count.event} `, h("b", {}, number(count.count)))));
}

function text(profile, name) {
  const value = profile.attributes.find((attribute) => attribute.name === name)?.value;
  return typeof value === "string" && value ? value : null;
}

function hue(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 360;
  return sum;
}
