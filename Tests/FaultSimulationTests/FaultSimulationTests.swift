import FaultSimulation
import Streams
import Testing

@Suite("Faults from a seed")
struct FaultSimulationTests {
  /// `make test` runs ten thousand, optimised; these are for whoever tests without it.
  @Test(arguments: [1...60, 61...120]) func nothingIsLostAndNothingIsDouble(_ seeds: ClosedRange<UInt64>) throws {
    for seed in seeds {
      let failure = try Simulation.run(seed: seed).failure
      #expect(failure == nil, "seed \(seed): \(failure?.violations ?? [])")
    }
  }

  /// A rule that is left out, and within how many schedules of each kind, one seed after the other, that is noticed. nil:
  /// in the suite's it isn't tried here, because it takes longer, or is never seen: nobody puts a record into the wrong
  /// partition, and to a customer's leads a tick that comes early or again is none.
  struct Limit: CustomTestStringConvertible {
    let name: String
    let small: Int
    var suite: Int?

    var testDescription: String { name }
  }

  /// What the simulation finds nothing in has been looked at by something that finds. Behind each is in which run it was
  /// noticed when this was written, small and suite.
  static let limits = [
    Limit(name: "acks-not-awaited", small: 20, suite: 10),  // 1, 2
    Limit(name: "outputs-before-state", small: 20, suite: 20),  // 1, 2
    Limit(name: "commit-before-outputs", small: 20, suite: 10),  // 1, 1
    Limit(name: "outbox-not-resent", small: 20, suite: 20),  // 1, 1
    Limit(name: "watermark-too-high", small: 20, suite: 10),  // 1, 1
    Limit(name: "offset-too-far", small: 20, suite: 10),  // 1, 1
    Limit(name: "applied-ignored", small: 20),  // 2, 3
    Limit(name: "origins-ignored", small: 20),  // 1, 7
    Limit(name: "sequences-ignored", small: 20, suite: 100),  // 1, 23
    Limit(name: "recent-ids-ignored", small: 20, suite: 10),  // 1, 1
    Limit(name: "overlay-dropped", small: 20, suite: 10),  // 1, 1
    Limit(name: "ticks-repeated", small: 20),  // 2, never
    Limit(name: "takeover-not-written", small: 20, suite: 10),  // 1, 1
    Limit(name: "epochs-ignored-by-restore", small: 50),  // 2, 14
    Limit(name: "epochs-ignored-by-readers", small: 50),  // 3, 14
    Limit(name: "fencing-ignored", small: 300),  // 62, 8
    Limit(name: "repair-off", small: 400),  // 87, not in 100
    Limit(name: "dead-letters-dropped", small: 20, suite: 10),  // 1, 1
    Limit(name: "recreation-ignored", small: 50),  // 3, 9
    Limit(name: "ticks-forgotten", small: 50, suite: 50),  // 3, 4
    Limit(name: "ticks-not-retried", small: 1_000),  // 191, not in 300
    Limit(name: "ticks-too-early", small: 20),  // 2, never
    Limit(name: "handover-unfinished", small: 100, suite: 50),  // 23, 10
    Limit(name: "zombie-handovers-believed", small: 800),  // 238, not in 100
    Limit(name: "forwarding-dropped", small: 50),  // 6, never
    Limit(name: "misplaced-applied", small: 50),  // 6, never
    Limit(name: "membership-not-required", small: 150),  // 30, 6
  ]

  @Test func eachRuleHasItsLimit() { #expect(Self.limits.map(\.name) == CommitPolicy.mutations.map(\.name)) }

  @Test(arguments: limits) func eachRuleThatIsLeftOutIsNoticed(_ limit: Limit) throws {
    let policy = try #require(CommitPolicy.mutations.first { $0.name == limit.name }).policy
    for (kind, most) in [(Simulation.Kind.small, limit.small), (.suite, limit.suite)] {
      guard let most else { continue }
      let runs = try Simulation.runsToNotice(policy, kind, limit: most)
      print("\(limit.name): \(runs.map { "noticed in run \($0)" } ?? "not noticed") of at most \(most), \(kind)")
      #expect(runs != nil, "\(limit.name) is not noticed within \(most) runs, \(kind)")
    }
  }

  @Test func theSameSeedIsTheSameRun() throws {
    let seed = UInt64(try #require(try Simulation.runsToNotice(.outboxNotResent, .small, limit: 50)))
    let once = try #require(try Simulation.run(seed: seed, kind: .small, policy: .outboxNotResent).failure)
    let again = try #require(try Simulation.run(seed: seed, kind: .small, policy: .outboxNotResent).failure)
    #expect(once.violations == again.violations)
    #expect(once.trace == again.trace)
    #expect(!once.trace.isEmpty)
  }

  /// A fault that is never drawn finds nothing: `fault-sim` fails on it, by this.
  @Test func whatNeverHappenedIsNamed() {
    var happened = Happenings()
    for what in Happening.allCases where what != .queueFull { happened[what] = 1 }
    #expect(happened.missing(nil) == [.queueFull])
    for what in Happening.ofSuite { happened[what] = 0 }
    #expect(happened.missing(.small) == [.queueFull])
    #expect(Set(happened.missing(.suite)) == Happening.ofSuite.union([.queueFull]))
  }
}
