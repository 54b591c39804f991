// A JSON value as a tree, with random trees from a seed: the common ground on which the suite's reader and writer are
// compared with Foundation's.
import Contracts
import Foundation
import Seeds

package indirect enum JSONTree: Equatable {
  case object([String: JSONTree])
  case array([JSONTree])
  case string(String)
  case int(Int64)
  case double(Double)
  case bool(Bool)
  case null

  package static func random(depth: Int, _ random: inout Seeded) -> JSONTree {
    switch Int.random(in: 0..<(depth > 0 ? 10 : 8), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .int(Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0...63, using: &random))
    case 3: return .double(randomDouble(&random))
    case 4...7: return .string(randomString(&random))
    case 8:
      return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in .random(depth: depth - 1, &random) })
    default:
      var members: [String: JSONTree] = [:]
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        members[randomString(&random)] = .random(depth: depth - 1, &random)
      }
      return .object(members)
    }
  }

  package static func randomDouble(_ random: inout Seeded) -> Double {
    if Bool.random(using: &random) {
      return (Double.random(in: -1e6...1e6, using: &random) * 1_000).rounded() / 1_000 + 0.5
    }
    while true {
      let value = Double(bitPattern: random.next())
      // A whole number comes back as an integer from Foundation, so the trees keep the two apart.
      if value.isFinite, value != value.rounded() { return value }
    }
  }

  package static func randomString(_ random: inout Seeded) -> String {
    let length = Int.random(in: 0...(Int.random(in: 0..<4, using: &random) == 0 ? 40 : 8), using: &random)
    var text = ""
    for _ in 0..<length {
      let scalar: UInt32
      switch Int.random(in: 0..<10, using: &random) {
      case 0: scalar = .random(in: 0..<0x20, using: &random)
      case 1:
        scalar = [0x22, 0x5c, 0x2f, 0x7f, 0x2028, 0xfeff, 0xd7ff, 0xe000, 0x10ffff].randomElement(using: &random)!
      case 2: scalar = .random(in: 0x80..<0xd800, using: &random)
      case 3: scalar = .random(in: 0x10000...0x10ffff, using: &random)
      default: scalar = .random(in: 0x20..<0x7f, using: &random)
      }
      text.unicodeScalars.append(Unicode.Scalar(scalar)!)
    }
    return text
  }
}

// MARK: - By the suite's writer and reader

extension JSONTree {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .object(let members):
      writer.beginObject()
      // In an order of its own, or a seed would not name the same document twice.
      for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        writer.key(name)
        value.write(to: &writer)
      }
      writer.endObject()
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .string(let text): writer.string(text)
    case .int(let number): writer.int(number)
    case .double(let number): writer.double(number)
    case .bool(let truth): writer.bool(truth)
    case .null: writer.null()
    }
  }

  package static func read(_ bytes: [UInt8], maxDepth: Int = 32) throws(JSONError) -> JSONTree {
    try JSONReader.read(bytes, maxDepth: maxDepth) { reader throws(JSONError) in try read(&reader) }
  }

  private static func read(_ reader: inout JSONReader) throws(JSONError) -> JSONTree {
    switch try reader.kind() {
    case .object:
      var members: [String: JSONTree] = [:]
      try reader.object { reader, key throws(JSONError) in members[key.string] = try read(&reader) }
      return .object(members)
    case .array:
      var elements: [JSONTree] = []
      try reader.array { reader throws(JSONError) in elements.append(try read(&reader)) }
      return .array(elements)
    case .string: return .string(try reader.string())
    case .number:
      let double = try reader.double()
      return Int64(exactly: double) != nil ? .int(Int64(double)) : .double(double)
    case .bool: return .bool(try reader.bool())
    case .null:
      _ = try reader.null()
      return .null
    }
  }
}

extension JSONTree {
  /// `JSONTree.read` takes numbers as doubles, which round integers beyond 2^53.
  package var withoutExactIntegers: JSONTree {
    switch self {
    case .int(let number): Int64(exactly: Double(number)).map(JSONTree.int) ?? .double(Double(number))
    case .array(let elements): .array(elements.map(\.withoutExactIntegers))
    case .object(let members): .object(members.mapValues(\.withoutExactIntegers))
    default: self
    }
  }
}

// MARK: - By Foundation's

extension JSONTree: Codable {
  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let members):
      var container = encoder.container(keyedBy: Name.self)
      for (name, value) in members { try container.encode(value, forKey: Name(stringValue: name)) }
    case .array(let elements):
      var container = encoder.unkeyedContainer()
      for element in elements { try container.encode(element) }
    case .string(let text): try single(encoder) { try $0.encode(text) }
    case .int(let number): try single(encoder) { try $0.encode(number) }
    case .double(let number): try single(encoder) { try $0.encode(number) }
    case .bool(let truth): try single(encoder) { try $0.encode(truth) }
    case .null: try single(encoder) { try $0.encodeNil() }
    }
  }

  private func single(_ encoder: any Encoder, _ body: (inout any SingleValueEncodingContainer) throws -> Void) throws {
    var container = encoder.singleValueContainer()
    try body(&container)
  }

  package init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Name.self) {
      var members: [String: JSONTree] = [:]
      for name in container.allKeys { members[name.stringValue] = try container.decode(JSONTree.self, forKey: name) }
      self = .object(members)
      return
    }
    if var container = try? decoder.unkeyedContainer() {
      var elements: [JSONTree] = []
      while !container.isAtEnd { elements.append(try container.decode(JSONTree.self)) }
      self = .array(elements)
      return
    }
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let truth = try? container.decode(Bool.self) {
      self = .bool(truth)
    } else if let number = try? container.decode(Int64.self) {
      self = .int(number)
    } else if let number = try? container.decode(Double.self) {
      self = Int64(exactly: number) != nil ? .int(Int64(number)) : .double(number)
    } else {
      self = .string(try container.decode(String.self))
    }
  }
}
