// What is known of a customer, as everybody is told it: what he is as a whole at one moment, where each value comes from,
// and by which rule. Made from his recorded state, a version of the catalogue and the moment, and of nothing else: so it
// can be made again.

import Contracts

package struct CustomerDocument: Encodable, Sendable {
  /// Where each identifier's facet stands.
  package struct KnownAs: Encodable, Sendable {
    package var namespace: String
    package var value: String
    package var facet: String
    /// Of the facets of one identifier the how-manieth person's it is; the first one's is 0.
    package var generation: Int
    /// Counts its moves between profiles, and its events.
    package var version: Int64
    package var seq: Int64
    /// How many events it has counted.
    package var events: Int64
    package var firstSeenMs: Int64
    package var lastSeenMs: Int64

    package var key: String { "\(namespace):\(value)" }
  }

  /// What systems of record say: the value that holds, and what else was said.
  package struct SaidAttribute: Encodable, Sendable {
    package var name: String
    package var value: AttributeValue
    package var atMs: Int64
    package var source: String?
    package var isVerified: Bool?
    /// The facets that say this value.
    package var facets: [String]
    /// By which it holds.
    package var rule: ConflictRule
    package var others: [Word]
  }

  /// A value that doesn't hold.
  package struct Word: Encodable, Sendable {
    package var value: AttributeValue
    package var atMs: Int64
    package var source: String?
    package var isVerified: Bool?
    package var facets: [String]
  }

  /// What the catalogue makes of him: computed from his events, or decided by cases.
  package struct DerivedAttribute: Encodable, Sendable {
    package var name: String
    package var value: AttributeValue
    /// Of a sum: whose minor units it is in.
    package var currency: String?
    /// False: something that it counts is missing, since its definition is younger than the customer.
    package var isExact: Bool
    /// From when on nothing will be missing; nil: it is exact, or never will be.
    package var exactFromMs: Int64?
    /// How it is computed, and the version of that.
    package var computation: Computation?
    package var version: Int?
    /// The predicate of the case that holds; nil: it is computed, or no case does.
    package var when: String?
  }

  package struct CurrentSegment: Encodable, Sendable {
    package var name: String
    package var title: String?
    /// Its predicate; nil where no catalogue is known that has it.
    package var when: String?
    package var isExact: Bool
    package var exactFromMs: Int64?
  }

  package struct SourcedConsent: Encodable, Sendable {
    package var purpose: String
    package var isGiven: Bool
    package var atMs: Int64
    package var facets: [String]
  }

  package struct SourcedContact: Encodable, Sendable {
    package var contact: Contact
    /// The facet that it was started under; nil where this profile has only other parts of it.
    package var facet: String?
  }

  package var profile: String
  /// The moment that it all is told for: when it was known to be all that there is or, where that is later, the latest
  /// event's time.
  package var asOfMs: Int64
  /// The catalogue by which he is told; nil: none has been applied yet.
  package var catalogVersion: String?
  /// The latest time that anything in it happened.
  package var nowMs: Int64
  package var firstSeenMs: Int64
  package var lastSeenMs: Int64
  /// True where one of the identifiers names a person, not a device.
  package var isKnown: Bool
  package var identifiers: [KnownAs]
  package var attributes: [SaidAttribute]
  package var derived: [DerivedAttribute]
  /// Those that he is in at that moment, in the catalogue's order.
  package var segments: [CurrentSegment]
  package var consents: [SourcedConsent]
  package var counts: [EventCount]
  package var interests: [Interest]
  package var offers: [OfferHistory]
  package var orders: [OrderTotal]
  package var contacts: [SourcedContact]
  /// Who acts for him, or for whom he acts.
  package var relations: [Relation]
  package var leads: [LeadSummary]
}

extension CustomerDocument {
  /// `asOfMs`: until when the state is known to be all that there is. Titles are in that language where the catalogue has
  /// them in it, else in its own; nil: in its own.
  package init(
    _ state: ProfileState, _ checked: CheckedCatalog?, asOfMs: Int64, namespaces: Namespaces, language: Language? = nil
  ) {
    let view = CustomerView(state)
    let facets = state.facets.sorted { $0.id < $1.id }
    let definitions = checked?.definitions ?? .none
    let situation = Situation(
      view, nowMs: max(asOfMs, view.nowMs), knownNamespaces: namespaces.known, definitions: definitions)
    profile = state.id
    self.asOfMs = situation.nowMs
    catalogVersion = checked?.catalog.version
    nowMs = view.nowMs
    firstSeenMs = view.firstSeenMs
    lastSeenMs = view.lastSeenMs
    isKnown = view.identifiers.contains { namespaces.isKnown($0.namespace) }
    identifiers = facets.compactMap(KnownAs.init)
    attributes = definitions.said(view).map { SaidAttribute($0, facets, definitions.rule(of: $0.name)) }
    derived = (checked?.catalog.attributes ?? []).compactMap { DerivedAttribute($0, situation) }
    segments =
      checked.map { $0.catalog.segments ?? [] }?.filter { definitions.isIn($0.name, situation) }
      .map { CurrentSegment($0, situation, language) }
      // Without a catalogue his owner's word is all there is.
      ?? (state.segments ?? []).map { CurrentSegment(name: $0, isExact: true) }
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
    relations = view.relations
    leads = view.leads
  }
}

extension CustomerDocument.KnownAs {
  init?(_ facet: Facet) {
    guard let identifier = facet.identifier, let hash = facet.id.lastIndex(of: "#") else { return nil }
    namespace = identifier.namespace
    value = identifier.value
    self.facet = facet.id
    generation = Int(facet.id[facet.id.index(after: hash)...]) ?? 0
    version = facet.version
    seq = facet.seq
    events = facet.body.counts.reduce(0) { $0 + $1.count }
    firstSeenMs = facet.body.firstSeenMs
    lastSeenMs = facet.body.lastSeenMs
  }
}

extension CustomerDocument.SaidAttribute {
  init(_ attribute: Attribute, _ facets: [Facet], _ rule: ConflictRule) {
    name = attribute.name
    value = attribute.value
    atMs = attribute.atMs
    source = attribute.source
    isVerified = attribute.isVerified
    self.rule = rule
    self.facets = []
    others = []
    for facet in facets {
      for said in facet.body.attributes where said.name == attribute.name {
        if said == attribute {
          self.facets.append(facet.id)
        } else {
          others.append(
            CustomerDocument.Word(
              value: said.value, atMs: said.atMs, source: said.source, isVerified: said.isVerified, facets: [facet.id]))
        }
      }
    }
    others.sort { $0.atMs > $1.atMs }
  }
}

extension CustomerDocument.DerivedAttribute {
  init?(_ declaration: AttributeDeclaration, _ situation: Situation) {
    let definitions = situation.definitions
    guard definitions.defines(declaration.name), let value = definitions.value(declaration.name, situation) else {
      return nil
    }
    name = declaration.name
    self.value = value
    (isExact, exactFromMs) = exactness(
      definitions.exactFromMs(declaration.name, situation.view, nowMs: situation.nowMs))
    computation = declaration.computation
    currency = declaration.computation?.take == .sum ? definitions.currency : nil
    version = declaration.computation == nil ? nil : declaration.version ?? 1
    when = definitions.decidingCase(declaration.name, situation).flatMap { declaration.cases?[$0].when }
  }
}

extension CustomerDocument.CurrentSegment {
  init(_ segment: Segment, _ situation: Situation, _ language: Language?) {
    name = segment.name
    title = segment.title(in: language)
    when = segment.when
    (isExact, exactFromMs) = exactness(
      situation.definitions.exactFromMs(ofSegment: segment.name, situation.view, nowMs: situation.nowMs))
  }
}

extension Segment {
  /// nil: the name says it.
  package func title(in language: Language?) -> String? { language.flatMap { titles?[$0] } ?? title }
}

private func exactness(_ exactFromMs: Int64?) -> (Bool, Int64?) {
  (exactFromMs == nil, exactFromMs == .max ? nil : exactFromMs)
}
