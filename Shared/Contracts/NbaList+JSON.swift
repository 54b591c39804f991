// Lists for channels.

extension NbaList: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var id: String?
    var contact: String?
    var version: Int64?
    var channel: String?
    var placement: String?
    var atMs: Int64?
    var cause: String?
    var catalogVersion: String?
    var items: [NbaItem] = []
    var controlGroup = ControlGroup.none
    var considered: Int?
    var dropped: [StageCount] = []
    var isFallback: Bool?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": id = try reader.string()
      case "contact": contact = try reader.string()
      case "version": version = try reader.int()
      case "channel": channel = try reader.string()
      case "placement": placement = try reader.optionalString()
      case "atMs": atMs = try reader.int()
      case "cause": cause = try reader.optionalString()
      case "catalogVersion": catalogVersion = try reader.string()
      case "items": items = try reader.list()
      case "controlGroup": controlGroup = try reader.oneOf()
      case "considered": considered = Int(try reader.int())
      case "dropped": dropped = try reader.list()
      case "isFallback": isFallback = try reader.bool()
      default: break
      }
    }
    self.init(
      id: try reader.required(id, "id"), contact: try reader.required(contact, "contact"),
      version: try reader.required(version, "version"), channel: try reader.required(channel, "channel"),
      placement: placement, atMs: try reader.required(atMs, "atMs"),
      catalogVersion: try reader.required(catalogVersion, "catalogVersion"), items: items,
      considered: try reader.required(considered, "considered"), dropped: dropped,
      isFallback: try reader.required(isFallback, "isFallback"))
    self.cause = cause
    self.controlGroup = controlGroup
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("contact", contact)
    writer.field("version", version)
    writer.field("channel", channel)
    writer.field("placement", placement)
    writer.field("atMs", atMs)
    writer.field("cause", cause)
    writer.field("catalogVersion", catalogVersion)
    writer.field("items", items)
    writer.field("controlGroup", controlGroup.rawValue)
    writer.field("considered", considered)
    writer.field("dropped", dropped)
    writer.field("isFallback", isFallback)
    writer.endObject()
  }
}

extension StageCount: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var stage: Stage?
    var count: Int?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "stage": stage = try reader.oneOf()
      case "count": count = Int(try reader.int())
      default: break
      }
    }
    self.init(stage: try reader.required(stage, "stage"), count: try reader.required(count, "count"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("stage", stage.rawValue)
    writer.field("count", count)
    writer.endObject()
  }
}

extension NbaItem: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var rank: Int?
    var proposition: String?
    var name: String?
    var issue: String?
    var group: String?
    var kind: Proposition.Kind?
    var treatment: Treatment?
    var probability: Double?
    var priceMinor: Int64?
    var valueMinor: Int64?
    var expectedValueMinor: Int64?
    var currency: String?
    var priority: Double?
    var propensity: Double?
    var evidenceCount: Int64?
    var reasons: [String] = []
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "rank": rank = Int(try reader.int())
      case "proposition": proposition = try reader.string()
      case "name": name = try reader.string()
      case "issue": issue = try reader.string()
      case "group": group = try reader.string()
      case "kind": kind = try reader.oneOf()
      case "treatment": treatment = try Treatment(from: &reader)
      case "probability": probability = try reader.double()
      case "priceMinor": priceMinor = try reader.optionalInt()
      case "valueMinor": valueMinor = try reader.int()
      case "expectedValueMinor": expectedValueMinor = try reader.int()
      case "currency": currency = try reader.string()
      case "priority": priority = try reader.double()
      case "propensity": propensity = try reader.null() ? nil : try reader.double()
      case "evidenceCount": evidenceCount = try reader.null() ? nil : try reader.int()
      case "reasons": try reader.array { reader throws(JSONError) in reasons.append(try reader.string()) }
      default: break
      }
    }
    self.init(
      rank: try reader.required(rank, "rank"), proposition: try reader.required(proposition, "proposition"),
      name: try reader.required(name, "name"), issue: try reader.required(issue, "issue"),
      group: try reader.required(group, "group"), kind: try reader.required(kind, "kind"),
      treatment: try reader.required(treatment, "treatment"),
      probability: try reader.required(probability, "probability"),
      valueMinor: try reader.required(valueMinor, "valueMinor"),
      expectedValueMinor: try reader.required(expectedValueMinor, "expectedValueMinor"),
      currency: try reader.required(currency, "currency"), priority: try reader.required(priority, "priority"),
      reasons: reasons)
    self.priceMinor = priceMinor
    self.propensity = propensity
    self.evidenceCount = evidenceCount
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("rank", rank)
    writer.field("proposition", proposition)
    writer.field("name", name)
    writer.field("issue", issue)
    writer.field("group", group)
    writer.field("kind", kind.rawValue)
    writer.field("treatment", treatment)
    writer.field("probability", probability)
    if let priceMinor { writer.field("priceMinor", priceMinor) }
    writer.field("valueMinor", valueMinor)
    writer.field("expectedValueMinor", expectedValueMinor)
    writer.field("currency", currency)
    writer.field("priority", priority)
    if let propensity { writer.field("propensity", propensity) }
    if let evidenceCount { writer.field("evidenceCount", evidenceCount) }
    writer.key("reasons")
    writer.beginArray()
    for text in reasons { writer.string(text) }
    writer.endArray()
    writer.endObject()
  }
}

extension Treatment: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var channel: String?
    var placement: String?
    var headline: String?
    var body: String?
    var callToAction: String?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "channel": channel = try reader.string()
      case "placement": placement = try reader.optionalString()
      case "headline": headline = try reader.string()
      case "body": body = try reader.string()
      case "callToAction": callToAction = try reader.string()
      default: break
      }
    }
    self.init(
      channel: try reader.required(channel, "channel"), headline: try reader.required(headline, "headline"),
      body: try reader.required(body, "body"), callToAction: try reader.required(callToAction, "callToAction"),
      placement: placement)
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("channel", channel)
    if let placement { writer.field("placement", placement) }
    writer.field("headline", headline)
    writer.field("body", body)
    writer.field("callToAction", callToAction)
    writer.endObject()
  }
}
