import CatalogAuthoring
import Contracts
import MessageLog
import Testing

/// What is published when a catalogue is applied.
@Suite struct CatalogApplicationTests {
  private func apply(_ text: String = Given.text, after versions: [String] = []) throws -> CatalogApplication {
    CatalogApplication(
      catalog: try CatalogFile.read(text: text), text: text, versions: versions, nowMs: 1_772_000_000_123)
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
}
