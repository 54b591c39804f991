// Segments over time: when the customer came into each and when he left it, as far back as the timeline was looked at.

import { fillKept, h } from "./dom.js";
import { capital, when, words } from "./format.js";

export function segmentView(root, page) {
  let customer = null;
  let changes = [];
  let next = null;
  let knownFromMs = null;
  const view = {
    show(latest) { customer = latest; draw(); },
    async refresh() {
      const answer = await page();
      // What was looked at further back stays.
      const seen = new Set(answer.events.map((event) => event.id));
      const isFirst = changes.length === 0 && knownFromMs === null;
      changes = [...answer.events, ...changes.filter((event) => !seen.has(event.id))];
      if (isFirst) reach(answer);
      draw();
    },
  };
  return view;

  function reach(answer) {
    next = answer.next ?? null;
    knownFromMs = next ? answer.lookedBackToMs : (answer.lostBeforeMs ?? 0);
  }

  async function further() {
    const answer = await page(next);
    changes.push(...answer.events);
    reach(answer);
    draw();
  }

  function draw() {
    if (!customer) return;
    const nowMs = Math.max(Date.now(), customer.asOfMs);
    const startMs = Math.min(nowMs - 60_000, Math.max(knownFromMs ?? 0, Math.min(customer.firstSeenMs, ...changes.map((event) => event.atMs))));
    const rows = stays(customer, changes, nowMs);
    const x = (ms) => 100 * Math.max(0, Math.min(1, (ms - startMs) / (nowMs - startMs)));
    fillKept(root,
      h("div", { class: "panel-head" }, h("h2", {}, "Segments")),
      rows.length === 0 ? h("p", { class: "quiet" }, "In none, as far as the timeline was looked at.")
        : h("ul", { class: "stays" }, rows.map((row) => h("li", { class: row.isIn ? "in" : "out" },
          h("div", {}, h("b", { title: row.when }, capital(words(row.name))), row.title && h("span", { class: "muted small" }, ` ${row.title}`), h("span", { class: "small stay-now" }, row.says, row.isInexact && h("span", { class: "inexact", title: "A definition in it is younger than the customer" }, " · not complete yet"))),
          h("div", { class: "track", role: "img", "aria-label": row.says }, row.spans.map(([from, to]) => h("i", {
            class: from === null ? "open" : "", title: `${from === null ? "from before" : new Date(from).toLocaleString("en-GB")} – ${to === null ? "now" : new Date(to).toLocaleString("en-GB")}`,
            style: { left: `${x(from ?? startMs)}%`, width: `${Math.max(0.8, x(to ?? nowMs) - x(from ?? startMs))}%` },
          })))))),
      rows.length > 0 && h("div", { class: "axis muted small" }, h("span", {}, when(startMs)), h("span", {}, "now")),
      next && h("p", { class: "more" }, h("button", { class: "button small", type: "button", data: { focus: "segments-further" }, onclick: further }, "Look further back")));
  }
}

/// Of every segment that he is or was in, the times; nil where it is not known when he came, or where he is still in it.
function stays(customer, changes, nowMs) {
  const rows = new Map();
  const row = (name) => {
    if (!rows.has(name)) rows.set(name, { name, spans: [], isIn: false });
    return rows.get(name);
  };
  for (const segment of customer.segments) Object.assign(row(segment.name), { isIn: true, title: segment.title, when: segment.when, isInexact: !segment.isExact });
  for (const change of changes.toSorted((a, b) => a.atMs - b.atMs)) {
    const one = row(change.data.segment);
    const last = one.spans.at(-1);
    if (change.type.endsWith("entered.v1")) {
      if (!last || last[1] !== null) one.spans.push([change.atMs, null]);
    } else if (last && last[1] === null) last[1] = change.atMs;
    else if (!last) one.spans.push([null, change.atMs]);
  }
  for (const one of rows.values()) {
    const last = one.spans.at(-1);
    // The view is of this moment; that it is said on the timeline may still be on its way.
    if (one.isIn && (!last || last[1] !== null)) one.spans.push([last ? nowMs : null, null]);
    if (!one.isIn && last && last[1] === null) last[1] = nowMs;
    const [from, to] = one.spans.at(-1);
    one.says = one.isIn ? (from === null ? "in it, since before that" : `since ${when(from)}`) : `left ${when(to)}`;
  }
  return [...rows.values()].sort((a, b) => b.isIn - a.isIn);
}
