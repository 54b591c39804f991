// Budgets as JSON: every scorer reads each that changes.

extension PropositionLimit: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("max", max)
    writer.field("per", per.rawValue)
    writer.field("of", of.rawValue)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var max: Int64?
    var per: Period?
    var of: Measure?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "max": max = try reader.int()
      case "per": per = try reader.oneOf()
      case "of": of = try reader.oneOf()
      default: break
      }
    }
    self.init(
      max: try reader.required(max, "max"), per: try reader.required(per, "per"), of: try reader.required(of, "of"))
  }
}

extension BudgetCount: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("limit", limit)
    writer.field("sinceMs", sinceMs)
    writer.field("taken", taken)
    writer.field("isInForce", isInForce)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var limit: PropositionLimit?
    var sinceMs: Int64?
    var taken: Int64?
    var isInForce: Bool?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "limit": limit = try PropositionLimit(from: &reader)
      case "sinceMs": sinceMs = try reader.int()
      case "taken": taken = try reader.int()
      case "isInForce": isInForce = try reader.bool()
      default: break
      }
    }
    self.init(
      limit: try reader.required(limit, "limit"), sinceMs: try reader.required(sinceMs, "sinceMs"),
      taken: try reader.required(taken, "taken"), isInForce: try reader.required(isInForce, "isInForce"))
  }
}

extension BudgetHolder: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", id)
    writer.field("atMs", atMs)
    writer.field("of", of.rawValue)
    writer.field("reservation", reservation)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var reservation: String?
    var id: String?
    var atMs: Int64?
    var of: PropositionLimit.Measure?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "id": id = try reader.string()
      case "reservation": reservation = try reader.optionalString()
      case "atMs": atMs = try reader.int()
      case "of": of = try reader.oneOf()
      default: break
      }
    }
    self.init(
      id: try reader.required(id, "id"), atMs: try reader.required(atMs, "atMs"), of: try reader.required(of, "of"),
      reservation: reservation)
  }
}

extension Budget: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("proposition", proposition)
    writer.field("nowMs", nowMs)
    writer.field("counts", counts)
    writer.field("holders", holders)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) { try self.init(&reader, hasHolders: true) }

  /// Without its holders, which only its owner needs.
  package init(counts data: [UInt8]) throws(Refusal) {
    do {
      self = try JSONReader.read(data) { reader throws(JSONError) in try Budget(&reader, hasHolders: false) }
    } catch {
      throw Refusal(error)
    }
  }

  private init(_ reader: inout JSONReader, hasHolders: Bool) throws(JSONError) {
    var proposition: String?
    var nowMs: Int64?
    var counts: [BudgetCount]?
    var holders: [BudgetHolder] = []
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "proposition": proposition = try reader.string()
      case "nowMs": nowMs = try reader.int()
      case "counts": counts = try reader.list()
      case "holders" where hasHolders: holders = try reader.list()
      default: break
      }
    }
    self.init(proposition: try reader.required(proposition, "proposition"), nowMs: try reader.required(nowMs, "nowMs"))
    self.counts = try reader.required(counts, "counts")
    self.holders = holders
  }
}
