import Deployment
import Foundation
import Testing

@Suite(
  "Asked to end, each executable is done within ten seconds, whatever the broker does", .serialized,
  .enabled(if: Extent.ownsBroker, "only a broker of ours can be told to fail; KAFKA_BOOTSTRAP_SERVERS names another"))
struct EndingTests {
  enum Broker: CaseIterable, Sendable {
    case answers, isAway, hangs, hasHungForLong
  }

  @Test(.timeLimit(.minutes(8)), arguments: Broker.allCases)
  func servicesEndClean(_ broker: Broker) throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment)
    scenario.begin(3)
    try scenario.finish()
    if broker == .answers {
      for service in ["profile-aggregator", "nba-scorer", "lead-manager"] { try showsItsLag(service, deployment) }
    }
    // Some have only begun: what is under way then is finished by successors.
    scenario.begin(4)
    scenario.goOn(seconds: 0.3)
    try treat(broker, deployment)
    try expectCleanEnd(of: SuiteProcesses.services, deployment)
    // What a broker of ours held is gone with it.
    guard broker != .isAway else { return }
    deployment.thaw("broker")
    for service in SuiteProcesses.services { try deployment.start(service) }
    try scenario.finish(seconds: 180)
    try Verdict(deployment: deployment, scenario: scenario).expect()
    try expectCleanEnd(of: SuiteProcesses.services + ["broker"], deployment)
  }

  @Test(.timeLimit(.minutes(8)), arguments: Broker.allCases)
  func theWholeSuiteInOneProcessEndsClean(_ broker: Broker) throws {
    let deployment = try SuiteProcesses()
    try deployment.start("trias", arguments: ["run"])
    try deployment.waitUntilReady("trias")
    try treat(broker, deployment)
    try expectCleanEnd(of: ["trias"], deployment)
  }

  @Test(.timeLimit(.minutes(8))) func theWholeSuiteEndsCleanInTheMiddleOfAReplay() throws {
    let deployment = try SuiteProcesses()
    let data = URL(fileURLWithPath: #filePath).appending(path: "../../../deploy/demo/bank-additional-full.csv.gz")
      .standardizedFileURL.path
    try deployment.start("trias", arguments: ["run", "--replay", data])
    try deployment.waitUntilReady("trias")
    _ = try SuiteProcesses.wait(120, "events of the replay") {
      let metrics = String(decoding: try Data(contentsOf: deployment.ops("trias", "/metrics")), as: UTF8.self)
      return metrics.contains("trias_records_total{group=\"nba-scorer.scorer\",outcome=\"applied\"}") ? true : nil
    }
    try expectCleanEnd(of: ["trias"], deployment)
  }

  private func treat(_ broker: Broker, _ deployment: SuiteProcesses) throws {
    switch broker {
    case .answers: break
    case .isAway: deployment.kill("broker")
    case .hangs: deployment.freeze("broker")
    case .hasHungForLong:
      deployment.freeze("broker")
      // Long enough that clients have given up on requests and begun to open what they have anew.
      Thread.sleep(forTimeInterval: 15)
    }
  }

  /// SIGTERM to all of them at once.
  private func expectCleanEnd(of names: [String], _ deployment: SuiteProcesses) throws {
    let asked = Date()
    for name in names { deployment.ask(name) }
    var ends: [String: Double] = [:]
    while ends.count < names.count {
      for name in names where ends[name] == nil && !deployment.isRunning(name) {
        ends[name] = Date().timeIntervalSince(asked)
      }
      Thread.sleep(forTimeInterval: 0.02)
    }
    for name in names {
      let (code, seconds) = (deployment.ended(name), ends[name] ?? 0)
      print("\(name) ended with \(code) after \(String(format: "%.1f", seconds)) s")
      #expect(code == 0, "\(name) ended with \(code) after \(seconds) s, see \(deployment.folder.path)")
      #expect(seconds < 10, "\(name) took \(seconds) s, see \(deployment.folder.path)")
    }
  }

  /// Told once a second, from the ends that fetching has shown.
  private func showsItsLag(_ service: String, _ deployment: SuiteProcesses) throws {
    _ = try SuiteProcesses.wait(60, "the lag of \(service)") {
      let metrics = String(decoding: try Data(contentsOf: deployment.ops(service, "/metrics")), as: UTF8.self)
      return metrics.contains("trias_consumer_lag_records{group=\"\(service).")
        && metrics.contains("trias_commit_ms_bucket{group=\"\(service).")
        && metrics.contains("trias_restore_ms_bucket{group=\"\(service).") ? true : nil
    }
  }
}
