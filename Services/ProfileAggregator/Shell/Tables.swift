import Contracts
import ProfileAggregatorCore
import Streams

// The core's states as values of tables, and its decisions as steps.

extension FacetState: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> FacetState { try FacetState(json: bytes) }
  package func encode() -> [UInt8] { json }
}

extension LinkerState: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> LinkerState { try LinkerState(json: bytes) }
  package func encode() -> [UInt8] { json }
  package var nextDueMs: Int64? { nil }
}

extension ProfileRecord: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> ProfileRecord { try ProfileRecord(json: bytes) }
  package func encode() -> [UInt8] { json }
}

extension GroupState: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> GroupState { try GroupState(json: bytes) }
  package func encode() -> [UInt8] { json }
  package var nextDueMs: Int64? { nil }
}

extension Step {
  init(_ decision: Decision<State>) {
    let outputs = decision.emissions.map {
      Output(topic: $0.topic, key: $0.key, envelope: $0.envelope, data: $0.data)
    }
    switch decision.change {
    case .none: self.init(.none, outputs)
    case .set(let state): self.init(.set(state), outputs)
    case .delete: self.init(.delete, outputs)
    }
  }
}
