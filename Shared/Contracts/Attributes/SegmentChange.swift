/// The data of `segment.entered` and `segment.left` on the timeline.
public struct SegmentChange: Codable, Sendable, Equatable {
  /// As the catalogue names it.
  public var segment: String
  /// Of the catalogue that says who is in it.
  public var catalogVersion: String

  public init(segment: String, catalogVersion: String) {
    self.segment = segment
    self.catalogVersion = catalogVersion
  }
}

extension SegmentChange: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("segment", segment)
    writer.field("catalogVersion", catalogVersion)
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var segment: String?
    var version: String?
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "segment": segment = try reader.string()
      case "catalogVersion": version = try reader.string()
      default: break
      }
    }
    self.init(
      segment: try reader.required(segment, "segment"), catalogVersion: try reader.required(version, "catalogVersion"))
  }
}
