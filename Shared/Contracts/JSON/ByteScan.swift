// Finding the bytes that need care in JSON text, eight at a time. Nearly all text in events is plain ASCII, so the
// reader and the writer both jump over it in strides and look closer only where this says so.

enum ByteScan {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The index of the first byte from `start` on that is a quote, a backslash, a control character or not ASCII;
  /// `count` where there is none.
  @inline(__always)
  static func firstSpecial(_ base: UnsafePointer<UInt8>, from start: Int, count: Int) -> Int {
    first(base, from: start, count: count, counting: highs)
  }

  /// The same, but what is not ASCII counts as plain: for text that is known to be valid UTF-8.
  @inline(__always)
  static func firstEscaped(_ base: UnsafePointer<UInt8>, from start: Int, count: Int) -> Int {
    first(base, from: start, count: count, counting: 0)
  }

  @inline(__always)
  private static func first(
    _ base: UnsafePointer<UInt8>, from start: Int, count: Int, counting nonASCII: UInt64
  ) -> Int {
    var index = start
    while index &+ 8 <= count {
      let word = UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5c)
      // Subtracting borrows into higher bytes only above a true hit, so the lowest flagged byte is always a real one.
      let flagged =
        ((word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & highs
        | word & nonASCII
      if flagged != 0 { return index &+ flagged.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < count {
      let byte = base[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5c || (nonASCII != 0 && byte >= 0x80) { return index }
      index &+= 1
    }
    return count
  }

  static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = bytes.baseAddress else { return true }
    var index = 0
    while index < bytes.count {
      if index &+ 8 <= bytes.count,
        UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self) & highs == 0
      {
        index &+= 8
      } else if base[index] < 0x80 {
        index &+= 1
      } else {
        guard let length = sequenceLength(base, at: index, count: bytes.count) else { return false }
        index &+= length
      }
    }
    return true
  }

  /// The length of the well-formed UTF-8 sequence that starts with the non-ASCII byte at `index`, or nil (RFC 3629: no
  /// over-long forms, no surrogates, nothing above U+10FFFF).
  static func sequenceLength(_ base: UnsafePointer<UInt8>, at index: Int, count: Int) -> Int? {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xbf
    switch base[index] {
    case 0xc2...0xdf: length = 2
    case 0xe0: (length, second) = (3, 0xa0...0xbf)
    case 0xed: (length, second) = (3, 0x80...0x9f)
    case 0xe1...0xef: length = 3
    case 0xf0: (length, second) = (4, 0x90...0xbf)
    case 0xf1...0xf3: length = 4
    case 0xf4: (length, second) = (4, 0x80...0x8f)
    default: return nil
    }
    guard index + length <= count, second.contains(base[index + 1]) else { return nil }
    for continuation in 2..<max(length, 2) where base[index + continuation] & 0xc0 != 0x80 { return nil }
    return length
  }
}
