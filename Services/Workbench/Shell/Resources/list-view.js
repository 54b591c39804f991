// The ranked list: what is offered, why, what it is worth, and what the last event changed.

import { controlGroupNotice } from "./control-group-view.js";
import { fill, h, keyed, refill } from "./dom.js";
import { clock, exactly, exactMoney, money, percent, words } from "./format.js";

const stages = ["validity", "eligibility", "applicability", "suitability", "consent", "contact-policy", "propensity", "arbitration", "constraints"];

/// `actions(element, item, list, outcome)` puts into the element what can be done with the item.
export function listView(root, { empty, actions } = {}) {
  const head = h("div", { class: "panel-head" });
  const funnel = h("div", { class: "funnel" });
  const control = h("div");
  const items = h("ol", { class: "offers" });
  const withheld = h("div", { class: "withheld" });
  const gone = h("div", { class: "gone" });
  let shown = null;
  fill(root, head, funnel, control, items, withheld, gone);

  return {
    update(list) {
      // What is about the customer also changes without his list; then nothing here moves.
      const mark = list && JSON.stringify([list.id, list.latencyMs, list.isContactOpen, list.items.map((i) => [i.item.proposition, i.outcome]), list.withheld]);
      if (mark && mark === shown) return;
      shown = mark;
      root.dataset.list = list?.id ?? "";
      root.classList.toggle("is-empty", !list);
      if (!list) {
        refill(head, null, h("h2", {}, "Next best actions"));
        refill(funnel, null);
        refill(control, null);
        refill(withheld, null);
        refill(gone, null);
        fill(items, h("li", { class: "empty" }, empty ?? "No list yet."));
        return;
      }
      if (items.querySelector(".empty")) fill(items);
      refill(head, [list.id, list.latencyMs, list.isContactOpen], title(list));
      refill(funnel, [list.considered, list.dropped, list.items.length], funnelBar(list));
      refill(control, list.controlGroup, controlGroupNotice(list.controlGroup));
      const tried = triedOut(list);
      keyed(items, list.items, (i) => i.item.proposition, (element, i) => renderItem(element, i, list, actions, tried));
      refill(withheld, list.withheld, list.withheld.length > 0 && [h("span", {}, "Decided, but withheld: "), list.withheld.map((one) =>
        h("span", { class: "chip warn", title: `It was decided to stand at ${one.rank}`, data: { withheld: one.proposition } }, `${one.name} is ${one.reason}`, one.outcome && h("em", {}, ` ${one.outcome}`)))]);
      refill(gone, list.gone, list.gone.length > 0 && [h("span", {}, "No longer on it: "), list.gone.map((g) =>
        h("span", { class: "chip faded" }, `${g.name}`, g.outcome && h("em", {}, ` ${g.outcome}`)))]);
    },
  };
}

function title(list) {
  return [
    h("h2", {}, "Next best actions"),
    h("span", { class: "chip" }, list.channel),
    list.isFallback && h("span", { class: "chip warn", title: "The catalogue's list for when the suite is away" }, "fallback"),
    !list.isContactOpen && h("span", { class: "chip faded" }, "contact ended"),
    h("span", { class: "spacer" }),
    h("span", { class: "muted small num", title: `${list.id}, ${clock(list.atMs, { millis: true })}` },
      `list ${list.number}${list.latencyMs === undefined ? "" : ` · ${list.latencyMs} ms`}`),
    h("a", { class: "chip link-chip", href: `/decisions/${encodeURIComponent(list.id)}` }, "Why this list?"),
  ];
}

/// The whole portfolio as one bar: what dropped out at which stage, and what is left.
function funnelBar(list) {
  const counts = new Map(list.dropped.map((d) => [d.stage, d.count]));
  const parts = stages.filter((stage) => counts.get(stage) > 0);
  return [
    h("div", { class: "funnel-bar", role: "img", "aria-label": `${list.considered} considered, ${list.items.length} listed` },
      parts.map((stage) => h("i", { class: `stage-${stage}`, style: { "flex-grow": counts.get(stage) }, title: `${counts.get(stage)} dropped out at ${words(stage)}` })),
      h("i", { class: "kept", style: { "flex-grow": list.items.length }, title: `${list.items.length} listed` })),
    h("div", { class: "funnel-legend" },
      h("span", {}, h("b", {}, list.considered), " considered"),
      parts.map((stage) => h("span", {}, h("i", { class: `dot stage-${stage}` }), h("b", {}, counts.get(stage)), ` ${words(stage)}`)),
      h("span", {}, h("i", { class: "dot kept" }), h("b", {}, list.items.length), " listed")),
  ];
}

/// Expected worth in this context: the priority with the probability itself in the place of its draw.
const expectedPriority = (item) => item.propensity > 0 ? item.priority * item.probability / item.propensity : item.priority;

/// What a lucky draw has put above something that is worth more, so that more is learned about it.
function triedOut({ items: shown, controlGroup }) {
  if (controlGroup !== "none") return new Set();
  const items = shown.map((one) => one.item);
  return new Set(items.filter((item, place) => item.propensity > item.probability
    && items.slice(place + 1).some((below) => expectedPriority(below) > expectedPriority(item) * 1.001)).map((item) => item.proposition));
}

/// What the context and the business multiply the expected value with; in a control group they don't.
function weight(item, controlGroup) {
  if (controlGroup !== "none" || !(item.propensity > 0)) return 1;
  return Number((item.priority / item.propensity / Math.max(1, item.valueMinor)).toPrecision(4));
}

function rankedBy(item, controlGroup) {
  if (controlGroup === "random-eligible") return "Ranked by lot";
  const value = money(Math.max(1, item.valueMinor), item.currency);
  if (controlGroup === "value-only") return `Ranked by ${value}`;
  if (item.propensity === undefined) return "";
  const chance = `${item.propensity === item.probability ? "" : "drawn "}${exactly(100 * item.propensity)} %`;
  if (controlGroup === "propensity-only") return `Ranked by ${chance}`;
  return `Ranked by ${exactMoney(item.priority, item.currency)} = ${chance} × ${value} × ${weight(item, controlGroup)}`;
}

/// Below so many answers its probability is the catalogue's more than anything learned.
const evidenceMin = 20;

/// Each part of an item stays the same element for as long as the item is on the list: under a finger that is just
/// pressing a button nothing may be replaced.
const parts = new WeakMap();

function renderItem(element, shown, list, actions, tried) {
  const { item, change, outcome } = shown;
  const factor = weight(item, list.controlGroup);
  const ranked = rankedBy(item, list.controlGroup);
  let part = parts.get(element);
  if (!part) {
    part = { rank: h("div", { class: "rank" }), head: h("div", { class: "offer-head" }), meta: h("div", { class: "offer-meta" }), reasons: h("ul", { class: "reasons" }), actions: h("div", { class: "actions" }), value: h("div", { class: "offer-value" }) };
    parts.set(element, part);
    fill(element, part.rank, h("div", { class: "offer-body" }, part.head, part.meta, part.reasons, part.actions), part.value);
  }
  const hasChanged = part.priority !== undefined && (part.priority !== item.priority || part.place !== item.rank);
  Object.assign(part, { priority: item.priority, place: item.rank });
  element.className = `offer ${item.rank === 1 ? "top" : ""} ${outcome ?? ""}`;
  fill(part.rank, item.rank);
  fill(part.head, h("b", {}, item.name), changeMark(change), outcome && h("span", { class: `chip outcome-${outcome}` }, outcome === "presented" ? "shown" : outcome));
  fill(part.meta, `${words(item.issue)} › ${words(item.group)}`, item.kind !== "offer" && h("span", { class: `kind kind-${item.kind}` }, item.kind),
    tried.has(item.proposition) && h("span", { class: "mark", title: "Stands higher than by its expected value, so that more is learned about it" }, "trying out"),
    item.evidenceCount < evidenceMin && h("span", { class: "mark", title: `Few have answered it yet (${item.evidenceCount}): its probability is mostly the catalogue's` }, "little known"));
  fill(part.reasons, item.reasons.map((reason) => h("li", {}, reason)));
  fill(part.value,
    h("b", { title: "expected value: probability × value of an acceptance" }, money(item.expectedValueMinor, item.currency)),
    h("span", { class: "muted small" }, `of ${money(item.valueMinor, item.currency)}`),
    factor !== 1 && h("span", { class: "weight small", title: `Weighted by the context and the business. ${ranked}` }, `× ${factor}`),
    h("span", { class: "probability", title: [`accepts with a probability of ${percent(item.probability)}`, ranked].filter(Boolean).join(". ") },
      h("i", { style: { width: `${Math.max(3, Math.min(100, 100 * item.probability))}%` } })),
    h("span", { class: "small num" }, percent(item.probability)));
  actions?.(part.actions, item, list, outcome);
  if (hasChanged && (change.kind === "up" || change.kind === "new")) {
    element.classList.remove("flash");
    void element.offsetWidth;
    element.classList.add("flash");
  }
}

function changeMark({ kind, by }) {
  switch (kind) {
    case "up": return h("span", { class: "change up", title: `${by} up since the list before` }, `▲ ${by}`);
    case "down": return h("span", { class: "change down", title: `${by} down since the list before` }, `▼ ${by}`);
    case "new": return h("span", { class: "change new", title: "Not on the list before" }, "new");
    default: return null;
  }
}
