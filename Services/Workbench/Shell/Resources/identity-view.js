// Who a customer is and why: his identifiers with their facets, the claims that join them and those that were refused, as
// a graph; and every verdict in the order of judging.

import { h, svg } from "./dom.js";
import { ago, counted, shortKey, when, words } from "./format.js";

const gutter = 74;
const rowHeight = 30;
const facetHeight = 22;
const gap = 8;

/// The strongest above; of a device that several people used, one facet for each of them who is he.
export function identityGraph(customer, identity, pick) {
  const nodes = nodesOf(customer, identity);
  let y = 4;
  for (const node of nodes) {
    node.y = y + rowHeight / 2;
    node.height = rowHeight + facetHeight * (node.isStranger ? 1 : node.facets.length);
    y += node.height + gap;
  }
  const at = new Map(nodes.map((node) => [node.key, node]));
  const links = (identity?.links ?? []).map((link) => ({ ...link, kind: "joined" }));
  const refused = (identity?.refused ?? []).map((link) => ({ ...link, kind: "refused" }));
  const edges = [...links, ...refused].filter((link) => at.has(link.from) && at.has(link.to));
  const his = nodes.filter((node) => !node.isStranger).length;
  return [
    h("div", { class: "panel-head" }, h("h2", {}, "Recognised by"), h("span", { class: "muted small" }, identifiersOf(his), refused.length > 0 && `, ${counted(refused.length, "link")} refused`)),
    h("div", { class: "graph", style: { height: `${y}px` } },
      svg("svg", { width: gutter, height: y, role: "img", "aria-label": `${identifiersOf(his)}, ${counted(links.length, "link")} between them, ${refused.length} refused` },
        edges.map((edge) => arc(at.get(edge.from), at.get(edge.to), edge)),
        nodes.map((node) => svg("circle", { cx: gutter - 8, cy: node.y, r: node.isStranger ? 4 : 5, class: node.isStranger ? "stranger" : node.kind }))),
      h("ul", {}, nodes.map((node) => nodeRow(node, pick)))),
  ];
}

const identifiersOf = (count) => `${count} identifier${count === 1 ? "" : "s"}`;

function nodesOf(customer, identity) {
  const byKey = new Map();
  for (const one of customer.identifiers) {
    const key = `${one.namespace}:${one.value}`;
    if (!byKey.has(key)) byKey.set(key, { key, namespace: one.namespace, value: one.value, facets: [] });
    byKey.get(key).facets.push(one);
  }
  for (const node of byKey.values()) node.facets.sort((a, b) => a.generation - b.generation);
  const members = identity?.members ?? [];
  const order = new Map(members.map((member, index) => [member.identifier, index]));
  for (const member of members) if (byKey.has(member.identifier)) byKey.get(member.identifier).kind = member.kind;
  const nodes = [...byKey.values()].sort((a, b) => (order.get(a.key) ?? 99) - (order.get(b.key) ?? 99) || a.facets[0].firstSeenMs - b.facets[0].firstSeenMs);
  // Those who are not he stand below.
  for (const { to, reason } of identity?.refused ?? []) {
    if (byKey.has(to)) continue;
    const node = { key: to, namespace: to.slice(0, to.indexOf(":")), value: to.slice(to.indexOf(":") + 1), facets: [], isStranger: true, reason };
    byKey.set(to, node);
    nodes.push(node);
  }
  return nodes;
}

function arc(one, other, edge) {
  const x = gutter - 8;
  const depth = Math.min(x - 4, 14 + Math.abs(one.y - other.y) * 0.22);
  return svg("path", { d: `M${x} ${one.y}C${x - depth} ${one.y} ${x - depth} ${other.y} ${x} ${other.y}`, class: edge.kind, "data-from": edge.from, "data-to": edge.to },
    svg("title", {}, edge.kind === "joined" ? `${edge.from} and ${edge.to} were named together` : `${edge.from} and ${edge.to} were not joined: ${reasonName(edge.reason)}`));
}

function nodeRow(node, pick) {
  const label = [h("span", { class: `chip ns ns-${node.namespace}` }, node.namespace), h("code", { title: node.value }, shortKey(node.value, 22))];
  if (node.isStranger) {
    return h("li", { class: "stranger", style: { height: `${node.height}px` } },
      h("a", { class: "node", href: `/customer?identifier=${encodeURIComponent(node.key)}`, title: "Somebody else: look at him", data: { focus: `node-${node.key}` } }, label),
      h("ul", { class: "node-facets" }, h("li", { class: "bad-text small" }, `not he: ${reasonName(node.reason)}`)));
  }
  return h("li", { style: { height: `${node.height}px` } },
    h("button", { class: "node", type: "button", "aria-pressed": "false", title: "What comes from it?", data: { identifier: node.key, focus: `node-${node.key}` }, onclick: () => pick(node.key) }, label),
    h("ul", { class: "node-facets" }, node.facets.map((facet) => h("li", { class: "small", title: facet.facet },
      (node.facets.length > 1 || facet.generation > 0) && h("span", { class: "chip faded" }, `person ${facet.generation + 1}`),
      h("span", {}, counted(facet.events, "event")),
      h("span", { class: "muted" }, `${when(facet.firstSeenMs)} – ${ago(facet.lastSeenMs)}`),
      facet.version > 0 && h("span", { class: "muted moves", title: "Moves between profiles" }, `moved ${facet.version}×`)))));
}

const reasons = {
  linked: "joined", "already-linked": "one person already", "two-persons": "two persons", "belongs-to-another-person": "belongs to another person",
  "contact-identifiers-never-merge": "a contact identifier joins nobody", "only-one-has-it": "finds the only one who has it", "several-have-it": "finds nobody: several have it", "organisations-never-merge": "an organisation is nobody else", "too-many-identifiers": "too many identifiers for one person",
  "split-by-steward": "parted by a data steward", split: "judged again after a split", "split-still-linked-by-others": "split, and still joined by other claims",
  "shared-device": "a device that several log in on, each one’s in turn", "shared-by-too-many": "too many log in on it to be anybody’s",
  "already-split": "was split already", "not-linked": "was not linked", "too-many-splits": "too many splits",
};

const reasonName = (reason) => reasons[reason] ?? words(reason);

export function verdicts(identity) {
  if (!identity) return h("p", { class: "empty" }, "…");
  const rows = identity.judged.map((claim) => h("li", {},
    h("span", { class: "num muted small", title: `${new Date(claim.atMs).toLocaleString("en-GB")}\nclaim ${claim.number}: ${claim.id}` }, when(claim.atMs)),
    h("ul", {}, claim.parties.map((party) => h("li", {},
      h("span", { class: `verdict ${party.isAccepted ? "yes" : "no"}`, "aria-hidden": "true" }, party.isAccepted ? "✓" : "✕"),
      h("code", { title: party.identifier, class: party.isHis ? "" : "muted" }, shortKey(party.identifier, 26)),
      h("span", { class: "small" }, reasonName(party.reason)))))));
  return [
    h("div", { class: "panel-head" }, h("h2", {}, "Links and verdicts"), h("span", { class: "muted small" }, "the latest first")),
    identity.undone.length > 0 && h("ul", { class: "undone" }, identity.undone.map((parting) => h("li", {},
      h("b", {}, "Split "), h("code", {}, shortKey(parting.identifier, 20)), " from ", h("code", {}, shortKey(parting.other, 20)),
      h("span", { class: "muted small" }, ` by ${parting.by}, ${when(parting.atMs)}: ${parting.reason}`)))),
    rows.length === 0 ? h("p", { class: "quiet" }, "Nothing was ever claimed: one identifier, named alone.") : h("ol", { class: "verdict-list", tabindex: 0, "aria-label": "Verdicts" }, rows),
  ];
}
