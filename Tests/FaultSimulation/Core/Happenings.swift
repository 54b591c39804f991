/// What can happen in a run, beside what comes in. It is counted, because a simulation that has come to draw a fault no more,
/// or to never get where a rule of the mechanism matters, would find nothing and say so in the same words.
package enum Happening: String, CaseIterable, Sendable {
  // What goes wrong.
  case diedInACall = "died in a call"
  case diedBetween = "died in between"
  case paused
  case stopped
  case expelled
  case clockJump = "clock jumps"
  case brokerAway = "broker away"
  case clientBroken = "client broken"
  case appendFailed = "append failed"
  case producerBroken = "producer broken"
  case queueFull = "queue full"
  case lateWrite = "late writes"
  case commitLost = "commit lost"
  case hour = "hours"
  case compacted = "compacted away"
  case recreation = "recreations"
  // What the mechanism does.
  case takeover = "takeovers"
  case handover = "handovers"
  case recovery = "taken over again"
  case writtenOver = "written over"
  case tick = "ticks"
  case deadLetter = "dead letters"
  case forwarded
  case partitionStopped = "stands still"
  // What only the suite knows.
  case split = "splits"
  case login = "shared logins"
  case wrongLogin = "wrong logins"
  case telephone = "telephones said"
  case lapse = "leads lapsed"
  case revision = "leads revised"
  case repetition = "far repetitions"
  case relation = "relations"
  case groupSaid = "groups said"
  case unitGranted = "units granted"
  case unitRefused = "units refused"
  case unitReturned = "units returned"
  case claimRefused = "claims refused"
  case derived = "decisions derived"

  /// Nothing of these is in the small schedules.
  package static let ofSuite: Set<Happening> = [
    .split, .login, .wrongLogin, .telephone, .lapse, .revision, .repetition, .relation, .groupSaid,
    .unitGranted, .unitRefused, .unitReturned, .claimRefused, .derived,
  ]
  /// Nothing of these is in the suite's schedules: who publishes there knows the partition of a key.
  package static let ofSmall: Set<Happening> = [.forwarded]
}

/// How often each of them did.
package struct Happenings: Sendable {
  private var counts: [Happening: Int] = [:]

  package init() {}

  package subscript(_ what: Happening) -> Int {
    get { counts[what] ?? 0 }
    set { counts[what] = newValue }
  }

  package mutating func add(_ other: Happenings) { counts.merge(other.counts, uniquingKeysWith: +) }

  /// Five in a line.
  package var table: String {
    let cells = Happening.allCases.map { "\($0.rawValue) \(self[$0])" }
    let width = (cells.map(\.count).max() ?? 0) + 2
    return stride(from: 0, to: cells.count, by: 5).map { first in
      "  "
        + cells[first..<min(first + 5, cells.count)].map { $0 + String(repeating: " ", count: width - $0.count) }
        .joined()
    }.joined(separator: "\n")
  }

  /// What never did, of what can in schedules of that kind, or of any.
  package func missing(_ kind: Simulation.Kind?) -> [Happening] {
    let others: Set<Happening> =
      switch kind {
      case .small: Happening.ofSuite
      case .suite: Happening.ofSmall
      case nil: []
      }
    return Happening.allCases.filter { self[$0] == 0 && !others.contains($0) }
  }
}
