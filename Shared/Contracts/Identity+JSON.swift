// Identifiers, claims, map entries and moves as JSON on hot topics.

extension Identifier: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("namespace", namespace)
    writer.field("value", value)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var namespace: String?
    var value: String?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "namespace": namespace = try reader.string()
      case "value": value = try reader.string()
      default: break
      }
    }
    self.init(try reader.required(namespace, "namespace"), try reader.required(value, "value"))
  }
}

extension IdentityClaim: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("source", source)
    writer.field("atMs", atMs)
    writer.field("identifiers", identifiers)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var id: String?
    var source: String?
    var atMs: Int64?
    var identifiers: [Identifier]?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": id = try reader.string()
      case "source": source = try reader.string()
      case "atMs": atMs = try reader.int()
      case "identifiers": identifiers = try reader.list()
      default: break
      }
    }
    self.init(
      id: try reader.required(id, "id"), source: try reader.required(source, "source"),
      atMs: try reader.required(atMs, "atMs"), identifiers: try reader.required(identifiers, "identifiers"))
  }
}

extension Verdict: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("claim", claim)
    writer.field("isAccepted", isAccepted)
    writer.field("reason", reason)
    writer.field("atMs", atMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var claim: String?
    var isAccepted: Bool?
    var reason: String?
    var atMs: Int64?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "claim": claim = try reader.string()
      case "isAccepted": isAccepted = try reader.bool()
      case "reason": reason = try reader.string()
      case "atMs": atMs = try reader.int()
      default: break
      }
    }
    self.init(
      claim: try reader.required(claim, "claim"), isAccepted: try reader.required(isAccepted, "isAccepted"),
      reason: try reader.required(reason, "reason"), atMs: try reader.required(atMs, "atMs"))
  }
}

extension IdentityMapEntry: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    writer.field("profile", profile)
    writer.field("version", version)
    writer.field("judged", judged)
    writer.field("verdict", verdict)
    writer.field("firstClaim", firstClaim)
    writer.field("lastClaim", lastClaim)
    if let claims { writer.field("claims", claims) }
    if let partings { writer.field("partings", partings) }
    if let conflicts { writer.field("conflicts", conflicts) }
    if let generations { writer.field("generations", generations) }
    if let switches { writer.field("switches", switches) }
    if let names { writer.field("names", names) }
    if let logins { writer.field("logins", logins) }
    if let reopened { writer.field("reopened", reopened) }
    if let carriers { writer.field("carriers", carriers) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var identifier: Identifier?
    var profile: String?
    var version: Int64?
    var judged: [Identifier] = []
    var verdict: Verdict?
    var firstClaim: Int64?
    var lastClaim: Int64?
    var claims: [RememberedClaim]?
    var partings: [Parting]?
    var conflicts: [PossibleConflict]?
    var generations: [DeviceGeneration]?
    var switches: [DeviceSwitch]?
    var names: [DeviceName]?
    var logins: [RememberedClaim]?
    var reopened: [Reopened]?
    var carriers: [ContactCarrier]?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": identifier = try Identifier(from: &reader)
      case "profile": profile = try reader.string()
      case "version": version = try reader.int()
      case "judged": judged = try reader.list()
      case "verdict": verdict = try Verdict(from: &reader)
      case "firstClaim": firstClaim = try reader.optionalInt()
      case "lastClaim": lastClaim = try reader.optionalInt()
      case "claims": claims = try reader.null() ? nil : try reader.list()
      case "partings": partings = try reader.null() ? nil : try reader.list()
      case "conflicts": conflicts = try reader.null() ? nil : try reader.list()
      case "generations": generations = try reader.null() ? nil : try reader.list()
      case "switches": switches = try reader.null() ? nil : try reader.list()
      case "names": names = try reader.null() ? nil : try reader.list()
      case "logins": logins = try reader.null() ? nil : try reader.list()
      case "reopened": reopened = try reader.null() ? nil : try reader.list()
      case "carriers": carriers = try reader.null() ? nil : try reader.list()
      default: break
      }
    }
    self.init(
      identifier: try reader.required(identifier, "identifier"), profile: try reader.required(profile, "profile"),
      version: try reader.required(version, "version"), judged: judged,
      verdict: try reader.required(verdict, "verdict"), firstClaim: firstClaim, lastClaim: lastClaim,
      claims: claims, partings: partings, conflicts: conflicts)
    (self.generations, self.switches, self.logins, self.reopened) = (generations, switches, logins, reopened)
    (self.names, self.carriers) = (names, carriers)
  }
}

extension DeviceGeneration: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("number", number)
    writer.field("profile", profile)
    writer.field("version", version)
    writer.field("by", by)
    writer.field("claim", claim)
    if let order { writer.field("order", order) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var number: Int64?
    var profile: String?
    var version: Int64?
    var by: Identifier?
    var claim: Int64?
    var order: [Int64]?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "number": number = try reader.int()
      case "profile": profile = try reader.string()
      case "version": version = try reader.int()
      case "by": by = try Identifier(from: &reader)
      case "claim": claim = try reader.int()
      case "order": order = try reader.null() ? nil : try reader.ints()
      default: break
      }
    }
    self.init(
      number: Int(try reader.required(number, "number")), profile: try reader.required(profile, "profile"),
      version: try reader.required(version, "version"), by: try reader.required(by, "by"),
      claim: try reader.required(claim, "claim"), order: order)
  }
}

extension Reopened: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    writer.field("sinceMs", sinceMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var identifier: Identifier?
    var sinceMs: Int64?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": identifier = try Identifier(from: &reader)
      case "sinceMs": sinceMs = try reader.optionalInt()
      default: break
      }
    }
    self.init(identifier: try reader.required(identifier, "identifier"), sinceMs: sinceMs)
  }
}

extension ContactCarrier: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    writer.field("atMs", atMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var identifier: Identifier?
    var atMs: Int64?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": identifier = try Identifier(from: &reader)
      case "atMs": atMs = try reader.int()
      default: break
      }
    }
    self.init(try reader.required(identifier, "identifier"), atMs: try reader.required(atMs, "atMs"))
  }
}

extension DeviceName: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    if let beside { writer.field("beside", beside) }
    writer.field("atMs", atMs)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var identifier: Identifier?
    var beside: [Identifier]?
    var atMs: Int64?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": identifier = try Identifier(from: &reader)
      case "beside": beside = try reader.null() ? nil : try reader.list()
      case "atMs": atMs = try reader.int()
      default: break
      }
    }
    self.init(
      try reader.required(identifier, "identifier"), beside: beside, atMs: try reader.required(atMs, "atMs"))
  }
}

extension DeviceSwitch: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("atMs", atMs)
    writer.field("generation", generation)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var atMs: Int64?
    var generation: Int64?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "atMs": atMs = try reader.int()
      case "generation": generation = try reader.int()
      default: break
      }
    }
    self.init(
      atMs: try reader.required(atMs, "atMs"), generation: Int(try reader.required(generation, "generation")))
  }
}

extension RememberedClaim: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("number", number)
    writer.field("identifiers", identifiers)
    if let atMs { writer.field("atMs", atMs) }
    if let steward { writer.field("steward", steward) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var number: Int64?
    var identifiers: [Identifier]?
    var atMs: Int64?
    var steward: StewardWord?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "number": number = try reader.int()
      case "identifiers": identifiers = try reader.list()
      case "atMs": atMs = try reader.optionalInt()
      case "steward": steward = try reader.null() ? nil : try StewardWord(from: &reader)
      default: break
      }
    }
    self.init(
      number: try reader.required(number, "number"), identifiers: try reader.required(identifiers, "identifiers"),
      atMs: atMs, steward: steward)
  }
}

extension Parting: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    writer.field("command", command)
    writer.field("by", by)
    writer.field("reason", reason)
    writer.field("atMs", atMs)
    if let apart { writer.field("apart", apart) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var identifier: Identifier?
    var command: String?
    var by: String?
    var reason: String?
    var atMs: Int64?
    var apart: Bool?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": identifier = try Identifier(from: &reader)
      case "command": command = try reader.string()
      case "by": by = try reader.string()
      case "reason": reason = try reader.string()
      case "atMs": atMs = try reader.int()
      case "apart": apart = try reader.null() ? nil : try reader.bool()
      default: break
      }
    }
    self.init(
      identifier: try reader.required(identifier, "identifier"), command: try reader.required(command, "command"),
      by: try reader.required(by, "by"), reason: try reader.required(reason, "reason"),
      atMs: try reader.required(atMs, "atMs"), apart: apart)
  }
}

extension FacetMove: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("profile", profile)
    writer.field("identifier", identifier)
    if let body { writer.field("body", body) }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var profile: String?
    var identifier: Identifier?
    var body: FacetBody?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "profile": profile = try reader.string()
      case "identifier": identifier = try Identifier(from: &reader)
      case "body": body = try reader.null() ? nil : try FacetBody(from: &reader)
      default: break
      }
    }
    self.init(
      profile: try reader.required(profile, "profile"), identifier: try reader.required(identifier, "identifier"),
      body: body)
  }
}
