import Contracts
import NbaScorerCore
import Streams

// The tables' values. Neither contacts nor models wait for a time: contacts that never end are ended by the profile's
// owner.

extension ScorerState: TableValue {
  package static func decode(_ bytes: [UInt8]) throws -> ScorerState { try ScorerState(json: bytes) }
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
