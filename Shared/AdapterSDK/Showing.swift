import Contracts

/// What of a list may be shown: the catalogue in force has the last word on it, whatever was decided by an earlier one. A
/// list that is open would else show what was excluded, paused or is over until its customer does something.
final class Showing: Sendable {
  let catalog: Catalog
  private let indexes: [String: Int]
  /// Of each proposition, by its index.
  private let availabilities: [Availability]
  /// When something begins or ceases to be valid, in order.
  private let turns: [Int64]

  init(_ catalog: Catalog) {
    self.catalog = catalog
    indexes = Dictionary(
      catalog.propositions.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    availabilities = catalog.propositions.map { catalog.availability(of: $0) }
    turns = Set(availabilities.flatMap { [$0.validFromMs, $0.validUntilMs].compactMap(\.self) }).sorted()
  }

  /// The list without what may not be shown, the rest closed up. It keeps its id and version: it is the same list, what was
  /// decided on it stands, and who saw it whole a moment ago may answer any of it.
  func shown(_ list: NbaList, nowMs: Int64) -> NbaList {
    // The scorer may know a catalogue before this adapter does.
    guard !list.isDecided(after: catalog.version) else { return list }
    // By whichever clock is later, the scorer's or ours: what has just become valid is not taken back.
    let atMs = max(nowMs, list.atMs)
    guard !list.items.allSatisfy({ isShown($0.proposition, atMs: atMs) }) else { return list }
    return list.without { !isShown($0.proposition, atMs: atMs) }
  }

  func proposition(_ id: String) -> Proposition? { indexes[id].map { catalog.propositions[$0] } }

  /// What a catalogue has no more it lets nobody be shown.
  func isShown(_ id: String, atMs: Int64) -> Bool {
    indexes[id].map { availabilities[$0].withholding(atMs: atMs) == nil } ?? false
  }

  /// How many turns there were by then: where it is another number, something else may be shown.
  func turnsPassed(nowMs: Int64) -> Int {
    var (low, high) = (0, turns.count)
    while low < high {
      let middle = (low + high) / 2
      if turns[middle] <= nowMs { low = middle + 1 } else { high = middle }
    }
    return low
  }

}

extension NbaList {
  /// Whether it was decided by a later version of the catalogue than that one.
  package func isDecided(after version: String) -> Bool {
    guard let number = CatalogSuccession.number(version), let decided = CatalogSuccession.number(catalogVersion) else {
      return false
    }
    return decided > number
  }

  /// As it is shown where those are withheld, the rest closed up.
  package func without(_ isWithheld: (NbaItem) -> Bool) -> NbaList {
    var shown = self
    shown.items = items.filter { !isWithheld($0) }
    for index in shown.items.indices { shown.items[index].rank = index + 1 }
    if shown.items.count < items.count { shown.drop(items.count - shown.items.count, at: .validity) }
    return shown
  }

  /// So that what was gone through is still what is listed and what dropped out.
  fileprivate mutating func drop(_ count: Int, at stage: Stage) {
    if let index = dropped.firstIndex(where: { $0.stage == stage }) {
      dropped[index].count += count
    } else {
      dropped.insert(StageCount(stage: stage, count: count), at: 0)
    }
  }
}
