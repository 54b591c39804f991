import Contracts

/// What is known of groups of customers, as the scorer holds it, and which of them stands in for somebody.
package struct GroupSet: Sendable {
  private var groups: [String: GroupAggregate] = [:]

  package init() {}

  /// Takes an aggregate; one that is not newer than what is known is ignored. One that says that there are too few
  /// customers is kept, so that an older one that comes late is still known for one.
  package mutating func take(_ group: GroupAggregate) {
    if let known = groups[group.segment], known.version >= group.version { return }
    groups[group.segment] = group
  }

  /// For a customer of whose own interests nothing is known: the group of the first of his segments, in the catalogue's
  /// order, of which something is. So a catalogue begins with the segments that tell the most of somebody.
  package func standIn(_ situation: Situation) -> GroupAggregate? {
    guard !groups.isEmpty, situation.view.interests.isEmpty, !situation.view.refusesProfiling else { return nil }
    for segment in situation.definitions.segments {
      guard let group = groups[segment.name], group.members > 0, !group.interests.isEmpty,
        situation.definitions.isIn(segment.name, situation)
      else { continue }
      return group
    }
    return nil
  }
}
