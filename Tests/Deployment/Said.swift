/// What is said on each public topic, a line for each thing: by the oracle what must be, by the services what is. Who
/// said it in which words is not in it, but everything that the input decides: what, of whom, and because of which event.
package struct Said: Sendable {
  /// Topic → line → under how many ids.
  package private(set) var lines: [String: [String: Int]] = [:]
  /// Lines that may be there or not: what becomes of somebody between two events that belong together.
  package private(set) var optional: Set<String> = []

  mutating func add(_ line: String, on topic: String, times: Int = 1, isOptional: Bool = false) {
    if isOptional { optional.insert("\(topic) \(line)") } else { lines[topic, default: [:]][line, default: 0] += times }
  }

  /// What is missing and what is too much, beside what must be there.
  package func complaints(expected: Said) -> [String] {
    var complaints: [String] = []
    for topic in Set(lines.keys).union(expected.lines.keys).sorted() {
      let (seen, wanted) = (lines[topic] ?? [:], expected.lines[topic] ?? [:])
      for line in Set(seen.keys).union(wanted.keys).sorted() where seen[line] != wanted[line] {
        if wanted[line] == nil, expected.optional.contains("\(topic) \(line)") { continue }
        complaints.append("\(topic) says \(seen[line] ?? 0) times instead of \(wanted[line] ?? 0): \(line)")
      }
    }
    return complaints
  }
}
