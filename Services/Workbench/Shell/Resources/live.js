// The live page: the shop, and beside it what the suite makes of every click.

import { get, live } from "./api.js";
import { lineState, showLatency } from "./status.js";
import { customerView } from "./customer-view.js";
import { $, h, fill } from "./dom.js";
import { flowView } from "./flow-view.js";
import { leadsView } from "./lead-view.js";
import { listView } from "./list-view.js";

const watched = new URLSearchParams(location.search).get("identifier");
const hint = watched
  ? "Nothing is known under this identifier yet."
  : "Look around in the shop: with the first click there is a customer to know.";

const list = listView($("#list"), { empty: watched ? "No list: no contact is open." : "Waiting for the visitor’s first list. With the shop open, a contact starts, and its list appears here." });
const customer = customerView($("#customer"), { empty: hint });
const leads = leadsView($("#leads"));
const flow = flowView($("#flow"));

setUpShop();
setUpTabs();
show(null);

let stream = null;
let visitor;
connect(watched);
if (!watched) {
  // The shop gives its visitor a cookie; it may come later, and be another one after "forget me".
  await findVisitor();
  setInterval(() => { if (!document.hidden) findVisitor(); }, 1000);
}

async function findVisitor() {
  try {
    const { identifier } = await get("visitor");
    if (identifier && identifier !== visitor) connect(identifier);
  } catch { /* The stream's own state says that the line is down. */ }
}

function connect(identifier) {
  visitor = identifier;
  stream?.close();
  lineState("wait");
  stream = live({ identifier, channel: watched ? null : "web" }, {
    state: lineState,
    customer: show,
    flow(update) {
      flow.update(update);
      showLatency(update.latency);
    },
  });
}

function show(model) {
  customer.update(model);
  list.update(model?.list ?? null);
  leads.update(model?.leads ?? []);
}

function setUpShop() {
  const panel = $(".shop");
  const address = panel.dataset.shop;
  if (!address) {
    panel.hidden = true;
    document.querySelector("main").classList.add("without-shop");
    return;
  }
  const frame = $("#shop-frame");
  const url = new URL(address, location.href);
  $("#shop-address").textContent = url.host + url.pathname;
  $("#shop-open").href = url.href;
  frame.src = url.href;
  $("#shop-reload").addEventListener("click", () => { frame.src = url.href; });
  frame.addEventListener("load", () => {
    if (!watched) findVisitor();
    // Another origin doesn't tell where it is, and needn't.
    try { $("#shop-address").textContent = url.host + frame.contentWindow.location.pathname + frame.contentWindow.location.hash; } catch { /* stays as it was */ }
  });
}

function setUpTabs() {
  const main = $("main.live");
  for (const button of document.querySelectorAll(".tabs button")) {
    button.addEventListener("click", () => { main.dataset.tab = button.dataset.tab; });
  }
  if (watched) {
    $(".shop").hidden = true;
    main.classList.add("without-shop");
    main.dataset.tab = "list";
    fill($("#shop-address"), h("span", {}, watched));
  }
}
