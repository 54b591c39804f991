// The places where the site shows what it is told to show. A place keeps its offer while the list still has it there, so
// that nothing jumps under the visitor's finger.

import { element } from "./elements.js";

// What everybody sees while nothing was decided for this visitor must not claim to be for him.
const offerTag = isFallback => isFallback ? "Popular" : "For you";
const kinds = { content: "Good to know", service: "Service", retention: "Stay with us", question: "A question" };

function tag(item) {
  return kinds[item.kind] ?? offerTag(item.isFallback);
}

export class Offers {
  #suite;
  #ask;
  #watched = new Map();
  /** What was answered is not shown again in this contact, whether or not the next list has come. */
  #answered = new Set();
  #observer = new IntersectionObserver(entries => entries.forEach(entry => this.#seen(entry)), { threshold: .5 });

  constructor(suite, ask) {
    this.#suite = suite;
    this.#ask = ask;
    suite.addEventListener("list", () => this.fill());
  }

  /** Fills the page's places, `data-slot="hero" data-count="1"`, one after the other from the top of the list. */
  fill() {
    const list = this.#suite.list;
    const items = (list?.items ?? []).map(item => ({ ...item, list: list.id, isFallback: list.isFallback }))
      .filter(item => !this.#answered.has(`${list.contact}/${item.proposition}`));
    let next = 0;
    for (const slot of document.querySelectorAll("[data-slot]")) {
      const wanted = items.slice(next, next + Number(slot.dataset.count));
      next += wanted.length;
      const before = [...slot.querySelectorAll(".offer")];
      const kept = wanted.map(item => before.find(node => node.dataset.proposition === item.proposition) ?? this.#node(item, slot));
      kept.forEach((node, index) => {
        node.item = wanted[index];
        node.querySelector(".tag").textContent = tag(wanted[index]);
      });
      if (list || before.length) slot.replaceChildren(...kept);
      const section = slot.closest("[data-section]");
      section?.toggleAttribute("hidden", !kept.length);
      const heading = section?.querySelector("h2[data-fallback]");
      if (heading) heading.textContent = list?.isFallback ? heading.dataset.fallback : heading.dataset.decided;
    }
  }

  #node(item, slot) {
    const placement = slot.dataset.slot;
    const treatment = item.treatment;
    const node = element("article", { class: `offer ${slot.dataset.look ?? ""} ${item.kind === "offer" ? "" : "service"}` },
      element("span", { class: "tag" }, tag(item)),
      element("h3", {}, treatment.headline),
      element("p", {}, treatment.body),
      element("div", { class: "row" },
        element("button", { class: "strong", type: "button", onclick: () => this.#open(node, placement) }, treatment.callToAction),
        element("button", { class: "dismiss", type: "button", onclick: () => this.#reject(node, placement) }, "Not for me")));
    node.dataset.proposition = item.proposition;
    node.item = item;
    node.placement = placement;
    this.#observer.observe(node);
    return node;
  }

  /** Presented is what was half in view for a second. */
  #seen(entry) {
    const node = entry.target;
    clearTimeout(this.#watched.get(node));
    if (!entry.isIntersecting) return;
    this.#watched.set(node, setTimeout(() => {
      if (!node.isConnected) return;
      this.#observer.unobserve(node);
      this.#watched.delete(node);
      this.#suite.presented(node.item, node.placement);
    }, 1000));
  }

  async #open(node, placement) {
    const item = node.item;
    this.#suite.presented(item, placement);
    this.#suite.respond(item, "clicked", placement);
    const { treatment } = item;
    const answer = await this.#ask({
      title: treatment.headline, text: treatment.body,
      choices: [["accept", treatment.callToAction, true], ["reject", "No, thank you"], ["later", "Not now"]]
    });
    if (answer === "accept" && await this.#suite.respond(item, "accepted", placement)) {
      this.#settle(item);
      await this.#ask({ title: "Thank you", text: `We have noted “${item.name}” for you. What comes next you will see here and in your messages.`, choices: [["ok", "Good", true]] });
    }
    if (answer === "reject") await this.#reject(node, placement);
  }

  async #reject(node, placement) {
    if (await this.#suite.respond(node.item, "rejected", placement, "not for me")) this.#settle(node.item);
  }

  #settle(item) {
    this.#answered.add(`${this.#suite.contact?.id}/${item.proposition}`);
    this.fill();
  }
}
