// A list with what moved since the one before it, and what the customer answered.

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
  var considered: Int
  var dropped: [StageCount]
  var isFallback: Bool
  var isContactOpen: Bool
  var items: [ItemModel]
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

  struct Change: Encodable, Sendable, Equatable {
    enum Kind: String, Encodable, Sendable { case first, new, up, down, same }
    var kind: Kind
    var by = 0
  }

  init(_ entry: ListBook.Entry, _ view: CustomerView?) throws {
    let list = try NbaList(json: entry.list)
    let before = try entry.previous.map { try NbaList(json: $0) }
    let contact = view?.contact(list.contact)
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
    considered = list.considered
    dropped = list.dropped
    isFallback = list.isFallback
    // A list can be read before the state that has its contact.
    isContactOpen = contact.map { !$0.isEnded } ?? true
    items = list.items.map { item in
      ItemModel(
        item: item, change: Self.change(of: item, before: before), outcome: outcomes[item.proposition])
    }
    let listed = Set(list.items.map(\.proposition))
    gone = (before?.items ?? []).filter { !listed.contains($0.proposition) }.map {
      GoneModel(proposition: $0.proposition, name: $0.name, rank: $0.rank, outcome: outcomes[$0.proposition])
    }
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
