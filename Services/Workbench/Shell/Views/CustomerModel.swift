// What a screen is told of one customer: who he is, his list with what moved, his leads.

import Contracts
import Customer360
import Foundation

struct CustomerModel: Encodable, Sendable {
  /// The identifier that the screen asked for.
  var identifier: String
  /// nil: nothing is known under that identifier yet.
  var customer: CustomerDocument?
  var list: ListModel?
  var leads: [Lead]
  /// Another one when something else is said of who he is.
  var identity: Int64
}

/// What was taken from the books for one look, without decoding.
struct CustomerMaterial: Sendable {
  /// Two looks with the same mark would show the same.
  struct Mark: Sendable, Equatable {
    var profile: String?
    var state: Int64
    var lists: Int64
    var leads: Int64
    var identity: Int64
    var catalog: String?
  }

  var identifier: String
  var mark: Mark
  var state: [UInt8]?
  var lists: [String: ListBook.Entry]
  var leads: [Lead]
  var catalog: CheckedCatalog?
}

/// Which of a customer's contacts a screen is about, and in which language it reads titles; nil: in the catalogue's.
struct ContactChoice: Sendable {
  var contact: String?
  var channel: String?
  var language: Language?
}

extension Books {
  /// nil where nothing has changed since `mark`.
  func material(_ identifier: String, since mark: CustomerMaterial.Mark?) -> CustomerMaterial? {
    read { content in
      let profile = content.profiles.profile(of: identifier)
      let entry = profile.flatMap { content.profiles[$0] }
      let leads = profile.flatMap { content.leads[$0] }
      let now = CustomerMaterial.Mark(
        profile: profile, state: entry?.revision ?? 0, lists: profile.map { content.lists.revision(of: $0) } ?? 0,
        leads: leads?.revision ?? 0,
        identity: entry?.facets.compactMap { content.identities[$0.identifier]?.revision }.max() ?? 0,
        catalog: content.catalogs.current?.catalog.version)
      if now == mark { return nil }
      var lists: [String: ListBook.Entry] = [:]
      for contact in profile.map({ content.lists.contacts(of: $0) }) ?? [] { lists[contact] = content.lists[contact] }
      // The contacts of an identifier that was recognised half way had their lists under the profile of before.
      for contact in entry.map({ Self.contacts(of: $0.state) }) ?? [] where lists[contact] == nil {
        lists[contact] = content.lists[contact]
      }
      return CustomerMaterial(
        identifier: identifier, mark: now, state: entry?.state, lists: lists, leads: leads?.leads ?? [],
        catalog: content.catalogs.current)
    }
  }

  /// The ids of the contacts in a state, without decoding the rest.
  static func contacts(of state: [UInt8]) -> [String] {
    var ids: [String] = []
    try? JSONReader.read(state) { reader throws(JSONError) in
      try reader.object { reader, key throws(JSONError) in
        guard key == "facets" else { return }
        try reader.array { reader throws(JSONError) in
          try reader.object { reader, key throws(JSONError) in
            guard key == "body" else { return }
            try reader.object { reader, key throws(JSONError) in
              guard key == "contacts" else { return }
              try reader.array { reader throws(JSONError) in
                try reader.object { reader, key throws(JSONError) in
                  if key == "id" { ids.append(try reader.string()) }
                }
              }
            }
          }
        }
      }
    }
    return ids
  }
}

extension CustomerMaterial {
  func model(_ choice: ContactChoice, nowMs: Int64, namespaces: Namespaces) throws -> CustomerModel {
    let state = try self.state.map { try ProfileState(json: $0) }
    let view = state.map { CustomerView($0) }
    let list = try chosen(choice, view).map { try ListModel($0, view, catalog?.catalog, nowMs: nowMs) }
    return CustomerModel(
      identifier: identifier,
      customer: state.map {
        CustomerDocument($0, catalog, asOfMs: nowMs, namespaces: namespaces, language: choice.language)
      }, list: list,
      leads: leads.sorted { $0.openedMs > $1.openedMs }, identity: mark.identity)
  }

  /// The contact that was asked for; else the open one that began last, in that channel if one is named; else the last.
  private func chosen(_ choice: ContactChoice, _ view: CustomerView?) -> ListBook.Entry? {
    if let contact = choice.contact { return lists[contact] }
    let known = (view?.contacts ?? []).filter { choice.channel == nil || $0.contact.channel == choice.channel }
    let listed = known.filter { lists[$0.id] != nil }
    if let best = listed.last(where: { !$0.isEnded }) ?? listed.last { return lists[best.id] }
    return choice.channel == nil ? lists.values.max { $0.head.version < $1.head.version } : nil
  }
}
