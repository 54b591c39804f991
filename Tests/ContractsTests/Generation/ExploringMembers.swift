// What decoders that explore a type instead of reading data have in common: members of the kinds that the contracts
// use, and a refusal of all others.

protocol ExploringMembers: KeyedDecodingContainerProtocol {
  associatedtype Explorer: Decoder
  var decoder: Explorer { get }
}

/// A type asked for a kind of value that no contract uses: a fault of the type or of the test.
struct NotExplored: Error {}

/// Arrays, told apart from other types by a protocol because their element is not known otherwise.
protocol ExploredList {
  static var element: any Decodable.Type { get }
  static func list(of elements: [Any]) -> Any
}

extension Array: ExploredList where Element: Decodable {
  static var element: any Decodable.Type { Element.self }
  static func list(of elements: [Any]) -> Any { elements.map { $0 as! Element } }
}

extension ExploringMembers {
  var codingPath: [any CodingKey] { [] }
  func contains(_ key: Key) -> Bool { true }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { throw NotExplored() }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { throw NotExplored() }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { throw NotExplored() }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { throw NotExplored() }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { throw NotExplored() }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { throw NotExplored() }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { throw NotExplored() }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { throw NotExplored() }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { throw NotExplored() }
  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> { throw NotExplored() }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw NotExplored() }
  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { decoder }
}
