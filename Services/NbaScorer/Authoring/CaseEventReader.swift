import Contracts

// What a customer did, and the contact that he is in: read into the data of events, which the reader of all events then
// judges. So a case can say what a channel can say, and nothing else.

/// An event's data before it has a type.
struct CaseData {
  let bytes: [UInt8]
  private let key: String

  init(_ people: [Identifier], _ fill: (inout JSONWriter) -> Void) {
    key = people.first?.key ?? ""
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("identifiers")
    writer.beginArray()
    for identifier in people { identifier.write(to: &writer) }
    writer.endArray()
    fill(&writer)
    writer.endObject()
    bytes = writer.bytes
  }

  func event(_ type: EventType, _ line: Int, atMs: Int64) -> CatalogCase.Event {
    CatalogCase.Event(line: line, type: type, atMs: atMs, key: key, data: bytes)
  }
}

/// The contact that a list is expected in.
struct ContactReader {
  static let fields = ["channel", "placement", "intent", "direction", "ago", "context", "actor"]

  let start: CaseStart
  let event: CatalogCase.Event?

  init(_ section: Section, _ reader: CaseReader, _ people: [Identifier], nowMs: Int64) {
    let channel = section.text("channel")
    let channels = Set(reader.catalog.propositions.flatMap { $0.treatments.map(\.channel) })
    if !channel.isEmpty, !channels.contains(channel) {
      let hint = Suggestion.text(for: channel, among: channels)
      section.fail("channel", "no proposition has a treatment for \(channel)\(hint)")
    }
    start = CaseStart(atMs: nowMs - (section.says("ago") ? section.ago("ago") : 0), channel: channel)
    let context = section.section("context", fields: nil).map { reader.values($0, .contact) }
    let data = CaseData(people) { writer in
      writer.field("channel", channel)
      writer.field("contact", CatalogCase.contact)
      for name in ["placement", "intent", "direction"] where section.says(name) {
        writer.key(name)
        writer.string(section.text(name))
      }
      if let actor = section.has("actor") ? section.identifier("actor") : nil {
        writer.key("actor")
        actor.write(to: &writer)
      }
      if let context {
        writer.key("context")
        context.write(to: &writer)
      }
    }
    event = section.taken(data.event(.contactStarted, section.line, atMs: start.atMs), reader.namespaces)
  }
}

/// When the contact began, and where: what is done there since is done in it.
struct CaseStart {
  let atMs: Int64
  let channel: String
}

/// Reads `{page.viewed: 3d, category: mortgage}`: the event with how long ago it was, and its fields.
struct CaseEventReader {
  private let section: Section
  private let reader: CaseReader
  private let people: [Identifier]
  private let index: Int
  private let nowMs: Int64
  private let start: CaseStart?

  init(_ section: Section, _ reader: CaseReader, _ people: [Identifier], index: Int, nowMs: Int64, start: CaseStart?) {
    self.section = section
    self.reader = reader
    self.people = people
    self.index = index
    self.nowMs = nowMs
    self.start = start
  }

  func read() -> [CatalogCase.Event] {
    guard let (name, type) = type() else { return [] }
    let atMs = nowMs - section.ago(name)
    var times = 1
    if section.says("times") {
      times = Int(section.integer("times", default: 1))
      if !(1...100).contains(times) {
        section.fail("times", "takes 1 to 100, this is \(times)")
        return []
      }
    }
    let fields = fields(of: type, name)
    return (0..<times).compactMap { time in
      var event = data(type, fields, time, atMs: atMs).event(type, section.line, atMs: atMs)
      event.answersLastTask = answersLastTask(type)
      // Of several that are alike one judgement is enough.
      return time == 0 ? section.taken(event, reader.namespaces) : event
    }
  }

  /// Names of events have dots, names of fields don't.
  private func type() -> (String, EventType)? {
    let names = section.names.filter { $0.contains(".") }
    guard names.count == 1, let name = names.first else {
      section.notes.add(
        section.line, section.place,
        names.isEmpty
          ? "takes an event with how long ago it was, as page.viewed: 3d" : "has \(names.count) events, takes one")
      return nil
    }
    let known = EventType.allCases.filter { $0.topic != nil }
    guard let type = known.first(where: { $0.shortName == name }) else {
      section.fail(name, "there is no event \(name)\(Suggestion.text(for: name, among: known.map(\.shortName)))")
      return nil
    }
    return (name, type)
  }

  private func fields(of type: EventType, _ event: String) -> [FieldDeclaration] {
    let fields = type.fields.filter { !["identifiers", "list"].contains($0.name) }
    for name in section.names where name != event && name != "times" && !fields.contains(where: { $0.name == name }) {
      let names = fields.map(\.name) + ["times"]
      let hint = Suggestion.text(for: name, among: names)
      section.fail(name, "\(event) has no \(name)\(hint.isEmpty ? "; it has \(names.joined(separator: ", "))" : hint)")
    }
    if type.outcome != nil, section.has("proposition"), reader.catalog.proposition(section.text("proposition")) == nil {
      let proposition = section.text("proposition")
      let hint = Suggestion.text(for: proposition, among: reader.catalog.propositions.map(\.id))
      section.fail("proposition", "there is no proposition \(proposition)\(hint)")
    }
    return fields.filter { section.has($0.name) }
  }

  private func answersLastTask(_ type: EventType) -> Bool {
    (type == .taskDone || type == .taskFailed) && !section.has("task")
  }

  private func data(_ type: EventType, _ fields: [FieldDeclaration], _ time: Int, atMs: Int64) -> CaseData {
    CaseData(people) { writer in
      for field in fields { write(field, &writer) }
      var has = Set(fields.map(\.name))
      func fill(_ name: String, _ text: @autoclosure () -> String, when isRight: Bool = true) {
        guard isRight, type.fields.contains(where: { $0.name == name }), has.insert(name).inserted else { return }
        writer.key(name)
        writer.string(text())
      }
      fill("channel", start.map { $0.channel.isEmpty ? "web" : $0.channel } ?? "web")
      let contact = section.says("contact") ? section.text("contact") : contact(time, atMs: atMs)
      // An answer names a list, and its id the contact that it was listed in.
      fill("contact", contact)
      fill("list", list(contact), when: type.outcome != nil)
      fill("page", "/")
      fill("query", "something")
      fill("message", "message-\(index)-\(time)")
      fill("order", "order-\(index)-\(time)")
      fill("currency", reader.catalog.currency, when: has.contains("amountMinor"))
      fill("task", "the last", when: answersLastTask(type))
    }
  }

  private func write(_ field: FieldDeclaration, _ writer: inout JSONWriter) {
    writer.key(field.name)
    switch field.kind {
    case .string: writer.string(section.text(field.name))
    case .integer: writer.int(section.integer(field.name, default: 0))
    case .boolean: writer.bool(section.flag(field.name, default: true))
    case .object:
      let scope: AttributeDeclaration.Scope = field.name == "attributes" ? .customer : .contact
      (section.section(field.name, fields: nil).map { reader.values($0, scope) } ?? []).write(to: &writer)
    case .identifier, .identifiers:
      (section.identifier(field.name) ?? Identifier("customer", "nobody")).write(to: &writer)
    }
  }

  /// What is done where the contact is, since it began, is done in it; anything else in another.
  private func contact(_ time: Int, atMs: Int64) -> String {
    let channel = section.says("channel") ? section.text("channel") : start?.channel
    if let start, atMs >= start.atMs, channel == start.channel { return CatalogCase.contact }
    return "earlier-\(index)-\(time)"
  }

  private func list(_ contact: String) -> String {
    CatalogCase.mint.list(contact: contact, version: 1, items: [section.text("proposition")])
  }
}

extension Section {
  /// How long ago, in milliseconds: `now`, `30s`, `90m`, `12h`, `3d`. 0 after a mistake.
  fileprivate func ago(_ name: String) -> Int64 {
    let text = text(name)
    guard !text.isEmpty, text != "now" else { return 0 }
    let units: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()), (0...20_000) ~= number
    else {
      fail(name, "\(text) doesn't say how long ago: now, 30s, 90m, 12h, 3d")
      return 0
    }
    return number * unit
  }

  /// nil after a mistake.
  fileprivate func identifier(_ name: String) -> Identifier? {
    let text = text(name)
    guard !text.isEmpty else { return nil }
    guard let identifier = Identifier(key: text), !identifier.namespace.isEmpty, !identifier.value.isEmpty else {
      fail(name, "\(text) is no identifier: <namespace>:<value>, as organisation:HRB 27112")
      return nil
    }
    return identifier
  }

  /// The event, if the reader of all events takes it; nil after a mistake.
  fileprivate func taken(_ event: CatalogCase.Event, _ namespaces: Namespaces) -> CatalogCase.Event? {
    do {
      _ = try Interaction.decode(type: event.type, data: event.data, namespaces: namespaces)
      return event
    } catch {
      // The fields that were read with a mistake have been told of.
      if let field = error.field, notes.isBroken(path(field)) { return nil }
      let reason = error.reason.split(separator: " (at byte").first.map(String.init) ?? error.reason
      notes.add(error.field.map { line(of: $0) } ?? line, place, "\(error.field.map { "\($0) " } ?? "")\(reason)")
      return nil
    }
  }
}
