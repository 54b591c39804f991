// What every page has: where one is, and light or dark; then the page's own module.

import { $ } from "./dom.js";

const page = document.documentElement.dataset.page;
/// Pages that belong to one of those in the head.
const parents = { customers: "catalog", drafts: "catalog", draft: "catalog" };

for (const link of document.querySelectorAll("[data-nav]")) {
  if (link.dataset.nav !== (parents[page] ?? page)) continue;
  link.setAttribute("aria-current", "page");
  // On a phone there may be more pages than room.
  link.scrollIntoView({ inline: "center", block: "nearest" });
}

$("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("trias-theme", root.dataset.theme); } catch { /* It then holds for this page only. */ }
});

if (page !== "sign-in") import(`./${page}.js`);
