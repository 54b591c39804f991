// The shape of a `Codable` type, found by being the decoder that it reads from: from it the schemas of what the suite
// itself writes are made, so that they can't differ from what it reads and writes.
import Contracts

indirect enum TypeShape: Equatable {
  struct Member: Equatable {
    var name: String
    var shape: TypeShape
    var isRequired: Bool
  }

  case object([Member])
  case list(TypeShape)
  case choice([String])
  case string, integer, number, bool
  /// A named value: string, number or truth value.
  case scalar
  case namedValues

  init(_ type: any Decodable.Type) {
    // Only a type that the explorer does not provide for can fail.
    self = try! ShapeDecoder.explore(type).shape
  }
}

private struct ShapeDecoder: Decoder {
  final class Found {
    var members: [TypeShape.Member] = []
    /// The member that was asked for nil first, which only optional ones are.
    var optional: String?
  }

  let found = Found()
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  static func explore(_ type: any Decodable.Type) throws -> (shape: TypeShape, value: Any) {
    if type == AttributeValue.self { return (.scalar, AttributeValue.bool(true)) }
    if type == NamedValues.self { return (.namedValues, NamedValues()) }
    if let list = type as? any ExploredList.Type { return (.list(try explore(list.element).shape), list.list(of: [])) }
    if let choice = type as? any CaseIterable.Type { return choices(choice) }
    switch type {
    case is String.Type: return (.string, "")
    case is Int.Type: return (.integer, 0)
    case is Int64.Type: return (.integer, Int64(0))
    case is Double.Type: return (.number, 0.0)
    case is Bool.Type: return (.bool, false)
    default:
      let decoder = ShapeDecoder()
      let value = try type.init(from: decoder)
      return (.object(decoder.found.members), value)
    }
  }

  private static func choices<Choice: CaseIterable>(_ type: Choice.Type) -> (TypeShape, Any) {
    let values = Array(type.allCases)
    return (.choice(values.map { ($0 as! any RawRepresentable).rawValue as! String }), values[0])
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(ShapeMembers<Key>(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NotExplored() }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw NotExplored() }
}

private struct ShapeMembers<Key: CodingKey>: ExploringMembers {
  let decoder: ShapeDecoder
  var allKeys: [Key] { [] }

  func decodeNil(forKey key: Key) throws -> Bool {
    decoder.found.optional = key.stringValue
    return false
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let (shape, value) = try ShapeDecoder.explore(type)
    let name = key.stringValue
    decoder.found.members.append(
      TypeShape.Member(name: name, shape: shape, isRequired: decoder.found.optional != name))
    return value as! Value
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try explored(key) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try explored(key) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try explored(key) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try explored(key) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try explored(key) }

  /// Through the generic one, which the overloads for plain types would otherwise hide.
  private func explored<Value: Decodable>(_ key: Key) throws -> Value { try decode(Value.self, forKey: key) }
}

// MARK: - As JSON Schema

extension TypeShape {
  /// The schema's members, inside an object that is begun.
  func writeSchemaBody(to writer: inout JSONWriter) {
    switch self {
    case .string: writer.field("type", "string")
    case .integer:
      writer.field("type", "integer")
      writer.field("format", "int64")
    case .number: writer.field("type", "number")
    case .bool: writer.field("type", "boolean")
    case .scalar: writer.strings("type", ["string", "number", "boolean"])
    case .choice(let values):
      writer.field("type", "string")
      writer.strings("enum", values)
    case .namedValues:
      writer.field("type", "object")
      writer.key("additionalProperties")
      writer.object { TypeShape.scalar.writeSchemaBody(to: &$0) }
    case .list(let element):
      writer.field("type", "array")
      writer.key("items")
      writer.object { element.writeSchemaBody(to: &$0) }
    case .object(let members):
      writer.field("type", "object")
      writer.key("properties")
      writer.object { writer in
        for member in members {
          writer.key(member.name)
          writer.object { member.shape.writeSchemaBody(to: &$0) }
        }
      }
      writer.strings("required", members.filter(\.isRequired).map(\.name))
    }
  }
}

extension JSONWriter {
  mutating func object(_ body: (inout JSONWriter) -> Void) {
    beginObject()
    body(&self)
    endObject()
  }

  mutating func strings(_ name: StaticString, _ texts: [String]) {
    key(name)
    beginArray()
    for text in texts { string(text) }
    endArray()
  }

  mutating func reference(_ target: String) {
    object { $0.field("$ref", target) }
  }
}
