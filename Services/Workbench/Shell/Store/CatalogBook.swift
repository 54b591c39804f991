// The versions of the catalogue that were applied, in their order.

import Contracts

struct CatalogBook: Sendable {
  static let versionsMax = 100

  private(set) var versions: [Catalog] = []

  var current: Catalog? { versions.last }

  subscript(version: String) -> Catalog? { versions.last { $0.version == version } }

  mutating func put(_ catalog: Catalog) {
    versions.removeAll { $0.version == catalog.version }
    versions.append(catalog)
    versions.sort { (Self.number($0), $0.appliedMs) < (Self.number($1), $1.appliedMs) }
    if versions.count > Self.versionsMax { versions.removeFirst() }
  }

  private static func number(_ catalog: Catalog) -> Int { Int(catalog.version.prefix { $0 != "-" }) ?? 0 }
}
