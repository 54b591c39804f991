import Contracts
import MessageLog
import Testing

@testable import Streams

/// Headers are written into room that was counted before. Whoever counts too little ends the process, so nothing that can
/// be said may take more: the longest numbers, the longest texts, everything at once.
@Suite("Room for headers")
struct HeaderRoomTests {
  let numbers: [Int64] = [0, 7, .min, .max]
  let texts = ["", "a", "äöü€🙂", String(repeating: "x", count: 512)]

  @Test func anEnvelopeSaysTheSameWhenItIsReadBack() throws {
    for text in texts.dropFirst() {
      for number in numbers {
        var envelope = Envelope(id: text, source: text, type: text, timeMs: 1_790_000_000_123)
        (envelope.correlationId, envelope.causationId, envelope.replyTo) = (text, text, text)
        envelope.sequence = number
        envelope.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        envelope.origin = Origin(topic: text, partition: .max, offset: number, ordinal: .min)
        envelope.facet = FacetReference(facet: text, version: number, seq: number)
        #expect(try Envelope(envelope.headers) == envelope)
      }
    }
  }

  @Test func aStateSaysTheSameWhenItIsReadBack() throws {
    for table in [Topics.profileState, Topics.facetState] {
      for number in numbers {
        for text in texts {
          var bookkeeping = Bookkeeping()
          for n in 0..<3 {
            var envelope = Envelope(id: "e\(n)", source: "s", type: "t", timeMs: 0)
            bookkeeping.note(mark(n, envelope), recentMax: 64, sourcesMax: 8)
            envelope.sequence = number
            bookkeeping.note(mark(n, envelope), recentMax: 64, sourcesMax: 8)
            envelope.origin = Origin(topic: "t", partition: Int32(n), offset: number, ordinal: .max)
            bookkeeping.note(mark(n, envelope), recentMax: 64, sourcesMax: 8)
          }
          let output = OutgoingRecord(
            topic: text, partition: .max, key: Array(text.utf8), value: nil, headers: Headers([(text, text)]))
          let outbox = [OutboxItem(number: number, record: output)]
          let written = StateRecord.encode(
            table: table, partition: .max, key: "k", state: nil, bookkeeping: bookkeeping, outbox: outbox,
            epoch: number, versions: 0..<0, nowMs: 1, cause: text, number: number)
          let read = try StateRecord.decode(
            Record(
              topic: table.name, partition: 0, offset: 0, timestampMs: 0, key: written.key, value: nil,
              headers: written.headers), reducerVersion: 1
          ) { _, _ in throw StreamsError.wiring("there is no state") }
          #expect(read.bookkeeping == bookkeeping)
          #expect(read.outbox == outbox)
          #expect(read.epoch == number)
          if table.isPublic {
            let envelope = try Envelope(written.headers)
            #expect(envelope.id == "\(table.name)/\(Int32.max)/\(number)/\(number)")
            #expect(envelope.source == "trias/profile-aggregator")
            #expect(envelope.type == table.stateType)
            #expect(envelope.causationId == text)
          }
        }
      }
    }
  }

  private func mark(_ topic: Int, _ envelope: Envelope) -> Bookkeeping.Mark {
    Bookkeeping.Mark(topic: UInt64(topic), offset: 1, envelope)
  }
}
