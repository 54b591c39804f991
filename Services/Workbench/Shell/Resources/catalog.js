// The catalogue as it was applied: what may be offered, to whom, and how strongly.

import { get } from "./api.js";
import { $, fill, h, toast } from "./dom.js";
import { moment, utc } from "./draft-words.js";
import { capital, counted, money, number, percent, titleOf, when, words } from "./format.js";
import { remarksBox } from "./remarks-view.js";

const chosen = $("#version");
chosen.addEventListener("change", () => load(chosen.value));
load(new URLSearchParams(location.search).get("version"));

async function load(version) {
  try {
    show(await get("catalog", { version }));
  } catch (problem) {
    fill($("#issues"), h("p", { class: "empty card" }, problem.status === 404 ? "No catalogue has been applied yet: trias catalog apply brings one." : problem.message));
    if (problem.status !== 404) toast(problem.message, "error");
  }
}

function show({ versions, isCurrent, catalog, standings, remarks, results, limits, resultsSinceMs, controlGroups }) {
  fill($("#catalog-head"),
    h("h1", {}, catalog.name),
    h("p", { class: "muted" }, `${catalog.propositions.length} propositions · version ${catalog.version} · applied `, h("span", { title: utc(catalog.appliedMs) }, moment(catalog.appliedMs)), catalog.appliedBy && ` by ${catalog.appliedBy}`, " · ",
      h("span", { class: `chip ${isCurrent ? "good" : "faded"}` }, isCurrent ? "in force" : "of the past"),
      resultsSinceMs && ` · results since ${when(resultsSinceMs)}`),
    catalog.note && h("p", { class: "applied-note" }, `“${catalog.note}”`),
    Object.keys(standings).length > 0 && h("p", { class: "muted" }, `${counted(Object.keys(standings).length, "proposition")} of them can be shown to nobody now: they are marked.`));
  fill(chosen, versions.map((one) => h("option", { value: one.version, selected: one.version === catalog.version }, `${one.version} · ${when(one.appliedMs)}`)));
  const issues = groupBy(catalog.propositions, (one) => one.issue);
  fill($("#issues"), [...issues].map(([issue, propositions]) => h("section", { class: "issue" },
    h("h2", {}, capital(words(issue)), h("span", { class: "muted" }, ` ${propositions.length}`)),
    [...groupBy(propositions, (one) => one.group)].map(([group, members]) => h("div", { class: "group" },
      h("h3", {}, words(group)), h("div", { class: "propositions" }, members.map((one) => card(one, catalog, { standing: standings[one.id] ?? [], result: results[one.id], limits: limits[one.id] ?? [] }))))))));
  fill($("#policies"), remarksBox(remarks), applications(versions, catalog), policy(catalog), business(catalog), lift(catalog, controlGroups), weights(catalog), conditions(catalog), fallback(catalog), attributes(catalog), segments(catalog));
}

function card(one, catalog, { standing, result, limits }) {
  const rules = [["May have it", one.eligibility], ["Makes sense now", one.applicability], ["In the customer's interest", one.suitability]].filter(([, list]) => list.length > 0);
  const levers = (catalog.levers ?? []).filter((part) => concerns(part, one) && isValid(part));
  return h("details", { class: `card proposition ${standing.length > 0 || limits.some((each) => each.taken >= each.limit.max) ? "off" : ""}`, id: one.id },
    h("summary", {},
      h("div", { class: "proposition-head" }, h("b", {}, one.name), h("span", { class: `kind kind-${one.kind}` }, one.kind)),
      h("div", { class: "proposition-facts" },
        h("span", {}, h("b", { class: "num" }, money(one.valueMinor, catalog.currency)), " value"),
        h("span", {}, h("b", { class: "num" }, percent(one.startProbability)), " to start with"),
        one.costMinor > 0 && h("span", { title: "Of making the offer once" }, h("b", { class: "num" }, money(one.costMinor, catalog.currency, { exact: true })), " cost"),
        one.marginPercent !== undefined && h("span", { title: "So much of an order's amount is revenue" }, h("b", { class: "num" }, `${Math.round(100 * one.marginPercent) / 100} %`), " margin"),
        one.priceMinor !== undefined && h("span", {}, h("b", { class: "num" }, money(one.priceMinor, catalog.currency)), " price"),
        one.maxCpaMinor !== undefined && h("span", {}, h("b", { class: "num" }, money(one.maxCpaMinor, catalog.currency)), " at most per acceptance"),
        levers.length > 0 && h("span", { title: levers.map((lever) => titleOf(lever) ?? lever.name).join(", ") }, h("b", { class: "num" }, signed(Math.max(-100, levers.reduce((sum, lever) => sum + lever.percent, 0)))), " levers")),
      resultLine(result, catalog),
      h("div", { class: "chips" },
        one.treatments.map((treatment) => h("span", { class: "chip" }, shownAt(treatment))),
        standing.map((each) => h("span", { class: "chip bad", title: each.atMs ? utc(each.atMs) : null, data: { standing: each.rule } }, standingText(each))),
        validityText(one, standing).map(([text, ms]) => h("span", { class: "chip", title: utc(ms) }, text)),
        one.isMandatory && h("span", { class: "chip warn" }, "mandatory"),
        limits.map(({ limit, taken }) => h("span", { class: `chip ${taken < limit.max ? "" : "bad"}`, title: `Over all customers, by ${limit.of}` },
          h("b", { class: "num" }, number(taken)), ` of ${number(limit.max)} ${limit.of} ${{ day: "today", ever: "ever" }[limit.per] ?? `this ${limit.per}`}`)),
        one.purpose && h("span", { class: "chip faded", title: "The consent that it needs" }, `needs ${words(one.purpose)}`))),
    rules.map(([title, list]) => h("section", {}, h("h4", {}, title), h("ul", { class: "rules" }, list.map((rule) => h("li", {}, h("span", {}, titleOf(rule) ?? words(rule.name)), h("code", {}, rule.when)))))),
    h("section", {}, h("h4", {}, "Treatments"), one.treatments.map((treatment) => h("div", { class: "treatment" },
      h("span", { class: "chip" }, shownAt(treatment)), h("div", {}, h("b", {}, treatment.headline), h("p", {}, treatment.body), h("span", { class: "muted small" }, `“${treatment.callToAction}”`))))),
    one.steps.length > 0 && h("section", {}, h("h4", {}, "From acceptance to net revenue"), h("ol", { class: "way" }, one.steps.map((step) =>
      h("li", {}, h("b", {}, words(step.name)), h("span", {}, step.summary),
        h("span", { class: "muted small" }, [`by ${step.completedBy.event}`, step.completedBy.form && `form ${step.completedBy.form}`, step.completedBy.purpose && `purpose ${step.completedBy.purpose}`, step.task && `task for ${step.task.channel}`, step.dueHours && `within ${step.dueHours} h`].filter(Boolean).join(" · "))))))
  );
}

const concerns = (part, one) =>
  (part.issue ?? one.issue) === one.issue && (part.group ?? one.group) === one.group && (part.proposition ?? one.id) === one.id;
/// What keeps it from everybody.
const standingText = ({ rule, atMs, reason }) =>
  reason ? `taken out: ${reason}` : rule === "not-yet-valid" ? `not before ${moment(atMs)}` : rule === "no-longer-valid" ? `over since ${moment(atMs)}` : words(rule);

/// From when and until when it is valid, as far as that isn't said already.
function validityText(one, standing) {
  const isSaid = (rule) => standing.some((each) => each.rule === rule);
  return [one.validFromMs !== undefined && !isSaid("not-yet-valid") && [`valid since ${moment(one.validFromMs)}`, one.validFromMs],
    one.validUntilMs !== undefined && !isSaid("no-longer-valid") && [`valid until ${moment(one.validUntilMs)}`, one.validUntilMs]].filter(Boolean);
}

const isValid = (part) => (part.validFromMs ?? 0) <= Date.now() && Date.now() < (part.validUntilMs ?? Infinity);
const shownAt = ({ channel, placement }) => (placement ? `${channel} · ${words(placement)}` : channel);
const signed = (number) => `${number > 0 ? "+" : ""}${Math.round(100 * number) / 100} %`;
const about = (part) => words(part.proposition ?? part.group ?? part.issue ?? "all");

/// What came of it so far: presentations that came to an outcome, and the leads.
function resultLine(result, catalog) {
  if (!result) return h("div", { class: "proposition-results muted" }, "No results yet");
  return h("div", { class: "proposition-results" },
    h("span", { title: "Presentations that came to an outcome, and how many were accepted" }, h("b", { class: "num" }, number(result.shown)), " shown",
      result.shown > 0 && [" · ", h("b", { class: "num" }, percent(result.accepted / result.shown)), " accepted"]),
    result.open + result.won + result.lost > 0 && h("span", { title: `${result.lost} lost` }, h("b", { class: "num" }, number(result.open)), ` ${result.open === 1 ? "lead" : "leads"} open · `, h("b", { class: "num" }, number(result.won)), " won",
      result.won > 0 && ` (${money(result.netRevenueMinor, catalog.currency)})`));
}

const box = (title, ...body) => h("section", { class: "card box" }, h("h3", {}, title), body);

/// So many versions are shown at once.
const versionsShown = 5;

/// Who applied what, when and why.
function applications(versions, { version }) {
  const row = (one) => h("li", {}, h("span", {}, one.version === version ? h("b", {}, one.version) : h("a", { href: `/catalog?version=${encodeURIComponent(one.version)}` }, one.version), h("span", { class: "muted" }, one.appliedBy ? ` by ${one.appliedBy}` : " by nobody named")),
    h("span", { class: "muted small", title: utc(one.appliedMs) }, `${moment(one.appliedMs)} · ${counted(one.propositions, "proposition")}`), one.note && h("span", { class: "small" }, `“${one.note}”`));
  return box("Versions", h("ul", { class: "rules versions" }, versions.slice(0, versionsShown).map(row)),
    versions.length > versionsShown && h("details", {}, h("summary", { class: "muted" }, `${versions.length - versionsShown} earlier`), h("ul", { class: "rules versions" }, versions.slice(versionsShown).map(row))));
}

function policy({ contactPolicy: p }) {
  return box("Contact policy", h("dl", { class: "facts" },
    h("dt", {}, "Shown at most"), h("dd", {}, `${p.presentationsMax} × in ${p.presentationsDays} days`),
    h("dt", {}, "Rests after"), h("dd", {}, `${restsAfter(p)}, for ${p.restDays} days`),
    h("dt", {}, "After acceptance"), h("dd", {}, `${p.acceptedRestDays} days`),
    (p.groups ?? []).map((one) => [h("dt", {}, one.group ? `All of ${words(one.group)}` : "Any other group"), h("dd", {}, `rests after ${restsAfter(one)}, for ${one.restDays} days`)]),
    (p.channels ?? []).map((one) => [h("dt", {}, `By ${words(one.channel)}`), h("dd", {}, `${[one.contactsMax !== undefined && `${one.contactsMax} contacts`, one.presentationsMax !== undefined && `${one.presentationsMax} presentations`].filter(Boolean).join(" and ")} at most in ${one.days} days`)]),
    (p.blocks ?? []).map((one) => [h("dt", {}, `After ${words(one.after)}`), h("dd", {}, `no ${words(one.channel)} for ${one.days} days`)]),
    p.preferredChannel && [h("dt", {}, "Wanted channel"), h("dd", {}, words(p.preferredChannel))]));
}

const restsAfter = (rest) => [rest.rejectionsMax && `${rest.rejectionsMax} × no`, rest.ignoredMax && `${rest.ignoredMax} × ignored`].filter(Boolean).join(" or ");

function business({ levers = [], exclusions = [], contactCosts = [], currency }) {
  return levers.length + exclusions.length + contactCosts.length > 0 && box("Business", h("ul", { class: "rules" },
    exclusions.map((one) => h("li", {}, h("span", {}, h("span", { class: "chip bad" }, "taken out"), ` ${about(one)}: ${one.reason}`))),
    levers.map((one) => h("li", {}, h("span", {}, titleOf(one) ?? words(one.name), h("b", { class: "num" }, ` ${signed(one.percent)}`), h("span", { class: "muted small" }, ` ${about(one)}${isValid(one) ? "" : ", not now"}`)))),
    contactCosts.map((one) => h("li", {}, h("span", {}, `A contact by ${words(one.channel)} costs `, h("b", { class: "num" }, money(one.costMinor, currency)))))));
}

/// What the full ranking brings, beside customers whose lists are ranked otherwise.
function lift({ controlGroups: shares, currency }, results) {
  if (!shares && results.length === 0) return null;
  const worth = (one) => one.valueMinor / one.shown;
  const full = results.find((one) => one.controlGroup === "none");
  const percents = { "random-eligible": shares?.randomEligiblePercent ?? 0, "propensity-only": shares?.propensityOnlyPercent ?? 0, "value-only": shares?.valueOnlyPercent ?? 0 };
  percents.none = Math.round(100 * (100 - Object.values(percents).reduce((sum, one) => sum + one, 0))) / 100;
  const rows = ["none", "random-eligible", "propensity-only", "value-only"].map((name) => [name, results.find((one) => one.controlGroup === name)]);
  const lifted = (one) => one !== full && full && worth(one) > 0 && ` · lift ${signed(100 * (worth(full) / worth(one) - 1))}`;
  return box("Control groups", h("ul", { class: "plain lift" }, rows.map(([name, one]) => h("li", {},
    h("span", {}, h("b", {}, `Ranked ${ranked[name]}`), h("span", { class: "muted small" }, ` ${percents[name]} % of customers`)),
    h("span", { class: "muted small", title: "Presentations that came to an outcome; the value of what was accepted, per presentation; and how much more of that the full ranking brings" },
      one ? [h("b", { class: "num" }, number(one.shown)), " shown · ", percent(one.accepted / one.shown), " accepted · ", money(worth(one), currency), " each", lifted(one)] : "nothing shown yet")))));
}

const ranked = { none: "in full", "random-eligible": "by lot", "propensity-only": "by probability alone", "value-only": "by value alone" };

function weights({ contextWeights }) {
  return contextWeights.length > 0 && box("Context weights", h("ul", { class: "rules" }, contextWeights.map((weight) =>
    h("li", {}, h("span", {}, titleOf(weight) ?? words(weight.name), h("b", { class: "num" }, ` × ${weight.factor}`), h("span", { class: "muted small" }, ` ${words(weight.proposition ?? weight.group ?? weight.issue ?? "all")}`)), h("code", {}, weight.when)))));
}

function conditions(catalog) {
  return catalog.conditions.length > 0 && box("Named conditions", h("ul", { class: "rules" }, catalog.conditions.map((one) => h("li", {}, h("span", {}, one.name), h("code", {}, one.when)))));
}

function fallback(catalog) {
  return catalog.fallback.length > 0 && box("When the suite is away", catalog.fallback.map((list) =>
    h("div", {}, h("span", { class: "chip" }, list.channel), h("ol", { class: "plain" }, list.propositions.map((id) => h("li", {}, catalog.propositions.find((one) => one.id === id)?.name ?? id))))));
}

function attributes(catalog) {
  return catalog.attributes.length > 0 && box("Attributes", h("div", { class: "chips" }, catalog.attributes.map((one) =>
    h("span", { class: "chip", title: origin(one) }, `${one.name} `, h("span", { class: "muted" }, one.computation ? one.computation.take : one.cases ? "decided" : `${one.scope} ${one.kind}`)))));
}

function origin(attribute) {
  const { computation, cases } = attribute;
  if (cases) return [...cases.map((one) => `${one.value}: ${one.when}`), attribute.otherwise && `otherwise ${attribute.otherwise}`].filter(Boolean).join("\n");
  if (!computation) return attribute.values.join(", ");
  const where = computation.matching.map((one) => `${one.field} ${one.value}`).join(", ");
  const over = computation.windowMs ? `over ${computation.windowMs / 3_600_000} h` : computation.halfLifeMs ? `half-life ${computation.halfLifeMs / 3_600_000} h` : "";
  return [`${computation.take} of ${computation.event}`, computation.of, where, over, `version ${attribute.version}`].filter(Boolean).join(", ");
}

function segments(catalog) {
  return catalog.segments?.length > 0 && box("Segments", h("ul", { class: "rules" }, catalog.segments.map((one) => h("li", {}, h("span", {}, titleOf(one) ?? one.name), h("code", {}, one.when)))));
}

function groupBy(list, key) {
  const groups = new Map();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}
