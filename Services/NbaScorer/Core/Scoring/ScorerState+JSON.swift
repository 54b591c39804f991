import Contracts

// The scorer's state as JSON. Features that say only yes are written as a name, since most of them do.

extension ScorerState: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("nowMs", nowMs)
    writer.field("contacts", contacts)
    if let waiting { writer.field("waiting", waiting) }
    writer.field("hasMore", hasMore)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    self.init()
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "nowMs": nowMs = try reader.int()
      case "contacts": contacts = try reader.list()
      case "waiting": waiting = try reader.null() ? nil : try WaitingCustomer(from: &reader)
      case "hasMore": hasMore = try reader.bool()
      default: break
      }
    }
  }
}

extension WaitingCustomer: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("profile", profile)
    writer.field("cause", cause)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var profile: ProfileState?
    var cause: String?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "profile": profile = try ProfileState(from: &reader)
      case "cause": cause = try reader.optionalString()
      default: break
      }
    }
    self.init(profile: try reader.required(profile, "profile"), cause: cause)
  }
}

extension ScoredContact: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("lists", lists)
    writer.field("digest", digest)
    writer.field("picture", picture)
    writer.field("facetVersion", facetVersion)
    writer.field("kept", kept)
    writer.key("given")
    writer.beginArray()
    for mark in given { writer.int(mark) }
    writer.endArray()
    if !declined.isEmpty {
      writer.key("declined")
      writer.beginArray()
      for mark in declined { writer.int(mark) }
      writer.endArray()
    }
    if !units.isEmpty { writer.field("units", units) }
    writer.field("waitingSinceMs", waitingSinceMs)
    writer.field("behindMs", behindMs)
    writer.field("overMs", overMs)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    self.init(id: "")
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": id = try reader.string()
      case "lists": lists = try reader.int()
      case "digest": digest = try reader.int()
      case "picture": picture = try reader.optionalInt()
      case "facetVersion": facetVersion = try reader.optionalInt()
      case "kept": kept = try reader.list()
      case "given": try reader.array { reader throws(JSONError) in given.append(try reader.int()) }
      case "declined": declined = try reader.ints()
      case "units": units = try reader.list()
      case "waitingSinceMs": waitingSinceMs = try reader.optionalInt()
      case "behindMs": behindMs = try reader.optionalInt()
      case "overMs": overMs = try reader.optionalInt()
      default: break
      }
    }
    if id.isEmpty { throw reader.fail("is missing", member: "id") }
  }
}

extension ScoredUnit: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("proposition", proposition)
    writer.field("status", status.rawValue)
    writer.field("askedMs", askedMs)
    writer.field("answeredMs", answeredMs)
    writer.field("isShown", isShown)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    self.init(proposition: "", askedMs: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "proposition": proposition = try reader.string()
      case "status": status = try reader.oneOf()
      case "askedMs": askedMs = try reader.int()
      case "answeredMs": answeredMs = try reader.optionalInt()
      case "isShown": isShown = try reader.bool()
      default: break
      }
    }
  }
}

extension KeptList: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.key("has")
    writer.beginArray()
    for feature in features where feature.value == 1 { writer.string(feature.name) }
    writer.endArray()
    writer.field("features", features.filter { $0.value != 1 })
    writer.field("items", items)
    if let controlGroup { writer.field("controlGroup", controlGroup.rawValue) }
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    self.init(id: "", features: [], items: [])
    var others: [Feature] = []
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": id = try reader.string()
      case "has": try reader.array { reader throws(JSONError) in features.append(Feature(try reader.string(), 1)) }
      case "features": others = try reader.list()
      case "items": items = try reader.list()
      case "controlGroup": controlGroup = try reader.null() ? nil : try reader.oneOf()
      default: break
      }
    }
    features += others
  }
}

extension KeptList.Item: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("proposition", proposition)
    writer.key("own")
    writer.beginArray()
    for number in own { writer.int(number) }
    writer.endArray()
    writer.field("probability", probability)
    writer.field("modelVersion", modelVersion)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    self.init(proposition: "", own: [], probability: 0, modelVersion: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "proposition": proposition = try reader.string()
      case "own": try reader.array { reader throws(JSONError) in own.append(Int(try reader.int())) }
      case "probability": probability = try reader.double()
      case "modelVersion": modelVersion = try reader.int()
      default: break
      }
    }
  }
}
