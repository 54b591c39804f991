// The versions of the catalogue that came into force, in their order, each with what it says about customers.

import Contracts
import NbaScorerCore

struct CatalogBook: Sendable {
  static let versionsMax = 100
  /// Of their JSON, the one in force and the one before it aside.
  static let bytesMax = 2 * Catalog.bytesMax

  private(set) var versions: [CheckedCatalog] = []
  private var bytes: [Int] = []
  /// What the one in force was made from; nil where that was not kept.
  private(set) var text: String?
  /// As who applies drafts has them.
  private(set) var soFar = CatalogsSoFar()

  var current: CheckedCatalog? { versions.last }

  subscript(version: String) -> CheckedCatalog? { versions.last { $0.catalog.version == version } }

  /// A record's key and value, and the text that goes with it.
  mutating func take(_ key: [UInt8]?, _ bytes: [UInt8], text: String? = nil, writtenMs: Int64?) throws(Refusal) {
    guard let checked = try soFar.take(key: key, value: bytes, writtenMs: writtenMs) else { return }
    self.text = text
    versions.append(checked)
    self.bytes.append(bytes.count)
    while versions.count > Self.versionsMax
      || versions.count > 2 && self.bytes.dropLast(2).reduce(0, +) > Self.bytesMax
    {
      versions.removeFirst()
      self.bytes.removeFirst()
    }
  }
}
