// The lead manager as a later release might be: its table has another shape. For the tests of an upgrade; what it decides
// is what today's decides.

import Contracts
import Host
import LeadManager
import MessageLog
import Streams

await Host.main(Shell(NextLeadManager.self))

enum NextLeadManager: ProcessorService {
  static let executable = LeadManager.executable
  static let options = LeadManager.options

  static func processors(_ options: ServiceOptions) -> [AnyProcessor] {
    let today = LeadManager.leads(secret: options.secret, namespaces: options.namespaces)
    let next = Processor<NextLeadState>(
      group: today.group, inputs: today.inputs, globals: today.globals, table: today.table, outputs: today.outputs,
      reducerVersion: today.reducerVersion + 1, makeLogic: { NextLeadLogic(today.makeLogic()) })
    return [AnyProcessor(next)]
  }
}

/// Says first of all which shape it has, and takes no other: who reads only what he knows finds all as before.
struct NextLeadState: TableValue {
  var today: LeadManagerState

  struct NotMine: Error {}

  private static let shape = Array(#"{"shape":2,"#.utf8)

  var nextDueMs: Int64? { today.nextDueMs }

  static func decode(_ bytes: [UInt8]) throws -> NextLeadState {
    guard bytes.starts(with: shape) else { throw NotMine() }
    return NextLeadState(today: try LeadManagerState.decode(downcast(bytes, to: 1)))
  }

  func encode() -> [UInt8] { Self.shape + today.encode().dropFirst() }

  static func upcast(_ bytes: [UInt8], from version: Int) throws -> [UInt8] { shape + bytes.dropFirst() }

  static func downcast(_ bytes: [UInt8], to version: Int) -> [UInt8] {
    [UInt8(ascii: "{")] + bytes.dropFirst(shape.count)
  }
}

final class NextLeadLogic: Logic {
  private let today: any Logic<LeadManagerState>

  init(_ today: any Logic<LeadManagerState>) { self.today = today }

  func observe(_ record: Record) throws(Refusal) { try today.observe(record) }

  func now(of state: NextLeadState) -> Int64 { today.now(of: state.today) }

  func step(
    _ key: String, _ state: NextLeadState?, _ input: Input, now: Int64
  ) throws(Refusal) -> Step<NextLeadState> {
    let step = try today.step(key, state?.today, input, now: now)
    return switch step.change {
    case .none: Step(.none, step.outputs)
    case .held(let state): Step(.set(NextLeadState(today: state.value)), step.outputs)
    case .delete: Step(.delete, step.outputs)
    }
  }
}
