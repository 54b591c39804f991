// What lists were decided on.

extension NbaDecision: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var list: String?
    var contact: String?
    var version: Int64?
    var atMs: Int64?
    var catalogVersion: String?
    var profile: ProfileState?
    var propensities: Propensities?
    var settings: ScoringSettings?
    var controlGroup = ControlGroup.none
    var group: GroupAggregate?
    var units: DecisionUnits?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "list": list = try reader.string()
      case "contact": contact = try reader.string()
      case "version": version = try reader.int()
      case "atMs": atMs = try reader.int()
      case "catalogVersion": catalogVersion = try reader.string()
      case "profile": profile = try ProfileState(from: &reader)
      case "propensities": propensities = try Propensities(from: &reader)
      case "settings": settings = try ScoringSettings(from: &reader)
      case "controlGroup": controlGroup = try reader.oneOf()
      case "group": group = try reader.null() ? nil : try GroupAggregate(from: &reader)
      case "units": units = try reader.null() ? nil : try DecisionUnits(from: &reader)
      default: break
      }
    }
    self.init(
      list: try reader.required(list, "list"), contact: try reader.required(contact, "contact"),
      version: try reader.required(version, "version"), atMs: try reader.required(atMs, "atMs"),
      catalogVersion: try reader.required(catalogVersion, "catalogVersion"),
      profile: try reader.required(profile, "profile"), propensities: try reader.required(propensities, "propensities"),
      settings: try reader.required(settings, "settings"))
    self.controlGroup = controlGroup
    self.group = group
    self.units = units
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("list", list)
    writer.field("contact", contact)
    writer.field("version", version)
    writer.field("atMs", atMs)
    writer.field("catalogVersion", catalogVersion)
    writer.field("profile", profile)
    writer.field("propensities", propensities)
    writer.field("settings", settings)
    writer.field("controlGroup", controlGroup.rawValue)
    if let group { writer.field("group", group) }
    if let units { writer.field("units", units) }
    writer.endObject()
  }
}

extension NbaDecision {
  /// What people are told of a record that can't be read. Only a scorer writes them, so another build of it did.
  package static func unreadable(_ error: JSONError) -> String {
    "was recorded by an older build (\(error)), which this one can't derive"
  }
}

extension DecisionUnits: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    self.init()
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "granted": granted = try reader.texts()
      case "reached": reached = try reader.texts()
      case "isWithholding": isWithholding = try reader.bool()
      default: break
      }
    }
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("granted", granted)
    writer.field("reached", reached)
    writer.field("isWithholding", isWithholding)
    writer.endObject()
  }
}

extension ScoringSettings: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var listLength: Int?
    var isSampling: Bool?
    var probabilityMin: Double?
    var usesPropensity: Bool?
    var usesContext: Bool?
    var usesValue: Bool?
    var usesLevers: Bool?
    var usesControlGroups: Bool?
    var knownNamespaces: [String]?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "listLength": listLength = Int(try reader.int())
      case "isSampling": isSampling = try reader.bool()
      case "probabilityMin": probabilityMin = try reader.double()
      case "usesPropensity": usesPropensity = try reader.bool()
      case "usesContext": usesContext = try reader.bool()
      case "usesValue": usesValue = try reader.bool()
      case "usesLevers": usesLevers = try reader.bool()
      case "usesControlGroups": usesControlGroups = try reader.null() ? nil : try reader.bool()
      case "knownNamespaces":
        guard try !reader.null() else { break }
        var names: [String] = []
        try reader.array { reader throws(JSONError) in names.append(try reader.string()) }
        knownNamespaces = names
      default: break
      }
    }
    self.init(
      listLength: try reader.required(listLength, "listLength"),
      isSampling: try reader.required(isSampling, "isSampling"),
      probabilityMin: try reader.required(probabilityMin, "probabilityMin"))
    self.usesPropensity = try reader.required(usesPropensity, "usesPropensity")
    self.usesContext = try reader.required(usesContext, "usesContext")
    self.usesValue = try reader.required(usesValue, "usesValue")
    self.usesLevers = try reader.required(usesLevers, "usesLevers")
    self.usesControlGroups = usesControlGroups
    self.knownNamespaces = knownNamespaces
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("listLength", listLength)
    writer.field("isSampling", isSampling)
    writer.field("probabilityMin", probabilityMin)
    writer.field("usesPropensity", usesPropensity)
    writer.field("usesContext", usesContext)
    writer.field("usesValue", usesValue)
    writer.field("usesLevers", usesLevers)
    if let usesControlGroups { writer.field("usesControlGroups", usesControlGroups) }
    if let knownNamespaces {
      writer.key("knownNamespaces")
      writer.beginArray()
      for name in knownNamespaces { writer.string(name) }
      writer.endArray()
    }
    writer.endObject()
  }
}
