/// What a predicate may ask about a customer and a contact. Every distinct question is answered once per contact,
/// however many propositions ask it.
package enum Query: Hashable, Sendable {
  case customerAttribute(String)
  case contactAttribute(String)
  case channel, placement, intent, direction
  case isIdentified
  case hasIdentifier(namespace: String)
  case orderCount
  /// In the catalogue's currency, minor units.
  case orderAmountMinor
  case daysSinceLastOrder, daysSinceFirstSeen
  case interest(String)
  case daysSinceInterest(String)
  case count(event: String, channel: String?)
  case offered(Outcome, proposition: String, channel: String?)
  case hasOpenLead(group: String)
  case hasWonLead(group: String)
  case hasConsent(purpose: String)
  case hasRefused(purpose: String)
  case inSegment(String)
  case relationCount
  case related(role: String)
  /// Of whoever speaks for the customer in the contact.
  case role
}

extension AttributeDeclaration {
  /// What asks for its value.
  package var query: Query {
    switch scope {
    case .customer: .customerAttribute(name)
    case .contact: .contactAttribute(name)
    }
  }
}

/// A customer in a contact at a time: what everything about the contact is decided from. A class, since it is handed from
/// question to question, and a copy would count three dozen references.
package final class Situation: Sendable {
  package let view: CustomerView
  package let contact: Contact
  package let nowMs: Int64
  package let currency: String
  /// Whoever has an identifier of one of these is known by name.
  package let knownNamespaces: [String]
  /// How the catalogue's attributes come about, and who is in its segments.
  package let definitions: CustomerDefinitions

  package init(
    view: CustomerView, contact: Contact, nowMs: Int64, currency: String, knownNamespaces: [String]? = nil,
    definitions: CustomerDefinitions = .none
  ) {
    self.knownNamespaces = knownNamespaces ?? Self.standardKnown
    self.definitions = definitions
    self.view = view
    self.contact = contact
    self.nowMs = nowMs
    self.currency = currency
  }

  /// A customer at a time, whatever contact he is in.
  package convenience init(
    _ view: CustomerView, nowMs: Int64, knownNamespaces: [String]? = nil, definitions: CustomerDefinitions
  ) {
    let contact = Contact(id: "", channel: "", direction: "", isStarted: false, startedMs: nowMs)
    self.init(
      view: view, contact: contact, nowMs: nowMs, currency: definitions.currency, knownNamespaces: knownNamespaces,
      definitions: definitions)
  }

  private static let standardKnown = Namespaces.standard.known

  var lastOrderMs: Int64? { view.orders.lazy.filter { $0.count > 0 }.map(\.lastMs).max() }

  /// The answer; nil where nothing is known.
  package func answer(_ query: Query) -> AttributeValue? {
    switch query {
    case .customerAttribute(let name): return definitions.value(name, self)
    case .contactAttribute(let name): return contact.context[name]
    case .channel: return .string(contact.channel)
    case .placement: return contact.placement.map { .string($0) }
    case .intent: return contact.intent.map { .string($0) }
    case .direction: return .string(contact.direction)
    case .isIdentified:
      return .bool(view.identifiers.contains { knownNamespaces.contains($0.namespace) })
    case .hasIdentifier(let namespace): return .bool(view.identifiers.contains { $0.namespace == namespace })
    case .orderCount: return .number(Double(view.orders.reduce(0) { $0 + $1.count }))
    case .orderAmountMinor:
      return .number(Double(view.orders.first { $0.currency == currency }?.amountMinor ?? 0))
    case .daysSinceLastOrder: return days(since: lastOrderMs)
    case .daysSinceFirstSeen: return days(since: view.firstSeenMs > 0 ? view.firstSeenMs : nil)
    case .interest(let category): return .number(Double(view.interest(category)?.count ?? 0))
    case .daysSinceInterest(let category): return days(since: view.interest(category)?.lastMs)
    case .count(let event, let channel): return .number(Double(view.count(event, channel: channel)))
    case .offered(let outcome, let proposition, let channel):
      return .number(Double(offers(outcome, proposition, channel)))
    case .hasOpenLead(let group): return .bool(view.leads.contains { $0.group == group && $0.status == "open" })
    case .hasWonLead(let group): return .bool(view.leads.contains { $0.group == group && $0.status == "won" })
    case .hasConsent(let purpose): return .bool(view.consent(purpose)?.isGiven == true)
    case .hasRefused(let purpose): return .bool(view.consent(purpose)?.isGiven == false)
    case .inSegment(let name): return .bool(definitions.isIn(name, self))
    case .relationCount: return .number(Double(view.relations.count { $0.isCurrent }))
    case .related(let role): return .number(Double(view.relations.count { $0.isCurrent && $0.role == role }))
    case .role: return contact.actor.flatMap { view.role(of: $0) }.map { .string($0) }
    }
  }

  private func days(since ms: Int64?) -> AttributeValue? {
    ms.map { .number(Double(max(0, nowMs - $0)) / 86_400_000) }
  }

  private func offers(_ outcome: Outcome, _ proposition: String, _ channel: String?) -> Int64 {
    view.offers.reduce(0) { sum, offer in
      guard offer.proposition == proposition, channel == nil || offer.channel == channel else { return sum }
      switch outcome {
      case .presented: return sum + offer.presented
      case .clicked: return sum + offer.clicked
      case .rejected: return sum + offer.rejected
      case .accepted: return sum + offer.accepted
      }
    }
  }
}

/// The questions of a catalogue, each with its slot.
package struct QueryTable: Sendable {
  package private(set) var queries: [Query] = []
  private var slots: [Query: Int] = [:]
  private var limits: [[Double]?] = []

  package init() {}

  /// `limit` is what the answer is compared with; nil: anything may be made of it.
  mutating func slot(_ query: Query, limit: Double?) -> Int {
    let slot = slots[query] ?? queries.count
    if slot == queries.count {
      slots[query] = slot
      queries.append(query)
      limits.append([])
    }
    if let limit { limits[slot]?.append(limit) } else { limits[slot] = nil }
    return slot
  }

  /// All numbers that the answer is compared with; nil: more is made of it than comparisons.
  func thresholds(_ slot: Int) -> [Double]? { limits[slot] }

  /// All answers, by slot.
  package func answers(_ situation: Situation) -> Answers { queries.map(situation.answer) }
}

/// What predicates are evaluated over.
package typealias Answers = [AttributeValue?]
