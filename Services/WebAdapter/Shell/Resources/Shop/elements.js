// Elements of a page, from values. Text is always text: nothing that comes from a server is ever read as HTML.

export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.flat().filter(child => child != null));
  return node;
}

export const link = (href, attributes, ...children) => element("a", { href, "data-link": true, ...attributes }, ...children);

export function field(label, name, attributes = {}, options) {
  const control = options
    ? element("select", { name, ...attributes }, options.map(option => element("option", {}, option)))
    : element(attributes.rows ? "textarea" : "input", { name, maxlength: 500, ...attributes });
  return element("label", {}, label, control);
}

/** A question in the page's dialog; gives the choice's name, with the form's values, or null. */
export function ask({ title, text, fields = [], choices }) {
  const dialog = document.querySelector("#dialog");
  return new Promise(resolve => {
    const buttons = choices.map(([value, words, strong]) =>
      element("button", { value, class: strong ? "strong" : null, formnovalidate: !strong }, words));
    const form = element("form", { method: "dialog" },
      element("h2", { id: "dialog-title" }, title), text ? element("p", {}, text) : null, ...fields,
      element("div", { class: "buttons" }, buttons));
    dialog.replaceChildren(form);
    dialog.returnValue = "";
    dialog.onclose = () => {
      const values = Object.fromEntries(new FormData(form));
      resolve(fields.length ? { choice: dialog.returnValue, ...values } : dialog.returnValue || null);
    };
    dialog.showModal();
  });
}
