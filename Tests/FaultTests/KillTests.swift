import Deployment
import Foundation
import Testing

@Suite("Processes that die", .serialized)
struct KillTests {
  /// Killed with SIGKILL at random, under load, some while they still start or take over: KILLS says how often, SEED
  /// repeats a run's choices. In the end profiles, latest lists and leads are those of an oracle that knows only the
  /// input, and nothing was said in two ways.
  @Test(.timeLimit(.minutes(60)))
  func whoeverIsKilledNothingIsLostAndNothingCountsTwice() throws {
    let seed = Extent.seed
    var random = SeededRandom(seed: seed)
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment, seed: seed)
    scenario.begin(8)
    scenario.goOn(seconds: 1)
    for kill in 0..<Extent.integer("KILLS", 20) {
      let service = SuiteProcesses.services[Int.random(in: 0..<5, using: &random)]
      scenario.begin(2)
      deployment.kill(service)
      // While it is away, its channel goes on.
      scenario.goOn(seconds: Double.random(in: 0...0.5, using: &random))
      try deployment.start(service)
      // Every third is left in peace until all are ready again, so that kills also hit those at work.
      scenario.begin(1)
      if kill % 3 == 2 {
        for service in SuiteProcesses.services { try deployment.waitUntilReady(service) }
      }
      scenario.goOn(seconds: Double.random(in: 0...2, using: &random))
    }
    try scenario.finish(seconds: 180)
    try Verdict(deployment: deployment, scenario: scenario).expect(note: "SEED=\(seed)")
    for service in SuiteProcesses.services {
      #expect(deployment.terminate(service) == 0, "\(service) ends with 0 when it is asked to")
    }
  }
}
