/// RFC 3339 times and milliseconds since 1970. Own code, since every event has one and Foundation's formatters cost more
/// than the rest of the event.
public enum Timestamps {
  /// `2026-11-22T21:51:44.123Z`
  public static func text(_ ms: Int64) -> String {
    String(unsafeUninitializedCapacity: bytesCount) { buffer in
      write(ms, to: buffer.baseAddress!)
      return bytesCount
    }
  }

  /// How long `text` is.
  package static let bytesCount = 24

  /// Writes what `text` says, `bytesCount` bytes of it.
  package static func write(_ ms: Int64, to target: UnsafeMutablePointer<UInt8>) {
    let days = floorDivide(ms, 86_400_000)
    let rest = ms - days * 86_400_000
    let (year, month, day) = civil(days)
    var at = 0
    func put(_ number: Int64, _ digits: Int, _ separator: Unicode.Scalar) {
      var rest = number
      for index in stride(from: at + digits - 1, through: at, by: -1) {
        target[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
        rest /= 10
      }
      target[at + digits] = UInt8(ascii: separator)
      at += digits + 1
    }
    put(max(0, min(9999, year)), 4, "-")
    put(month, 2, "-")
    put(day, 2, "T")
    put(rest / 3_600_000, 2, ":")
    put(rest / 60_000 % 60, 2, ":")
    put(rest / 1_000 % 60, 2, ".")
    put(rest % 1_000, 3, "Z")
  }

  /// nil where the text is not an RFC 3339 time. Fractions beyond milliseconds are cut; a leap second counts as the
  /// last one before it.
  public static func milliseconds(_ text: String) -> Int64? {
    var text = text
    return text.withUTF8 { milliseconds($0) }
  }

  package static func milliseconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    own(bytes) ?? anyRFC3339(bytes)
  }

  /// What `write` writes, which nearly every event's time is: the numbers stand in their places.
  private static func own(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard bytes.count == bytesCount, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      bytes[19] == UInt8(ascii: "."), bytes[23] == UInt8(ascii: "Z")
    else { return nil }
    var areDigits = true
    @inline(__always)
    func number(_ places: Range<Int>) -> Int64 {
      var number: Int64 = 0
      for place in places {
        let digit = bytes[place] &- 48
        areDigits = areDigits && digit < 10
        number = number &* 10 &+ Int64(digit)
      }
      return number
    }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    let (hour, minute, second, ms) = (number(11..<13), number(14..<16), number(17..<19), number(20..<23))
    // A leap second is the other's business, as is whatever is wrong.
    guard areDigits, (1...12).contains(month), day >= 1, day <= daysIn(month, year), hour < 24, minute < 60, second < 60
    else { return nil }
    return (daysFromCivil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000 + ms
  }

  private static func anyRFC3339(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    var at = 0
    func number(_ digits: Int) -> Int64? {
      guard bytes.count - at >= digits else { return nil }
      var n: Int64 = 0
      for index in at..<(at + digits) {
        let digit = bytes[index] &- 48
        guard digit < 10 else { return nil }
        n = n &* 10 &+ Int64(digit)
      }
      at += digits
      return n
    }
    func take(_ one: UInt8, or other: UInt8) -> Bool {
      guard at < bytes.count, bytes[at] == one || bytes[at] == other else { return false }
      at += 1
      return true
    }
    func take(_ one: UInt8) -> Bool { take(one, or: one) }
    let (dash, colon) = (UInt8(ascii: "-"), UInt8(ascii: ":"))
    guard let year = number(4), take(dash), let month = number(2), take(dash), let day = number(2),
      take(UInt8(ascii: "T"), or: UInt8(ascii: "t")) || take(UInt8(ascii: " ")), let hour = number(2), take(colon),
      let minute = number(2), take(colon),
      let second = number(2), (1...12).contains(month), day >= 1, day <= daysIn(month, year), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    var ms: Int64 = 0
    if take(UInt8(ascii: ".")) {
      var scale: Int64 = 100
      let start = at
      while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 {
        ms += Int64(bytes[at] - 48) * scale
        scale /= 10
        at += 1
      }
      guard at > start else { return nil }
    }
    var offsetMinutes: Int64 = 0
    if !take(UInt8(ascii: "Z"), or: UInt8(ascii: "z")) {
      let sign: Int64 = take(dash) ? -1 : 1
      guard sign == -1 || take(UInt8(ascii: "+")), let hours = number(2), take(colon), let minutes = number(2),
        hours < 24,
        minutes < 60
      else { return nil }
      offsetMinutes = sign * (hours * 60 + minutes)
    }
    guard at == bytes.count else { return nil }
    let seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + min(second, 59)
    return (seconds - offsetMinutes * 60) * 1_000 + ms
  }

  // Days and dates: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

  public static func daysFromCivil(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = floorDivide(y, 400)
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  public static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let z = days + 719_468
    let era = floorDivide(z, 146_097)
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let mp = (5 * dayOfYear + 2) / 153
    let month = mp < 10 ? mp + 3 : mp - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * mp + 2) / 5 + 1)
  }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((-a + b - 1) / b) }

  private static func daysIn(_ month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
