import Contracts

// CloudEvents 1.0, Kafka protocol binding, binary mode: attributes as headers with the prefix `ce_`, the data as value.
// Structured mode (`content-type: application/cloudevents+json`, everything in the value) is unpacked to it.

extension Envelope {
  /// As headers, in a fixed order.
  package var headers: Headers {
    var headers = Headers()
    headers.append("ce_specversion", "1.0")
    headers.append("ce_id", id)
    headers.append("ce_source", source)
    headers.append("ce_type", type)
    headers.append("ce_time", Timestamps.text(timeMs))
    headers.append("content-type", "application/json")
    if let correlationId { headers.append("ce_correlationid", correlationId) }
    if let causationId { headers.append("ce_causationid", causationId) }
    if let sequence { headers.append("ce_sequence", String(sequence)) }
    if let traceparent { headers.append("traceparent", traceparent) }
    if let replyTo { headers.append("ce_replyto", replyTo) }
    if let origin { headers.append("ce_origin", origin.description) }
    if let facet {
      headers.append("ce_facet", facet.facet)
      headers.append("ce_facetversion", String(facet.version))
      headers.append("ce_facetseq", String(facet.seq))
    }
    return headers
  }

  /// Reads the headers of a record. Throws which attribute is missing or wrong.
  package init(_ headers: Headers) throws(Refusal) {
    var id: String?
    var source: String?
    var type: String?
    var time: String?
    var sequence: String?
    var origin: String?
    var facet: String?
    var facetVersion: Int64?
    var facetSeq: Int64?
    var correlationId: String?
    var causationId: String?
    var traceparent: String?
    var replyTo: String?
    var isUTF8 = true
    headers.forEach { name, value in
      func text() -> String {
        guard let text = String(validating: value, as: UTF8.self) else {
          isUTF8 = false
          return ""
        }
        return text
      }
      switch name.count {
      case 5 where name.equals("ce_id"): id = text()
      case 7 where name.equals("ce_type"): type = text()
      case 7 where name.equals("ce_time"): time = text()
      case 8 where name.equals("ce_facet"): facet = text()
      case 9 where name.equals("ce_source"): source = text()
      case 9 where name.equals("ce_origin"): origin = text()
      case 10 where name.equals("ce_replyto"): replyTo = text()
      case 11 where name.equals("ce_sequence"): sequence = text()
      case 11 where name.equals("ce_facetseq"): facetSeq = Int64(text())
      case 11 where name.equals("traceparent"): traceparent = text()
      case 14 where name.equals("ce_causationid"): causationId = text()
      case 15 where name.equals("ce_facetversion"): facetVersion = Int64(text())
      case 16 where name.equals("ce_correlationid"): correlationId = text()
      default: break
      }
    }
    guard isUTF8 else { throw Refusal(stage: "envelope", reason: "a header is not UTF-8") }
    func required(_ value: String?, _ name: String) throws(Refusal) -> String {
      guard let value else { throw Refusal(stage: "envelope", field: name, reason: "is missing") }
      guard !value.isEmpty, value.utf8.count <= Envelope.attributeBytesMax else {
        throw Refusal(stage: "envelope", field: name, reason: "takes 1 to \(Envelope.attributeBytesMax) bytes")
      }
      return value
    }
    let timeText = try required(time, "ce_time")
    guard let timeMs = Timestamps.milliseconds(timeText) else {
      throw Refusal(stage: "envelope", field: "ce_time", reason: "is not an RFC 3339 time: \(timeText)")
    }
    self.init(
      id: try required(id, "ce_id"), source: try required(source, "ce_source"), type: try required(type, "ce_type"),
      timeMs: timeMs)
    if let sequence {
      guard let number = Int64(sequence) else {
        throw Refusal(stage: "envelope", field: "ce_sequence", reason: "is not an integer: \(sequence)")
      }
      self.sequence = number
    }
    if let origin {
      guard let parsed = Origin(origin) else {
        throw Refusal(stage: "envelope", field: "ce_origin", reason: "is not topic/partition/offset/ordinal: \(origin)")
      }
      self.origin = parsed
    }
    if let facet, let facetVersion, let facetSeq {
      self.facet = FacetReference(facet: facet, version: facetVersion, seq: facetSeq)
    }
    self.correlationId = correlationId
    self.causationId = causationId
    self.traceparent = traceparent
    self.replyTo = replyTo
  }
}

extension UnsafeBufferPointer<UInt8> {
  fileprivate func equals(_ name: StaticString) -> Bool {
    for i in 0..<count where self[i] != name.utf8Start[i] { return false }
    return true
  }
}
