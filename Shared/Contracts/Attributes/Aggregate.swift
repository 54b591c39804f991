/// What a facet keeps of one computed attribute: enough to answer it at any time from the last event on, alone or
/// together with the other facets of a profile.
public struct Aggregate: Codable, Sendable, Equatable {
  public var attribute: String
  /// Of the attribute's definition.
  public var version: Int
  /// From when on every event is in it; nil: from the first one.
  public var sinceMs: Int64?
  public var tiles: [AggregateTile]
  /// `distinct` without a window only: of the values' hashes those below this are kept; nil: all.
  public var ceiling: Int64?
  /// `distinct` over a window only: hashes that there was no room for, with the time of the latest such value, the highest
  /// and latest last. While one's time is in the window, only hashes below it can be relied on.
  public var dropped: [AggregateTile]?

  public init(attribute: String, version: Int, sinceMs: Int64? = nil, tiles: [AggregateTile] = []) {
    self.attribute = attribute
    self.version = version
    self.sinceMs = sinceMs
    self.tiles = tiles
  }

  /// So many hashes of different values are kept; beyond it the upper ones go, and what is left stands for the whole in
  /// proportion (Bar-Yossef et al., "Counting distinct elements in a data stream", 2002). The standard error is then
  /// about 1/√64: 12 %.
  public static let distinctMax = 64
  public static let droppedMax = 16
  public static let favouritesMax = 16
  /// Of a text that is kept.
  public static let textBytesMax = 128
  /// What hashes are below.
  public static let hashEnd: Int64 = 1 << 32
}

/// A time with what happened in it. What the members mean is the operation's: see `ComputedAttribute`.
public struct AggregateTile: Codable, Sendable, Equatable {
  /// Where the tile begins or, of `first`, `last`, `recency`, `distinct` and decayed counts, when it happened.
  public var atMs: Int64
  /// How many, how much, or a hash.
  public var amount: Int64?
  public var weight: Double?
  public var text: String?

  public init(atMs: Int64, amount: Int64? = nil, weight: Double? = nil, text: String? = nil) {
    self.atMs = atMs
    self.amount = amount
    self.weight = weight
    self.text = text
  }
}

extension Aggregate {
  /// Notes that a value is not kept. One that is higher than another and no later says nothing more.
  mutating func drop(_ tile: AggregateTile) {
    var kept = (dropped ?? []).filter { $0.amount! < tile.amount! || $0.atMs > tile.atMs }
    let isSaid = kept.contains { $0.amount! <= tile.amount! && $0.atMs >= tile.atMs }
    if !isSaid { kept.insert(tile, at: kept.firstIndex { $0.atMs > tile.atMs } ?? kept.count) }
    if kept.count > Self.droppedMax {
      // The two that are nearest in time become one that is as low and as late as both.
      let first = kept.indices.dropLast().min {
        kept[$0 + 1].atMs - kept[$0].atMs < kept[$1 + 1].atMs - kept[$1].atMs
      }!
      kept[first].atMs = kept[first + 1].atMs
      kept.remove(at: first + 1)
    }
    dropped = kept
  }
}

extension Aggregate: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("attribute", attribute)
    writer.field("version", version)
    writer.field("sinceMs", sinceMs)
    writer.field("ceiling", ceiling)
    if let dropped { writer.field("dropped", dropped) }
    writer.field("tiles", tiles)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var attribute: String?
    var aggregate = Aggregate(attribute: "", version: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "attribute": attribute = try reader.string()
      case "version": aggregate.version = Int(try reader.int())
      case "sinceMs": aggregate.sinceMs = try reader.optionalInt()
      case "ceiling": aggregate.ceiling = try reader.optionalInt()
      case "dropped": aggregate.dropped = try reader.null() ? nil : try reader.list()
      case "tiles": aggregate.tiles = try reader.list()
      default: break
      }
    }
    aggregate.attribute = try reader.required(attribute, "attribute")
    self = aggregate
  }
}

extension AggregateTile: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("atMs", atMs)
    writer.field("amount", amount)
    writer.field("weight", weight)
    writer.field("text", text)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var tile = AggregateTile(atMs: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "atMs": tile.atMs = try reader.int()
      case "amount": tile.amount = try reader.optionalInt()
      case "weight": tile.weight = try reader.optionalNumber()
      case "text": tile.text = try reader.optionalString()
      default: break
      }
    }
    self = tile
  }
}
