/// Writes JSON as UTF-8 into one buffer, in the order it is told, with the commas where they belong. That objects and
/// arrays are closed and members have names is the caller's business.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  public init(reserving capacity: Int = 512) {
    bytes.reserveCapacity(capacity)
  }

  public mutating func beginObject() { begin(UInt8(ascii: "{")) }
  public mutating func endObject() { end(UInt8(ascii: "}")) }
  public mutating func beginArray() { begin(UInt8(ascii: "[")) }
  public mutating func endArray() { end(UInt8(ascii: "]")) }

  /// A member's name in plain ASCII, without anything to escape: the names that the contracts use.
  public mutating func key(_ name: StaticString) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A member's name that comes from data. Literals take the other one, which has nothing to escape.
  @_disfavoredOverload
  public mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { escape($0) }
    bytes.append(UInt8(ascii: "\""))
  }

  public mutating func int(_ number: Int) { int(Int64(number)) }

  public mutating func int(_ number: Int64) {
    separate()
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    digits(number.magnitude)
  }

  /// The shortest text that reads back as the same number, whole numbers without a fraction; null for what JSON can't
  /// say (not a number, infinity).
  public mutating func double(_ number: Double) {
    guard number.isFinite else { return null() }
    let magnitude = number.magnitude
    if magnitude < 1e15, magnitude == Double(UInt64(magnitude)) {
      separate()
      if number.sign == .minus { bytes.append(UInt8(ascii: "-")) }
      digits(UInt64(magnitude))
    } else {
      separate()
      var text = number.description
      if text.hasSuffix(".0") { text.removeLast(2) }
      text.withUTF8 { bytes.append(contentsOf: $0) }
    }
  }

  public mutating func bool(_ truth: Bool) { word(truth ? "true" : "false") }
  public mutating func null() { word("null") }

  /// One value that is JSON already.
  public mutating func raw(_ json: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
  }
}

// MARK: - Members in one call

extension JSONWriter {
  public mutating func field(_ name: StaticString, _ text: String) { key(name); string(text) }
  public mutating func field(_ name: StaticString, _ number: Int64) { key(name); int(number) }
  public mutating func field(_ name: StaticString, _ number: Int) { key(name); int(Int64(number)) }
  public mutating func field(_ name: StaticString, _ number: Double) { key(name); double(number) }
  public mutating func field(_ name: StaticString, _ truth: Bool) { key(name); bool(truth) }

  // What is nil is left out, name and all.

  public mutating func field(_ name: StaticString, _ text: String?) { if let text { field(name, text) } }
  public mutating func field(_ name: StaticString, _ number: Int64?) { if let number { field(name, number) } }
  public mutating func field(_ name: StaticString, _ number: Int?) { if let number { field(name, number) } }
  public mutating func field(_ name: StaticString, _ number: Double?) { if let number { field(name, number) } }
  public mutating func field(_ name: StaticString, _ truth: Bool?) { if let truth { field(name, truth) } }
}

// MARK: - What the writer is made of

extension JSONWriter {
  @inline(__always)
  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func begin(_ byte: UInt8) {
    separate()
    bytes.append(byte)
    needsComma = false
  }

  private mutating func end(_ byte: UInt8) {
    bytes.append(byte)
    needsComma = true
  }

  private mutating func word(_ word: StaticString) {
    separate()
    bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  private mutating func digits(_ magnitude: UInt64) {
    if magnitude < 10 {
      bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: magnitude))
      return
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { scratch in
      var rest = magnitude
      var start = 20
      while rest > 0 {
        start &-= 1
        scratch[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: scratch[start..<20]))
    }
  }

  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
    guard let base = text.baseAddress else { return }
    var start = 0
    while true {
      let stop = ByteScan.firstEscaped(base, from: start, count: text.count)
      bytes.append(contentsOf: UnsafeBufferPointer(start: base + start, count: stop - start))
      guard stop < text.count else { return }
      bytes.append(UInt8(ascii: "\\"))
      switch base[stop] {
      case 0x08: bytes.append(UInt8(ascii: "b"))
      case 0x09: bytes.append(UInt8(ascii: "t"))
      case 0x0a: bytes.append(UInt8(ascii: "n"))
      case 0x0c: bytes.append(UInt8(ascii: "f"))
      case 0x0d: bytes.append(UInt8(ascii: "r"))
      case let byte where byte < 0x20:
        bytes.append(contentsOf: "u00".utf8)
        bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
        bytes.append(contentsOf: String(byte & 0xf, radix: 16).utf8)
      case let byte: bytes.append(byte)
      }
      start = stop + 1
    }
  }
}
