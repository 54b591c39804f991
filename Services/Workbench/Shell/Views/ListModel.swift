// A list as it is shown, with what moved since the one before it, what is withheld of it, and what the customer answered.

import AdapterSDK
import Contracts
import Foundation

struct ListModel: Encodable, Sendable {
  var id: String
  var contact: String
  var version: Int64
  /// The how-manieth list of this contact it is at this profile.
  var number: Int64
  var channel: String
  var placement: String?
  var atMs: Int64
  var latencyMs: Int64?
  var catalogVersion: String
  /// How it is ranked.
  var controlGroup: ControlGroup
  var considered: Int
  var dropped: [StageCount]
  var isFallback: Bool
  var isContactOpen: Bool
  var items: [ItemModel]
  /// What was decided for it and is not shown, because the catalogue in force lets nobody have it.
  var withheld: [WithheldModel]
  /// What was on the list before and no longer is.
  var gone: [GoneModel]

  struct ItemModel: Encodable, Sendable {
    var item: NbaItem
    var change: Change
    /// What the customer has answered to it in this contact, on any list.
    var outcome: Outcome?
  }

  struct GoneModel: Encodable, Sendable {
    var proposition: String
    var name: String
    var rank: Int
    var outcome: Outcome?
  }

  struct WithheldModel: Encodable, Sendable {
    var proposition: String
    var name: String
    /// Where it was decided to stand.
    var rank: Int
    /// As one reads it after its name and `is`.
    var reason: String
    var outcome: Outcome?
  }

  struct Change: Encodable, Sendable, Equatable {
    enum Kind: String, Encodable, Sendable { case first, new, up, down, same }
    var kind: Kind
    var by = 0
  }

  /// By the catalogue in force now; nil: none is known, and what was decided is shown.
  init(_ entry: ListBook.Entry, _ view: CustomerView?, _ catalog: Catalog?, nowMs: Int64) throws {
    let decided = try NbaList(json: entry.list)
    let before = try entry.previous.map { try NbaList(json: $0) }
    let contact = view?.contact(decided.contact)
    let reasons = Self.withholdings(decided, contact?.contact, catalog, nowMs: nowMs)
    let list = decided.without { reasons[$0.proposition] != nil }
    var outcomes: [String: Outcome] = [:]
    for response in contact?.contact.responses ?? [] {
      if response.outcome.weight >= outcomes[response.proposition]?.weight ?? 0 {
        outcomes[response.proposition] = response.outcome
      }
    }
    id = list.id
    self.contact = list.contact
    version = list.version
    number = list.version % 1_000_000
    channel = list.channel
    placement = list.placement
    atMs = list.atMs
    latencyMs = entry.latencyMs
    catalogVersion = list.catalogVersion
    controlGroup = list.controlGroup
    considered = list.considered
    dropped = list.dropped
    isFallback = list.isFallback
    // A list can be read before the state that has its contact.
    isContactOpen = contact.map { !$0.isEnded } ?? true
    // What moved is told by where it was decided to stand.
    let kept = decided.items.filter { reasons[$0.proposition] == nil }
    items = zip(list.items, kept).map { item, decided in
      ItemModel(
        item: item, change: Self.change(of: decided, before: before), outcome: outcomes[item.proposition])
    }
    withheld = decided.items.compactMap { item in
      reasons[item.proposition].map { reason in
        WithheldModel(
          proposition: item.proposition, name: item.name, rank: item.rank, reason: reason,
          outcome: outcomes[item.proposition])
      }
    }
    let listed = Set(decided.items.map(\.proposition))
    gone = (before?.items ?? []).filter { !listed.contains($0.proposition) }.map {
      GoneModel(proposition: $0.proposition, name: $0.name, rank: $0.rank, outcome: outcomes[$0.proposition])
    }
  }

  /// By proposition why it is not shown: as adapters judge, by the catalogue in force and the later one of two clocks. Of a
  /// contact that ended before that catalogue came, it isn't known what was shown in the end.
  private static func withholdings(
    _ list: NbaList, _ contact: Contact?, _ catalog: Catalog?, nowMs: Int64
  ) -> [String: String] {
    let untilMs = contact?.endedMs ?? nowMs
    guard let catalog, catalog.appliedMs <= untilMs, !list.isDecided(after: catalog.version) else { return [:] }
    var reasons: [String: String] = [:]
    for item in list.items {
      let proposition = catalog.propositions.first { $0.id == item.proposition }
      let availability = proposition.map { catalog.availability(of: $0) }
      reasons[item.proposition] =
        availability == nil
        ? "in the catalogue no more" : availability?.withholding(atMs: max(untilMs, list.atMs))?.text
    }
    return reasons
  }

  static func change(of item: NbaItem, before: NbaList?) -> Change {
    guard let before else { return Change(kind: .first) }
    guard let old = before.items.first(where: { $0.proposition == item.proposition }) else {
      return Change(kind: .new)
    }
    if old.rank == item.rank { return Change(kind: .same) }
    return old.rank > item.rank
      ? Change(kind: .up, by: old.rank - item.rank) : Change(kind: .down, by: item.rank - old.rank)
  }
}
