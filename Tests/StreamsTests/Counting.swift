import Contracts
import MessageLog
import Streams
import TestKit

@testable import MemoryLog

/// The smallest processor that has everything: it counts events per key, says each count on the timeline, wants to be
/// woken a second after the last event, and says so too.
struct CountState: TableValue, Equatable {
  var count: Int64
  var nowMs: Int64
  var nextDueMs: Int64?

  static func decode(_ bytes: [UInt8]) throws -> CountState {
    var state = CountState(count: 0, nowMs: 0)
    try JSONReader.read(bytes) { (reader) throws(JSONError) in
      try reader.object { (reader, key) throws(JSONError) in
        switch key {
        case "count": state.count = try reader.int()
        case "nowMs": state.nowMs = try reader.int()
        case "nextDueMs": state.nextDueMs = try reader.int()
        default: try reader.skip()
        }
      }
    }
    return state
  }

  func encode() -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("count", count)
    writer.field("nowMs", nowMs)
    writer.field("nextDueMs", nextDueMs)
    writer.endObject()
    return writer.bytes
  }
}

final class CountLogic: Logic {
  func now(of state: CountState) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: CountState?, _ input: Input, now: Int64) throws(Refusal) -> Step<CountState> {
    var state = state ?? CountState(count: 0, nowMs: 0)
    state.nowMs = now
    switch input {
    case .event(let record, let envelope):
      if let value = record.value, value.elementsEqual("bad".utf8) { throw Refusal(stage: "schema", reason: "is bad") }
      state.count += 1
      state.nextDueMs = now + 1_000
      return Step(
        .set(state), [said(key, "counted", state.count, now, cause: envelope.id)],
        tallies: [Tally("test_counted_total", labels: [("key", key)])])
    case .tick:
      guard let due = state.nextDueMs, due <= now else { return .nothing }
      state.nextDueMs = nil
      return Step(.set(state), [said(key, "woken", state.count, now, cause: nil)])
    }
  }

  private func said(_ key: String, _ what: String, _ count: Int64, _ now: Int64, cause: String?) -> Output {
    var envelope = Envelope(id: "\(what)-\(key)-\(count)", source: "counter", type: "test.\(what)", timeMs: now)
    envelope.causationId = cause
    return Output(topic: Topics.profileTimeline, key: key, envelope: envelope, data: Array("\(count)".utf8))
  }
}

let counter = Processor<CountState>(
  group: .facets, inputs: [Topics.channelInteractions], table: Topics.facetState, outputs: [Topics.profileTimeline],
  makeLogic: { CountLogic() })

/// The same, of what comes on two topics.
let counterOfTwo = Processor<CountState>(
  group: .facets, inputs: [Topics.channelInteractions, Topics.sourceRecords], table: Topics.facetState,
  outputs: [Topics.profileTimeline], makeLogic: { CountLogic() })

/// Counts what another service says, and says nothing itself.
let downstreamCounter = Processor<CountState>(
  group: .leads, inputs: [Topics.profileTimeline], table: Topics.leadState, outputs: [], makeLogic: { SilentLogic() })

final class SilentLogic: Logic {
  private let logic = CountLogic()

  func now(of state: CountState) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: CountState?, _ input: Input, now: Int64) throws(Refusal) -> Step<CountState> {
    Step(try logic.step(key, state, input, now: now).change, [])
  }
}

extension TopologyDriver {
  func count(_ key: String) -> Int64? { state(.facets, key, as: CountState.self)?.count }

  func send(
    _ key: String, id: String, source: String = "shop", sequence: Int64? = nil, data: String = "{}",
    on topic: Topic = Topics.channelInteractions
  ) throws {
    var envelope = Envelope(id: id, source: source, type: "test.event", timeMs: clock.nowMs)
    envelope.sequence = sequence
    try publish(topic, key: key, envelope, Array(data.utf8))
  }

  /// The ids of what was said, in the order of the log.
  var said: [String] { records(of: Topics.profileTimeline).compactMap { $0.headers.string("ce_id") } }
}
