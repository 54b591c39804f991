import Contracts
import MessageLog
import ProfileAggregatorCore
import Streams
import TestKit
import Testing

/// What bad input gets on the topic: one dead letter each, with stage and field, and the partition goes on.
struct BadInputTests {
  private let good = Event("good", .pageViewed, at: 9_000, by: [cookie])

  private func bad(_ event: Event, data: String? = nil, headers: Headers? = nil, key: String? = nil) throws -> (
    Suite, [(stage: String?, field: String?)]
  ) {
    let suite = try Suite(partitions: 1)
    try suite.driver.publish(
      OutgoingRecord(
        topic: Topics.channelInteractions.name, partition: 0, key: Array((key ?? event.key).utf8),
        value: data.map { Array($0.utf8) } ?? event.data, headers: headers ?? event.envelope.headers))
    try suite.send(good)
    return (suite, suite.deadLetters())
  }

  private let page = Event("e1", .pageViewed, by: [cookie])

  @Test(
    arguments: [
      ("{", "schema", nil), ("nope", "schema", nil),
      (#"{"identifiers":[],"channel":"web","page":"/"}"#, "identity", "identifiers"),
      (#"{"channel":"web","page":"/"}"#, "identity", "identifiers"),
      (#"{"identifiers":[{"namespace":"shoe","value":"44"}],"channel":"web"}"#, "identity", "identifiers[0].namespace"),
      (#"{"identifiers":[{"namespace":"cookie","value":"c1"}],"channel":7,"page":"/"}"#, "schema", "channel"),
      (#"{"identifiers":[{"namespace":"cookie","value":"c1"}],"channel":"web"}"#, "schema", "page"),
      (#"{"identifiers":[{"namespace":"cookie","value":"c2"}],"channel":"web","page":"/"}"#, "key", "identifiers"),
      (String(repeating: " ", count: 70_000), "size", nil),
      (String(repeating: "[", count: 40), "schema", nil),
    ] as [(String, String, String?)])
  func dataThatIsWrongIsPutAside(data: String, stage: String, field: String?) throws {
    let (suite, letters) = try bad(page, data: data)
    #expect(letters.count == 1)
    #expect(letters.first?.stage == stage && letters.first?.field == field)
    #expect(suite.facet(cookie)?.seq == 1)
    #expect(CustomerView(try #require(suite.profile(of: cookie)).profile).count("page.viewed") == 1)
  }

  @Test func deepButWellFormedDataIsPutAside() throws {
    let deep = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
    let (_, letters) = try bad(page, data: #"{"x":\#(deep)}"#)
    #expect(letters.map(\.stage) == ["schema"])
  }

  @Test func textThatIsNotUTF8IsPutAside() throws {
    let suite = try Suite(partitions: 1)
    let data = Array(#"{"identifiers":[{"namespace":"cookie","value":"c1"}],"channel":"web","page":""#.utf8)
    try suite.driver.publish(
      Topics.channelInteractions, key: page.key, page.envelope, data + [0xff] + Array(#""}"#.utf8))
    try suite.send(good)
    #expect(suite.deadLetters().map(\.stage) == ["schema"])
    #expect(suite.facet(cookie)?.seq == 1)
  }

  @Test func envelopesThatAreWrongArePutAside() throws {
    func headers(_ change: (inout [(String, String)]) -> Void) -> Headers {
      var pairs = page.envelope.headers.pairs.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) }
      change(&pairs)
      return Headers(pairs)
    }
    func set(_ name: String, _ value: String) -> Headers {
      headers { pairs in pairs[pairs.firstIndex { $0.0 == name }!].1 = value }
    }
    #expect(try bad(page, headers: set("ce_time", "yesterday")).1.map(\.field) == ["ce_time"])
    #expect(try bad(page, headers: set("ce_time", "2999-01-01T00:00:00Z")).1.map(\.stage) == ["time"])
    #expect(try bad(page, headers: set("ce_time", "1970-01-01T00:00:01Z")).1.map(\.stage) == ["time"])
    #expect(try bad(page, headers: set("ce_type", "trias.nothing.v1")).1.map(\.field) == ["ce_type"])
    #expect(try bad(page, headers: headers { $0.removeAll { $0.0 == "ce_id" } }).1.map(\.field) == ["ce_id"])
    #expect(try bad(page, key: "nonsense").1.map(\.stage) == ["key"])
  }

  @Test(arguments: EventType.allCases.filter { $0.topic != nil })
  func factsComeFromSystemsOfRecordAloneAndWhatCustomersDoFromChannelsAlone(_ type: EventType) throws {
    let right = try #require(type.topic)
    let wrong = right == Topics.sourceRecords ? Topics.channelInteractions : Topics.sourceRecords
    // A device acts for nobody.
    let who = type == .relationRecorded ? customer : cookie
    var event = Event("e1", type, by: [who], contact: "k1").responding(to: "p")
    event.interaction.channel = "web"
    (event.interaction.product, event.interaction.query, event.interaction.form) = ("p", "q", "f")
    (event.interaction.message, event.interaction.task) = ("m", "t")
    for (topic, letters) in [(right, []), (wrong, ["type:ce_type"])] {
      let suite = try Suite(partitions: 1)
      try suite.driver.publish(topic, key: event.key, event.envelope, event.data)
      try suite.driver.settle()
      #expect(suite.deadLetters().map { "\($0.stage ?? ""):\($0.field ?? "")" } == letters, "\(type) on \(topic.name)")
    }
  }

  @Test func aResponseToAListThatDoesNotExistIsPutAside() throws {
    let response = Event("e1", .nbaAccepted, by: [cookie], contact: "k1").responding(to: "p")
    let forged = response.with { $0.list = "k1.1.0123456789abcdef" }
    #expect(try bad(forged).1.map { "\($0.stage ?? ""):\($0.field ?? "")" } == ["list:list"])
  }

  @Test func aDuplicateIdCountsOnceAndIsNoDeadLetter() throws {
    let (suite, letters) = try bad(good)
    #expect(letters.isEmpty && suite.facet(cookie)?.seq == 1)
  }
}
