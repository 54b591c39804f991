import Contracts
import MessageLog

/// What it takes to apply a catalogue: its version, and the record that says it to all who read the topic.
package struct CatalogApplication: Sendable {
  package let catalog: Catalog
  /// nil where the version that is in force was made from the same text: there is nothing to tell.
  package let record: OutgoingRecord?

  /// `versions` are those on the topic, in the order of the log: readers take the last one.
  package init(
    catalog: Catalog, text: String, versions: [String], nowMs: Int64, source: String = "trias/catalog"
  ) {
    var catalog = catalog
    catalog.appliedMs = nowMs
    let hash = Self.hash(text)
    if let last = versions.last, last.split(separator: "-").last.map(String.init) == hash {
      catalog.version = last
      self.catalog = catalog
      record = nil
      return
    }
    let highest = versions.compactMap(Self.number).max() ?? 0
    catalog.version = "\(highest + 1)-\(hash)"
    self.catalog = catalog
    let topic = Topics.marketingCatalog
    let envelope = Envelope(
      id: "catalog-\(catalog.version)", source: source, type: topic.stateType, timeMs: nowMs)
    record = OutgoingRecord(
      topic: topic.name, partition: 0, key: Array(catalog.version.utf8), value: JSONCoding.encode(catalog),
      headers: envelope.headers)
  }

  private static func number(_ version: String) -> Int64? { version.split(separator: "-").first.flatMap { Int64($0) } }

  private static func hash(_ text: String) -> String {
    SHA256.hash(Array(text.utf8)).prefix(4).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0\(digits)" : digits
    }.joined()
  }
}
