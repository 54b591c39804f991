import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

@Suite("Processes that were given up and come back", .serialized)
struct ZombieTests {
  /// One table of each service at once, then the other tables that one of them has, and what the linker says of
  /// identifiers: it is no table of his with epochs, so of that a late write is a repetition.
  static let rounds: [[(service: String, topic: Topic)]] = [
    [
      ("lead-manager", Topics.leadState), ("nba-scorer", Topics.nbaContacts),
      ("profile-aggregator", Topics.facetState),
    ],
    [("profile-aggregator", Topics.profileState), ("nba-scorer", Topics.nbaModels)],
    [("profile-aggregator", Topics.identityLinks)],
    [("profile-aggregator", Topics.identityMap)],
  ]

  /// Each is stopped just before it writes states, as a virtual machine that is moved; its group gives it up, another
  /// instance takes over and goes on; then it wakes and writes what it had decided. Readers ignore that, and what stands
  /// last in the table is the owner's again, so that compaction keeps the right one.
  @Test(.timeLimit(.minutes(10)))
  func whatAZombieWritesIsIgnoredAndWrittenOver() throws {
    let seed = Extent.seed
    var random = SeededRandom(seed: seed)
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment, seed: seed)
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    scenario.begin(6)
    try scenario.finish()
    for round in Self.rounds { try freezeAndThaw(round, deployment, scenario, verdict.raw, seed, &random) }
    scenario.begin(8)
    try scenario.finish()
    try verdict.expect(note: "SEED=\(seed)")
    for topic in Topics.declared where topic.cleanup == .compact {
      for complaint in Invariants.lastWords(try verdict.raw.records(of: topic)) {
        Issue.record("SEED=\(seed): \(complaint)")
      }
    }
    for service in Self.rounds[0].map(\.service) {
      #expect(deployment.terminate(service) == 0)
      #expect(deployment.terminate("\(service)#2") == 0)
    }
  }

  private func freezeAndThaw(
    _ round: [(service: String, topic: Topic)], _ deployment: SuiteProcesses, _ scenario: Scenario, _ raw: RawLog,
    _ seed: UInt64, _ random: inout SeededRandom
  ) throws {
    for (service, topic) in round {
      #expect(deployment.terminate(service) == 0)
      if deployment.isRunning("\(service)#2") { #expect(deployment.terminate("\(service)#2") == 0) }
      // Its first writes are its takeovers, one a partition.
      let takeovers = topic == Topics.identityMap ? 0 : topic.partitionCount(domainPartitions: deployment.partitions)
      let number = takeovers + Int.random(in: 1...3, using: &random)
      try deployment.start(service, ["TRIAS_FAULT_AT": "freeze before write \(topic.name) \(number)"])
    }
    let services = round.map(\.service)
    let what = round.map(\.topic.name).joined(separator: ", ")
    _ = try SuiteProcesses.wait(120, "SEED=\(seed): all to stand still before \(what)") {
      if scenario.open < 4 { scenario.begin(1) }
      scenario.goOn()
      for service in services where deployment.isFrozen(service) && !deployment.isRunning("\(service)#2") {
        try deployment.start("\(service)#2")
      }
      return services.allSatisfy { deployment.isFrozen($0) } ? true : nil
    }
    for service in services { try deployment.waitUntilReady("\(service)#2") }
    scenario.begin(4)
    try scenario.finish()
    let before = try round.map { try Self.lateWrites(raw.records(of: $0.topic)) }
    for service in services { deployment.thaw(service) }
    scenario.begin(4)
    for (index, (service, topic)) in round.enumerated() {
      _ = try SuiteProcesses.wait(60, "SEED=\(seed): the zombie's late write to \(topic.name)") {
        scenario.goOn()
        return try Self.lateWrites(raw.records(of: topic)) > before[index] ? true : nil
      }
      try deployment.waitUntilReady(service)
    }
    try scenario.finish()
  }

  /// How many records lie behind a takeover and are of an earlier epoch; of a topic without takeovers, how many say again
  /// what was said.
  private static func lateWrites(_ records: [Record]) -> Int {
    var epochs: [Int32: Int64] = [:]
    var said: Set<String> = []
    return records.count { record in
      if record.headers.value("trias_takeover") != nil {
        epochs[record.partition] = record.offset
        return false
      }
      guard let epoch = record.headers.string("trias_epoch").flatMap({ Int64($0) }) else {
        return !said.insert(record.headers.string("ce_id") ?? "").inserted
      }
      return epoch < epochs[record.partition] ?? -1
    }
  }
}
