// What customers get by the catalogue that is in force: a sample of them, or one.

import { get } from "./api.js";
import { $, fill, h } from "./dom.js";
import { when } from "./format.js";
import { Rehearsal } from "./rehearsal.js";

const rehearsal = new Rehearsal($("#rehearsal"), "catalog");

try {
  const { name, version, appliedMs, channels } = await get("catalog/channels");
  fill($("#customers-head"), h("h1", {}, "What customers get"),
    h("p", { class: "muted" }, `by ${name}, version ${version}, in force since ${when(appliedMs)}. By a draft: on the draft's own page.`));
  rehearsal.setChannels(channels);
  const identifier = new URLSearchParams(location.search).get("identifier");
  if (identifier) {
    $("#identifier").value = identifier;
    await rehearsal.look({ identifier });
  } else {
    await rehearsal.decide();
  }
} catch (problem) {
  fill($("#rehearsal"), h("p", { class: "empty card" }, problem.status === 404 ? "No catalogue has been applied yet: trias catalog apply brings one." : problem.message));
}
