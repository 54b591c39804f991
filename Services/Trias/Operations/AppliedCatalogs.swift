import Contracts
import MessageLog

/// The versions on the catalogue's topic, as its readers take them: what doesn't hold is refused, as is what follows
/// nothing, and the one before it stays in force.
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

  /// The earliest first.
  package let all: [Applied]

  package init(_ log: any MessageLog) throws {
    var all: [Applied] = []
    var succession = CatalogSuccession()
    var inForce: String?
    try TopicReader.forEach(Topics.marketingCatalog, in: log) { record in
      guard let value = record.value else { return true }
      let key = String(decoding: record.key ?? [], as: UTF8.self)
      // A repetition.
      if key == inForce { return true }
      var applied = Applied(
        offset: record.offset, version: key, read: Self.read(value, &succession, inForce),
        text: record.headers.string(CatalogHeader.text))
      if let catalog = applied.catalog { (applied.version, inForce) = (catalog.version, catalog.version) }
      all.append(applied)
      return true
    }
    self.all = all
  }

  package var inForce: Catalog? { all.last { $0.catalog != nil }?.catalog }

  /// Those after the one in force, with why they were refused.
  package var refused: [(offset: Int64, refusal: Refusal)] {
    all.suffix(while: { $0.catalog == nil }).compactMap { applied in
      if case .failure(let refusal) = applied.read { (applied.offset, refusal) } else { nil }
    }
  }

  /// The names of all of them, refused ones too: their numbers are taken.
  package var versions: [String] { all.map(\.version) }

  /// Those that came into force.
  package var history: [Catalog] { all.compactMap(\.catalog) }

  private static func read(
    _ value: [UInt8], _ succession: inout CatalogSuccession, _ inForce: String?
  ) -> Result<Catalog, Refusal> {
    do throws(Refusal) {
      if let catalog = try succession.read(value)?.catalog { return .success(catalog) }
      let reason = "its number was taken: \(inForce ?? "another") was in force already"
      return .failure(Refusal(stage: "catalog", field: "version", reason: reason))
    } catch {
      return .failure(error)
    }
  }
}

extension Array {
  fileprivate func suffix(while predicate: (Element) -> Bool) -> ArraySlice<Element> {
    suffix(from: (lastIndex { !predicate($0) } ?? -1) + 1)
  }
}
