/// A text that a predicate asks about: what `contact.channel` is compared with, or what a function is given.
package struct PredicateText: Sendable, Equatable {
  /// What it is asked about: `contact.channel`, or a function, as `interest`; its channel is `contact.channel` too.
  package let subject: String
  package let text: String
  /// UTF-8 bytes from the predicate's start.
  package let offset: Int

  /// All of a predicate, conditions that it refers to left out; none where it can't be read.
  package static func all(in source: String) -> [PredicateText] {
    guard let syntax = try? PredicateParser.parse(source).syntax else { return [] }
    var all: [PredicateText] = []
    add(syntax, to: &all)
    return all
  }

  /// A parsed predicate is nested no deeper than its parser allows.
  private static func add(_ syntax: Syntax, to all: inout [PredicateText]) {
    switch syntax.form {
    case .number, .text, .truth, .path, .condition, .list: break
    case .not(let operand), .negative(let operand): add(operand, to: &all)
    case .binary(let name, let left, let right):
      if ["==", "!="].contains(name) {
        add(left, comparedWith: [right], to: &all)
        add(right, comparedWith: [left], to: &all)
      }
      add(left, to: &all)
      add(right, to: &all)
    case .membership(let operand, let list, _):
      if case .list(let elements) = list.form { add(operand, comparedWith: elements, to: &all) }
      add(operand, to: &all)
    case .call(let name, let arguments):
      if let first = arguments.first { add(first, subject: name, to: &all) }
      if arguments.count > 1 { add(arguments[1], subject: "contact.channel", to: &all) }
    }
  }

  private static func add(_ syntax: Syntax, comparedWith others: [Syntax], to all: inout [PredicateText]) {
    guard case .path(let path) = syntax.form else { return }
    for other in others { add(other, subject: path, to: &all) }
  }

  private static func add(_ syntax: Syntax, subject: String, to all: inout [PredicateText]) {
    guard case .text(let text) = syntax.form else { return }
    all.append(PredicateText(subject: subject, text: text, offset: syntax.offset))
  }
}
