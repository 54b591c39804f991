import Contracts

/// Looks for proxies: what may decide, and yet tells what may not. Of every customer it takes what predicates and models
/// see of him, and of each attribute that may not decide how strongly that goes together with it.
package struct ProxyCheck: Sendable {
  package struct Proxy: Sendable, Equatable {
    /// The attribute that may not decide.
    package var attribute: String
    /// What may, as predicates name it: `customer.segment`, `interest("cards")`, `orders.count`.
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
    for (proxy, value) in decisive(situation) {
      for (attribute, barred) in said {
        associations[Names(attribute: attribute, proxy: proxy), default: Association()].add(barred, value)
      }
    }
  }

  /// The strongest first, those of at least that strength. Of fewer customers than `customersMin` nothing can be told.
  package func proxies(strengthMin: Double, customersMin: Int = 30) -> [Proxy] {
    associations.compactMap { names, association in
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
    for group in catalog.groups {
      let interest = Numerics.countBin(situation.view.interest(group)?.count ?? 0, max: 5)
      seen.append(("interest(\"\(group)\")", "\(interest)"))
      seen.append(("has_bought(\"\(group)\")", "\(situation.answer(.hasWonLead(group: group)) == .bool(true))"))
    }
    let orders = situation.view.orders.reduce(0) { $0 + $1.count }
    seen.append(("orders.count", "\(Numerics.countBin(orders, max: 6))"))
    seen.append(("contact.channel", situation.contact.channel))
    return seen
  }

  private static func value(_ value: AttributeValue) -> String {
    guard case .number(let number) = value else { return "\(value)" }
    return "\(AttributeValue.number(Numerics.rounded(number, digits: 1)))"
  }
}
