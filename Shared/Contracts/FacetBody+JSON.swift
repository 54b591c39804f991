// What is known under one identifier, as JSON on hot topics. Contacts are in `Contact+JSON.swift`.

extension FacetBody: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("firstSeenMs", firstSeenMs)
    writer.field("lastSeenMs", lastSeenMs)
    writer.field("counts", counts)
    writer.field("interests", interests)
    writer.field("offers", offers)
    writer.field("orders", orders)
    if let approaches { writer.field("approaches", approaches) }
    writer.field("contacts", contacts)
    writer.field("consents", consents)
    writer.field("attributes", attributes)
    if let relations { writer.field("relations", relations) }
    if let aggregates { writer.field("aggregates", aggregates) }
    writer.field("definedMs", definedMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var body = FacetBody()
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "firstSeenMs": body.firstSeenMs = try reader.int()
      case "lastSeenMs": body.lastSeenMs = try reader.int()
      case "counts": body.counts = try reader.list()
      case "interests": body.interests = try reader.list()
      case "offers": body.offers = try reader.list()
      case "orders": body.orders = try reader.list()
      case "approaches": body.approaches = try reader.null() ? nil : try reader.list()
      case "contacts": body.contacts = try reader.list()
      case "consents": body.consents = try reader.list()
      case "attributes": body.attributes = try reader.list()
      case "relations": body.relations = try reader.null() ? nil : try reader.list()
      case "aggregates": body.aggregates = try reader.null() ? nil : try reader.list()
      case "definedMs": body.definedMs = try reader.optionalInt()
      default: break
      }
    }
    self = body
  }
}

extension EventCount: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("event", event)
    writer.field("channel", channel)
    writer.field("count", count)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var event: String?
    var channel: String?
    var count: Int64 = 0
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "event": event = try reader.string()
      case "channel": channel = try reader.string()
      case "count": count = try reader.int()
      default: break
      }
    }
    self.init(
      event: try reader.required(event, "event"), channel: try reader.required(channel, "channel"), count: count)
  }
}

extension Interest: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("category", category)
    writer.field("count", count)
    writer.field("lastMs", lastMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var category: String?
    var count: Int64 = 0
    var lastMs: Int64 = 0
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "category": category = try reader.string()
      case "count": count = try reader.int()
      case "lastMs": lastMs = try reader.int()
      default: break
      }
    }
    self.init(category: try reader.required(category, "category"), count: count, lastMs: lastMs)
  }
}

extension OfferHistory: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("proposition", proposition)
    writer.field("channel", channel)
    writer.field("presented", presented)
    writer.field("clicked", clicked)
    writer.field("accepted", accepted)
    writer.field("rejected", rejected)
    writer.field("lastPresentedMs", lastPresentedMs)
    writer.field("lastAcceptedMs", lastAcceptedMs)
    writer.field("lastRejectedMs", lastRejectedMs)
    if let lastClickedMs { writer.field("lastClickedMs", lastClickedMs) }
    if let presentedDays { writer.field("presentedDays", presentedDays) }
    if let rejectedAtMs { writer.field("rejectedAtMs", rejectedAtMs) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var history = OfferHistory(proposition: "", channel: "")
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "proposition": history.proposition = try reader.string()
      case "channel": history.channel = try reader.string()
      case "presented": history.presented = try reader.int()
      case "clicked": history.clicked = try reader.int()
      case "accepted": history.accepted = try reader.int()
      case "rejected": history.rejected = try reader.int()
      case "lastPresentedMs": history.lastPresentedMs = try reader.optionalInt()
      case "lastAcceptedMs": history.lastAcceptedMs = try reader.optionalInt()
      case "lastRejectedMs": history.lastRejectedMs = try reader.optionalInt()
      case "lastClickedMs": history.lastClickedMs = try reader.optionalInt()
      case "presentedDays": history.presentedDays = try reader.null() ? nil : try reader.list()
      case "rejectedAtMs": history.rejectedAtMs = try reader.null() ? nil : try reader.ints()
      default: break
      }
    }
    if history.proposition.isEmpty { throw reader.fail("is missing", member: "proposition") }
    self = history
  }
}

extension DayCount: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("day", day)
    writer.field("count", count)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var day: Int64?
    var count: Int64 = 0
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "day": day = try reader.int()
      case "count": count = try reader.int()
      default: break
      }
    }
    self.init(day: try reader.required(day, "day"), count: count)
  }
}

extension Approaches: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("channel", channel)
    writer.field("days", days)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var channel: String?
    var days: [DayCount] = []
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "channel": channel = try reader.string()
      case "days": days = try reader.list()
      default: break
      }
    }
    self.init(channel: try reader.required(channel, "channel"), days: days)
  }
}

extension OrderTotal: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("currency", currency)
    writer.field("count", count)
    writer.field("amountMinor", amountMinor)
    writer.field("lastMs", lastMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var currency: String?
    var count: Int64 = 0
    var amountMinor: Int64 = 0
    var lastMs: Int64 = 0
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "currency": currency = try reader.string()
      case "count": count = try reader.int()
      case "amountMinor": amountMinor = try reader.int()
      case "lastMs": lastMs = try reader.int()
      default: break
      }
    }
    self.init(
      currency: try reader.required(currency, "currency"), count: count, amountMinor: amountMinor, lastMs: lastMs)
  }
}

extension Consent: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("purpose", purpose)
    writer.field("isGiven", isGiven)
    writer.field("atMs", atMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var purpose: String?
    var isGiven: Bool?
    var atMs: Int64 = 0
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "purpose": purpose = try reader.string()
      case "isGiven": isGiven = try reader.bool()
      case "atMs": atMs = try reader.int()
      default: break
      }
    }
    self.init(
      purpose: try reader.required(purpose, "purpose"), isGiven: try reader.required(isGiven, "isGiven"), atMs: atMs)
  }
}

extension Attribute: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("name", name)
    writer.field("value", value)
    writer.field("atMs", atMs)
    writer.field("source", source)
    writer.field("isVerified", isVerified)
    writer.field("count", count)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var name: String?
    var value: AttributeValue?
    var attribute = Attribute(name: "", value: .bool(false), atMs: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "name": name = try reader.string()
      case "value": value = try AttributeValue(from: &reader)
      case "atMs": attribute.atMs = try reader.int()
      case "source": attribute.source = try reader.optionalString()
      case "isVerified": attribute.isVerified = try reader.null() ? nil : try reader.bool()
      case "count": attribute.count = try reader.optionalInt()
      default: break
      }
    }
    attribute.name = try reader.required(name, "name")
    attribute.value = try reader.required(value, "value")
    self = attribute
  }
}
