import Contracts

/// An event as a client wrote it, in CloudEvents' JSON format: read, but not yet checked against its type.
public struct IncomingEvent: Sendable, Equatable {
  public var id: String?
  /// In full (`trias.page.viewed.v1`) or short (`page.viewed`).
  public var type: String
  public var time: String?
  public var sequence: Int64?
  public var traceparent: String?
  public var interaction: Interaction

  public init(type: String, interaction: Interaction) {
    self.type = type
    self.interaction = interaction
  }

  /// The type by its full or its short name.
  public var eventType: EventType? {
    EventType(rawValue: type) ?? EventType(rawValue: "trias.\(type).v1")
  }
}

extension IncomingEvent {
  /// A batch `{"events": […]}`. A document that can't be read is refused whole, with the field.
  public static func readBatch(_ bytes: [UInt8], eventsMax: Int, depthMax: Int) throws(Refusal) -> [IncomingEvent] {
    var events: [IncomingEvent]?
    try reading { () throws(JSONError) in
      try JSONReader.read(bytes, maxDepth: depthMax) { reader throws(JSONError) in
        try reader.object { reader, key throws(JSONError) in
          guard key == "events" else { return }
          var all: [IncomingEvent] = []
          try reader.array { reader throws(JSONError) in
            guard all.count < eventsMax else { throw reader.fail("at most \(eventsMax) events at a time") }
            all.append(try IncomingEvent(from: &reader))
          }
          events = all
        }
      }
    }
    guard let events else { throw Refusal(stage: "schema", field: "events", reason: "is missing") }
    return events
  }

  /// That of an answer that comes without one: said twice it is one.
  public static func id(of outcome: Outcome, to proposition: String, on list: String) -> String {
    "\(list)/\(proposition)/\(outcome.rawValue)"
  }

  init(from reader: inout JSONReader) throws(JSONError) {
    self.init(type: "", interaction: Interaction(identifiers: []))
    var hasData = false
    try reader.object { reader, key throws(JSONError) in
      if try reader.null() { return }
      switch key {
      case "id": id = try reader.string()
      case "type": type = try reader.string()
      case "time": time = try reader.string()
      case "sequence": sequence = try reader.int()
      case "traceparent": traceparent = try reader.string()
      case "data":
        hasData = true
        interaction = try Interaction(from: &reader)
      default: break
      }
    }
    if type.isEmpty { throw reader.fail("is missing", member: "type") }
    if !hasData { throw reader.fail("is missing", member: "data") }
  }

  /// Runs a reading of JSON; its error becomes a refusal that names the field.
  public static func reading<Value>(_ body: () throws(JSONError) -> Value) throws(Refusal) -> Value {
    do {
      return try body()
    } catch {
      throw Refusal(error)
    }
  }
}
