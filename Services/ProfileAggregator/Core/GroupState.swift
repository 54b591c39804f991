import Contracts

/// The value of `group.state`: what has been given to the group of one segment.
package struct GroupState: Sendable, Equatable {
  package var members: Int64 = 0
  /// How many of them have which interest, in the order of the names.
  package var interests: [GroupInterest] = []
  /// Marks of the customers who have changed since the last aggregate was said; no more than it takes for the next.
  package var changed: [Int64] = []
  /// Of the last that was said of the group.
  package var version: Int64 = 0
  /// Whether that is still so, or was withdrawn.
  package var isSaid = false
  package var nowMs: Int64 = 0

  package init() {}

  mutating func take(_ contribution: GroupContribution) {
    members += contribution.members
    for category in contribution.gained { add(1, category) }
    for category in contribution.lost { add(-1, category) }
  }

  private mutating func add(_ count: Int64, _ category: String) {
    let index = interests.firstIndex { $0.category >= category } ?? interests.count
    if index == interests.count || interests[index].category != category {
      interests.insert(GroupInterest(category: category, members: 0), at: index)
    }
    interests[index].members += count
    if interests[index].members == 0 { interests.remove(at: index) }
  }
}

extension GroupState: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("members", members)
    writer.field("interests", interests)
    writer.key("changed")
    writer.beginArray()
    for mark in changed { writer.int(mark) }
    writer.endArray()
    writer.field("version", version)
    writer.field("isSaid", isSaid)
    writer.field("nowMs", nowMs)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var state = GroupState()
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "members": state.members = try reader.int()
      case "interests": state.interests = try reader.list()
      case "changed": try reader.array { reader throws(JSONError) in state.changed.append(try reader.int()) }
      case "version": state.version = try reader.int()
      case "isSaid": state.isSaid = try reader.bool()
      case "nowMs": state.nowMs = try reader.int()
      default: break
      }
    }
    self = state
  }
}
