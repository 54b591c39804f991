import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

/// The lead manager of today and one of a later release, whose table has another shape, on one group and one table.
@Suite("A rolling upgrade of real processes", .serialized, .saysItsSeed)
struct RollingUpgradeTests {
  private static let today = "lead-manager"
  private static let next = "NextVersion"

  /// The newer one reads the older one's table. What it has written the older one refuses, and stands still there with the
  /// word what to do; when it is gone, everything is as if there had been one version.
  @Test(.timeLimit(.minutes(10)))
  func theNewerReadsTheOlderAndTheOlderRefusesTheNewer() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment)
    scenario.begin(8)
    try scenario.finish()
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    #expect(try versions(raw).keys.sorted() == [1])

    try deployment.start(Self.next)
    try underLoad(deployment, scenario, "both to be ready") { [Self.today, Self.next].allSatisfy(deployment.isReady) }
    try underLoad(deployment, scenario, "tables of both versions") {
      let versions = try versions(raw)
      return versions[1] != nil && versions[2] != nil
    }
    #expect(deployment.terminate(Self.next) == 0)
    let client = WebClient()
    try underLoad(deployment, scenario, "the older one to refuse what the newer one wrote") {
      let answer = client.get(deployment.ops(Self.today, "/readyz"))
      return answer.status == 503
        && String(decoding: answer.body, as: UTF8.self).contains("deploy the newer one first")
    }
    #expect(client.get(deployment.ops(Self.today, "/livez")).status == 200, "it goes on where it can")

    try deployment.start(Self.next)
    #expect(deployment.terminate(Self.today) == 0)
    try deployment.waitUntilReady(Self.next)
    scenario.begin(4)
    try scenario.finish()
    try Verdict(deployment: deployment, scenario: scenario).expect()
    #expect(deployment.terminate(Self.next) == 0)
  }

  /// First the newer one is deployed and writes the older shape, beside which no older one is refused anything; when the
  /// last older one is gone it is told to write its own.
  @Test(.timeLimit(.minutes(10)))
  func deployedFirstAndThenActivatedNobodyIsRefused() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment)
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    try deployment.start(Self.next, ["TRIAS_TABLE_VERSIONS": "lead-manager.leads=1"])
    try underLoad(deployment, scenario, "both to be ready") { [Self.today, Self.next].allSatisfy(deployment.isReady) }
    scenario.begin(8)
    try scenario.finish()
    // All that the newer one has written goes to the older one, who reads it, and back.
    #expect(deployment.terminate(Self.next) == 0)
    try underLoad(deployment, scenario, "the older one to have everything") { try owns(4, deployment) }
    #expect(try versions(raw).keys.sorted() == [1])
    #expect(!deployment.output(of: Self.today).contains("stands still"))

    try deployment.start(Self.next)
    #expect(deployment.terminate(Self.today) == 0)
    try deployment.waitUntilReady(Self.next)
    scenario.begin(8)
    try scenario.finish()
    try Verdict(deployment: deployment, scenario: scenario).expect()
    #expect(try versions(raw)[2] != nil, "activated")
    #expect(deployment.terminate(Self.next) == 0)
  }

  private func underLoad(
    _ deployment: SuiteProcesses, _ scenario: Scenario, _ what: String, _ condition: () throws -> Bool
  ) throws {
    _ = try SuiteProcesses.wait(120, "\(what); see \(deployment.folder.path)") {
      if scenario.open < 4 { scenario.begin(2) }
      scenario.goOn(seconds: 0.1)
      return try condition() ? true : nil
    }
  }

  private func owns(_ partitions: Int, _ deployment: SuiteProcesses) throws -> Bool {
    let answer = WebClient().get(deployment.ops(Self.today, "/readyz"))
    return answer.status == 200 && String(decoding: answer.body, as: UTF8.self).contains("\"\(partitions) partitions\"")
  }

  /// How many states each version of the reducer has written; the bytes say so as well as the header.
  private func versions(_ raw: RawLog) throws -> [Int: Int] {
    var counts: [Int: Int] = [:]
    for record in try raw.records(of: Topics.leadState)
    where record.headers.value("trias_takeover") == nil && record.headers.value("trias_handover") == nil {
      let version = record.headers.string("trias_reducer").flatMap { Int($0) } ?? 0
      if let value = record.value {
        let text = String(decoding: value, as: UTF8.self)
        #expect(text.hasPrefix(#"{"shape":2,"#) == (version == 2), "\(version): \(text.prefix(40))")
      }
      counts[version, default: 0] += 1
    }
    return counts
  }
}
