// A customer, by his profile's id or by one of his identifiers: whom an identifier belongs to, the owner of its facet
// knows; what the customer is like, the owner of his profile.

import Contracts
import Host
import ProfileAggregator
import ProfileAggregatorCore
import Streams

/// What is known of a customer, with who said so.
struct FoundCustomer: Sendable {
  /// nil: there is no such profile, or nothing is known of it any more.
  var state: ProfileState?
  var by: AnsweredBy
  var asOfMs: Int64
}

struct CustomerReads: Sendable {
  let facets: TableReads
  let profiles: TableReads

  func customer(_ profile: String) async throws(Problem) -> FoundCustomer {
    let found = try await profiles.find(profile)
    return FoundCustomer(
      state: try decoded(found, profiles.version, ProfileRecord.self)?.profile, by: found.by, asOfMs: found.asOfMs)
  }

  /// The profile that the identifier belongs to now, after whatever links and splits; nil where it was never heard of.
  func profile(of identifier: Identifier) async throws(Problem) -> (id: String?, by: AnsweredBy, asOfMs: Int64) {
    let found = try await facets.find(identifier.key)
    return (try decoded(found, facets.version, FacetState.self)?.profile, found.by, found.asOfMs)
  }

  private func decoded<State: TableValue>(
    _ found: FoundState, _ own: Int, _: State.Type
  ) throws(Problem) -> State? {
    guard let value = found.value else { return nil }
    let state: State?
    do {
      state = try State.decode(value, version: found.version, own: own)
    } catch {
      throw Problem(500, "internal", "Something broke here", detail: "a state can't be read: \(error)")
    }
    guard let state else {
      throw .unavailable("it was written by a newer release than this instance's")
    }
    return state
  }
}
