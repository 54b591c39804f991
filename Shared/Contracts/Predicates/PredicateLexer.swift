/// The words of the predicate language.
enum Token: Equatable {
  case number(Double)
  case text(String)
  /// Letters, digits, `_` and, between them, dots: `customer.age`, `emp.var.rate`.
  case name(String)
  /// `@name`
  case condition(String)
  case symbol(String)
  case end
}

struct PlacedToken: Equatable {
  var token: Token
  var offset: Int
}

/// Cuts the source into words. The first thing that is no word ends it.
struct PredicateLexer {
  private let bytes: [UInt8]
  private var at = 0

  static func tokens(_ source: String) throws(PredicateError) -> [PlacedToken] {
    var lexer = PredicateLexer(bytes: Array(source.utf8))
    var tokens: [PlacedToken] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.token != .end
    return tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func next() throws(PredicateError) -> PlacedToken {
    while at < bytes.count, [32, 9, 10, 13].contains(bytes[at]) { at += 1 }
    let start = at
    guard at < bytes.count else { return PlacedToken(token: .end, offset: start) }
    let token: Token
    switch bytes[at] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): token = try number()
    case UInt8(ascii: "\""), UInt8(ascii: "'"): token = try text(quote: bytes[at])
    case UInt8(ascii: "@"):
      at += 1
      let name = takeName()
      guard !name.isEmpty else { throw PredicateError(start, "@ takes the name of a condition") }
      token = .condition(name)
    case let byte where Self.isNameStart(byte): token = .name(takeName())
    default: token = try symbol()
    }
    return PlacedToken(token: token, offset: start)
  }

  private mutating func symbol() throws(PredicateError) -> Token {
    for symbol in ["==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ","]
    where bytes[at...].starts(with: symbol.utf8) {
      at += symbol.utf8.count
      return .symbol(symbol)
    }
    if bytes[at] == UInt8(ascii: "=") { throw PredicateError(at, "equality is written ==") }
    if bytes[at] == UInt8(ascii: "&") || bytes[at] == UInt8(ascii: "|") || bytes[at] == UInt8(ascii: "!") {
      throw PredicateError(at, "logic is written and, or, not")
    }
    let scalar = String(decoding: bytes[at...].prefix(4), as: UTF8.self).first.map(String.init) ?? "?"
    throw PredicateError(at, "\(scalar) has no meaning here")
  }

  private mutating func number() throws(PredicateError) -> Token {
    let start = at
    func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
    while at < bytes.count, isDigit(bytes[at]) { at += 1 }
    if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "."), isDigit(bytes[at + 1]) {
      at += 1
      while at < bytes.count, isDigit(bytes[at]) { at += 1 }
    }
    guard at - start <= 20, let value = Double(String(decoding: bytes[start..<at], as: UTF8.self)) else {
      throw PredicateError(start, "a number has at most 20 characters")
    }
    if at < bytes.count, Self.isNameStart(bytes[at]) { throw PredicateError(at, "a number ends before a letter") }
    return .number(value)
  }

  private mutating func text(quote: UInt8) throws(PredicateError) -> Token {
    let start = at
    at += 1
    var text: [UInt8] = []
    while at < bytes.count, bytes[at] != quote {
      if bytes[at] == UInt8(ascii: "\\") {
        at += 1
        guard at < bytes.count, bytes[at] == quote || bytes[at] == UInt8(ascii: "\\") else {
          throw PredicateError(at - 1, "after \\ only a quote or \\ is taken")
        }
      }
      text.append(bytes[at])
      at += 1
    }
    guard at < bytes.count else { throw PredicateError(start, "the text is not closed") }
    at += 1
    return .text(String(decoding: text, as: UTF8.self))
  }

  private mutating func takeName() -> String {
    let start = at
    while at < bytes.count {
      let isDot = bytes[at] == UInt8(ascii: ".") && at > start && at + 1 < bytes.count && Self.isName(bytes[at + 1])
      guard Self.isName(bytes[at]) || isDot else { break }
      at += 1
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private static func isNameStart(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= 97 && byte | 0x20 <= 122) || byte == UInt8(ascii: "_")
  }

  private static func isName(_ byte: UInt8) -> Bool { isNameStart(byte) || (byte >= 48 && byte <= 57) }
}
