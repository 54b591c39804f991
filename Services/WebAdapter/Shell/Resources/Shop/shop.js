// The site: which page is shown, who is logged in, and what of it the suite is told.

import { Suite } from "./api.js";
import { products } from "./content.js";
import { ask, field, link } from "./elements.js";
import { Offers } from "./offers.js";
import * as pages from "./pages.js";

const find = selector => document.querySelector(selector);
const suite = new Suite();
const offers = new Offers(suite, ask);
const send = (type, data) => suite.track(type, data);

const simplePages = { help: pages.help, appointment: pages.appointment, closing: pages.closing };

function show(tell = true) {
  const id = location.pathname.split("/")[2] || "home";
  const query = new URLSearchParams(location.search).get("q");
  const main = find("#page");
  if (products[id]) main.replaceChildren(...pages.product(id, suite, send));
  else if (simplePages[id]) main.replaceChildren(...simplePages[id](suite, send));
  else if (id === "search" && query) main.replaceChildren(...pages.search(query));
  else main.replaceChildren(...pages.home(suite));
  document.title = `${main.querySelector("h1")?.textContent ?? "Lindenbank"} · Lindenbank`;
  for (const item of document.querySelectorAll("nav a")) {
    item.toggleAttribute("aria-current", item.pathname === location.pathname);
  }
  offers.fill();
  if (tell) report(id, query);
}

async function report(id, query) {
  // Whoever asks for this page comes for something else than before: that is a contact of its own.
  if (id === "closing" && suite.contact?.intent !== "cancellation") {
    await suite.end("wants to leave");
    await suite.start("cancellation");
  }
  if (id === "search" && query) return send("search.performed", { query });
  // Whoever looks at how to leave may leave: every channel is to know it, whether or not the form is ever sent.
  send("page.viewed", { page: location.pathname, category: id === "closing" ? "cancellation" : products[id]?.category });
  if (products[id]) send("product.viewed", { product: id, category: products[id].category });
}

function go(address) {
  history.pushState(null, "", address);
  show();
  scrollTo({ top: 0 });
  find("#page").focus({ preventScroll: true });
}

function showAccount() {
  find("#account").textContent = suite.customer ? `Log out ${suite.customer.name || suite.customer.number}` : "Log in";
}

async function account() {
  if (suite.customer) {
    await suite.logout();
  } else {
    const answer = await ask({
      title: "Log in", text: "Any customer number will do: this is a demonstration, and asks for no password.",
      fields: [
        field("Customer number", "number", { required: true, pattern: "[0-9]{3,12}", inputmode: "numeric", placeholder: "for instance 10042" }),
        field("First name", "name", { maxlength: 40 })
      ],
      choices: [["login", "Log in", true], ["", "Cancel"]]
    });
    if (answer.choice !== "login" || !answer.number) return;
    await suite.login(answer.number, answer.name.trim());
  }
  showAccount();
  show(false);
}

function showStatus(text) {
  const list = suite.list;
  document.body.dataset.listSource = suite.listSource;
  document.body.dataset.listVersion = list?.version ?? "";
  const what = list ? `list ${list.version}, ${suite.listSource === "live" ? "decided for this visitor" : "the catalogue's own"}` : "no list yet";
  find("#status").textContent = text ?? `A demonstration; not a bank. Contact ${suite.contact?.id ?? "none"}, ${what}.`;
}

find("#nav").append(...Object.entries(products).map(([id, it]) => link(`/shop/${id}`, {}, it.short)));
find("#account").addEventListener("click", account);
find("#search").addEventListener("submit", event => {
  event.preventDefault();
  const query = find("#query").value.trim();
  if (query) go(`/shop/search?q=${encodeURIComponent(query)}`);
});
find("#privacy").addEventListener("click", () => { find("#consent").hidden = false; });
find("#leave").addEventListener("click", async () => {
  await suite.end("left");
  await suite.start();
  go("/shop");
});
for (const [id, choice] of [["#consent-yes", "given"], ["#consent-no", "withdrawn"]]) {
  find(id).addEventListener("click", () => {
    suite.choose(choice);
    find("#consent").hidden = true;
  });
}
document.addEventListener("click", event => {
  const target = event.target.closest("a[data-link]");
  if (!target || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(target.getAttribute("href"));
});
addEventListener("popstate", () => show());
suite.addEventListener("list", () => showStatus());
suite.addEventListener("problem", event => showStatus(event.detail));

find("#consent").hidden = !!suite.consent;
showAccount();
show(false);
await suite.open();
showStatus();
show();
