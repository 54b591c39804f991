/// A member's name while it is being read: a view into the document, valid only inside the body it is given to. Made
/// for `switch key { case "channel": … default: try reader.skip() }`, which compares bytes and allocates nothing.
public struct JSONKey {
  private let base: UnsafePointer<UInt8>
  private let count: Int
  /// Set only where the name in the document has escapes, so that what is compared is what was meant.
  private let unescaped: [UInt8]?

  @inline(__always)
  init(_ bytes: UnsafeBufferPointer<UInt8>, unescaped: [UInt8]?) {
    base = bytes.baseAddress!
    count = bytes.count
    self.unescaped = unescaped
  }

  public var string: String {
    withBytes { String(decoding: $0, as: UTF8.self) }
  }

  @inline(__always)
  public static func == (key: JSONKey, name: StaticString) -> Bool {
    if let unescaped = key.unescaped {
      return unescaped.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
    return name.utf8CodeUnitCount == key.count && sameBytes(name.utf8Start, key.base, count: key.count)
  }

  /// For names that are known only at run time.
  public static func == (key: JSONKey, name: String) -> Bool {
    key.withBytes { $0.elementsEqual(name.utf8) }
  }

  private func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let unescaped { unescaped.withUnsafeBufferPointer(body) } else { body(.init(start: base, count: count)) }
  }

  @inline(__always)
  private static func sameBytes(_ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, count: Int) -> Bool {
    var index = 0
    while index &+ 8 <= count {
      let difference =
        UnsafeRawPointer(one + index).loadUnaligned(as: UInt64.self)
        ^ UnsafeRawPointer(other + index).loadUnaligned(as: UInt64.self)
      if difference != 0 { return false }
      index &+= 8
    }
    while index < count {
      if one[index] != other[index] { return false }
      index &+= 1
    }
    return true
  }
}

/// Lets a switch over a key name its cases as literals.
@inline(__always)
public func ~= (name: StaticString, key: JSONKey) -> Bool { key == name }
