import MessageLog

// Little-endian fixed-size numbers and counted bytes: the form of what the runtime keeps in a state record's headers.
// Written where they are to be, so that nothing is copied from one buffer into the next.

extension HeaderWriter {
  mutating func write(counted text: String) {
    write(fixed: Int32(text.utf8.count))
    write(text)
  }

  /// nil and empty are told apart.
  mutating func write(counted value: [UInt8]?) {
    guard let value else { return write(fixed: Int32(-1)) }
    write(fixed: Int32(value.count))
    value.withUnsafeBufferPointer { write($0) }
  }
}

struct BinaryError: Error {}

struct BinaryReader {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { at == bytes.count }

  mutating func int32() throws(BinaryError) -> Int32 { Int32(littleEndian: try number()) }
  mutating func int64() throws(BinaryError) -> Int64 { Int64(littleEndian: try number()) }
  mutating func uint64() throws(BinaryError) -> UInt64 { UInt64(littleEndian: try number()) }

  mutating func counted() throws(BinaryError) -> [UInt8]? {
    let count = Int(try int32())
    if count == -1 { return nil }
    guard count >= 0, bytes.count - at >= count else { throw BinaryError() }
    defer { at += count }
    return Array(bytes[at..<(at + count)])
  }

  mutating func list<T>(_ item: (inout BinaryReader) throws(BinaryError) -> T) throws(BinaryError) -> [T] {
    let count = Int(try int32())
    guard count >= 0, count <= bytes.count - at else { throw BinaryError() }
    var items: [T] = []
    items.reserveCapacity(count)
    for _ in 0..<count { items.append(try item(&self)) }
    return items
  }

  private mutating func number<T: FixedWidthInteger>() throws(BinaryError) -> T {
    let size = MemoryLayout<T>.size
    guard bytes.count - at >= size else { throw BinaryError() }
    defer { at += size }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: T.self) }
  }
}
