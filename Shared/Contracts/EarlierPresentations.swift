// What was presented so early in a contact that its response has made room.

extension EarlierPresentations {
  /// The one that a response stood for.
  package init(_ response: Response) {
    let day = DayCount(day: response.atMs / Computation.dayMs, count: 1)
    self.init(proposition: response.proposition, lastMs: response.atMs, days: [day])
  }

  /// In all.
  public var count: Int64 { days.reduce(0) { $0 + $1.count } }

  /// How many of them were on the last `days` days, the day of `nowMs` among them.
  func count(withinDays days: Int, nowMs: Int64) -> Int64 { self.days.sum(withinDays: days, nowMs: nowMs) }
}

extension [EarlierPresentations] {
  /// Adds to those of the same proposition.
  package mutating func add(_ other: EarlierPresentations) {
    guard let index = firstIndex(where: { $0.proposition == other.proposition }) else { return append(other) }
    self[index].lastMs = Swift.max(self[index].lastMs, other.lastMs)
    for day in other.days { self[index].days.add(day.count, day: day.day) }
  }

  /// Takes one of that proposition out again, the last.
  package mutating func takeBack(_ proposition: String) {
    guard let index = firstIndex(where: { $0.proposition == proposition }), let last = self[index].days.indices.last
    else { return }
    self[index].days[last].count -= 1
    if self[index].days[last].count <= 0 { self[index].days.remove(at: last) }
    if self[index].days.isEmpty { remove(at: index) }
  }
}
