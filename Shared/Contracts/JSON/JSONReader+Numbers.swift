// Numbers: one scan checks the grammar and gathers digits, from which integers and nearly all decimals come exactly.

extension JSONReader {
  /// A whole number; a fraction or an exponent is refused even where it would come out whole.
  public mutating func int() throws(JSONError) -> Int64 {
    let start = try numberStart("a whole number")
    let number = try scanNumber()
    if number.isWhole, number.isExact {
      if number.isNegative, number.digits <= Int64.max.magnitude + 1 {
        return Int64(truncatingIfNeeded: 0 &- number.digits)
      }
      if !number.isNegative, number.digits <= Int64.max.magnitude { return Int64(number.digits) }
    }
    position = start
    throw fail(number.isWhole ? "does not fit into 64 bits" : "expected a whole number, found a fraction")
  }

  public mutating func double() throws(JSONError) -> Double {
    let start = try numberStart("a number")
    let number = try scanNumber()
    let powers = Self.exactPowersOfTen
    if number.isExact, number.digits <= 1 << 53, number.exponent.magnitude < powers.count {
      // Both operands are exact, so the one rounding of the operation gives the nearest value.
      let digits = Double(number.digits)
      let value =
        number.exponent < 0 ? digits / powers[-number.exponent] : digits * powers[number.exponent]
      return number.isNegative ? -value : value
    }
    let text = String(decoding: UnsafeBufferPointer(start: base + start, count: position &- start), as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      position = start
      throw fail("does not fit into a double")
    }
    return value
  }

  struct Number {
    var isNegative = false
    var isWhole = true
    /// False where there are more digits than `digits` holds.
    var isExact = true
    /// The value is `digits` × 10 ^ `exponent`, with the sign.
    var digits: UInt64 = 0
    var exponent = 0
  }

  private static let exactPowersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  private mutating func numberStart(_ expected: StaticString) throws(JSONError) -> Int {
    skipWhitespace()
    let byte = peek
    guard byte == UInt8(ascii: "-") || isDigit(byte) else { throw fail("expected \(expected), found \(found)") }
    return position
  }

  @inline(__always)
  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  mutating func scanNumber() throws(JSONError) -> Number {
    var number = Number()
    if peek == UInt8(ascii: "-") {
      number.isNegative = true
      position &+= 1
    }
    if peek == UInt8(ascii: "0") {
      position &+= 1
      if isDigit(peek) { throw fail("a number must not begin with a zero") }
    } else {
      guard scanDigits(&number) > 0 else { throw fail("expected a digit, found \(found)") }
    }
    if peek == UInt8(ascii: ".") {
      number.isWhole = false
      position &+= 1
      let places = scanDigits(&number)
      guard places > 0 else { throw fail("expected a digit, found \(found)") }
      number.exponent = -places
    }
    if peek | 0x20 == UInt8(ascii: "e") {
      number.isWhole = false
      position &+= 1
      var exponent = Number()
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") {
        exponent.isNegative = peek == UInt8(ascii: "-")
        position &+= 1
      }
      guard scanDigits(&exponent) > 0 else { throw fail("expected a digit, found \(found)") }
      // Beyond this bound the slow path decides whether the value is zero or too large.
      let magnitude = exponent.isExact ? Int(min(exponent.digits, 1_000_000)) : 1_000_000
      number.exponent += exponent.isNegative ? -magnitude : magnitude
    }
    return number
  }

  /// Takes the digits that follow into `number`; gives how many there were.
  @inline(__always)
  private mutating func scanDigits(_ number: inout Number) -> Int {
    let start = position
    while position < count, isDigit(base[position]) {
      // 19 digits always fit; a value that already needs all of them can't take another.
      if number.digits >= 1_000_000_000_000_000_000 { number.isExact = false }
      number.digits = number.digits &* 10 &+ UInt64(base[position] &- UInt8(ascii: "0"))
      position &+= 1
    }
    return position &- start
  }
}
