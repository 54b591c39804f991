import Contracts
import Foundation
import Host
import TestKit
import Testing

@testable import WebAdapter

struct EventTests {
  static let page = #"{"type":"page.viewed","data":{\#(World.who),"page":"/"}}"#

  @Test func aBatchIsOnTheTopicInOrderWhenItIsAnswered() async throws {
    let world = try await World(scores: false)
    let pages = (0..<20).map { #"{"id":"e\#($0)","type":"page.viewed","data":{\#(World.who),"page":"/\#($0)"}}"# }
    let answer = try await world.send("POST", "/v1/events", "{\"events\":[\(pages.joined(separator: ","))]}")
    #expect(answer.status == 202)
    #expect(try answer.json["accepted"] as? Int == 20)
    #expect(world.records().map { $0.headers.string("ce_id") } == (0..<20).map { "e\($0)" })
    try await world.stop()
  }

  @Test func factsFromSystemsOfRecordGoToTheirTopic() async throws {
    let world = try await World(scores: false)
    let order =
      #"{"events":[{"type":"order.placed","data":{"identifiers":[{"namespace":"customer","value":"7"}],"order":"o1","amountMinor":5,"currency":"EUR"}}]}"#
    let sent = try await world.send("POST", "/v1/events", order, ["X-Trias-Source-Key": World.serverKey])
    #expect(sent.status == 202)
    #expect(world.log.records(of: Topics.sourceRecords.name).count == 1)
    try await world.stop()
  }

  @Test func oneThatIsWrongIsNamedAndNoneIsTaken() async throws {
    let world = try await World(scores: false)
    func wrong(_ event: String) async throws -> [String] {
      let answer = try await world.send("POST", "/v1/events", "{\"events\":[\(Self.page),\(event)]}")
      #expect(answer.headers["content-type"] == "application/problem+json")
      return ["\(answer.status)", answer.field ?? "-"]
    }
    let who = World.who
    #expect(try await wrong(#"{"type":"page.viewed","data":{\#(who)}}"#) == ["422", "events[1].data.page"])
    #expect(try await wrong(#"{"type":"page.viewed","data":{"page":"/"}}"#) == ["400", "events[1].data.identifiers"])
    #expect(
      try await wrong(#"{"type":"page.viewed","data":{"identifiers":[],"page":"/"}}"#)
        == ["422", "events[1].data.identifiers"])
    #expect(try await wrong(#"{"type":"moon.landed","data":{\#(who)}}"#) == ["422", "events[1].type"])
    #expect(
      try await wrong(#"{"type":"page.viewed","time":"2999-01-01T00:00:00Z","data":{\#(who),"page":"/"}}"#)
        == ["422", "events[1].time"])
    #expect(
      try await wrong(#"{"type":"page.viewed","time":"soon","data":{\#(who),"page":"/"}}"#)
        == ["422", "events[1].time"])
    #expect(try await wrong(#"{"type":"page.viewed","data":{\#(who),"page":7}}"#) == ["400", "events[1].data.page"])
    #expect(
      try await wrong(#"{"type":"nba.accepted","data":{\#(who),"contact":"k","list":"k.1.x","proposition":"p"}}"#)
        == ["422", "events[1].data.list"])
    #expect(
      try await wrong(
        #"{"type":"page.viewed","data":{"identifiers":[{"namespace":"customer","value":"7"}],"page":"/"}}"#)
        == ["403", "events[1].data.identifiers[0].namespace"], "this key may vouch for cookies only")
    #expect(
      try await wrong(
        #"{"type":"page.viewed","data":{"identifiers":[{"namespace":"cookie","value":"c"},{"namespace":"customer","value":"7"}],"page":"/"}}"#
      )
        == ["403", "events[1].data.identifiers[1].namespace"], "where the client put it")
    #expect(world.records().isEmpty)
    try await world.stop()
  }

  @Test func whatSystemsOfRecordSayIsOfTheTypeThatTheCatalogueDeclares() async throws {
    var catalog = Catalog(version: "1", appliedMs: 1, name: "test", currency: "EUR")
    catalog.attributes = [AttributeDeclaration(name: "age", kind: .number, scope: .customer)]
    let world = try await World(scores: false, catalog: catalog)
    func record(_ attributes: String, time: String = "") async throws -> World.Answer {
      let event =
        #"{"type":"customer.recorded"\#(time),"data":{"identifiers":[{"namespace":"customer","value":"7"}],"attributes":\#(attributes)}}"#
      return try await world.send(
        "POST", "/v1/events", "{\"events\":[\(event)]}", ["X-Trias-Source-Key": World.serverKey])
    }
    let wrong = try await record(#"{"town":"Ulm","age":"forty"}"#)
    #expect(wrong.status == 422 && wrong.field == "events[0].data.attributes.age")
    #expect(try (wrong.json["detail"] as? String)?.contains("takes a number, as the catalogue declares it") == true)
    #expect(try await record(#"{"age":[1]}"#).field == "events[0].data.attributes.age")
    for time in ["1969-07-20T20:17:40Z", "2099-01-01T00:00:00Z"] {
      let answer = try await record(#"{"age":41}"#, time: #","time":"\#(time)""#)
      #expect(answer.status == 422 && answer.field == "events[0].time")
    }
    #expect(world.log.records(of: Topics.sourceRecords.name).isEmpty)
    #expect(try await record(#"{"town":"Ulm","age":40}"#).status == 202)
    try await world.stop()
  }

  @Test func whatCannotBeReadIsRefused() async throws {
    let world = try await World(scores: false) {
      $0.with(WebAdapter.bodyBytesMax, "2048").with(WebAdapter.batchEventsMax, "3")
    }
    func status(_ body: [UInt8], _ headers: [String: String] = [:]) async throws -> [String] {
      let answer = try await world.send("POST", "/v1/events", bytes: body, headers)
      #expect(answer.headers["content-type"] == "application/problem+json")
      return ["\(answer.status)", answer.field ?? "-"]
    }
    #expect(try await status(Array("{".utf8))[0] == "400")
    #expect(try await status(Array("[]".utf8))[0] == "400")
    #expect(try await status(Array("".utf8))[0] == "400")
    #expect(try await status(Array("{}".utf8)) == ["400", "events"])
    #expect(try await status(Array(#"{"events":[]}"#.utf8)) == ["422", "events"])
    let latin = Array(#"{"events":[{"type":"page.viewed","data":{\#(World.who),"page":"/caf"#.utf8) + [0xe9]
    #expect(try await status(latin + Array(#""}}]}"#.utf8)) == ["400", "events[0].data.page"])
    let deep =
      #"{"events":[{"type":"t","x":\#(String(repeating: "[", count: 40))\#(String(repeating: "]", count: 40))}]}"#
    #expect(try await status(Array(deep.utf8))[0] == "400")
    #expect(try await status(Array(repeating: UInt8(ascii: " "), count: 4_000)) == ["413", "body"])
    let four = Array(repeating: Self.page, count: 4).joined(separator: ",")
    #expect(try await status(Array("{\"events\":[\(four)]}".utf8))[0] == "400")
    #expect(try await status(Array("a=b".utf8), ["Content-Type": "text/plain"]) == ["415", "Content-Type"])
    try await world.stop()
  }

  @Test func aSourceThatSendsTooMuchIsSlowedAlone() async throws {
    let world = try await World(scores: false) {
      $0.with(WebAdapter.ratePerSecond, "0.1").with(WebAdapter.rateBurst, "2")
    }
    let body = "{\"events\":[\(Self.page)]}"
    #expect(try await world.send("POST", "/v1/events", body).status == 202)
    #expect(try await world.send("POST", "/v1/events", body).status == 202)
    let third = try await world.send("POST", "/v1/events", body)
    #expect(third.status == 429)
    #expect(Int(third.headers["retry-after"] ?? "") ?? 0 >= 1)
    let other = try await world.send("POST", "/v1/events", body, ["X-Trias-Source-Key": World.serverKey])
    #expect(other.status == 202)
    try await world.stop()
  }

  @Test func whatCannotBeReadCountsTowardsTheRate() async throws {
    let world = try await World(scores: false) {
      $0.with(WebAdapter.ratePerSecond, "0.1").with(WebAdapter.rateBurst, "2")
    }
    var statuses: [Int] = []
    for _ in 0..<3 { statuses.append(try await world.send("POST", "/v1/events", "{").status) }
    #expect(statuses == [400, 400, 429])
    try await world.stop()
  }

  @Test func aFullQueueIsBackPressureAndABrokerAwayIsUnavailable() async throws {
    let world = try await World(scores: false)
    let body = "{\"events\":[\(Self.page)]}"
    world.log.failNextAppend(taking: 0, with: .queueFull)
    let full = try await world.send("POST", "/v1/events", body)
    #expect(full.status == 429)
    #expect(full.headers["retry-after"] == "1")
    world.log.setAway(true)
    let away = try await world.send("POST", "/v1/events", body)
    #expect(away.status == 503)
    #expect(away.headers["retry-after"] != nil)
    world.log.setAway(false)
    try await eventually { try await world.send("POST", "/v1/events", body).status == 202 }
    try await world.stop()
  }

  @Test func anAcknowledgementThatGotLostIsNoSuccess() async throws {
    let world = try await World(scores: false)
    world.log.failNextAppend(taking: .max, with: .unavailable("lost"))
    let named = #"{"id":"e1","type":"page.viewed","data":{\#(World.who),"page":"/"}}"#
    let lost = try await world.send("POST", "/v1/events", "{\"events\":[\(Self.page),\(named)]}")
    #expect(lost.status == 503)
    let ids = try #require(try lost.json["ids"] as? [String])
    #expect(ids.count == 2)
    #expect(ids.first == world.records().first?.headers.string("ce_id"), "made here")
    #expect(ids.last == "e1")
    try await world.stop()
  }
}
