// What the suite knows of one customer.

import { fillKept, h } from "./dom.js";
import { customerLink, ofOrganisations, ofPersons, relationRows } from "./relation-view.js";
import { ago, capital, counted, eventName, intentName, money, number, shortKey, when, words } from "./format.js";

export function customerView(root, { empty } = {}) {
  let shown;
  // Whether all open contacts are shown is the reader's wish and outlives what is new.
  const isUnfolded = { contacts: false };
  // How long ago something was goes on without any news.
  setInterval(() => { if (shown?.customer && !document.hidden) view.update(shown); }, 10_000);
  const view = {
    /// `said`: what to show where nobody is, instead of the usual.
    update(model, said) {
      shown = model;
      const profile = model?.customer;
      root.classList.toggle("is-empty", !profile);
      if (!profile) {
        fillKept(root, h("div", { class: "panel-head" }, h("h2", {}, "Customer")), h("p", { class: "empty" }, said ?? empty ?? "Nobody yet."));
        return;
      }
      fillKept(root,
        head(profile, model.identifier),
        tiles(profile),
        openContacts(profile, isUnfolded),
        section("Interests", profile.interests.length, () => interests(profile)),
        section("Recognised by", profile.identifiers.length, () => facets(profile)),
        section("Segments", profile.segments.length, () => segments(profile)),
        section("Known facts", profile.attributes.length + profile.derived.length, () => facts(profile)),
        section("Acts for", ofOrganisations(profile).length, () => relationRows(ofOrganisations(profile))),
        section("Who acts for it", ofPersons(profile).length, () => relationRows(ofPersons(profile))),
        section("Consents", profile.consents.length, () => consents(profile)),
        section("Offer history", profile.offers.length, () => offers(profile)),
        section("Contacts", profile.contacts.length, () => history(profile)),
        section("What happened", profile.counts.length, () => counts(profile)));
    },
  };
  return view;
}

function head(profile, asked) {
  const name = nameOf(profile);
  return h("div", { class: "person" },
    h("span", { class: "avatar", style: { "--hue": hue(profile.profile) }, "aria-hidden": "true" }, name[0].toUpperCase()),
    h("div", { class: "person-name" },
      h("b", {}, name),
      h("span", { class: "muted small", title: `profile ${profile.profile}` }, shortKey(asked ?? profile.profile, 30))),
    h("span", { class: `chip ${profile.isKnown ? "good" : "faded"}` }, profile.isKnown ? "known" : "anonymous"),
    asked && h("a", { class: "chip link-chip", href: `/customer?identifier=${encodeURIComponent(asked)}`, title: "All that is known, where it comes from, and what happened" }, "all →"));
}

export const nameOf = (profile) => text(profile, "name") ?? text(profile, "firstName") ?? nameless(profile);

/// By the strongest of what he is known by.
function nameless(profile) {
  const facet = ["customer", "loyalty", "login", "organisation", "household"].map((namespace) => profile.identifiers.find((one) => one.namespace === namespace)).find(Boolean);
  return facet ? `${capital(facet.namespace)} ${shortKey(facet.value, 16)}` : "Visitor";
}

function tiles(profile) {
  const events = profile.counts.reduce((sum, count) => sum + count.count, 0);
  const orders = profile.orders.reduce((sum, order) => sum + order.count, 0);
  const revenue = profile.orders.map((order) => money(order.amountMinor, order.currency)).join(" + ");
  const tile = (label, value, title) => h("div", { class: "stat", title }, h("b", {}, value), h("span", {}, label));
  return h("div", { class: "stats" },
    tile(events === 1 ? "event" : "events", number(events)),
    tile("first seen", when(profile.firstSeenMs), new Date(profile.firstSeenMs).toLocaleString("en-GB")),
    tile("last seen", ago(profile.lastSeenMs), new Date(profile.lastSeenMs).toLocaleString("en-GB")),
    tile(orders === 1 ? "order" : "orders", orders ? `${orders} · ${revenue}` : "none"));
}

const openAtOnce = 2;

/// The open contacts, that of which something was heard last first.
export function openOf(profile) {
  return profile.contacts.map(({ contact }) => contact).filter((contact) => contact.endedMs === undefined).sort((a, b) => b.lastMs - a.lastMs);
}

/// Those that something was heard of last; a tab that was closed without a word stays open for half an hour.
function openContacts(profile, isUnfolded) {
  const open = openOf(profile);
  const [first, rest] = [open.slice(0, openAtOnce), open.slice(openAtOnce)];
  return [first.map(openContact), rest.length > 0 && h("details", {
    class: "more-contacts", open: isUnfolded.contacts, ontoggle: (event) => { isUnfolded.contacts = event.target.open; },
  }, h("summary", {}, `${rest.length} more open`), rest.map(openContact))];
}

export function openContact(contact) {
  return h("div", { class: "contact" },
    h("i", { class: "beat" }),
    h("div", {},
      h("b", {}, `${capital(words(contact.channel))} contact open`, contact.intent && h("span", { class: "chip warn" }, intentName(contact.intent)), contact.actor && h("span", { class: "chip" }, "spoken for by ", customerLink(contact.actor))),
      h("span", { class: "muted small" },
        [`since ${when(contact.startedMs)}`, contact.lastMs > contact.startedMs && `active ${ago(contact.lastMs)}`, contact.placement && words(contact.placement),
          ...Object.entries(contact.context ?? {}).map(([name, value]) => `${words(name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`))}: ${typeof value === "boolean" ? (value ? "yes" : "no") : value}`),
          contact.responses.length > 0 && counted(contact.responses.length, "response")].filter(Boolean).join(" · "))));
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
  return h("ul", { class: "facets" }, profile.identifiers.toSorted((a, b) => a.firstSeenMs - b.firstSeenMs).map((facet) => h("li", {},
    h("span", { class: `chip ns ns-${facet.namespace}` }, facet.namespace),
    h("code", { title: facet.value }, shortKey(facet.value, 20)),
    facet.generation > 0 && h("span", { class: "chip faded", title: "Another person used this before" }, `gen ${facet.generation}`),
    h("span", { class: "muted small" }, counted(facet.events, "event")))));
}

function segments(profile) {
  return h("div", { class: "chips" }, profile.segments.map((segment) =>
    h("span", { class: "chip", title: segment.title ?? segment.name }, words(segment.name))));
}

/// What others say of him, then what is computed from what he does.
function facts(profile) {
  return h("dl", { class: "facts" }, [...profile.attributes, ...profile.derived].map((attribute) => [
    h("dt", {}, words(attribute.name)), h("dd", { title: certainty(attribute) }, factOf(attribute), attribute.isExact === false && h("span", { class: "muted small" }, " so far"))]));
}

/// Sums are money.
export const factOf = (attribute) => attribute.currency ? money(attribute.value, attribute.currency) : fact(attribute.value);

export function fact(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? number(Math.round(value * 100) / 100) : value;
}

/// Who says so and when; or, computed by a definition that is younger than the customer: what is missing for some time.
function certainty(attribute) {
  if (attribute.source) return `Says ${attribute.source}, ${when(attribute.atMs)}${attribute.isVerified ? ", verified" : ""}`;
  if (attribute.isExact !== false) return undefined;
  return attribute.exactFromMs === undefined ? "Counts only what came after its definition" : `Complete from ${new Date(attribute.exactFromMs).toLocaleString("en-GB")} on`;
}

function consents(profile) {
  return h("div", { class: "chips" }, profile.consents.map((consent) =>
    h("span", { class: `chip ${consent.isGiven ? "good" : "bad"}`, title: when(consent.atMs) }, `${consent.isGiven ? "✓" : "✕"} ${words(consent.purpose)}`)));
}

function offers(profile) {
  return h("table", { class: "mini" },
    h("thead", {}, h("tr", {}, ["Proposition", "Shown", "Clicked", "Yes", "No"].map((name) => h("th", {}, name)))),
    h("tbody", {}, profile.offers.toSorted((a, b) => (b.lastPresentedMs ?? 0) - (a.lastPresentedMs ?? 0)).slice(0, 8).map((offer) => h("tr", {},
      h("td", {}, words(offer.proposition), h("span", { class: "muted small" }, ` ${offer.channel}`)),
      [offer.presented, offer.clicked, offer.accepted, offer.rejected].map((n) => h("td", { class: `num ${n ? "" : "zero"}` }, n))))));
}

const outcomeNames = { presented: "shown", clicked: "clicked", accepted: "accepted", rejected: "declined" };

/// The last contacts with what was said in them; of each offer only what weighed most.
function history(profile) {
  return h("ol", { class: "history" }, profile.contacts.toReversed().slice(0, 6).map(({ contact }) => {
    const said = contact.responses.filter((response) => response.outcome === "accepted" || response.outcome === "rejected");
    const seen = contact.responses.length - said.length;
    return h("li", {},
      h("span", { class: "muted small num", title: new Date(contact.startedMs).toLocaleString("en-GB") }, when(contact.startedMs)),
      h("div", {},
        h("b", {}, capital(words(contact.channel))), contact.intent && ` · ${intentName(contact.intent)}`,
        contact.endedMs === undefined ? " · open" : contact.endReason === "abandoned" ? " · fell silent" : "",
        h("div", { class: "small" }, [...said.map((response) => `${words(response.proposition)} ${outcomeNames[response.outcome]}`),
          seen > 0 && `${counted(seen, "offer")} seen`].filter(Boolean).join(", "))));
  }));
}

function counts(profile) {
  return h("table", { class: "mini" }, h("tbody", {}, profile.counts.toSorted((a, b) => b.count - a.count).slice(0, 14).map((count) => h("tr", {},
    h("td", {}, capital(eventName(count.event)), h("span", { class: "muted small" }, ` ${words(count.channel) || "systems of record"}`)),
    h("td", { class: "num" }, number(count.count))))));
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
