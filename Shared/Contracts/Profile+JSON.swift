// Facets, profiles and consents as JSON on hot topics.

extension Facet: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("version", version)
    writer.field("seq", seq)
    writer.field("body", body)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var id: String?
    var version: Int64?
    var seq: Int64?
    var body: FacetBody?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": id = try reader.string()
      case "version": version = try reader.int()
      case "seq": seq = try reader.int()
      case "body": body = try FacetBody(from: &reader)
      default: break
      }
    }
    self.init(
      id: try reader.required(id, "id"), version: try reader.required(version, "version"),
      seq: try reader.required(seq, "seq"), body: try reader.required(body, "body"))
  }
}

extension LeadSummary: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("proposition", proposition)
    writer.field("group", group)
    writer.field("status", status)
    writer.field("step", step)
    writer.field("openedMs", openedMs)
    writer.field("changedMs", changedMs)
    writer.field("netRevenueMinor", netRevenueMinor)
    writer.field("currency", currency)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var lead = LeadSummary(id: "", proposition: "", group: "", status: "", step: "", openedMs: 0, changedMs: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": lead.id = try reader.string()
      case "proposition": lead.proposition = try reader.string()
      case "group": lead.group = try reader.string()
      case "status": lead.status = try reader.string()
      case "step": lead.step = try reader.string()
      case "openedMs": lead.openedMs = try reader.int()
      case "changedMs": lead.changedMs = try reader.int()
      case "netRevenueMinor": lead.netRevenueMinor = try reader.optionalInt()
      case "currency": lead.currency = try reader.optionalString()
      default: break
      }
    }
    if lead.id.isEmpty { throw reader.fail("is missing", member: "id") }
    self = lead
  }
}

extension ProfileState: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writeMembers(to: &writer)
    writer.endObject()
  }

  /// The members without the braces: the profile's owner keeps its own beside them.
  package func writeMembers(to writer: inout JSONWriter) {
    writer.field("id", id)
    writer.field("nowMs", nowMs)
    writer.field("facets", facets)
    writer.field("leads", leads)
    if let segments { writer.field("segments", segments) }
    if let refusals { writer.field("refusals", refusals) }
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var state = ProfileState(id: "", nowMs: 0)
    try reader.object { reader, key throws(JSONError) in try state.read(key, from: &reader) }
    if state.id.isEmpty { throw reader.fail("is missing", member: "id") }
    self = state
  }

  /// Reads one member, if it is one of the profile's.
  package mutating func read(_ key: JSONKey, from reader: inout JSONReader) throws(JSONError) {
    switch key {
    case "id": id = try reader.string()
    case "nowMs": nowMs = try reader.int()
    case "facets": facets = try reader.list()
    case "leads": leads = try reader.list()
    case "segments": segments = try reader.null() ? nil : try reader.texts()
    case "refusals": refusals = try reader.null() ? nil : try reader.list()
    default: break
    }
  }
}

extension RefusedAcceptance: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("proposition", proposition)
    writer.field("atMs", atMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var proposition: String?
    var atMs: Int64?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "proposition": proposition = try reader.string()
      case "atMs": atMs = try reader.int()
      default: break
      }
    }
    self.init(
      proposition: try reader.required(proposition, "proposition"), atMs: try reader.required(atMs, "atMs"))
  }
}

extension ConsentState: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("profile", profile)
    writer.field("consents", consents)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var profile: String?
    var consents: [Consent]?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "profile": profile = try reader.string()
      case "consents": consents = try reader.list()
      default: break
      }
    }
    self.init(
      profile: try reader.required(profile, "profile"), consents: try reader.required(consents, "consents"))
  }
}
