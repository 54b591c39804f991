import Contracts
import MessageLog

/// The versions on the catalogue's topic, as its readers take them: what doesn't hold is refused, as is what follows
/// nothing, and the one before it stays in force. Of all but the one in force as much is kept as it takes to apply one
/// more: a large catalogue's versions together are more than fits into memory.
package struct AppliedCatalogs: Sendable {
  /// One that was put on the topic, whole.
  package struct Applied: Sendable {
    package var offset: Int64
    /// The record's key.
    package var version: String
    /// As those who read it have it, or why they refuse it.
    package var read: Result<Catalog, Refusal>
    /// The text that it was made from; nil where it was not kept.
    package var text: String?
  }

  /// One of them, in short.
  package struct Entry: Sendable {
    package var offset: Int64
    package var version: String
    /// nil: it came into force.
    package var refusal: Refusal?
  }

  private let log: any MessageLog
  /// The earliest first.
  package private(set) var all: [Entry] = []
  package private(set) var inForce: Catalog?
  package private(set) var recalls = Recalls()
  /// Those that came into force, with what they compute of customers and nothing else.
  package private(set) var history: [Catalog] = []

  package init(_ log: any MessageLog) throws {
    self.log = log
    try Self.forEach(in: log) { applied in
      var entry = Entry(offset: applied.offset, version: applied.version)
      switch applied.read {
      case .success(let catalog):
        (inForce, history) = (catalog, history + [catalog.definitionsAlone])
        recalls.take(catalog)
      case .failure(let refusal): entry.refusal = refusal
      }
      all.append(entry)
      return true
    }
  }

  /// The one in force, for whoever asks for no other: no other is read whole. nil: none is.
  package static func inForce(in log: any MessageLog) throws -> Catalog? {
    var shelf = CatalogShelf()
    var found: Catalog?
    var isToBeReadAgain = false
    repeat {
      try TopicReader.forEach(Topics.marketingCatalog, in: log) { record in
        if let value = record.value { try? shelf.put(value, offset: record.offset, writtenMs: record.timestampMs) }
        return true
      }
      isToBeReadAgain = shelf.settle { found = $0.catalog }.isToBeReadAgain
    } while isToBeReadAgain
    return found
  }

  /// Those after the one in force, with why they were refused.
  package var refused: [(offset: Int64, refusal: Refusal)] {
    all.suffix { $0.refusal != nil }.compactMap { entry in entry.refusal.map { (entry.offset, $0) } }
  }

  /// The names of all of them, refused ones too: their numbers are taken.
  package var versions: [String] { all.map(\.version) }

  /// Reads one of them once more, whole; nil: it isn't there any more.
  package func whole(_ entry: Entry) throws -> Applied? {
    var found: Applied?
    try Self.forEach(in: log) { applied in
      if applied.offset == entry.offset { found = applied }
      return found == nil
    }
    return found
  }

  /// One after the other, the earliest first. `body` returns false to stop.
  package static func forEach(in log: any MessageLog, _ body: (Applied) throws -> Bool) throws {
    var succession = CatalogSuccession()
    var inForce: String?
    try TopicReader.forEach(Topics.marketingCatalog, in: log) { record in
      guard let value = record.value else { return true }
      let key = String(decoding: record.key ?? [], as: UTF8.self)
      // A repetition.
      if key == inForce { return true }
      var applied = Applied(
        offset: record.offset, version: key, read: read(record, value, &succession, inForce),
        text: record.headers.string(CatalogHeader.text))
      if let catalog = try? applied.read.get() { (applied.version, inForce) = (catalog.version, catalog.version) }
      return try body(applied)
    }
  }

  private static func read(
    _ record: Record, _ value: [UInt8], _ succession: inout CatalogSuccession, _ inForce: String?
  ) -> Result<Catalog, Refusal> {
    do throws(Refusal) {
      if let catalog = try succession.read(value, writtenMs: record.timestampMs)?.catalog { return .success(catalog) }
      let reason = "its number was taken: \(inForce ?? "another") was in force already"
      return .failure(Refusal(stage: "catalog", field: "version", reason: reason))
    } catch {
      return .failure(error)
    }
  }
}

extension Array {
  fileprivate func suffix(_ predicate: (Element) -> Bool) -> ArraySlice<Element> {
    suffix(from: (lastIndex { !predicate($0) } ?? -1) + 1)
  }
}
