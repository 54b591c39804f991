// What may be meant in a catalogue and is probably not, as `trias catalog check` says it.

import CatalogAuthoring
import Contracts

struct Remarks: Codable, Sendable {
  static let max = 50

  var shown: [String]
  /// How many more there are.
  var left: Int

  /// nil: there is no catalogue to remark on.
  init(on catalog: Catalog?) {
    let all = catalog.map { CatalogFile.remarks(on: $0) } ?? []
    shown = Array(all.prefix(Self.max))
    left = all.count - shown.count
  }
}
