// What may be meant in a catalogue and is probably not, as `trias catalog check` says it.

import CatalogAuthoring
import Contracts

struct Remarks: Codable, Sendable {
  static let max = 50

  var shown: [String]
  /// How many more there are.
  var left: Int

  /// nil: there is no catalogue to remark on. With the text that it is made from they have their lines.
  init(on catalog: Catalog?, text: String? = nil, nowMs: Int64, namespaces: Namespaces) {
    let all = catalog.map { CatalogFile.remarks(on: $0, nowMs: nowMs, namespaces: namespaces) } ?? []
    let places = all.isEmpty ? nil : text.flatMap { try? CatalogFile.readPlaced(text: $0).places }
    shown = all.prefix(Self.max).map { remark in
      places.map { "line \($0.line(of: remark.place)): \(remark)" } ?? "\(remark)"
    }
    left = all.count - shown.count
  }
}
