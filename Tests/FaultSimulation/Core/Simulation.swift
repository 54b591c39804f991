import Streams

/// A run by its seed.
package struct Simulation {
  package enum Kind: String, CaseIterable, Sendable {
    /// Small processors with an exact oracle: the mechanism.
    case small
    /// All processors of the suite.
    case suite
  }

  package struct Failure: Sendable {
    package let seed: UInt64
    package let kind: Kind
    package let violations: [String]
    package let trace: [String]
  }

  /// Which kind a seed is of: one in ten is of the real topology.
  package static func kind(of seed: UInt64) -> Kind { seed % 10 == 0 ? .suite : .small }

  package static func run(
    seed: UInt64, kind: Kind? = nil, policy: CommitPolicy = [], traced: Bool = false
  ) throws -> Failure? {
    let kind = kind ?? self.kind(of: seed)
    var random = Seeded(seed)
    let scenario: any Scenario =
      switch kind {
      case .small: SmallScenario(random: &random)
      case .suite: SuiteScenario(random: &random)
      }
    let world = try World(scenario, random: random, policy: policy, traced: traced)
    let violations = world.run(steps: 60 + Int(random.next() % 240)).sorted()
    if violations.isEmpty { return nil }
    if traced { return Failure(seed: seed, kind: kind, violations: violations, trace: world.traceLines) }
    // The same again with a record of what happened; it costs too much to keep for all that goes well.
    return try run(seed: seed, kind: kind, policy: policy, traced: true)
      ?? Failure(seed: seed, kind: kind, violations: violations + ["replay: the second run finds nothing"], trace: [])
  }

  /// How many of the small schedules, one seed after the other, it takes to notice that a rule is broken; nil: more than
  /// the limit.
  package static func runsToNotice(_ policy: CommitPolicy, limit: Int) throws -> Int? {
    for seed in 1...UInt64(limit) where try run(seed: seed, kind: .small, policy: policy) != nil { return Int(seed) }
    return nil
  }
}
