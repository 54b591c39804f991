// Who acts for whom, in which role: of an organisation or a household the persons, of a person those that he acts for.

import { h } from "./dom.js";
import { capital, shortKey, when, words } from "./format.js";

export const ofOrganisations = (customer) => customer.relations.filter((relation) => relation.isOrganisation);
export const ofPersons = (customer) => customer.relations.filter((relation) => !relation.isOrganisation);

export function relationsCard(customer) {
  const parts = [["Acts for", ofOrganisations(customer)], ["Who acts for it", ofPersons(customer)]].filter(([, relations]) => relations.length > 0);
  return parts.map(([title, relations]) => [h("div", { class: "panel-head" }, h("h2", {}, title)), relationRows(relations)]);
}

/// Those that still hold first, then the latest; the other is a customer with a page of his own.
export function relationRows(relations) {
  const sorted = relations.toSorted((a, b) => Number(a.endedMs !== undefined) - Number(b.endedMs !== undefined) || b.sinceMs - a.sinceMs);
  return h("ul", { class: "relation-list" }, sorted.map((relation) => h("li", { class: relation.endedMs === undefined ? "" : "ended" },
    customerLink(relation.other, `${relation.other.namespace}:${relation.other.value}/${relation.role}`),
    h("span", { class: "small" }, h("b", {}, capital(words(relation.role))), h("span", { class: "muted" }, ` ${span(relation)} · ${relation.source}`)))));
}

const span = ({ sinceMs, endedMs }) => endedMs === undefined ? `since ${when(sinceMs)}` : `${when(sinceMs)} – ${when(endedMs)}`;

export function customerLink({ namespace, value }, focus) {
  return h("a", { href: `/customer?identifier=${encodeURIComponent(`${namespace}:${value}`)}`, title: value, data: focus ? { focus: `relation-${focus}` } : {} },
    h("span", { class: `chip ns ns-${namespace}` }, namespace), h("code", {}, shortKey(value, 24)));
}
