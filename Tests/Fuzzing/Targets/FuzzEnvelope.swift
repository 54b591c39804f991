// An event's attributes: as headers, in lines of a name, a colon and a value; or in structured mode, where the text
// begins with a brace.

import Contracts
import MessageLog
import Streams

func complaintAboutEnvelope(_ bytes: [UInt8]) -> String? {
  var record = Record(topic: "fuzz", partition: 0, offset: 0, timestampMs: 0, key: [], value: bytes, headers: Headers())
  if bytes.first == UInt8(ascii: "{") {
    record.headers.append("content-type", "application/cloudevents+json")
  } else {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      let value = line.dropFirst(name.count + 1)
      name.withUnsafeBufferPointer { name in
        value.withUnsafeBufferPointer { record.headers.append(name: name, value: $0) }
      }
    }
  }
  guard let (unpacked, envelope) = try? StructuredMode.unpack(record) else { return nil }
  guard let again = try? Envelope(envelope.headers) else { return "what was written is refused: \(envelope)" }
  if again != envelope { return "what was written is something else: \(envelope), \(again)" }
  guard let data = unpacked.value, bytes.first == UInt8(ascii: "{") else { return nil }
  return (try? JSONReader.read(data) { (reader) throws(JSONError) in try reader.skip() }) == nil
    ? "the data of an event that was taken are no JSON" : nil
}
