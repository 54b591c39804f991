// Which versions of the catalogue come into force, one after the other. Everybody who reads the topic goes by it.

/// Two may apply at once and take the same number, and a record may come once more long after another followed it. So a
/// version comes into force only where its number is above all that did before: of two the first on the topic holds. One
/// without a number does as long as none has had one.
package struct CatalogSuccession: Sendable, Equatable {
  private var last: (number: Int64, version: String)?

  package init() {}

  package static func == (one: Self, other: Self) -> Bool {
    one.last?.number == other.last?.number && one.last?.version == other.last?.version
  }

  /// What a version begins with; nil: whoever made it numbers none, or so high that there would be no next.
  package static func number(_ version: String) -> Int64? {
    version.split(separator: "-").first.flatMap { Int64($0) }.flatMap { (0...numberMax).contains($0) ? $0 : nil }
  }

  private static let numberMax: Int64 = 1_000_000_000_000

  /// Whether it would come into force now.
  package func admits(_ version: String) -> Bool {
    guard let last else { return true }
    return Self.number(version).map { $0 > last.number } ?? false
  }

  /// Reads a version from the topic; nil: it doesn't come into force. Throws what is wrong with it: then it never does.
  package mutating func read(_ bytes: [UInt8]) throws(Refusal) -> CheckedCatalog? {
    let catalog = try CheckedCatalog.decoded(bytes)
    guard admits(catalog.version) else {
      // A repetition is nothing to tell; another of the same number is lost, unless somebody hears of it.
      guard let last, Self.number(catalog.version) == last.number, catalog.version != last.version else { return nil }
      throw Refusal(
        stage: "catalog", field: "version",
        reason: "\(catalog.version) has the number of \(last.version), which came first and is in force")
    }
    let checked = try CheckedCatalog(catalog)
    if let number = Self.number(catalog.version) { last = (number, catalog.version) }
    return checked
  }
}
