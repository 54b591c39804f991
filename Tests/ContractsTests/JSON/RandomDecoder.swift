// Makes random values of any `Decodable` type by being the decoder that it reads from. So the tests of the hand-written
// coders know every member that a type has, also one that was added yesterday.
import Contracts
import JSONTrees
import Seeds

struct RandomDecoder: Decoder {
  final class Source {
    var random: Seeded
    /// Optional members: all there, or each by chance.
    let isFull: Bool

    init(seed: UInt64, isFull: Bool) {
      random = Seeded(seed)
      self.isFull = isFull
    }

    /// Never empty: as an id that is as good as missing.
    func text() -> String {
      let text = JSONTree.randomString(&random)
      return text.isEmpty ? "x" : text
    }
  }

  let source: Source
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  static func value<Value: Decodable>(_ type: Value.Type = Value.self, seed: Int, isFull: Bool) -> Value {
    // Nothing here can fail but a type that asks for what is not provided for, which is a fault of the test.
    try! RandomDecoder(source: Source(seed: UInt64(seed), isFull: isFull)).decode(Value.self)
  }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try anything(type) as! Value
  }

  private func anything(_ type: any Decodable.Type) throws -> Any {
    if let choice = type as? any CaseIterable.Type { return randomCase(choice) }
    // In a list; only a type of several kinds has one drawn.
    if type == Double.self { return JSONTree.randomDouble(&source.random) }
    guard let list = type as? any ExploredList.Type else { return try type.init(from: self) }
    let count = Int.random(in: (source.isFull ? 1 : 0)...3, using: &source.random)
    return list.list(of: try (0..<count).map { _ in try anything(list.element) })
  }

  private func randomCase<Choice: CaseIterable>(_ type: Choice.Type) -> Choice {
    Array(type.allCases).randomElement(using: &source.random)!
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Members<Key>(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NotExplored() }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }
}

extension RandomDecoder {
  struct Members<Key: CodingKey>: ExploringMembers {
    let decoder: RandomDecoder

    /// Asked for only by types whose names are data.
    var allKeys: [Key] {
      let names = (0..<3).map { _ in decoder.source.text() }
      return Set(names).sorted().compactMap { Key(stringValue: $0) }
    }

    func decodeNil(forKey key: Key) throws -> Bool {
      !decoder.source.isFull && Bool.random(using: &decoder.source.random)
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try decoder.decode(type) }
  }

  struct Single: SingleValueDecodingContainer {
    let decoder: RandomDecoder
    let codingPath: [any CodingKey] = []
    /// A type that tries several kinds of value in turn gets the one that was drawn.
    private let kind: Int

    init(decoder: RandomDecoder) {
      self.decoder = decoder
      kind = Int.random(in: 0..<3, using: &decoder.source.random)
    }

    func decodeNil() -> Bool { false }

    func decode(_ type: Bool.Type) throws -> Bool {
      guard kind == 0 else { throw NotExplored() }
      return .random(using: &decoder.source.random)
    }

    func decode(_ type: Double.Type) throws -> Double {
      guard kind == 1 else { throw NotExplored() }
      return JSONTree.randomDouble(&decoder.source.random)
    }

    func decode(_ type: String.Type) throws -> String { decoder.source.text() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
  }
}

extension RandomDecoder.Members {
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { .random(using: &decoder.source.random) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { decoder.source.text() }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { JSONTree.randomDouble(&decoder.source.random) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { Int(try decode(Int64.self, forKey: key)) }

  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
    Int64(truncatingIfNeeded: decoder.source.random.next()) >> Int64.random(in: 0...63, using: &decoder.source.random)
  }
}

extension RandomDecoder.Single {
  func decode(_ type: Int.Type) throws -> Int { throw NotExplored() }

  func decode(_ type: Int64.Type) throws -> Int64 {
    Int64(truncatingIfNeeded: decoder.source.random.next()) >> Int64.random(in: 0...63, using: &decoder.source.random)
  }

  func decode(_ type: Float.Type) throws -> Float { throw NotExplored() }
  func decode(_ type: Int8.Type) throws -> Int8 { throw NotExplored() }
  func decode(_ type: Int16.Type) throws -> Int16 { throw NotExplored() }
  func decode(_ type: Int32.Type) throws -> Int32 { throw NotExplored() }
  func decode(_ type: UInt.Type) throws -> UInt { throw NotExplored() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { throw NotExplored() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { throw NotExplored() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { throw NotExplored() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { throw NotExplored() }
}
