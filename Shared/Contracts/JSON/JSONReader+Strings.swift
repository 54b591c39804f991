// Strings and member names: found in eight-byte strides, checked as UTF-8, and unescaped only where there are escapes.

extension JSONReader {
  public mutating func string() throws(JSONError) -> String {
    skipWhitespace()
    guard peek == UInt8(ascii: "\"") else { throw fail("expected a string, found \(found)") }
    let (bytes, hasEscapes) = try scanString()
    if hasEscapes { return String(decoding: Self.unescape(bytes), as: UTF8.self) }
    return String(decoding: bytes, as: UTF8.self)
  }

  mutating func key() throws(JSONError) -> JSONKey {
    skipWhitespace()
    guard peek == UInt8(ascii: "\"") else { throw fail("expected a member's name, found \(found)") }
    let (bytes, hasEscapes) = try scanString()
    return JSONKey(bytes, unescaped: hasEscapes ? Self.unescape(bytes) : nil)
  }

  /// Reads over the string that starts here; gives what is between its quotes, fully checked.
  mutating func scanString() throws(JSONError) -> (bytes: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
    let start = position &+ 1
    var hasEscapes = false
    position = start
    while true {
      position = ByteScan.firstSpecial(base, from: position, count: count)
      guard position < count else { throw fail("the string does not end") }
      switch base[position] {
      case UInt8(ascii: "\""):
        let bytes = UnsafeBufferPointer(start: base + start, count: position &- start)
        position &+= 1
        return (bytes, hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        try scanEscape()
      case 0x80...:
        guard let length = ByteScan.sequenceLength(base, at: position, count: count) else {
          throw fail("the string is not valid UTF-8")
        }
        position &+= length
      default: throw fail("a control character in a string must be escaped")
      }
    }
  }

  private mutating func scanEscape() throws(JSONError) {
    guard position &+ 1 < count else { throw fail("the string does not end") }
    switch base[position &+ 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position &+= 2
    case UInt8(ascii: "u"):
      guard let unit = codeUnit(at: position) else { throw fail("\\u needs four hexadecimal digits") }
      guard unit & 0xf800 == 0xd800 else {
        position &+= 6
        return
      }
      guard unit < 0xdc00, let low = codeUnit(at: position &+ 6), low & 0xfc00 == 0xdc00 else {
        throw fail("a surrogate without its partner")
      }
      position &+= 12
    default: throw fail("no such escape")
    }
  }

  /// The value of the `\uXXXX` at that index, or nil where there is none.
  private func codeUnit(at index: Int) -> UInt32? {
    guard index &+ 6 <= count else { return nil }
    return Self.codeUnit(base + index)
  }

  private static func codeUnit(_ escape: UnsafePointer<UInt8>) -> UInt32? {
    guard escape[0] == UInt8(ascii: "\\"), escape[1] == UInt8(ascii: "u") else { return nil }
    var unit: UInt32 = 0
    for index in 2..<6 {
      let byte = escape[index]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  /// The text that a checked string with escapes stands for.
  static func unescape(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    guard let base = bytes.baseAddress else { return [] }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      guard base[index] == UInt8(ascii: "\\") else {
        plain.append(base[index])
        index += 1
        continue
      }
      switch base[index + 1] {
      case UInt8(ascii: "u"):
        var scalar = codeUnit(base + index)!
        index += 6
        if scalar & 0xf800 == 0xd800 {
          scalar = 0x10000 + (scalar & 0x3ff) << 10 + codeUnit(base + index)! & 0x3ff
          index += 6
        }
        plain.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar)!)!)
        continue
      case UInt8(ascii: "b"): plain.append(0x08)
      case UInt8(ascii: "f"): plain.append(0x0c)
      case UInt8(ascii: "n"): plain.append(0x0a)
      case UInt8(ascii: "r"): plain.append(0x0d)
      case UInt8(ascii: "t"): plain.append(0x09)
      case let byte: plain.append(byte)
      }
      index += 2
    }
    return plain
  }
}
