import Contracts
import Deployment
import Foundation
import Host
import TestKit
import Testing

@testable import WebAdapter

/// What a newly applied catalogue lets nobody be shown is gone from open contacts at once, over HTTP, and nothing that a
/// client remembers hides it. The double of the scorer writes no list because of a catalogue, as the scorer doesn't.
struct WithheldTests {
  private static func catalog(_ version: String, without excluded: [String] = []) -> Catalog {
    var catalog = Catalog(version: version, appliedMs: 1, name: "test", currency: "EUR")
    catalog.propositions = ["saver", "card"].map { id in
      var proposition = Proposition(id: id, name: id, issue: "grow", group: "savings", kind: .offer)
      proposition.treatments = [Treatment(channel: "web", headline: id, body: "b", callToAction: "c")]
      return proposition
    }
    catalog.exclusions = excluded.map { Exclusion(reason: "a recall", proposition: $0) }
    catalog.fallback = [FallbackList(channel: "web", propositions: ["saver", "card"])]
    return catalog
  }

  private func items(_ answer: World.Answer) throws -> [String]? {
    let list = try answer.json["list"] as? [String: Any]
    return (list?["items"] as? [[String: Any]])?.compactMap { $0["proposition"] as? String }
  }

  private func path(_ contact: String, _ token: String) -> String {
    "/v1/contacts/\(contact)/list/stream?token=\(token)"
  }

  @Test func whatIsExcludedIsGoneFromOpenContactsAtOnce() async throws {
    let world = try await World(catalog: Self.catalog("1-a"))
    let (contact, token, answer) = try await world.startContact()
    let source = try EventSource(port: world.port, path: path(contact, token))
    try await eventually { source.items == ["saver", "card"] }
    let sent = world.records().count

    try world.apply(Self.catalog("2-b", without: ["saver"]))
    try await eventually { source.items == ["card"] }
    #expect(source.documents.map(\.id).first == "1")
    #expect(source.documents.last?.id.hasPrefix("1-") == true, "the same list, and not the whole of it")
    let read = try await world.send("GET", "/v1/contacts/\(contact)/list?token=\(token)")
    #expect(try items(read) == ["card"])
    let list = try #require(try read.json["list"] as? [String: Any])
    #expect((list["items"] as? [[String: Any]])?.first?["rank"] as? Int == 1)
    let whole = try #require(try answer.json["list"] as? [String: Any])
    #expect(list["id"] as? String == whole["id"] as? String && list["version"] as? Int == 1)
    #expect(world.records().count == sent, "and the customer has done nothing")

    // Nor does who comes later see it.
    #expect(try items(try await world.send("POST", "/v1/contacts", World.start)) == ["card"])
    try world.apply(Self.catalog("3-c"))
    try await eventually { source.items == ["saver", "card"] }
    #expect(source.documents.map(\.id).last == "1")
    source.close()
    try await world.stop()
  }

  @Test func anAnswerToWhatWasWithheldIsRecordedAsWhatHappened() async throws {
    let world = try await World(catalog: Self.catalog("1-a"))
    let (contact, token, answer) = try await world.startContact()
    let list = try #require((try answer.json["list"] as? [String: Any])?["id"] as? String)
    try world.apply(Self.catalog("2-b", without: ["saver"]))
    try await eventually {
      try items(try await world.send("GET", "/v1/contacts/\(contact)/list?token=\(token)")) == ["card"]
    }
    for outcome in ["presented", "accepted"] {
      let body = #"{"list":"\#(list)","responses":[{"proposition":"saver","outcome":"\#(outcome)"}]}"#
      let said = try await world.send(
        "POST", "/v1/contacts/\(contact)/responses", body, ["X-Trias-Contact-Token": token])
      #expect(said.status == 202)
      let record = try #require(world.records().last)
      #expect(record.headers.string("ce_type") == "trias.nba.\(outcome).v1")
      let data = try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any]
      #expect(data?["proposition"] as? String == "saver" && data?["list"] as? String == list)
      #expect(data?["rank"] as? Int == 1)
    }
    try await world.stop()
  }

  @Test func whoComesBackHearsWhatIsWithheldSinceAndOnlyOnce() async throws {
    let world = try await World(catalog: Self.catalog("1-a"))
    let (contact, token, _) = try await world.startContact()
    try world.apply(Self.catalog("2-b", without: ["saver"]))
    let path = path(contact, token)
    try await eventually {
      try items(try await world.send("GET", "/v1/contacts/\(contact)/list?token=\(token)")) == ["card"]
    }
    let whole = try EventSource(port: world.port, path: path, headers: "Last-Event-ID: 1\r\n")
    try await eventually { whole.items == ["card"] }
    let mark = try #require(whole.documents.last?.id)
    let part = try EventSource(port: world.port, path: path, headers: "Last-Event-ID: \(mark)\r\n")
    try await eventually { part.text.contains("retry: 2000") }
    try world.apply(Self.catalog("3-c"))
    for source in [whole, part] {
      try await eventually { source.items == ["saver", "card"] }
      #expect(source.documents.last?.id == "1")
    }
    #expect(part.documents.count == 1, "what he had seen was not said again")
    for source in [whole, part] { source.close() }
    try await world.stop()
  }

  @Test func theFallbackOnAnOpenStreamLosesItToo() async throws {
    let world = try await World(scores: false, catalog: Self.catalog("1-a")) {
      $0.with(WebAdapter.listBudgetMs, "1")
    }
    let (contact, token, answer) = try await world.startContact()
    #expect(try items(answer) == ["saver", "card"])
    let source = try EventSource(port: world.port, path: path(contact, token))
    try await eventually { source.items == ["saver", "card"] }
    try world.apply(Self.catalog("2-b", without: ["card"]))
    try await eventually { source.items == ["saver"] }
    try world.apply(Self.catalog("3-c", without: ["card", "saver"]))
    try await eventually { source.documents.last?.document["listSource"] as? String == "none" }
    #expect(source.documents.last?.document["list"] is NSNull)
    source.close()
    try await world.stop()
  }
}
