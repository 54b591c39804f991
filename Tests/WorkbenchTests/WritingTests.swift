// What staff do becomes events, and is said to be done only when the log has it.

import Contracts
import Foundation
import MessageLog
import Testing

@testable import Workbench

struct WritingTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  @Test func aCommandGoesToTheLeadsCustomerUnderTheNameOfWhoGaveIt() async throws {
    try scene.put([scene.lead("l1", "gold-card")])
    let bench = try await Bench(scene)
    let answer = try await bench.post(
      "/workbench/api/leads/l1/commands", #"{"command":"win","netRevenueMinor":12345}"#,
      headers: ["Cookie": "trias_staff_name=Ann%20Lee"])
    #expect(answer.status == 202)
    let record = try #require(scene.records(Topics.leadCommands).first)
    #expect(record.key == Array(Scene.profile.utf8))
    #expect(record.partition == Partitioner.partition(of: Scene.profile, count: Scene.partitions))
    let envelope = try Envelope(record.headers)
    #expect(envelope.type == LeadCommandType.win.rawValue)
    #expect(answer.body.contains(envelope.id))
    let command = try JSONDecoder().decode(LeadCommand.self, from: Data(try #require(record.value)))
    #expect(command == LeadCommand(lead: "l1", by: "Ann Lee", netRevenueMinor: 12_345))
    try await bench.stop()
  }

  @Test func aCommandThatMakesNoSenseIsRefusedAndNothingIsWritten() async throws {
    try scene.put([
      scene.lead("l1", "gold-card"), scene.lead("l2", "day-money", step: 3, status: .won),
      scene.lead("l3", "day-money", step: 3),
    ])
    let bench = try await Bench(scene)
    let cases: [(String, String, Int)] = [
      ("l9", #"{"command":"win"}"#, 404), ("l1", #"{"command":"fly"}"#, 422), ("l1", #"{"#, 400), ("l1", "{}", 422),
      ("l1", #"{"command":"lose"}"#, 422), ("l1", #"{"command":"lose","reason":"  "}"#, 422),
      ("l1", #"{"command":"win","netRevenueMinor":-1}"#, 422), ("l1", #"{"command":"win","netRevenueMinor":"a"}"#, 422),
      ("l1", #"{"command":"complete-step","step":"of-before"}"#, 409),
      ("l2", #"{"command":"complete-step"}"#, 409), ("l3", #"{"command":"complete-step"}"#, 422),
    ]
    for (lead, body, status) in cases {
      let answer = try await bench.post("/workbench/api/leads/\(lead)/commands", body)
      #expect(answer.status == status, "\(lead) \(body): \(answer.body)")
      #expect(answer.headers["content-type"] == "application/problem+json")
    }
    for (body, field, says) in [
      (#"{"command":"fly"}"#, "command", "takes one of complete-step, win, lose, not \"fly\""),
      (#"{"command":7}"#, "command", "takes a text"),
      (#"{"command":"win","netRevenueMinor":"a"}"#, "netRevenueMinor", "takes a whole number"),
      (#"{"command":"win","netRevenueMinor":1.5}"#, "", "takes a whole number"),
      (#"{"command":"win","reason":[1]}"#, "reason", "takes a text"),
    ] {
      let answer = try await bench.post("/workbench/api/leads/l1/commands", body)
      let problem = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
      #expect(problem?["field"] as? String == field, "\(answer.body)")
      #expect((problem?["detail"] as? String)?.hasPrefix(says) == true, "\(answer.body)")
    }
    let form = try await bench.post(
      "/workbench/api/leads/l1/commands", #"{"command":"win"}"#, headers: ["Content-Type": "text/plain"])
    #expect(form.status == 415)
    #expect(scene.records(Topics.leadCommands).isEmpty)
    try await bench.stop()
  }

  @Test func whileTheBrokerIsAwayNothingIsSaidToBeDone() async throws {
    try scene.put([scene.lead("l1", "gold-card")])
    let bench = try await Bench(scene)
    scene.log.setAway(true)
    let answer = try await bench.post("/workbench/api/leads/l1/commands", #"{"command":"win"}"#)
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] != nil)
    scene.log.setAway(false)
    #expect(scene.records(Topics.leadCommands).isEmpty)
    #expect(try await bench.post("/workbench/api/leads/l1/commands", #"{"command":"win"}"#).status == 202)
    try await bench.stop()
  }

  @Test func aCallIsAContactLikeAnyOther() async throws {
    let bench = try await Bench(scene)
    struct Done: Decodable {
      var event: String
      var contact: String
    }
    let started = try await bench.post(
      "/workbench/api/calls", #"{"identifier":"customer:4711","intent":"cancellation"}"#)
    #expect(started.status == 201)
    let contact = try started.json(Done.self).contact
    let answered = try await bench.post(
      "/workbench/api/calls/\(contact)/responses",
      #"""
      {"identifier":"customer:4711","list":"\#(Scene.listId(1, contact: contact))","proposition":"gold-card",
      "outcome":"rejected","rank":2,"reason":"too dear"}
      """#
    )
    #expect(answered.status == 202, "\(answered.body)")
    let ended = try await bench.post("/workbench/api/calls/\(contact)/end", #"{"identifier":"customer:4711"}"#)
    #expect(ended.status == 202)

    let records = scene.records(Topics.channelInteractions)
    let types = try records.map { try Envelope($0.headers).type }
    #expect(types == [EventType.contactStarted, .nbaRejected, .contactEnded].map(\.rawValue))
    for (record, type) in zip(records, [EventType.contactStarted, .nbaRejected, .contactEnded]) {
      #expect(record.key == Array("customer:4711".utf8))
      #expect(record.partition == Partitioner.partition(of: "customer:4711", count: Scene.partitions))
      #expect(try Envelope(record.headers).correlationId == contact)
      let data = try Interaction.decode(type: type, data: try #require(record.value))
      #expect(data.channel == "call-centre")
      #expect(data.contact == contact)
    }
    let start = try Interaction.decode(type: .contactStarted, data: try #require(records[0].value))
    #expect([start.intent, start.placement, start.direction] == ["cancellation", "agent-desktop", "inbound"])
    let response = try Interaction.decode(type: .nbaRejected, data: try #require(records[1].value))
    #expect(response.rank == 2)
    #expect(response.reason == "too dear")
    try await bench.stop()
  }

  @Test func whatACallerSaysWeMayDoIsAConsentOrItsWithdrawalByWhomeverHeTold() async throws {
    let bench = try await Bench(scene)
    for (purpose, isGiven) in [("personal-offers", true), ("phone", false)] {
      let answer = try await bench.post(
        "/workbench/api/calls/call-1/consents",
        #"{"identifier":"customer:4711","purpose":" \#(purpose) ","isGiven":\#(isGiven)}"#,
        headers: ["Cookie": "trias_staff_name=Ann%20Lee"])
      #expect(answer.status == 202, "\(answer.body)")
      let record = try #require(scene.records(Topics.channelInteractions).last)
      let envelope = try Envelope(record.headers)
      let type = isGiven ? EventType.consentGiven : .consentWithdrawn
      #expect(envelope.type == type.rawValue && record.key == Array("customer:4711".utf8))
      let said = try Interaction.decode(type: type, data: try #require(record.value))
      #expect(said.purpose == purpose && said.channel == "call-centre" && said.contact == "call-1")
      let line = try #require(bench.lines("consent recorded").last)
      #expect(line["who"] == "Ann Lee" && line["event"] == envelope.id && line["purpose"] == purpose)
      #expect(line["given"] == "\(isGiven)" && !line.values.contains { $0.contains("4711") })
    }
    let long = String(repeating: "x", count: 300)
    for (body, field) in [
      (#"{"identifier":"customer:1","isGiven":true}"#, "purpose"),
      (#"{"identifier":"customer:1","purpose":" ","isGiven":true}"#, "purpose"),
      (#"{"identifier":"customer:1","purpose":"\#(long)","isGiven":true}"#, "purpose"),
      (#"{"identifier":"customer:1","purpose":"phone"}"#, "isGiven"),
      (#"{"identifier":"moon:1","purpose":"phone","isGiven":true}"#, "identifier"),
    ] {
      let answer = try await bench.post("/workbench/api/calls/call-1/consents", body)
      #expect(answer.status == 422 && answer.body.contains("\"field\":\"\(field)\""), "\(body): \(answer.body)")
    }
    #expect(scene.records(Topics.channelInteractions).count == 2)
    try await bench.stop()
  }

  static func acceptance(list: String) -> String {
    #"{"identifier":"customer:1","list":"\#(list)","proposition":"p","outcome":"accepted"}"#
  }

  @Test func aCallThatIsNotAsItMustBeIsRefusedWithTheField() async throws {
    let bench = try await Bench(scene)
    let long = String(repeating: "x", count: 300)
    let cases: [(String, String, String)] = [
      ("calls", "{}", "identifier"), ("calls", #"{"identifier":"4711"}"#, "identifier"),
      ("calls", #"{"identifier":"moon:4711"}"#, "identifier"),
      ("calls", #"{"identifier":"customer:\#(long)"}"#, "identifier"),
      ("calls", #"{"identifier":"customer:1","direction":"sideways"}"#, "direction"),
      ("calls", #"{"identifier":"customer:1","intent":"\#(long)"}"#, "intent"),
      ("calls/c1/responses", #"{"identifier":"customer:1","list":"l","proposition":"p","outcome":"maybe"}"#, "outcome"),
      ("calls/c1/responses", #"{"identifier":"customer:1","proposition":"p","outcome":"accepted"}"#, "list"),
      // Another contact's list, and one that this deployment never made.
      ("calls/c1/responses", Self.acceptance(list: Scene.listId(1)), "list"),
      ("calls/c1/responses", Self.acceptance(list: "c1.1.0123456789abcdef"), "list"),
    ]
    for (path, body, field) in cases {
      let answer = try await bench.post("/workbench/api/\(path)", body)
      #expect(answer.status == 422, "\(body): \(answer.body)")
      #expect(answer.body.contains("\"field\":\"\(field)\""), "\(body): \(answer.body)")
    }
    #expect(scene.records(Topics.channelInteractions).isEmpty)
    try await bench.stop()
  }
}
