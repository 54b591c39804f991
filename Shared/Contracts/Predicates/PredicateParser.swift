/// A predicate as it is written, before names and types are looked at.
struct Syntax {
  indirect enum Form {
    case number(Double)
    case text(String)
    case truth(Bool)
    case list([Syntax])
    case path(String)
    case condition(String)
    case call(String, [Syntax])
    case not(Syntax)
    case negative(Syntax)
    case binary(String, Syntax, Syntax)
    /// `in`, and `not in` where it is negated.
    case membership(Syntax, Syntax, isNegated: Bool)
  }

  var form: Form
  var offset: Int
}

/// Pratt's way of parsing: every operator has a strength, and a stronger one takes its neighbours first.
struct PredicateParser {
  package static let sourceBytesMax = 4_096
  private static let depthMax = 32
  private static let nodesMax = 1_024

  private let tokens: [PlacedToken]
  private var at = 0
  private var nodes = 0
  private var depth = 0

  static func parse(_ source: String) throws(PredicateError) -> (syntax: Syntax, words: Int) {
    guard source.utf8.count <= sourceBytesMax else {
      throw PredicateError(sourceBytesMax, "a predicate has at most \(sourceBytesMax) bytes")
    }
    var parser = PredicateParser(tokens: try PredicateLexer.tokens(source))
    guard parser.current != .end else { throw PredicateError(0, "the predicate is empty") }
    let syntax = try parser.expression(above: 0)
    guard parser.current == .end else {
      throw PredicateError(parser.offset, "expected the end or an operator, found \(parser.word)")
    }
    return (syntax, parser.nodes)
  }

  private init(tokens: [PlacedToken]) { self.tokens = tokens }

  private var current: Token { tokens[at].token }
  private var offset: Int { tokens[at].offset }

  private var word: String {
    switch current {
    case .number(let number): "\(number)"
    case .text(let text): "\"\(text)\""
    case .name(let name): name
    case .condition(let name): "@\(name)"
    case .symbol(let symbol): symbol
    case .end: "the end"
    }
  }

  private enum Strength { static let or = 1, and = 2, not = 3, comparison = 4, sum = 5, product = 6, sign = 7 }

  private mutating func expression(above strength: Int) throws(PredicateError) -> Syntax {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthMax else { throw PredicateError(offset, "nested deeper than \(Self.depthMax)") }
    var left = try operand()
    while let (name, its) = infix(), its > strength {
      let place = offset
      at += 1
      if name == "not" {
        guard current == .name("in") else { throw PredicateError(offset, "expected in after not") }
        at += 1
      }
      let right = try expression(above: its)
      switch name {
      case "in", "not": left = try made(.membership(left, right, isNegated: name == "not"), place)
      default: left = try made(.binary(name, left, right), place)
      }
      if its == Strength.comparison, let (next, again) = infix(), again == Strength.comparison {
        throw PredicateError(offset, "comparisons don't chain: write \"and\" before \(next)")
      }
    }
    return left
  }

  private func infix() -> (String, Int)? {
    switch current {
    case .name("or"): ("or", Strength.or)
    case .name("and"): ("and", Strength.and)
    case .name("in"): ("in", Strength.comparison)
    case .name("not"): ("not", Strength.comparison)
    case .symbol(let symbol):
      switch symbol {
      case "==", "!=", "<", "<=", ">", ">=": (symbol, Strength.comparison)
      case "+", "-": (symbol, Strength.sum)
      case "*", "/": (symbol, Strength.product)
      default: nil
      }
    default: nil
    }
  }

  private mutating func operand() throws(PredicateError) -> Syntax {
    let place = offset
    let token = current
    if token != .end { at += 1 }
    switch token {
    case .number(let number): return try made(.number(number), place)
    case .text(let text): return try made(.text(text), place)
    case .condition(let name): return try made(.condition(name), place)
    case .name("true"): return try made(.truth(true), place)
    case .name("false"): return try made(.truth(false), place)
    case .name("not"): return try made(.not(try expression(above: Strength.not)), place)
    case .symbol("-"): return try made(.negative(try expression(above: Strength.sign)), place)
    case .name(let name) where !["and", "or", "in"].contains(name):
      guard current == .symbol("(") else { return try made(.path(name), place) }
      at += 1
      return try made(.call(name, try elements(until: ")")), place)
    case .symbol("("):
      let inner = try expression(above: 0)
      try take(")")
      return inner
    case .symbol("["): return try made(.list(try elements(until: "]")), place)
    default:
      at -= token == .end ? 0 : 1
      throw PredicateError(place, "expected a value, found \(word)")
    }
  }

  private mutating func elements(until close: String) throws(PredicateError) -> [Syntax] {
    var elements: [Syntax] = []
    while current != .symbol(close) {
      if !elements.isEmpty { try take(",") }
      elements.append(try expression(above: 0))
    }
    at += 1
    return elements
  }

  private mutating func take(_ symbol: String) throws(PredicateError) {
    guard current == .symbol(symbol) else { throw PredicateError(offset, "expected \(symbol), found \(word)") }
    at += 1
  }

  private mutating func made(_ form: Syntax.Form, _ offset: Int) throws(PredicateError) -> Syntax {
    nodes += 1
    guard nodes <= Self.nodesMax else { throw PredicateError(offset, "more than \(Self.nodesMax) words") }
    return Syntax(form: form, offset: offset)
  }
}
