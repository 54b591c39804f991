// What the scorer puts out: lists for channels, decisions for whoever asks why, evidence and models for learning.

/// The value of `nba.lists`: the ranked next best actions of one open contact. Of a contact's lists the highest version
/// counts; it rises by one with every list, and leaps by a million when the contact goes to another profile.
public struct NbaList: Codable, Sendable, Equatable {
  public static let type = "trias.nba.list.v1"
  /// A list's id has room for that many.
  public static let itemsMax = 50

  public var id: String
  public var contact: String
  public var version: Int64
  public var channel: String
  public var placement: String?
  public var atMs: Int64
  /// The event that it follows from, where one brought it about.
  public var cause: String?
  public var catalogVersion: String
  public var items: [NbaItem]
  /// How the customer's lists are ranked this month.
  public var controlGroup = ControlGroup.none
  /// How many propositions were gone through, and how many dropped out at each stage.
  public var considered: Int
  public var dropped: [StageCount]
  /// True: the catalogue's list for when the suite is away.
  public var isFallback: Bool

  public init(
    id: String, contact: String, version: Int64, channel: String, placement: String?, atMs: Int64,
    catalogVersion: String, items: [NbaItem], considered: Int, dropped: [StageCount], isFallback: Bool = false
  ) {
    self.id = id
    self.contact = contact
    self.version = version
    self.channel = channel
    self.placement = placement
    self.atMs = atMs
    self.catalogVersion = catalogVersion
    self.items = items
    self.considered = considered
    self.dropped = dropped
    self.isFallback = isFallback
  }
}

public struct StageCount: Codable, Sendable, Equatable {
  public var stage: Stage
  public var count: Int

  public init(stage: Stage, count: Int) {
    self.stage = stage
    self.count = count
  }
}

/// The stages that every proposition goes through, in this order.
public enum Stage: String, Codable, Sendable, CaseIterable {
  case validity, eligibility, applicability, suitability, consent
  case contactPolicy = "contact-policy"
  case propensity, arbitration, constraints

  /// Its place among all of them.
  package var place: Int {
    switch self {
    case .validity: 0
    case .eligibility: 1
    case .applicability: 2
    case .suitability: 3
    case .consent: 4
    case .contactPolicy: 5
    case .propensity: 6
    case .arbitration: 7
    case .constraints: 8
    }
  }
}

public struct NbaItem: Codable, Sendable, Equatable {
  public var rank: Int
  public var proposition: String
  public var name: String
  public var issue: String
  public var group: String
  public var kind: Proposition.Kind
  public var treatment: Treatment
  /// What the customer pays for it; nil: it has no price of its own.
  public var priceMinor: Int64?
  /// Of acceptance, calibrated, 0…1.
  public var probability: Double
  public var valueMinor: Int64
  /// probability × value, in minor units.
  public var expectedValueMinor: Int64
  public var currency: String
  /// What it was ranked by: P × C × V × L, in minor units.
  public var priority: Double
  /// The P of the priority: with sampling a draw around the probability, so that what is little known gets tried; else
  /// the probability. nil on lists of earlier builds.
  public var propensity: Double?
  /// How many outcomes the probability was learned from, in whatever channel. nil on lists of earlier builds.
  public var evidenceCount: Int64?
  /// In words that a call-centre agent understands, weightiest first.
  public var reasons: [String]

  public init(
    rank: Int, proposition: String, name: String, issue: String, group: String, kind: Proposition.Kind,
    treatment: Treatment, probability: Double, valueMinor: Int64, expectedValueMinor: Int64, currency: String,
    priority: Double, reasons: [String]
  ) {
    self.rank = rank
    self.proposition = proposition
    self.name = name
    self.issue = issue
    self.group = group
    self.kind = kind
    self.treatment = treatment
    self.probability = probability
    self.valueMinor = valueMinor
    self.expectedValueMinor = expectedValueMinor
    self.currency = currency
    self.priority = priority
    self.reasons = reasons
  }
}

/// The value of `nba.decisions`: everything a list was decided on, so that the same build derives it again.
public struct NbaDecision: Codable, Sendable, Equatable {
  public static let type = "trias.nba.decision.v1"

  public var list: String
  public var contact: String
  public var version: Int64
  public var atMs: Int64
  public var catalogVersion: String
  public var profile: ProfileState
  /// What the models said of each proposition that came as far as to ask them.
  public var propensities: Propensities
  /// What the scorer was told to do: sampling on or off, how long the list.
  public var settings: ScoringSettings
  /// How the list was ranked: `settings` apply as that group leaves them.
  public var controlGroup = ControlGroup.none
  /// What stood in for the customer's interests, of which he had none; nil: nothing did.
  public var group: GroupAggregate?
  /// What was known of the propositions of which there is only so much; nil: none is limited.
  public var units: DecisionUnits?

  public init(
    list: String, contact: String, version: Int64, atMs: Int64, catalogVersion: String, profile: ProfileState,
    propensities: Propensities, settings: ScoringSettings
  ) {
    self.list = list
    self.contact = contact
    self.version = version
    self.atMs = atMs
    self.catalogVersion = catalogVersion
    self.profile = profile
    self.propensities = propensities
    self.settings = settings
  }
}

/// What a decision knew of limits across customers, by proposition.
public struct DecisionUnits: Codable, Sendable, Equatable {
  /// Of these the contact had a unit.
  public var granted: [String]
  /// Of these nothing was left for it.
  public var reached: [String]
  /// What takes a unit, and had none yet, was left out.
  public var isWithholding: Bool

  public init(granted: [String] = [], reached: [String] = [], isWithholding: Bool = false) {
    self.granted = granted
    self.reached = reached
    self.isWithholding = isWithholding
  }
}

public struct ScoringSettings: Codable, Sendable, Equatable {
  /// How many items a list has at most.
  public var listLength: Int
  /// Thompson sampling; false ranks by the mean.
  public var isSampling: Bool
  /// A proposition that is accepted less often than this, even at best, is not offered.
  public var probabilityMin: Double
  /// The factors of the priority, each switchable: propensity, context, value, levers.
  public var usesPropensity: Bool
  public var usesContext: Bool
  public var usesValue: Bool
  public var usesLevers: Bool
  /// False: no customer is in a control group, whatever the catalogue says; nil: as the catalogue says.
  public var usesControlGroups: Bool?
  /// The namespaces whose identifiers make a customer known; nil: those of the standard namespaces.
  public var knownNamespaces: [String]?

  public init(listLength: Int = 10, isSampling: Bool = true, probabilityMin: Double = 0.0005) {
    self.listLength = listLength
    self.isSampling = isSampling
    self.probabilityMin = probabilityMin
    usesPropensity = true
    usesContext = true
    usesValue = true
    usesLevers = true
  }
}

/// A feature of a contact as the models see it: `name` says what and which value, `value` how much.
public struct Feature: Codable, Sendable, Equatable {
  public var name: String
  public var value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// The value of `nba.evidence`, keyed by model: one outcome to learn from. Under one id there may be more than one piece:
/// by each profile that had the contact, and a yes after a no. They are one outcome, and where one of them is a yes it is one.
public struct NbaEvidence: Codable, Sendable, Equatable {
  public static let type = "trias.nba.evidence.v1"

  /// `<list>/<proposition>`: the same evidence always has the same id.
  public var id: String
  public var model: String
  public var proposition: String
  public var channel: String
  public var list: String
  public var atMs: Int64
  public var isAccepted: Bool
  /// True: a no was given under this id before, and this yes takes its place; nil: it is the first word.
  public var isRevision: Bool?
  public var features: [Feature]
  /// What was predicted, and by which version.
  public var probability: Double
  public var modelVersion: Int64
  /// What the catalogue declared before anything was learned.
  public var startProbability: Double?
  /// How the list was ranked; nil: not known any more, or by nobody, as the catalogue's fallback and imported history.
  public var controlGroup: ControlGroup?

  public init(
    id: String, model: String, proposition: String, channel: String, list: String, atMs: Int64, isAccepted: Bool,
    features: [Feature], probability: Double, modelVersion: Int64
  ) {
    self.id = id
    self.model = model
    self.proposition = proposition
    self.channel = channel
    self.list = list
    self.atMs = atMs
    self.isAccepted = isAccepted
    self.features = features
    self.probability = probability
    self.modelVersion = modelVersion
  }
}

/// The value of `nba.models`, keyed by model id `proposition/channel/direction`: a Bayesian logistic regression with an
/// independent normal posterior per weight.
public struct PropensityModel: Codable, Sendable, Equatable {
  public var id: String
  public var version: Int64
  public var evidenceCount: Int64
  public var acceptedCount: Int64
  public var updatedMs: Int64
  public var weights: [Weight]
  /// What the catalogue declared when the first evidence came.
  public var startProbability: Double?
  /// Hashes of the last ids of evidence: none is learned twice.
  public var recent: [Int64]
  /// Those of them that were accepted; nil in models from before it was kept.
  public var recentAccepted: [Int64]?

  public init(id: String) {
    self.id = id
    version = 0
    evidenceCount = 0
    acceptedCount = 0
    updatedMs = 0
    weights = []
    recent = []
  }

  public struct Weight: Codable, Sendable, Equatable {
    public var feature: String
    public var mean: Double
    /// The inverse of the variance.
    public var precision: Double

    public init(feature: String, mean: Double, precision: Double) {
      self.feature = feature
      self.mean = mean
      self.precision = precision
    }
  }

  public static func id(proposition: String, channel: String, direction: String) -> String {
    "\(proposition)/\(channel)/\(direction)"
  }

  public static let weightsMax = 2_000
  public static let recentMax = 512
}
