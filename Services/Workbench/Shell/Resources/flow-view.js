// The flow through the topics: channels, marketing, sales; what just passed, and how long it took to get here.

import { fill, h } from "./dom.js";
import { clock, number, shortKey, topicName } from "./format.js";

const columns = [
  { id: "channels", name: "Channels", says: "what customers do", topics: { "channel.interactions.v1": "interactions", "source.records.v1": "source records", "contact.tasks.v1": "tasks" } },
  { id: "marketing", name: "Marketing", says: "what is best to offer", topics: { "profile.timeline.v1": "timeline", "profile.state.v1": "profiles", "identity.map.v1": "identity", "consent.state.v1": "consents", "group.aggregates.v1": "groups", "nba.lists.v1": "lists", "nba.decisions.v1": "decisions", "nba.evidence.v1": "evidence", "nba.models.v1": "models", "marketing.catalog.v1": "catalogue" } },
  { id: "sales", name: "Sales", says: "how it is won", topics: { "lead.commands.v1": "commands", "lead.events.v1": "events", "lead.state.v1": "leads" } },
];
const rowsMax = 14;
/// Where more than that passes in a second, the rows change once a second: what never rests can't be read.
const readablePerSecond = 20;

export function flowView(root) {
  const lanes = new Map();
  const rates = new Map();
  fill(root, columns.map((column) => {
    const rows = h("ol", { class: "records" }, h("li", { class: "empty" }, "quiet"));
    const rate = h("span", { class: "rate num" }, "");
    const topics = h("div", { class: "topics" }, Object.entries(column.topics).map(([topic, name]) => {
      const total = h("b", { class: "num" }, "0");
      const lamp = h("span", { class: "topic", title: topic }, name, " ", total);
      lanes.set(topic, { lamp, total, column });
      return lamp;
    }));
    rates.set(column.id, { rate, rows, count: 0, last: performance.now(), perSecond: 0, waiting: [], drawn: 0 });
    return h("section", { class: `card column ${column.id}`, "aria-label": column.name },
      h("div", { class: "column-head" }, h("h2", {}, column.name), h("span", { class: "muted small" }, column.says), h("span", { class: "spacer" }), rate),
      topics, rows);
  }));

  let totals = null;
  let seen = 0;
  setInterval(() => {
    for (const entry of rates.values()) {
      if (performance.now() - Number(entry.rate.dataset.at ?? 0) > 1500) entry.rate.textContent = "";
      draw(entry);
    }
  }, 1000);

  function showRates(now) {
    const time = performance.now();
    for (const column of columns) {
      const entry = rates.get(column.id);
      const sum = Object.keys(column.topics).reduce((n, topic) => n + (now[topic] ?? 0), 0);
      if (time - entry.last < 900) continue;
      const perSecond = (sum - entry.count) / ((time - entry.last) / 1000);
      entry.perSecond = perSecond;
      if (totals && perSecond >= 0.5) {
        entry.rate.textContent = `${number(Math.round(perSecond))}/s`;
        entry.rate.dataset.at = time;
      }
      entry.count = sum;
      entry.last = time;
    }
    totals = now;
  }

  /// What has come since the last time; nothing moves under the pointer of who is reading.
  function draw(entry) {
    if (entry.waiting.length === 0 || entry.rows.matches(":hover")) return;
    entry.rows.querySelector(".empty")?.remove();
    for (const [record, column] of entry.waiting) entry.rows.prepend(row(record, column));
    while (entry.rows.children.length > rowsMax) entry.rows.lastChild.remove();
    entry.waiting = [];
    entry.drawn = performance.now();
  }

  return {
    update(flow) {
      showRates(flow.totals);
      for (const [topic, count] of Object.entries(flow.totals)) {
        const lane = lanes.get(topic);
        if (lane) lane.total.textContent = number(count);
      }
      const touched = new Set();
      // A stream that was opened again tells the last records once more; a workbench that was started again begins at 1.
      if (flow.seq < seen) seen = 0;
      const fresh = flow.records.filter((record) => record.seq > seen);
      seen = flow.seq;
      for (const record of fresh) {
        const lane = lanes.get(record.topic);
        if (!lane) continue;
        const { waiting } = rates.get(lane.column.id);
        waiting.push([record, lane.column]);
        if (waiting.length > rowsMax) waiting.shift();
        touched.add(lane.lamp);
      }
      for (const entry of rates.values()) {
        if (entry.perSecond <= readablePerSecond || performance.now() - entry.drawn >= 1000) draw(entry);
      }
      for (const lamp of touched) {
        lamp.getAnimations().forEach((animation) => animation.cancel());
        lamp.animate([{ background: "var(--lane)", color: "var(--surface)" }, {}], { duration: 900, easing: "ease-out" });
      }
    },
  };
}

/// In the narrow columns the short name of a topic says enough.
function row(record, column) {
  return h("li", { title: `${clock(record.atMs)}  ${record.topic}/${record.partition}/${record.offset}  ${record.key}` },
    h("span", { class: "num muted" }, clock(record.atMs, { millis: true }).slice(3)),
    h("b", {}, column.id === "marketing" ? topicName(record.topic) : column.topics[record.topic]),
    h("span", { class: "type" }, record.type),
    h("code", {}, column.id === "marketing" ? shortKey(record.key, 15) : `…${record.key.slice(-6)}`),
    h("span", { class: "num delay" }, record.delayMs === undefined ? "" : `${number(record.delayMs)} ms`));
}
