/// A value of an attribute or of a contact's context.
public enum AttributeValue: Sendable, Hashable, Codable, CustomStringConvertible {
  case string(String)
  case number(Double)
  case bool(Bool)

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let bool = try? container.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .string(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .string(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .bool(let bool): try container.encode(bool)
    }
  }

  public var description: String {
    switch self {
    case .string(let text): text
    case .number(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : "\(number)"
    case .bool(let bool): bool ? "true" : "false"
    }
  }
}

/// A named value.
public struct NamedValue: Sendable, Hashable {
  public var name: String
  public var value: AttributeValue

  public init(_ name: String, _ value: AttributeValue) {
    self.name = name
    self.value = value
  }
}

/// Named values, in the order they were given; a JSON object. For the few that a contact has, a list is faster than a
/// dictionary and encodes the same way every time.
public struct NamedValues: Sendable, Hashable, Codable, ExpressibleByArrayLiteral {
  public var items: [NamedValue]

  public init(_ items: [NamedValue] = []) { self.items = items }

  public init(arrayLiteral items: NamedValue...) { self.items = items }

  public var isEmpty: Bool { items.isEmpty }

  public subscript(name: String) -> AttributeValue? {
    get { items.first { $0.name == name }?.value }
    set {
      let index = items.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): items[index].value = value
      case (let index?, nil): items.remove(at: index)
      case (nil, let value?): items.append(NamedValue(name, value))
      case (nil, nil): break
      }
    }
  }

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    items = try container.allKeys.map {
      NamedValue($0.stringValue, try container.decode(AttributeValue.self, forKey: $0))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for item in items { try container.encode(item.value, forKey: Key(stringValue: item.name)) }
  }
}
