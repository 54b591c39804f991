import CRdKafka
import Synchronization

/// Ends waits that outlast their time. librdkafka waits until a moment of the wall clock: where that is set back meanwhile,
/// a consumer to which nothing comes would wait for as long as it was set back, and neither end nor look at its ticks.
final class Pulse: Sendable {
  static let shared = Pulse()

  /// The consumers' queues, by their addresses.
  private let queues = Mutex<Set<UInt>>([])

  private init() {
    PlainThread { [self] in
      while true {
        pause(microseconds: 1_000_000)
        // Under the lock, so that none is destroyed meanwhile. It blocks nobody: a consumer that isn't waiting comes back
        // early from its next wait.
        queues.withLock { for queue in $0 { rd_kafka_queue_yield(OpaquePointer(bitPattern: queue)) } }
      }
    }.detach()
  }

  func add(_ queue: OpaquePointer) { queues.withLock { _ = $0.insert(UInt(bitPattern: queue)) } }

  func remove(_ queue: OpaquePointer) { queues.withLock { _ = $0.remove(UInt(bitPattern: queue)) } }
}
