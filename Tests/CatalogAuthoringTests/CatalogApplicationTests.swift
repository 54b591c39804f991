import CatalogAuthoring
import Contracts
import MessageLog
import Testing

/// What is published when a catalogue is applied.
@Suite struct CatalogApplicationTests {
  private func apply(
    _ text: String = Given.text, after versions: [String] = [], inForce: Catalog? = nil,
    nowMs: Int64 = 1_772_000_000_123
  ) throws -> CatalogApplication {
    try CatalogApplication(
      catalog: try CatalogFile.read(text: text), text: text, versions: versions, inForce: inForce, nowMs: nowMs)
  }

  @Test func `the first version is 1 and has the hash of the text`() throws {
    let version = try apply().catalog.version
    #expect(version == "1-5b0f37cc", "the first 4 bytes of the text's SHA-256")
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
    let second = try apply(text(more), inForce: first, nowMs: 2_000).catalog
    #expect(second.attributes.first { $0.name == "orders_30d" }?.definedMs == 1_000)
    #expect(second.attributes.first { $0.name == "views" }?.definedMs == 2_000)
  }

  @Test func `a computed attribute changes with its version, or not at all`() throws {
    let orders = "  - {name: orders, take: count, event: order.placed, over: 30d}"
    let first = try apply(text(orders), nowMs: 1_000).catalog
    let changed = orders.replacing("30d", with: "7d")
    for text in [text(changed), text(orders, currency: "USD")] {
      let error = #expect(throws: CatalogMistakes.self) { try apply(text, inForce: first, nowMs: 2_000) }
      let line = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("orders") }!
      #expect(error?.mistakes.map(\.line) == [line + 1])
      #expect(error?.description.contains("make it version 2") == true)
    }
    let raised = changed.replacing("}", with: ", version: 2}")
    let second = try apply(text(raised), inForce: first, nowMs: 2_000).catalog
    #expect(second.attributes.first { $0.name == "orders" }?.definedMs == 2_000)
  }
}
