import Contracts

/// A customer as a reader sees him, for tests that hold two worlds against each other. In how many generations of a device
/// something was done is how it came about.
package struct Seen: Equatable {
  package var identifiers: [Identifier]
  package var times: [Int64]
  package var counts: [EventCount]
  package var interests: [Interest]
  package var offers: [OfferHistory]
  package var orders: [OrderTotal]
  package var consents: [Consent]
  package var attributes: [Attribute]
  /// Of the attributes that were asked for.
  package var computed: [AttributeValue?] = []
  package var contacts: [Contact]
  package var startedUnder: [String?]

  package init(_ view: CustomerView) {
    identifiers = view.identifiers
    times = [view.firstSeenMs, view.lastSeenMs]
    counts = view.counts.sorted { ($0.event, $0.channel) < ($1.event, $1.channel) }
    interests = view.interests
    offers = view.offers.sorted { ($0.proposition, $0.channel) < ($1.proposition, $1.channel) }
    orders = view.orders
    consents = view.consents.sorted { $0.purpose < $1.purpose }
    attributes = view.attributes.sorted { $0.name < $1.name }
    contacts = view.contacts.map(\.contact)
    startedUnder = view.contacts.map { $0.facet.map { String(Facet.identifierKey($0)) } }
  }

  package init(_ view: CustomerView, _ attributes: [String], _ definitions: CustomerDefinitions, nowMs: Int64) {
    self.init(view)
    let situation = Situation(view, nowMs: nowMs, definitions: definitions)
    computed = attributes.map { definitions.value($0, situation)?.rounded }
  }
}

extension AttributeValue {
  /// A sum over the parts of a customer depends in its last digit on how he is parted.
  fileprivate var rounded: AttributeValue {
    guard case .number(let number) = self else { return self }
    return .number((number * 1e9).rounded() / 1e9)
  }
}
