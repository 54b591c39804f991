// The site's pages, built from the content.

import { closings, products } from "./content.js";
import { element, field, link } from "./elements.js";

const slot = (name, count, look) => element("div", { "data-slot": name, "data-count": count, "data-look": look, class: count > 1 ? "cards" : null });

/** A heading over offers: what it says when they were decided for this visitor, and when everybody sees them. */
const offersHeading = (decided, fallback) =>
  element("h2", { "data-decided": decided, "data-fallback": fallback }, decided);

export function home(suite) {
  const hero = slot("hero", 1, "main");
  if (!suite.list) hero.append(element("div", { class: "waiting" }));
  const name = suite.customer?.name;
  return [
    element("section", { class: "hero" }, element("div", { class: "wide" },
      element("div", {},
        element("h1", {}, name ? `Good to see you, ${name}` : "Money matters, calmly"),
        element("p", {}, "Accounts, savings and a roof over your head, from people who live where you do."),
        element("div", { class: "links" }, link("/shop/accounts", {}, "Open an account"), link("/shop/appointment", {}, "Ask for a call"))),
      hero)),
    element("section", { class: "section wide", "data-section": true, hidden: true }, offersHeading("Chosen for you", "What many choose"), slot("home", 3)),
    element("section", { class: "section wide" }, element("h2", {}, "Everything we do"),
      element("div", { class: "cards" }, Object.entries(products).map(([id, product]) =>
        link(`/shop/${id}`, { class: "card" }, element("small", {}, product.name), element("b", {}, product.figure), product.teaser))))
  ];
}

export function product(id, suite, send) {
  const it = products[id];
  const rows = it.terms.map(([what, value]) => element("tr", {}, element("td", {}, what), element("td", {}, value)));
  const form = panel(it.apply, [
    field("Your name", "name", { required: true, autocomplete: "name", value: suite.customer?.name ?? "" }),
    field("Where we reach you", "reach", { required: true, placeholder: "Phone or e-mail" }),
    field("Anything we should know", "text", { rows: 3 })
  ], "Send the application", () => send("form.submitted", { form: `${it.category}-application`, conversion: "hard", category: it.category }));
  form.id = "apply";
  return [
    element("div", { class: "wide" },
      element("p", { class: "crumb" }, link("/shop", {}, "Lindenbank"), ` › ${it.name}`),
      element("div", { class: "product" },
        element("article", {},
          element("h1", {}, it.name), element("p", { class: "lede" }, it.lede),
          element("ul", { class: "points" }, it.points.map(point => element("li", {}, point))),
          element("h2", {}, "In figures"), element("table", {}, element("tbody", {}, rows)), form),
        element("aside", { class: "side", "data-section": true, hidden: true }, offersHeading("For you", "Popular"), slot("product", 2))))
  ];
}

export function help(suite, send) {
  const form = panel("What is it about?", [
    field("This is", "kind", {}, ["A question", "A complaint"]),
    field("About", "about", {}, Object.values(products).map(it => it.name)),
    field("In your words", "text", { rows: 5, required: true })
  ], "Send", values => {
    const about = Object.values(products).find(it => it.name === values.about);
    send(values.kind === "A complaint" ? "complaint.filed" : "question.asked", { text: values.text, category: about?.category });
  });
  return simple("Questions and complaints", "Somebody reads this today, and answers by tomorrow.", form);
}

export function appointment(suite, send) {
  const form = panel("Ask for a call", [
    field("Your name", "name", { required: true, autocomplete: "name", value: suite.customer?.name ?? "" }),
    field("Phone", "phone", { required: true, type: "tel", autocomplete: "tel" }),
    field("About", "about", {}, Object.values(products).map(it => it.name))
  ], "Please call me", values => {
    const about = Object.values(products).find(it => it.name === values.about);
    send("form.submitted", { form: "contact-request", conversion: "soft", category: about?.category });
  });
  return simple("Talk to us", "Say when, and somebody from your branch calls.", form);
}

export function closing(suite, send) {
  const form = panel("Close an account", [
    field("Why?", "reason", {}, closings), field("Anything else", "text", { rows: 3 })
  ], "Close it", values => {
    send("form.submitted", { form: "account-closing", conversion: "soft", category: "account" });
    send("message.received", { text: `Closing: ${values.reason}. ${values.text}`, category: "cancellation" });
  });
  return simple("You want to leave?", "It takes one form. Before you send it, have a look at what we can do.", form);
}

export function search(query) {
  const words = query.toLowerCase().split(/\s+/);
  const hits = Object.entries(products).filter(([, it]) => words.some(word => word && JSON.stringify(it).toLowerCase().includes(word)));
  return simple(`“${query}”`, hits.length ? "This is what we have:" : "Nothing found. Ask us instead, below.",
    element("div", { class: "cards" }, hits.map(([id, it]) =>
      link(`/shop/${id}`, { class: "card" }, element("b", {}, it.figure), element("strong", {}, it.name), element("br"), it.teaser))));
}

function simple(title, lede, body) {
  return [element("div", { class: "wide" },
    element("p", { class: "crumb" }, link("/shop", {}, "Lindenbank"), ` › ${title}`),
    element("div", { class: "product" },
      element("article", {}, element("h1", {}, title), element("p", { class: "lede" }, lede), body),
      element("aside", { class: "side", "data-section": true, hidden: true }, offersHeading("For you", "Popular"), slot("service", 2))))];
}

function panel(title, fields, button, submitted) {
  const form = element("form", { class: "panel" }, element("h2", {}, title), ...fields,
    element("div", { class: "buttons" }, element("button", { class: "strong" }, button)));
  form.addEventListener("submit", event => {
    event.preventDefault();
    submitted(Object.fromEntries(new FormData(form)));
    form.replaceChildren(element("h2", {}, "Thank you"), element("p", {}, "It is with us. We answer by tomorrow."));
    form.classList.add("done");
  });
  return form;
}
