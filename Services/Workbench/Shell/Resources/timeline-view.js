// What happened with a customer, the newest first, page by page.

import { fillKept, h } from "./dom.js";
import { capital, clock, eventName, money, shortKey, words } from "./format.js";

export function timelineView(root, page) {
  let events = [];
  let next = null;
  let lookedBackToMs = null;
  let lostBeforeMs = null;
  let isLoading = false;

  async function load(before) {
    const answer = await page(before);
    if (before) {
      events.push(...answer.events);
    } else {
      const seen = new Set(events.map(keyOf));
      const fresh = answer.events.filter((event) => !seen.has(keyOf(event)));
      // So much is new that there may be more between: begin again.
      const hasGap = events.length > 0 && fresh.length === answer.events.length && answer.next;
      if (events.length > 0 && !hasGap) {
        events.unshift(...fresh);
        return draw();
      }
      events = answer.events;
    }
    ({ next = null, lookedBackToMs = null, lostBeforeMs = null } = answer);
    draw();
  }

  async function earlier() {
    if (isLoading) return;
    isLoading = true;
    try { await load(next); } finally { isLoading = false; }
  }

  function draw() {
    fillKept(root,
      h("div", { class: "panel-head" }, h("h2", {}, "What happened"), h("span", { class: "muted small" }, "the newest first")),
      events.length === 0 && !next && h("p", { class: "empty" }, "Nothing is left on the timeline."),
      h("ol", { class: "events" }, days(events).flatMap(([day, list]) => [h("li", { class: "day" }, day), ...list.map(row)])),
      next && h("p", { class: "more" },
        h("button", { class: "button", type: "button", data: { focus: "earlier" }, onclick: earlier }, "Earlier"),
        lookedBackToMs && h("span", { class: "muted small" }, `told so far: all since ${new Date(lookedBackToMs).toLocaleString("en-GB")}`)),
      lostBeforeMs && h("p", { class: "more muted small" }, `What was before ${new Date(lostBeforeMs).toLocaleString("en-GB")} is no longer on the topic.`));
  }

  return { refresh: () => load() };
}

const keyOf = (event) => `${event.id}/${event.type}/${event.facet ?? ""}`;

function days(events) {
  const days = [];
  for (const event of events) {
    const at = new Date(event.atMs ?? event.recordedMs);
    const name = at.toDateString() === new Date().toDateString() ? "Today" : at.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
    if (days.at(-1)?.[0] !== name) days.push([name, []]);
    days.at(-1)[1].push(event);
  }
  return days;
}

const shortType = (type) => (type ?? "–").replace(/^trias\./, "").replace(/\.v\d+$/, "");

function row(event) {
  const type = shortType(event.type);
  const atMs = event.atMs ?? event.recordedMs;
  return h("li", { class: `event kind-of-${type.split(".")[0]} ${event.isOfAnother ? "of-another" : ""}` },
    h("span", { class: "num muted", title: new Date(atMs).toLocaleString("en-GB") }, clock(atMs)),
    h("div", {},
      h("div", {}, h("b", {}, title(type, event.data)), " ", h("span", {}, detail(type, event.data ?? {}))),
      h("div", { class: "muted small" }, [event.data?.channel && words(event.data.channel), !event.data?.channel && !type.startsWith("segment") && !type.startsWith("facet") && event.source,
        event.facet && `under ${shortKey(event.facet.slice(0, event.facet.lastIndexOf("#")), 24)}`,
        event.recordedUnder && "before it was known that it is he"].filter(Boolean).join(" · "),
      event.isOfAnother && h("span", { class: "chip bad" }, "somebody else’s since a split"))));
}

function title(type, data) {
  if (type === "segment.entered") return `Came into “${words(data?.segment)}”`;
  if (type === "segment.left") return `Left “${words(data?.segment)}”`;
  if (type === "facet.received") return data?.profile ? "An identifier was joined" : "A shared device changed hands";
  if (type === "facet.left") return "An identifier went elsewhere";
  return capital(eventName(type));
}

const keyOfIdentifier = (one) => `${one.namespace}:${shortKey(one.value, 24)}`;

/// As what, and for whom or who; told from the side that the event stands under.
function relationOf({ role, organisation, person, ended }) {
  return `${words(role)} ${organisation ? "of" : "is"} ${keyOfIdentifier(organisation ?? person)}${ended ? " no longer" : ""}`;
}

/// What the event is about, in the order of what one would ask first.
function detail(type, data) {
  if (type.startsWith("segment.")) return "";
  if (type.startsWith("facet.")) return data.identifier ? `${data.identifier.namespace}:${shortKey(data.identifier.value, 24)}` : "";
  const parts = [
    data.intent, data.actor && `spoken for by ${keyOfIdentifier(data.actor)}`, data.role && relationOf(data), data.query && `“${data.query}”`, data.product, data.page, data.category, data.form && `form ${data.form}`, data.proposition && words(data.proposition),
    data.amountMinor !== undefined && money(data.amountMinor, data.currency), data.purpose && words(data.purpose), data.reason && !type.startsWith("identity.") && `“${data.reason}”`, data.text && `“${data.text}”`,
    data.attributes && Object.entries(data.attributes).map(([name, value]) => `${words(name)}: ${value}`).join(", "),
  ];
  return parts.filter(Boolean).join(" · ");
}
