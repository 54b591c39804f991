// The versions of the catalogue that were applied, in their order, each with what it says about customers.

import Contracts

struct CatalogBook: Sendable {
  static let versionsMax = 100

  private(set) var versions: [CheckedCatalog] = []

  var current: CheckedCatalog? { versions.last }

  subscript(version: String) -> CheckedCatalog? { versions.last { $0.catalog.version == version } }

  mutating func put(_ checked: CheckedCatalog) {
    versions.removeAll { $0.catalog.version == checked.catalog.version }
    versions.append(checked)
    versions.sort {
      (Self.number($0.catalog), $0.catalog.appliedMs) < (Self.number($1.catalog), $1.catalog.appliedMs)
    }
    if versions.count > Self.versionsMax { versions.removeFirst() }
  }

  private static func number(_ catalog: Catalog) -> Int { Int(catalog.version.prefix { $0 != "-" }) ?? 0 }
}
