import Testing

@testable import Contracts

struct InteractionDecodingTests {
  private func decode(_ type: EventType, _ text: String) -> Result<Interaction, Refusal> {
    Result { () throws(Refusal) in try Interaction.decode(type: type, data: Array(text.utf8)) }
  }

  private func refusal(_ type: EventType, _ text: String) -> Refusal? {
    guard case .failure(let refusal) = decode(type, text) else { return nil }
    return refusal
  }

  private let who = #""identifiers":[{"namespace":"customer","value":"42"},{"namespace":"cookie","value":"c"}]"#

  @Test func readsWhatTheTypeHasAndReadsOverTheRest() throws {
    let read = try decode(
      .contactStarted,
      """
      {\(who),"channel":"web","contact":"k1","direction":"inbound","placement":"home","page":"not a field of this type",
       "unknown":{"deep":[1,{"x":null}]},"intent":null,"context":{"vip":true,"balance":12.5,"segment":"s"}}
      """
    ).get()
    var expected = Interaction(
      identifiers: [Identifier("customer", "42"), Identifier("cookie", "c")], channel: "web", contact: "k1")
    expected.direction = "inbound"
    expected.placement = "home"
    expected.context = [
      NamedValue("vip", .bool(true)), NamedValue("balance", .number(12.5)), NamedValue("segment", .string("s")),
    ]
    #expect(read == expected)
  }

  @Test(
    arguments: [
      (EventType.pageViewed, #"{"channel":"web","page":"/"}"#, "identity", "identifiers"),
      (.pageViewed, #"{"identifiers":[],"channel":"web","page":"/"}"#, "identity", "identifiers"),
      (.pageViewed, #"{"identifiers":[{"namespace":"x","value":"1"}]}"#, "identity", "identifiers[0].namespace"),
      (.pageViewed, #"{"identifiers":[{"namespace":"cookie"}]}"#, "schema", "identifiers[0].value"),
      (.pageViewed, #"{"identifiers":[{"namespace":"cookie","value":""}]}"#, "identity", "identifiers[0].value"),
      (.pageViewed, #"{"identifiers":[{"namespace":"cookie","value":7}]}"#, "schema", "identifiers[0].value"),
      (.pageViewed, #"{"identifiers":"cookie"}"#, "schema", "identifiers"),
      (.pageViewed, #"{WHO,"channel":"web"}"#, "schema", "page"),
      (.pageViewed, #"{WHO,"channel":"web","page":""}"#, "schema", "page"),
      (.pageViewed, #"{WHO,"channel":["web"],"page":"/"}"#, "schema", "channel"),
      (.contactStarted, #"{WHO,"channel":"web","contact":"k","direction":"sideways"}"#, "schema", "direction"),
      (.contactStarted, #"{WHO,"channel":"web","contact":"k","context":{"a":[1]}}"#, "schema", "context.a"),
      (.nbaAccepted, #"{WHO,"channel":"web","contact":"k","list":"nonsense","proposition":"p"}"#, "schema", "list"),
      (.orderPlaced, #"{WHO,"order":"o","amountMinor":"12","currency":"EUR"}"#, "schema", "amountMinor"),
      (.orderPlaced, #"{WHO,"order":"o","amountMinor":12.5,"currency":"EUR"}"#, "schema", "amountMinor"),
      (.orderPlaced, #"{WHO,"order":"o","amountMinor":12,"currency":"euro"}"#, "schema", "currency"),
    ])
  func namesTheFieldThatIsWrong(type: EventType, text: String, stage: String, field: String) throws {
    let refusal = try #require(self.refusal(type, text.replacing("WHO", with: who)))
    #expect(refusal.field == field)
    #expect(refusal.stage == stage)
  }

  @Test func refusesWhatIsNotJSON() {
    for text in ["", "{", "nope", "[]", #"{"identifiers":}"#, "{\(who)} trailing"] {
      #expect(refusal(.pageViewed, text)?.stage == "schema", "\(text)")
    }
    let bytes = Array(#"{"identifiers":[{"namespace":"cookie","value":""#.utf8) + [0xff] + Array(#""}]}"#.utf8)
    #expect(throws: Refusal.self) { try Interaction.decode(type: .pageViewed, data: bytes) }
  }

  @Test func refusesWhatIsTooLongTooManyOrTooDeep() {
    let long = String(repeating: "x", count: 257)
    #expect(
      refusal(.pageViewed, #"{"identifiers":[{"namespace":"cookie","value":"\#(long)"}]}"#)?.field
        == "identifiers[0].value")
    let nine = (0..<9).map { #"{"namespace":"cookie","value":"\#($0)"}"# }.joined(separator: ",")
    #expect(refusal(.pageViewed, #"{"identifiers":[\#(nine)]}"#)?.reason.contains("at most 8") == true)
    let page = String(repeating: "p", count: 4_097)
    #expect(refusal(.pageViewed, #"{\#(who),"channel":"web","page":"\#(page)"}"#)?.field == "page")
    let values = (0..<65).map { #""a\#($0)":1"# }.joined(separator: ",")
    #expect(refusal(.customerRecorded, #"{\#(who),"attributes":{\#(values)}}"#)?.reason.contains("64") == true)
    let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    #expect(refusal(.pageViewed, #"{\#(who),"x":\#(deep)}"#) != nil)
    let body = String(repeating: " ", count: Interaction.bytesMax)
    #expect(refusal(.pageViewed, "{\(who)}" + body)?.stage == "size")
  }

  @Test func writesWhatItReads() throws {
    var interaction = Interaction(identifiers: [Identifier("customer", "ä\"\n")], channel: "web", contact: "")
    interaction.rank = 3
    interaction.context = [NamedValue("a b", .number(0.1))]
    #expect(try Interaction(json: interaction.json) == interaction)
  }
}
