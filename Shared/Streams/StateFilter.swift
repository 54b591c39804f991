import Contracts
import MessageLog

/// What a mere reader of state topics must leave out: takeover records, and what an owner still wrote after another had
/// taken its partition over.
package struct StateFilter: Sendable {
  private var epochs: [TopicPartition: Int64] = [:]

  package init() {}

  /// Records of a partition in log order. Records without an epoch (not a table's) always pass.
  package mutating func admits(_ record: Record) -> Bool {
    let partition = TopicPartition(record.topic, record.partition)
    if Takeover.isTakeover(record) {
      epochs[partition] = max(epochs[partition] ?? 0, record.offset)
      return false
    }
    if Handover.isHandover(record) { return false }
    guard let epoch = record.headers.number(StateHeader.epoch) else { return true }
    return epoch >= epochs[partition] ?? 0
  }
}
