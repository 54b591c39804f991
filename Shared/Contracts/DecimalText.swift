/// Whole numbers as text, in bytes: headers are full of them, and a String on the way costs more than the number.
package enum DecimalText {
  /// nil for what is not one number of at most 64 bits.
  package static func number(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    var rest = text[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard !rest.isEmpty else { return nil }
    var number: Int64 = 0
    for byte in rest {
      let digit = Int64(byte) - 48
      guard (0...9).contains(digit) else { return nil }
      let (tens, tooLarge) = number.multipliedReportingOverflow(by: 10)
      // Counted downwards, where there is one number more.
      let (next, tooSmall) = tens.subtractingReportingOverflow(digit)
      if tooLarge || tooSmall { return nil }
      number = next
    }
    return isNegative ? number : number == .min ? nil : -number
  }

  /// No 64-bit number is longer.
  package static let bytesMax = 20

  /// Writes the number; returns how many bytes that took.
  package static func write(_ number: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
    var rest = number.magnitude
    var digits = 1
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    let start = number < 0 ? 1 : 0
    if number < 0 { target[0] = UInt8(ascii: "-") }
    rest = number.magnitude
    for index in stride(from: start + digits - 1, through: start, by: -1) {
      target[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    }
    return start + digits
  }
}
