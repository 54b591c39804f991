import Contracts
import Deployment
import Foundation
import Testing

@Suite("Processes that die between the steps of a commit", .serialized, .saysItsSeed)
struct CrashPointTests {
  /// What each service writes beside the topics that it owns.
  private static let foreign = [
    // A record that came into the wrong partition is sent on.
    "profile-aggregator": [Topics.channelInteractions],
    // So is a lead that moves. Of what there is only so much, both ask for units.
    "lead-manager": [Topics.leadCommands, Topics.budgetRequests],
    "nba-scorer": [Topics.budgetRequests],
  ]

  /// Owned, but nobody writes them: of these groups no state is ever due.
  private static let unwritten: Set<String> = Set(
    [ConsumerGroup.linker, .profiles, .groups, .trainer, .budgets].map(\.ticks.name)
      // Its lists wait for an answer, and it comes before they have waited for too long, or not: that is chance.
      + [ConsumerGroup.scorer.ticks.name]
      // Nobody drafts a catalogue here; the table is taken over all the same.
      + [ConsumerGroup.drafts.ticks.name, ConsumerGroup.drafts.deadLetter.name])

  /// What each commits positions in.
  private static let read = [
    "profile-aggregator": [
      Topics.channelInteractions, Topics.sourceRecords, Topics.identityMap, ConsumerGroup.facets.ticks,
      Topics.identityClaims, Topics.stewardCommands, Topics.profileTimeline, Topics.leadEvents,
      Topics.groupContributions,
    ],
    "nba-scorer": [Topics.profileState, Topics.nbaEvidence, Topics.budgetRequests, Topics.budgetAnswers],
    "lead-manager": [
      Topics.profileTimeline, Topics.leadCommands, Topics.budgetAnswers, ConsumerGroup.leads.ticks,
    ],
  ]

  /// Before and after each write and each commit that there is. A table's first writes are takeovers, one a partition, so
  /// a point may also lie in the middle of taking over.
  static let points: [String: [String]] = {
    var points: [String: [String]] = [:]
    for (service, read) in read {
      let owned = Topics.all.filter { $0.owner?.rawValue == service && !unwritten.contains($0.name) }
      for moment in ["before", "after"] {
        points[service, default: []] += (owned + (foreign[service] ?? [])).map { "\(moment) write \($0.name)" }
        points[service, default: []] += read.map { "\(moment) commit \($0.name)" }
      }
    }
    return points
  }()

  /// Each service dies at one point after another, drawn from the seed; CRASHES says how many for each (0: at all).
  @Test(.timeLimit(.minutes(60)))
  func whereverACommitIsCutOffItsSuccessorFinishesIt() throws {
    let seed = Extent.seed
    var random = SeededRandom(seed: seed)
    let crashes = Extent.integer("CRASHES", 4)
    var waiting: [String: [String]] = [:]
    for (service, points) in Self.points.sorted(by: { $0.key < $1.key }) {
      let drawn = points.shuffled(using: &random).prefix(crashes == 0 ? points.count : crashes)
      waiting[service] = drawn.map {
        // Nobody drafts here: that table is written by its takeover alone, and has one partition.
        let most = $0.hasSuffix(Topics.marketingDrafts.name) ? 1 : $0.contains("state") ? 8 : $0.contains("nba") ? 4 : 2
        return "kill \($0) \(Int.random(in: 1...most, using: &random))"
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
    var spoiled = Date()
    while !armed.isEmpty {
      if scenario.open < 6 { scenario.begin(1) }
      if Date().timeIntervalSince(spoiled) > 1 {
        scenario.spoil()
        spoiled = Date()
      }
      scenario.goOn(seconds: 0.2)
      for (service, point) in armed where !deployment.isRunning(service) {
        died += 1
        print("\(service) died \(point), \(String(format: "%.1f", Date().timeIntervalSince(since))) s after the last")
        since = Date()
        #expect(deployment.terminate(service) == SIGKILL, "\(service) ended by itself before \(point)")
        armed[service] = waiting[service]!.isEmpty ? nil : waiting[service]!.removeFirst()
        try deployment.start(service, armed[service].map { ["TRIAS_FAULT_AT": $0] } ?? [:])
      }
      try #require(Date().timeIntervalSince(since) < 120, "nobody comes to \(armed)")
    }
    try scenario.finish(seconds: 180)
    try Verdict(deployment: deployment, scenario: scenario).expect(note: "\(died) crashes")
  }
}
