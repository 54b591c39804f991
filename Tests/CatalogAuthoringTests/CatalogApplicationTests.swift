import CatalogAuthoring
import Contracts
import MessageLog
import NbaScorerCore
import Testing

/// What is published when a catalogue is applied.
@Suite struct CatalogApplicationTests {
  private func apply(
    _ text: String = Given.text, after versions: [String] = [], history: [Catalog] = [],
    nowMs: Int64 = 1_772_000_000_123
  ) throws -> CatalogApplication {
    try CatalogApplication(
      catalog: try CatalogFile.read(text: text), text: text, versions: versions, history: history, nowMs: nowMs)
  }

  @Test func `the first version is 1 and has the hash of the text`() throws {
    let version = try apply().catalog.version
    #expect(version == "1-19f129df", "the first 4 bytes of the text's SHA-256")
  }

  @Test func `the record is what readers of the topic expect`() throws {
    let application = try apply()
    let record = try #require(application.record)
    #expect(record.topic == "marketing.catalog.v1" && record.partition == 0)
    #expect(record.key == Array(application.catalog.version.utf8))
    let read = try JSONCoding.decode(Catalog.self, from: try #require(record.value))
    #expect(read == application.catalog && read.appliedMs == 1_772_000_000_123)
    let envelope = try Envelope(record.headers)
    #expect(envelope.type == Topics.marketingCatalog.messages[0].type && envelope.timeMs == 1_772_000_000_123)
  }

  @Test func `a new text gets a number above all there are`() throws {
    #expect(try apply(after: ["1-00000000", "12-11111111", "9-22222222"]).catalog.version.hasPrefix("13-"))
  }

  @Test func `the text that is in force is not applied again, an earlier one is`() throws {
    let version = try apply().catalog.version
    #expect(try apply(after: [version]).record == nil)
    #expect(try apply(after: [version]).catalog.version == version)
    #expect(try apply(after: [version, "2-00000000"]).record != nil)
  }

  private func text(_ attributes: String, currency: String = "EUR") -> String {
    Given.text.replacing("currency: EUR", with: "currency: \(currency)").replacing(
      /(?m)^attributes:.*\n/, with: { "\($0.output)\(attributes)\n" })
  }

  @Test func `a computed attribute is defined since it was first applied so`() throws {
    let orders = "  - {name: orders_30d, take: count, event: order.placed, over: 30d}"
    let first = try apply(text(orders), nowMs: 1_000).catalog
    #expect(first.attributes.first { $0.name == "orders_30d" }?.definedMs == 1_000)
    let more = orders + "\n  - {name: views, take: count, event: page.viewed}"
    let second = try apply(text(more), history: [first], nowMs: 2_000).catalog
    #expect(second.attributes.first { $0.name == "orders_30d" }?.definedMs == 1_000)
    #expect(second.attributes.first { $0.name == "views" }?.definedMs == 2_000)
  }

  @Test func `a computed attribute changes with its version, or not at all`() throws {
    let orders = "  - {name: orders, take: count, event: order.placed, over: 30d}"
    let first = try apply(text(orders), nowMs: 1_000).catalog
    let changed = orders.replacing("30d", with: "7d")
    for text in [text(changed), text(orders, currency: "USD")] {
      let error = #expect(throws: CatalogMistakes.self) { try apply(text, history: [first], nowMs: 2_000) }
      let line = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("orders") }!
      #expect(error?.mistakes.map(\.line) == [line + 1])
      #expect(error?.description.contains("make it version 2") == true)
    }
    let raised = changed.replacing("}", with: ", version: 2}")
    let second = try apply(text(raised), history: [first], nowMs: 2_000).catalog
    #expect(second.attributes.first { $0.name == "orders" }?.definedMs == 2_000)
  }

  @Test func `a name and a version stand for one computation for ever, not only in what is in force`() throws {
    let orders = "  - {name: orders, take: count, event: order.placed, over: 30d}"
    let first = try apply(text(orders), nowMs: 1_000).catalog
    let second = try apply(
      text(orders.replacing("30d}", with: "7d, version: 2}")), after: [first.version], history: [first], nowMs: 2_000
    ).catalog
    let changed = text(orders.replacing("30d", with: "90d"))
    let error = #expect(throws: CatalogMistakes.self) {
      try apply(changed, after: [first.version, second.version], history: [first, second], nowMs: 3_000)
    }
    #expect(
      error?.mistakes.map(\.reason) == ["is computed otherwise than in \(first.version): make it version 3"],
      "version 2 is taken too")
  }

  @Test func `an earlier version is put in force again under a new number, and what it computes begins anew`() throws {
    let orders = "  - {name: orders, take: count, event: order.placed, over: 30d}"
    let first = try apply(text(orders), nowMs: 1_000).catalog
    #expect(first.definedMs == 1_000)
    let raised = orders.replacing("30d}", with: "7d, version: 2}")
    let second = try apply(text(raised), after: [first.version], history: [first], nowMs: 2_000).catalog
    let again = try CatalogApplication(
      again: first, text: text(orders), versions: [first.version, second.version], history: [first, second],
      nowMs: 3_000, word: CatalogApplication.Word(by: "bea", note: "it was wrong"))
    let third = again.catalog
    #expect(third.version == "3-\(first.version.dropFirst(2))")
    #expect(third.appliedMs == 3_000 && third.appliedBy == "bea" && third.note == "it was wrong")
    let attribute = try #require(third.attributes.first { $0.name == "orders" })
    #expect(attribute.version == 1 && attribute.definedMs == 3_000 && third.definedMs == 3_000)
    var (one, other) = (third, first)
    (one.version, one.appliedMs, one.appliedBy, one.note, one.definedMs) = ("", 0, nil, nil, nil)
    (other.version, other.appliedMs, other.appliedBy, other.note, other.definedMs) = ("", 0, nil, nil, nil)
    for index in one.attributes.indices { one.attributes[index].definedMs = nil }
    for index in other.attributes.indices { other.attributes[index].definedMs = nil }
    #expect(one == other)
    let record = try #require(again.record)
    #expect(record.headers.string(CatalogHeader.text) == text(orders))
    #expect(try Catalog.read(try #require(record.value)) == third)
    // What is in force is not put in force again.
    let same = try CatalogApplication(
      again: third, text: nil, versions: [first.version, second.version, third.version],
      history: [first, second, third],
      nowMs: 4_000)
    #expect(same.record == nil && same.catalog.version == third.version)
  }

  @Test func `a catalogue says when what is computed was last another, be it that something was left out`() throws {
    let orders = "  - {name: orders, take: count, event: order.placed, over: 30d}"
    let views = "  - {name: views, take: count, event: page.viewed}"
    let both = try apply(text(orders + "\n" + views), nowMs: 1_000).catalog
    let less = try apply(text(orders), history: [both], nowMs: 2_000).catalog
    #expect(less.definedMs == 2_000 && less.latestDefinedMs == 2_000)
    #expect(less.attributes.first { $0.name == "orders" }?.definedMs == 1_000, "it goes on")
    let other = try apply(
      text(orders).replacing("name: Test", with: "name: Other"), history: [both, less], nowMs: 3_000)
    #expect(other.catalog.definedMs == 2_000, "nothing that is computed has changed")
    // A clock that was set back makes nothing earlier than what was before it.
    let back = try apply(text(orders + "\n" + views), history: [both, less], nowMs: 500).catalog
    #expect(back.definedMs == 2_001 && back.attributes.first { $0.name == "views" }?.definedMs == 2_001)
    #expect(try apply(Given.text).catalog.definedMs == nil, "nothing is computed, and never was")
  }

  @Test func `what an earlier build left out without saying so comes back under another version`() throws {
    let views = "  - {name: views, take: count, event: page.viewed}"
    let orders = "  - {name: orders, take: count, event: order.placed}"
    let both = try apply(text(orders + "\n" + views), nowMs: 1_000).catalog
    var less = try apply(text(orders), after: [both.version], history: [both], nowMs: 2_000).catalog
    less.definedMs = nil
    let error = #expect(throws: CatalogMistakes.self) {
      try apply(text(orders + "\n" + views), history: [both, less], nowMs: 3_000)
    }
    #expect(error?.mistakes.first?.reason.contains("was left out of \(less.version)") == true)
    #expect(error?.mistakes.first?.reason.contains("make it version 2") == true)
    #expect(throws: Never.self) {
      try apply(text(orders + "\n" + views.replacing("}", with: ", version: 2}")), history: [both, less], nowMs: 3_000)
    }
  }

  @Test func `who applies it and why stand in it, and its text beside it`() throws {
    let application = try CatalogApplication(
      catalog: try CatalogFile.read(text: Given.text), text: Given.text, versions: [], nowMs: 1,
      word: CatalogApplication.Word(by: "bea", note: "to begin with"))
    let record = try #require(application.record)
    let read = try Catalog.read(try #require(record.value))
    #expect(read.appliedBy == "bea" && read.note == "to begin with")
    #expect(record.headers.string(CatalogHeader.text) == Given.text)
    let long = Given.text + String(repeating: "# and so on\n", count: 1_000_000)
    let large = try CatalogApplication(catalog: application.catalog, text: long, versions: [], nowMs: 1).record
    #expect(large?.headers.string(CatalogHeader.text) == long)
  }
}
