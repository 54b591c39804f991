// The agent's desktop: who is calling, what to talk about, and what came of it. What is done here is real: each answer
// is an event in the channel call-centre.

import { get, live, post } from "./api.js";
import { customerView } from "./customer-view.js";
import { $, $$, ask, fill, h, once, toast } from "./dom.js";
import { ago, counted, duration, intentName, shortKey, words } from "./format.js";
import { leadsView } from "./lead-view.js";
import { listView } from "./list-view.js";
import { lineState, showLatency } from "./status.js";

const reasons = ["not interested", "not now", "too expensive", "has it already", "has a better offer", "needs to think about it"];

const list = listView($("#list"), { empty: "Start a call: the list for it appears here, and follows what is said.", actions: itemActions });
const customer = customerView($("#customer"), { empty: "Look somebody up, or start a call." });
const leads = leadsView($("#leads"));

let call = null;
let stream = null;
/// Of this call, by proposition: what was said of it, and what is being sent.
let said = new Map();
let sending = new Set();
/// What the catalogue asks a consent for.
let purposes = ["personal-offers"];

list.update(null);
customer.update(null);
leads.update([]);
watch(null);
recent();
askCatalogue();
lookAtAsked();
setInterval(() => { if (!document.hidden) recent(); }, 5000);
setInterval(showClock, 1000);

$("#find").addEventListener("submit", (event) => {
  event.preventDefault();
  const identifier = `${$("#namespace").value}:${$("#value").value.trim()}`;
  const isLook = event.submitter?.value === "look";
  once($$("#find button"), () => isLook ? look(identifier) : start(identifier));
});

// Whoever closes the page or loads it again has left the call: nobody could end it any more.
addEventListener("pagehide", () => {
  if (call) post(`calls/${encodeURIComponent(call.contact)}/end`, { identifier: call.identifier, reason: "the desktop was closed" }, { keepalive: true }).catch(() => {});
});

// Before this runs, a click would have sent the form to nobody.
$("#find fieldset").disabled = false;

/// Whoever comes from a customer's page has him before him.
function lookAtAsked() {
  const asked = new URLSearchParams(location.search).get("identifier");
  if (!asked?.includes(":")) return;
  choose(asked);
  look(asked);
}

function choose(identifier) {
  const colon = identifier.indexOf(":");
  const namespace = identifier.slice(0, colon);
  if (![...$("#namespace").options].some((option) => option.value === namespace)) $("#namespace").append(h("option", { value: namespace }, namespace));
  $("#namespace").value = namespace;
  $("#value").value = identifier.slice(colon + 1);
}

async function look(identifier) {
  if (call) return toast("End the call first.", "error");
  try {
    await get("customers", { identifier });
    watch({ identifier });
  } catch (problem) {
    if (problem.status !== 404) return toast(problem.message, "error");
    watch(null);
    list.update(null);
    leads.update([]);
    customer.update(null, h("span", {}, "Nobody is known as ", h("code", {}, shortKey(identifier, 28)), " yet. Check the number with the caller; if it is right, start the call: from then on the caller is known, and has a list."));
  }
}

/// What somebody may come for is what the catalogue's conditions ask about, beside the usual.
async function askCatalogue() {
  try {
    const { catalog } = await get("catalog");
    const select = $("#intent");
    const text = JSON.stringify(catalog);
    const asked = [...text.matchAll(/(?:consents_to|refuses)\(\\"([^"\\]+)\\"\)/g)].map((match) => match[1]);
    const treatments = catalog.propositions.flatMap((one) => one.treatments.map((treatment) => treatment.channel));
    purposes = [...new Set([...purposes, ...asked, ...catalog.propositions.map((one) => one.purpose), ...treatments].filter(Boolean))];
    for (const found of text.matchAll(/contact\.intent\s*(?:==|!=|in)\s*(\[[^\]]*\]|\\"[^"\\]+\\")/g)) {
      for (const [, intent] of found[1].matchAll(/\\"([^"\\]+)\\"/g)) {
        if ([...select.options].some((option) => option.value === intent)) continue;
        select.append(h("option", { value: intent }, intentName(intent)));
      }
    }
  } catch { /* Without a catalogue the usual reasons are there. */ }
}

async function start(identifier) {
  if (call) return toast("End the call first.", "error");
  try {
    const { contact } = await post("calls", { identifier, intent: $("#intent").value });
    call = { identifier, contact, startedMs: Date.now(), intent: $("#intent").value };
    said = new Map();
    sending = new Set();
    list.update(null);
    watch({ identifier, contact });
    showCall();
  } catch (problem) {
    toast(problem.message, "error");
  }
}

function watch(parameters) {
  stream?.close();
  lineState("wait");
  stream = live(parameters ?? {}, {
    state: lineState,
    customer(model) {
      customer.update(model);
      leads.update(model.leads);
      list.update(call || !parameters?.contact ? model.list ?? null : null);
    },
    flow: (update) => showLatency(update.latency),
  });
}

function showCall() {
  const bar = $("#call");
  bar.hidden = !call;
  if (!call) return;
  fill(bar,
    h("i", { class: "beat" }),
    h("b", {}, "On call"), h("span", { class: "num", id: "call-clock" }, "00:00"),
    h("code", { title: call.identifier }, shortKey(call.identifier, 28)),
    call.intent && h("span", { class: "chip warn" }, intentName(call.intent)),
    h("span", { class: "spacer" }),
    h("button", { class: "button", id: "consent", onclick: (event) => once([event.currentTarget], recordConsent) }, "Consent…"),
    h("button", { class: "button danger", id: "hang-up", onclick: (event) => once([event.currentTarget], end) }, "End call"));
  showClock();
}

function showClock() {
  const clock = $("#call-clock");
  if (clock && call) clock.textContent = duration(Date.now() - call.startedMs);
}

/// What the customer says on the telephone of what we may do; a lead that waits for his consent goes on with it.
async function recordConsent() {
  const { identifier, contact } = call;
  const choice = (value, text, checked) => h("label", {}, h("input", { type: "radio", name: "said", value, checked }), h("span", {}, text));
  const values = await ask({
    title: "What may we do?", text: "As the customer has just said. It counts from now on, in every channel.", action: "Record it",
    body: [
      h("label", {}, "What for", h("select", { name: "purpose" }, purposes.map((purpose) => h("option", { value: purpose }, words(purpose))))),
      h("div", { class: "choices" }, choice("given", "agrees to it", true), choice("withdrawn", "does not want it, or no longer")),
    ],
  });
  if (!values) return;
  const isGiven = values.said === "given";
  try {
    await post(`calls/${encodeURIComponent(contact)}/consents`, { identifier, purpose: values.purpose, isGiven });
    toast(`${isGiven ? "Consent" : "Refusal"} recorded: ${words(values.purpose)}.`, "good");
  } catch (problem) {
    toast(problem.message, "error");
  }
}

async function end() {
  try {
    await post(`calls/${encodeURIComponent(call.contact)}/end`, { identifier: call.identifier });
    call = null;
    showCall();
    // Without what can be answered; the list comes back with the end of its contact.
    list.update(null);
    toast("The call has ended.");
    recent();
  } catch (problem) {
    toast(problem.message, "error");
  }
}

/// What to say can be read beforehand; what the agent says that he has said counts as presented, and then the customer's
/// answer can be noted. Buttons are made anew only where other ones are wanted; each answers to the list that is shown
/// when it is pressed, and while an answer is on its way nothing else can be said of what it is about.
function itemActions(element, item, shown, outcome) {
  const last = [outcome, said.get(item.proposition)];
  const isOver = !call || shown.contact !== call.contact || last.includes("accepted") || last.includes("rejected");
  const state = isOver ? "none" : said.has(item.proposition) ? "offered" : "listed";
  element.answer = (outcome, reason) => answer(item, shown, outcome, reason);
  element.refresh = () => itemActions(element, item, shown, outcome);
  makeActions(element, item, shown, state);
  for (const button of $$("button", element)) button.disabled = sending.has(item.proposition);
}

function makeActions(element, item, shown, state) {
  if (element.dataset.state === `${shown.contact}/${state}`) return;
  element.dataset.state = `${shown.contact}/${state}`;
  if (state === "none") return fill(element);
  const script = h("blockquote", {}, h("b", {}, item.treatment.headline), h("span", {}, item.treatment.body));
  if (state === "offered") {
    return fill(element, script,
      h("button", { class: "button primary", data: { act: "accept" }, onclick: () => element.answer("accepted") }, item.treatment.callToAction || "Accept"),
      h("button", { class: "button", data: { act: "reject" }, onclick: () => reject(item, element) }, "Declines…"));
  }
  fill(element, h("details", { class: "script" }, h("summary", {}, "What to say"), script), h("button", {
    class: "button", data: { act: "pitch" }, title: "Records that the customer has heard of it", onclick: () => element.answer("presented"),
  }, "I have said it"));
}

async function reject(item, element) {
  const values = await ask({
    title: `Why not “${item.name}”?`, action: "Declined",
    body: [
      h("div", { class: "choices" }, reasons.map((reason, index) =>
        h("label", {}, h("input", { type: "radio", name: "reason", value: reason, checked: index === 0 }), h("span", {}, reason)))),
      h("label", {}, "In the customer’s words", h("input", { name: "words", maxlength: 500, placeholder: "optional" })),
    ],
  });
  if (values) await element.answer("rejected", [values.reason, values.words].filter(Boolean).join(": "));
}

async function answer(item, shown, outcome, reason) {
  if (!call) return;
  const [saidNow, sendingNow] = [said, sending];
  sending.add(item.proposition);
  refreshActions();
  try {
    await post(`calls/${encodeURIComponent(call.contact)}/responses`, {
      identifier: call.identifier, list: shown.id, proposition: item.proposition, rank: item.rank, outcome, reason,
    });
    saidNow.set(item.proposition, outcome);
    if (outcome === "accepted") toast(`“${item.name}” accepted: its lead opens.`, "good");
    if (outcome === "rejected") toast(`“${item.name}” declined: it rests.`);
  } catch (problem) {
    toast(problem.message, "error");
  }
  sendingNow.delete(item.proposition);
  refreshActions();
}

function refreshActions() {
  for (const element of $$("#list .actions")) element.refresh?.();
}

async function recent() {
  try {
    const customers = await get("customers/recent");
    fill($("#recent"), customers.length === 0 && h("p", { class: "empty" }, "Nobody has been here yet."), customers.map((one) =>
      h("button", {
        type: "button", title: one.identifier, onclick() {
          choose(one.identifier);
          look(one.identifier);
        },
      },
        h("code", {}, shortKey(one.identifier, 22)),
        h("span", { class: "muted small" }, `${counted(one.events, "event")} · ${ago(one.lastSeenMs)}`),
        one.openChannel && h("span", { class: "chip info" }, one.openChannel.replace(/-/g, " ")))));
  } catch { /* It is asked again in a few seconds. */ }
}
