// What the workbench's decision page is told: the scorer's explanation in the workbench's words. Here, because no service
// imports another, and this executable has both.

import Contracts
import NbaScorerCore
import Workbench

/// For `Workbench.shell(explain:)`.
let explainForScreens: Explain = { decision, catalog, language in
  let explanation = try explain(decision, catalog: catalog, language: language)
  return explanation.entries.map { entry in
    var one = ExplainedProposition(
      proposition: entry.proposition, name: entry.name, issue: entry.issue, group: entry.group)
    one.rank = entry.rank
    one.stage = entry.drop?.stage
    one.rule = entry.drop?.rule
    one.refusal = entry.refusal
    one.reasons = entry.reasons
    one.audit = explanation.audit(entry.proposition)
    one.probability = entry.probability
    one.drawn = entry.propensity
    one.valueMinor = entry.valueMinor
    one.contextWeight = entry.contextWeight
    one.lever = entry.lever
    one.priority = entry.priority
    one.contexts = entry.contexts
    return one
  }
}
