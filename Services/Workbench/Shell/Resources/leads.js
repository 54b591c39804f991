// All leads, and what sales people do with them.

import { get, live, post } from "./api.js";
import { $, ask, fill, h, keyed, refill, toast } from "./dom.js";
import { capital, due, money, number, shortKey, when, words } from "./format.js";
import { amount, statusChip, steps, taskWithheld, toDo } from "./lead-view.js";
import { lineState, showLatency } from "./status.js";

const names = { open: "Open", won: "Won", lost: "Lost", "": "All" };
const amounts = { open: "value, if all are won", won: "net revenue", lost: "value let go" };
const rowsAtOnce = 200;
// However much comes in, the page is laid out anew only so often.
const restMs = 1000;
let status = new URLSearchParams(location.search).get("status") ?? "open";
let count = rowsAtOnce;
const rows = h("ul", { class: "lead-rows" });
const foot = h("div", {});
let revision = null;
let loading = false;
let again = false;

fill($("#rows"), rows, foot);
$("#search").addEventListener("input", anew);
for (const id of ["#offer", "#step", "#order"]) $(id).addEventListener("change", anew);
live({}, {
  state: lineState,
  flow(update) {
    showLatency(update.latency);
    if (update.leads !== revision) load();
  },
});
load();

function anew() {
  count = rowsAtOnce;
  load();
}

/// One request at a time; what changed meanwhile is asked for once more.
async function load() {
  if (loading) { again = true; return; }
  loading = true;
  const began = performance.now();
  const asked = question();
  try {
    show(await get("leads", asked));
  } catch (problem) {
    toast(problem.message, "error");
  }
  const isSame = JSON.stringify(asked) === JSON.stringify(question());
  setTimeout(() => {
    loading = false;
    if (again) { again = false; load(); }
  }, isSame ? Math.max(0, restMs - (performance.now() - began)) : 0);
}

function question() {
  return { status, search: $("#search").value.trim(), offer: $("#offer").value, step: $("#step").value, order: $("#order").value, rows: count };
}

function show(model) {
  revision = model.revision;
  const all = { count: model.open.count + model.won.count + model.lost.count, amounts: {} };
  refill($("#totals"), [status, model.open, model.won, model.lost], ["open", "won", "lost", ""].map((id) => {
    const total = id ? model[id] : all;
    const sums = Object.entries(total.amounts).map(([currency, minor]) => money(minor, currency)).join(" + ");
    return h("button", { type: "button", class: `tile ${id || "all"}`, "aria-pressed": String(status === id), data: { status: id }, onclick() { status = id; anew(); } },
      h("span", {}, names[id]), h("b", {}, number(total.count)), h("span", { class: "muted small" }, sums ? `${sums} ${amounts[id]}` : id ? "–" : "every status"));
  }));
  choose($("#offer"), "every offer", model.offers);
  choose($("#step"), "every step", model.steps);
  keyed(rows, model.rows, ({ lead }) => lead.id, row, { restMs: 2 * restMs });
  const left = model.matching - model.rows.length;
  refill(foot, [all.count, model.rows.length, model.matching],
    model.rows.length === 0 && h("p", { class: "empty" }, all.count === 0 ? "No leads yet. Accept an offer in the shop or on a call." : "None like that."),
    left > 0 && h("p", { class: "more" },
      h("span", { class: "muted small" }, `${number(model.rows.length)} of ${number(model.matching)} `),
      h("button", { type: "button", class: "button small", onclick() { count += rowsAtOnce; load(); } }, `Show ${number(Math.min(left, rowsAtOnce))} more`)));
}

/// What is chosen stays so, also when there is none of it any more.
function choose(select, every, choices) {
  const chosen = select.value;
  const known = choices.some((one) => one.id === chosen) || !chosen ? choices : [...choices, { id: chosen, name: chosen, count: 0 }];
  refill(select, known, h("option", { value: "" }, every),
    known.map((one) => h("option", { value: one.id }, `${capital(words(one.name))} (${number(one.count)})`)));
  select.value = chosen;
}

function row(element, { lead, dueMs, customer }) {
  element.className = `lead-row ${lead.status}`;
  element.dataset.lead = lead.id;
  const key = `${lead.identifier.namespace}:${lead.identifier.value}`;
  const todo = toDo(lead);
  refill(element, [lead, dueMs && due(dueMs), customer],
    h("div", { class: "lead-what" },
      h("b", {}, lead.name),
      h("a", { class: "small", href: `/customer?identifier=${encodeURIComponent(key)}`, title: key }, customer?.name ?? shortKey(key, 28)),
      customer?.name && h("span", { class: "muted small" }, ` · ${shortKey(key, 28)}`),
      (customer?.reach ?? []).filter((reach) => reach !== key).map((reach) => h("span", { class: "muted small" }, ` · ${reach.slice(reach.indexOf(":") + 1)}`)),
      h("span", { class: "muted small" }, ` · ${words(lead.channel)} · changed ${when(lead.changedMs)}`)),
    h("div", { class: "lead-way" },
      steps(lead),
      todo && h("p", { class: "lead-todo" }, h("b", {}, lead.steps[lead.step] ? `${capital(words(lead.steps[lead.step].name))}: ` : ""), todo,
        lead.steps[lead.step]?.task && (lead.isTaskWithheld ? h("span", { class: "chip warn", title: taskWithheld, data: { withheld: lead.id } }, "withheld")
          : h("span", { class: "chip", title: "This channel has been asked to do it" }, words(lead.steps[lead.step].task.channel))),
        dueMs && h("span", { class: `chip ${dueMs < Date.now() ? "bad" : "faded"}`, title: new Date(dueMs).toLocaleString("en-GB") }, due(dueMs)))),
    h("div", { class: "lead-worth" }, statusChip(lead), h("span", { class: "num small" }, amount(lead))),
    h("div", { class: "lead-do" }, lead.status === "open" && [
      lead.step < lead.steps.length && h("button", { class: "button small", data: { act: "complete-step" }, title: lead.steps[lead.step].summary, onclick: () => completeStep(lead) }, "Step done…"),
      h("button", { class: "button small", data: { act: "win" }, onclick: () => win(lead) }, "Won…"),
      h("button", { class: "button small", data: { act: "lose" }, onclick: () => lose(lead) }, "Lost…"),
    ]));
}

/// It can't be taken back, so what is said to be done is named first.
async function completeStep(lead) {
  const step = lead.steps[lead.step];
  const next = lead.steps[lead.step + 1];
  const values = await ask({
    title: `“${capital(words(step.name))}” is done`, action: "Done",
    text: `${step.summary} ${next ? `Next: ${words(next.name)}.` : "It is the last step, so the lead is won."}`,
  });
  if (values) await send(lead, { command: "complete-step", step: step.name });
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
