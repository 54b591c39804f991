import Contracts

/// Looks for proxies: what may decide, and yet tells what may not. Of every customer it takes what the catalogue's predicates
/// ask and what models see of him beside his answers to offers, and of each attribute that may not decide how strongly that
/// goes together with it.
package struct ProxyCheck: Sendable {
  package struct Proxy: Sendable, Equatable {
    /// The attribute that may not decide.
    package var attribute: String
    /// What may: as predicates name it (`customer.segment`), or as models do (`interest=cards`).
    package var proxy: String
    /// Of their association, 0…1.
    package var strength: Double
    /// Of so many customers both are known.
    package var customers: Int
  }

  private let catalog: CompiledCatalog
  private let barred: [AttributeDeclaration]
  private let knownNamespaces: [String]?
  private var associations: [Names: Association] = [:]
  /// Of what somebody has or hasn't: how many have it, by the value of what may not decide.
  private var haves: [Names: [String: Int]] = [:]
  /// How many have which value, by attribute.
  private var values: [String: [String: Int]] = [:]
  package private(set) var customers = 0

  private struct Names: Hashable {
    var attribute: String
    var proxy: String
  }

  package init(_ catalog: CompiledCatalog, knownNamespaces: [String]? = nil) {
    self.catalog = catalog
    self.knownNamespaces = knownNamespaces
    barred = catalog.catalog.attributes.filter { $0.mayDecide == false }
  }

  /// Those that may not decide, as predicates would name them.
  package var attributes: [String] { barred.map(\.path) }

  package mutating func add(_ profile: ProfileState) {
    let view = CustomerView(profile)
    guard !view.contacts.isEmpty || !view.counts.isEmpty else { return }
    customers += 1
    let contact =
      view.contacts.last?.contact
      ?? Contact(id: "", channel: "", direction: "", isStarted: false, startedMs: profile.nowMs)
    let situation = Situation(
      view: view, contact: contact, nowMs: profile.nowMs, currency: catalog.catalog.currency,
      knownNamespaces: knownNamespaces, definitions: catalog.definitions)
    let said = barred.compactMap { attribute in
      situation.answer(attribute.query).map { (attribute.path, Self.value($0)) }
    }
    guard !said.isEmpty else { return }
    for (attribute, value) in said { values[attribute, default: [:]][value, default: 0] += 1 }
    let features = Set(ContactFeatures.features(situation, [], group: nil).map(\.name))
    for feature in features where feature != ContactFeatures.bias {
      for (attribute, value) in said {
        haves[Names(attribute: attribute, proxy: feature), default: [:]][value, default: 0] += 1
      }
    }
    for (proxy, value) in decisive(situation) {
      for (attribute, barred) in said {
        associations[Names(attribute: attribute, proxy: proxy), default: Association()].add(barred, value)
      }
    }
  }

  /// The strongest first, those of at least that strength. Of fewer customers than `customersMin` nothing can be told.
  package func proxies(strengthMin: Double, customersMin: Int = 30) -> [Proxy] {
    let had = haves.map { names, have in (names, Association(having: have, of: values[names.attribute] ?? [:])) }
    return (Array(associations.map { ($0.key, $0.value) }) + had).compactMap { names, association in
      guard association.count >= customersMin else { return nil }
      let strength = association.strength
      guard strength >= strengthMin else { return nil }
      return Proxy(
        attribute: names.attribute, proxy: names.proxy, strength: strength, customers: association.count)
    }.sorted { ($1.strength, $0.attribute, $0.proxy) < ($0.strength, $1.attribute, $1.proxy) }
  }

  /// What may decide about him, each with its value; of numbers the size.
  private func decisive(_ situation: Situation) -> [(String, String)] {
    var seen: [(String, String)] = []
    for attribute in catalog.catalog.attributes where attribute.mayDecide != false {
      // Whether it is known may tell as much as its value.
      seen.append((attribute.path, situation.answer(attribute.query).map(Self.value) ?? "unknown"))
    }
    for segment in situation.definitions.segments {
      seen.append(("in_segment(\"\(segment.name)\")", "\(situation.definitions.isIn(segment.name, situation))"))
    }
    for query in catalog.queries.queries where !query.isAttributeOrSegment {
      seen.append(("\(query)", situation.answer(query).map(Self.value) ?? "unknown"))
    }
    seen.append(("contact.channel", situation.contact.channel))
    return seen
  }

  private static func value(_ value: AttributeValue) -> String {
    guard case .number(let number) = value else { return "\(value)" }
    return "\(AttributeValue.number(Numerics.rounded(number, digits: 1)))"
  }
}

extension Association {
  /// Of so many with each value so many have something.
  fileprivate init(having have: [String: Int], of all: [String: Int]) {
    self.init()
    for (value, count) in all {
      add(value, "yes", count: have[value] ?? 0)
      add(value, "no", count: count - (have[value] ?? 0))
    }
  }
}

extension Query {
  /// Those are looked at whether a predicate asks for them or not.
  fileprivate var isAttributeOrSegment: Bool {
    switch self {
    case .customerAttribute, .contactAttribute, .inSegment, .channel: true
    default: false
    }
  }
}
