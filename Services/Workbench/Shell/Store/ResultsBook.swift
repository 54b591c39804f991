// What came of each proposition and of each control group: how often something was shown and came to an outcome, and how
// often that was yes. What is said of a presentation more than once, by the profile that a customer was and by the one
// that he is, or first as a no and then as a yes, is one presentation, and a yes holds whichever comes first.

import Contracts

struct ResultsBook: Sendable {
  struct Result: Sendable, Equatable {
    var shown = 0
    var accepted = 0

    fileprivate mutating func take(_ one: Presentation, insteadOf before: Presentation?) {
      shown += before == nil ? 1 : 0
      accepted += (one.isAccepted ? 1 : 0) - (before?.isAccepted == true ? 1 : 0)
    }
  }

  /// What is known so far of one presentation.
  fileprivate struct Presentation: Sendable {
    var isAccepted = false
    var controlGroup: ControlGroup?
  }

  /// A catalogue has fewer, and those of versions long past may be forgotten.
  static let propositionsMax = Catalog.propositionsMax
  /// So many presentations are known again, those that were heard of last; of one from before them a further word counts
  /// as one more. It is as many as are read again at the start.
  static let presentationsMax = 100_000

  private(set) var byProposition: [String: Result] = [:]
  /// And of each proposition in each control group, for what its acceptances were worth.
  private(set) var byControlGroup: [ControlGroup: [String: Result]] = [:]
  /// When the first of what was counted was listed; nil: nothing was yet.
  private(set) var sinceMs: Int64?
  /// By hash of the evidence's id: none of them is kept for more than this process.
  private var presentations = LruTable<Int, Presentation>(countMax: Self.presentationsMax)

  /// Takes one piece of `nba.evidence`: one presentation of a proposition with what came of it.
  mutating func take(_ evidence: [UInt8]) throws(JSONError) {
    var (id, proposition) = ("", "")
    var said = Presentation()
    var atMs: Int64 = 0
    try JSONReader.read(evidence) { reader throws(JSONError) in
      try reader.object { reader, key throws(JSONError) in
        switch key {
        case "id": id = try reader.string()
        case "proposition": proposition = try reader.string()
        case "isAccepted": said.isAccepted = try reader.bool()
        case "controlGroup": said.controlGroup = try reader.null() ? nil : try reader.oneOf()
        case "atMs": atMs = try reader.int()
        default: try reader.skip()
        }
      }
    }
    guard !proposition.isEmpty, byProposition[proposition] != nil || byProposition.count < Self.propositionsMax else {
      return
    }
    let before = presentations[id.hashValue]
    var one = said
    if let before {
      one.isAccepted = before.isAccepted || said.isAccepted
      // Another profile doesn't know how the list was ranked.
      one.controlGroup = before.controlGroup ?? said.controlGroup
    }
    presentations.put(id.hashValue, one)
    byProposition[proposition, default: Result()].take(one, insteadOf: before)
    if let group = one.controlGroup {
      let counted = before?.controlGroup == nil ? nil : before
      byControlGroup[group, default: [:]][proposition, default: Result()].take(one, insteadOf: counted)
    }
    sinceMs = min(sinceMs ?? atMs, atMs)
  }
}
