// What sales keeps and says: leads, from acceptance to net revenue.

public struct Lead: Codable, Sendable, Equatable {
  public enum Status: String, Codable, Sendable, CaseIterable { case open, won, lost }

  public var id: String
  public var proposition: String
  public var name: String
  public var group: String
  /// The facet that opened it: the lead goes where the facet goes.
  public var facet: String
  /// Which of the facet's moves it came here by; nil where it was opened here.
  public var facetVersion: Int64?
  public var contact: String
  public var list: String
  public var channel: String
  public var status: Status
  /// The steps as they stood when it was opened: a later catalogue doesn't change a lead under way.
  public var steps: [SalesStep]
  /// Index of the step under way; equal to `steps.count` when all are done.
  public var step: Int
  public var stepSinceMs: Int64
  public var openedMs: Int64
  public var changedMs: Int64
  public var expectedValueMinor: Int64
  public var currency: String
  /// As the proposition said when the lead was opened; nil in leads from before there were any: all of it, and none.
  public var marginPercent: Double?
  public var costMinor: Int64?
  /// In the lead's currency, what is left of the revenue after the costs.
  public var netRevenueMinor: Int64?
  public var lostReason: String?
  /// The identifier to reach the customer under, and to answer tasks with.
  public var identifier: Identifier
  public var history: [LeadStepDone]
  /// How often the task of the step under way has failed.
  public var failures: Int
  /// Whatever it was told while it is kept, as it was heard, so that it can be derived again without what turns out to be
  /// somebody else's; nil where that isn't complete: it stays as it is then.
  public var told: [EventBrief]?
  /// How often it was derived again; nil: never.
  public var revision: Int?
  /// True: nobody is asked for the task of the step under way, because the customer has said no to every channel in which
  /// he could be approached for it. nil: it is under way, or there is none.
  public var isTaskWithheld: Bool?

  public init(
    id: String, proposition: String, name: String, group: String, facet: String, contact: String, list: String,
    channel: String, steps: [SalesStep], openedMs: Int64, expectedValueMinor: Int64, currency: String,
    identifier: Identifier
  ) {
    self.id = id
    self.proposition = proposition
    self.name = name
    self.group = group
    self.facet = facet
    self.contact = contact
    self.list = list
    self.channel = channel
    status = .open
    self.steps = steps
    step = 0
    stepSinceMs = openedMs
    self.openedMs = openedMs
    changedMs = openedMs
    self.expectedValueMinor = expectedValueMinor
    self.currency = currency
    self.identifier = identifier
    history = []
    failures = 0
    told = []
  }

  public var currentStep: SalesStep? { step < steps.count ? steps[step] : nil }

  /// The id of the task of the step under way: `<lead>.<step>`, `<lead>.<step>.<n>` when it is asked for again, and with
  /// `.r<n>` behind it where the lead was revised.
  public var taskId: String { attemptId + (revision.map { ".r\($0)" } ?? "") }

  private var attemptId: String { failures == 0 ? "\(id).\(step)" : "\(id).\(step).\(failures)" }

  /// Whether that is the attempt under way, whichever revision asked for it.
  public func isTaskUnderWay(_ task: String) -> Bool { task == attemptId || task.hasPrefix(attemptId + ".r") }

  /// Whether that is the task of the step under way, in whichever attempt.
  public func isTaskOfCurrentStep(_ task: String) -> Bool {
    let first = "\(id).\(step)"
    return task == first || task.hasPrefix(first + ".")
  }
}

public struct LeadStepDone: Codable, Sendable, Equatable {
  public var step: String
  public var event: String
  public var channel: String?
  public var atMs: Int64
  /// `<source>/<id>` of the event, so that the same event doesn't do two steps.
  public var eventId: String?
  /// Who, where staff did it.
  public var by: String?
  /// Why, where somebody said so.
  public var reason: String?
  /// The amount of the order that completed the step, where it was an order for this proposition.
  public var amountMinor: Int64?
  public var currency: String?
  /// The facet that the event came under.
  public var facet: String?

  public init(step: String, event: String, channel: String?, atMs: Int64) {
    self.step = step
    self.event = event
    self.channel = channel
    self.atMs = atMs
  }
}

extension Lead {
  /// The oldest entries go first.
  public static let historyMax = 32
  /// What is told beyond it makes that the lead can't be derived again.
  public static let toldMax = 16

  /// When the step under way is overdue; nil: it may take any time, or the lead is closed.
  public var dueMs: Int64? {
    guard status == .open, let hours = currentStep?.dueHours else { return nil }
    return stepSinceMs + Int64(hours) * 3_600_000
  }
}

/// The value of `lead.state`, keyed by profile.
public struct LeadState: Codable, Sendable, Equatable {
  public var profile: String
  public var nowMs: Int64
  public var leads: [Lead]
  /// Facets that left, and where to, each time that they did: a lead that arrives late is sent on.
  public var left: [FacetGone]
  /// What happened lately that may complete a step: often the very event that says who the customer is, which comes
  /// before the lead that moves to him.
  public var recent: [EventBrief]
  /// Acceptances that wait for a unit of what there is only so much of; nil: none does.
  public var pending: [PendingLead]?
  /// What leads that have left were told here by facets that may have stayed; looked at with the leads' own at `partingMs`.
  public var parted: [PartedEvidence]?
  /// When it is looked at whose evidence the leads have; nil: nothing has moved that would matter.
  public var partingMs: Int64?
  /// True: that is by the clock of ticks. nil: a facet has moved since, and the next tick begins the wait.
  public var isPartingTimed: Bool?
  /// The purposes that the customer has said no to, but for topics: a channel's is among them where he doesn't want to be
  /// approached in it. In the order of their names; nil: none. `ConsentState` has no more.
  public var refusedPurposes: [String]?

  public init(profile: String, nowMs: Int64) {
    self.profile = profile
    self.nowMs = nowMs
    leads = []
    left = []
    recent = []
  }

  public static let leadsMax = 64
  public static let leftMax = 32
  public static let recentMax = 16
  /// The oldest go first: what they are about stays with its lead.
  public static let partedMax = 64
}

/// A lead that opens when there is a unit for it.
public struct PendingLead: Codable, Sendable, Equatable {
  public var lead: Lead
  /// `<source>/<id>` of the acceptance.
  public var eventId: String
  /// Of the lead's facet, when it was accepted.
  public var facetVersion: Int64
  /// When its unit was last asked for.
  public var askedMs: Int64
  /// The same accepted in other contacts meanwhile.
  public var noted: [EventBrief] = []

  public init(lead: Lead, eventId: String, facetVersion: Int64, askedMs: Int64) {
    self.lead = lead
    self.eventId = eventId
    self.facetVersion = facetVersion
    self.askedMs = askedMs
  }

  public static let notedMax = 8
}

/// As much of an event as may complete a step. In leads an `event` is a short name or the whole event of the timeline.
public struct EventBrief: Codable, Sendable, Equatable {
  /// `<source>/<id>`
  public var id: String
  /// The event's short name.
  public var event: String
  public var channel: String?
  public var atMs: Int64
  public var form: String?
  public var product: String?
  public var category: String?
  public var purpose: String?
  public var proposition: String?
  public var task: String?
  public var reason: String?
  public var amountMinor: Int64?
  public var currency: String?
  /// The facet that it came under, and after which of its moves; nil in states from before, and where staff said it.
  public var facet: String?
  public var facetVersion: Int64?
  /// Only in what a lead was told: when, and by whose timeline.
  public var heardMs: Int64?
  public var heardBy: String?
  /// True: it was remembered where the lead came to, and happened before the step that was under way then began. It
  /// completes only what had begun before it.
  public var isRecalled: Bool?
  /// The profile where its facet is, when that isn't the lead's: it doesn't count for the lead then, and does again where
  /// the two meet.
  public var away: String?
  /// Where staff said it: who, of which step, and what was earned.
  public var by: String?
  public var step: String?
  public var netRevenueMinor: Int64?
  /// The lead that an acceptance would have opened, had none been open.
  public var noted: NotedAcceptance?

  public init(id: String, event: String, atMs: Int64) {
    self.id = id
    self.event = event
    self.atMs = atMs
  }
}

/// What a lead has of its own when another for the proposition shows all the rest.
public struct NotedAcceptance: Codable, Sendable, Equatable {
  public var lead: String
  public var contact: String
  public var list: String
  public var identifier: Identifier

  public init(lead: String, contact: String, list: String, identifier: Identifier) {
    self.lead = lead
    self.contact = contact
    self.list = list
    self.identifier = identifier
  }
}

/// An event that a lead was told where its facet and the event's were both, and that the lead took along.
public struct PartedEvidence: Codable, Sendable, Equatable {
  public var lead: String
  public var leadFacet: String
  /// The move by which the lead left.
  public var leadVersion: Int64
  /// `<source>/<id>` of the event.
  public var event: String
  public var facet: String
  public var facetVersion: Int64

  public init(
    lead: String, leadFacet: String, leadVersion: Int64, event: String, facet: String, facetVersion: Int64
  ) {
    self.lead = lead
    self.leadFacet = leadFacet
    self.leadVersion = leadVersion
    self.event = event
    self.facet = facet
    self.facetVersion = facetVersion
  }
}

public struct FacetGone: Codable, Sendable, Equatable {
  public var facet: String
  public var to: String
  public var version: Int64
  public var atMs: Int64
  /// The leads that went with it, or after it: what staff asks of them is sent on.
  public var leads: [String]
  /// It has come back since; nil: it hasn't.
  public var isBack: Bool?

  public init(facet: String, to: String, version: Int64, atMs: Int64, leads: [String] = []) {
    self.facet = facet
    self.to = to
    self.version = version
    self.atMs = atMs
    self.leads = leads
  }
}

/// The types on `lead.events`; the data is a `LeadEvent`.
public enum LeadEventType: String, Sendable, CaseIterable {
  case opened = "trias.lead.opened.v1"
  case advanced = "trias.lead.advanced.v1"
  case won = "trias.lead.won.v1"
  case lost = "trias.lead.lost.v1"
  /// The lead is now another profile's: the customer was recognised.
  case left = "trias.lead.left.v1"
  case received = "trias.lead.received.v1"
  /// What others had done was taken out, or given back: where it stands now, which may be an earlier step, or open again.
  case revised = "trias.lead.revised.v1"
  /// Something was asked or accepted that can't be: the data is a `LeadRefusal`.
  case refused = "trias.lead.refused.v1"
}

/// What was not done, and why. A refusal changes nothing.
public struct LeadRefusal: Codable, Sendable, Equatable {
  public var id: String
  /// The short name of what was refused: `lead.win`, `nba.accepted`, …
  public var refused: String
  /// `<source>/<id>` of it.
  public var eventId: String
  public var atMs: Int64
  /// The field that is to blame.
  public var field: String
  public var reason: String
  public var lead: String?
  public var contact: String?
  public var list: String?
  public var proposition: String?
  /// Who asked, where staff did.
  public var by: String?

  public init(id: String, refused: String, eventId: String, atMs: Int64, field: String, reason: String) {
    self.id = id
    self.refused = refused
    self.eventId = eventId
    self.atMs = atMs
    self.field = field
    self.reason = reason
  }
}

public struct LeadEvent: Codable, Sendable, Equatable {
  public var lead: Lead
  /// Why, for lost; the other profile, for left and received.
  public var reason: String?

  /// What it was told is for the lead manager alone.
  public init(lead: Lead, reason: String? = nil) {
    self.lead = lead
    self.lead.told = nil
    self.reason = reason
  }
}
