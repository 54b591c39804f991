import Contracts
import Synchronization

/// Through which other threads see a processor's table while its own thread works on it. A state never changes once it is
/// made, so all that has to be guarded is the looking-up: the owner takes the lock once for a batch, to put in what is
/// committed by then, and who looks holds it for one key. The owner's own reading needs none, since nobody else writes.
package final class TableWindow: @unchecked Sendable {
  // Unchecked: `partitions` and the tables in them change under the lock alone; the owner makes the changes.
  private let lock = Mutex(())
  private var partitions: [Int32: Partition] = [:]
  private let heardMs = Atomic<Int64>(.min)

  package init() {}

  /// What stands under a key, by the table of an owner.
  package struct Sight: Sendable {
    /// The state as JSON, in the reducer's own version; nil: nothing is known under the key.
    package var value: [UInt8]?
    /// The owner's, for telling which of two who both think that they are it is the later.
    package var epoch: Int64
    /// How long ago the group was last heard: an owner that it has given up doesn't know before it hears.
    package var unheardMs: Int64
  }

  /// nil where the partition isn't this process's, or isn't restored yet, or stands still.
  package func look(_ key: String, in number: Int32, uptimeMs: Int64 = Uptime.nowMs) -> Sight? {
    let found: (state: (any HeldState)?, epoch: Int64)? = lock.withLock { _ in
      partitions[number].map { ($0.table[key]?.state, $0.epoch) }
    }
    guard let found else { return nil }
    let heardMs = heardMs.load(ordering: .relaxed)
    return Sight(
      value: found.state?.encode(downTo: 0..<0), epoch: found.epoch,
      unheardMs: heardMs == .min ? .max : max(0, uptimeMs - heardMs))
  }

  // MARK: The owner's side

  /// It is restored: from here on it may be looked at.
  func open(_ partition: Partition) { lock.withLock { _ in partitions[partition.number] = partition } }

  func shut(_ number: Int32) { lock.withLock { _ in partitions[number] = nil } }

  func shut() { lock.withLock { _ in partitions = [:] } }

  func heard(atMs ms: Int64) { heardMs.store(ms, ordering: .relaxed) }

  func whileNobodyLooks(_ body: () -> Void) { lock.withLock { _ in body() } }
}

extension ProcessorEngine {
  /// Whatever changes tables that may be looked at.
  func whileNobodyLooks(_ body: () -> Void) {
    if let window = settings.window { window.whileNobodyLooks(body) } else { body() }
  }
}
