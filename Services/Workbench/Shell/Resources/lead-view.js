// Leads: how far each is on its way.

import { fill, h } from "./dom.js";
import { ago, money, when, words } from "./format.js";

export function leadsView(root) {
  let shown;
  setInterval(() => { if (shown?.length && !document.hidden) view.update(shown); }, 10_000);
  const view = {
    update(leads) {
      shown = leads;
      fill(root,
        h("div", { class: "panel-head" }, h("h2", {}, "Leads"), leads.length > 0 && h("span", { class: "chip" }, leads.length)),
        leads.length === 0
          ? h("p", { class: "empty" }, "None yet. An accepted offer opens one.")
          : h("ul", { class: "leads" }, leads.map((lead) => h("li", { class: `lead ${lead.status}`, data: { lead: lead.id } },
            h("div", { class: "lead-head" }, h("b", {}, lead.name), statusChip(lead)),
            h("div", { class: "muted small" }, `${lead.channel} · opened ${ago(lead.openedMs)} · ${amount(lead)}`),
            lead.isTaskWithheld && h("div", { class: "small", data: { withheld: lead.id } }, taskWithheld),
            steps(lead)))));
    },
  };
  return view;
}

/// Why nobody is asked for the task of the step under way.
export const taskWithheld = "Nobody is asked to do it: the customer has refused every channel";

export function statusChip(lead) {
  const kind = { open: "info", won: "good", lost: "bad" }[lead.status];
  const reason = lead.status === "lost" && lead.lostReason ? `: ${words(lead.lostReason)}` : "";
  return h("span", { class: `chip ${kind}` }, `${lead.status}${reason}`);
}

export function amount(lead) {
  return lead.status === "won" && lead.netRevenueMinor !== undefined
    ? `${money(lead.netRevenueMinor, lead.currency)} net revenue`
    : `${money(lead.expectedValueMinor, lead.currency)} value`;
}

/// What somebody has to do now, or what is waited for; empty where nothing is.
export function toDo(lead) {
  const step = lead.status === "open" ? lead.steps[lead.step] : undefined;
  if (!step) return lead.status === "open" ? "All steps are done: won or lost?" : "";
  return step.task?.instruction || step.summary;
}

/// The steps as a line; done ones say by what and when.
export function steps(lead) {
  return h("ol", { class: "steps" }, lead.steps.map((step, index) => {
    const done = lead.history[index];
    const state = index < lead.step || lead.status === "won" ? "done" : index === lead.step && lead.status === "open" ? "now" : "ahead";
    const title = [step.summary, done && `${done.event}${done.channel ? ` in ${done.channel}` : ""}, ${when(done.atMs)}`].filter(Boolean).join("\n");
    return h("li", { class: state, title }, h("i", {}, state === "done" ? "✓" : ""), h("span", {}, words(step.name)));
  }));
}
