import Contracts
import Foundation
import Host
import MessageLog
import TestKit
import Testing

@testable import WebAdapter

struct ContactTests {
  func sourceAndList(_ answer: World.Answer) throws -> (String?, [String: Any]?) {
    let json = try answer.json
    return (json["listSource"] as? String, json["list"] as? [String: Any])
  }

  @Test func aStartGivesTheListInTheSameResponse() async throws {
    let world = try await World()
    let (contact, token, answer) = try await world.startContact()
    #expect(answer.status == 201)
    #expect(answer.headers["location"] == "/v1/contacts/\(contact)/list")
    let (source, list) = try sourceAndList(answer)
    #expect(source == "live")
    #expect(list?["version"] as? Int == 1)
    #expect((list?["items"] as? [[String: Any]])?.map { $0["proposition"] as? String } == ["saver", "card"])
    #expect(token == world.ids.contactToken(contact))
    let record = try #require(world.records().first)
    #expect(record.key.map { String(decoding: $0, as: UTF8.self) } == "cookie:c1")
    let data = try Interaction(json: try #require(record.value))
    #expect(data.channel == "web")
    #expect(data.direction == "inbound")
    #expect(data.placement == "home")
    #expect(record.headers.string("ce_source") == "web-adapter/site")
    try await world.stop()
  }

  @Test func whoSpeaksForAnOrganisationIsSaidAtTheStart() async throws {
    let world = try await World()
    func start(_ namespace: String, actor: String) async throws -> World.Answer {
      let who = #""identifiers":[{"namespace":"\#(namespace)","value":"1"}]"#
      let actor = #""actor":{"namespace":"\#(actor)","value":"4711"}"#
      return try await world.send(
        "POST", "/v1/contacts", "{\(who),\(actor)}", ["X-Trias-Source-Key": World.serverKey])
    }
    #expect(try await start("organisation", actor: "customer").status == 201)
    let record = try #require(world.records().first)
    #expect(try Interaction(json: try #require(record.value)).actor == Identifier("customer", "4711"))
    let cookie = try await start("organisation", actor: "cookie")
    #expect(cookie.status == 422 && cookie.field == "actor.namespace")
    let person = try await start("customer", actor: "customer")
    #expect(person.status == 422 && person.field == "identifiers[0].namespace")
    try await world.stop()
  }

  @Test func theSameStartAgainIsTheSameContactWithItsTokenAndList() async throws {
    let world = try await World()
    func start(_ who: String = World.who, _ headers: [String: String] = [:]) async throws -> [String?] {
      let json = try await world.send("POST", "/v1/contacts", "{\(who),\"id\":\"retry-1\"}", headers).json
      let list = json["list"] as? [String: Any]
      return [json["contact"], json["token"], json["listSource"], list?["id"]].map { $0 as? String }
    }
    let first = try await start()
    #expect(first[2] == "live")
    #expect(try await start() == first)
    let another = #""identifiers":[{"namespace":"cookie","value":"c2"}]"#
    #expect(try await start(another)[0] != first[0], "nobody gets another's contact by his id")
    #expect(try await start(World.who, ["X-Trias-Source-Key": World.serverKey])[0] != first[0])
    try await world.stop()
  }

  @Test func aStartWhoseFateIsUnknownSaysUnderWhichIdItCanBeSentAgain() async throws {
    let world = try await World()
    world.log.failNextAppend(taking: .max, with: .unavailable("lost"))
    let lost = try await world.send("POST", "/v1/contacts", World.start)
    #expect(lost.status == 503)
    let id = try #require((try lost.json["ids"] as? [String])?.first)
    let again = try await world.send("POST", "/v1/contacts", "{\(World.who),\"id\":\"\(id)\"}")
    #expect(again.status == 201)
    let contact = try again.json["contact"] as? String
    #expect(world.records().map { $0.headers.string("ce_id") } == [id, id])
    #expect(world.records().map { $0.headers.string("ce_correlationid") } == [contact, contact])
    try await world.stop()
  }

  @Test func aBrowserSeesWhatItShowsAndStaffAndServersSeeWhy() async throws {
    let world = try await World()
    let (contact, token, answer) = try await world.startContact()
    func probability(_ answer: World.Answer) throws -> Double? {
      (try sourceAndList(answer).1?["items"] as? [[String: Any]])?.first?["probability"] as? Double
    }
    #expect(try probability(answer) == nil)
    let path = "/v1/contacts/\(contact)/list"
    #expect(try probability(try await world.send("GET", path, nil, ["X-Trias-Contact-Token": token])) == nil)
    #expect(try probability(try await world.send("GET", path, nil, ["Authorization": "Bearer \(World.staff)"])) == 0.25)
    let server = try await world.send("POST", "/v1/contacts", World.start, ["X-Trias-Source-Key": World.serverKey])
    #expect(try probability(server) == 0.25)
    try await world.stop()
  }

  @Test func withoutADecisionInTimeItIsTheCataloguesFallback() async throws {
    var catalog = Catalog(version: "1", appliedMs: 0, name: "bank", currency: "EUR")
    var card = Proposition(id: "card", name: "Card", issue: "grow", group: "card", kind: .offer)
    card.treatments = [Treatment(channel: "web", headline: "h", body: "b", callToAction: "c")]
    catalog.propositions = [card]
    catalog.fallback = [FallbackList(channel: "web", propositions: ["card"])]
    let world = try await World(scores: false, catalog: catalog) { $0.with(WebAdapter.listBudgetMs, "1") }
    let (contact, token, answer) = try await world.startContact()
    let (source, list) = try sourceAndList(answer)
    #expect(source == "fallback")
    #expect(list?["isFallback"] as? Bool == true)
    #expect(list?["version"] as? Int == 0)
    let id = try #require(list?["id"] as? String)
    let body = #"{"list":"\#(id)","responses":[{"proposition":"card","outcome":"presented"}]}"#
    let responded = try await world.send(
      "POST", "/v1/contacts/\(contact)/responses", body, ["X-Trias-Contact-Token": token])
    #expect(responded.status == 202, "what was shown from the fallback can be answered too")
    try await world.stop()
  }

  /// Also where the list is the fallback, which nobody remembers; a channel that knows better says so.
  @Test func anAnswerIsOfTheChannelThatTheContactIsIn() async throws {
    var catalog = Catalog(version: "1", appliedMs: 0, name: "bank", currency: "EUR")
    var card = Proposition(id: "card", name: "Card", issue: "grow", group: "card", kind: .offer)
    card.treatments = [Treatment(channel: "call-centre", headline: "h", body: "b", callToAction: "c")]
    catalog.propositions = [card]
    catalog.fallback = [FallbackList(channel: "call-centre", propositions: ["card"])]
    let world = try await World(scores: false, catalog: catalog) { $0.with(WebAdapter.listBudgetMs, "1") }
    let key = ["X-Trias-Source-Key": World.serverKey]
    let call = World.start.dropLast() + #","channel":"call-centre"}"#
    let started = try await world.send("POST", "/v1/contacts", String(call), key).json
    let contact = try #require(started["contact"] as? String)
    let list = try #require((started["list"] as? [String: Any])?["id"] as? String)
    let token = ["X-Trias-Contact-Token": world.ids.contactToken(contact)]
    func channel(_ path: String, _ body: String) async throws -> String? {
      let answer = try await world.send("POST", "/v1/contacts/\(path)", body, key.merging(token) { $1 })
      #expect(answer.status == 202, "\(answer)")
      return try world.records().last?.value.flatMap { try Interaction(json: $0).channel }
    }
    let answer = #""list":"\#(list)","responses":[{"proposition":"card","outcome":"accepted"}]"#
    #expect(try await channel("\(contact)/responses", "{\(answer)}") == "call-centre")
    #expect(try await channel("\(contact)/end", "{}") == "call-centre")
    #expect(try await channel("\(contact)/responses", #"{"channel":"branch",\#(answer)}"#) == "branch")
    try await world.stop()
  }

  @Test func theFallbackIsInTheLanguageOfWhoReadsIt() async throws {
    var catalog = Catalog(version: "1", appliedMs: 0, name: "bank", currency: "EUR")
    catalog.language = .english
    var card = Proposition(id: "card", name: "Credit card", issue: "grow", group: "card", kind: .offer)
    card.names = Translations(nl: "Creditcard")
    card.treatments = [Treatment(channel: "web", headline: "h", body: "b", callToAction: "c")]
    catalog.propositions = [card]
    catalog.fallback = [FallbackList(channel: "web", propositions: ["card"])]
    let world = try await World(scores: false, catalog: catalog) { $0.with(WebAdapter.listBudgetMs, "1") }
    let staff = ["Authorization": "Bearer \(World.staff)"]
    func said(_ answer: World.Answer) throws -> (name: String?, reason: String?) {
      let item = ((try answer.json["list"] as? [String: Any])?["items"] as? [[String: Any]])?.first
      return (item?["name"] as? String, (item?["reasons"] as? [String])?.first)
    }
    let dutch = World.start.dropLast() + #","context":{"language":"nl"}}"#
    let started = try await world.send("POST", "/v1/contacts", String(dutch), ["X-Trias-Source-Key": World.serverKey])
    #expect(try said(started).name == "Creditcard")
    #expect(try said(started).reason?.hasPrefix("De keuze") == true)
    let path = "/v1/contacts/\(try #require(try started.json["contact"] as? String))/list"
    #expect(try said(try await world.send("GET", path, nil, staff)).name == "Credit card")
    #expect(try said(try await world.send("GET", path + "?language=nl", nil, staff)).name == "Creditcard")
    #expect(try await world.send("GET", path + "?language=fr", nil, staff).status == 422)
    try await world.stop()
  }

  @Test func withNeitherItSaysSo() async throws {
    let world = try await World(scores: false) { $0.with(WebAdapter.listBudgetMs, "1") }
    let (source, list) = try sourceAndList(try await world.startContact().answer)
    #expect(source == "none")
    #expect(list == nil)
    try await world.stop()
  }

  @Test func theClientMayWaitShorter() async throws {
    let world = try await World(scores: false)
    let start = ContinuousClock.now
    let answer = try await world.send("POST", "/v1/contacts", #"{\#(World.who),"budgetMs":0}"#)
    #expect(answer.status == 201)
    #expect(ContinuousClock.now - start < .seconds(4), "the server's own budget is five seconds")
    #expect(try await world.send("POST", "/v1/contacts", #"{\#(World.who),"budgetMs":60000}"#).field == "budgetMs")
    try await world.stop()
  }

  @Test func responsesBecomeEventsOfTheContactWithRanks() async throws {
    let world = try await World()
    let (contact, token, answer) = try await world.startContact()
    let list = try #require(try sourceAndList(answer).1?["id"] as? String)
    let body =
      #"{"list":"\#(list)","responses":[{"proposition":"saver","outcome":"presented"},{"proposition":"card","outcome":"accepted","placement":"hero","reason":"cheap"}]}"#
    let sent = try await world.send(
      "POST", "/v1/contacts/\(contact)/responses", body, ["X-Trias-Contact-Token": token])
    #expect(sent.status == 202)
    #expect(try sent.json["accepted"] as? Int == 2)
    let records = world.records().filter { $0.headers.string("ce_type")?.contains("nba") == true }
    #expect(records.map { $0.headers.string("ce_type") } == ["trias.nba.presented.v1", "trias.nba.accepted.v1"])
    #expect(records[1].headers.string("ce_id") == "\(list)/card/accepted")
    let data = try Interaction(json: try #require(records[1].value))
    #expect(data.rank == 2)
    #expect(data.contact == contact)
    #expect(data.reason == "cheap")
    #expect(data.identifiers == [Identifier("cookie", "c1")], "those that the contact was started with")
    try await world.stop()
  }

  @Test func whatIsWrongWithAResponseIsNamed() async throws {
    let world = try await World()
    let (contact, token, answer) = try await world.startContact()
    let list = try #require(try sourceAndList(answer).1?["id"] as? String)
    func field(_ body: String) async throws -> [String] {
      let answer = try await world.send(
        "POST", "/v1/contacts/\(contact)/responses", body, ["X-Trias-Contact-Token": token])
      return ["\(answer.status)", answer.field ?? "-"]
    }
    let one = #""responses":[{"proposition":"saver","outcome":"clicked"}]"#
    #expect(try await field(#"{"list":"\#(contact).7.0000000000000000",\#(one)}"#) == ["422", "list"])
    #expect(try await field(#"{"list":"nonsense",\#(one)}"#) == ["422", "list"])
    #expect(try await field(#"{\#(one)}"#) == ["400", "list"])
    #expect(try await field(#"{"list":"\#(list)","responses":[]}"#) == ["422", "responses"])
    #expect(
      try await field(#"{"list":"\#(list)","responses":[{"proposition":"yacht","outcome":"clicked"}]}"#)
        == ["422", "responses[0].proposition"])
    #expect(
      try await field(#"{"list":"\#(list)","responses":[{"proposition":"saver","outcome":"adored"}]}"#)
        == ["422", "responses[0].outcome"])
    #expect(
      try await field(#"{"list":"\#(list)","responses":[{"proposition":"saver","outcome":"clicked","rank":"1"}]}"#)
        == ["400", "responses[0].rank"])
    let long = String(repeating: "x", count: 5_000)
    #expect(
      try await field(
        #"{"list":"\#(list)","responses":[{"proposition":"saver","outcome":"clicked","reason":"\#(long)"}]}"#)
        == ["422", "responses[0].reason"])
    #expect(
      try await field(#"{"list":"\#(list)","identifiers":[{"namespace":"shoe","value":"42"}],\#(one)}"#)
        == ["422", "identifiers[0].namespace"], "it stands beside the responses")
    try await world.stop()
  }

  @Test func whatAListNeverHadIsAcceptedByNoRoute() async throws {
    let world = try await World()
    let (contact, token, answer) = try await world.startContact()
    let list = try #require(try sourceAndList(answer).1?["id"] as? String)
    let response = #"{"list":"\#(list)","responses":[{"proposition":"saver","outcome":"presented"}]}"#
    _ = try await world.send(
      "POST", "/v1/contacts/\(contact)/responses", response, ["X-Trias-Contact-Token": token])
    try await eventually {
      let current = try await world.send(
        "GET", "/v1/contacts/\(contact)/list", nil, ["X-Trias-Contact-Token": token])
      return try sourceAndList(current).1?["version"] as? Int == 2
    }
    let late = #"{"list":"\#(list)","responses":[{"proposition":"nonsense","outcome":"accepted"}]}"#
    let toTheOldList = try await world.send(
      "POST", "/v1/contacts/\(contact)/responses", late, ["X-Trias-Contact-Token": token])
    #expect(toTheOldList.status == 422)
    #expect(toTheOldList.field == "responses[0].proposition")
    let event =
      #"{"events":[{"type":"nba.accepted","data":{\#(World.who),"contact":"\#(contact)","list":"\#(list)","proposition":"nonsense"}}]}"#
    let asEvent = try await world.send("POST", "/v1/events", event)
    #expect(asEvent.status == 422)
    #expect(asEvent.field == "events[0].data.proposition")
    try await world.stop()
  }

  @Test func aContactEndsOnceHoweverOftenItIsSaid() async throws {
    let world = try await World()
    let (contact, token, _) = try await world.startContact()
    for _ in 0..<2 {
      let sent = try await world.send(
        "POST", "/v1/contacts/\(contact)/end", #"{"reason":"left"}"#, ["X-Trias-Contact-Token": token])
      #expect(sent.status == 202)
    }
    let ids = world.records().filter { $0.headers.string("ce_type") == "trias.contact.ended.v1" }.map {
      $0.headers.string("ce_id")
    }
    #expect(ids == ["\(contact)/end", "\(contact)/end"])
    try await world.stop()
  }

  @Test func aContactThatStartedElsewhereNeedsItsIdentifiers() async throws {
    let world = try await World()
    let contact = "c-elsewhere"
    let token = ["X-Trias-Contact-Token": world.ids.contactToken(contact)]
    let without = try await world.send("POST", "/v1/contacts/\(contact)/end", "{}", token)
    #expect(without.status == 422)
    #expect(without.field == "identifiers")
    #expect(try await world.send("POST", "/v1/contacts/\(contact)/end", "{\(World.who)}", token).status == 202)
    try await world.stop()
  }

  @Test func aContactOfAnotherInstanceHasItsListHere() async throws {
    let world = try await World(scores: false)
    let contact = "c-elsewhere"
    let list = FakeScorer.list(contact, 7, world.ids)
    _ = try world.log.makeProducer(name: "scorer").append(
      [
        OutgoingRecord(
          topic: Topics.nbaLists.name, partition: 0, key: Array("p1".utf8), value: list.json,
          headers: Headers([("ce_correlationid", contact), ("ce_replyto", "web-2")]))
      ], timeoutMs: 1_000)
    let token = ["X-Trias-Contact-Token": world.ids.contactToken(contact)]
    try await eventually {
      let answer = try await world.send("GET", "/v1/contacts/\(contact)/list", nil, token)
      let (source, shown) = try sourceAndList(answer)
      return source == "live" && shown?["id"] as? String == list.id
    }
    try await world.stop()
  }

  @Test func beforeTheListsCanBeSeenNoContactIsAccepted() async throws {
    let world = try await World(scores: false)
    world.log.setAway(true)
    try await eventually { !world.app.health.ready().ok }
    let answer = try await world.send("POST", "/v1/contacts", World.start)
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] != nil)
    #expect(answer.headers["content-type"] == "application/problem+json")
    world.log.setAway(false)
    try await eventually { world.app.health.ready().ok }
    try await world.stop()
  }
}
