/// Little-endian fixed-size numbers and counted bytes: the form of what the runtime keeps in a state record's headers.
struct BinaryWriter {
  private(set) var bytes: [UInt8] = []

  mutating func int32(_ value: Int32) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
  mutating func int64(_ value: Int64) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
  mutating func uint64(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }

  mutating func counted(_ value: some Collection<UInt8>) {
    int32(Int32(value.count))
    bytes.append(contentsOf: value)
  }

  /// nil and empty are told apart.
  mutating func counted(_ value: [UInt8]?) {
    guard let value else { return int32(-1) }
    int32(Int32(value.count))
    bytes.append(contentsOf: value)
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
