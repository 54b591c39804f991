import Contracts
import MessageLog
import Synchronization

/// Writes to a MemoryLog, or fails as a test has told it to.
final class MemoryProducer: LogProducer {
  private let log: MemoryLog
  private let closed = Mutex(false)

  init(log: MemoryLog) { self.log = log }

  func append(_ records: [OutgoingRecord], timeoutMs: Int) throws(LogError) -> [Int64] {
    if closed.withLock({ $0 }) { throw .fatal("the producer is closed") }
    if records.isEmpty { return [] }
    return try log.monitor.change { (state) throws(LogError) in
      try state.requireBroker()
      let fault = takeFault(&state, topic: records[0].topic)
      var offsets: [Int64] = []
      offsets.reserveCapacity(records.count)
      for record in records.prefix(fault?.taking ?? .max) { offsets.append(try append(record, to: &state)) }
      if let fault { throw fault.error }
      return offsets
    }
  }

  /// The completion is called before this returns: a test shouldn't have to wait for what memory does at once.
  func append(
    _ record: OutgoingRecord, completion: @escaping @Sendable (Result<Int64, LogError>) -> Void
  ) throws(LogError) {
    do throws(LogError) {
      completion(.success(try append([record], timeoutMs: 0)[0]))
    } catch {
      if case .queueFull = error { throw error }
      completion(.failure(error))
    }
  }

  func close(timeoutMs: Int) { closed.withLock { $0 = true } }

  private func takeFault(_ state: inout MemoryLog.State, topic: String) -> MemoryLog.AppendFault? {
    guard let index = state.faults.firstIndex(where: { $0.topic == nil || $0.topic == topic }) else { return nil }
    return state.faults.remove(at: index)
  }

  private func append(_ record: OutgoingRecord, to state: inout MemoryLog.State) throws(LogError) -> Int64 {
    let bytes = record.byteCount
    let bytesMax = Topics.recordBytesMax(record.topic) ?? log.maxRecordBytes
    if bytes > bytesMax { throw .rejected("a record of \(bytes) bytes is larger than \(bytesMax)") }
    _ = try state.partition(TopicPartition(record.topic, record.partition))
    let timestampMs = record.timestampMs ?? log.clock()
    return state.topics[record.topic]![Int(record.partition)].append(record, timestampMs: timestampMs)
  }
}
