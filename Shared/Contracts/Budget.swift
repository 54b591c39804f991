// Limits across customers: how much there is of a proposition, who asks for some, and what he is answered.

/// At most so much of a proposition over all customers.
public struct PropositionLimit: Codable, Sendable, Equatable {
  /// What takes a unit.
  public enum Measure: String, Codable, Sendable, CaseIterable {
    /// A contact in which it is on the list.
    case contacts
    /// An acceptance that opens a lead.
    case acceptances
  }

  /// After which units are given out anew; by UTC, weeks from Monday.
  public enum Period: String, Codable, Sendable, CaseIterable { case day, week, month, ever }

  public var max: Int64
  public var per: Period
  public var of: Measure

  public init(max: Int64, per: Period, of measure: Measure) {
    self.max = max
    self.per = per
    of = measure
  }
}

extension Proposition {
  /// Whether a contact takes a unit to have it on its list.
  public var takesUnitPerContact: Bool { (limits ?? []).contains { $0.of == .contacts } }

  /// Whether an acceptance takes one to open its lead.
  public var takesUnitPerAcceptance: Bool { (limits ?? []).contains { $0.of == .acceptances } }
}

extension PropositionLimit.Period {
  /// When the period began that this moment is in; 0 for one that never ends.
  public func startMs(at ms: Int64) -> Int64 {
    let dayMs: Int64 = 86_400_000
    let day = ms / dayMs
    switch self {
    case .day: return day * dayMs
    // 1970 began on a Thursday.
    case .week: return (day - (day + 3) % 7) * dayMs
    case .month:
      let date = Timestamps.civil(day)
      return Timestamps.daysFromCivil(date.year, date.month, 1) * dayMs
    case .ever: return 0
    }
  }
}

/// The types on `nba.budget.requests`; the data is a `BudgetRequest`.
public enum BudgetRequestType: String, Sendable, CaseIterable {
  case reserve = "trias.budget.reserve.v1"
  case release = "trias.budget.release.v1"
  case claim = "trias.budget.claim.v1"
}

/// What is asked of a proposition's budget; its key is the proposition. The same may be asked as often as one likes: a
/// contact, and a lead, has one unit in each period.
public struct BudgetRequest: Codable, Sendable, Equatable {
  public var proposition: String
  /// Whose answer it is to be.
  public var profile: String
  public var contact: String
  /// Only for a claim: the lead that waits for it.
  public var lead: String?
  /// When it was first asked for, milliseconds since 1970: a release says it again, and an answer.
  public var askedMs: Int64

  public init(proposition: String, profile: String, contact: String, lead: String? = nil, askedMs: Int64) {
    self.proposition = proposition
    self.profile = profile
    self.contact = contact
    self.lead = lead
    self.askedMs = askedMs
  }
}

/// The types on `nba.budget.answers`, by who asked; the data is a `BudgetAnswer`.
public enum BudgetAnswerType: String, Sendable, CaseIterable {
  case contact = "trias.budget.contact-answered.v1"
  case lead = "trias.budget.lead-answered.v1"
}

/// Whether there is a unit for a contact, or for a lead; its key is the profile.
public struct BudgetAnswer: Codable, Sendable, Equatable {
  public var proposition: String
  public var contact: String
  /// Only where it answers a claim.
  public var lead: String?
  /// As the request said.
  public var askedMs: Int64
  public var isGranted: Bool
  /// The limit that is reached; nil: none is.
  public var reached: PropositionLimit?

  public init(
    proposition: String, contact: String, lead: String?, askedMs: Int64, isGranted: Bool,
    reached: PropositionLimit? = nil
  ) {
    self.proposition = proposition
    self.contact = contact
    self.lead = lead
    self.askedMs = askedMs
    self.isGranted = isGranted
    self.reached = reached
  }
}

/// The value of `nba.budgets`, keyed by proposition: what was given out of it in the present periods.
public struct Budget: Codable, Sendable, Equatable {
  public var proposition: String
  /// When it was last asked, by the broker's time.
  public var nowMs: Int64
  /// Of every limit that it ever had.
  public var counts: [BudgetCount]
  /// The contacts and leads that have a unit, the latest: none gets a second one in a period, and a unit that comes back
  /// is known. Of those before them neither is so.
  public var holders: [BudgetHolder]

  public init(proposition: String, nowMs: Int64) {
    self.proposition = proposition
    self.nowMs = nowMs
    counts = []
    holders = []
  }

  public static let holdersMax = 1_024
}

/// One limit, and what was taken of it since then: since its period began, or since the limit did.
public struct BudgetCount: Codable, Sendable, Equatable {
  public var limit: PropositionLimit
  public var sinceMs: Int64
  public var taken: Int64
  /// False: the catalogue doesn't have it any more. It is counted on, in case that it comes back.
  public var isInForce: Bool

  public init(limit: PropositionLimit, sinceMs: Int64, taken: Int64 = 0, isInForce: Bool = true) {
    self.limit = limit
    self.sinceMs = sinceMs
    self.taken = taken
    self.isInForce = isInForce
  }
}

public struct BudgetHolder: Codable, Sendable, Equatable {
  /// A keyed hash of the contact or lead: whoever makes up contacts can't make up one that has a unit.
  public var id: String
  public var atMs: Int64
  public var of: PropositionLimit.Measure
  /// A hash of who asked for it, and when: only who took it can give it back. nil: several did, so nobody can.
  public var reservation: String?

  public init(id: String, atMs: Int64, of measure: PropositionLimit.Measure, reservation: String?) {
    self.id = id
    self.atMs = atMs
    of = measure
    self.reservation = reservation
  }
}

extension Budget {
  /// The limit that is reached at that time, for whoever wants a unit by that measure; nil: there is one.
  public func reached(_ measure: PropositionLimit.Measure, at ms: Int64) -> PropositionLimit? {
    counts.first {
      $0.isInForce && $0.limit.of == measure && $0.taken >= $0.limit.max
        && $0.limit.per.startMs(at: ms) <= $0.sinceMs
    }?.limit
  }
}
