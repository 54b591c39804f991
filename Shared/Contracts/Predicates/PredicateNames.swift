/// The type that a name has in predicates. Texts may have a closed set of values.
enum PredicateType: Equatable {
  case number
  case text(values: [String])
  case truth

  var word: String {
    switch self {
    case .number: "a number"
    case .text: "a text"
    case .truth: "true or false"
    }
  }
}

/// What predicates may name: the catalogue's attributes, groups and propositions, and what every customer has.
package struct PredicateScope: Sendable {
  package var attributes: [AttributeDeclaration] { didSet { byPath = Self.byPath(attributes) } }
  /// Every name of every predicate is looked up here.
  private var byPath: [String: AttributeDeclaration]
  package var groups: [String]
  package var propositions: [String]
  /// Named conditions by name, as they are written.
  package var conditions: [String: String]
  package var segments: [String] = []
  /// Whether it is asked in a contact; if not, nothing can be asked about one.
  package var hasContact = true

  package init(
    attributes: [AttributeDeclaration], groups: [String], propositions: [String], conditions: [String: String]
  ) {
    self.attributes = attributes
    byPath = Self.byPath(attributes)
    self.groups = groups
    self.propositions = propositions
    self.conditions = conditions
  }

  package init(_ catalog: Catalog) {
    attributes = catalog.attributes
    byPath = Self.byPath(attributes)
    groups = Array(Set(catalog.propositions.map(\.group))).sorted()
    propositions = catalog.propositions.map(\.id)
    conditions = Dictionary(catalog.conditions.map { ($0.name, $0.when) }, uniquingKeysWith: { first, _ in first })
    segments = catalog.segments?.map(\.name) ?? []
  }

  private static func byPath(_ attributes: [AttributeDeclaration]) -> [String: AttributeDeclaration] {
    Dictionary(attributes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The same for what holds of a customer whatever contact he is in, if any.
  package var withoutContact: PredicateScope {
    var scope = self
    scope.hasContact = false
    return scope
  }

  static func isAboutContact(_ path: String) -> Bool { path.hasPrefix("contact.") }

  private static let standardPaths: [(name: String, type: PredicateType, query: Query)] = [
    ("contact.channel", .text(values: []), .channel),
    ("contact.placement", .text(values: []), .placement),
    ("contact.intent", .text(values: []), .intent),
    ("contact.direction", .text(values: ["inbound", "outbound"]), .direction),
    ("contact.role", .text(values: []), .role),
    ("customer.is_identified", .truth, .isIdentified),
    ("orders.count", .number, .orderCount),
    ("orders.amount_minor", .number, .orderAmountMinor),
    ("relations.count", .number, .relationCount),
    ("days_since_last_order", .number, .daysSinceLastOrder),
    ("days_since_first_seen", .number, .daysSinceFirstSeen),
  ]

  /// Names that attributes cannot have, since every contact or customer has them.
  package static let reservedPaths = Set(standardPaths.map(\.name))

  func path(_ name: String) -> (type: PredicateType, query: Query)? {
    if let standard = Self.standardPaths.first(where: { $0.name == name }) { return (standard.type, standard.query) }
    guard let attribute = byPath[name] else { return nil }
    let type: PredicateType =
      switch attribute.kind {
      case .number: .number
      case .bool: .truth
      case .string: .text(values: attribute.values)
      }
    return (type, attribute.query)
  }

  func declaration(_ name: String, _ of: AttributeDeclaration.Scope) -> AttributeDeclaration? {
    byPath["\(of.rawValue).\(name)"]
  }

  /// Whether nothing may be decided by what is named so.
  func isBarred(_ name: String) -> Bool { byPath[name]?.mayDecide == false }

  var pathNames: [String] {
    let names = Self.standardPaths.map(\.name) + attributes.filter { $0.mayDecide != false }.map(\.path)
    return hasContact ? names : names.filter { !Self.isAboutContact($0) }
  }

  /// A function takes one text, and some a channel after it.
  struct Function {
    var name: String
    var type: PredicateType
    var argument: Argument
    var takesChannel: Bool
    var query: @Sendable (_ argument: String, _ channel: String?) -> Query

    enum Argument { case group, proposition, event, segment, anything }
  }

  static let functions: [Function] = [
    Function(name: "interest", type: .number, argument: .anything, takesChannel: false) { name, _ in .interest(name) },
    Function(name: "days_since_interest", type: .number, argument: .anything, takesChannel: false) { name, _ in
      .daysSinceInterest(name)
    },
    Function(name: "count", type: .number, argument: .event, takesChannel: true) { .count(event: $0, channel: $1) },
    Function(name: "presented", type: .number, argument: .proposition, takesChannel: true) {
      .offered(.presented, proposition: $0, channel: $1)
    },
    Function(name: "clicked", type: .number, argument: .proposition, takesChannel: true) {
      .offered(.clicked, proposition: $0, channel: $1)
    },
    Function(name: "accepted", type: .number, argument: .proposition, takesChannel: true) {
      .offered(.accepted, proposition: $0, channel: $1)
    },
    Function(name: "rejected", type: .number, argument: .proposition, takesChannel: true) {
      .offered(.rejected, proposition: $0, channel: $1)
    },
    Function(name: "has_lead", type: .truth, argument: .group, takesChannel: false) { name, _ in
      .hasOpenLead(group: name)
    },
    Function(name: "has_bought", type: .truth, argument: .group, takesChannel: false) { name, _ in
      .hasWonLead(group: name)
    },
    Function(name: "in_segment", type: .truth, argument: .segment, takesChannel: false) { name, _ in
      .inSegment(name)
    },
    Function(name: "related", type: .number, argument: .anything, takesChannel: false) { role, _ in
      .related(role: role)
    },
    Function(name: "has_identifier", type: .truth, argument: .anything, takesChannel: false) { name, _ in
      .hasIdentifier(namespace: name)
    },
    Function(name: "consents_to", type: .truth, argument: .anything, takesChannel: false) { name, _ in
      .hasConsent(purpose: name)
    },
    Function(name: "refuses", type: .truth, argument: .anything, takesChannel: false) { name, _ in
      .hasRefused(purpose: name)
    },
  ]

  /// What an argument may be; nil: any text.
  func values(of argument: Function.Argument) -> (values: [String], what: String)? {
    switch argument {
    case .group: (groups, "group of the catalogue")
    case .proposition: (propositions, "proposition of the catalogue")
    case .event: (EventType.allCases.map(\.shortName), "event")
    case .segment: (segments, "segment of the catalogue")
    case .anything: nil
    }
  }
}
