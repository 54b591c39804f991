import Contracts

/// What readers see of a customer, without what counts how it came about. Counts are in the order of first sight, which
/// between a channel's topic and that of the systems of record is nobody's; and in how many generations of a device
/// something was done, nobody sees.
struct Seen: Equatable {
  var identifiers: [Identifier]
  var times: [Int64]
  var counts: [EventCount]
  var interests: [Interest]
  var offers: [OfferHistory]
  var orders: [OrderTotal]
  var consents: [Consent]
  var contacts: [Contact]
  var startedUnder: [String?]

  init(_ profile: ProfileState) {
    let view = CustomerView(profile)
    identifiers = view.identifiers
    // Of whom nothing was done, but others' events have named him, there is only the time of whichever moved him.
    times = view.counts.isEmpty ? [] : [view.firstSeenMs, view.lastSeenMs]
    counts = view.counts.sorted { ($0.event, $0.channel) < ($1.event, $1.channel) }
    interests = view.interests
    offers = view.offers.sorted { ($0.proposition, $0.channel) < ($1.proposition, $1.channel) }
    orders = view.orders
    consents = view.consents.sorted { $0.purpose < $1.purpose }
    contacts = view.contacts.map { view in
      var contact = view.contact
      contact.responses.sort { ($0.atMs, $0.list) < ($1.atMs, $1.list) }
      return contact
    }
    startedUnder = view.contacts.map { $0.facet.map { String($0.prefix { $0 != "#" }) } }
  }
}

extension Suite {
  /// By profile.
  var seen: [String: Seen] { profiles.mapValues(Seen.init) }
}
