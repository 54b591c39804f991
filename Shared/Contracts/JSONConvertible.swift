/// A value that hot topics carry: written and read by hand, with the property names as member names. What is absent is
/// left out, members that are not known are read over, and what Codable would make of it is the same document.
public protocol JSONConvertible {
  func write(to writer: inout JSONWriter)
  init(from reader: inout JSONReader) throws(JSONError)
}

extension JSONConvertible {
  /// The document.
  public var json: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  public init(json bytes: [UInt8]) throws(JSONError) {
    self = try JSONReader.read(bytes) { reader throws(JSONError) in try Self(from: &reader) }
  }
}

// MARK: - What hand-written conversions are made of

extension JSONWriter {
  package mutating func field(_ name: StaticString, _ value: some JSONConvertible) {
    key(name)
    value.write(to: &self)
  }

  package mutating func field(_ name: StaticString, _ values: [some JSONConvertible]) {
    key(name)
    beginArray()
    for value in values { value.write(to: &self) }
    endArray()
  }
}

extension JSONWriter {
  package mutating func field(_ name: StaticString, _ texts: [String]) {
    key(name)
    beginArray()
    for text in texts { string(text) }
    endArray()
  }

  package mutating func field(_ name: StaticString, _ numbers: [Int64]) {
    key(name)
    beginArray()
    for number in numbers { int(number) }
    endArray()
  }
}

extension JSONReader {
  /// The elements of an array.
  package mutating func list<Element: JSONConvertible>() throws(JSONError) -> [Element] {
    var elements: [Element] = []
    try array { reader throws(JSONError) in elements.append(try Element(from: &reader)) }
    return elements
  }

  /// A text, or nil for null.
  package mutating func optionalString() throws(JSONError) -> String? {
    try null() ? nil : try string()
  }

  /// An integer, or nil for null.
  package mutating func optionalInt() throws(JSONError) -> Int64? {
    try null() ? nil : try int()
  }

  /// The whole numbers of an array.
  package mutating func ints() throws(JSONError) -> [Int64] {
    var ints: [Int64] = []
    try array { reader throws(JSONError) in ints.append(try reader.int()) }
    return ints
  }

  /// The texts of an array.
  package mutating func texts() throws(JSONError) -> [String] {
    var texts: [String] = []
    try array { reader throws(JSONError) in texts.append(try reader.string()) }
    return texts
  }

  /// A number, or nil for null.
  package mutating func optionalNumber() throws(JSONError) -> Double? {
    try null() ? nil : try double()
  }

  /// One of the names that the type has.
  package mutating func oneOf<Value: RawRepresentable & CaseIterable>(
    _ type: Value.Type = Value.self
  ) throws(JSONError) -> Value where Value.RawValue == String {
    let text = try string()
    guard let value = Value(rawValue: text) else {
      throw fail("takes \(Value.allCases.map(\.rawValue).joined(separator: ", ")); is \(text.prefix(64))")
    }
    return value
  }

  /// A member that the object must have had.
  package func required<Value>(_ value: Value?, _ member: String) throws(JSONError) -> Value {
    guard let value else { throw fail("is missing", member: member) }
    return value
  }
}
