/// Little-endian fixed-size numbers and counted bytes: the form of what the runtime keeps in a state record's headers.
/// Written to the end of whatever buffer they are to be in, so that nothing is copied from one into the next.
extension [UInt8] {
  mutating func append(int32 value: Int32) { Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) } }
  mutating func append(int64 value: Int64) { Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) } }
  mutating func append(uint64 value: UInt64) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  mutating func append(counted text: String) {
    var text = text
    append(int32: Int32(text.utf8.count))
    text.withUTF8 { append(contentsOf: $0) }
  }

  /// nil and empty are told apart.
  mutating func append(counted value: [UInt8]?) {
    guard let value else { return append(int32: -1) }
    append(int32: Int32(value.count))
    append(contentsOf: value)
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
