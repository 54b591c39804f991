// Why a list is as it is: the whole portfolio, stage by stage, and what it was decided on.

import { get } from "./api.js";
import { controlGroupNotice } from "./control-group-view.js";
import { customerView } from "./customer-view.js";
import { $, fill, h } from "./dom.js";
import { chosenLanguage, clock, exactly, exactMoney, languages, percent, shortKey, when, words } from "./format.js";

const stages = ["validity", "eligibility", "applicability", "suitability", "consent", "contact-policy", "propensity", "arbitration", "constraints"];
const list = decodeURIComponent(location.pathname.split("/").pop());
let language = chosenLanguage() ?? "en";
let isAudited = false;
let filter = null;
await load();

async function load() {
  try {
    const decision = await get(`decisions/${encodeURIComponent(list)}`, { language });
    if (decision.customer) show(decision); else showPublished(decision);
  } catch (problem) {
    fill($("#decision"), h("p", { class: "empty card" }, problem.message));
  }
}

/// In which language, and whether for the agent or for the auditor.
function voice(draw) {
  const choices = (label, options, chosen, choose) => h("div", { class: "voice", role: "group", "aria-label": label },
    options.map(([value, text]) => h("button", { type: "button", "aria-pressed": String(value === chosen), onclick: () => choose(value) }, text)));
  return h("div", { class: "voices" },
    choices("Voice", [[false, "For the agent"], [true, "For the auditor"]], isAudited, (value) => { isAudited = value; draw(); }),
    choices("Language", languages, language, (value) => { language = value; localStorage.setItem("language", value); load(); }));
}

function head(one, more) {
  fill($("#decision-head"),
    h("h1", {}, "Why this list?"),
    one && h("p", { class: "muted" }, "Decided ", new Date(one.atMs).toDateString() === new Date().toDateString() ? "" : `${when(one.atMs)}, `, h("span", { class: "num" }, clock(one.atMs, { millis: true })), " for contact ", h("code", { title: one.contact }, shortKey(one.contact, 22)),
      ", version ", one.version % 1000000, " · catalogue ", h("a", { href: `/catalog?version=${encodeURIComponent(one.catalogVersion)}` }, one.catalogVersion), more));
}

/// Of a decision that another build recorded.
function showPublished({ missing, published }) {
  head(published);
  fill($("#decision"), h("p", { class: "card notice" }, missing),
    published && h("div", { class: "card table-card" }, h("div", { class: "scroll" }, h("table", { class: "portfolio" },
      h("thead", {}, h("tr", {}, h("th", {}, "Rank"), h("th", {}, "Proposition"), h("th", { class: "num", title: "Probability that it is accepted" }, "P"), h("th", { class: "num", title: "The probability times the value of an acceptance" }, "P × V"), h("th", {}, "Why"))),
      h("tbody", {}, published.items.map((item) => h("tr", { class: "listed" },
        h("td", {}, h("span", { class: "rank" }, item.rank)),
        h("td", {}, h("b", {}, item.name), h("div", { class: "muted small" }, `${words(item.issue)} › ${words(item.group)}`)),
        h("td", { class: "num" }, exactPercent(item.probability)),
        h("td", { class: "num" }, exactMoney(item.expectedValueMinor, item.currency)),
        h("td", {}, h("ul", { class: "reasons" }, item.reasons.map((reason) => h("li", {}, reason)))))))))));
}

function show(decision) {
  head(decision, ` · ${decision.settings.isSampling ? "Thompson sampling" : "by the mean"}`);
  const funnel = h("div", { class: "card funnel-card" });
  const table = h("div", { class: "card table-card" });
  const customer = h("div", { class: "card" });
  fill($("#decision"),
    controlGroupNotice(decision.controlGroup),
    decision.missing && h("p", { class: "card notice" }, decision.missing),
    decision.group && standIn(decision.group),
    decision.portfolio && [funnel, table],
    h("div", { class: "two" },
      h("div", { class: "card table-card" }, h("div", { class: "panel-head" }, h("h2", {}, "Propensities"), h("span", { class: "muted small" }, "P as the models gave it, and how far off it may well be")), propensities(decision)),
      customer));
  customerView(customer).update({ customer: decision.customer, identifier: null });
  if (decision.portfolio) {
    const draw = () => {
      fill(funnel, funnelChart(decision.portfolio, (stage) => { filter = filter === stage ? null : stage; draw(); }));
      fill(table, voice(draw), portfolio(decision));
    };
    draw();
  }
}

/// What was known of others, where nothing was of him.
function standIn(group) {
  return h("p", { class: "card notice stand-in" }, "Nothing is known of the customer's own interests. Those of the group ",
    h("b", {}, `“${group.title ?? words(group.segment)}”`),
    ` stand in for them, as of ${group.members} of its customers (version ${group.version}): `,
    group.interests.map((one) => `${words(one.category)} ${percent(one.share)}`).join(", "), ".");
}

function funnelChart(portfolio, pick) {
  let left = portfolio.length;
  const rows = [["portfolio", left, 0]];
  for (const stage of stages) {
    const out = portfolio.filter((one) => one.stage === stage).length;
    left -= out;
    rows.push([stage, left, out]);
  }
  return h("ol", { class: "funnel-chart" }, rows.map(([stage, kept, out]) => h("li", {},
    h("button", { type: "button", disabled: stage !== "portfolio" && out === 0, "aria-pressed": String(filter === stage), onclick: () => pick(stage) },
      h("span", { class: "stage-name" }, words(stage)),
      h("span", { class: "stage-bar" }, h("i", { style: { width: `${100 * kept / portfolio.length}%` } }), out > 0 && h("i", { class: "out", style: { width: `${100 * out / portfolio.length}%` } })),
      h("span", { class: "num" }, kept), h("span", { class: "num out-count" }, out > 0 ? `−${out}` : "")))));
}

function portfolio(decision) {
  const order = (one) => [one.rank ?? 1e6, -(stages.indexOf(one.stage))];
  const rows = decision.portfolio.filter((one) => !filter || filter === "portfolio" || one.stage === filter)
    .sort((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1]);
  const has = (name) => rows.some((one) => one[name] !== undefined);
  const { settings, currency } = decision;
  // A column is shown where it has something; a factor that is switched off is in no product, and so in no column.
  const columns = [
    ["P", "probability", "Probability that it is accepted, as learned", (one) => exactPercent(one.probability)],
    settings.isSampling && settings.usesPropensity && ["P drawn", "drawn", "Drawn around P for this contact: what is little known gets tried", (one) => exactPercent(one.drawn)],
    settings.usesContext && ["C", "contextWeight", "Context weight", (one) => h("span", { title: (one.contexts ?? []).map(words).join(", ") }, factor(one.contextWeight))],
    // What has no value in money still competes: it counts as the smallest coin.
    settings.usesValue && ["V", "valueMinor", "Value of an acceptance to the company", (one) => exactMoney(Math.max(1, one.valueMinor), currency)],
    settings.usesLevers && ["L", "lever", "Lever of the business", (one) => factor(one.lever)],
    ["Priority", "priority", "What it is ranked by", (one) => settings.usesValue ? exactMoney(one.priority, currency) : exactly(one.priority)],
  ].filter((column) => column && has(column[1]));
  const isFactor = ([, name]) => name !== "priority" && !(name === "probability" && (settings.isSampling || !settings.usesPropensity));
  const legend = h("p", { class: "legend muted small" },
    h("b", {}, `Priority = ${columns.filter(isFactor).map(([name]) => name).join(" × ") || "a lot"}. `),
    columns.filter(([, name]) => name !== "priority").map(([name, , title]) => `${name}: ${title[0].toLowerCase()}${title.slice(1)}`).join(" · "),
    ". Whether an offer is worth its cost is judged by P; the draw decides the order alone.");
  return h("div", { class: "scroll" }, columns.some(([, name]) => name === "priority") && legend, h("table", { class: "portfolio" },
    h("thead", {}, h("tr", {}, h("th", {}, "Rank"), h("th", {}, "Proposition"), columns.map(([name, , title]) => h("th", { class: "num", title }, name)), h("th", {}, "Why"))),
    h("tbody", {}, rows.map((one) => h("tr", { class: one.rank ? "listed" : "dropped" },
      h("td", {}, one.rank ? h("span", { class: "rank" }, one.rank) : h("span", { class: "muted" }, "–")),
      h("td", {}, h("b", {}, one.name), h("div", { class: "muted small" }, `${words(one.issue)} › ${words(one.group)}`)),
      columns.map(([, name, , text]) => h("td", { class: "num" }, one[name] === undefined ? "" : text(one))),
      h("td", {}, h("div", { class: "why" },
        one.stage && h("span", { class: `chip stage-chip stage-${one.stage}` }, words(one.stage)),
        (one.refusal ?? one.rule) && h("span", { class: "refusal", title: one.rule }, one.refusal ?? words(one.rule)),
        one.reasons.length > 0 && h("ul", { class: "reasons" }, one.reasons.map((reason) => h("li", {}, reason))),
        isAudited && h("ol", { class: "audit" }, one.audit.map((line) => h("li", {}, line))))))))));
}

function factor(x) {
  return x === undefined ? "–" : `× ${exactly(x)}`;
}

function exactPercent(p) {
  return `${exactly(100 * p)} %`;
}

function propensities(decision) {
  if (decision.propensities.length === 0) return h("p", { class: "empty" }, "None was asked for.");
  const most = Math.max(...decision.propensities.map((one) => one.high), 0.02);
  return h("ul", { class: "intervals" }, decision.propensities.map((one) => h("li", { title: [`${one.model}, version ${one.modelVersion}`, ...one.siblings.map((s) => `knows what ${s.model}, version ${s.version}, learned from ${s.evidenceCount} answers`)].join("\n") },
    h("span", {}, one.name ?? one.proposition,
      one.drivers.length > 0 && h("span", { class: "muted small" }, ` ${one.drivers.slice(0, 3).map((driver) => `${driver.value >= 0 ? "+" : "−"} ${words(driver.name)}`).join(", ")}`)),
    h("span", { class: "interval" },
      h("i", { style: { left: `${100 * one.low / most}%`, width: `${100 * (one.high - one.low) / most}%` } }),
      h("b", { style: { left: `${100 * one.probability / most}%` } })),
    h("span", { class: "num" }, percent(one.probability)))));
}
