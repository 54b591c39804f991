import Contracts

/// What of a list may be shown: the catalogue in force has the last word on it, whatever was decided by an earlier one. A
/// list that is open would else show what was excluded, paused or is over until its customer does something.
final class Showing: Sendable {
  let catalog: Catalog
  private let indexes: [String: Int]
  /// Of each proposition, by its index.
  private let availabilities: [Availability]
  private let number: Int64?
  /// When something begins or ceases to be valid, in order.
  private let turns: [Int64]

  init(_ catalog: Catalog) {
    self.catalog = catalog
    indexes = Dictionary(
      catalog.propositions.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    availabilities = catalog.propositions.map { catalog.availability(of: $0) }
    number = CatalogSuccession.number(catalog.version)
    turns = Set(availabilities.flatMap { [$0.validFromMs, $0.validUntilMs].compactMap(\.self) }).sorted()
  }

  /// The list without what may not be shown, the rest closed up. It keeps its id and version: it is the same list, what was
  /// decided on it stands, and who saw it whole a moment ago may answer any of it.
  func shown(_ list: NbaList, nowMs: Int64) -> NbaList {
    guard !isDecidedByALaterOne(list) else { return list }
    // By whichever clock is later, the scorer's or ours: what has just become valid is not taken back.
    let atMs = max(nowMs, list.atMs)
    guard !list.items.allSatisfy({ isShown($0.proposition, atMs: atMs) }) else { return list }
    var shown = list
    shown.items = list.items.filter { isShown($0.proposition, atMs: atMs) }
    for index in shown.items.indices { shown.items[index].rank = index + 1 }
    shown.drop(list.items.count - shown.items.count, at: .validity)
    return shown
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

  /// The scorer may know a catalogue before this adapter does.
  private func isDecidedByALaterOne(_ list: NbaList) -> Bool {
    guard let number, let decided = CatalogSuccession.number(list.catalogVersion) else { return false }
    return decided > number
  }
}

extension NbaList {
  /// So that what was gone through is still what is listed and what dropped out.
  fileprivate mutating func drop(_ count: Int, at stage: Stage) {
    if let index = dropped.firstIndex(where: { $0.stage == stage }) {
      dropped[index].count += count
    } else {
      dropped.insert(StageCount(stage: stage, count: count), at: 0)
    }
  }
}
