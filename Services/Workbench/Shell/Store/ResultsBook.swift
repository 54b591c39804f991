// What came of each proposition and of each control group: how often something was shown and came to an outcome, and how
// often that was yes.

import Contracts

struct ResultsBook: Sendable {
  struct Result: Sendable, Equatable {
    var shown = 0
    var accepted = 0

    fileprivate mutating func take(_ isAccepted: Bool) {
      shown += 1
      if isAccepted { accepted += 1 }
    }
  }

  /// A catalogue has fewer, and those of versions long past may be forgotten.
  static let propositionsMax = Catalog.propositionsMax

  private(set) var byProposition: [String: Result] = [:]
  /// And of each proposition in each control group, for what its acceptances were worth.
  private(set) var byControlGroup: [ControlGroup: [String: Result]] = [:]
  /// When the first of what was counted was listed; nil: nothing was yet.
  private(set) var sinceMs: Int64?

  /// Takes one piece of `nba.evidence`: one presentation of a proposition with what came of it.
  mutating func take(_ evidence: [UInt8]) throws(JSONError) {
    var proposition = ""
    var isAccepted = false
    var controlGroup: ControlGroup?
    var atMs: Int64 = 0
    try JSONReader.read(evidence) { reader throws(JSONError) in
      try reader.object { reader, key throws(JSONError) in
        switch key {
        case "proposition": proposition = try reader.string()
        case "isAccepted": isAccepted = try reader.bool()
        case "controlGroup": controlGroup = try reader.null() ? nil : try reader.oneOf()
        case "atMs": atMs = try reader.int()
        default: try reader.skip()
        }
      }
    }
    guard !proposition.isEmpty, byProposition[proposition] != nil || byProposition.count < Self.propositionsMax else {
      return
    }
    byProposition[proposition, default: Result()].take(isAccepted)
    if let controlGroup { byControlGroup[controlGroup, default: [:]][proposition, default: Result()].take(isAccepted) }
    sinceMs = min(sinceMs ?? atMs, atMs)
  }
}
