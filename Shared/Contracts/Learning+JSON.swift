// Evidence and the models made from it.

extension NbaEvidence: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var id: String?
    var model: String?
    var proposition: String?
    var channel: String?
    var list: String?
    var atMs: Int64?
    var isAccepted: Bool?
    var isRevision: Bool?
    var features: [Feature] = []
    var probability: Double?
    var modelVersion: Int64?
    var startProbability: Double?
    var controlGroup: ControlGroup?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": id = try reader.string()
      case "model": model = try reader.string()
      case "proposition": proposition = try reader.string()
      case "channel": channel = try reader.string()
      case "list": list = try reader.string()
      case "atMs": atMs = try reader.int()
      case "isAccepted": isAccepted = try reader.bool()
      case "isRevision": isRevision = try reader.null() ? nil : try reader.bool()
      case "features": features = try reader.list()
      case "probability": probability = try reader.double()
      case "modelVersion": modelVersion = try reader.int()
      case "startProbability": startProbability = try reader.null() ? nil : try reader.double()
      case "controlGroup": controlGroup = try reader.null() ? nil : try reader.oneOf()
      default: break
      }
    }
    self.init(
      id: try reader.required(id, "id"), model: try reader.required(model, "model"),
      proposition: try reader.required(proposition, "proposition"), channel: try reader.required(channel, "channel"),
      list: try reader.required(list, "list"), atMs: try reader.required(atMs, "atMs"),
      isAccepted: try reader.required(isAccepted, "isAccepted"), features: features,
      probability: try reader.required(probability, "probability"),
      modelVersion: try reader.required(modelVersion, "modelVersion"))
    self.isRevision = isRevision
    self.startProbability = startProbability
    self.controlGroup = controlGroup
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("model", model)
    writer.field("proposition", proposition)
    writer.field("channel", channel)
    writer.field("list", list)
    writer.field("atMs", atMs)
    writer.field("isAccepted", isAccepted)
    if let isRevision { writer.field("isRevision", isRevision) }
    writer.field("features", features)
    writer.field("probability", probability)
    writer.field("modelVersion", modelVersion)
    writer.field("startProbability", startProbability)
    if let controlGroup { writer.field("controlGroup", controlGroup.rawValue) }
    writer.endObject()
  }
}

extension Feature: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var name: String?
    var value: Double?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "name": name = try reader.string()
      case "value": value = try reader.double()
      default: break
      }
    }
    self.init(try reader.required(name, "name"), try reader.required(value, "value"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("name", name)
    writer.field("value", value)
    writer.endObject()
  }
}

extension PropensityModel: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var id: String?
    var version: Int64?
    var evidenceCount: Int64?
    var acceptedCount: Int64?
    var updatedMs: Int64?
    var weights: [PropensityModel.Weight] = []
    var startProbability: Double?
    var recent: [Int64] = []
    var recentAccepted: [Int64]?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": id = try reader.string()
      case "version": version = try reader.int()
      case "evidenceCount": evidenceCount = try reader.int()
      case "acceptedCount": acceptedCount = try reader.int()
      case "updatedMs": updatedMs = try reader.int()
      case "weights": weights = try reader.list()
      case "startProbability": startProbability = try reader.null() ? nil : try reader.double()
      case "recent": recent = try reader.ints()
      case "recentAccepted": recentAccepted = try reader.null() ? nil : try reader.ints()
      default: break
      }
    }
    self.init(id: try reader.required(id, "id"))
    self.version = try reader.required(version, "version")
    self.evidenceCount = try reader.required(evidenceCount, "evidenceCount")
    self.acceptedCount = try reader.required(acceptedCount, "acceptedCount")
    self.updatedMs = try reader.required(updatedMs, "updatedMs")
    self.weights = weights
    self.startProbability = startProbability
    self.recent = recent
    self.recentAccepted = recentAccepted
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("version", version)
    writer.field("evidenceCount", evidenceCount)
    writer.field("acceptedCount", acceptedCount)
    writer.field("updatedMs", updatedMs)
    writer.field("weights", weights)
    writer.field("startProbability", startProbability)
    writer.field("recent", recent)
    if let recentAccepted { writer.field("recentAccepted", recentAccepted) }
    writer.endObject()
  }
}

extension PropensityModel.Weight: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var feature: String?
    var mean: Double?
    var precision: Double?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "feature": feature = try reader.string()
      case "mean": mean = try reader.double()
      case "precision": precision = try reader.double()
      default: break
      }
    }
    self.init(
      feature: try reader.required(feature, "feature"), mean: try reader.required(mean, "mean"),
      precision: try reader.required(precision, "precision"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("feature", feature)
    writer.field("mean", mean)
    writer.field("precision", precision)
    writer.endObject()
  }
}
