/// Writes JSON as UTF-8 into one buffer, in the order it is told, with the commas where they belong. That objects and
/// arrays are closed and members have names is the caller's business.
public struct JSONWriter: ~Copyable, @unchecked Sendable {
  // Unchecked: a pointer alone isn't sendable, but this one is nobody else's.
  /// Filled up to `count`. An array would ask for every piece whether it is shared; this buffer has one owner by its type.
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var count = 0
  private var needsComma = false

  public init(reserving capacity: Int = 512) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  /// What has been written so far.
  public var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

  public mutating func beginObject() { begin(UInt8(ascii: "{")) }
  public mutating func endObject() { end(UInt8(ascii: "}")) }
  public mutating func beginArray() { begin(UInt8(ascii: "[")) }
  public mutating func endArray() { end(UInt8(ascii: "]")) }

  /// A member's name in plain ASCII, without anything to escape: the names that the contracts use.
  public mutating func key(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    let comma = needsComma
    write(atMost: length &+ 4) { target in
      var target = target
      if comma {
        target[0] = UInt8(ascii: ",")
        target += 1
      }
      target[0] = UInt8(ascii: "\"")
      (target + 1).update(from: name.utf8Start, count: length)
      target[length &+ 1] = UInt8(ascii: "\"")
      target[length &+ 2] = UInt8(ascii: ":")
      return target + (length &+ 3)
    }
    needsComma = false
  }

  /// A member's name that comes from data. Literals take the other one, which has nothing to escape.
  @_disfavoredOverload
  public mutating func key(_ name: String) {
    string(name)
    end(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func string(_ text: String) {
    if text.utf8.withContiguousStorageIfAvailable({ quote($0) }) == nil {
      var text = text
      text.withUTF8 { quote($0) }
    }
  }

  public mutating func int(_ number: Int) { int(Int64(number)) }

  public mutating func int(_ number: Int64) {
    digits(number.magnitude, isNegative: number < 0)
  }

  /// The shortest text that reads back as the same number, whole numbers without a fraction; null for what JSON can't
  /// say (not a number, infinity).
  public mutating func double(_ number: Double) {
    guard number.isFinite else { return null() }
    let magnitude = number.magnitude
    if magnitude < 1e15, magnitude == Double(UInt64(magnitude)) {
      digits(UInt64(magnitude), isNegative: number.sign == .minus)
    } else if let billionths = Self.billionths(magnitude) {
      digits(billionths / 1_000_000_000, isNegative: number.sign == .minus, billionths: billionths % 1_000_000_000)
    } else {
      var text = number.description
      if text.hasSuffix(".0") { text.removeLast(2) }
      text.withUTF8 { separate(before: $0) }
    }
  }

  public mutating func bool(_ truth: Bool) { word(truth ? "true" : "false") }
  public mutating func null() { word("null") }

  /// One value that is JSON already.
  public mutating func raw(_ json: some Collection<UInt8>) {
    if json.withContiguousStorageIfAvailable({ separate(before: $0) }) == nil {
      Array(json).withUnsafeBufferPointer { separate(before: $0) }
    }
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
  /// Lets `body` write from where it is given, at most that many bytes; it gives back where it stopped.
  @inline(__always)
  private mutating func write(
    atMost length: Int, _ body: (UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8>
  ) {
    if count &+ length > capacity { grow(length) }
    count = body(base + count) - base
  }

  @inline(never)
  private mutating func grow(_ length: Int) {
    capacity += max(capacity, length)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
  }

  /// A value that is plain bytes, with its comma.
  private mutating func separate(before value: UnsafeBufferPointer<UInt8>) {
    let comma = needsComma
    write(atMost: value.count &+ 1) { target in
      var target = target
      if comma {
        target[0] = UInt8(ascii: ",")
        target += 1
      }
      if let base = value.baseAddress { target.update(from: base, count: value.count) }
      return target + value.count
    }
    needsComma = true
  }

  private mutating func begin(_ byte: UInt8) {
    let comma = needsComma
    write(atMost: 2) { target in
      target[0] = UInt8(ascii: ",")
      let target = comma ? target + 1 : target
      target[0] = byte
      return target + 1
    }
    needsComma = false
  }

  private mutating func end(_ byte: UInt8) {
    write(atMost: 1) { target in
      target[0] = byte
      return target + 1
    }
    needsComma = true
  }

  private mutating func word(_ word: StaticString) {
    separate(before: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// The number in billionths, where it is the one that is nearest to so many. Its decimals are then its shortest text,
  /// since it has no more than fifteen of them, and found without the search that others need. Below a ten-thousandth it
  /// would be written with an exponent.
  @inline(__always)
  private static func billionths(_ magnitude: Double) -> UInt64? {
    guard magnitude < 1e6, magnitude >= 1e-4 else { return nil }
    let billionths = (magnitude * 1e9).rounded()
    return billionths / 1e9 == magnitude ? UInt64(billionths) : nil
  }

  private mutating func digits(_ magnitude: UInt64, isNegative: Bool, billionths: UInt64 = 0) {
    let comma = needsComma
    // A comma, a sign and the twenty digits of the largest number, or seven, a point and nine more.
    write(atMost: 22) { target in
      var target = target
      if comma {
        target[0] = UInt8(ascii: ",")
        target += 1
      }
      if isNegative {
        target[0] = UInt8(ascii: "-")
        target += 1
      }
      if magnitude < 10 {
        target[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: magnitude)
        return billionths == 0 ? target + 1 : Self.fraction(billionths, into: target + 1)
      }
      let length = Self.digitCount(magnitude)
      var rest = magnitude
      var index = length
      while rest >= 10 {
        index &-= 1
        target[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      target[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest)
      target += length
      return billionths == 0 ? target : Self.fraction(billionths, into: target)
    }
    needsComma = true
  }

  /// The point, and nine digits without the zeros at their end.
  private static func fraction(
    _ billionths: UInt64, into target: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    var (rest, length) = (billionths, 9)
    while rest % 10 == 0 {
      rest /= 10
      length &-= 1
    }
    target[0] = UInt8(ascii: ".")
    for index in stride(from: length, to: 0, by: -1) {
      target[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    return target + (length &+ 1)
  }

  @inline(__always)
  private static func digitCount(_ magnitude: UInt64) -> Int {
    var count = 1
    var rest = magnitude
    while rest >= 10_000 {
      rest /= 10_000
      count &+= 4
    }
    return count &+ (rest >= 1_000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
  }

  /// A string with its quotes and comma, whatever must be escaped escaped.
  private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
    let comma = needsComma
    needsComma = true
    // The longest escape takes six bytes for one; room for that is made only where there is something to escape.
    let plain = text.baseAddress.map { ByteScan.firstEscaped($0, from: 0, count: text.count) } ?? 0
    write(atMost: plain &+ (text.count &- plain) &* 6 &+ 3) { target in
      var target = target
      if comma {
        target[0] = UInt8(ascii: ",")
        target += 1
      }
      target[0] = UInt8(ascii: "\"")
      target += 1
      if let base = text.baseAddress {
        target.update(from: base, count: plain)
        target += plain
        if plain < text.count { target = Self.escape(base, from: plain, count: text.count, into: target) }
      }
      target[0] = UInt8(ascii: "\"")
      return target + 1
    }
  }

  private static func escape(
    _ base: UnsafePointer<UInt8>, from first: Int, count: Int, into target: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    var target = target
    var start = first
    while true {
      let stop = ByteScan.firstEscaped(base, from: start, count: count)
      target.update(from: base + start, count: stop - start)
      target += stop - start
      guard stop < count else { return target }
      target[0] = UInt8(ascii: "\\")
      target[1] = shortEscape(base[stop])
      target += 2
      if base[stop] < 0x20, target[-1] == UInt8(ascii: "u") {
        target[0] = UInt8(ascii: "0")
        target[1] = UInt8(ascii: "0")
        target[2] = UInt8(ascii: "0") + base[stop] >> 4
        target[3] = hexDigit(base[stop] & 0xf)
        target += 4
      }
      start = stop + 1
    }
  }

  /// What follows the backslash; `u` where four digits must follow that.
  private static func shortEscape(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x08: UInt8(ascii: "b")
    case 0x09: UInt8(ascii: "t")
    case 0x0a: UInt8(ascii: "n")
    case 0x0c: UInt8(ascii: "f")
    case 0x0d: UInt8(ascii: "r")
    case 0..<0x20: UInt8(ascii: "u")
    default: byte
    }
  }

  private static func hexDigit(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }
}
