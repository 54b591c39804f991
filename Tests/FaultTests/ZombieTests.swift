import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

@Suite("Processes that were given up and come back", .serialized)
struct ZombieTests {
  static let tables = [
    "profile-aggregator": Topics.facetState, "nba-scorer": Topics.nbaContacts, "lead-manager": Topics.leadState,
  ]

  /// Each is stopped just before it writes states, as a virtual machine that is moved; its group gives it up, another
  /// instance takes over and goes on; then it wakes and writes what it had decided. Readers ignore that, and what stands
  /// last in the table is the owner's again, so that compaction keeps the right one.
  @Test(.timeLimit(.minutes(10)))
  func whatAZombieWritesIsIgnoredAndWrittenOver() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment)
    scenario.begin(6)
    try scenario.finish()
    for (service, table) in Self.tables {
      #expect(deployment.terminate(service) == 0)
      // The first four writes are its takeovers.
      try deployment.start(service, ["TRIAS_FAULT_AT": "freeze before write \(table.name) \(Int.random(in: 5...7))"])
    }
    let services = Self.tables.keys.sorted()
    _ = try SuiteProcesses.wait(120, "the three to stand still") {
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
    for service in services { deployment.thaw(service) }
    scenario.begin(4)
    for service in services { try deployment.waitUntilReady(service) }
    scenario.begin(8)
    try scenario.finish()
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    try verdict.expect()
    for topic in Topics.declared where topic.cleanup == .compact {
      for complaint in Invariants.lastWords(try verdict.raw.records(of: topic)) { Issue.record("\(complaint)") }
    }
    for service in services {
      #expect(deployment.terminate(service) == 0)
      #expect(deployment.terminate("\(service)#2") == 0)
    }
  }
}
