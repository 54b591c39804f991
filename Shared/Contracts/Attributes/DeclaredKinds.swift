/// Of which type the catalogue in force declares the attributes that systems of record say. Readers of the topic and the
/// edges before it ask the same, so that what is taken at an edge is taken on the topic, under one catalogue.
public struct DeclaredKinds: Sendable, Equatable {
  private var kinds: [String: AttributeDeclaration.Kind] = [:]

  /// Where no catalogue has been heard of, nothing is wrong.
  public static let none = DeclaredKinds()

  private init() {}

  public init(_ catalog: Catalog) {
    for attribute in catalog.attributes
    where attribute.scope == .customer && attribute.computation == nil && attribute.cases == nil {
      kinds[attribute.name] = attribute.kind
    }
  }

  /// Refuses a record that says something of another type: predicates would never see it, and nobody would know why.
  public func check(_ attributes: NamedValues?) throws(Refusal) {
    guard !kinds.isEmpty, let attributes else { return }
    for attribute in attributes.items {
      guard let declared = kinds[attribute.name], attribute.value.kind != declared else { continue }
      throw Refusal(
        stage: "schema", field: "attributes.\(attribute.name)",
        reason: "takes a \(declared.rawValue), as the catalogue declares it; is a \(attribute.value.kind.rawValue)")
    }
  }
}

extension AttributeValue {
  var kind: AttributeDeclaration.Kind {
    switch self {
    case .string: .string
    case .number: .number
    case .bool: .bool
    }
  }
}
