// Namespaces as an operator declares them: `customer=person,login=login,cookie=device`, the strongest first.

/// What is wrong with a declaration of namespaces.
public struct NamespacesError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }
}

extension Namespaces {
  /// Each event's identifiers and each claim's are looked up among them, one by one.
  public static let countMax = 32
  public static let nameBytesMax = 32

  public static let takes =
    "name=kind, the strongest first, with kind one of person, login, device, contact or organisation"

  /// Reads a declaration: entries separated by commas, their order is that of strength.
  public init(text: String) throws(NamespacesError) {
    var all: [Namespace] = []
    let entries = text.split(separator: ",", omittingEmptySubsequences: false)
    for (index, entry) in entries.enumerated() {
      let trimmed = String(entry.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      let place = "entry \(index + 1), \"\(trimmed)\""
      let parts = trimmed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let kind = NamespaceKind(rawValue: parts[1]) else {
        throw NamespacesError("\(place): takes \(Self.takes)")
      }
      guard Self.isName(parts[0]) else {
        throw NamespacesError(
          "\(place): takes a name of 1 to \(Self.nameBytesMax) small letters, digits and dashes, a letter first")
      }
      guard !all.contains(where: { $0.name == parts[0] }) else {
        throw NamespacesError("\(place): \(parts[0]) is there twice")
      }
      all.append(Namespace(parts[0], kind, strength: index))
    }
    guard all.count <= Self.countMax else {
      throw NamespacesError("takes at most \(Self.countMax) namespaces, not \(all.count)")
    }
    guard all.contains(where: { $0.kind != .contact }) else {
      throw NamespacesError("takes at least one that can tell customers apart: a person, login or device")
    }
    self.init(all)
  }

  /// The declaration that reads as these.
  public var text: String {
    all.sorted { $0.strength < $1.strength }.map { "\($0.name)=\($0.kind.rawValue)" }.joined(separator: ",")
  }

  /// Those under whose identifiers somebody is known: persons, logins and organisations.
  public var known: [String] { all.map(\.name).filter(isKnown) }

  public func isKnown(_ namespace: String) -> Bool {
    switch self[namespace]?.kind {
    case .person, .login, .organisation: true
    case .device, .contact, nil: false
    }
  }

  /// What stands in a key before the colon, in settings between commas.
  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
    return text.utf8.count <= nameBytesMax
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "-")
      }
  }
}

extension Namespaces {
  /// The strongest first; of equally strong ones the first named first.
  package func byStrength(_ identifiers: [Identifier]) -> [Identifier] {
    identifiers.enumerated().sorted { one, other in
      (strength(one.element), one.offset) < (strength(other.element), other.offset)
    }.map(\.element)
  }

  /// Of an unknown namespace weaker than any.
  package func strength(_ identifier: Identifier) -> Int { self[identifier.namespace]?.strength ?? .max }
}
