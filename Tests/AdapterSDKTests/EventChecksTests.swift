import AdapterSDK
import Contracts
import Testing

/// What is wrong with an event is said with its field, before it reaches the topic.
struct EventChecksTests {
  let ids = IdMint(secret: "test")
  let now: Int64 = 1_800_000_000_000

  func check(_ document: String) throws -> ChannelEvent {
    let events = try IncomingEvent.readBatch(
      Array(#"{"events":[\#(document)]}"#.utf8), eventsMax: 10, depthMax: 8)
    return try EventChecks(ids: ids).check(
      events[0], source: "web-adapter/shop", channel: "web", nowMs: now, newId: { "generated" })
  }

  func field(_ document: String) -> String? {
    do {
      _ = try check(document)
      return "nothing is wrong"
    } catch let refusal as Refusal {
      return refusal.field
    } catch {
      return "\(error)"
    }
  }

  static let who = #""identifiers":[{"namespace":"cookie","value":"c1"}]"#

  @Test func aGoodEventGetsItsEnvelope() throws {
    let event = try check(
      #"{"id":"e1","type":"page.viewed","time":"2027-01-15T08:00:00Z","data":{\#(Self.who),"contact":"k","page":"/"}}"#)
    #expect(event.type == .pageViewed)
    #expect(event.envelope.type == "trias.page.viewed.v1")
    #expect(event.envelope.source == "web-adapter/shop")
    #expect(event.envelope.id == "e1")
    #expect(event.envelope.timeMs == now)
    #expect(event.envelope.correlationId == "k")
    #expect(event.interaction.channel == "web")
    #expect(event.key == "cookie:c1")
  }

  @Test func withoutIdAndTimeItGetsThem() throws {
    let event = try check(#"{"type":"trias.page.viewed.v1","data":{\#(Self.who),"page":"/"}}"#)
    #expect(event.envelope.id == "generated")
    #expect(event.envelope.timeMs == now)
  }

  @Test func theStrongestIdentifierBecomesTheKey() throws {
    let event = try check(
      #"{"type":"page.viewed","data":{"page":"/","identifiers":[{"namespace":"cookie","value":"c"},{"namespace":"email","value":"e"},{"namespace":"customer","value":"7"},{"namespace":"cookie","value":"c"}]}}"#
    )
    #expect(event.key == "customer:7")
    #expect(event.interaction.identifiers.map(\.namespace) == ["customer", "cookie", "email"])
  }

  @Test(arguments: [
    (#"{"type":"page.imagined","data":{\#(who)}}"#, "type"),
    (#"{"type":"trias.facet.left.v1","data":{\#(who)}}"#, "type"),
    (#"{"type":"page.viewed","data":{"identifiers":[],"page":"/"}}"#, "data.identifiers"),
    (
      #"{"type":"page.viewed","data":{"identifiers":[{"namespace":"shoe","value":"42"}],"page":"/"}}"#,
      "data.identifiers[0].namespace"
    ),
    (
      #"{"type":"page.viewed","data":{"identifiers":[{"namespace":"cookie","value":""}],"page":"/"}}"#,
      "data.identifiers[0].value"
    ),
    (
      #"{"type":"page.viewed","data":{"identifiers":[{"namespace":"email","value":""},{"namespace":"customer","value":"7"}],"page":"/"}}"#,
      "data.identifiers[0].value"
    ),
    (#"{"type":"page.viewed","data":{\#(who)}}"#, "data.page"),
    (#"{"type":"page.viewed","time":"yesterday","data":{\#(who),"page":"/"}}"#, "time"),
    (#"{"type":"page.viewed","time":"1970-01-01T23:59:59.999Z","data":{\#(who),"page":"/"}}"#, "time"),
    (#"{"type":"page.viewed","time":"2999-01-01T00:00:00Z","data":{\#(who),"page":"/"}}"#, "time"),
    (#"{"type":"form.submitted","data":{\#(who),"form":"f","conversion":"perhaps"}}"#, "data.conversion"),
    (#"{"type":"order.placed","data":{\#(who),"order":"1","currency":"EUR"}}"#, "data.amountMinor"),
    (#"{"type":"order.placed","data":{\#(who),"order":"1","amountMinor":1,"currency":"euro"}}"#, "data.currency"),
    (#"{"type":"nba.accepted","data":{\#(who),"contact":"k","list":"k.1.00","proposition":"p"}}"#, "data.list"),
    (#"{"type":"contact.started","data":{\#(who)}}"#, "data.contact"),
  ]) func aMistakeIsNamedByItsField(_ document: String, _ expected: String) {
    #expect(field(document) == expected)
  }

  @Test func theEarliestTimeThatFacetsTakeIsTaken() throws {
    let event = try check(#"{"type":"page.viewed","time":"1970-01-02T00:00:00Z","data":{\#(Self.who),"page":"/"}}"#)
    #expect(event.envelope.timeMs == Envelope.timeMsMin)
  }

  @Test func aTraceThatIsNoneIsIgnored() throws {
    func passedOn(_ traceparent: String) throws -> String? {
      try check(#"{"type":"page.viewed","traceparent":"\#(traceparent)","data":{\#(Self.who),"page":"/"}}"#)
        .envelope.traceparent
    }
    let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    #expect(try passedOn(good) == good)
    #expect(try passedOn("zz\\u0000\\n") == nil)
    #expect(try passedOn(String(repeating: "a", count: 9_000)) == nil)
  }

  @Test func aListOfThisDeploymentAndContactIsBelieved() throws {
    let list = ids.list(contact: "k", version: 3, items: ["o", "p"])
    #expect(
      field(#"{"type":"nba.accepted","data":{\#(Self.who),"contact":"k","list":"\#(list)","proposition":"p"}}"#)
        == "nothing is wrong")
    #expect(
      field(#"{"type":"nba.accepted","data":{\#(Self.who),"contact":"j","list":"\#(list)","proposition":"p"}}"#)
        == "data.list")
    #expect(
      field(#"{"type":"nba.accepted","data":{\#(Self.who),"contact":"k","list":"\#(list)","proposition":"q"}}"#)
        == "data.proposition")
  }

  @Test(arguments: [
    (#"{"events":[{"type":"page.viewed","data":{"page":7}}]}"#, "events[0].data.page"),
    (#"{"events":[{"type":"page.viewed"}]}"#, "events[0].data"),
    (#"{"events":[{"type":"page.viewed","data":{"page":"/"}}]}"#, "events[0].data.identifiers"),
    (#"{"events":[{"data":{"identifiers":[]}}]}"#, "events[0].type"),
    (#"{"happenings":[]}"#, "events"),
    (#"{"events":[{"type":"t","data":{"identifiers":[],"context":{"a":{"b":1}}}}]}"#, "events[0].data.context.a"),
  ]) func aDocumentThatCannotBeReadIsNamedByItsPath(_ document: String, _ expected: String) {
    let refusal = #expect(throws: Refusal.self) {
      try IncomingEvent.readBatch(Array(document.utf8), eventsMax: 10, depthMax: 8)
    }
    #expect(refusal?.field == expected)
  }

  @Test func depthLengthAndEncodingAreBounded() {
    let deep = String(repeating: "[", count: 20) + String(repeating: "]", count: 20)
    let many = Array(repeating: #"{"type":"t","data":{"identifiers":[]}}"#, count: 11).joined(separator: ",")
    for document in [#"{"x":\#(deep)}"#, #"{"events":[\#(many)]}"#] {
      #expect(throws: Refusal.self) {
        try IncomingEvent.readBatch(Array(document.utf8), eventsMax: 10, depthMax: 8)
      }
    }
    #expect(throws: Refusal.self) {
      try IncomingEvent.readBatch(
        Array(#"{"events":[{"type":""#.utf8) + [0xff] + Array(#"","data":{}}]}"#.utf8), eventsMax: 10, depthMax: 8)
    }
  }

  @Test func whatIsReadIsWrittenTheSame() throws {
    let data =
      #"{"identifiers":[{"namespace":"cookie","value":"c1"}],"channel":"web","contact":"k","placement":"home","context":{"device":"phone","visits":3,"is_new":true}}"#
    let event = try check(#"{"type":"contact.started","data":\#(data)}"#)
    #expect(String(decoding: event.interaction.json, as: UTF8.self) == data)
  }
}
