// Sums of what anybody may send.

extension Int64 {
  /// Their sum, or the number nearest to it that there is: a sum beyond Int64 is nobody's turnover, and must not be anybody's
  /// crash either.
  package func addingWithinBounds(_ other: Int64) -> Int64 {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? (other < 0 ? .min : .max) : sum
  }
}
