// The two words at the top of a live page: does the line stand, and how fast is the suite.

import { $ } from "./dom.js";

export function lineState(state) {
  const status = $("#status");
  status.hidden = false;
  status.dataset.state = state;
  $("span", status).textContent = { live: "live", lost: "reconnecting" }[state] ?? "connecting";
}

export function showLatency(latency) {
  const badge = $("#latency");
  badge.hidden = !latency;
  if (latency) badge.textContent = `event → list  p50 ${latency.p50Ms} ms · p99 ${latency.p99Ms} ms`;
}
