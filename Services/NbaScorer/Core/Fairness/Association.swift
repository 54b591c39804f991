/// How strongly two things that customers are or do go together, from pairs of their values: Cramér's V, corrected for
/// what chance alone makes of few customers and many values (Bergsma, "A bias-correction for Cramér's V and Tschuprow's
/// T", Journal of the Korean Statistical Society 42, 2013). 0: they know nothing of each other; 1: one tells the other.
package struct Association: Sendable {
  private var pairs: [Pair: Int] = [:]
  private var left: [String: Int] = [:]
  private var right: [String: Int] = [:]
  /// Of so many customers both are known.
  package private(set) var count = 0

  private struct Pair: Hashable {
    var left: String
    var right: String
  }

  package init() {}

  package mutating func add(_ one: String, _ other: String, count: Int = 1) {
    guard count > 0 else { return }
    pairs[Pair(left: one, right: other), default: 0] += count
    left[one, default: 0] += count
    right[other, default: 0] += count
    self.count += count
  }

  package var strength: Double {
    guard left.count > 1, right.count > 1 else { return 0 }
    let n = Double(count)
    // χ² / n, of the cells that have anybody; the empty ones add up with them to the sum of what is expected.
    let square = pairs.reduce(0) { sum, cell in
      let (observed, expected) = (Double(cell.value), Double(left[cell.key.left]!) * Double(right[cell.key.right]!) / n)
      return sum + observed * observed / expected
    }
    let (rows, columns) = (Double(left.count), Double(right.count))
    let corrected = max(0, square / n - 1 - (rows - 1) * (columns - 1) / (n - 1))
    let smaller = min(rows - (rows - 1) * (rows - 1) / (n - 1), columns - (columns - 1) * (columns - 1) / (n - 1)) - 1
    guard smaller > 0 else { return 0 }
    // In whichever order the cells were summed up, it is the same number.
    return (min(1, (corrected / smaller).squareRoot()) * 1e9).rounded() / 1e9
  }
}
