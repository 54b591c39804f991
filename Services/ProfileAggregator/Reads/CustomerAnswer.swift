// The complete view of a customer as it is answered: the document, who answered, and the facets that it is folded from.

import Contracts
import Customer360
import Foundation

struct CustomerAnswer: Encodable, Sendable {
  let document: CustomerDocument
  let by: AnsweredBy
  private let state: ProfileState

  init(
    _ state: ProfileState, _ checked: CheckedCatalog?, _ found: FoundCustomer, namespaces: Namespaces,
    language: Language? = nil
  ) {
    document = CustomerDocument(state, checked, asOfMs: found.asOfMs, namespaces: namespaces, language: language)
    by = found.by
    self.state = state
  }

  private enum Key: CodingKey { case isStale, answeredBy, facets }

  func encode(to encoder: any Encoder) throws {
    try document.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(by == .stale, forKey: .isStale)
    try container.encode(by, forKey: .answeredBy)
    // As their owners tell them: the sums, counts and histories are theirs, united.
    try container.encode(state.facets.sorted { $0.id < $1.id }, forKey: .facets)
  }

  /// Two answers with the same tag say the same of him, whenever and by whom they were given. What was computed from the
  /// time is in it as it came out: where nothing of it has changed meanwhile, the time alone makes no other answer.
  var tag: String {
    var said = document
    said.asOfMs = 0
    let digits = Array("0123456789abcdef")
    let hash = SHA256.hash(JSONCoding.encode(said) + state.json)
    return "W/\"" + String(hash.prefix(12).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }) + "\""
  }
}
