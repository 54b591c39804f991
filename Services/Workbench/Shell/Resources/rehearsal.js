// What customers get by what is in force, and would get by a draft: a sample of them, page by page, or one by his
// identifier. The same for both, under `path`.

import { get } from "./api.js";
import { $, fill, h } from "./dom.js";
import { customerTable, customerView, sampleView } from "./rehearsal-view.js";

/// So many of a sample stand on a page.
const pageSize = 25;

export class Rehearsal {
  constructor(root, path) {
    this.path = path;
    this.channels = [];
    this.turns = new Map();
    this.form = h("form", { class: "card rehearse", id: "rehearse" },
      h("label", { class: "inline" }, "A sample of ", h("input", { name: "customers", type: "number", min: 1, max: 5000, value: 500, required: true }), " customers"),
      h("label", { class: "inline" }, "each in ", h("select", { name: "contact" },
        h("option", { value: "own" }, "the contact that he is in, else a new one"), h("option", { value: "new" }, "a new contact"))),
      h("label", { class: "inline" }, "a new one is by ", h("select", { name: "channel", onchange: () => this.offerPlacements() })),
      h("label", { class: "inline" }, "at ", h("select", { name: "placement" })),
      h("label", { class: "inline" }, h("select", { name: "direction" }, h("option", { value: "inbound" }, "inbound"), h("option", { value: "outbound" }, "outbound"))),
      h("button", { class: "button primary", type: "submit" }, "Decide"));
    this.one = h("form", { class: "card rehearse", id: "one" },
      h("label", { class: "inline grow" }, "One customer: ", h("input", { name: "identifier", id: "identifier", placeholder: "customer:4711", required: true, spellcheck: "false" })),
      h("button", { class: "button", type: "submit" }, "What does he get?"));
    this.customer = h("div", { id: "customer", "aria-live": "polite" });
    this.numbers = h("div", { id: "sample", "aria-live": "polite" });
    this.table = h("div", { id: "sampled", "aria-live": "polite" });
    fill(root, this.form, this.one, this.customer, this.numbers, this.table);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.decide(); });
    this.one.addEventListener("submit", (event) => { event.preventDefault(); this.look({ identifier: $("#identifier").value.trim() }); });
  }

  /// Where something is shown. What is chosen stays chosen where it is still there.
  setChannels(channels) {
    if (JSON.stringify(channels) === JSON.stringify(this.channels)) return;
    this.channels = channels;
    const { channel } = this.form.elements;
    const chosen = channel.value || "web";
    fill(channel, channels.map((one) => h("option", { value: one.channel, selected: one.channel === chosen }, one.channel)));
    this.offerPlacements();
  }

  offerPlacements() {
    const { channel, placement } = this.form.elements;
    const chosen = placement.value;
    const placements = this.channels.find((one) => one.channel === channel.value)?.placements ?? [];
    fill(placement, h("option", { value: "" }, "no placement of its own"), placements.map((one) => h("option", { value: one, selected: one === chosen }, one)));
  }

  /// What was decided was of another text.
  clear() {
    for (const element of [this.customer, this.numbers, this.table]) this.put(element);
  }

  get choices() { return Object.fromEntries(new FormData(this.form)); }

  async decide() {
    const { customers, ...contact } = this.choices;
    this.clear();
    this.put(this.numbers, h("p", { class: "empty card" }, "Deciding…"));
    await this.shown(this.numbers, async () => {
      const sample = { ...await get(`${this.path}/rehearsal`, { customers, ...contact }), contact };
      this.turn(sample, 0);
      return sampleView(sample);
    });
  }

  /// To the page that begins there; decided as the sample was, whatever is chosen by now.
  async turn(sample, from) {
    if (sample.profiles.length === 0) return;
    const profiles = sample.profiles.slice(from, from + pageSize);
    await this.shown(this.table, async () => {
      const page = await get(`${this.path}/rehearsal/page`, { profiles: profiles.join(","), ...sample.contact });
      return customerTable(sample, page, { from, pageSize, turn: (place) => this.turn(sample, place), look: (profile) => this.look({ profile }, sample.contact) });
    });
  }

  async look(who, contact) {
    const { customers, ...chosen } = this.choices;
    await this.shown(this.customer, async () => customerView(await get(`${this.path}/rehearsal/customer`, { ...who, ...(contact ?? chosen) })));
    this.customer.scrollIntoView({ block: "nearest" });
  }

  /// What was asked for last is shown, in whatever order the answers come.
  async shown(element, make) {
    const turn = (this.turns.get(element) ?? 0) + 1;
    this.turns.set(element, turn);
    let content;
    try { content = await make(); } catch (problem) { content = h("p", { class: "empty card" }, problem.message); }
    if (this.turns.get(element) === turn) fill(element, content);
  }

  /// Also in place of what is still to come.
  put(element, content) {
    this.turns.set(element, (this.turns.get(element) ?? 0) + 1);
    fill(element, content);
  }
}
