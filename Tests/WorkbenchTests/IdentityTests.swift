// The data steward's page: what it is told, and what becomes of his word.

import Contracts
import Foundation
import MessageLog
import Streams
import TestKit
import Testing

@testable import Workbench

struct IdentityTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  struct Model: Decodable {
    struct Row: Decodable {
      struct Side: Decodable {
        var identifier: String
        var name: String?
        var others: [String]
      }
      var sides: [Side]
      var evidence: [ConflictEvidence]
    }
    struct Asked: Decodable {
      var command: String
      var isAccepted: Bool?
      var reason: String?
    }
    struct Decision: Decodable {
      var kind: String
      var by: String
    }
    struct Done: Decodable { var command: String }
    var revision: Int64
    var count: Int
    var rows: [Row]
    var asked: [Asked]
    var decisions: [Decision]
  }

  private func model(_ bench: Bench) async throws -> Model {
    try await bench.get("/workbench/api/identity").json(Model.self)
  }

  private func ask(_ bench: Bench, _ body: String) async throws -> Answer {
    try await bench.post("/workbench/api/identity/commands", body, headers: ["Cookie": "trias_staff_name=Bea"])
  }

  @Test func whatIsToBeDecidedComesWithWhomItIsAbout() async throws {
    try scene.put(scene.fullState())
    try scene.putCase()
    let bench = try await Bench(scene)
    let told = try await model(bench)
    #expect(told.count == 1)
    #expect(told.rows.first?.sides.map(\.identifier) == [Scene.cookie, "customer:4712"])
    #expect(told.rows.first?.sides.first?.name == "Ada Jansen")
    #expect(told.rows.first?.sides.first?.others == [Scene.customer, "login:ada@example.org"])
    #expect(told.rows.first?.sides.last?.others == [])
    #expect(told.rows.first?.evidence.map(\.claim) == ["e-4", "e-9"])
    // What was there before this workbench is as good as what comes.
    try scene.putCase(left: true)
    try await eventually("the case is gone") { try await model(bench).count == 0 }
    #expect(try await model(bench).decisions.map(\.kind) == ["leave"])
    #expect(try await model(bench).revision > told.revision)
    try await bench.stop()
  }

  @Test func aWordGoesToTheLinkerAndItsVerdictComesBack() async throws {
    let bench = try await Bench(scene)
    let kinds = ["same-person", "not-same-person", "leave", "split"]
    for kind in kinds {
      let answer = try await ask(
        bench, #"{"kind":"\#(kind)","identifier":"cookie:c1","with":"customer:4712","reason":" a family "}"#)
      #expect(answer.status == 202, "\(answer.body)")
    }
    let records = scene.records(Topics.stewardCommands)
    #expect(try records.map { try Envelope($0.headers).type } == kinds.map { "trias.steward.\($0).v1" })
    #expect(records.allSatisfy { $0.key == Array(StewardCommand.key.utf8) && $0.partition == 0 })
    let (cookie, customer) = (Identifier("cookie", "c1"), Identifier("customer", "4712"))
    let commands = try records.map { try StewardCommand(json: $0.value ?? []) }
    #expect(commands[0] == StewardCommand(identifier: cookie, with: customer, by: "Bea", reason: "a family"))
    #expect(commands[3] == StewardCommand(identifier: cookie, from: customer, by: "Bea", reason: "a family"))

    let ids = try records.map { try Envelope($0.headers).id }
    #expect(try await model(bench).asked.map(\.command) == ids.reversed())
    #expect(try await model(bench).asked.allSatisfy { $0.isAccepted == nil })
    try scene.putVerdict(cookie, of: ids[0], isAccepted: true, "same-person")
    try scene.putVerdict(cookie, of: ids[2], isAccepted: false, "not-on-the-list")
    // Of those who moved along there are entries too; they are no answer.
    try scene.putVerdict(customer, of: ids[1], isAccepted: true, "not-same-person")
    try scene.put(
      ConsumerGroup.linker.deadLetter, key: StewardCommand.key, id: ids[3], [],
      headers: [(DeadLetterHeader.field, "with"), (DeadLetterHeader.reason, "is the same identifier")])
    try await eventually("the answers") {
      try await model(bench).asked.filter { $0.isAccepted == nil }.map(\.command) == [ids[1]]
    }
    let asked = try await model(bench).asked
    #expect(asked.first { $0.command == ids[0] }?.isAccepted == true)
    #expect(asked.first { $0.command == ids[2] }?.reason == "not-on-the-list")
    #expect(asked.first { $0.command == ids[3] }?.reason == "with: is the same identifier")
    try await bench.stop()
  }

  @Test func aWordThatIsNotAsItMustBeIsRefusedWithTheFieldAndNothingIsWritten() async throws {
    let bench = try await Bench(scene)
    let long = String(repeating: "x", count: 1_025)
    let cases: [(String, String)] = [
      (#"{"kind":"fly","identifier":"cookie:c1","with":"customer:1","reason":"r"}"#, "kind"),
      (#"{"kind":"leave","identifier":"c1","with":"customer:1","reason":"r"}"#, "identifier"),
      (#"{"kind":"leave","identifier":"cookie:c1","with":"shoe:44","reason":"r"}"#, "with"),
      (#"{"kind":"same-person","identifier":"cookie:c1","reason":"r"}"#, "with"),
      (#"{"kind":"same-person","identifier":"cookie:c1","with":"cookie:c1","reason":"r"}"#, "with"),
      (#"{"kind":"split","identifier":"cookie:c1","reason":"  "}"#, "reason"),
      (#"{"kind":"split","identifier":"cookie:c1","reason":"\#(long)"}"#, "reason"),
      (#"{"kind":"split","identifier":"cookie:c1"}"#, "reason"),
    ]
    for (body, field) in cases {
      let answer = try await ask(bench, body)
      #expect(answer.status == 422 && answer.body.contains("\"field\":\"\(field)\""), "\(body): \(answer.body)")
    }
    #expect(try await bench.send("GET", "/workbench/api/identity", headers: [:]).status == 401)
    #expect(scene.records(Topics.stewardCommands).isEmpty)
    #expect(try await model(bench).asked.isEmpty)
    try await bench.stop()
  }

  @Test func whileTheBrokerIsAwayNothingIsSaidToBeDone() async throws {
    let bench = try await Bench(scene)
    scene.log.setAway(true)
    let body = #"{"kind":"split","identifier":"cookie:c1","reason":"r"}"#
    #expect(try await ask(bench, body).status == 503)
    scene.log.setAway(false)
    #expect(try await ask(bench, body).status == 202)
    #expect(scene.records(Topics.stewardCommands).count == 1)
    try await bench.stop()
  }
}

extension Scene {
  /// The cookie of the busy customer, and a second customer number that was named with it.
  func putCase(left: Bool = false, lastClaim: Int64? = nil) throws {
    let cookie = Identifier(key: Self.cookie)!
    let other = Identifier("customer", "4712")
    let evidence = [(4, 90_000), (9, 4_000)].map { number, agoMs in
      ConflictEvidence(
        number: Int64(number), claim: "e-\(number)", source: "branch/terminal", atMs: nowMs - Int64(agoMs),
        identifiers: [other, cookie], reason: "belongs-to-another-person")
    }
    let word = StewardWord(command: "w", number: 10, by: "Bea", reason: "a family", atMs: nowMs)
    try putEntry(
      IdentityMapEntry(
        identifier: cookie, profile: Self.profile, version: 1, judged: [other],
        verdict: Verdict(claim: "e-9", isAccepted: false, reason: "belongs-to-another-person", atMs: nowMs),
        lastClaim: lastClaim ?? (left ? 10 : 9),
        conflicts: [PossibleConflict(with: other, evidence: evidence, left: left ? word : nil)]))
  }

  /// The same two, after it was said that they are not one person.
  func putDecided(by command: String) throws {
    let cookie = Identifier(key: Self.cookie)!
    try putEntry(
      IdentityMapEntry(
        identifier: cookie, profile: Self.profile, version: 1, judged: [],
        verdict: Verdict(claim: command, isAccepted: true, reason: "not-same-person", atMs: nowMs), lastClaim: 11,
        partings: [
          Parting(
            identifier: Identifier("customer", "4712"), command: command, by: "Bea", reason: "two cards, two people",
            atMs: nowMs, apart: true)
        ]))
  }

  func putVerdict(_ identifier: Identifier, of command: String, isAccepted: Bool, _ reason: String) throws {
    try putEntry(
      IdentityMapEntry(
        identifier: identifier, profile: Self.profile, version: 2, judged: [],
        verdict: Verdict(claim: command, isAccepted: isAccepted, reason: reason, atMs: nowMs), lastClaim: 12))
  }

  func putEntry(_ entry: IdentityMapEntry) throws {
    try put(
      Topics.identityMap, key: entry.identifier.key, type: IdentityMapEntry.type, entry.json,
      headers: [("ce_causationid", entry.verdict.claim)])
  }
}
