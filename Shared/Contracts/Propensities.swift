/// The propensities of a decision, as columns: those of a whole portfolio go into one record of the log, with every list, and
/// as an object for each they would take three times the room.
public struct Propensities: Codable, Sendable, Equatable {
  /// Those that the models were asked of, in the catalogue's order.
  public var propositions: [String] = []
  /// Of each: posterior mean and variance of the log odds.
  public var means: [Double] = []
  public var variances: [Double] = []
  /// `channel/direction` of the models; the first is the contact's own.
  public var kinds: [String] = []
  /// Of each: how many models took part, its own first, if it has learned anything. They follow one after the other.
  public var modelCounts: [Int64] = []
  /// Of each model: which of the kinds, its version, and how many outcomes it had learned from.
  public var modelKinds: [Int64] = []
  public var modelVersions: [Int64] = []
  public var evidenceCounts: [Int64] = []
  /// What spoke most for or against those that were listed.
  public var drivers: [PropensityDrivers] = []
  /// How many more there were than a decision's record takes.
  public var left: Int64 = 0

  public init() {}
}

/// What spoke most for or against a proposition: parts of the mean, weightiest first.
public struct PropensityDrivers: Codable, Sendable, Equatable {
  public var proposition: String
  public var drivers: [Feature]

  public init(proposition: String, drivers: [Feature]) {
    self.proposition = proposition
    self.drivers = drivers
  }
}

/// The propensity that the models gave one proposition, with their versions.
public struct PropensityRecord: Sendable, Equatable {
  public var proposition: String
  public var model: String
  public var modelVersion: Int64
  /// Posterior mean and variance of the log odds.
  public var mean: Double
  public var variance: Double
  /// What spoke most for or against, where it was listed: parts of the mean, weightiest first.
  public var drivers: [Feature]?
  /// How many outcomes the model had learned from.
  public var evidenceCount: Int64
  /// The models of the same proposition in other channels and directions that stood in for what this one doesn't know.
  public var siblings: [ModelReference]?

  public init(proposition: String, model: String, modelVersion: Int64, mean: Double, variance: Double) {
    self.proposition = proposition
    self.model = model
    self.modelVersion = modelVersion
    self.mean = mean
    self.variance = variance
    evidenceCount = 0
  }
}

extension PropensityRecord {
  /// By how much uncertain log odds are pulled towards even odds before they are a probability: a mean that is uncertain
  /// says less than it seems (the probit approximation of the integral of the sigmoid over a normal).
  public static func moderation(_ variance: Double) -> Double { (1 + .pi * variance / 8).squareRoot() }
}

/// One proposition's model in another channel and direction, as a prediction of the proposition used it.
package struct SiblingModel: Sendable, Equatable {
  /// `channel/direction`.
  package let kind: String
  package let version: Int64
  package let evidenceCount: Int64

  package init(kind: String, version: Int64, evidenceCount: Int64) {
    self.kind = kind
    self.version = version
    self.evidenceCount = evidenceCount
  }

  package func reference(_ proposition: String) -> ModelReference {
    ModelReference(model: "\(proposition)/\(kind)", version: version, evidenceCount: evidenceCount)
  }
}

extension PropensityRecord {
  package var siblingModels: [SiblingModel] {
    (siblings ?? []).map {
      SiblingModel(kind: kind(of: $0.model), version: $0.version, evidenceCount: $0.evidenceCount)
    }
  }

  /// What stands behind the proposition in a model's id.
  fileprivate func kind(of model: String) -> String {
    String(decoding: model.utf8.dropFirst(proposition.utf8.count + 1), as: UTF8.self)
  }
}

/// A version of a model, and how many outcomes it had learned from.
public struct ModelReference: Codable, Sendable, Equatable {
  public var model: String
  public var version: Int64
  public var evidenceCount: Int64

  public init(model: String, version: Int64, evidenceCount: Int64) {
    self.model = model
    self.version = version
    self.evidenceCount = evidenceCount
  }
}

extension Propensities {
  /// `records` are one contact's, each with the model of the same channel and direction.
  public init(_ records: [PropensityRecord]) {
    self.init(kind: records.first.map { $0.kind(of: $0.model) } ?? "", capacity: records.count)
    for record in records {
      add(
        record.proposition, mean: record.mean, variance: record.variance, modelVersion: record.modelVersion,
        evidenceCount: record.evidenceCount, siblings: record.siblingModels, drivers: record.drivers)
    }
  }

  /// None yet; `kind` is the contact's `channel/direction`, of which the models of those that are added are.
  package init(kind: String, capacity: Int) {
    kinds = [kind]
    propositions.reserveCapacity(capacity)
    means.reserveCapacity(capacity)
    variances.reserveCapacity(capacity)
    modelCounts.reserveCapacity(capacity)
    modelKinds.reserveCapacity(capacity)
    modelVersions.reserveCapacity(capacity)
    evidenceCounts.reserveCapacity(capacity)
  }

  package mutating func add(
    _ proposition: String, mean: Double, variance: Double, modelVersion: Int64, evidenceCount: Int64,
    siblings: [SiblingModel], drivers: [Feature]?
  ) {
    propositions.append(proposition)
    means.append(mean)
    variances.append(variance)
    let before = modelKinds.count
    if modelVersion != 0 || evidenceCount != 0 { add(model: 0, modelVersion, evidenceCount) }
    for sibling in siblings {
      // They are few, and the same for nearly every proposition.
      let place = kinds.indices.dropFirst().first { kinds[$0] == sibling.kind } ?? kinds.count
      if place == kinds.count { kinds.append(sibling.kind) }
      add(model: place, sibling.version, sibling.evidenceCount)
    }
    modelCounts.append(Int64(modelKinds.count - before))
    if let drivers { self.drivers.append(PropensityDrivers(proposition: proposition, drivers: drivers)) }
  }

  private mutating func add(model kind: Int, _ version: Int64, _ evidenceCount: Int64) {
    modelKinds.append(Int64(kind))
    modelVersions.append(version)
    evidenceCounts.append(evidenceCount)
  }

  /// One by one. What columns of unequal length don't have is left out.
  public var records: [PropensityRecord] {
    let drivers = Dictionary(drivers.map { ($0.proposition, $0.drivers) }, uniquingKeysWith: { first, _ in first })
    let own = kinds.first ?? ""
    let end = min(modelKinds.count, modelVersions.count, evidenceCounts.count)
    var next = 0
    var records: [PropensityRecord] = []
    for index in 0..<min(propositions.count, means.count, variances.count, modelCounts.count) {
      let proposition = propositions[index]
      var record = PropensityRecord(
        proposition: proposition, model: "\(proposition)/\(own)", modelVersion: 0, mean: means[index],
        variance: variances[index])
      record.drivers = drivers[proposition]
      // Whoever wrote them: as far as the columns go.
      let last = min(end, next + min(end, max(0, Int(clamping: modelCounts[index]))))
      for place in next..<last {
        guard let kind = Int(exactly: modelKinds[place]), kinds.indices.contains(kind) else { continue }
        if kind == 0 {
          (record.modelVersion, record.evidenceCount) = (modelVersions[place], evidenceCounts[place])
        } else {
          record.siblings =
            (record.siblings ?? []) + [
              ModelReference(
                model: "\(proposition)/\(kinds[kind])", version: modelVersions[place],
                evidenceCount: evidenceCounts[place])
            ]
        }
      }
      next = last
      records.append(record)
    }
    return records
  }
}

extension Propensities {
  /// Leaves out as many as it takes to come to some `bytes` of JSON, which may be below zero; not those that were listed,
  /// as long as these have the room.
  public mutating func shorten(to bytes: Int) {
    let (records, size) = (records, json.count)
    guard bytes < size else { return }
    // They aren't of one length, so a little is kept back.
    let count = Int(Double(records.count) * Double(max(0, bytes)) / Double(size) * 0.9)
    let listed = records.filter { $0.drivers != nil }
    let left = self.left + Int64(records.count - count)
    self = Propensities(Array((listed + records.filter { $0.drivers == nil }).prefix(count)))
    self.left = left
  }
}

extension Propensities: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    self.init()
    func numbers(_ reader: inout JSONReader) throws(JSONError) -> [Int64] {
      var numbers: [Int64] = []
      try reader.array { reader throws(JSONError) in numbers.append(try reader.int()) }
      return numbers
    }
    func decimals(_ reader: inout JSONReader) throws(JSONError) -> [Double] {
      var numbers: [Double] = []
      try reader.array { reader throws(JSONError) in numbers.append(try reader.double()) }
      return numbers
    }
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "propositions": propositions = try reader.texts()
      case "means": means = try decimals(&reader)
      case "variances": variances = try decimals(&reader)
      case "kinds": kinds = try reader.texts()
      case "modelCounts": modelCounts = try numbers(&reader)
      case "modelKinds": modelKinds = try numbers(&reader)
      case "modelVersions": modelVersions = try numbers(&reader)
      case "evidenceCounts": evidenceCounts = try numbers(&reader)
      case "drivers": drivers = try reader.list()
      case "left": left = try reader.int()
      default: break
      }
    }
  }

  public func write(to writer: inout JSONWriter) {
    func array<Value>(_ name: StaticString, _ values: [Value], _ write: (inout JSONWriter, Value) -> Void) {
      writer.key(name)
      writer.beginArray()
      for value in values { write(&writer, value) }
      writer.endArray()
    }
    writer.beginObject()
    array("propositions", propositions) { $0.string($1) }
    array("means", means) { $0.double($1) }
    array("variances", variances) { $0.double($1) }
    array("kinds", kinds) { $0.string($1) }
    array("modelCounts", modelCounts) { $0.int($1) }
    array("modelKinds", modelKinds) { $0.int($1) }
    array("modelVersions", modelVersions) { $0.int($1) }
    array("evidenceCounts", evidenceCounts) { $0.int($1) }
    writer.field("drivers", drivers)
    writer.field("left", left)
    writer.endObject()
  }
}

extension PropensityDrivers: JSONConvertible {
  public init(from reader: inout JSONReader) throws(JSONError) {
    var proposition: String?
    var drivers: [Feature] = []
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "proposition": proposition = try reader.string()
      case "drivers": drivers = try reader.list()
      default: break
      }
    }
    self.init(proposition: try reader.required(proposition, "proposition"), drivers: drivers)
  }

  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("proposition", proposition)
    writer.field("drivers", drivers)
    writer.endObject()
  }
}
