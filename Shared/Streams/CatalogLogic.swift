import Contracts
import MessageLog

/// A logic that goes by the version of the catalogue in force and by no other: of those that were there before it, it reads
/// that one alone.
package protocol CatalogLogic: Logic {
  var catalogs: CatalogShelf { get set }

  /// What comes into force. Where it throws, that doesn't, and the one before stays.
  func take(_ checked: CheckedCatalog) throws(Refusal)
}

extension CatalogLogic {
  package func observe(_ record: Record) throws(Refusal) {
    guard record.topic == Topics.marketingCatalog.name, let value = record.value else { return }
    try catalogs.read(value, writtenMs: record.timestampMs) { checked throws(Refusal) in try take(checked) }
  }

  package func catchUp(with record: Record) throws(Refusal) {
    guard record.topic == Topics.marketingCatalog.name else { return try observe(record) }
    if let value = record.value { try catalogs.put(value, offset: record.offset, writtenMs: record.timestampMs) }
  }

  package func caughtUp() -> CaughtUp {
    let settled = catalogs.settle { checked throws(Refusal) in try take(checked) }
    // The topic has one partition.
    return CaughtUp(
      refused: settled.refused.map { ("\(Topics.marketingCatalog.name)/0/\($0.offset)", $0.refusal) },
      isToBeReadAgain: settled.isToBeReadAgain)
  }
}
