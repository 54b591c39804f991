import Contracts
import MessageLog
import NbaScorerCore

/// Each list beside its decision: from the bytes that were recorded it is derived again, as `trias explain` does it, to the
/// last bit. Whatever died, was late or twice meanwhile, and whoever of several scorers decided by which models and units.
struct SuiteDecisions {
  private static let catalog = Result { try CompiledCatalog(SuiteCatalog.catalog) }

  /// How many were.
  static func derive(
    _ decisions: [(id: String, record: Record)], _ lists: [(id: String, record: Record)], _ mint: IdMint,
    _ violations: inout [String]
  ) throws -> Int {
    let catalog = try catalog.get()
    let published = Dictionary(lists.map { ($0.id, $0.record.value ?? []) }) { first, _ in first }
    for (id, record) in decisions {
      let bytes = published[id] ?? []
      let again = try explain(
        NbaDecision(json: record.value ?? []), catalog: catalog, published: NbaList(json: bytes), mint: mint)
      if again.list.json != bytes { violations.append("I8: the list \(id) is derived otherwise: \(again.differences)") }
    }
    return decisions.count
  }
}
