import Contracts
import MessageLog

// A processor with its state's type forgotten. Generic code is compiled once for all types when its user is in another
// module, and then every look-up in a table and every copy of a state asks for its type at run time: that cost several
// times what the decisions cost. So the type is known at the door, in `TypedLogic`, and behind it a state is a reference.

/// The state of one key. It never changes: a step makes another.
package protocol HeldState: AnyObject {
  var nextDueMs: Int64? { get }
  /// `versions` are the older ones that the bytes have to be brought down to, one by one.
  func encode(downTo versions: Range<Int>) -> [UInt8]
}

package final class Held<State: TableValue>: HeldState, Sendable {
  package let value: State
  package let nextDueMs: Int64?

  package init(_ value: State) {
    nextDueMs = value.nextDueMs
    self.value = value
  }

  package func encode(downTo versions: Range<Int>) -> [UInt8] {
    let bytes = value.encode()
    return versions.isEmpty ? bytes : versions.reversed().reduce(bytes) { State.downcast($0, to: $1) }
  }
}

/// What a step leads to.
struct HeldStep {
  enum Change {
    case none
    case set(any HeldState)
    case delete
  }

  var change: Change
  var outputs: [Output]
  var tallies: [Tally]
}

/// A processor's logic, over held states.
protocol HeldLogic: AnyObject {
  func observe(_ record: Record) throws(Refusal)
  func catchUp(with record: Record) throws(Refusal)
  func caughtUp() -> CaughtUp
  func step(_ key: String, _ state: (any HeldState)?, _ input: Input, now: Int64) throws(Refusal) -> HeldStep
  func now(of state: any HeldState) -> Int64
  var revision: Int64 { get }
  func isOutdated(_ state: any HeldState) -> Bool
  /// `versions` are the older ones that the bytes have to be brought up from, one by one.
  func decode(_ bytes: [UInt8], upcastFrom versions: Range<Int>) throws -> any HeldState
}

final class TypedLogic<State: TableValue>: HeldLogic {
  private let logic: any Logic<State>

  init(_ logic: any Logic<State>) { self.logic = logic }

  func observe(_ record: Record) throws(Refusal) { try logic.observe(record) }

  func catchUp(with record: Record) throws(Refusal) { try logic.catchUp(with: record) }

  func caughtUp() -> CaughtUp { logic.caughtUp() }

  func step(_ key: String, _ state: (any HeldState)?, _ input: Input, now: Int64) throws(Refusal) -> HeldStep {
    let step = try logic.step(key, state.map { typed($0).value }, input, now: now)
    switch step.change {
    case .none: return HeldStep(change: .none, outputs: step.outputs, tallies: [])
    case .held(let state): return HeldStep(change: .set(state), outputs: step.outputs, tallies: step.tallies)
    case .delete: return HeldStep(change: .delete, outputs: step.outputs, tallies: step.tallies)
    }
  }

  func now(of state: any HeldState) -> Int64 { logic.now(of: typed(state).value) }

  var revision: Int64 { logic.revision }

  func isOutdated(_ state: any HeldState) -> Bool { logic.isOutdated(typed(state).value) }

  func decode(_ bytes: [UInt8], upcastFrom versions: Range<Int>) throws -> any HeldState {
    Held(try State.decode(try versions.reduce(bytes) { try State.upcast($0, from: $1) }))
  }

  /// A table holds only what the logic of its processor has made; debug builds check it.
  private func typed(_ state: any HeldState) -> Held<State> { unsafeDowncast(state, to: Held<State>.self) }
}
