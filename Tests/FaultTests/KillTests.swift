import Contracts
import Deployment
import Foundation
import Testing

@Suite("Processes that die", .serialized)
struct KillTests {
  /// Killed with SIGKILL at random, under load, some while they still start or take over: KILLS says how often, SEED
  /// repeats a run's choices. Each of them as often as the others. Browsers go on meanwhile: they may be told to come back
  /// later, or nothing at all, but what was accepted counts. In the end profiles, latest lists and leads are those of an
  /// oracle that knows only the input, and nothing was said in two ways.
  @Test(.timeLimit(.minutes(60)))
  func whoeverIsKilledNothingIsLostAndNothingCountsTwice() throws {
    let seed = Extent.seed
    var random = SeededRandom(seed: seed)
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment, seed: seed)
    scenario.begin(8)
    scenario.goOn(seconds: 1)
    // As many with each kill, however long it takes: few enough for the embedded broker's bound.
    let visitors = Visitors(deployment, scenario, eventsMax: 4)
    defer { visitors.stop() }
    var deck: [String] = []
    for kill in 0..<Extent.integer("KILLS", 20) {
      if deck.isEmpty { deck = SuiteProcesses.services.shuffled(using: &random) }
      let service = deck.removeLast()
      scenario.begin(2)
      #expect(deployment.isRunning(service), "SEED=\(seed): \(service) has ended by itself before kill \(kill)")
      visitors.allow(4)
      deployment.kill(service)
      // While it is away, its channel goes on.
      scenario.goOn(seconds: Double.random(in: 0...0.5, using: &random))
      visitors.allow(4)
      try deployment.start(service)
      // Every third is left in peace until all are ready again, so that kills also hit those at work.
      scenario.begin(1)
      if kill % 3 == 2 {
        for service in SuiteProcesses.services { try deployment.waitUntilReady(service) }
      }
      scenario.goOn(seconds: Double.random(in: 0...2, using: &random))
    }
    try visitors.finish()
    try scenario.finish(seconds: 180)
    let statuses = visitors.statuses
    print("answers over HTTP: \(statuses)")
    #expect(Set(statuses.keys).isSubset(of: [202, 503, 0]), "SEED=\(seed): accepted, not now, or nobody there")
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    let there = Set(try verdict.raw.events(of: Topics.channelInteractions).map(\.id))
    let lost = visitors.accepted.subtracting(there)
    #expect(lost.isEmpty, "SEED=\(seed): accepted and lost: \(lost)")
    try verdict.expect(note: "SEED=\(seed)")
    for service in SuiteProcesses.services {
      #expect(deployment.isRunning(service), "SEED=\(seed): \(service) has ended by itself")
      #expect(deployment.terminate(service) == 0, "\(service) ends with 0 when it is asked to")
    }
  }
}
