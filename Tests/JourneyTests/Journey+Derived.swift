import Contracts
import Journeys
import LeadManagerCore
import MessageLog

// What follows from what was said, as readers of the topics have it: two worlds are held against each other by it.

extension Journey {
  struct Derived {
    var map: [String: String] = [:]
    var views: [String: Seen] = [:]
    var segments: [String: [String]] = [:]
    var groups: [String: Group] = [:]
    var consents: [String: [Consent]] = [:]
    var leads: [String: [Lead]] = [:]
    /// Of each open contact what is on its latest list: in what order is for the models to say, and they have learned.
    var lists: [String: [String]] = [:]
  }

  /// What is known of a segment's customers together.
  struct Group: Codable, Equatable {
    var members: Int64
    var interests: [GroupInterest]
  }

  /// A customer as a reader sees him. In how many generations of a device something was done is how it came about.
  struct Seen: Equatable {
    var identifiers: [Identifier]
    var times: [Int64]
    var counts: [EventCount]
    var interests: [Interest]
    var offers: [OfferHistory]
    var orders: [OrderTotal]
    var consents: [Consent]
    var attributes: [Attribute]
    var computed: [AttributeValue?]
    var contacts: [Contact]
    var startedUnder: [String?]

    init(_ view: CustomerView, _ definitions: CustomerDefinitions, nowMs: Int64) {
      identifiers = view.identifiers
      times = [view.firstSeenMs, view.lastSeenMs]
      counts = view.counts.sorted { ($0.event, $0.channel) < ($1.event, $1.channel) }
      interests = view.interests
      offers = view.offers.sorted { ($0.proposition, $0.channel) < ($1.proposition, $1.channel) }
      orders = view.orders
      consents = view.consents.sorted { $0.purpose < $1.purpose }
      attributes = view.attributes.sorted { $0.name < $1.name }
      let situation = Situation(view, nowMs: nowMs, definitions: definitions)
      computed = ["views_1d", "pages", "spent", "interest", "relation"].map { name in
        // In what order it was added up shows in the last digit.
        guard case .number(let number) = definitions.value(name, situation) else {
          return definitions.value(name, situation)
        }
        return .number((number * 1e9).rounded() / 1e9)
      }
      contacts = view.contacts.map(\.contact)
      startedUnder = view.contacts.map { $0.facet.map { String($0.prefix { $0 != "#" }) } }
    }
  }

  /// What readers of the topics have in the end, without what counts how it came about.
  func derived() throws -> Derived {
    var derived = Derived()
    derived.map = try map()
    let definitions = try CustomerDefinitions(SplitPlan.catalog)
    let states = try latest(Topics.profileState) { try ProfileState(json: $0) }
    derived.views = states.mapValues { Seen(CustomerView($0), definitions, nowMs: driver.clock.nowMs) }
    derived.segments = try latest(Topics.profileState) { try ProfileState(json: $0).segments ?? [] }
    derived.groups = try latest(Topics.groupState) { try JSONCoding.decode(Group.self, from: $0) }
      .filter { $0.value != Group(members: 0, interests: []) }
    derived.consents = try latest(Topics.consentState) { try ConsentState(json: $0) }.mapValues(\.consents)
    for contact in states.values.flatMap({ CustomerView($0).contacts }) where contact.facet != nil && !contact.isEnded {
      derived.lists[contact.id] = try list(contact.id)?.items.map(\.proposition).sorted()
    }
    // Whose evidence the leads have is looked at some time after the moves; visits are over by then.
    try driver.advance(ms: Leads.partingMs)
    derived.leads = try latest(Topics.leadState) { try JSONCoding.decode(LeadState.self, from: $0) }
      .mapValues { state in
        state.leads.sorted { $0.id < $1.id }.map {
          var lead = $0
          // How it came to stand so: what was taken out and given back, and when that was.
          (lead.facetVersion, lead.told, lead.revision) = (nil, nil, nil)
          lead.changedMs = max(lead.openedMs, lead.history.map(\.atMs).max() ?? 0)
          lead.facet = String(lead.facet.prefix { $0 != "#" })
          lead.history = lead.history.map {
            var entry = $0
            entry.facet = entry.facet.map { String($0.prefix { $0 != "#" }) }
            return entry
          }
          return lead
        }
      }.filter { !$0.value.isEmpty }
    return derived
  }

  func map() throws -> [String: String] {
    var map: [String: String] = [:]
    for record in driver.records(of: Topics.identityMap) {
      let entry = try IdentityMapEntry(json: record.value!)
      map[entry.identifier.key] = entry.current
    }
    return map
  }

  private func latest<Value>(_ topic: Topic, _ read: ([UInt8]) throws -> Value) throws -> [String: Value] {
    var latest: [String: Value] = [:]
    for record in driver.records(of: topic) {
      latest[String(decoding: record.key!, as: UTF8.self)] = try record.value.map(read)
    }
    return latest
  }
}
