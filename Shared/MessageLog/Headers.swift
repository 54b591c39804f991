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

  package mutating func append(_ name: String, _ value: String) {
    var value = value
    value.withUTF8 { append(name, $0) }
  }

  package mutating func append(_ name: String, _ value: [UInt8]) {
    value.withUnsafeBufferPointer { append(name, $0) }
  }

  /// Names are at most 255 bytes, as everywhere in the suite; a longer foreign name is cut, never a crash.
  package mutating func append(_ name: String, _ value: UnsafeBufferPointer<UInt8>) {
    let name = name.utf8.prefix(255)
    bytes.append(UInt8(name.count))
    bytes.append(contentsOf: name)
    appendValue(value)
  }

  package mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    let name = UnsafeBufferPointer(rebasing: name.prefix(255))
    bytes.append(UInt8(name.count))
    bytes.append(contentsOf: name)
    appendValue(value)
  }

  private mutating func appendValue(_ value: UnsafeBufferPointer<UInt8>) {
    let count = UInt32(value.count)
    bytes.append(UInt8(truncatingIfNeeded: count))
    bytes.append(UInt8(truncatingIfNeeded: count >> 8))
    bytes.append(UInt8(truncatingIfNeeded: count >> 16))
    bytes.append(UInt8(truncatingIfNeeded: count >> 24))
    bytes.append(contentsOf: value)
  }

  /// Calls `body` with each name and value, in the order they were written.
  package func forEach(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
    bytes.withUnsafeBufferPointer { buffer in
      var at = 0
      while at < buffer.count {
        let nameCount = Int(buffer[at])
        let name = UnsafeBufferPointer(rebasing: buffer[(at + 1)..<(at + 1 + nameCount)])
        at += 1 + nameCount
        let count =
          Int(buffer[at]) | Int(buffer[at + 1]) << 8 | Int(buffer[at + 2]) << 16 | Int(buffer[at + 3]) << 24
        at += 4
        body(name, UnsafeBufferPointer(rebasing: buffer[at..<(at + count)]))
        at += count
      }
    }
  }

  /// The first value of that name as bytes.
  package func value(_ name: String) -> [UInt8]? {
    var found: [UInt8]?
    forEach { candidate, value in
      if found == nil, candidate.elementsEqual(name.utf8) { found = Array(value) }
    }
    return found
  }

  /// The first value of that name as text; bytes that are not UTF-8 are replaced.
  package func string(_ name: String) -> String? {
    value(name).map { String(decoding: $0, as: UTF8.self) }
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
