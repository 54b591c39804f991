import Contracts

/// What it takes to apply a catalogue: its version, and what is said to all who read the topic.
package struct CatalogApplication: Sendable {
  package let catalog: Catalog
  /// nil where the version that is in force was made from the same text: there is nothing to tell.
  package let message: Message?

  /// A record of `marketing.catalog`, whose key is the version.
  package struct Message: Sendable {
    package let envelope: Envelope
    package let value: [UInt8]
    /// nil where it isn't known.
    package let text: String?
  }

  /// Who applies it, and why.
  package struct Word: Sendable {
    package var by: String?
    package var note: String?

    package init(by: String? = nil, note: String? = nil) {
      self.by = by
      self.note = note
    }

    package static let bytesMax = 2_000
  }

  /// `versions` are those on the topic, in the order of the log; `history` are those of them that readers took, the last one
  /// in force. Throws where a computed attribute is another than in one of them and doesn't say so by its version.
  package init(
    catalog: Catalog, text: String, versions: [String], history: [Catalog] = [], nowMs: Int64, word: Word = Word(),
    source: String = "trias/catalog"
  ) throws(CatalogMistakes) {
    try self.init(
      catalog: catalog, text: text, hash: Self.hash(text), versions: versions, history: history, nowMs: nowMs,
      word: word, source: source)
  }

  /// What an earlier version said, as a new one. `text` is what that one was made from, where it was kept.
  package init(
    again earlier: Catalog, text: String?, versions: [String], history: [Catalog], nowMs: Int64, word: Word = Word(),
    source: String = "trias/catalog"
  ) throws(CatalogMistakes) {
    let hash = earlier.version.split(separator: "-").last.map(String.init) ?? ""
    try self.init(
      catalog: earlier, text: text, hash: hash, versions: versions, history: history, nowMs: nowMs, word: word,
      source: source)
  }

  private init(
    catalog: Catalog, text: String?, hash: String, versions: [String], history: [Catalog], nowMs: Int64, word: Word,
    source: String
  ) throws(CatalogMistakes) {
    var catalog = catalog
    catalog.appliedMs = nowMs
    (catalog.appliedBy, catalog.note) = (word.by, word.note)
    let mistakes = CatalogDefinitions(history).define(&catalog, text, nowMs)
    if !mistakes.isEmpty { throw CatalogMistakes(mistakes) }
    if let last = history.last?.version ?? versions.last, last.split(separator: "-").last.map(String.init) == hash {
      catalog.version = last
      self.catalog = catalog
      message = nil
      return
    }
    let highest = versions.compactMap(CatalogSuccession.number).max() ?? 0
    catalog.version = "\(highest + 1)-\(hash)"
    self.catalog = catalog
    let envelope = Envelope(
      id: "catalog-\(catalog.version)", source: source, type: Topics.marketingCatalog.stateType, timeMs: nowMs)
    let value = JSONCoding.encode(catalog)
    message = Message(envelope: envelope, value: value, text: text)
  }

  private static func hash(_ text: String) -> String { SHA256.hexadecimal(SHA256.hash(Array(text.utf8)).prefix(4)) }
}
