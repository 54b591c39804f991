import Contracts

// CloudEvents 1.0, Kafka protocol binding, binary mode: attributes as headers with the prefix `ce_`, the data as value.
// Structured mode (`content-type: application/cloudevents+json`, everything in the value) is unpacked to it.

extension Envelope {
  /// As headers, in a fixed order.
  package var headers: Headers { headers(origin: origin) }

  /// As headers, with an origin that is only known now.
  package func headers(origin: Origin?) -> Headers {
    Headers(atMost: headerBytesMax(origin)) { writer in
      writer.putEnvelope(
        id: { $0.write(id) }, source: { $0.write(source) }, type: { $0.write(type) }, timeMs: timeMs)
      if let correlationId { writer.put("ce_correlationid", correlationId) }
      if let causationId { writer.put("ce_causationid", causationId) }
      if let sequence { writer.put("ce_sequence", number: sequence) }
      if let traceparent { writer.put("traceparent", traceparent) }
      if let replyTo { writer.put("ce_replyto", replyTo) }
      if let origin {
        writer.put("ce_origin") { writer in
          writer.write(origin.topic)
          for number in [Int64(origin.partition), origin.offset, Int64(origin.ordinal)] {
            writer.write(UInt8(ascii: "/"))
            writer.write(decimal: number)
          }
        }
      }
      if let facet {
        writer.put("ce_facet", facet.facet)
        writer.put("ce_facetversion", number: facet.version)
        writer.put("ce_facetseq", number: facet.seq)
      }
    }
  }

  /// Names, frames and numbers have room in what is counted for each; texts are as long as they are.
  private func headerBytesMax(_ origin: Origin?) -> Int {
    func bytes(_ text: String?) -> Int { text.map { 24 + $0.utf8.count } ?? 0 }
    var bytesMax = 160 + id.utf8.count + source.utf8.count + type.utf8.count
    bytesMax += bytes(correlationId) + bytes(causationId) + bytes(traceparent) + bytes(replyTo)
    if sequence != nil { bytesMax += 40 }
    if let origin { bytesMax += 96 + origin.topic.utf8.count }
    if let facet { bytesMax += 128 + facet.facet.utf8.count }
    return bytesMax
  }

  /// Reads the headers of a record. Throws which attribute is missing or wrong.
  package init(_ headers: Headers) throws(Refusal) {
    var id: String?
    var source: String?
    var type: String?
    // What is no text to us is read where it stands: nil is absent, and a value that is no value is kept to be named.
    var time: (ms: Int64?, text: [UInt8])?
    var sequence: (number: Int64?, text: [UInt8])?
    var origin: (origin: Origin?, text: [UInt8])?
    var facet: String?
    var facetVersion: Int64?
    var facetSeq: Int64?
    var correlationId: String?
    var causationId: String?
    var traceparent: String?
    var replyTo: String?
    var isUTF8 = true
    var isOfVersion1 = true
    headers.forEach { name, value in
      func text() -> String {
        guard let text = String(validUTF8: value) else {
          isUTF8 = false
          return ""
        }
        return text
      }
      switch name.count {
      case 5 where name.equals("ce_id"): id = text()
      case 7 where name.equals("ce_type"): type = text()
      case 7 where name.equals("ce_time"):
        let ms = Timestamps.milliseconds(value)
        time = (ms, ms == nil ? Array(value) : [])
      case 8 where name.equals("ce_facet"): facet = text()
      case 9 where name.equals("ce_source"): source = text()
      case 9 where name.equals("ce_origin"):
        let parsed = Origin(bytes: value)
        origin = (parsed, parsed == nil ? Array(value) : [])
      case 10 where name.equals("ce_replyto"): replyTo = text()
      case 11 where name.equals("ce_sequence"):
        let number = DecimalText.number(value)
        sequence = (number, number == nil ? Array(value) : [])
      case 11 where name.equals("ce_facetseq"): facetSeq = DecimalText.number(value)
      // Whatever is wrong with it, the event is not to blame.
      case 11 where name.equals("traceparent"):
        traceparent = String(validUTF8: value).flatMap(Traceparent.valid)
      case 14 where name.equals("ce_causationid"): causationId = text()
      case 14 where name.equals("ce_specversion"):
        isOfVersion1 = value.count >= 2 && value[0] == UInt8(ascii: "1") && value[1] == UInt8(ascii: ".")
      case 15 where name.equals("ce_facetversion"): facetVersion = DecimalText.number(value)
      case 16 where name.equals("ce_correlationid"): correlationId = text()
      default: break
      }
    }
    guard isUTF8 else { throw Self.notUTF8 }
    guard isOfVersion1 else {
      throw Refusal(
        stage: "envelope", field: "ce_specversion", reason: "is not 1.0: no version of CloudEvents known here")
    }
    if id == nil, source == nil, type == nil, time == nil {
      throw Refusal(
        stage: "envelope",
        reason: "is no CloudEvent: there are no ce_ headers, and content-type is not application/cloudevents+json")
    }
    func required(_ value: String?, _ name: String) throws(Refusal) -> String {
      guard let value else { throw Refusal(stage: "envelope", field: name, reason: "is missing") }
      guard !value.isEmpty, value.utf8.count <= Envelope.attributeBytesMax else {
        throw Refusal(stage: "envelope", field: name, reason: "takes 1 to \(Envelope.attributeBytesMax) bytes")
      }
      return value
    }
    guard let time else { throw Refusal(stage: "envelope", field: "ce_time", reason: "is missing") }
    guard let timeMs = time.ms else {
      let text = try required(try Self.text(time.text), "ce_time")
      throw Refusal(stage: "envelope", field: "ce_time", reason: "is not an RFC 3339 time: \(text)")
    }
    self.init(
      id: try required(id, "ce_id"), source: try required(source, "ce_source"), type: try required(type, "ce_type"),
      timeMs: timeMs)
    if let sequence {
      guard let number = sequence.number else {
        let text = try Self.text(sequence.text)
        throw Refusal(stage: "envelope", field: "ce_sequence", reason: "is not an integer: \(text)")
      }
      self.sequence = number
    }
    if let origin {
      guard let parsed = origin.origin else {
        let text = try Self.text(origin.text)
        throw Refusal(stage: "envelope", field: "ce_origin", reason: "is not topic/partition/offset/ordinal: \(text)")
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

  private static var notUTF8: Refusal { Refusal(stage: "envelope", reason: "a header is not UTF-8") }

  private static func text(_ bytes: [UInt8]) throws(Refusal) -> String {
    guard let text = bytes.withUnsafeBufferPointer({ String(validUTF8: $0) }) else { throw notUTF8 }
    return text
  }
}

extension HeaderWriter {
  /// What every event has, in its fixed order.
  package mutating func putEnvelope(
    id: (inout HeaderWriter) -> Void, source: (inout HeaderWriter) -> Void, type: (inout HeaderWriter) -> Void,
    timeMs: Int64
  ) {
    put("ce_specversion", "1.0")
    put("ce_id", id)
    put("ce_source", source)
    put("ce_type", type)
    put("ce_time") { $0.write(timeMs: timeMs) }
    put("content-type", "application/json")
  }
}

extension Headers {
  package mutating func append(_ name: StaticString, number: Int64) {
    append(name) { bytes in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalText.bytesMax) { text in
        let count = DecimalText.write(number, to: text.baseAddress!)
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<count]))
      }
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  fileprivate func equals(_ name: StaticString) -> Bool {
    for i in 0..<count where self[i] != name.utf8Start[i] { return false }
    return true
  }
}
