import Contracts
import Foundation
import MessageLog
import TestKit
import Testing

/// The commands that look at a running deployment: doctor, explain, dlq.
@Suite(.serialized)
struct OperationCommandTests {
  private func start(_ deployment: Deployment, contact: String) throws {
    let interaction = Interaction(
      identifiers: [Identifier("cookie", contact)], channel: "web", contact: contact)
    let envelope = Envelope(
      id: contact, source: "test", type: EventType.contactStarted.rawValue,
      timeMs: Int64(Date().timeIntervalSince1970 * 1000))
    try deployment.publish(
      Topics.channelInteractions, key: "cookie:\(contact)", envelope.headers, interaction.json)
  }

  /// Runs a command again and again until its output is as wanted.
  private func once(
    _ what: String, _ deployment: Deployment, _ arguments: [String],
    _ isThere: @Sendable (Deployment.Answer) -> Bool
  ) async throws -> Deployment.Answer {
    var answer = Deployment.Answer(code: -1, output: "")
    try await eventually(what) {
      answer = try await Trias.run(arguments, deployment.environment)
      return isThere(answer)
    }
    return answer
  }

  /// The id of the contact's first list, once it is there.
  private func firstList(_ deployment: Deployment, of contact: String) throws -> String? {
    try first(Topics.nbaLists, deployment, of: contact)?.headers.string("ce_id")
  }

  /// The first record of the topic that is about the contact, once it is there.
  private func first(_ topic: Topic, _ deployment: Deployment, of contact: String) throws -> Record? {
    let topic = topic.name
    let consumer = try deployment.log.makeConsumer(name: "test", group: nil)
    defer { consumer.close() }
    let partitions = Int32(try deployment.log.partitionCount(of: topic) ?? 0)
    try consumer.assign((0..<partitions).reduce(into: [:]) { $0[TopicPartition(topic, $1)] = 0 })
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
      for record in try consumer.poll(maxRecords: 100, timeoutMs: 200)
      where record.headers.string("ce_correlationid") == contact {
        return record
      }
    }
    return nil
  }

  @Test func theDoctorSaysWhatIsWrongAndHowToMendIt() async throws {
    let away = try await Trias.run(["doctor"], ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"])
    #expect(away.code == 2)
    #expect(away.output.contains("the broker can't be reached"))
    #expect(away.output.contains("the secret is the one for development"))

    let deployment = try Deployment(without: [Topics.nbaLists.name])
    defer { deployment.stop() }
    let missing = try await deployment.trias("doctor")
    #expect(missing.code == 2)
    #expect(missing.output.contains("1 topics are missing: nba.lists.v1"), "\(missing.output)")
    #expect(missing.output.contains("→ the embedded broker makes its topics when it starts"))
  }

  @Test func aListIsExplainedAndABadRecordIsFoundMendedAndSentAgain() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let idle = try await deployment.trias("doctor")
    #expect(idle.code == 2)
    #expect(idle.output.contains("no catalogue was applied"))
    #expect(try await deployment.trias("catalog", "apply", CatalogCommandTests.demo).code == 0)
    let contact = "c\(UInt32.random(in: 0..<UInt32.max))"
    try start(deployment, contact: contact)
    let standing = try await deployment.trias("doctor")
    #expect(standing.code == 2)
    #expect(standing.output.contains("profile-aggregator.facets is 1 records behind and has never taken any"))
    #expect(standing.output.contains("→ start profile-aggregator"))

    deployment.startServices()
    let well = try await once("a deployment that is well", deployment, ["doctor"]) { $0.code == 0 }
    #expect(well.output.contains("there are no dead letters"))

    // A list with its whole portfolio, and one that never was.
    let list = try #require(try firstList(deployment, of: contact))
    let explained = try await once("the list", deployment, ["explain", list]) { $0.code == 0 }
    #expect(explained.output.contains("the list that was published is the same"), "\(explained.output)")
    #expect(explained.output.contains("its version and its cause are as recorded, not derived"))
    #expect(!explained.output.contains("another secret"))
    #expect(explained.output.contains("DROPPED AT, AND WHY"))
    #expect(explained.output.split(separator: "\n").count > 12)
    let unknown = try await deployment.trias("explain", "nobody.1.0")
    #expect(unknown.code == 2)
    #expect(unknown.output.contains("no decision on nba.decisions is about the list nobody.1.0"))
    let mint = IdMint(secret: Deployment.secret)
    let fallback = mint.list(contact: contact, version: 0, items: ["a", "b"])
    let undecided = try await deployment.trias("explain", fallback)
    #expect(undecided.code == 2)
    #expect(
      undecided.output.contains("\(fallback) is a fallback list, of 2 propositions for the contact \(contact): "),
      "\(undecided.output)")
    // Who hasn't the secret can't derive the id, and can all else.
    let elsewhere = try await deployment.trias("explain", list, environment: ["TRIAS_SECRET": "another-deployment's"])
    #expect(elsewhere.code == 0 && elsewhere.output.contains("its id was made under another secret"))

    // An older build's record, with propensities as a list of objects: the list is all there is to show.
    let decision = try #require(try first(Topics.nbaDecisions, deployment, of: contact))
    var old = try #require(try JSONSerialization.jsonObject(with: Data(decision.value ?? [])) as? [String: Any])
    old["propensities"] = [["proposition": "mortgage", "model": "mortgage/web/inbound", "mean": -3.1]]
    try deployment.publish(
      Topics.nbaDecisions, key: String(decoding: decision.key ?? [], as: UTF8.self), decision.headers,
      Array(try JSONSerialization.data(withJSONObject: old)))
    let older = try await once("the older record", deployment, ["explain", list]) { $0.code == 2 }
    #expect(
      older.output.contains(
        "the decision was recorded by an older build (propensities: expected an object, found an array), which this one "
          + "can't derive; its list is above, as it was published"), "\(older.output)")
    #expect(older.output.contains("RANK  PROPOSITION") && older.output.contains("list \(list), contact \(contact)"))
    #expect(older.output.split(separator: "\n").count > 6)

    // What can't be read.
    let envelope = Envelope(id: "bad-1", source: "test", type: EventType.pageViewed.rawValue, timeMs: 1_000)
    try deployment.publish(Topics.channelInteractions, key: "cookie:x", envelope.headers, Array("{".utf8))
    let listed = try await once("the dead letter", deployment, ["dlq", "list"]) { $0.output.contains("bad-1") }
    #expect(listed.code == 0)
    #expect(listed.output.contains("profile-aggregator.facets"))
    #expect(listed.output.contains("channel.interactions.v1/"))
    let doctor = try await deployment.trias("doctor")
    #expect(doctor.code == 0, "a dead letter is no fault of the deployment")
    #expect(doctor.output.contains("1 dead letters of profile-aggregator.facets"))
    #expect(doctor.output.contains("→ trias dlq list profile-aggregator.facets"))
    let dry = try await deployment.trias("dlq", "replay", "profile-aggregator.facets", "--dry-run")
    #expect(dry.output.contains("would send 1 dead letters, left 0"), "\(dry.output)")
    let sent = try await deployment.trias("dlq", "replay", "profile-aggregator.facets")
    #expect(sent.output.contains("sent 1 dead letters, left 0"), "\(sent.output)")
    let second = try await deployment.trias("dlq", "replay", "profile-aggregator.facets")
    #expect(second.output.contains("1 were sent before (--all sends them again)"), "\(second.output)")
    let again = try await deployment.trias("dlq", "replay", "profile-aggregator.facets", "--only", "0/999")
    #expect(again.code == 2)
    #expect(again.output == "trias: there is no dead letter of profile-aggregator.facets at 0/999\n", "said once")
    let nowhere = try await deployment.trias("dlq", "replay", "profile-aggregator.facets", "--only", "x")
    #expect(nowhere.code == 1 && nowhere.output.contains("--only takes <partition>/<offset>"), "\(nowhere.output)")
    let nobody = try await deployment.trias("dlq", "list", "profile-aggregator.facts")
    #expect(nobody.code == 1 && !nobody.output.contains("Usage"), "\(nobody.output)")
    #expect(
      nobody.output.contains(
        "there are no dead letters of profile-aggregator.facts; did you mean \"profile-aggregator.facets\"?"))
    #expect(nobody.output.contains("lead-manager.leads"))
  }

  /// Which brokers were meant, and what to change.
  @Test func whatNeedsABrokerNamesTheOneThatIsAway() async throws {
    let log = CatalogCommandTests.demo.replacing("catalog.yaml", with: "bank-additional-full.csv.gz")
    for command in [["topics", "check"], ["catalog", "show"], ["run"], ["replay", "bank", log, "--limit", "1"]] {
      let away = try await Trias.run(command, ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"])
      #expect(away.code == 2)
      #expect(
        away.output.contains("the brokers are 127.0.0.1:1, as KAFKA_BOOTSTRAP_SERVERS says"),
        "\(command): \(away.output)")
    }
    let mistaken = try await Trias.run(["doctor"], ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1"])
    #expect(mistaken.code == 1 && mistaken.output.hasPrefix("trias: KAFKA_BOOTSTRAP_SERVERS: "), "\(mistaken.output)")
  }

  @Test func theVersionIsTheApisToo() async throws {
    let said = try await Trias.run(["--version"], [:])
    #expect(said.code == 0 && said.output == "trias \(Build.version)\n")
    let run = try await Trias.run(["run", "--version"], [:])
    #expect(run.code == 0 && run.output == said.output, "\(run.output)")
  }
}
