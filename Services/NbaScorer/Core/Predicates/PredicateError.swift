/// What is wrong with a predicate, and where.
package struct PredicateError: Error, Sendable, Equatable, CustomStringConvertible {
  /// UTF-8 bytes from the start of the source.
  package var offset: Int
  package var message: String

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

/// Finds the name that was probably meant.
package enum Suggestion {
  /// `; did you mean …?`, or nothing where no name is near.
  package static func text(for name: String, among names: some Sequence<String>) -> String {
    nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  package static func nearest(to name: String, among names: some Sequence<String>) -> String? {
    let limit = max(1, name.utf8.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in names where candidate != name {
      let distance = Self.distance(Array(name.utf8), Array(candidate.utf8))
      if distance <= limit, best.map({ (distance, candidate) < ($0.distance, $0.name) }) ?? true {
        best = (candidate, distance)
      }
    }
    return best?.name
  }

  /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    guard abs(a.count - b.count) <= a.count / 3 + 1 else { return a.count }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
