/// What a customer was recognised by: a cookie, a customer number, an e-mail address.
public struct Identifier: Codable, Sendable, Hashable, CustomStringConvertible {
  public var namespace: String
  public var value: String

  public init(_ namespace: String, _ value: String) {
    self.namespace = namespace
    self.value = value
  }

  /// The key of identifier-keyed topics: `namespace:value`.
  public var key: String { "\(namespace):\(value)" }

  public var description: String { key }

  public init?(key: String) {
    guard let colon = key.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    namespace = String(key[..<colon])
    value = String(key[key.utf8.index(after: colon)...])
  }

  /// Longer values are refused: identifiers are keys, and keys are held in memory by the million.
  public static let valueBytesMax = 256
}

/// How an identifier may be used (design section 4 of the architecture: identity).
public enum NamespaceKind: String, Codable, Sendable {
  /// Unique per person: an event never makes two of them one.
  case person
  /// Names one person at a time, and may change over the years.
  case login
  /// May be shared, and is one person's at a time.
  case device
  /// Never merges; it only finds a person.
  case contact
  /// An organisation or a household: a customer of its own, for whom persons act. Never joined with anybody.
  case organisation
}

/// A configured namespace. Strength orders an event's identifiers: the lowest number is the strongest.
public struct Namespace: Codable, Sendable, Equatable {
  public var name: String
  public var kind: NamespaceKind
  public var strength: Int

  public init(_ name: String, _ kind: NamespaceKind, strength: Int) {
    self.name = name
    self.kind = kind
    self.strength = strength
  }
}

/// The namespaces of a deployment.
public struct Namespaces: Codable, Sendable, Equatable {
  public var all: [Namespace]

  public init(_ all: [Namespace]) { self.all = all }

  public subscript(name: String) -> Namespace? { all.first { $0.name == name } }

  public static let standard = Namespaces([
    Namespace("customer", .person, strength: 0),
    Namespace("loyalty", .person, strength: 1),
    Namespace("login", .login, strength: 10),
    Namespace("device", .device, strength: 20),
    Namespace("cookie", .device, strength: 21),
    Namespace("phone", .contact, strength: 30),
    Namespace("email", .contact, strength: 31),
    Namespace("address", .contact, strength: 32),
    Namespace("organisation", .organisation, strength: 40),
    Namespace("household", .organisation, strength: 41),
  ])
}
