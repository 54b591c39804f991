// The shop as a client of the suite: who the visitor is, what he does, and the list that comes back. It has nothing that
// any other site couldn't have.

const json = { "Content-Type": "application/json" };
const session = {
  get: name => JSON.parse(sessionStorage.getItem(name) ?? "null"),
  set: (name, value) => sessionStorage.setItem(name, JSON.stringify(value)),
  drop: name => sessionStorage.removeItem(name)
};

export class Suite extends EventTarget {
  contact = session.get("contact");
  customer = session.get("customer");
  list = null;
  listSource = "none";
  #key = "";
  #queue = [];
  #timer = null;
  #events = null;
  #presented = new Set(session.get("presented") ?? []);

  get consent() { return localStorage.getItem("consent"); }

  /** The strongest identifier comes first. */
  get identifiers() {
    const cookie = { namespace: "cookie", value: this.visitor };
    return this.customer ? [{ namespace: "customer", value: this.customer.number }, cookie] : [cookie];
  }

  /** Kept for a year with consent, else until the browser is closed. */
  get visitor() {
    const found = document.cookie.match(/(?:^|; )lb_visitor=([^;]+)/);
    const id = found ? found[1] : crypto.getRandomValues(new Uint32Array(4)).reduce((text, n) => text + n.toString(36), "");
    const age = this.consent === "given" ? "; Max-Age=31536000" : "";
    if (!found || age) document.cookie = `lb_visitor=${id}; Path=/; SameSite=Lax${age}`;
    return id;
  }

  async open() {
    const config = await fetch("/shop/config.json").then(answer => answer.json());
    this.#key = config.sourceKey;
    addEventListener("pagehide", () => this.flush(true));
    // A contact that nothing was heard of for so long is over, whatever the tab remembers.
    const isFresh = this.contact && Date.now() - this.contact.heardMs < 20 * 60_000;
    if (isFresh) this.#follow();
    else await this.start();
  }

  /** `intent`: why the visitor comes, where the page he asks for says so. */
  async start(intent) {
    // Of the screen, and not of the window: the shop may stand in a small frame on a large screen.
    const context = { device: Math.min(screen.width, screen.height) <= 600 ? "phone" : "desktop", loggedIn: !!this.customer };
    const answer = await this.#post("/v1/contacts", { identifiers: this.identifiers, channel: "web", placement: "home", intent, context });
    if (!answer) return;
    this.contact = { id: answer.contact, token: answer.token, intent, heardMs: Date.now() };
    session.set("contact", this.contact);
    this.#presented = new Set();
    this.#show(answer);
    this.#follow();
  }

  async end(reason) {
    await this.flush();
    this.#events?.close();
    if (this.contact) await this.#post(`/v1/contacts/${this.contact.id}/end`, { identifiers: this.identifiers, reason });
    session.drop("contact");
    session.drop("presented");
    this.contact = null;
    this.#show({ list: null, listSource: "none" });
  }

  async login(number, name) {
    this.customer = { number, name };
    session.set("customer", this.customer);
    this.track("identity.asserted", { reason: "logged in" });
    await this.flush();
  }

  async logout() {
    await this.end("logged out");
    this.customer = null;
    session.drop("customer");
    await this.start();
  }

  /** Sent a moment later, with what else happens in it. */
  track(type, data) {
    const event = { id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, type, time: new Date().toISOString() };
    event.data = { identifiers: this.identifiers, channel: "web", contact: this.contact?.id, ...data };
    this.#queue.push(event);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), 60);
  }

  async flush(keepalive = false) {
    clearTimeout(this.#timer);
    const events = this.#queue.splice(0);
    if (!events.length) return;
    if (this.contact) session.set("contact", { ...this.contact, heardMs: Date.now() });
    await this.#post("/v1/events", { events }, keepalive);
  }

  choose(consent) {
    localStorage.setItem("consent", consent);
    void this.visitor;
    this.track(consent === "given" ? "consent.given" : "consent.withdrawn", { purpose: "personal-offers" });
  }

  /** Once in a contact for each proposition, however often a new list brings it back. */
  presented(item, placement) {
    if (this.#presented.has(item.proposition)) return;
    this.#presented.add(item.proposition);
    session.set("presented", [...this.#presented]);
    return this.respond(item, "presented", placement);
  }

  async respond(item, outcome, placement, reason) {
    const response = { proposition: item.proposition, outcome, rank: item.rank, placement, reason };
    return this.#post(`/v1/contacts/${this.contact.id}/responses`, { list: item.list, identifiers: this.identifiers, responses: [response] });
  }

  #follow() {
    this.#events?.close();
    this.#events = new EventSource(`/v1/contacts/${this.contact.id}/list/stream?token=${this.contact.token}`);
    this.#events.addEventListener("list", event => this.#show(JSON.parse(event.data)));
    // The browser comes back by itself, unless it was refused: then the contact is no longer known.
    this.#events.onerror = () => { if (this.#events.readyState === EventSource.CLOSED) this.start(); };
  }

  #show(answer) {
    if (answer.list && this.list && answer.list.contact === this.list.contact && answer.list.version < this.list.version) return;
    this.list = answer.list;
    this.listSource = answer.listSource;
    this.dispatchEvent(new Event("list"));
  }

  async #post(path, body, keepalive = false) {
    const headers = { ...json, "X-Trias-Source-Key": this.#key };
    if (this.contact) headers["X-Trias-Contact-Token"] = this.contact.token;
    try {
      const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), keepalive });
      if (answer.ok) return await answer.json();
      const problem = await answer.json();
      this.dispatchEvent(new CustomEvent("problem", { detail: `${problem.title}: ${problem.field ?? ""} ${problem.detail}` }));
    } catch (error) {
      this.dispatchEvent(new CustomEvent("problem", { detail: "Not to be reached at the moment." }));
    }
    return null;
  }
}
