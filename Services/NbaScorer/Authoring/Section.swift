import Contracts
import Yams

/// One mapping of the file with its fields. Every reader answers something usable even after a mistake, which is then
/// noted, so that the reading goes on to the next.
struct Section {
  let place: String
  let line: Int
  let notes: MistakeNotes
  /// The fields that are there, in their order.
  let names: [String]
  private let nodes: [String: Node]
  /// Fields with nothing in them, by line. A list or a section may be empty; a text or a number can't be.
  private let nothings: [String: Int]
  /// After the mistake that it is no mapping at all, nothing more is said about it.
  private let isBroken: Bool

  /// Without fields any are taken: what their names mean is the reader's to judge.
  init(_ node: Node, place: String, notes: MistakeNotes, fields: [String]?) {
    self.place = place
    self.notes = notes
    line = node.mark?.line ?? 1
    notes.note(place, line: line)
    guard case .mapping(let mapping) = node else {
      let some = fields.map { " (\($0.prefix(4).joined(separator: ", "))\($0.count > 4 ? ", …" : ""))" } ?? ""
      notes.add(line, place, "takes fields\(some), this is \(node.word)")
      (nodes, nothings, names) = ([:], [:], [])
      isBroken = true
      return
    }
    var (nodes, nothings, names): ([String: Node], [String: Int], [String]) = ([:], [:], [])
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key, fields?.contains(scalar.string) ?? true else {
        let name = key.scalar?.string ?? key.word
        let hint = Suggestion.text(for: name, among: fields ?? [])
        let takes = hint.isEmpty ? fields.map { "; there are \($0.joined(separator: ", "))" } ?? "" : hint
        notes.add(key.mark?.line ?? line, place, "there is no field \(name)\(takes)")
        continue
      }
      if value.isNothing {
        nothings[scalar.string] = value.mark?.line ?? line
        continue
      }
      nodes[scalar.string] = value
      names.append(scalar.string)
      notes.note(place.isEmpty ? scalar.string : "\(place).\(scalar.string)", line: value.mark?.line ?? line)
    }
    (self.nodes, self.nothings, self.names) = (nodes, nothings, names)
    isBroken = false
  }

  func has(_ name: String) -> Bool { nodes[name] != nil }

  /// Whether there is a text, a number or a truth value. Where it was written and says nothing, that is a mistake.
  func says(_ name: String) -> Bool {
    requireSomething(name)
    return has(name)
  }

  func hasFields(_ name: String) -> Bool { nodes[name]?.mapping != nil }

  func line(of name: String) -> Int { nodes[name]?.mark?.line ?? line }

  func path(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

  /// Notes what is wrong with the value of a field.
  func fail(_ name: String, _ reason: String) { notes.add(line(of: name), path(name), reason) }

  /// The same of a value that could be read.
  func tell(_ name: String, _ reason: String) { notes.tell(line(of: name), path(name), reason) }

  private func missing(_ name: String) {
    if !isBroken, nothings[name] == nil { notes.addMissing(line, place, path(name), name) }
    requireSomething(name)
  }

  /// What is written and says nothing was meant to say something.
  private func requireSomething(_ name: String) {
    guard let line = nothings[name], !notes.isBroken(path(name)) else { return }
    notes.add(line, path(name), "there is nothing in it")
  }

  // Texts

  func text(_ name: String) -> String {
    guard let node = nodes[name] else {
      missing(name)
      return ""
    }
    return text(node, name)
  }

  func optionalText(_ name: String) -> String? { says(name) ? text(name) : nil }

  /// A text, or one for each language: `{en: Mortgage, nl: Hypotheek}`. Beside it what it is in the others, if in any.
  func localText(_ name: String) -> (text: String, others: Translations?) {
    guard hasFields(name), let texts = section(name, fields: Language.allCases.map(\.rawValue)) else {
      return (text(name), nil)
    }
    // Where its translations are told to be wrong, too.
    notes.note(path("\(name)s"), line: texts.line)
    var others = Translations()
    for language in Language.allCases where language != notes.language && texts.has(language.rawValue) {
      let text = texts.text(language.rawValue)
      if !text.allSatisfy(\.isWhitespace) { others[language] = text }
    }
    let own = notes.language.rawValue
    guard texts.has(own) else {
      fail(name, "\(own), the catalogue's own language, is missing")
      return ("", nil)
    }
    return (texts.text(own), others == Translations() ? nil : others)
  }

  func optionalLocalText(_ name: String) -> (text: String?, others: Translations?) {
    guard says(name) else { return (nil, nil) }
    let (text, others) = localText(name)
    return (text, others)
  }

  private func text(_ node: Node, _ name: String) -> String {
    guard case .scalar(let scalar) = node else {
      fail(name, "takes a text, this is \(node.word)")
      // What was meant, so that what refers to it isn't said to be wrong too.
      return node.sequence?.first?.scalar?.string ?? ""
    }
    if let other = scalar.otherThanText {
      fail(name, "takes a text; in quotes \"\(scalar.string)\" would be one, so it is \(other)")
      return ""
    }
    if scalar.string.allSatisfy(\.isWhitespace) {
      fail(name, "is empty")
    }
    return scalar.string
  }

  /// A predicate, and where it stands: its mistakes are found later, when all names are known.
  func predicate(_ name: String = "when") -> String {
    guard let node = nodes[name] else {
      missing(name)
      return ""
    }
    guard case .scalar(let scalar) = node else {
      fail(name, "takes a predicate, this is \(node.word)")
      return ""
    }
    notes.predicates[path(name)] = MistakeNotes.PredicatePlace(
      line: line(of: name), isLiteral: scalar.style == .literal, source: scalar.string)
    return scalar.string
  }

  /// nil after a mistake.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Choice.Type) -> Choice? {
    guard has(name) else {
      missing(name)
      return nil
    }
    let text = text(name)
    if text.isEmpty { return nil }
    let names = Choice.allCases.map(\.rawValue)
    if let choice = Choice(rawValue: text) { return choice }
    let hint = Suggestion.text(for: text, among: names)
    fail(name, "\(text) is none of \(names.joined(separator: ", "))\(hint)")
    return nil
  }

  // Numbers and truth

  func integer(_ name: String, default standard: Int64) -> Int64 {
    guard says(name), let node = nodes[name] else { return standard }
    guard case .scalar(let scalar) = node, scalar.isPlain, let number = Int64(scalar.string) else {
      fail(name, "takes a whole number, this is \(node.word)")
      return standard
    }
    return number
  }

  func requiredInteger(_ name: String) -> Int64 {
    guard has(name) else {
      missing(name)
      return 0
    }
    return integer(name, default: 0)
  }

  func number(_ name: String, default standard: Double?) -> Double {
    guard let node = nodes[name] else {
      if standard == nil { missing(name) } else { requireSomething(name) }
      return standard ?? 0
    }
    guard case .scalar(let scalar) = node, scalar.isPlain, let number = scalar.number else {
      fail(name, "takes a number, this is \(node.word)")
      return standard ?? 0
    }
    return number
  }

  func flag(_ name: String, default standard: Bool) -> Bool {
    guard says(name), let node = nodes[name] else { return standard }
    guard case .scalar(let scalar) = node, scalar.isPlain, let flag = scalar.flag else {
      fail(name, "takes true or false, this is \(node.word)")
      return standard
    }
    return flag
  }

  // Lists

  /// The mappings of a list. One that is none is there too, empty, so that places keep their numbers.
  func sections(_ name: String, fields: [String]?, max: Int, isRequired: Bool = false) -> [Section] {
    items(name, max: max, isRequired: isRequired).enumerated().map { index, node in
      Section(node, place: "\(path(name))[\(index)]", notes: notes, fields: fields)
    }
  }

  func section(_ name: String, fields: [String]?) -> Section? {
    nodes[name].map { Section($0, place: path(name), notes: notes, fields: fields) }
  }

  func requiredSection(_ name: String, fields: [String]?) -> Section? {
    if !has(name) { missing(name) }
    return section(name, fields: fields)
  }

  /// The texts of a list, each with its line; one that is none is there too, empty, so that places keep their numbers.
  func texts(_ name: String, max: Int, isRequired: Bool = false) -> [(text: String, line: Int)] {
    items(name, max: max, isRequired: isRequired).enumerated().map { index, node in
      let line = node.mark?.line ?? line(of: name)
      notes.note("\(path(name))[\(index)]", line: line)
      guard case .scalar(let scalar) = node, scalar.otherThanText == nil, !scalar.string.isEmpty else {
        notes.add(line, "\(path(name))[\(index)]", "takes a text, this is \(node.word)")
        return ("", line)
      }
      return (scalar.string, line)
    }
  }

  private func items(_ name: String, max: Int, isRequired: Bool) -> [Node] {
    guard let node = nodes[name] else {
      if isRequired { missing(name) }
      return []
    }
    guard case .sequence(let sequence) = node else {
      fail(name, "takes a list, this is \(node.word)")
      return []
    }
    if isRequired, sequence.isEmpty { fail(name, "the list is empty") }
    if sequence.count > max { fail(name, "has \(sequence.count) entries, more than \(max)") }
    return Array(sequence.prefix(max))
  }
}
