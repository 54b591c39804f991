// Groups: what is known of the customers of a segment together, for those of whom little is known themselves.

/// The value of `group.aggregates`, keyed by segment. It names nobody, and comes of so many customers, and after so many
/// of them have changed, that nobody can be read out of it or out of the difference between two.
public struct GroupAggregate: Codable, Sendable, Equatable {
  public static let type = "trias.group.aggregate.v1"
  /// Numbers are rounded to so much, and what fewer customers have is not said.
  public static let step: Int64 = 5

  public var segment: String
  /// Rises with each that is said of the segment: the highest counts.
  public var version: Int64
  public var atMs: Int64
  /// How many customers it comes of; 0: too few for anything to be said.
  public var members: Int64
  /// How many of them have looked into what, in the order of the names.
  public var interests: [GroupInterest]

  public init(segment: String, version: Int64, atMs: Int64, members: Int64, interests: [GroupInterest]) {
    self.segment = segment
    self.version = version
    self.atMs = atMs
    self.members = members
    self.interests = interests
  }

  /// Of its customers, the part that has looked into it.
  public func share(of category: String) -> Double {
    guard members > 0, let interest = interests.first(where: { $0.category == category }) else { return 0 }
    return share(interest)
  }

  public func share(_ interest: GroupInterest) -> Double { min(1, Double(interest.members) / Double(max(1, members))) }
}

public struct GroupInterest: Codable, Sendable, Equatable {
  public var category: String
  public var members: Int64

  public init(category: String, members: Int64) {
    self.category = category
    self.members = members
  }
}

extension CustomerView {
  /// Whether he has said no to being profiled, in general or for the one thing that it is done for here. Then nothing of him
  /// goes into a group, and no group stands in for him.
  package var refusesProfiling: Bool {
    consent("profiling")?.isGiven == false || consent("personal-offers")?.isGiven == false
  }
}

extension GroupAggregate: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("segment", segment)
    writer.field("version", version)
    writer.field("atMs", atMs)
    writer.field("members", members)
    writer.field("interests", interests)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var segment: String?
    var version: Int64?
    var atMs: Int64?
    var members: Int64?
    var interests: [GroupInterest]?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "segment": segment = try reader.string()
      case "version": version = try reader.int()
      case "atMs": atMs = try reader.int()
      case "members": members = try reader.int()
      case "interests": interests = try reader.list()
      default: break
      }
    }
    self.init(
      segment: try reader.required(segment, "segment"), version: try reader.required(version, "version"),
      atMs: try reader.required(atMs, "atMs"), members: try reader.required(members, "members"),
      interests: try reader.required(interests, "interests"))
  }
}

extension GroupInterest: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("category", category)
    writer.field("members", members)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var category: String?
    var members: Int64?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "category": category = try reader.string()
      case "members": members = try reader.int()
      default: break
      }
    }
    self.init(category: try reader.required(category, "category"), members: try reader.required(members, "members"))
  }
}
