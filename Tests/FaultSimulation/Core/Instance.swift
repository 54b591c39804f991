import Contracts
import MessageLog
import Streams

/// An engine with its state's type forgotten: what it takes to turn it.
package protocol SteppedEngine: AnyObject {
  func open() throws
  func close(graceful: Bool)
  func runOnce(timeoutMs: Int) throws -> Int
  var standing: (running: [Int32], stopped: [Int32: String]) { get }
}

extension ProcessorEngine: SteppedEngine {}

/// What a scenario has run: a group, and how an engine of it is made.
package struct Role: Sendable {
  package let group: ConsumerGroup
  package let table: Topic
  package let make: @Sendable (any MessageLog, RuntimeSettings, any Telemetry) -> any SteppedEngine

  package init<State>(_ processor: Processor<State>) {
    group = processor.group
    table = processor.table
    make = { ProcessorEngine(processor, log: $0, settings: $1, telemetry: $2) }
  }
}

/// One process with one processor, as the simulation sees it.
final class Instance {
  let name: String
  let role: Role
  var engine: (any SteppedEngine)?
  var isOpen = false
  /// Counted up when it dies: what an earlier life still calls on its clients comes to nothing.
  var life = 0
  /// Somewhere up the stack: stopped in the middle of something.
  var isBusy = false
  /// Its client that is a member of the group.
  var member: (any LogConsumer)?
  /// The step at which it is started again.
  var downUntil = 0
  var skewMs: Int64 = 0
  var lastError = ""
  /// When its group was last heard.
  private var heardMs: Int64 = 0
  /// What belongs to taking over, or to a batch that it has begun to write, is written without asking in between.
  private var isTakingOver = false
  private var hasBegun = false

  init(_ name: String, _ role: Role) {
    self.name = name
    self.role = role
  }

  func hasHeard(at nowMs: Int64) { (heardMs, isTakingOver, hasBegun) = (nowMs, false, false) }

  /// Whoever has not heard his group for half a session asks it before he begins to write what a batch has made of the
  /// states: after that he may be no member any more, and write in vain.
  func watch(_ records: [OutgoingRecord], _ world: World) {
    var hasStates = false
    for record in records where record.topic == role.table.name {
      if record.headers.contains(Takeover.header) {
        isTakingOver = true
      } else if !record.headers.contains(Handover.header) {
        hasStates = true
      }
    }
    let silentMs = world.time.nowMs - heardMs
    if hasStates, !isTakingOver, !hasBegun, silentMs > world.sessionTimeoutMs / 2 {
      world.violate(
        "I6: \(name) writes states \(silentMs) ms after it heard its group, whose sessions last \(world.sessionTimeoutMs)"
      )
    }
    hasBegun = hasStates
  }
}

/// The broker's time. Instances have clocks of their own, which may be wrong.
final class SimulatedTime: @unchecked Sendable {
  // Unchecked: a run has one thread.
  var nowMs: Int64 = 1_790_000_000_000
}
