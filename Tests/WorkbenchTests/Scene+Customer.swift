// A customer with a past: two devices, one of which another person uses too, a login, what systems of record say
// differently, segments, and what happened.

import Contracts
import Foundation

@testable import Workbench

extension Scene {
  static let tablet = "device:kitchen-tablet"
  static let stranger = "customer:4712"
  static let phone = "phone:+49301234567"
  static let firm = Identifier("organisation", "HRB 27112")
  private static let hourMs: Int64 = 3_600_000
  private static let dayMs: Int64 = 24 * hourMs

  /// The bank's catalogue, with what it makes of customers.
  static let defining: Catalog = {
    var defining = catalog
    defining.version = "4-77aa"
    var name = AttributeDeclaration(name: "name", kind: .string, scope: .customer)
    (name.conflict, name.sources) = (.strongest, ["crm", "shop"])
    defining.attributes += [
      name,
      AttributeDeclaration("views_30d", Computation(.count, event: "page.viewed", windowMs: 30 * dayMs), definedMs: 1),
      AttributeDeclaration(
        "favourite", Computation(.favourite, of: "category", event: "product.viewed", halfLifeMs: 7 * dayMs),
        version: 2, definedMs: 1_790_000_000_000),
      AttributeDeclaration(
        "relation",
        cases: [
          AttributeCase("regular", when: "customer.views_30d >= 2"),
          AttributeCase("new", when: "customer.views_30d >= 1"),
        ],
        otherwise: "prospect"),
    ]
    defining.segments = [
      Segment(name: "active", when: "customer.views_30d > 0", title: "came within 30 days"),
      Segment(name: "affluent", when: "customer.segment == \"affluent\"", title: "has much to invest"),
    ]
    return defining
  }()

  /// All of him, on all topics. Returns his state.
  @discardableResult
  func putCustomer() throws -> ProfileState {
    try put(Self.defining)
    var state = fullState()
    let tablet = FacetBody(firstSeenMs: nowMs - 20 * Self.dayMs, lastSeenMs: nowMs - 2 * Self.dayMs)
    state.facets.append(Facet(id: "\(Self.tablet)#0", version: 1, seq: 4, body: tablet))
    state.facets.append(Facet(id: "\(Self.tablet)#2", version: 1, seq: 1, body: tablet))
    let definitions = try CustomerDefinitions(Self.defining)
    for index in state.facets.indices { definitions.catchUp(&state.facets[index].body) }
    let seen = Interaction(identifiers: [Identifier(key: Self.cookie)!])
    for day in 0..<3 {
      definitions.take(.pageViewed, seen, atMs: nowMs - Int64(day) * Self.dayMs, into: &state.facets[0].body)
    }
    state.facets[1].body.attributes[0].source = "crm"
    state.facets[1].body.attributes[0].isVerified = true
    state.facets[0].body.attributes = [
      Attribute(name: "name", value: .string("A. Janssen"), atMs: nowMs - Self.hourMs, source: "shop")
    ]
    state.facets[1].body.relations = [
      Relation(
        other: Self.firm, isOrganisation: true, role: "managing-director", sinceMs: nowMs - 400 * Self.dayMs,
        atMs: nowMs - Self.dayMs, source: "register"),
      Relation(
        other: Identifier("household", "h-17"), isOrganisation: true, role: "payer", sinceMs: nowMs - 900 * Self.dayMs,
        endedMs: nowMs - 30 * Self.dayMs, atMs: nowMs - 30 * Self.dayMs, source: "crm"),
    ]
    state.segments = ["active", "affluent"]
    try put(state)
    try put(list(["day-money", "gold-card", "advisor-call", "travel-cover"], version: 1))
    try put([lead("l1", "gold-card", step: 1), lead("l2", "day-money", step: 3, status: .won)])
    try putIdentity()
    try putTimeline()
    return state
  }

  /// The firm that she acts for, in a contact in which she speaks for it.
  func putFirm() throws {
    let director = Identifier(key: Self.customer)!
    var body = FacetBody(firstSeenMs: nowMs - 400 * Self.dayMs, lastSeenMs: nowMs)
    body.relations = [
      Relation(
        other: director, isOrganisation: false, role: "managing-director", sinceMs: nowMs - 400 * Self.dayMs,
        atMs: nowMs - Self.dayMs, source: "register")
    ]
    var contact = Contact(id: "k-firm", channel: "web", direction: "inbound", isStarted: true, startedMs: nowMs)
    contact.actor = director
    body.contacts = [contact]
    var state = ProfileState(id: "p-firm", nowMs: nowMs)
    state.facets = [Facet(id: "\(Self.firm.key)#0", version: 0, seq: 2, body: body)]
    try put(state)
  }

  /// Three claims: the login joins, the tablet joins, and the tablet's other person doesn't.
  func putIdentity() throws {
    let claims: [(number: Int64, id: String, identifiers: [String])] = [
      (1, "login-event", [Self.customer, "login:ada@example.org", Self.cookie]),
      (2, "tablet-event", [Self.customer, Self.tablet]), (3, "other-login", [Self.stranger, Self.tablet]),
    ]
    func remembered(_ identifier: String) -> [RememberedClaim] {
      claims.filter { $0.identifiers.contains(identifier) }.map { claim in
        RememberedClaim(number: claim.number, identifiers: claim.identifiers.map { Identifier(key: $0)! })
      }
    }
    for claim in claims {
      for identifier in claim.identifiers {
        let isRefused = claim.number == 3
        let entry = IdentityMapEntry(
          identifier: Identifier(key: identifier)!, profile: identifier == Self.stranger ? "p-other" : Self.profile,
          version: 1, judged: [],
          verdict: Verdict(
            claim: claim.id, isAccepted: !isRefused, reason: isRefused ? "belongs-to-another-person" : "linked",
            atMs: nowMs - (4 - claim.number) * Self.dayMs),
          firstClaim: 1, lastClaim: claim.number, claims: remembered(identifier))
        try put(Topics.identityMap, key: identifier, type: IdentityMapEntry.type, entry.json)
      }
    }
  }

  /// A telephone number that only he was named with.
  func putPhone(_ state: ProfileState) throws {
    let phone = Identifier(key: Self.phone)!
    var entry = IdentityMapEntry(
      identifier: phone, profile: Self.profile, version: 1, judged: [],
      verdict: Verdict(claim: "phone-event", isAccepted: true, reason: "only-one-has-it", atMs: nowMs), firstClaim: 4,
      lastClaim: 4)
    entry.carriers = [ContactCarrier(Identifier(key: Self.customer)!, atMs: nowMs)]
    try put(Topics.identityMap, key: phone.key, type: IdentityMapEntry.type, entry.json)
    var state = state
    state.facets.append(
      Facet(id: "\(Self.phone)#0", version: 1, seq: 0, body: FacetBody(firstSeenMs: nowMs, lastSeenMs: nowMs)))
    try put(state)
  }

  /// Thirty pages, and the segments that he came into and left.
  func putTimeline() throws {
    func put(_ type: EventType, _ id: String, _ data: [UInt8], atMs: Int64, facet: String? = nil) throws {
      var extra: [(String, String)] = []
      if let facet { extra = [("ce_facet", facet), ("ce_facetversion", "1"), ("ce_facetseq", "7")] }
      try self.put(
        Topics.profileTimeline, key: Self.profile, type: type.rawValue, id: id, data, timeMs: atMs, headers: extra)
    }
    func segment(_ type: EventType, _ name: String, daysAgo: Int64) throws {
      try put(
        type, "\(type.rawValue)-\(name)-\(daysAgo)", SegmentChange(segment: name, catalogVersion: "4-77aa").json,
        atMs: nowMs - daysAgo * Self.dayMs)
    }
    try segment(.segmentEntered, "wavering", daysAgo: 18)
    try segment(.segmentEntered, "active", daysAgo: 12)
    try segment(.segmentLeft, "wavering", daysAgo: 9)
    for page in 0..<30 {
      var view = Interaction(identifiers: [Identifier(key: Self.cookie)!])
      (view.channel, view.page) = ("web", "/page-\(page)")
      try put(
        .pageViewed, "view-\(page)", view.json, atMs: nowMs - Int64(40 - page) * Self.hourMs / 8,
        facet: "\(Self.cookie)#0")
    }
  }
}
