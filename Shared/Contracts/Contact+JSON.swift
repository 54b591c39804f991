// Contacts and the responses in them, as JSON on hot topics.

extension Contact: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("channel", channel)
    writer.field("direction", direction)
    writer.field("isStarted", isStarted)
    writer.field("startedMs", startedMs)
    writer.field("lastMs", lastMs)
    writer.field("endedMs", endedMs)
    writer.field("endReason", endReason)
    writer.field("placement", placement)
    writer.field("intent", intent)
    writer.field("replyTo", replyTo)
    if let actor { writer.field("actor", actor) }
    writer.field("context", context)
    writer.field("responses", responses)
    if let earlierPresentations { writer.field("earlierPresentations", earlierPresentations) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var contact = Contact(id: "", channel: "", direction: "", isStarted: false, startedMs: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": contact.id = try reader.string()
      case "channel": contact.channel = try reader.string()
      case "direction": contact.direction = try reader.string()
      case "isStarted": contact.isStarted = try reader.bool()
      case "startedMs": contact.startedMs = try reader.int()
      case "lastMs": contact.lastMs = try reader.int()
      case "endedMs": contact.endedMs = try reader.optionalInt()
      case "endReason": contact.endReason = try reader.optionalString()
      case "placement": contact.placement = try reader.optionalString()
      case "intent": contact.intent = try reader.optionalString()
      case "replyTo": contact.replyTo = try reader.optionalString()
      case "actor": contact.actor = try reader.null() ? nil : try Identifier(from: &reader)
      case "context": contact.context = try NamedValues(from: &reader)
      case "responses": contact.responses = try reader.list()
      case "earlierPresentations": contact.earlierPresentations = try reader.null() ? nil : try reader.list()
      default: break
      }
    }
    if contact.id.isEmpty { throw reader.fail("is missing", member: "id") }
    self = contact
  }
}

extension Response: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("list", list)
    writer.field("proposition", proposition)
    writer.field("outcome", outcome.rawValue)
    writer.field("atMs", atMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var list: String?
    var proposition: String?
    var outcome: Outcome?
    var atMs: Int64 = 0
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "list": list = try reader.string()
      case "proposition": proposition = try reader.string()
      case "outcome":
        let text = try reader.string()
        guard let known = Outcome(rawValue: text) else { throw reader.fail("no such outcome: \(text)") }
        outcome = known
      case "atMs": atMs = try reader.int()
      default: break
      }
    }
    self.init(
      list: try reader.required(list, "list"), proposition: try reader.required(proposition, "proposition"),
      outcome: try reader.required(outcome, "outcome"), atMs: atMs)
  }
}

extension EarlierPresentations: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("proposition", proposition)
    writer.field("lastMs", lastMs)
    writer.field("days", days)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var proposition: String?
    var lastMs: Int64 = 0
    var days: [DayCount] = []
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "proposition": proposition = try reader.string()
      case "lastMs": lastMs = try reader.int()
      case "days": days = try reader.list()
      default: break
      }
    }
    self.init(proposition: try reader.required(proposition, "proposition"), lastMs: lastMs, days: days)
  }
}
