import Contracts

/// Writes headers into room that was made once, for the records that every event leads to. Appending to an array asks for
/// every piece whether the array is shared and has room, which costs more than the few bytes do.
package struct HeaderWriter: ~Copyable {
  private let base: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  fileprivate private(set) var count = 0

  fileprivate init(_ room: UnsafeMutableBufferPointer<UInt8>) {
    base = room.baseAddress!
    capacity = room.count
  }

  /// What a header takes beside its name and value.
  package static let frameBytes = 5

  package mutating func put(_ name: StaticString, _ value: String) {
    put(name) { $0.write(value) }
  }

  package mutating func put(_ name: StaticString, number: Int64) {
    put(name) { $0.write(decimal: number) }
  }

  /// A header whose value `body` writes, piece by piece.
  @inline(__always)
  package mutating func put(_ name: StaticString, _ body: (inout HeaderWriter) -> Void) {
    let start = begin(name)
    body(&self)
    end(start)
  }

  // MARK: Pieces of a value

  package mutating func write(_ text: String) {
    if text.utf8.withContiguousStorageIfAvailable({ write($0) }) == nil { for byte in text.utf8 { write(byte) } }
  }

  package mutating func write(_ bytes: UnsafeBufferPointer<UInt8>) {
    let target = room(for: bytes.count)
    if let source = bytes.baseAddress { target.update(from: source, count: bytes.count) }
  }

  package mutating func write(_ byte: UInt8) { room(for: 1)[0] = byte }

  package mutating func write(decimal number: Int64) {
    checkRoom(DecimalText.bytesMax)
    count &+= DecimalText.write(number, to: base + count)
  }

  package mutating func write(timeMs: Int64) {
    Timestamps.write(timeMs, to: room(for: Timestamps.bytesCount))
  }

  // Little-endian, for what only the runtime reads. Each size by itself: a generic one would ask for its type every time.

  package mutating func write(fixed number: Int32) {
    UnsafeMutableRawPointer(room(for: 4)).storeBytes(of: number.littleEndian, as: Int32.self)
  }

  package mutating func write(fixed number: Int64) {
    UnsafeMutableRawPointer(room(for: 8)).storeBytes(of: number.littleEndian, as: Int64.self)
  }

  package mutating func write(fixed number: UInt64) { write(fixed: Int64(bitPattern: number)) }

  // MARK: Room

  private mutating func begin(_ name: StaticString) -> Int {
    let length = name.utf8CodeUnitCount
    let target = room(for: length &+ Self.frameBytes)
    target[0] = UInt8(length)
    (target + 1).update(from: name.utf8Start, count: length)
    return count
  }

  private mutating func end(_ start: Int) {
    UnsafeMutableRawPointer(base + start - 4).storeBytes(
      of: UInt32(count &- start).littleEndian, as: UInt32.self)
  }

  private mutating func room(for bytes: Int) -> UnsafeMutablePointer<UInt8> {
    checkRoom(bytes)
    defer { count &+= bytes }
    return base + count
  }

  @inline(__always)
  private func checkRoom(_ bytes: Int) {
    precondition(capacity &- count >= bytes, "headers take more room than was made for them")
  }
}

extension Headers {
  /// What `body` writes, which is at most that many bytes.
  package init(atMost bytesMax: Int, _ body: (inout HeaderWriter) -> Void) {
    self.init(
      encoded: Array(unsafeUninitializedCapacity: max(bytesMax, 1)) { room, count in
        var writer = HeaderWriter(room)
        body(&writer)
        count = writer.count
      })
  }
}
