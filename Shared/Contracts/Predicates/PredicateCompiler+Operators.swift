// Operators: logic, comparison, arithmetic, membership.
extension PredicateCompiler {
  mutating func binaryValue(_ name: String, _ left: Syntax, _ right: Syntax, _ syntax: Syntax) -> Value? {
    switch name {
    case "and", "or":
      let (a, b) = (truth(left, name), truth(right, name))
      guard let a, let b else { return nil }
      return name == "and" ? .truth { a($0) && b($0) } : .truth { a($0) || b($0) }
    case "+", "-", "*", "/":
      let (a, b) = (number(left, name), number(right, name))
      guard let a, let b else { return nil }
      return .number(Self.arithmetic(name, a, b))
    case "==", "!=": return equality(isNegated: name == "!=", left, right, syntax)
    default:
      let (a, b) = (
        number(left, name, limit: Self.constant(right)), number(right, name, limit: Self.constant(left))
      )
      guard let a, let b else { return nil }
      return .truth(Self.comparison(name, a, b))
    }
  }

  private static func arithmetic(
    _ name: String, _ a: @escaping @Sendable (Answers) -> Double?, _ b: @escaping @Sendable (Answers) -> Double?
  ) -> @Sendable (Answers) -> Double? {
    // What is too large for a number, or divided by zero, is as if it were missing: it never becomes infinite or NaN.
    @Sendable func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }
    switch name {
    case "+": return { answers in a(answers).flatMap { x in b(answers).flatMap { finite(x + $0) } } }
    case "-": return { answers in a(answers).flatMap { x in b(answers).flatMap { finite(x - $0) } } }
    case "*": return { answers in a(answers).flatMap { x in b(answers).flatMap { finite(x * $0) } } }
    default: return { answers in a(answers).flatMap { x in b(answers).flatMap { finite(x / $0) } } }
    }
  }

  private static func comparison(
    _ name: String, _ a: @escaping @Sendable (Answers) -> Double?, _ b: @escaping @Sendable (Answers) -> Double?
  ) -> @Sendable (Answers) -> Bool {
    func both(_ compare: @escaping @Sendable (Double, Double) -> Bool) -> @Sendable (Answers) -> Bool {
      { answers in
        guard let x = a(answers), let y = b(answers) else { return false }
        return compare(x, y)
      }
    }
    switch name {
    case "<": return both { $0 < $1 }
    case "<=": return both { $0 <= $1 }
    case ">": return both { $0 > $1 }
    default: return both { $0 >= $1 }
    }
  }

  private mutating func equality(isNegated: Bool, _ left: Syntax, _ right: Syntax, _ syntax: Syntax) -> Value? {
    guard let a = check(left), let b = check(right) else { return nil }
    switch (a, b) {
    case (.number(let a), .number(let b)):
      return .truth { answers in
        guard let x = a(answers), let y = b(answers) else { return false }
        return (x == y) != isNegated
      }
    case (.text(let a, let some), .text(let b, let others)):
      guard isPossible(right, among: some), isPossible(left, among: others) else { return nil }
      return .truth { answers in
        guard let x = a(answers), let y = b(answers) else { return false }
        return (x == y) != isNegated
      }
    case (.truth(let a), .truth(let b)):
      // By itself what is not known is not true; compared, it is neither.
      let slots = [left, right].compactMap { slot(ofPath: $0) }
      return .truth { answers in
        slots.allSatisfy { if case .bool? = answers[$0] { true } else { false } }
          && (a(answers) == b(answers)) != isNegated
      }
    default: return fail(syntax, "\(a.type.word) and \(b.type.word) are never equal")
    }
  }

  /// nil: it is no name of the customer's or the contact's.
  private mutating func slot(ofPath syntax: Syntax) -> Int? {
    guard case .path(let name) = syntax.form, let (_, query) = scope.path(name) else { return nil }
    return slot(query)
  }

  mutating func membershipValue(_ operand: Syntax, _ list: Syntax, isNegated: Bool) -> Value? {
    guard case .list(let elements) = list.form else { return fail(list, "in takes a list: [\"a\", \"b\"]") }
    guard !elements.isEmpty else { return fail(list, "the list is empty") }
    guard let value = check(operand) else { return nil }
    switch value {
    case .number(let number):
      var numbers: Set<Double> = []
      for element in elements {
        guard let constant = Self.constant(element) else { return fail(element, "the list takes numbers") }
        numbers.insert(constant)
      }
      return .truth { [numbers] in number($0).map { numbers.contains($0) != isNegated } ?? false }
    case .text(let text, let values):
      var texts: Set<String> = []
      for element in elements {
        guard case .text(let constant) = element.form else { return fail(element, "the list takes texts in quotes") }
        guard isPossible(element, among: values) else { return nil }
        texts.insert(constant)
      }
      return .truth { [texts] in text($0).map { texts.contains($0) != isNegated } ?? false }
    case .truth: return fail(operand, "in takes a number or a text, this is true or false")
    }
  }

  private static func constant(_ syntax: Syntax) -> Double? {
    switch syntax.form {
    case .number(let number): number
    case .negative(let inner): if case .number(let number) = inner.form { -number } else { nil }
    default: nil
    }
  }

  /// A text that is written out must be one of the values that the other side can have.
  private mutating func isPossible(_ syntax: Syntax, among values: [String]) -> Bool {
    guard case .text(let text) = syntax.form, !values.isEmpty, !values.contains(text) else { return true }
    let hint = Suggestion.text(for: text, among: values)
    fail(
      syntax, "\"\(text)\" is none of the declared values\(hint.isEmpty ? ": \(values.joined(separator: ", "))" : hint)"
    )
    return false
  }
}
