// All leads, and what sales people do with them.

import { get, live, post } from "./api.js";
import { $, ask, fill, h, keyed, refill, toast } from "./dom.js";
import { money, number, shortKey, when } from "./format.js";
import { amount, statusChip, steps } from "./lead-view.js";
import { lineState, showLatency } from "./status.js";

const names = { open: "Open", won: "Won", lost: "Lost", "": "All" };
const amounts = { open: "expected", won: "net revenue", lost: "let go" };
let status = new URLSearchParams(location.search).get("status") ?? "open";
const rows = h("ul", { class: "lead-rows" });
const foot = h("div", {});
let revision = null;
let loading = false;
let again = false;

fill($("#rows"), rows, foot);
$("#search").addEventListener("input", load);
live({}, {
  state: lineState,
  flow(update) {
    showLatency(update.latency);
    if (update.leads !== revision) load();
  },
});
load();

/// One request at a time; what changed meanwhile is asked for once more.
async function load() {
  if (loading) { again = true; return; }
  loading = true;
  try {
    show(await get("leads", { status, search: $("#search").value.trim() }));
  } catch (problem) {
    toast(problem.message, "error");
  }
  loading = false;
  if (again) { again = false; setTimeout(load, 200); }
}

function show(model) {
  revision = model.revision;
  const all = { count: model.open.count + model.won.count + model.lost.count, amounts: {} };
  refill($("#totals"), [status, model.open, model.won, model.lost], ["open", "won", "lost", ""].map((id) => {
    const total = id ? model[id] : all;
    const sums = Object.entries(total.amounts).map(([currency, minor]) => money(minor, currency)).join(" + ");
    return h("button", { type: "button", class: `tile ${id || "all"}`, "aria-pressed": String(status === id), data: { status: id }, onclick() { status = id; load(); } },
      h("span", {}, names[id]), h("b", {}, number(total.count)), h("span", { class: "muted small" }, sums ? `${sums} ${amounts[id]}` : id ? "–" : "every status"));
  }));
  keyed(rows, model.rows, ({ lead }) => lead.id, (element, { lead }) => row(element, lead));
  refill(foot, [all.count, model.rows.length, model.matching],
    model.rows.length === 0 && h("p", { class: "empty" }, all.count === 0 ? "No leads yet. Accept an offer in the shop or on a call." : "None like that."),
    model.matching > model.rows.length && h("p", { class: "muted small more" }, `the ${model.rows.length} that changed last, of ${number(model.matching)}; search to find others`));
}

function row(element, lead) {
  element.className = `lead-row ${lead.status}`;
  element.dataset.lead = lead.id;
  refill(element, lead,
    h("div", { class: "lead-what" },
      h("b", {}, lead.name),
      h("a", { class: "muted small", href: `/?identifier=${encodeURIComponent(`${lead.identifier.namespace}:${lead.identifier.value}`)}` },
        shortKey(`${lead.identifier.namespace}:${lead.identifier.value}`, 28)),
      h("span", { class: "muted small" }, ` · ${lead.channel} · changed ${when(lead.changedMs)}`)),
    steps(lead),
    h("div", { class: "lead-worth" }, statusChip(lead), h("span", { class: "num small" }, amount(lead))),
    h("div", { class: "lead-do" }, lead.status === "open" && [
      lead.step < lead.steps.length && h("button", { class: "button small", data: { act: "complete-step" }, title: lead.steps[lead.step].summary, onclick: () => send(lead, { command: "complete-step" }) }, "Step done"),
      h("button", { class: "button small", data: { act: "win" }, onclick: () => win(lead) }, "Won…"),
      h("button", { class: "button small", data: { act: "lose" }, onclick: () => lose(lead) }, "Lost…"),
    ]));
}

async function win(lead) {
  const values = await ask({
    title: `“${lead.name}” is won`, text: "The net revenue goes into the customer’s profile and into what is learned.", action: "Won",
    body: h("label", {}, `Net revenue in ${lead.currency}`, h("input", { name: "revenue", type: "number", min: 0, step: "0.01", required: true, value: (lead.expectedValueMinor / 100).toFixed(2) })),
  });
  if (values) await send(lead, { command: "win", netRevenueMinor: Math.round(Number(values.revenue) * 100) });
}

async function lose(lead) {
  const values = await ask({
    title: `“${lead.name}” is lost`, action: "Lost", danger: true,
    body: h("label", {}, "Why", h("input", { name: "reason", required: true, maxlength: 500, placeholder: "bought elsewhere, no answer, …" })),
  });
  if (values) await send(lead, { command: "lose", reason: values.reason });
}

async function send(lead, order) {
  try {
    await post(`leads/${encodeURIComponent(lead.id)}/commands`, order);
    toast("On its way: the lead changes as soon as it is done.", "good");
  } catch (problem) {
    toast(problem.message, "error");
  }
}
