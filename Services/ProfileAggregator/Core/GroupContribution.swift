import Contracts

/// The data of `group.contributions`: by how much one customer's change makes the group of a segment another.
package struct GroupContribution: Sendable, Equatable {
  package static let type = "trias.group.contribution.v1"

  /// A mark of the customer, another in every segment: it tells twenty who changed from one who did so twenty times.
  package var customer: Int64
  /// 1: the group has a customer more; -1: one less.
  package var members: Int64
  /// The interests that he brings, and those that he takes away.
  package var gained: [String]
  package var lost: [String]

  package init(customer: Int64, members: Int64, gained: [String], lost: [String]) {
    self.customer = customer
    self.members = members
    self.gained = gained
    self.lost = lost
  }
}

extension GroupContribution: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("customer", customer)
    writer.field("members", members)
    if !gained.isEmpty { writer.field("gained", gained) }
    if !lost.isEmpty { writer.field("lost", lost) }
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var customer: Int64?
    var members: Int64?
    var gained: [String] = []
    var lost: [String] = []
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "customer": customer = try reader.int()
      case "members": members = try reader.int()
      case "gained": gained = try reader.texts()
      case "lost": lost = try reader.texts()
      default: break
      }
    }
    self.init(
      customer: try reader.required(customer, "customer"), members: try reader.required(members, "members"),
      gained: gained, lost: lost)
  }
}
