import Contracts
import MessageLog

/// One event made from a row. The same row of the same file always makes the same event, so that a second replay is
/// recognised as a repetition.
package struct ReplayEvent: Sendable, Equatable {
  package var type: EventType
  /// Unique within the dataset.
  package var id: String
  /// Rises with every event of a key.
  package var sequence: Int64
  package var recordedMs: Int64
  package var data: Interaction
  /// It happens only after the customer has been there for a while.
  package var isLater = false

  init(_ type: EventType, id: String, sequence: Int64, recordedMs: Int64, _ data: Interaction) {
    self.type = type
    self.id = id
    self.sequence = sequence
    self.recordedMs = recordedMs
    self.data = data
  }

  package var key: String { data.identifiers.first?.key ?? "" }

  package var topic: Topic { type.topic ?? Topics.channelInteractions }

  package func envelope(source: String, timeMs: Int64) -> Envelope {
    var envelope = Envelope(id: id, source: source, type: type.rawValue, timeMs: timeMs)
    envelope.correlationId = data.contact
    envelope.sequence = sequence
    return envelope
  }

  package func record(source: String, timeMs: Int64, partitions: Int) -> OutgoingRecord {
    OutgoingRecord(
      topic: topic.name, partition: Partitioner.partition(of: key, count: partitions), key: Array(key.utf8),
      value: data.json, headers: envelope(source: source, timeMs: timeMs).headers)
  }
}

/// Makes a dataset's events, row by row.
protocol RowMapper {
  /// `number` counts rows from 1. Throws what is wrong with the row.
  mutating func events(_ row: Row, number: Int64) throws(RowError) -> [ReplayEvent]
}

/// A row by its columns' names. A column that isn't there is empty.
package struct Row: Sendable {
  let columns: [String: Int]
  let fields: [String]

  subscript(_ column: String) -> String {
    guard let index = columns[column], index < fields.count else { return "" }
    return fields[index]
  }
}

package struct RowError: Error, Sendable, Equatable, CustomStringConvertible {
  package var reason: String
  package var description: String { reason }

  init(_ reason: String) { self.reason = reason }
}

/// The ids that a replay needs of the deployment.
struct ReplayIds: Sendable {
  let mint: IdMint

  /// What was offered before the suite was there is imported history: version 0 of the contact's list.
  func list(_ contact: String) -> String { mint.importedList(contact: contact) }
}

extension Int64 {
  /// A row makes fewer events than that, so the row's number orders events, and the place in the row those of one row.
  static let eventsPerRow: Int64 = 8

  static func sequence(row: Int64, _ place: Int64) -> Int64 { row * eventsPerRow + place }
}
