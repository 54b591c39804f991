// Of a list that is ranked otherwise for a month, so that what the full ranking brings can be measured: how.

import { h } from "./dom.js";
import { words } from "./format.js";

const rankings = { "random-eligible": "by lot among all that may be offered", "propensity-only": "by the probability alone", "value-only": "by the value alone" };

/// Nothing where the list is ranked in full.
export function controlGroupNotice(group) {
  return group !== "none" && h("p", { class: "card notice control-group" }, "This month the customer is in the control group ", h("b", {}, words(group)), `: his lists are ranked ${rankings[group]}, so that what the full ranking brings beyond that can be measured.`);
}
