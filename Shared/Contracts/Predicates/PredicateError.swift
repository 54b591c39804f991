/// What is wrong with a predicate, and where.
package struct PredicateError: Error, Sendable, Equatable, CustomStringConvertible {
  /// UTF-8 bytes from the start of the source.
  package var offset: Int
  package var message: String
  /// It only follows from a mistake that is told where it was made.
  package var isConsequence = false

  package init(_ offset: Int, _ message: String) {
    self.offset = offset
    self.message = message
  }

  package var description: String { "at character \(offset + 1): \(message)" }
}

/// All that is wrong with one predicate.
package struct PredicateErrors: Error, Sendable, Equatable, CustomStringConvertible {
  package var errors: [PredicateError]

  package init(_ errors: [PredicateError]) { self.errors = errors }

  package var description: String { errors.map(\.description).joined(separator: "; ") }
}
