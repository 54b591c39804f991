import Contracts
import MessageLog
import ProfileAggregatorCore
import Streams

/// The four processors of the profile-aggregator, as values.
package enum ProfileAggregator {
  /// Events become facets: owns `facet.state` and speaks on the timeline. A relation it tells to both sides.
  package static func facets(
    secret: String, namespaces: Namespaces = .standard, contactIdleMs: Int64 = 30 * 60_000
  ) -> Processor<FacetState> {
    let facets = Facets(mint: IdMint(secret: secret), namespaces: namespaces, contactIdleMs: contactIdleMs)
    return Processor(
      group: .facets, inputs: [Topics.channelInteractions, Topics.sourceRecords, Topics.identityMap],
      globals: [Topics.marketingCatalog], table: Topics.facetState,
      outputs: [Topics.profileTimeline, Topics.identityClaims, Topics.sourceRecords], reducerVersion: 3,
      makeLogic: { FacetsLogic(facets) })
  }

  /// Claims and data stewards' commands become verdicts: the one linker there is.
  package static func linker(secret: String, namespaces: Namespaces = .standard) -> Processor<LinkerState> {
    let judge = Judge(mint: IdMint(secret: secret), namespaces: namespaces)
    return Processor(
      group: .linker, inputs: [Topics.identityClaims, Topics.stewardCommands], globals: [Topics.identityMap],
      table: Topics.identityLinks,
      outputs: [Topics.identityMap], makeLogic: { LinkerLogic(Linker(judge)) })
  }

  /// The timeline becomes profiles: owns `profile.state` and `consent.state`, says on the timeline who is in which segment,
  /// and gives to the segments' groups.
  package static func profiles(namespaces: Namespaces = .standard) -> Processor<ProfileRecord> {
    Processor(
      group: .profiles, inputs: [Topics.profileTimeline, Topics.leadEvents], globals: [Topics.marketingCatalog],
      table: Topics.profileState, outputs: [Topics.consentState, Topics.profileTimeline, Topics.groupContributions],
      reducerVersion: 3, makeLogic: { ProfilesLogic(knownNamespaces: namespaces.known) })
  }

  /// What customers give becomes what is known of them together.
  package static func groups(
    sizeMin: Int = Groups.sizeMin, step: Int64 = GroupAggregate.step
  ) -> Processor<GroupState> {
    let groups = Groups(sizeMin: sizeMin, step: step)
    return Processor(
      group: .groups, inputs: [Topics.groupContributions], table: Topics.groupState,
      outputs: [Topics.groupAggregates], makeLogic: { GroupsLogic(groups) })
  }
}

private final class FacetsLogic: CatalogLogic {
  var catalogs = CatalogShelf()
  private let facets: Facets
  private var definitions = CustomerDefinitions.none

  init(_ facets: Facets) { self.facets = facets }

  func now(of state: FacetState) -> Int64 { state.nowMs }

  func take(_ checked: CheckedCatalog) { definitions = checked.definitions }

  func step(_ key: String, _ state: FacetState?, _ input: Input, now: Int64) throws(Refusal) -> Step<FacetState> {
    switch input {
    case .tick: return Step(facets.tick(state, now: now))
    case .event(let record, _) where record.topic == Topics.identityMap.name:
      guard let value = record.value else { return .nothing }
      let entry = try IdentityMapEntry(data: value)
      return Step(facets.mapped(state, entry, now: now))
    case .event(let record, let envelope):
      return Step(
        try facets.event(
          key, state, envelope, record.value, on: record.topic, recordedMs: record.timestampMs, now: now,
          definitions: definitions))
    }
  }
}

private final class LinkerLogic: Logic {
  private var linker: Linker

  init(_ linker: Linker) { self.linker = linker }

  func now(of state: LinkerState) -> Int64 { state.nowMs }

  func observe(_ record: Record) throws(Refusal) { try linker.observe(record.value) }

  func step(_ key: String, _ state: LinkerState?, _ input: Input, now: Int64) throws(Refusal) -> Step<LinkerState> {
    guard case .event(let record, let envelope) = input else { return .nothing }
    // One key orders all claims and commands. Another's would be numbered apart.
    guard key == IdentityClaim.key else {
      throw Refusal(stage: "key", reason: "claims and commands have the key \(IdentityClaim.key), not \(key)")
    }
    if record.topic == Topics.stewardCommands.name {
      return Step(try linker.command(state, envelope, record.value, recordedMs: record.timestampMs, now: now))
    }
    return Step(try linker.claim(state, record.value, now: now))
  }
}

private final class ProfilesLogic: CatalogLogic {
  var catalogs = CatalogShelf()
  private let knownNamespaces: [String]
  private var definitions = CustomerDefinitions.none

  init(knownNamespaces: [String]) { self.knownNamespaces = knownNamespaces }

  func now(of state: ProfileRecord) -> Int64 { state.profile.nowMs }

  func take(_ checked: CheckedCatalog) { definitions = checked.definitions }

  var revision: Int64 { definitions.fingerprint }

  func isOutdated(_ state: ProfileRecord) -> Bool { state.isOutdated(definitions) }

  func step(
    _ key: String, _ state: ProfileRecord?, _ input: Input, now: Int64
  ) throws(Refusal) -> Step<ProfileRecord> {
    guard case .event(let record, let envelope) = input else {
      return Step(Profiles.tick(state, definitions, knownNamespaces: knownNamespaces, now: now))
    }
    // Made only where something is said that is named by it.
    var place: String { "\(record.topic)/\(record.partition)/\(record.offset)" }
    let decision =
      record.topic == Topics.leadEvents.name
      ? try Profiles.lead(key, state, envelope, record.value, now: now)
      : try Profiles.timeline(key, state, envelope, record.value, place: place, now: now, definitions: definitions)
    return Step(
      Profiles.segmented(
        decision, before: state, definitions, knownNamespaces: knownNamespaces, cause: envelope.id,
        place: place, now: now))
  }
}

private final class GroupsLogic: Logic {
  private let groups: Groups

  init(_ groups: Groups) { self.groups = groups }

  func now(of state: GroupState) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: GroupState?, _ input: Input, now: Int64) throws(Refusal) -> Step<GroupState> {
    guard case .event(let record, _) = input else { return .nothing }
    return Step(try groups.contribution(key, state, record.value, now: now))
  }
}
