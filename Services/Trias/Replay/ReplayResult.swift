import Contracts

/// What a replay came to.
package struct ReplayResult: Sendable, Equatable {
  package var dataset: String
  package var rows: Int64 = 0
  /// Rows that make no event, with the first reason.
  package var badRows: Int64 = 0
  package var firstBadRow: String?
  package var sent: Int64 = 0
  package var applied: Int64 = 0
  package var duplicates: Int64 = 0
  package var deadLettered: Int64 = 0
  /// What was applied and then refused by a later service.
  package var refusedLater: [ConsumerGroup: Int64] = [:]
  package var deadLetterReason: String?
  package var lists: Int64 = 0
  package var leads: Int64 = 0
  package var listMs: [Int64] = []
  package var elapsedMs: Int64 = 0
  /// So many events may have been in line at a time; nil where they came in their own time.
  package var aheadMax: Int64?
  /// It was asked to stop before the end of the file.
  package var isStopped = false

  /// Every event sent was applied, recognised as a repetition, or is a dead letter. What is missing may hide behind what
  /// others have repeated meanwhile.
  package var isBalanced: Bool { sent <= applied + duplicates + deadLettered }

  /// The services count everybody's repetitions together: of so many that were counted this replay's can't be.
  private var othersDuplicates: Int64 { min(duplicates, max(0, applied + duplicates + deadLettered - sent)) }

  package var table: String {
    var lines: [(String, String)] = [
      ("dataset", dataset), ("rows", number(rows)), ("events sent", number(sent)), ("applied", number(applied)),
      ("duplicates", number(duplicates - othersDuplicates)), ("dead-lettered", number(deadLettered)),
    ]
    for (group, count) in refusedLater.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      lines.append(("refused later", "\(number(count)) by \(group.rawValue)"))
    }
    if let deadLetterReason { lines.append(("one reason", deadLetterReason)) }
    if badRows > 0 { lines.append(("rows left out", "\(number(badRows)), first: \(firstBadRow ?? "")")) }
    lines += [("lists", number(lists)), ("leads", number(leads))]
    let sorted = listMs.sorted()
    lines.append(
      (
        "event to list",
        sorted.isEmpty ? "no lists" : "p50 \(at(0.5, sorted)) ms, p99 \(at(0.99, sorted)) ms\(queueing)"
      ))
    let seconds = Double(max(elapsedMs, 1)) / 1_000
    lines.append(("took", "\(number(Int64(seconds.rounded()))) s, \(number(Int64(Double(sent) / seconds))) events/s"))
    if othersDuplicates > 0 {
      lines.append(("of others", "\(number(othersDuplicates)) duplicates at least, sent meanwhile"))
    }
    let width = lines.map(\.0.count).max() ?? 0
    var text = lines.map { "  \($0.0)\(String(repeating: " ", count: width - $0.0.count))  \($0.1)" }
    text.append("  \(verdict)")
    return text.joined(separator: "\n")
  }

  private var verdict: String {
    let counted = applied + duplicates + deadLettered
    if counted < sent { return "NOT BALANCED: sent \(sent), but applied + duplicates + dead-lettered = \(counted)" }
    if counted == sent { return "sent = applied + duplicates + dead-lettered" }
    return "nothing is seen to be missing; others sent events meanwhile, and the services count everybody's duplicates "
      + "together, so how many are of this replay can't be known"
  }

  private var queueing: String { aheadMax.map { " (in a line of up to \(number($0)) events)" } ?? "" }

  private func at(_ share: Double, _ sorted: [Int64]) -> String {
    number(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))])
  }

  private func number(_ value: Int64) -> String { grouped(value) }
}

/// `41188` as `41,188`.
package func grouped(_ value: Int64) -> String {
  let digits = Array(String(value.magnitude))
  var text = value < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return text
}

/// Where a replay is.
package struct ReplayProgress: Sendable, Equatable {
  package var rows: Int64 = 0
  /// nil where the file is not read twice to count it.
  package var rowsTotal: Int64?
  package var sent: Int64 = 0
  package var eventsPerSecond: Double = 0
  /// Of the group that is furthest behind.
  package var lag: Int64 = 0
  package var lists: Int64 = 0
  package var leads: Int64 = 0
  /// All is sent, and the services are finishing.
  package var isDraining = false

  package var line: String {
    let share = rowsTotal.map { $0 > 0 ? Double(rows) / Double($0) : 1 }
    let percent = share.map { "\(min(100, Int($0 * 100))) %, " } ?? ""
    let doing = isDraining ? "all sent, waiting for the services, " : ""
    return "\(doing)\(percent)\(grouped(rows)) rows, \(grouped(sent)) events, \(grouped(Int64(eventsPerSecond)))/s, "
      + "\(grouped(lag)) under way, \(grouped(lists)) lists, \(grouped(leads)) leads"
  }

  /// With a bar, for a terminal.
  package func bar(width: Int) -> String {
    guard let rowsTotal, rowsTotal > 0 else { return line }
    let full = min(width, Int(Double(width) * Double(rows) / Double(rowsTotal)))
    return "[\(String(repeating: "#", count: full))\(String(repeating: "·", count: width - full))] \(line)"
  }
}
