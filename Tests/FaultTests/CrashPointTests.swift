import Deployment
import Foundation
import Testing

@Suite("Processes that die between the steps of a commit", .serialized)
struct CrashPointTests {
  /// Before and after each kind of write, and around the commit of positions. A table's first writes are takeovers, one
  /// a partition, so a point may also lie in the middle of taking over.
  static let points: [String: [String]] = [
    "profile-aggregator": [
      "before write facet.state.v1", "after write facet.state.v1", "before write profile.timeline.v1",
      "after write profile.timeline.v1", "after write identity.claims.v1", "before commit channel.interactions.v1",
      "after write identity.links.v1", "before write identity.map.v1", "after write identity.map.v1",
      "after commit identity.claims.v1", "before write profile.state.v1", "after write profile.state.v1",
      "before commit profile.timeline.v1", "after commit channel.interactions.v1",
    ],
    "nba-scorer": [
      "before write nba.contacts.v1", "after write nba.contacts.v1", "before write nba.lists.v1",
      "after write nba.lists.v1", "before commit profile.state.v1", "after commit profile.state.v1",
    ],
    "lead-manager": [
      "before write lead.state.v1", "after write lead.state.v1", "before write lead.events.v1",
      "after write lead.events.v1", "before commit profile.timeline.v1",
      "after commit profile.timeline.v1",
    ],
  ]

  /// Each service dies at one point after another, drawn from the seed; CRASHES says how many for each (0: at all).
  @Test(.timeLimit(.minutes(60)))
  func whereverACommitIsCutOffItsSuccessorFinishesIt() throws {
    let seed = Extent.seed
    var random = SeededRandom(seed: seed)
    let crashes = Extent.integer("CRASHES", 3)
    var waiting: [String: [String]] = [:]
    for (service, points) in Self.points.sorted(by: { $0.key < $1.key }) {
      let drawn = points.shuffled(using: &random).prefix(crashes == 0 ? points.count : crashes)
      waiting[service] = drawn.map {
        "kill \($0) \(Int.random(in: 1...($0.contains("state") ? 8 : 4), using: &random))"
      }
    }
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment, seed: seed)
    var armed: [String: String] = [:]
    for service in Self.points.keys.sorted() {
      #expect(deployment.terminate(service) == 0)
      armed[service] = waiting[service]!.removeFirst()
      try deployment.start(service, ["TRIAS_FAULT_AT": armed[service]!])
    }
    var died = 0
    var since = Date()
    while !armed.isEmpty {
      if scenario.open < 6 { scenario.begin(1) }
      scenario.goOn(seconds: 0.2)
      for (service, point) in armed where !deployment.isRunning(service) {
        died += 1
        since = Date()
        #expect(deployment.terminate(service) == SIGKILL, "\(service) ended by itself before \(point)")
        armed[service] = waiting[service]!.isEmpty ? nil : waiting[service]!.removeFirst()
        try deployment.start(service, armed[service].map { ["TRIAS_FAULT_AT": $0] } ?? [:])
      }
      try #require(Date().timeIntervalSince(since) < 120, "SEED=\(seed): nobody comes to \(armed)")
    }
    try scenario.finish(seconds: 180)
    try Verdict(deployment: deployment, scenario: scenario).expect(note: "SEED=\(seed), \(died) crashes")
  }
}
