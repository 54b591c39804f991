import Contracts
import MessageLog
import NbaScorerCore
import Streams

/// What the scorer holds beside the catalogue, as it is now: what the models have learned, what is known of groups, and what
/// is left of that of which there is only so much.
package struct LearnedState: Sendable {
  package private(set) var models = ModelSet()
  package private(set) var groups = GroupSet()
  package private(set) var budgets = BudgetBook()

  /// As the scorer, it goes without what can't be read.
  package init(_ log: any MessageLog) throws {
    var filter = StateFilter()
    var newest: [String: PropensityModel] = [:]
    try TopicReader.forEach(Topics.nbaModels, in: log) { record in
      guard filter.admits(record), let value = record.value, let model = try? PropensityModel(json: value) else {
        return true
      }
      if newest[model.id].map({ $0.version < model.version }) ?? true { newest[model.id] = model }
      return true
    }
    // Each once: a model that is taken is weighed against its siblings anew.
    for (_, model) in newest.sorted(by: { $0.key < $1.key }) { models.take(model) }
    try TopicReader.forEach(Topics.groupAggregates, in: log) { record in
      if let value = record.value, let group = try? GroupAggregate(json: value) { groups.take(group) }
      return true
    }
    var ofBudgets = StateFilter()
    try TopicReader.forEach(Topics.budgets, in: log) { record in
      guard ofBudgets.admits(record), let value = record.value else { return true }
      if let budget = try? Budget(json: value) { budgets.take(budget) }
      return true
    }
  }
}
