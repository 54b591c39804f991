// `trias run` where it can't be: what it says, and that it says so before it has started anything.

import Contracts
import Foundation
import Host
import KafkaLog
import Operations
import Testing

@Suite(.serialized)
struct RunCommandTests {
  /// Who starts a second suite in the shell that was told to mean the first would take its customers from it.
  @Test(arguments: ["trias", "nba-scorer"], [true, false])
  func besideASuiteThatHasAllOfItsBrokerNothingJoins(executable: String, isExported: Bool) async throws {
    let broker = try EmbeddedBroker(
      topics: TopicCheck.plans(partitions: Deployment.partitions) + [Host.oneProcessMark])
    defer { broker.stop() }
    let answer = try await Trias.run(
      executable == "trias" ? ["run"] : [],
      [
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrapServers, "TRIAS_PARTITIONS": isExported ? "2" : "12",
        "TRIAS_HTTP_PORT": "0", "TRIAS_OPS_PORT": "0",
      ], executable: executable)
    #expect(answer.code == 1)
    #expect(
      answer.output.contains(
        "KAFKA_BOOTSTRAP_SERVERS: \(broker.bootstrapServers) is the broker of a `trias run`, which runs every "),
      "\(answer.output)")
    #expect(answer.output.contains("unset KAFKA_BOOTSTRAP_SERVERS"))
    let log = try KafkaLog(KafkaSettings(bootstrapServers: broker.bootstrapServers, clientId: "test"), broker: broker)
    let scorer = GroupPositions.Group(group: .scorer, inputs: [Topics.profileState])
    let positions = GroupPositions(log: log, groups: [scorer])
    #expect(try positions.measure()[.scorer]?.hasCommitted == false, "it has taken nothing over")
  }

  @Test func aWrongCatalogueIsFoundBeforeTheBrokerIsStarted() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try "name: a\ncurrency: EUR\nsurprise: 1\n".write(toFile: file, atomically: true, encoding: .utf8)
    // A broker that isn't there shows that it was never asked.
    for away in [[:], ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"]] {
      let answer = try await Trias.run(["run", "--catalog", file], away)
      #expect(answer.code == 1)
      #expect(answer.output.contains("\(file):3: there is no field surprise"), "\(answer.output)")
      #expect(!answer.output.contains("unavailable"))
    }
  }

  @Test func whatGzipCantUnpackIsSaidOnce() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "bank-\(UUID().uuidString).csv.gz").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Data([0x1f, 0x8b, 8, 0, 1, 2, 3]).write(to: URL(fileURLWithPath: file))
    let answer = try await Trias.run(["replay", "bank", file], [:])
    #expect(answer.code == 2)
    #expect(
      answer.output.hasPrefix("trias: \(file) can't be unpacked: gzip: ") && answer.output.count { $0 == "\n" } == 1,
      "\(answer.output)")
  }
}
