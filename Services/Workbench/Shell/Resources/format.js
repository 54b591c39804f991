// How amounts, times and names are written.

const moneyFormats = new Map();

/// Minor units to text; cents only where they matter.
export function money(minor, currency, { exact = false } = {}) {
  if (minor === null || minor === undefined) return "–";
  const probe = moneyFormat(currency, undefined);
  const digits = probe.resolvedOptions().maximumFractionDigits;
  const amount = minor / 10 ** digits;
  const whole = !exact && (Math.abs(amount) >= 100 || Number.isInteger(amount));
  return moneyFormat(currency, whole ? 0 : digits).format(amount);
}

function moneyFormat(currency, digits) {
  const key = `${currency}/${digits}`;
  if (!moneyFormats.has(key)) {
    moneyFormats.set(key, new Intl.NumberFormat("en-GB", {
      style: "currency", currency: currency || "EUR",
      ...(digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    }));
  }
  return moneyFormats.get(key);
}

export const number = (n) => new Intl.NumberFormat("en-GB").format(n ?? 0);

export function percent(p) {
  if (p === null || p === undefined) return "–";
  return `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)} %`;
}

/// As exact as a calculation needs that is to come out before the reader's eyes.
export const exactly = (n, digits = 4) => new Intl.NumberFormat("en-GB", { maximumSignificantDigits: digits }).format(n);

/// Fractions of the smallest coin count where amounts are compared.
export function exactMoney(minor, currency) {
  const digits = moneyFormat(currency, undefined).resolvedOptions().maximumFractionDigits;
  return new Intl.NumberFormat("en-GB", { style: "currency", currency: currency || "EUR", maximumSignificantDigits: 4 })
    .format(minor / 10 ** digits);
}

const two = (n) => String(n).padStart(2, "0");

export function clock(ms, { millis = false } = {}) {
  const d = new Date(ms);
  const text = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  return millis ? `${text}.${String(d.getMilliseconds()).padStart(3, "0")}` : text;
}

/// The time for today, the day for earlier.
export function when(ms) {
  if (!ms) return "never";
  const d = new Date(ms);
  if (d.toDateString() === new Date().toDateString()) return clock(ms);
  return d.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: d.getFullYear() === new Date().getFullYear() ? undefined : "numeric" });
}

export function ago(ms, now = Date.now()) {
  const s = Math.max(0, Math.round((now - ms) / 1000));
  if (s < 5) return "now";
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86400)} d ago`;
}

/// What still has time says how much; what should be done by now says for how long.
export function due(ms, now = Date.now()) {
  const minutes = Math.round(Math.abs(ms - now) / 60_000);
  const span = minutes < 60 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
  return ms < now ? `overdue by ${span}` : `due in ${span}`;
}

/// `1 event`, `2 events`
export const counted = (n, thing) => `${number(n)} ${thing}${n === 1 ? "" : "s"}`;

const eventNames = {
  "contact.started": "contact began", "contact.ended": "contact ended", "page.viewed": "page looked at", "product.viewed": "product looked at",
  "search.performed": "search", "cart.changed": "cart changed", "form.submitted": "form sent", "question.asked": "question asked",
  "message.received": "message sent to us", "complaint.filed": "complaint", "order.placed": "order", "event.attended": "event attended",
  "nba.presented": "offer shown", "nba.clicked": "offer clicked", "nba.accepted": "offer accepted", "nba.rejected": "offer declined",
  "consent.given": "consent given", "consent.withdrawn": "consent withdrawn", "identity.asserted": "logged in",
  "customer.recorded": "recorded by a system", "relation.recorded": "acts for another, or does no longer",
  "email.delivered": "e-mail delivered", "email.opened": "e-mail opened",
  "email.clicked": "e-mail clicked", "email.bounced": "e-mail came back", "task.done": "task done", "task.failed": "task failed",
};

/// What happened, as people say it.
export const eventName = (type) => eventNames[type] ?? words(type.replace(/\./g, " "));

const intentNames = { question: "has a question", purchase: "wants to buy", complaint: "has a complaint", cancellation: "wants to cancel" };

/// Why somebody came; what is not among the usual is as the catalogue calls it.
export const intentName = (intent) => intentNames[intent] ?? words(intent);

export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${two(Math.floor(s / 60))}:${two(s % 60)}`;
}

export function shortKey(text, max = 16) {
  const colon = text.indexOf(":");
  const head = colon > 0 && colon < 12 ? text.slice(0, colon + 1) : "";
  const tail = text.slice(head.length);
  if (text.length <= max) return text;
  const room = Math.max(4, max - head.length - 1);
  return `${head}${tail.slice(0, Math.ceil(room / 2))}…${tail.slice(-Math.floor(room / 2))}`;
}

export const topicName = (topic) => topic.replace(/\.v\d+$/, "");

/// `contact-policy` → `contact policy`
export const words = (text) => (text ?? "").replace(/[-_]/g, " ");

export const capital = (text) => text ? text[0].toUpperCase() + text.slice(1) : "";

export const languages = [["en", "English"], ["nl", "Nederlands"]];

/// In which titles are read, as it was last chosen on the page of a decision; undefined: nobody has chosen, and they are in
/// the catalogue's own.
export function chosenLanguage() {
  const chosen = localStorage.getItem("language");
  return languages.some(([code]) => code === chosen) ? chosen : undefined;
}

/// What a part of the catalogue is called where it has a title; undefined: it has none.
export const titleOf = (one) => one.titles?.[chosenLanguage()] ?? one.title;
