// Paths and functions: what predicates get their values from.
extension PredicateCompiler {
  mutating func pathValue(_ name: String, _ syntax: Syntax) -> Value? {
    if !scope.hasContact, PredicateScope.isAboutContact(name) {
      return fail(syntax, "it is about the customer in any contact or none: \(name) can't be asked")
    }
    if scope.isBarred(name) {
      return fail(syntax, "\(name) is declared with mayDecide: false, so nothing may ask for it")
    }
    guard let (type, query) = scope.path(name) else {
      if PredicateScope.functions.contains(where: { $0.name == name }) {
        return fail(syntax, "\(name) is a function and takes its argument in parentheses")
      }
      let names = scope.pathNames + PredicateScope.functions.map(\.name)
      return fail(syntax, "there is no \(name)\(Suggestion.text(for: name, among: names))")
    }
    return value(type, slot(query))
  }

  mutating func callValue(_ name: String, _ arguments: [Syntax], _ syntax: Syntax) -> Value? {
    if name == "known" { return knownValue(arguments, syntax) }
    guard let function = PredicateScope.functions.first(where: { $0.name == name }) else {
      let names = PredicateScope.functions.map(\.name) + ["known"]
      return fail(syntax, "there is no function \(name)\(Suggestion.text(for: name, among: names))")
    }
    let isCountRight = arguments.count == 1 || (arguments.count == 2 && function.takesChannel)
    guard isCountRight, let argument = text(arguments[0]), arguments.count == 1 || text(arguments[1]) != nil else {
      let takes = function.takesChannel ? "a text in quotes, and a channel if you like" : "one text in quotes"
      return fail(syntax, "\(name) takes \(takes)")
    }
    if let (values, what) = scope.values(of: function.argument), !values.contains(argument) {
      return fail(arguments[0], "\"\(argument)\" is no \(what)\(Suggestion.text(for: argument, among: values))")
    }
    return value(function.type, slot(function.query(argument, arguments.count == 2 ? text(arguments[1]) : nil)))
  }

  private mutating func knownValue(_ arguments: [Syntax], _ syntax: Syntax) -> Value? {
    guard arguments.count == 1, case .path(let name) = arguments[0].form else {
      return fail(syntax, "known takes one name: known(customer.age)")
    }
    // Whether it is there, and not how much it is.
    limit = 0
    defer { limit = nil }
    guard let value = pathValue(name, arguments[0]) else { return nil }
    switch value {
    case .number(let number): return .truth { number($0) != nil }
    case .text(let text, _): return .truth { text($0) != nil }
    case .truth:
      guard let (_, query) = scope.path(name) else { return nil }
      let slot = slot(query)
      return .truth {
        if case .bool? = $0[slot] { true } else { false }
      }
    }
  }

  private func text(_ syntax: Syntax) -> String? {
    if case .text(let text) = syntax.form { text } else { nil }
  }

  /// The value in a slot. One of another type than declared counts as missing.
  private func value(_ type: PredicateType, _ slot: Int) -> Value {
    switch type {
    case .number:
      .number {
        if case .number(let number)? = $0[slot], number.isFinite { number } else { nil }
      }
    case .truth:
      .truth {
        if case .bool(true)? = $0[slot] { true } else { false }
      }
    case .text(let values):
      .text(
        {
          if case .string(let text)? = $0[slot] { text } else { nil }
        }, values: values)
    }
  }
}
