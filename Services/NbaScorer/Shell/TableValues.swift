import Contracts
import NbaScorerCore
import Streams

// The tables' values. Models and budgets wait for no time: a period that is over is seen when somebody asks again.

extension ScorerState: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> ScorerState { try ScorerState(json: bytes) }
  package func encode() -> [UInt8] { json }
}

extension Budget: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> Budget { try Budget(json: bytes) }
  package func encode() -> [UInt8] { json }
  package var nextDueMs: Int64? { nil }
}

extension PropensityModel: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> PropensityModel { try PropensityModel(json: bytes) }
  package func encode() -> [UInt8] { json }
  package var nextDueMs: Int64? { nil }
}

extension CatalogDraft: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> CatalogDraft { try JSONCoding.decode(Self.self, from: bytes) }
  package func encode() -> [UInt8] { JSONCoding.encode(self) }
}
