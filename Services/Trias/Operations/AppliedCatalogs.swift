import Contracts
import MessageLog

/// The versions on the catalogue's topic, as its readers take them: what doesn't hold is refused, and the one before it
/// stays in force.
package struct AppliedCatalogs: Sendable {
  package private(set) var inForce: Catalog?
  /// Those after the one in force, with why they were refused.
  package private(set) var refused: [(offset: Int64, refusal: Refusal)] = []

  package init(_ log: any MessageLog) throws {
    var values: [(offset: Int64, value: [UInt8])] = []
    try TopicReader.forEach(Topics.marketingCatalog, in: log) { record in
      if let value = record.value { values.append((record.offset, value)) }
      return true
    }
    for (offset, value) in values.reversed() {
      do {
        inForce = try Catalog.read(value)
        break
      } catch {
        refused.insert((offset, error), at: 0)
      }
    }
  }
}
