import Contracts
import Foundation
import Testing

@Suite("Each executable is a process of its own, and may die at any moment", .serialized)
struct KillAndRestartTests {
  static let services = ["profile-aggregator", "nba-scorer", "lead-manager", "web-adapter", "workbench"]

  /// Started in any order, killed with SIGKILL and started again one at a time under load: in the end profiles, latest
  /// lists and leads are those of an oracle that knows only the input.
  @Test(.timeLimit(.minutes(15)))
  func afterKillsProfilesListsAndLeadsAreTheOracles() throws {
    let suite = try SuiteProcesses([
      "nba-scorer": ["TRIAS_LEARNING": "false", "TRIAS_SAMPLING": "false"],
      "web-adapter": ["TRIAS_STAFF_TOKEN": "staff"], "workbench": ["TRIAS_STAFF_TOKEN": "staff"],
    ])
    for service in Self.services.shuffled() { try suite.start(service) }
    let catalog = suite.folder.appending(path: "catalog.yaml")
    try Scenario.catalog.write(to: catalog, atomically: true, encoding: .utf8)
    try suite.run("trias", ["catalog", "apply", catalog.path])
    for service in Self.services { try suite.waitUntilReady(service) }

    let scenario = try Scenario(suite)
    var next = 0
    func customers(_ count: Int) throws {
      for _ in 0..<count {
        try scenario.customer(next)
        next += 1
      }
    }
    try customers(8)
    for service in Self.services {
      try customers(2)
      suite.kill(service)
      // While it is away, its channel goes on.
      for n in stride(from: next, to: next + 8, by: 4) { try scenario.customer(n - n % 4 + 400) }
      try suite.start(service)
      try customers(6)
      try suite.waitUntilReady(service)
    }

    let raw = RawLog(log: suite.log, partitions: suite.partitions)
    let input = try raw.events(of: Topics.channelInteractions) + raw.events(of: Topics.sourceRecords)
    let expected = Scenario.oracle.customers(input.filter { $0.id.hasPrefix(scenario.run) })
    var observed: [Oracle.Customer] = []
    _ = try? SuiteProcesses.wait(120, "the suite to agree with the oracle") {
      observed = try Observed.customers(raw, run: scenario.run)
      return observed == expected ? true : nil
    }
    #expect(observed.count == expected.count)
    for (seen, wanted) in zip(observed, expected) where seen != wanted {
      Issue.record("observed \(seen)\nexpected \(wanted)")
    }
    for service in Self.services {
      #expect(suite.terminate(service) == 0, "\(service) ends with 0 when it is asked to")
    }
  }
}
