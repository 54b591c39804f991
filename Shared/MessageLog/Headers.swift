import Contracts

/// A record's headers in one flat buffer: per header a name length (1 byte), the name, a value length (4 bytes, little
/// endian) and the value. One allocation a record instead of two a header; look-ups scan, which is faster than hashing
/// for the ten or so headers that a CloudEvent has.
package struct Headers: Sendable, Equatable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package init(_ pairs: [(String, String)]) {
    for (name, value) in pairs { append(name, value) }
  }

  package var isEmpty: Bool { bytes.isEmpty }

  /// Makes room, so that who knows the size needs one allocation.
  package mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  // MARK: Writing

  // Names that stand in the code are static: their bytes are there already. Other names are Strings.

  package mutating func append(_ name: StaticString, _ value: String) {
    var value = value
    value.withUTF8 { append(name, $0) }
  }

  package mutating func append(_ name: StaticString, _ value: [UInt8]) {
    value.withUnsafeBufferPointer { append(name, $0) }
  }

  package mutating func append(_ name: StaticString, _ value: UnsafeBufferPointer<UInt8>) {
    append(name: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value: value)
  }

  /// A value that `body` appends to the bytes, for what would otherwise be built elsewhere and copied.
  package mutating func append(_ name: StaticString, _ body: (inout [UInt8]) -> Void) {
    append(name, UnsafeBufferPointer(start: nil, count: 0))
    let start = bytes.count
    body(&bytes)
    setLength(at: start - 4, bytes.count - start)
  }

  @_disfavoredOverload
  package mutating func append(_ name: String, _ value: String) {
    var value = value
    value.withUTF8 { append(name, $0) }
  }

  @_disfavoredOverload
  package mutating func append(_ name: String, _ value: [UInt8]) {
    value.withUnsafeBufferPointer { append(name, $0) }
  }

  private mutating func append(_ name: String, _ value: UnsafeBufferPointer<UInt8>) {
    var name = name
    name.withUTF8 { append(name: $0, value: value) }
  }

  /// Names are at most 255 bytes, as everywhere in the suite; a longer foreign name is cut, never a crash.
  package mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    let name = UnsafeBufferPointer(rebasing: name.prefix(255))
    bytes.append(UInt8(name.count))
    bytes.append(contentsOf: name)
    withUnsafeBytes(of: UInt32(value.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: value)
  }

  private mutating func setLength(at index: Int, _ count: Int) {
    let count = UInt32(count)
    for byte in 0..<4 { bytes[index + byte] = UInt8(truncatingIfNeeded: count >> (UInt32(byte) * 8)) }
  }

  // MARK: Reading

  /// Calls `body` with each name and value, in the order they were written.
  package func forEach(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
    walk { name, value in
      body(name, value)
      return true
    }
  }

  /// Gives `body` the first value of that name where it stands, so that nothing is copied for a look.
  package func with<Result>(
    _ name: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result?
  ) -> Result? {
    var found: Result?
    walk { candidate, value in
      guard candidate.count == name.count else { return true }
      for index in name.indices where candidate[index] != name[index] { return true }
      found = body(value)
      return false
    }
    return found
  }

  /// `body` says whether to go on.
  @inline(__always)
  private func walk(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool) {
    bytes.withUnsafeBufferPointer { buffer in
      guard var at = buffer.baseAddress else { return }
      let end = at + buffer.count
      while at < end {
        let name = UnsafeBufferPointer(start: at + 1, count: Int(at[0]))
        at += 1 + name.count
        let count = UInt32(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt32.self))
        let value = UnsafeBufferPointer(start: at + 4, count: Int(count))
        at += 4 + value.count
        guard body(name, value) else { return }
      }
    }
  }

  /// The first value of that name as bytes.
  @_disfavoredOverload
  package func value(_ name: String) -> [UInt8]? {
    var name = name
    return name.withUTF8 { with($0) { Array($0) } }
  }

  package func value(_ name: StaticString) -> [UInt8]? {
    with(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) { Array($0) }
  }

  /// The first value of that name as text; bytes that are not UTF-8 are replaced.
  package func string(_ name: String) -> String? {
    var name = name
    return name.withUTF8 { with($0) { String(decoding: $0, as: UTF8.self) } }
  }

  /// The first value of that name as a whole number.
  package func number(_ name: StaticString) -> Int64? {
    with(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) { DecimalText.number($0) }
  }

  package func contains(_ name: StaticString) -> Bool {
    with(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) { _ in true } ?? false
  }

  /// Whether the first value of that name begins so.
  package func value(_ name: StaticString, startsWith prefix: StaticString) -> Bool {
    let prefix = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
    return with(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) { $0.starts(with: prefix) }
      ?? false
  }

  /// All pairs, as text: for screens, dead letters and tests.
  package var pairs: [(name: String, value: [UInt8])] {
    var pairs: [(name: String, value: [UInt8])] = []
    forEach { pairs.append((String(decoding: $0, as: UTF8.self), Array($1))) }
    return pairs
  }
}

extension Headers {
  /// From the flat form of `bytes`, which must be one that `Headers` wrote.
  package init(encoded: [UInt8]) { bytes = encoded }
}
