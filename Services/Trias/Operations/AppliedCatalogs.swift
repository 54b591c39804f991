import Contracts
import MessageLog

/// The versions on the catalogue's topic, as its readers take them: what doesn't hold is refused, and the one before it
/// stays in force.
package struct AppliedCatalogs: Sendable {
  /// One that was put on the topic.
  package struct Applied: Sendable {
    package var offset: Int64
    /// The record's key.
    package var version: String
    /// As those who read it have it, or why they refuse it.
    package var read: Result<Catalog, Refusal>
    /// The text that it was made from; nil where it was not kept.
    package var text: String?

    package var catalog: Catalog? { try? read.get() }
  }

  package private(set) var inForce: Catalog?
  /// Those after the one in force, with why they were refused.
  package private(set) var refused: [(offset: Int64, refusal: Refusal)] = []
  private let records: [Record]

  package init(_ log: any MessageLog) throws {
    var records: [Record] = []
    try TopicReader.forEach(Topics.marketingCatalog, in: log) { record in
      if record.value != nil { records.append(record) }
      return true
    }
    self.records = records
    for record in records.reversed() {
      switch Self.read(record) {
      case .success(let catalog):
        inForce = catalog
        return
      case .failure(let refusal): refused.insert((record.offset, refusal), at: 0)
      }
    }
  }

  /// All of them, the earliest first. Each is read anew.
  package var all: [Applied] {
    records.map { record in
      let read = Self.read(record)
      let key = String(decoding: record.key ?? [], as: UTF8.self)
      return Applied(
        offset: record.offset, version: (try? read.get())?.version ?? key, read: read,
        text: record.headers.string(CatalogHeader.text))
    }
  }

  /// The keys of all of them.
  package var versions: [String] { records.map { String(decoding: $0.key ?? [], as: UTF8.self) } }

  private static func read(_ record: Record) -> Result<Catalog, Refusal> {
    do throws(Refusal) { return .success(try Catalog.read(record.value ?? [])) } catch { return .failure(error) }
  }
}
