// One customer, whole: what is going on first, then what is known and from where, who he is and why, and what happened.

import { get, live } from "./api.js";
import { customerFacts } from "./customer-facts.js";
import { nameOf, openContact, openOf } from "./customer-view.js";
import { $, fill, fillKept, h, toast } from "./dom.js";
import { ago, counted, money, number, shortKey, when, words } from "./format.js";
import { identityGraph, verdicts } from "./identity-view.js";
import { amount, statusChip, steps, toDo } from "./lead-view.js";
import { relationsCard } from "./relation-view.js";
import { segmentView } from "./segment-view.js";
import { lineState, showLatency } from "./status.js";
import { timelineView } from "./timeline-view.js";

const identifier = new URLSearchParams(location.search).get("identifier") ?? "";
/// The identifier whose facets are looked at; what comes from elsewhere steps back.
let picked = null;
let model = null;
let identity = null;
let asked = {};

const timeline = timelineView($("#timeline"), (before) => get("customers/timeline", { identifier, before, limit: 25 }));
const segments = segmentView($("#segments"), (before) => get("customers/segments", { identifier, before, limit: 200 }));

setUpFinder();
if (identifier) {
  live({ identifier }, { state: lineState, customer: show, flow: (update) => showLatency(update.latency) });
  setInterval(() => { if (model?.customer && !document.hidden) showAges(); }, 10_000);
} else {
  recent();
}

function setUpFinder() {
  const colon = identifier.indexOf(":");
  if (colon > 0) {
    const namespace = identifier.slice(0, colon);
    if (![...$("#namespace").options].some((option) => option.value === namespace)) $("#namespace").append(h("option", { value: namespace }, namespace));
    $("#namespace").value = namespace;
    $("#value").value = identifier.slice(colon + 1);
    $("#take-call").href = `/agent?identifier=${encodeURIComponent(identifier)}`;
    $("#take-call").hidden = false;
  }
  $("#find").addEventListener("submit", (event) => {
    event.preventDefault();
    location.href = customerLink(`${$("#namespace").value}:${$("#value").value.trim()}`);
  });
  // Before this runs, a click would have sent the form to nobody.
  $("#find fieldset").disabled = false;
}

const customerLink = (key) => `/customer?identifier=${encodeURIComponent(key)}`;

async function recent() {
  $("#nobody").hidden = false;
  try {
    const customers = await get("customers/recent");
    fill($("#nobody"), h("div", { class: "panel-head" }, h("h2", {}, "Active last")),
      customers.length === 0 ? h("p", { class: "empty" }, "Nobody has been here yet.")
        : h("ul", { class: "recent-list" }, customers.map((one) => h("li", {}, h("a", { href: customerLink(one.identifier) },
          h("code", {}, shortKey(one.identifier, 30)), h("span", { class: "muted small" }, `${counted(one.events, "event")} · ${ago(one.lastSeenMs)}`),
          one.openChannel && h("span", { class: "chip info" }, words(one.openChannel)))))));
  } catch (problem) {
    toast(problem.message, "error");
  }
}

function show(update) {
  model = update;
  const { customer } = model;
  $("#view").hidden = !customer;
  $("#nobody").hidden = Boolean(customer);
  if (!customer) {
    document.title = "Customer · Trias";
    fill($("#nobody"), h("p", { class: "empty" }, "Nobody is known as ", h("code", {}, shortKey(identifier, 40)), "."));
    return;
  }
  document.title = `${nameOf(customer)} · Trias`;
  fillKept($("#who"), who(customer));
  showAges();
  fillKept($("#facts"), customerFacts(customer));
  $("#relations").hidden = customer.relations.length === 0;
  fillKept($("#relations"), relationsCard(customer));
  segments.show(customer);
  showIdentity();
  pick(picked);
  ask(customer);
}

/// What says how long ago something was, is said again now and then.
function showAges() {
  fillKept($("#now"), now(model.customer, model.leads, model.list));
}

/// What the stream doesn't bring is asked for when it may be another.
function ask(customer) {
  const wanted = {
    identity: `${model.identity}/${customer.identifiers.map((one) => one.facet).join()}`,
    timeline: customer.identifiers.map((one) => `${one.facet}/${one.version}/${one.seq}`).join() + customer.nowMs,
    segments: `${customer.profile}/${customer.segments.map((one) => one.name).join()}`,
  };
  const before = asked;
  asked = wanted;
  if (before.identity !== wanted.identity) {
    get("customers/identity", { identifier }).then((answer) => { identity = answer; showIdentity(); pick(picked); }, failed);
  }
  if (before.timeline !== wanted.timeline) timeline.refresh().catch(failed);
  if (before.segments !== wanted.segments) segments.refresh().catch(failed);
}

function failed(problem) {
  // Asked again with the next change.
  asked = {};
  if (problem.status !== 404) toast(problem.message, "error");
}

function who(customer) {
  const events = customer.counts.reduce((sum, count) => sum + count.count, 0);
  const orders = customer.orders.reduce((sum, order) => sum + order.count, 0);
  const revenue = customer.orders.map((order) => money(order.amountMinor, order.currency)).join(" + ");
  const stat = (label, value, title) => h("div", { title }, h("b", {}, value), h("span", {}, label));
  return [
    h("div", { class: "who-name" },
      h("h1", {}, nameOf(customer)),
      h("div", { class: "chips" },
        h("span", { class: `chip ${customer.isKnown ? "good" : "faded"}` }, customer.isKnown ? "known" : "anonymous"),
        customer.segments.map((segment) => h("span", { class: "chip segment-chip", title: segment.title ?? segment.name }, words(segment.name))),
        customer.consents.map((consent) => h("span", { class: `chip ${consent.isGiven ? "good" : "bad"}`, title: `${consent.isGiven ? "Agreed" : "Objected"} ${when(consent.atMs)}, under ${consent.facets.join(", ")}` }, `${consent.isGiven ? "✓" : "✕"} ${words(consent.purpose)}`))),
      h("p", { class: "muted small" }, "Profile ", h("code", {}, customer.profile), ` as of ${when(customer.asOfMs)}`,
        customer.catalogVersion && [", catalogue ", h("a", { href: `/catalog?version=${encodeURIComponent(customer.catalogVersion)}` }, customer.catalogVersion)])),
    h("div", { class: "who-stats" },
      stat("last seen", ago(customer.lastSeenMs), new Date(customer.lastSeenMs).toLocaleString("en-GB")),
      stat("first seen", when(customer.firstSeenMs), new Date(customer.firstSeenMs).toLocaleString("en-GB")),
      stat(events === 1 ? "event" : "events", number(events)),
      stat(orders === 1 ? "order" : "orders", orders ? `${orders} · ${revenue}` : "none")),
  ];
}

/// Whom one has before one: open contacts, what is being sold to him, and what is best to talk about.
function now(customer, leads, list) {
  const open = openOf(customer);
  const running = leads.filter((lead) => lead.status === "open");
  const closed = leads.filter((lead) => lead.status !== "open");
  const best = list?.isContactOpen ? list.items.slice(0, 3) : [];
  return [
    h("div", { class: "panel-head" }, h("h2", {}, "Now")),
    open.map(openContact),
    open.length === 0 && h("p", { class: "quiet" }, "No contact is open."),
    best.length > 0 && h("section", { class: "fold" }, h("h3", {}, "Best to talk about"), h("ol", { class: "best" }, best.map(({ item }) =>
      h("li", {}, h("span", { class: "rank" }, item.rank), h("div", {}, h("b", {}, item.name), item.reasons[0] && h("div", { class: "muted small" }, item.reasons[0])))))),
    h("section", { class: "fold" }, h("h3", {}, running.length > 0 ? "Open leads" : "Leads"),
      running.length === 0 && h("p", { class: "muted small" }, closed.length > 0 ? "None is open." : "None yet."),
      h("ul", { class: "leads-now" }, running.map((lead) => h("li", { data: { lead: lead.id } },
        h("div", { class: "lead-head" }, h("b", {}, lead.name), statusChip(lead)),
        h("div", { class: "small" }, toDo(lead)),
        h("div", { class: "muted small" }, `${lead.channel} · opened ${ago(lead.openedMs)} · ${amount(lead)}`),
        steps(lead)))),
      closed.length > 0 && h("details", { class: "closed-leads" }, h("summary", { data: { focus: "closed-leads" } }, `${closed.length} closed`),
        h("ul", {}, closed.map((lead) => h("li", { class: "small" }, h("b", {}, lead.name), " ", statusChip(lead), h("span", { class: "muted" }, ` ${when(lead.changedMs)}`)))))),
  ];
}

function showIdentity() {
  fillKept($("#identity"), identityGraph(model.customer, identity, (key) => pick(picked === key ? null : key)));
  fillKept($("#verdicts"), verdicts(identity));
}

/// What was said or counted under that identifier stands out.
function pick(key) {
  picked = key;
  for (const node of document.querySelectorAll(".graph [data-identifier]")) node.setAttribute("aria-pressed", String(node.dataset.identifier === key));
  for (const edge of document.querySelectorAll(".graph path")) edge.classList.toggle("back", Boolean(key) && edge.dataset.from !== key && edge.dataset.to !== key);
  const facets = model.customer.identifiers.filter((one) => `${one.namespace}:${one.value}` === key).map((one) => one.facet);
  for (const value of document.querySelectorAll("#facts [data-facets]")) {
    value.classList.toggle("back", Boolean(key) && !JSON.parse(value.dataset.facets).some((facet) => facets.includes(facet)));
  }
}
