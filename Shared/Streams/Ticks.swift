import Contracts
import MessageLog

// Time is a record: the owner of a partition writes which keys are due to a partition of its own, and reads it back like
// any input. So a replay sees the same time, and a tick that was applied is a no-op.

struct TickRecord: Equatable {
  var nowMs: Int64
  var keys: [String]

  /// All that is decided because of one record is committed together, so it is not very much.
  static let keysMax = 50
  static let header = "trias_tick"

  func outgoing(topic: Topic, partition: Int32) -> OutgoingRecord {
    var writer = JSONWriter(reserving: 64 + keys.count * 32)
    writer.beginObject()
    writer.field("nowMs", nowMs)
    writer.key("keys")
    writer.beginArray()
    for key in keys { writer.string(key) }
    writer.endArray()
    writer.endObject()
    return OutgoingRecord(
      topic: topic.name, partition: partition, key: Array("tick".utf8), value: writer.bytes, headers: Headers())
  }

  init(nowMs: Int64, keys: [String]) {
    self.nowMs = nowMs
    self.keys = keys
  }

  init(_ record: Record) throws(JSONError) {
    var nowMs: Int64 = 0
    var keys: [String] = []
    try JSONReader.read(record.value ?? []) { (reader) throws(JSONError) in
      try reader.object { (reader, key) throws(JSONError) in
        switch key {
        case "nowMs": nowMs = try reader.int()
        case "keys": try reader.array { (reader) throws(JSONError) in keys.append(try reader.string()) }
        default: try reader.skip()
        }
      }
    }
    self.init(nowMs: nowMs, keys: keys)
  }
}
