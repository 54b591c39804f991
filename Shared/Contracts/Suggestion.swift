// What somebody probably meant who misspelt a name: said beside every "there is no …".

/// Finds the name that was probably meant.
public enum Suggestion {
  /// `; did you mean …?`, or nothing where no name is near.
  public static func text(for name: String, among names: some Sequence<String>) -> String {
    nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// No name is longer, and how far apart two are takes the time of both lengths.
  static let nameBytesMax = 128

  public static func nearest(to name: String, among names: some Sequence<String>) -> String? {
    nearest(to: name, among: names, distanceMax: max(1, name.utf8.count / 3))
  }

  package static func nearest(
    to name: String, among names: some Sequence<String>, distanceMax limit: Int
  ) -> String? {
    guard name.utf8.count <= nameBytesMax else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in names where candidate != name {
      let distance = Self.distance(Array(name.utf8), Array(candidate.utf8))
      if distance <= limit, best.map({ (distance, candidate) < ($0.distance, $0.name) }) ?? true {
        best = (candidate, distance)
      }
    }
    return best?.name
  }

  package static func distance(_ a: String, _ b: String) -> Int { distance(Array(a.utf8), Array(b.utf8)) }

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
