// What the pages ask of the server. A problem document becomes an error whose message a person can read.

import { chosenLanguage } from "./format.js";

const base = "/workbench/api/";

export class Problem extends Error {
  constructor(status, document) {
    super(document?.detail || document?.title || `HTTP ${status}`);
    this.status = status;
    this.field = document?.field;
  }
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(base + path, options);
  } catch {
    throw new Problem(0, { detail: "The workbench can't be reached." });
  }
  const text = await response.text();
  let document = null;
  try { document = text ? JSON.parse(text) : null; } catch { /* Not ours: a proxy's page. */ }
  if (response.ok) return document;
  if (response.status === 401) location.reload();
  throw new Problem(response.status, document);
}

export const get = (path, parameters = {}) => request(withQuery(path, parameters));

export const post = (path, body, options = {}) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...options });

/// A space as %20: the server takes a plus for what it is, as in a telephone number.
function withQuery(path, parameters) {
  const query = Object.entries(parameters).filter(([, value]) => value).map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  return query ? `${path}?${query}` : path;
}

/// A live stream; `handlers` by event name. Reconnects by itself until closed.
export function live(parameters, handlers) {
  let source = null;
  let closed = false;
  let retry = 0;
  function open() {
    source = new EventSource(base + withQuery("live", { language: chosenLanguage(), ...parameters }));
    source.onopen = () => { retry = 0; handlers.state?.("live"); };
    source.onerror = () => {
      handlers.state?.("lost");
      // The browser retries what broke off, but gives up on an error status, as while the service restarts.
      if (source.readyState !== EventSource.CLOSED || closed) return;
      retry = Math.min(retry + 1, 5);
      setTimeout(() => { if (!closed) open(); }, 500 * retry);
    };
    for (const name of ["customer", "flow"]) {
      if (handlers[name]) source.addEventListener(name, (event) => handlers[name](JSON.parse(event.data)));
    }
  }
  open();
  return { close() { closed = true; source.close(); } };
}
