import Contracts
import MessageLog
import Synchronization

/// Publishes events, each acknowledged by the broker. One producer, shared by everybody who publishes, and made anew when
/// it has failed. `ChannelAdapter` has one; by itself it is for who publishes and has readers of his own.
public final class EventPublisher: Sendable {
  private struct State {
    var producer: (any LogProducer)?
    var isClosed = false
    var failure: String?
  }

  private let log: any MessageLog
  private let name: String
  private let partitions: Int
  private let timeoutMs: Int
  private let state = Mutex(State())

  /// - Parameter partitions: of the two key domains.
  package init(log: any MessageLog, name: String, partitions: Int, timeoutMs: Int = 3_000) {
    self.log = log
    self.name = name
    self.partitions = partitions
    self.timeoutMs = timeoutMs
  }

  /// Why nothing can be published, as long as the last attempt failed because of the broker: who has no other sign of it
  /// shows this where it is asked whether it is ready.
  public var failure: String? { state.withLock { $0.failure } }

  /// Asks the broker itself, since nobody sends anything to whom isn't ready. Blocks while the broker doesn't answer.
  package func probe() {
    guard failure != nil, (try? log.partitionCount(of: Topics.channelInteractions.name)) != nil else { return }
    state.withLock { $0.failure = nil }
  }

  /// Appends all in order and returns when all are acknowledged. After an error some of them may have been taken; sending
  /// them again under the same ids is harmless.
  public func publish(_ events: [ChannelEvent]) async throws(AdapterError) {
    try await publish(
      events.compactMap { event in
        event.type.topic.map { record($0, key: event.key, event.envelope, event.interaction.json) }
      })
  }

  /// Publishes what is no channel's event, such as a command.
  package func publish(
    _ topic: Topic, key: String, _ envelope: Envelope, _ data: [UInt8]
  ) async throws(AdapterError) {
    try await publish([record(topic, key: key, envelope, data)])
  }

  private func record(_ topic: Topic, key: String, _ envelope: Envelope, _ data: [UInt8]) -> OutgoingRecord {
    let count = topic.partitionCount(domainPartitions: partitions)
    return OutgoingRecord(
      topic: topic.name, partition: Partitioner.partition(of: key, count: count), key: Array(key.utf8), value: data,
      headers: envelope.headers)
  }

  private func publish(_ records: [OutgoingRecord]) async throws(AdapterError) {
    if records.isEmpty { return }
    do {
      try await deliver(records)
    } catch {
      if let reason = error.brokersFault { state.withLock { $0.failure = reason } }
      throw AdapterError(error)
    }
    state.withLock { $0.failure = nil }
  }

  private func deliver(_ records: [OutgoingRecord]) async throws(LogError) {
    let producer = try current()
    let acks = Acks(records.count)
    var failure: LogError?
    for (index, record) in records.enumerated() {
      do {
        try producer.append(record) { acks.take($0) }
      } catch {
        // Those before it are on their way and will be waited for: an answer must never overtake them.
        failure = error
        acks.giveUp(records.count - index)
        break
      }
    }
    let timer = Task { [timeoutMs] in
      try await Task.sleep(for: .milliseconds(timeoutMs))
      acks.expire()
    }
    let result = await acks.wait()
    timer.cancel()
    if let error = failure ?? result {
      if error.brokersFault != nil { replace(producer) }
      throw error
    }
  }

  /// Waits for what is on its way to the broker; nothing can be published afterwards.
  public func close() {
    let producer = state.withLock { state in
      state.isClosed = true
      defer { state.producer = nil }
      return state.producer
    }
    producer?.close(timeoutMs: 3_000)
  }

  private func current() throws(LogError) -> any LogProducer {
    try state.withLock { state throws(LogError) in
      if state.isClosed { throw .unavailable("stopping") }
      if let producer = state.producer { return producer }
      let producer = try log.makeProducer(name: name)
      state.producer = producer
      return producer
    }
  }

  private func replace(_ broken: any LogProducer) {
    let mine = state.withLock { state in
      guard state.producer === broken else { return false }
      state.producer = nil
      return true
    }
    if mine { broken.close(timeoutMs: 0) }
  }
}

extension LogError {
  /// What is wrong with the broker; nil where the records are to blame, or there were too many of them. After it an
  /// idempotent producer can't be trusted to keep the order.
  fileprivate var brokersFault: String? {
    switch self {
    case .queueFull, .rejected: nil
    case .unavailable(let why), .fatal(let why): why
    }
  }
}

extension AdapterError {
  fileprivate init(_ error: LogError) {
    switch error {
    case .queueFull: self = .busy
    case .rejected(let why): self = .refused(.init(stage: "size", field: nil, reason: why))
    case .unavailable(let why), .fatal(let why): self = .unavailable(why)
    }
  }
}

/// The acknowledgements of one publication, gathered from the producer's threads.
private final class Acks: Sendable {
  private struct State {
    var missing: Int
    var failure: LogError?
    var isDone = false
    var continuation: CheckedContinuation<LogError?, Never>?
  }

  private let state: Mutex<State>

  init(_ count: Int) {
    state = Mutex(State(missing: count))
  }

  func take(_ result: Result<Int64, LogError>) {
    change { state in
      state.missing -= 1
      if case .failure(let error) = result { state.failure = state.failure ?? error }
    }
  }

  func giveUp(_ count: Int) {
    change { $0.missing -= count }
  }

  func expire() {
    change { state in
      guard state.missing > 0 else { return }
      state.missing = 0
      state.failure = state.failure ?? .unavailable("no acknowledgement in time")
    }
  }

  func wait() async -> LogError? {
    await withCheckedContinuation { continuation in
      change { $0.continuation = continuation }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let resume = state.withLock { state -> (CheckedContinuation<LogError?, Never>, LogError?)? in
      body(&state)
      guard state.missing <= 0, !state.isDone, let continuation = state.continuation else { return nil }
      state.isDone = true
      return (continuation, state.failure)
    }
    resume?.0.resume(returning: resume?.1)
  }
}
