// The file in which a deployment declares who is no customer. It is read at the start, whole or not at all, and every
// mistake is named with its line.

import AdapterSDK
import Contracts
import Host
import Yams

struct FilterFile {
  private let path: String
  private var lines: [String: Int] = [:]
  private var problems: [(line: Int, text: String)] = []
  private var rules: [TrafficRule] = []
  private var hasCrawlers = true

  static let bytesMax = 1_000_000
  private static let fields = ["crawlers", "rules"]
  private static let ruleFields = ["name", "userAgents", "addresses", "headers", "identifiers"]

  /// - Parameter path: as it is called in what is said of it.
  static func read(_ text: String, path: String, namespaces: Namespaces) throws(SettingsError) -> TrafficFilter {
    var file = FilterFile(path: path)
    guard text.utf8.count <= bytesMax else { throw file.failing(1, "has more than \(bytesMax) bytes") }
    file.readRoot(try file.root(text))
    // Told of what could be read too: who mends a file wants to know all of it.
    do {
      let filter = try TrafficFilter(file.all, namespaces: namespaces)
      if file.problems.isEmpty { return filter }
    } catch {
      for mistake in error.mistakes { file.note(file.place(mistake.place), mistake.reason) }
    }
    let problems = file.problems.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
    throw SettingsError(problems.map { "\(path):\($0.element.line): \($0.element.text)" })
  }

  private init(path: String) { self.path = path }

  /// The shipped rule comes last, so that a deployment's own may name some of its crawlers otherwise.
  private var all: [TrafficRule] { hasCrawlers ? rules + [.crawlers] : rules }

  private func root(_ text: String) throws(SettingsError) -> Node? {
    do {
      return try Yams.compose(yaml: text)
    } catch {
      throw SettingsError(YAMLMistakes.of(error, in: text).map { "\(path):\($0.line): \($0.reason)" })
    }
  }

  private func failing(_ line: Int, _ reason: String) -> SettingsError {
    SettingsError(["\(path):\(line): \(reason)"])
  }

  // MARK: - Reading

  private mutating func readRoot(_ root: Node?) {
    // A file of nothing but comments changes nothing.
    guard let root else { return }
    guard let mapping = root.mapping else {
      note("", "takes crawlers and rules")
      return
    }
    for (key, value) in mapping {
      switch key.string {
      case "crawlers": readCrawlers(value)
      case "rules":
        lines["rules"] = value.mark?.line
        for (index, node) in list(value, at: "rules").enumerated() { readRule(node, at: "rules[\(index)]") }
      default: unknown(key, at: "", among: Self.fields)
      }
    }
  }

  private mutating func readCrawlers(_ node: Node) {
    lines["crawlers"] = node.mark?.line
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any,
      let flag = ["true": true, "false": false][scalar.string]
    else {
      note("crawlers", "takes true or false")
      return
    }
    hasCrawlers = flag
  }

  /// One that is wrong has its place among the others all the same, so that they are named by their numbers.
  private mutating func readRule(_ node: Node, at place: String) {
    lines[place] = node.mark?.line
    var rule = TrafficRule("")
    defer { rules.append(rule) }
    guard let mapping = node.mapping else {
      note(place, "takes \(Self.ruleFields.joined(separator: ", "))")
      return
    }
    for (key, value) in mapping {
      let field = "\(place).\(key.string ?? "?")"
      lines[field] = value.mark?.line
      switch key.string {
      case "name": rule.name = text(value, at: field)
      case "userAgents": rule.userAgents = texts(value, at: field)
      case "addresses": rule.addresses = texts(value, at: field)
      case "identifiers": rule.identifiers = texts(value, at: field)
      case "headers":
        guard let headers = value.mapping else {
          note(field, "takes a map of headers, name: value")
          continue
        }
        for (name, pattern) in headers {
          let here = "\(field).\(name.string ?? "?")"
          lines[here] = pattern.mark?.line
          rule.headers[name.string ?? "?"] = text(pattern, at: here)
        }
      default: unknown(key, at: place, among: Self.ruleFields)
      }
    }
  }

  private mutating func list(_ node: Node, at place: String) -> [Node] {
    if let sequence = node.sequence { return Array(sequence) }
    note(place, "takes a list")
    return []
  }

  private mutating func texts(_ node: Node, at place: String) -> [String] {
    var all: [String] = []
    for (index, item) in list(node, at: place).enumerated() {
      lines["\(place)[\(index)]"] = item.mark?.line
      all.append(text(item, at: "\(place)[\(index)]"))
    }
    return all
  }

  private mutating func text(_ node: Node, at place: String) -> String {
    if let text = node.string { return text }
    note(place, "takes a text")
    return "?"
  }

  // MARK: - Mistakes

  private mutating func unknown(_ key: Node, at place: String, among fields: [String]) {
    let name = key.string ?? "?"
    let hint = Suggestion.text(for: name, among: fields)
    let takes = hint.isEmpty ? "; there are \(fields.joined(separator: ", "))" : hint
    problems.append(
      (key.mark?.line ?? 1, "\(place.isEmpty ? "" : "\(place): ")there is no field \(name)\(takes)"))
  }

  /// The first mistake at a place is the cause of others there.
  private mutating func note(_ place: String, _ reason: String) {
    let line = line(of: place)
    let text = place.isEmpty ? reason : "\(place): \(reason)"
    if !problems.contains(where: { $0.text.hasPrefix("\(place): ") && !place.isEmpty }) {
      problems.append((line, text))
    }
  }

  /// The shipped rule stands in no file: what is wrong with it is that its name was taken.
  private func place(_ place: String) -> String {
    guard place == "rules[\(rules.count)].name",
      let index = rules.firstIndex(where: { $0.name == TrafficRule.crawlers.name })
    else { return place }
    return "rules[\(index)].name"
  }

  private func line(of place: String) -> Int {
    var place = place
    while !place.isEmpty {
      if let line = lines[place] { return line }
      guard let end = place.lastIndex(where: { $0 == "." || $0 == "[" }) else { break }
      place = String(place[..<end])
    }
    return 1
  }
}
