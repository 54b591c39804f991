// The complete view of a customer as JSON: what he is as a whole, where each value comes from, and the facets that it is
// folded from.

import Contracts
import Foundation

struct CustomerDocument: Encodable, Sendable {
  /// Where each identifier's facet stands.
  struct KnownAs: Encodable, Sendable {
    var namespace: String
    var value: String
    var facet: String
    /// Counts its moves between profiles, and its events.
    var version: Int64
    var seq: Int64
    var firstSeenMs: Int64
    var lastSeenMs: Int64
  }

  struct SourcedAttribute: Encodable, Sendable {
    var name: String
    var value: AttributeValue
    var atMs: Int64
    /// The facets that say this value.
    var facets: [String]
  }

  struct SourcedConsent: Encodable, Sendable {
    var purpose: String
    var isGiven: Bool
    var atMs: Int64
    var facets: [String]
  }

  struct SourcedContact: Encodable, Sendable {
    var contact: Contact
    /// The facet that it was started under; nil where this profile has only other parts of it.
    var facet: String?
  }

  var profile: String
  /// Until when this is known to be all that there was.
  var asOfMs: Int64
  var isStale: Bool
  var answeredBy: AnsweredBy
  /// The latest time that anything in it happened.
  var nowMs: Int64
  var firstSeenMs: Int64
  var lastSeenMs: Int64
  var identifiers: [KnownAs]
  var attributes: [SourcedAttribute]
  var consents: [SourcedConsent]
  var counts: [EventCount]
  var interests: [Interest]
  var offers: [OfferHistory]
  var orders: [OrderTotal]
  var contacts: [SourcedContact]
  var leads: [LeadSummary]
  /// As their owners tell them: sums, counts and histories above are theirs, united.
  var facets: [Facet]

  init(_ state: ProfileState, by: AnsweredBy, asOfMs: Int64) {
    let view = CustomerView(state)
    let facets = state.facets.sorted { $0.id < $1.id }
    profile = state.id
    self.asOfMs = asOfMs
    isStale = by == .stale
    answeredBy = by
    nowMs = view.nowMs
    firstSeenMs = view.firstSeenMs
    lastSeenMs = view.lastSeenMs
    identifiers = facets.compactMap { facet in
      facet.identifier.map {
        KnownAs(
          namespace: $0.namespace, value: $0.value, facet: facet.id, version: facet.version, seq: facet.seq,
          firstSeenMs: facet.body.firstSeenMs, lastSeenMs: facet.body.lastSeenMs)
      }
    }
    attributes = view.attributes.map { attribute in
      let sources = facets.filter { facet in facet.body.attributes.contains { $0 == attribute } }
      return SourcedAttribute(
        name: attribute.name, value: attribute.value, atMs: attribute.atMs, facets: sources.map(\.id))
    }
    consents = view.consents.map { consent in
      let sources = facets.filter { facet in facet.body.consents.contains { $0 == consent } }
      return SourcedConsent(
        purpose: consent.purpose, isGiven: consent.isGiven, atMs: consent.atMs, facets: sources.map(\.id))
    }
    counts = view.counts
    interests = view.interests
    offers = view.offers
    orders = view.orders
    contacts = view.contacts.map { SourcedContact(contact: $0.contact, facet: $0.facet) }
    leads = view.leads
    self.facets = facets
  }
}

extension ProfileState {
  /// Two answers with the same tag tell of the same state, whoever gave them.
  var tag: String {
    let digits = Array("0123456789abcdef")
    return "W/\""
      + String(SHA256.hash(json).prefix(12).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }) + "\""
  }
}
