// What a screen is told of one customer: who he is, his list with what moved, his leads.

import Contracts
import Foundation

struct CustomerModel: Encodable, Sendable {
  /// The identifier that the screen asked for.
  var identifier: String
  /// nil: nothing is known under that identifier yet.
  var profile: ProfileModel?
  var list: ListModel?
  var leads: [Lead]
}

struct ProfileModel: Encodable, Sendable {
  var id: String
  var nowMs: Int64
  var firstSeenMs: Int64
  var lastSeenMs: Int64
  /// True where one of the identifiers names a person, not a device.
  var isKnown: Bool
  var facets: [FacetModel]
  var counts: [EventCount]
  var eventCount: Int64
  var interests: [Interest]
  var offers: [OfferHistory]
  var orders: [OrderTotal]
  var consents: [Consent]
  var attributes: [Attribute]
  /// What the catalogue in force makes of him.
  var computed: [ComputedModel]
  var segments: [SegmentModel]
  var contacts: [ContactModel]
  var leads: [LeadSummary]
}

struct ComputedModel: Encodable, Sendable {
  var name: String
  var value: AttributeValue
  /// From when on it can be relied on, where it can't yet: its definition is younger than the customer.
  var exactFromMs: Int64?
}

struct SegmentModel: Encodable, Sendable {
  var name: String
  var title: String?
}

struct FacetModel: Encodable, Sendable {
  var namespace: String
  var value: String
  var generation: Int
  var version: Int64
  var events: Int64
  var firstSeenMs: Int64
  var lastSeenMs: Int64
}

struct ContactModel: Encodable, Sendable {
  var id: String
  var channel: String
  var direction: String
  var startedMs: Int64
  var lastMs: Int64
  var endedMs: Int64?
  var endReason: String?
  var placement: String?
  var intent: String?
  var context: NamedValues
  var responses: [Response]
}

/// What was taken from the books for one look, without decoding.
struct CustomerMaterial: Sendable {
  /// Two looks with the same mark would show the same.
  struct Mark: Sendable, Equatable {
    var profile: String?
    var state: Int64
    var lists: Int64
    var leads: Int64
    var catalog: String?
  }

  var identifier: String
  var mark: Mark
  var state: [UInt8]?
  var lists: [String: ListBook.Entry]
  var leads: [Lead]
  var catalog: Catalog?
}

/// Which of a customer's contacts a screen is about.
struct ContactChoice: Sendable {
  var contact: String?
  var channel: String?
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
        leads: leads?.revision ?? 0, catalog: content.catalogs.current?.version)
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
  func model(_ choice: ContactChoice, nowMs: Int64, isPerson: (String) -> Bool) throws -> CustomerModel {
    let decoder = JSONDecoder()
    let state = try self.state.map { try decoder.decode(ProfileState.self, from: Data($0)) }
    let view = state.map { CustomerView($0) }
    let list = try chosen(choice, view).map { try ListModel($0, view, decoder) }
    return CustomerModel(
      identifier: identifier,
      profile: state.map { ProfileModel($0, view!, catalog: catalog, nowMs: nowMs, isPerson: isPerson) }, list: list,
      leads: leads.sorted { $0.openedMs > $1.openedMs })
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

extension ProfileModel {
  /// `nowMs` is what windows end at, unless the profile is later.
  init(
    _ state: ProfileState, _ view: CustomerView, catalog: Catalog?, nowMs: Int64, isPerson: (String) -> Bool
  ) {
    // One that can't be read is refused before it comes here.
    let definitions = catalog.flatMap { try? CustomerDefinitions($0) } ?? .none
    let situation = Situation(view, nowMs: max(nowMs, view.nowMs), definitions: definitions)
    computed = (catalog?.attributes ?? []).filter { definitions.defines($0.name) }.compactMap { attribute in
      guard let value = definitions.value(attribute.name, situation) else { return nil }
      let exactFromMs = definitions.exactFromMs(attribute.name, view, nowMs: situation.nowMs)
      return ComputedModel(name: attribute.name, value: value, exactFromMs: exactFromMs)
    }
    segments = (state.segments ?? []).map { name in
      SegmentModel(name: name, title: catalog?.segments?.first { $0.name == name }?.title)
    }
    id = view.profile
    self.nowMs = view.nowMs
    firstSeenMs = view.firstSeenMs
    lastSeenMs = view.lastSeenMs
    facets = state.facets.compactMap(FacetModel.init).sorted { $0.firstSeenMs < $1.firstSeenMs }
    isKnown = facets.contains { isPerson($0.namespace) }
    counts = view.counts.sorted { $0.count > $1.count }
    eventCount = view.counts.reduce(0) { $0 + $1.count }
    interests = view.interests
    offers = view.offers.sorted { ($0.lastPresentedMs ?? 0) > ($1.lastPresentedMs ?? 0) }
    orders = view.orders
    consents = view.consents
    attributes = definitions.said(view)
    contacts = view.contacts.reversed().map { ContactModel($0.contact) }
    leads = view.leads
  }
}

extension FacetModel {
  init?(_ facet: Facet) {
    guard let identifier = facet.identifier, let hash = facet.id.lastIndex(of: "#") else { return nil }
    namespace = identifier.namespace
    value = identifier.value
    generation = Int(facet.id[facet.id.index(after: hash)...]) ?? 0
    version = facet.version
    events = facet.body.counts.reduce(0) { $0 + $1.count }
    firstSeenMs = facet.body.firstSeenMs
    lastSeenMs = facet.body.lastSeenMs
  }
}

extension ContactModel {
  init(_ contact: Contact) {
    id = contact.id
    channel = contact.channel
    direction = contact.direction
    startedMs = contact.startedMs
    lastMs = contact.lastMs
    endedMs = contact.endedMs
    endReason = contact.endReason
    placement = contact.placement
    intent = contact.intent
    context = contact.context
    responses = contact.responses
  }
}
