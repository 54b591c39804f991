// Which versions of the catalogue come into force, one after the other. Everybody who reads the topic goes by it.

/// Two may apply at once and take the same number, and a record may come once more long after another followed it. So a
/// version comes into force only where its number is above all that did before: of two the first on the topic holds.
package struct CatalogSuccession: Sendable, Equatable {
  private var highest: Int64?

  package init() {}

  /// What a version begins with; nil: whoever made it numbers none.
  package static func number(_ version: String) -> Int64? {
    version.split(separator: "-").first.flatMap { Int64($0) }
  }

  /// Whether it would come into force now. What has no number is always the next.
  package func admits(_ version: String) -> Bool {
    guard let number = Self.number(version), let highest else { return true }
    return number > highest
  }

  /// Reads a version from the topic; nil: it doesn't come into force. Throws what is wrong with it: then it never does.
  package mutating func read(_ bytes: [UInt8]) throws(Refusal) -> CheckedCatalog? {
    let catalog = try CheckedCatalog.decoded(bytes)
    guard admits(catalog.version) else { return nil }
    let checked = try CheckedCatalog(catalog)
    if let number = Self.number(catalog.version) { highest = number }
    return checked
  }
}
