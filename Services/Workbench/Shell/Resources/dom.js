// The little that is needed to build pages: elements, keyed lists, and movement that shows what went where.

/// An element with attributes, listeners (`onclick`) and children. Text is always text, never markup.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    else if (key === "data") Object.assign(element.dataset, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

/// The same for a drawing.
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/// Replaces what is in an element.
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/// The same, but only where what it says has changed: who is just pressing a button in it must not lose it.
export function refill(element, says, ...children) {
  const text = JSON.stringify(says);
  if (element.dataset.says === text) return;
  element.dataset.says = text;
  fill(element, ...children);
}

const shownMarkup = new WeakMap();
const postponed = new Map();
let pressed = null;

addEventListener("pointerdown", (event) => { pressed = event.target; }, true);
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, () => {
    pressed = null;
    // After the click.
    setTimeout(() => {
      const waiting = [...postponed];
      postponed.clear();
      for (const [element, children] of waiting) fillKept(element, children);
    });
  }, true);
}

/// Replaces what is in an element where that says something else, and not under somebody's finger: a click that is under
/// way would miss. Who stood on something with a `data-focus` stands there again; what was unfolded stays so.
export function fillKept(element, ...children) {
  if (pressed && element.contains(pressed)) return postponed.set(element, children);
  postponed.delete(element);
  const fresh = h("div", {}, children);
  if (shownMarkup.get(element) === fresh.innerHTML) return;
  shownMarkup.set(element, fresh.innerHTML);
  const named = (node) => node?.closest?.("[data-focus]")?.dataset.focus;
  const focus = element.contains(document.activeElement) ? named(document.activeElement) : null;
  const open = [...element.querySelectorAll("details[open] > [data-focus]")].map(named);
  element.replaceChildren(...fresh.childNodes);
  for (const node of element.querySelectorAll("[data-focus]")) {
    if (open.includes(node.dataset.focus) && node.parentElement.tagName === "DETAILS") node.parentElement.open = true;
    if (focus && node.dataset.focus === focus) node.focus({ preventScroll: true });
  }
}

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const movedAt = new WeakMap();

/// Shows `items` as children of `list`, one per key, and lets those that changed place glide there: not where they change
/// again within `restMs`, because what never comes to rest can't be read.
export function keyed(list, items, key, render, { restMs = 0 } = {}) {
  const before = new Map();
  for (const child of [...list.children]) {
    if (child.dataset.leaving) child.remove();
    else before.set(child.dataset.key, { child, top: child.getBoundingClientRect().top });
  }
  const after = items.map((item) => {
    const id = key(item);
    const child = before.get(id)?.child ?? h("li", { data: { key: id } });
    render(child, item);
    return child;
  });
  // Nobody is moved who stands where he should: a click that is under way would miss its button.
  for (const { child } of before.values()) if (!after.includes(child)) child.remove();
  after.forEach((child, index) => {
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
  const sinceMs = performance.now() - (movedAt.get(list) ?? -Infinity);
  movedAt.set(list, performance.now());
  if (calm() || sinceMs < restMs) return;
  for (const child of after) {
    const old = before.get(child.dataset.key);
    const { top, bottom } = child.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) continue;
    if (!old) {
      child.animate([{ opacity: 0, transform: "translateX(24px)" }, { opacity: 1, transform: "none" }], { duration: 320, easing: "ease-out" });
      continue;
    }
    const moved = old.top - top;
    if (Math.abs(moved) < 1) continue;
    child.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: 420, easing: "cubic-bezier(.2,.8,.2,1)" });
  }
}

/// Does what one of these buttons was pressed for; until that is over none of them can be pressed.
export async function once(buttons, action) {
  if (buttons.some((button) => button.disabled)) return;
  const focus = document.activeElement;
  for (const button of buttons) button.disabled = true;
  try {
    await action();
  } finally {
    for (const button of buttons) button.disabled = false;
    // What can't be pressed has no focus either: who stood on it stands there again, unless he has gone on.
    if (document.activeElement === document.body) focus.focus({ preventScroll: true });
  }
}

/// A short word at the edge of the page.
export function toast(text, kind = "info") {
  const item = h("div", { class: `toast ${kind}` }, text);
  $("#toasts").append(item);
  setTimeout(() => item.remove(), kind === "error" ? 8000 : 4000);
}

/// Asks with a dialog; resolves to the form's values, or null where it was closed.
export function ask({ title, text, body = [], action, danger = false }) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "card dialog" },
      h("form", { method: "dialog" },
        h("h2", {}, title), text && h("p", { class: "muted" }, text), body,
        h("div", { class: "row end" },
          // No submit button, or it would be the one that Enter presses.
          h("button", { type: "button", class: "button", value: "cancel", onclick: () => dialog.close("cancel") }, "Cancel"),
          h("button", { class: `button ${danger ? "danger" : "primary"}`, value: "ok" }, action))));
    dialog.addEventListener("close", () => {
      const values = Object.fromEntries(new FormData($("form", dialog)));
      dialog.remove();
      resolve(dialog.returnValue === "ok" ? values : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
