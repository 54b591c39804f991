import Contracts
import MessageLog

// A processor is a value: its group, its inputs, one table, its outputs, and the pure step between them. How state,
// outputs and positions are made to agree is the runtime's (`Commit.swift`).

/// The value of a table: the whole state of one key.
package protocol TableValue: Sendable {
  /// Throws what is wrong with the bytes.
  static func decode(_ bytes: [UInt8]) throws -> Self
  func encode() -> [UInt8]
  /// When the key wants a tick, milliseconds since 1970; nil: never.
  var nextDueMs: Int64? { get }
  /// The bytes of what reducer version `version` wrote, in the form of the version after it. Pure, and kept for as long
  /// as a table may hold states of that version.
  static func upcast(_ bytes: [UInt8], from version: Int) throws -> [UInt8]
  /// The other way: the bytes of the version after `version`, in its form, for as long as instances of it run beside this
  /// one (`RuntimeSettings.tableVersions`). What it has no place for is lost with a restart, so nothing may depend on that
  /// before the older ones are gone.
  static func downcast(_ bytes: [UInt8], to version: Int) -> [UInt8]
}

extension TableValue {
  package static func upcast(_ bytes: [UInt8], from version: Int) throws -> [UInt8] { bytes }
  package static func downcast(_ bytes: [UInt8], to version: Int) -> [UInt8] { bytes }
}

/// One thing that a processor sends. Its partition follows from the key, its origin from the input record.
package struct Output: Sendable, Equatable {
  package var topic: Topic
  package var key: String
  /// `envelope.origin` is set by the runtime.
  package var envelope: Envelope
  /// JSON; nil is a tombstone.
  package var data: [UInt8]?
  /// What it has beside its envelope.
  package var headers: [Header] = []

  package struct Header: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(topic: Topic, key: String, envelope: Envelope, data: [UInt8]?) {
    self.topic = topic
    self.key = key
    self.envelope = envelope
    self.data = data
  }
}

/// What a step is given.
package enum Input: Sendable {
  /// A record of one of the keyed inputs, with its envelope read and its time checked.
  case event(Record, Envelope)
  /// The key asked to be woken, and it is time.
  case tick
}

/// What a step adds to a counter, once it has happened.
package struct Tally: Sendable {
  package var name: StaticString
  package var count: Int
  package var labels: [(String, String)]

  package init(_ name: StaticString, _ count: Int = 1, labels: [(String, String)] = []) {
    self.name = name
    self.count = count
    self.labels = labels
  }
}

/// What a step leads to.
package struct Step<State: TableValue>: Sendable {
  package enum Change: Sendable {
    /// The record says nothing new: no state is written.
    case none
    /// `set`, once it is held: from here on a reference is passed on, and no state is copied.
    case held(Held<State>)
    /// The key is no longer needed.
    case delete

    package static func set(_ state: State) -> Change { .held(Held(state)) }
  }

  package var change: Change
  package var outputs: [Output]
  /// Counted when state and outputs are on the log; none where the state stays as it is.
  package var tallies: [Tally]

  package init(_ change: Change, _ outputs: [Output] = [], tallies: [Tally] = []) {
    self.change = change
    self.outputs = outputs
    self.tallies = tallies
  }

  package static var nothing: Step { Step(.none) }
}

/// The pure part of a processor, with what it holds whole (catalogue, models) beside the table. One instance belongs to
/// one thread. Everything a step depends on is in its arguments and in the globals: no clock, no randomness, no I/O.
package protocol Logic<State>: AnyObject {
  associatedtype State: TableValue

  /// Takes a record of a global input, as it comes.
  func observe(_ record: Record) throws(Refusal)

  /// Takes one that was there before, in its order: all of them come before the first step, and then `caughtUp`. So where a
  /// later one takes the place of an earlier one, none need be looked at before all are here.
  func catchUp(with record: Record) throws(Refusal)

  /// All that was there has come.
  func caughtUp() -> CaughtUp

  /// `now` is the latest of the key's time, the record's time and, for a tick, the tick's time. A refusal becomes a dead
  /// letter with its stage and reason, and changes nothing.
  func step(_ key: String, _ state: State?, _ input: Input, now: Int64) throws(Refusal) -> Step<State>

  /// The key's time so far; 0 where there is none.
  func now(of state: State) -> Int64

  /// Is another when keys whose states are outdated want a tick, whatever time it is: the globals say something else.
  var revision: Int64 { get }

  /// Whether the state was decided with other globals than those that there are now, in what matters to it.
  func isOutdated(_ state: State) -> Bool
}

/// What came of the global records that were there before.
package struct CaughtUp: Sendable {
  /// What is refused only now, with its place.
  package var refused: [(place: String, refusal: Refusal)]
  /// They have to come once more, all of them.
  package var isToBeReadAgain: Bool

  package init(refused: [(place: String, refusal: Refusal)] = [], isToBeReadAgain: Bool = false) {
    self.refused = refused
    self.isToBeReadAgain = isToBeReadAgain
  }
}

extension Logic {
  package func observe(_ record: Record) throws(Refusal) {}
  package func catchUp(with record: Record) throws(Refusal) { try observe(record) }
  package func caughtUp() -> CaughtUp { CaughtUp() }
  package func now(of state: State) -> Int64 { 0 }
  package var revision: Int64 { 0 }
  package func isOutdated(_ state: State) -> Bool { false }
}

/// A processor as a service declares it.
package struct Processor<State: TableValue>: Sendable {
  package let group: ConsumerGroup
  /// Keyed by the table's key domain and partitioned alike.
  package let inputs: [Topic]
  /// Read whole by every instance, before the first step and on.
  package let globals: [Topic]
  package let table: Topic
  package let outputs: [Topic]
  /// Raised whenever the meaning of the stored state changes; a higher one than its own is refused.
  package let reducerVersion: Int
  /// At most one batch in that time: where freshness below it is worth less than the records it would cost.
  package let batchIntervalMs: Int
  package let makeLogic: @Sendable () -> any Logic<State>

  package init(
    group: ConsumerGroup, inputs: [Topic], globals: [Topic] = [], table: Topic, outputs: [Topic],
    reducerVersion: Int = 1, batchIntervalMs: Int = 0, makeLogic: @escaping @Sendable () -> any Logic<State>
  ) {
    self.group = group
    self.inputs = inputs
    self.globals = globals
    self.table = table
    self.outputs = outputs
    self.reducerVersion = reducerVersion
    self.batchIntervalMs = batchIntervalMs
    self.makeLogic = makeLogic
  }
}
