import Contracts
import MessageLog

/// What it takes to apply a catalogue: its version, and the record that says it to all who read the topic.
package struct CatalogApplication: Sendable {
  package let catalog: Catalog
  /// nil where the version that is in force was made from the same text: there is nothing to tell.
  package let record: OutgoingRecord?

  /// `versions` are those on the topic, in the order of the log: readers take the last one, `inForce`. Throws where a
  /// computed attribute is another than there and doesn't say so by its version.
  package init(
    catalog: Catalog, text: String, versions: [String], inForce: Catalog? = nil, nowMs: Int64,
    source: String = "trias/catalog"
  ) throws(CatalogMistakes) {
    var catalog = catalog
    catalog.appliedMs = nowMs
    try Self.define(&catalog, text, inForce, nowMs)
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

  /// Says of every computed attribute since when it is defined so: what was counted before is kept, and only what is
  /// new begins anew.
  private static func define(
    _ catalog: inout Catalog, _ text: String, _ inForce: Catalog?, _ nowMs: Int64
  ) throws(CatalogMistakes) {
    var mistakes: [CatalogMistake] = []
    for (index, attribute) in catalog.attributes.enumerated() {
      guard let computation = attribute.computation else { continue }
      let known = inForce?.attributes.first { $0.name == attribute.name && $0.version == attribute.version }
      let isKept = known?.computation == computation && inForce?.currency == catalog.currency
      if let known, known.computation != nil, !isKept {
        let version = attribute.version ?? 1
        let reason =
          "is computed otherwise than in \(inForce!.version), which is in force: make it version \(version + 1)"
        mistakes.append(
          CatalogMistake(
            line: line(of: attribute.name, in: text), place: "attributes[\(index)].version", reason: reason))
      }
      catalog.attributes[index].definedMs = isKept ? known?.definedMs : nowMs
    }
    if !mistakes.isEmpty { throw CatalogMistakes(mistakes) }
  }

  private static func line(of attribute: String, in text: String) -> Int {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = lines.firstIndex { line in
      line.split(whereSeparator: { " ,{}-\"'".contains($0) }).starts(with: ["name:", Substring(attribute)])
    }
    return (line ?? 0) + 1
  }

  private static func number(_ version: String) -> Int64? { version.split(separator: "-").first.flatMap { Int64($0) } }

  private static func hash(_ text: String) -> String {
    SHA256.hash(Array(text.utf8)).prefix(4).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0\(digits)" : digits
    }.joined()
  }
}
