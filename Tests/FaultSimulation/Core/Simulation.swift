import Seeds
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

  package struct Outcome: Sendable {
    /// nil: everything was as it must be.
    package let failure: Failure?
    package let happened: Happenings
  }

  /// Which kind a seed is of: one in ten is of the real topology.
  package static func kind(of seed: UInt64) -> Kind { seed % 10 == 0 ? .suite : .small }

  package static func run(
    seed: UInt64, kind: Kind? = nil, policy: CommitPolicy = [], traced: Bool = false
  ) throws -> Outcome {
    let kind = kind ?? self.kind(of: seed)
    var random = Seeded(seed)
    let scenario: any Scenario =
      switch kind {
      case .small: SmallScenario(random: &random)
      case .suite: SuiteScenario(random: &random)
      }
    let world = try World(scenario, random: random, policy: policy, traced: traced)
    let violations = world.run(steps: 60 + Int(random.next() % 240)).sorted()
    if violations.isEmpty { return Outcome(failure: nil, happened: world.happened) }
    // The same again with a record of what happened; it costs too much to keep for all that goes well.
    let failure =
      traced
      ? Failure(seed: seed, kind: kind, violations: violations, trace: world.traceLines)
      : try run(seed: seed, kind: kind, policy: policy, traced: true).failure
        ?? Failure(
          seed: seed, kind: kind, violations: violations + ["replay: the second run finds nothing"], trace: [])
    return Outcome(failure: failure, happened: world.happened)
  }

  /// How many schedules of a kind, one seed after the other, it takes to notice that a rule is broken; nil: more than the
  /// limit.
  package static func runsToNotice(_ policy: CommitPolicy, _ kind: Kind, limit: Int) throws -> Int? {
    for seed in 1...UInt64(limit) where try run(seed: seed, kind: kind, policy: policy).failure != nil {
      return Int(seed)
    }
    return nil
  }
}
