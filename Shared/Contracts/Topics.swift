// The only file that declares a topic. Topic creation, the AsyncAPI document, the diagram in ARCHITECTURE.md and the
// wiring tests all read this list.

/// What happens to old records.
public enum Cleanup: Sendable, Hashable {
  /// Deleted after that many days.
  case delete(days: Int)
  /// Only the last record of a key is kept.
  case compact
  /// Kept as long as the records that name them.
  case keep
}

/// What a topic's key is, and with that which topics share one partitioning.
public enum KeyDomain: String, Sendable {
  /// `namespace:value`, the strongest identifier of the event.
  case identifier
  /// The opaque profile id.
  case profile
  /// One partition by design; the key orders or compacts.
  case single
}

/// A topic as the suite declares it.
public struct Topic: Sendable, Hashable {
  public let name: String
  public let keyDomain: KeyDomain
  public let cleanup: Cleanup
  /// False: the owner's own business, not a contract with others.
  public let isPublic: Bool
  /// The one executable that owns it, or nil where channels, integrators and staff write.
  public let owner: Executable?
  public let summary: String
  /// In bytes of key, value and headers, before anything is compressed.
  public var recordBytesMax = Self.recordBytesUsual

  /// What brokers take of one record unless they are told otherwise, less what Kafka adds.
  public static let recordBytesUsual = 1_000_000

  /// How many partitions it has in a deployment whose key domains have `domainPartitions`.
  public func partitionCount(domainPartitions: Int) -> Int {
    keyDomain == .single ? 1 : domainPartitions
  }
}

/// The executables that own topics, by the one name they have everywhere.
public enum Executable: String, Sendable, CaseIterable {
  case profileAggregator = "profile-aggregator"
  case nbaScorer = "nba-scorer"
  case leadManager = "lead-manager"
  case webAdapter = "web-adapter"
  case workbench
  case trias
}

/// A processor's consumer group: `<executable>.<processor>`.
public enum ConsumerGroup: String, Sendable, CaseIterable {
  case facets = "profile-aggregator.facets"
  case linker = "profile-aggregator.linker"
  case profiles = "profile-aggregator.profiles"
  case groups = "profile-aggregator.groups"
  case scorer = "nba-scorer.scorer"
  case trainer = "nba-scorer.trainer"
  case drafts = "nba-scorer.drafts"
  case budgets = "nba-scorer.budgets"
  case leads = "lead-manager.leads"

  public var executable: Executable {
    let name = rawValue.prefix { $0 != "." }
    return Executable(rawValue: String(name))!
  }

  /// Where the processor's partition of ticks is, if it has any.
  public var ticks: Topic {
    Topic(
      name: "\(rawValue).ticks.v1", keyDomain: keyDomain, cleanup: .delete(days: 1), isPublic: false,
      owner: executable, summary: "Time as a record: which keys of \(rawValue) are due.")
  }

  /// Where its bad records go.
  public var deadLetter: Topic {
    Topic(
      name: "\(rawValue).dead-letter.v1", keyDomain: keyDomain, cleanup: .delete(days: 30), isPublic: true,
      owner: executable, summary: "What \(rawValue) could not read, with stage, reason and where it came from.")
  }

  private var keyDomain: KeyDomain {
    switch self {
    case .facets: .identifier
    case .profiles, .scorer, .leads: .profile
    case .linker, .groups, .trainer, .drafts, .budgets: .single
    }
  }
}

public enum Topics {
  public static let channelInteractions = Topic(
    name: "channel.interactions.v1", keyDomain: .identifier, cleanup: .delete(days: 30), isPublic: true, owner: nil,
    summary: "What customers do in any channel.")
  public static let sourceRecords = Topic(
    name: "source.records.v1", keyDomain: .identifier, cleanup: .delete(days: 30), isPublic: true, owner: nil,
    summary: "Facts about customers from systems of record.")

  public static let stewardCommands = Topic(
    name: "steward.commands.v1", keyDomain: .single, cleanup: .delete(days: 365), isPublic: true, owner: nil,
    summary: "What data stewards say of identifiers: which are one person's, and which link was wrong.")
  public static let identityClaims = Topic(
    name: "identity.claims.v1", keyDomain: .single, cleanup: .delete(days: 30), isPublic: false,
    owner: .profileAggregator, summary: "Claims that identifiers belong together, in the order they are judged.")
  public static let identityLinks = Topic(
    name: "identity.links.v1", keyDomain: .single, cleanup: .compact, isPublic: false,
    owner: .profileAggregator, summary: "The linker's position and the verdicts it has under way.")
  public static let identityMap = Topic(
    name: "identity.map.v1", keyDomain: .identifier, cleanup: .compact, isPublic: true,
    owner: .profileAggregator, summary: "Which profile an identifier belongs to, with the last verdict on it.")
  public static let facetState = Topic(
    name: "facet.state.v1", keyDomain: .identifier, cleanup: .compact, isPublic: false,
    owner: .profileAggregator, summary: "What is known under one identifier in one person's time.")
  public static let profileTimeline = Topic(
    name: "profile.timeline.v1", keyDomain: .profile, cleanup: .delete(days: 90), isPublic: true,
    owner: .profileAggregator, summary: "Whatever happens anywhere, resolved to the customer.")
  public static let profileState = Topic(
    name: "profile.state.v1", keyDomain: .profile, cleanup: .compact, isPublic: true,
    owner: .profileAggregator, summary: "The whole picture of one customer.")
  public static let consentState = Topic(
    name: "consent.state.v1", keyDomain: .profile, cleanup: .compact, isPublic: true,
    owner: .profileAggregator, summary: "What one customer has agreed to, by purpose.")
  public static let groupContributions = Topic(
    name: "group.contributions.v1", keyDomain: .single, cleanup: .delete(days: 7), isPublic: false,
    owner: .profileAggregator,
    summary: "What a customer who changed adds to the group of a segment, or takes from it, without his id.")
  public static let groupState = Topic(
    name: "group.state.v1", keyDomain: .single, cleanup: .compact, isPublic: false, owner: .profileAggregator,
    summary: "Per segment how many customers give to its group, and how many of them have which interest.")
  public static let groupAggregates = Topic(
    name: "group.aggregates.v1", keyDomain: .single, cleanup: .compact, isPublic: true, owner: .profileAggregator,
    summary: "What is known of a segment's customers together, if there are enough; the highest version counts.")

  public static let marketingCatalog = Topic(
    name: "marketing.catalog.v1", keyDomain: .single, cleanup: .keep, isPublic: true, owner: nil,
    summary: "Every version of the catalogue that was applied.", recordBytesMax: Catalog.recordBytesMax)
  public static let draftCommands = Topic(
    name: "marketing.draft.commands.v1", keyDomain: .single, cleanup: .delete(days: 365), isPublic: true, owner: nil,
    summary: "What people do with drafts of the catalogue: write, submit, approve.")
  public static let marketingDrafts = Topic(
    name: "marketing.drafts.v1", keyDomain: .single, cleanup: .compact, isPublic: true, owner: .nbaScorer,
    summary: "Drafts of the catalogue, and who has written and approved them.")
  public static let nbaContacts = Topic(
    name: "nba.contacts.v1", keyDomain: .profile, cleanup: .compact, isPublic: false, owner: .nbaScorer,
    summary: "Per customer what the scorer last listed in each open contact.")
  public static let nbaLists = Topic(
    name: "nba.lists.v1", keyDomain: .profile, cleanup: .delete(days: 7), isPublic: true, owner: .nbaScorer,
    summary: "The ranked next best actions for an open contact; of its lists the highest version counts.")
  public static let nbaDecisions = Topic(
    name: "nba.decisions.v1", keyDomain: .profile, cleanup: .delete(days: 90), isPublic: true, owner: .nbaScorer,
    summary: "What each list was decided on, so that it can be derived again.")
  public static let nbaEvidence = Topic(
    name: "nba.evidence.v1", keyDomain: .single, cleanup: .delete(days: 90), isPublic: true, owner: .nbaScorer,
    summary: "One outcome per list and proposition, with the features it was predicted from.")
  public static let budgetRequests = Topic(
    name: "nba.budget.requests.v1", keyDomain: .single, cleanup: .delete(days: 7), isPublic: true, owner: nil,
    summary: "Who wants a unit of a proposition of which there is only so much, and who gives one back.")
  public static let budgetAnswers = Topic(
    name: "nba.budget.answers.v1", keyDomain: .profile, cleanup: .delete(days: 7), isPublic: true, owner: .nbaScorer,
    summary: "Whether there is a unit for a contact, or for a lead.")
  public static let budgets = Topic(
    name: "nba.budgets.v1", keyDomain: .single, cleanup: .compact, isPublic: true, owner: .nbaScorer,
    summary: "What was given out of each proposition of which there is only so much.")
  public static let nbaModels = Topic(
    name: "nba.models.v1", keyDomain: .single, cleanup: .compact, isPublic: true, owner: .nbaScorer,
    summary: "The propensity models, at most one version a second.")

  public static let leadCommands = Topic(
    name: "lead.commands.v1", keyDomain: .profile, cleanup: .delete(days: 30), isPublic: true, owner: nil,
    summary: "What sales people ask of a lead; and leads that move with their customer.")
  public static let leadState = Topic(
    name: "lead.state.v1", keyDomain: .profile, cleanup: .compact, isPublic: true, owner: .leadManager,
    summary: "A customer's leads and where each stands.")
  public static let leadEvents = Topic(
    name: "lead.events.v1", keyDomain: .profile, cleanup: .delete(days: 90), isPublic: true, owner: .leadManager,
    summary: "What happened to leads, and what was refused.")
  public static let contactTasks = Topic(
    name: "contact.tasks.v1", keyDomain: .profile, cleanup: .delete(days: 30), isPublic: true, owner: .leadManager,
    summary: "What a channel is asked to do next for a lead.")

  /// The declared topics; `all` adds each group's ticks and dead letters.
  public static let declared: [Topic] = [
    channelInteractions, sourceRecords, stewardCommands, identityClaims, identityLinks, identityMap, facetState,
    profileTimeline, profileState, consentState, groupContributions, groupState, groupAggregates, marketingCatalog,
    draftCommands, marketingDrafts, nbaContacts, nbaLists, nbaDecisions, nbaEvidence, budgetRequests,
    budgetAnswers, budgets, nbaModels, leadCommands, leadState, leadEvents, contactTasks,
  ]

  public static let all: [Topic] = declared + ConsumerGroup.allCases.flatMap { [$0.ticks, $0.deadLetter] }

  public static func named(_ name: String) -> Topic? { all.first { $0.name == name } }

  /// How large a record may be of any topic.
  public static let recordBytesMax = all.map(\.recordBytesMax).max()!

  /// How large a record may be of the topic that has this name at the broker, under whatever prefix; nil: as is usual.
  public static func recordBytesMax(_ name: String) -> Int? {
    large.first { name.hasSuffix($0.name) }?.recordBytesMax
  }

  private static let large = all.filter { $0.recordBytesMax > Topic.recordBytesUsual }
}
