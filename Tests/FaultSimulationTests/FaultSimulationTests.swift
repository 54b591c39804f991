import FaultSimulation
import Streams
import Testing

@Suite("Faults from a seed")
struct FaultSimulationTests {
  /// `make test` runs ten thousand, optimised; these are for whoever tests without it.
  @Test(arguments: [1...60, 61...120]) func nothingIsLostAndNothingIsDouble(_ seeds: ClosedRange<UInt64>) throws {
    for seed in seeds {
      let failure = try Simulation.run(seed: seed)
      #expect(failure == nil, "seed \(seed): \(failure?.violations ?? [])")
    }
  }

  /// Within so many schedules, one seed after the other, each rule that is left out is noticed: what the simulation finds
  /// nothing in has been looked at by something that finds.
  static let runsMax: [CommitPolicy: Int] = [
    .epochsIgnoredByRestore: 200, .epochsIgnoredByReaders: 1_000, .fencingIgnored: 100, .repairOff: 500,
  ]

  @Test(arguments: CommitPolicy.mutations.map(\.name))
  func eachRuleThatIsLeftOutIsNoticed(_ name: String) throws {
    let policy = try #require(CommitPolicy.mutations.first { $0.name == name }).policy
    let limit = Self.runsMax[policy] ?? 50
    let runs = try Simulation.runsToNotice(policy, limit: limit)
    print("\(name): \(runs.map { "noticed in run \($0)" } ?? "not noticed") of at most \(limit)")
    #expect(runs != nil, "\(name) is not noticed within \(limit) runs")
  }

  @Test func theSameSeedIsTheSameRun() throws {
    let seed = UInt64(try #require(try Simulation.runsToNotice(.outboxNotResent, limit: 50)))
    let once = try #require(try Simulation.run(seed: seed, kind: .small, policy: .outboxNotResent))
    let again = try #require(try Simulation.run(seed: seed, kind: .small, policy: .outboxNotResent))
    #expect(once.violations == again.violations)
    #expect(once.trace == again.trace)
    #expect(!once.trace.isEmpty)
  }
}
