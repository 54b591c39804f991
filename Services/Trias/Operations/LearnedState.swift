import Contracts
import MessageLog
import NbaScorerCore
import Streams

/// What the scorer holds beside the catalogue, as it is now: what the models have learned, and what is known of groups.
package struct LearnedState: Sendable {
  package private(set) var models = ModelSet()
  package private(set) var groups = GroupSet()

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
  }
}
