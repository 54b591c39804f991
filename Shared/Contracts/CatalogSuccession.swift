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

  /// The same. Throws where another has its number: then it is lost, unless somebody hears of it. A repetition is nothing
  /// to tell.
  func admitted(_ version: String) throws(Refusal) -> Bool {
    guard let last, !admits(version) else { return true }
    guard Self.number(version) == last.number, version != last.version else { return false }
    throw Refusal(
      stage: "catalog", field: "version",
      reason: "\(version) has the number of \(last.version), which came first and is in force")
  }

  /// The same of one that was there before, which need not be read whole where it doesn't come into force.
  package func admits(_ bytes: [UInt8]) throws(Refusal) -> Bool { try admitted(CatalogHead.version(of: bytes)) }

  /// Reads a version from the topic; nil: it doesn't come into force. Throws what is wrong with it: then it never does.
  /// `writtenMs` is when the broker took its record; nil where that isn't known.
  package mutating func read(
    _ bytes: [UInt8], writtenMs: Int64?, by readings: CatalogReadings = .shared
  ) throws(Refusal) -> CheckedCatalog? {
    let catalog = try readings.decoded(bytes)
    guard try admitted(catalog.version) else { return nil }
    if let writtenMs, writtenMs > 0, max(catalog.appliedMs, catalog.latestDefinedMs) > writtenMs + Catalog.aheadMsMax {
      throw Refusal(
        stage: "catalog", field: "appliedMs",
        reason: "\(catalog.version) is refused: it says to be applied more than a day after it was written")
    }
    let checked = try readings.checked(bytes, catalog)
    if let number = Self.number(catalog.version) { last = (number, catalog.version) }
    return checked
  }
}
