import CRdKafka
import MessageLog
import Synchronization

/// Records that were handed to librdkafka together, until each has its delivery report. Every record carries a slot as
/// its opaque, which names the delivery and its place in it. The delivery is retained once for all its slots and
/// released with the last report, so a caller that stopped waiting leaves nothing dangling.
final class Delivery: @unchecked Sendable {
  struct Slot {
    var delivery: Unmanaged<Delivery>
    var index: Int
  }

  private let slots: UnsafeMutableBufferPointer<Slot>
  /// Each slot's place is written by the one report it gets; whoever waits reads them after `remaining` fell to 0.
  private let reported: UnsafeMutableBufferPointer<Int64>
  private let remaining: Atomic<Int>
  private let failure = Mutex<LogError?>(nil)
  private let completion: (@Sendable (Result<Int64, LogError>) -> Void)?
  private let done = Latch()

  init(count: Int, completion: (@Sendable (Result<Int64, LogError>) -> Void)? = nil) {
    slots = .allocate(capacity: count)
    reported = .allocate(capacity: count)
    reported.initialize(repeating: -1)
    remaining = Atomic(count)
    self.completion = completion
    for index in 0..<count {
      slots.initializeElement(at: index, to: Slot(delivery: .passUnretained(self), index: index))
    }
    if count > 0 { _ = Unmanaged.passRetained(self) }
  }

  deinit {
    slots.deallocate()
    reported.deallocate()
  }

  func opaque(_ index: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(slots.baseAddress! + index) }

  /// For records that librdkafka didn't take: there will be no report of them.
  func abandon(_ count: Int, _ error: LogError) {
    if count == 0 { return }
    fail(error)
    finish(count)
  }

  /// The offsets in order, once all records are acknowledged; or the first failure, as soon as there is one.
  func wait(until deadline: ContinuousClock.Instant) throws(LogError) -> [Int64] {
    let inTime = done.wait(until: deadline)
    if let error = failure.withLock({ $0 }) { throw error }
    if !inTime { throw .unavailable("no acknowledgement in time") }
    return Array(reported)
  }

  static func report(_ message: UnsafePointer<rd_kafka_message_t>) {
    guard let opaque = message.pointee._private else { return }
    let slot = opaque.assumingMemoryBound(to: Slot.self).pointee
    slot.delivery.takeUnretainedValue().report(message.pointee, at: slot.index)
  }

  private func report(_ message: rd_kafka_message_t, at index: Int) {
    let outcome: Result<Int64, LogError>
    if message.err != RD_KAFKA_RESP_ERR_NO_ERROR {
      outcome = .failure(
        LogError(message.err, "\(String(cString: rd_kafka_topic_name(message.rkt)))/\(message.partition)"))
    } else if message.offset < 0 {
      // A broker that recognises a repeated request may not say where the first one went. The record is in the log,
      // but who needs the offset has to look for it, so it counts as unknown.
      outcome = .failure(.unavailable("acknowledged, but its offset is not known"))
    } else {
      outcome = .success(message.offset)
    }
    switch outcome {
    case .success(let offset): reported[index] = offset
    case .failure(let error): fail(error)
    }
    completion?(outcome)
    finish(1)
  }

  private func fail(_ error: LogError) {
    failure.withLock { if $0 == nil { $0 = error } }
    done.open()
  }

  private func finish(_ count: Int) {
    if remaining.subtract(count, ordering: .acquiringAndReleasing).newValue == 0 {
      done.open()
      Unmanaged.passUnretained(self).release()
    }
  }
}
