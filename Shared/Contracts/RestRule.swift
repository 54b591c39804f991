/// When something rests because of how often it was rejected, or shown and not answered: after so many of them, for so
/// long. They count in runs: whoever has rested is asked as if for the first time. Times are in the caller's unit.
struct RestRule {
  let max: Int64
  let rest: Int64
  /// What comes within a rest counts for that one alone. A no begins it anew, as he is left alone for so long after his last
  /// one; what we show meanwhile doesn't, or it might never end.
  let beginsAnewWithin: Bool

  /// Whether it rests now. `times` are in order. Where they are not all that there were, the first run's beginning isn't
  /// known: a pause as long as a rest then stands for one.
  func rests(at now: Int64, _ times: some Sequence<(at: Int64, count: Int64)>, areAll: Bool) -> Bool {
    var count: Int64 = 0
    var began: Int64?
    var last: Int64?
    for time in times {
      defer { last = time.at }
      if let since = began, time.at - since < rest {
        if beginsAnewWithin { began = time.at }
        continue
      }
      if !areAll, let last, time.at - last >= rest { count = 0 }
      count += time.count
      if count >= max { (began, count) = (time.at, 0) }
    }
    return began.map { now - $0 < rest } ?? false
  }
}
