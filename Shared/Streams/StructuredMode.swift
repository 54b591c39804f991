import Contracts
import MessageLog

/// CloudEvents in structured mode: everything in the value, announced by the content type. Unpacked to binary mode, so
/// that nobody behind this point has to know of it.
package enum StructuredMode {
  package static func unpack(_ record: Record) throws(Refusal) -> (Record, Envelope) {
    guard record.headers.value("content-type", startsWith: "application/cloudevents") else {
      return (record, try Envelope(record.headers))
    }
    guard let value = record.value else { throw Refusal(stage: "envelope", reason: "an event needs a value") }
    var headers = Headers()
    var data: [UInt8]?
    do {
      try JSONReader.read(value) { (reader) throws(JSONError) in
        try reader.object { (reader, key) throws(JSONError) in
          switch key {
          case "data": data = Array(try reader.rawValue())
          case "datacontenttype", "dataschema", "subject": try reader.skip()
          default:
            let text =
              try reader.kind() == .string
              ? try reader.string() : String(decoding: try reader.rawValue(), as: UTF8.self)
            headers.append(key.string == "traceparent" ? "traceparent" : "ce_" + key.string, text)
          }
        }
      }
    } catch {
      throw Refusal(stage: "schema", field: error.path, reason: error.reason)
    }
    var unpacked = record
    unpacked.headers = headers
    unpacked.value = data
    return (unpacked, try Envelope(headers))
  }
}
