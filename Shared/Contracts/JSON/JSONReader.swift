// A pull reader for JSON documents (RFC 8259, strictly): the caller asks for what he expects next and gets it, or an
// error that names the field. It makes no tree and, apart from the strings it hands out, allocates nothing.
//
// Of a member that comes twice the caller sees both, in order, so the last one wins where he assigns. Closures say
// their error type, since the language does not infer it: `try reader.object { reader, key throws(JSONError) in … }`.

public struct JSONReader: ~Copyable {
  public enum Kind: Sendable { case object, array, string, number, bool, null }

  let base: UnsafePointer<UInt8>
  let count: Int
  var position = 0
  private let document: [UInt8]
  private let maxDepth: Int
  private var depth = 0

  private init(_ document: [UInt8], at base: UnsafePointer<UInt8>, maxDepth: Int) {
    self.document = document
    self.base = base
    self.maxDepth = maxDepth
    count = document.count
  }

  /// Reads a whole document: `body` must read its one value, and nothing but white space may follow.
  public static func read<T>(
    _ bytes: [UInt8], maxDepth: Int = 32, _ body: (inout JSONReader) throws(JSONError) -> T
  ) throws(JSONError) -> T {
    guard !bytes.isEmpty else { throw JSONError(offset: 0, path: "", reason: "the document is empty") }
    return try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
      var reader = JSONReader(bytes, at: buffer.baseAddress!, maxDepth: maxDepth)
      reader.skipWhitespace()
      let start = reader.position
      let value = try body(&reader)
      if reader.position == start { try reader.skip() }
      reader.skipWhitespace()
      guard reader.position == reader.count else { throw reader.fail("expected the end, found \(reader.found)") }
      return value
    }
  }

  /// Reads an object; `body` reads the value of each member, or leaves it alone to have it skipped.
  public mutating func object(_ body: (inout JSONReader, JSONKey) throws(JSONError) -> Void) throws(JSONError) {
    guard try open(UInt8(ascii: "{"), close: UInt8(ascii: "}"), "an object") else { return }
    repeat {
      let key = try key()
      skipWhitespace()
      guard peek == UInt8(ascii: ":") else { throw fail("expected ':', found \(found)") }
      position &+= 1
      skipWhitespace()
      let start = position
      try body(&self, key)
      if position == start { try skip() }
    } while try isNext(close: UInt8(ascii: "}"))
  }

  /// Reads an array; `body` reads one element, or leaves it alone to have it skipped.
  public mutating func array(_ body: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
    guard try open(UInt8(ascii: "["), close: UInt8(ascii: "]"), "an array") else { return }
    repeat {
      skipWhitespace()
      let start = position
      try body(&self)
      if position == start { try skip() }
    } while try isNext(close: UInt8(ascii: "]"))
  }

  public mutating func bool() throws(JSONError) -> Bool {
    skipWhitespace()
    if take("true") { return true }
    if take("false") { return false }
    throw fail("expected true or false, found \(found)")
  }

  /// Consumes a null if that is next; otherwise consumes nothing and is false.
  public mutating func null() throws(JSONError) -> Bool {
    skipWhitespace()
    return take("null")
  }

  /// What comes next; it is not consumed.
  public mutating func kind() throws(JSONError) -> Kind {
    skipWhitespace()
    switch peek {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw fail("expected a value, found \(found)")
    }
  }

  /// Reads over the next value, which must be as well-formed as one that is wanted.
  public mutating func skip() throws(JSONError) {
    switch try kind() {
    case .object: try object { _, _ in }
    case .array: try array { _ in }
    case .string: _ = try scanString()
    case .number: _ = try scanNumber()
    case .bool: _ = try bool()
    case .null: guard take("null") else { throw fail("expected null, found \(found)") }
    }
  }

  /// The bytes of the next value, checked but not decoded.
  public mutating func rawValue() throws(JSONError) -> ArraySlice<UInt8> {
    skipWhitespace()
    let start = position
    try skip()
    return document[start..<position]
  }

  /// An error at the present place, with its path.
  public func fail(_ reason: String) -> JSONError {
    let path = JSONPath(in: UnsafeBufferPointer(start: base, count: count), before: position)
    return JSONError(offset: position, path: path.text, reason: reason)
  }

  /// An error about a member of the object that is being read or was just read, such as one that is not there.
  public func fail(_ reason: String, member: String) -> JSONError {
    var error = fail(reason)
    JSONPath.append(member, to: &error.path)
    return error
  }
}

// MARK: - What the reader is made of

extension JSONReader {
  @inline(__always)
  var peek: UInt8 { position < count ? base[position] : 0 }

  @inline(__always)
  mutating func skipWhitespace() {
    while position < count {
      switch base[position] {
      case 0x20, 0x0a, 0x0d, 0x09: position &+= 1
      default: return
      }
    }
  }

  /// What is at the present place, in words.
  var found: String {
    guard position < count else { return "the end" }
    switch base[position] {
    case UInt8(ascii: "{"): return "an object"
    case UInt8(ascii: "["): return "an array"
    case UInt8(ascii: "\""): return "a string"
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return "a number"
    case UInt8(ascii: "t") where follows("true"): return "true"
    case UInt8(ascii: "f") where follows("false"): return "false"
    case UInt8(ascii: "n") where follows("null"): return "null"
    case let byte where byte > 0x20 && byte < 0x7f: return "'\(Character(Unicode.Scalar(byte)))'"
    case let byte: return "byte 0x\(String(byte, radix: 16))"
    }
  }

  @inline(__always)
  private func follows(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard position &+ length <= count else { return false }
    for index in 0..<length where base[position &+ index] != word.utf8Start[index] { return false }
    return true
  }

  @inline(__always)
  private mutating func take(_ word: StaticString) -> Bool {
    guard follows(word) else { return false }
    position &+= word.utf8CodeUnitCount
    return true
  }

  /// Enters a container; false if it is empty and was left at once.
  @inline(__always)
  private mutating func open(_ first: UInt8, close last: UInt8, _ what: StaticString) throws(JSONError) -> Bool {
    skipWhitespace()
    guard peek == first else { throw fail("expected \(what), found \(found)") }
    guard depth < maxDepth else { throw fail("nested deeper than \(maxDepth)") }
    position &+= 1
    skipWhitespace()
    if peek == last {
      position &+= 1
      return false
    }
    depth &+= 1
    return true
  }

  /// After a member or an element: true if another follows, false if the container ended.
  @inline(__always)
  private mutating func isNext(close last: UInt8) throws(JSONError) -> Bool {
    skipWhitespace()
    switch peek {
    case UInt8(ascii: ","):
      position &+= 1
      return true
    case last:
      position &+= 1
      depth &-= 1
      return false
    default: throw fail("expected ',' or '\(Character(Unicode.Scalar(last)))', found \(found)")
    }
  }
}
