// The marketing catalogue as it stands on `marketing.catalog`: data only. What it must keep to is in `Catalog+Check.swift`;
// its text form is the authoring's.

/// One applied version of the catalogue, whole.
public struct Catalog: Codable, Sendable, Equatable {
  /// `<number>-<first of its hash>`: unique, and in the order of application.
  public var version: String
  public var appliedMs: Int64
  /// Who applied it, and why, in his words; nil: nobody said so.
  public var appliedBy: String?
  public var note: String?
  /// When what is computed of customers was last another than in the version before, be it that something was left out.
  /// Whoever has seen an event since has counted by this version; nil: never since this is kept.
  public var definedMs: Int64?
  public var name: String
  public var currency: String
  /// What reasons are said in, where a contact's channel says nothing else; nil: English.
  public var language: Language?
  /// The attributes and context values that predicates and models may use.
  public var attributes: [AttributeDeclaration]
  /// Named conditions that predicates may refer to.
  public var conditions: [NamedCondition]
  /// Named groups of customers; nil: none, as before there were any.
  public var segments: [Segment]?
  public var propositions: [Proposition]
  public var contactPolicy: ContactPolicy
  public var contextWeights: [ContextWeight]
  /// What the business pushes or holds back for a time; they add up. nil: nothing.
  public var levers: [Lever]?
  /// What is taken out at once, everywhere; nil: nothing.
  public var exclusions: [Exclusion]?
  /// nil: everybody's lists are ranked alike, as before there were any.
  public var controlGroups: ControlGroups?
  /// What a contact that we begin costs, per channel; none for channels that are not there.
  public var contactCosts: [ContactCost]?
  /// Per channel what is shown when the suite is away, best first.
  public var fallback: [FallbackList]

  public init(version: String, appliedMs: Int64, name: String, currency: String) {
    self.version = version
    self.appliedMs = appliedMs
    self.name = name
    self.currency = currency
    attributes = []
    conditions = []
    propositions = []
    contactPolicy = ContactPolicy()
    contextWeights = []
    fallback = []
  }

  public func proposition(_ id: String) -> Proposition? { propositions.first { $0.id == id } }
}

public struct AttributeDeclaration: Codable, Sendable, Equatable {
  public enum Kind: String, Codable, Sendable, CaseIterable { case string, number, bool }
  public enum Scope: String, Codable, Sendable, CaseIterable { case customer, contact }

  public var name: String
  /// What it is called where people read of it; nil: the name says it.
  public var title: String?
  /// The title in other languages than the catalogue's; nil: in none.
  public var titles: Translations?
  public var kind: Kind
  /// Of the customer or of the contact (its context).
  public var scope: Scope
  /// Strings only: the values that it may have; empty: any.
  public var values: [String]
  /// False: nothing may be decided by it, so that neither predicates nor models see it; nil: it may.
  public var mayDecide: Bool?
  /// Which value holds where systems of record disagree; nil: the latest.
  public var conflict: ConflictRule?
  /// CloudEvents sources, the strongest first.
  public var sources: [String]?
  /// How it comes out of the customer's events; nil: systems of record, or the contact's context, say it.
  public var computation: Computation?
  /// It has the value of the first case that holds, or else `otherwise`; nil: it isn't decided so.
  public var cases: [AttributeCase]?
  public var otherwise: String?
  /// Of its definition, where it has one.
  public var version: Int?
  /// When that version was first applied.
  public var definedMs: Int64?

  public init(name: String, kind: Kind, scope: Scope, values: [String] = []) {
    self.name = name
    self.kind = kind
    self.scope = scope
    self.values = values
  }

  public init(_ name: String, _ computation: Computation, version: Int = 1, definedMs: Int64? = nil) {
    self.init(name: name, kind: computation.kind, scope: .customer)
    self.computation = computation
    self.version = version
    self.definedMs = definedMs
  }

  public init(_ name: String, cases: [AttributeCase], otherwise: String?) {
    self.init(name: name, kind: .string, scope: .customer)
    self.cases = cases
    self.otherwise = otherwise
  }
}

extension AttributeDeclaration {
  /// As people of that language read it; nil: it has no title.
  public func title(in language: Language) -> String? { titles?[language] ?? title }

  /// As predicates name it: `customer.age`.
  public var path: String { "\(scope.rawValue).\(name)" }
}

/// A value of an attribute, and when it has it.
public struct AttributeCase: Codable, Sendable, Equatable {
  public var value: String
  public var when: String

  public init(_ value: String, when: String) {
    self.value = value
    self.when = when
  }
}

/// A named group of customers: all for whom the predicate holds, at every moment.
public struct Segment: Codable, Sendable, Equatable {
  public var name: String
  /// What its customers are or do, as people say it; nil: the name says it.
  public var title: String?
  /// The title in other languages than the catalogue's; nil: in none.
  public var titles: Translations?
  public var when: String

  public init(name: String, when: String, title: String? = nil) {
    self.name = name
    self.title = title
    self.when = when
  }
}

extension Segment {
  /// As people of that language read it; nil: it has no title.
  public func title(in language: Language) -> String? { titles?[language] ?? title }
}

public struct NamedCondition: Codable, Sendable, Equatable {
  public var name: String
  public var when: String

  public init(name: String, when: String) {
    self.name = name
    self.when = when
  }
}

/// Something that may be offered, said, done or asked.
public struct Proposition: Codable, Sendable, Equatable {
  public enum Kind: String, Codable, Sendable, CaseIterable { case offer, content, service, retention, question }

  public var id: String
  public var name: String
  /// The name in other languages than the catalogue's; nil: in none.
  public var names: Translations?
  /// Issue → group → proposition: the business question, and the product family.
  public var issue: String
  public var group: String
  public var kind: Kind
  public var validFromMs: Int64?
  public var validUntilMs: Int64?
  public var isPaused: Bool
  public var isMandatory: Bool
  /// Channels in which it may be shown, with what is shown there.
  public var treatments: [Treatment]
  /// What the customer pays for it; nil: it has no price of its own.
  public var priceMinor: Int64?
  /// What an acceptance is worth to the company, and what making the offer costs.
  public var valueMinor: Int64
  public var costMinor: Int64
  /// The most that one acceptance may cost, by the expected number of offers and contacts that it takes; nil: no limit
  /// but its value.
  public var maxCpaMinor: Int64?
  /// How much of an order's amount is revenue: of a loan's principal the margin; nil: all of it.
  public var marginPercent: Double?
  /// The probability of acceptance before anything was learned, 0…1.
  public var startProbability: Double
  public var eligibility: [Rule]
  public var applicability: [Rule]
  public var suitability: [Rule]
  /// The consent that it needs; nil: another legal basis.
  public var purpose: String?
  /// Whether there is any of it at all; how many there are is `limits`' to say.
  public var isInStock: Bool
  /// How much of it there is over all customers; nil: any number.
  public var limits: [PropositionLimit]?
  /// The steps from acceptance to net revenue.
  public var steps: [SalesStep]

  public init(id: String, name: String, issue: String, group: String, kind: Kind) {
    self.id = id
    self.name = name
    self.issue = issue
    self.group = group
    self.kind = kind
    isPaused = false
    isMandatory = false
    treatments = []
    valueMinor = 0
    costMinor = 0
    startProbability = 0.05
    eligibility = []
    applicability = []
    suitability = []
    isInStock = true
    steps = []
  }
}

extension Proposition {
  /// As people of that language read it, as far as it is said in that.
  public func name(in language: Language) -> String { names?[language] ?? name }

  /// What is shown there: the placement's own treatment, else the channel's for any placement. nil: nothing.
  public func treatment(_ channel: String, placement: String?) -> Treatment? {
    place(of: channel, placement).map { treatments[$0] }
  }

  /// Among the treatments.
  private func place(of channel: String, _ placement: String?) -> Int? {
    var found: Int?
    for index in treatments.indices where treatments[index].channel == channel {
      if treatments[index].placement == placement { return index }
      if treatments[index].placement == nil { found = index }
    }
    return found
  }
}

public struct Treatment: Codable, Sendable, Equatable {
  public var channel: String
  /// Where in the channel it is shown; nil: anywhere that has no treatment of its own.
  public var placement: String?
  public var headline: String
  public var body: String
  public var callToAction: String

  public init(channel: String, headline: String, body: String, callToAction: String, placement: String? = nil) {
    self.channel = channel
    self.placement = placement
    self.headline = headline
    self.body = body
    self.callToAction = callToAction
  }
}

/// A predicate with the words that say what it asks.
public struct Rule: Codable, Sendable, Equatable {
  public var name: String
  /// What the customer is or does where it holds, as people say it; nil: the name says it.
  public var title: String?
  /// The title in other languages than the catalogue's; nil: in none.
  public var titles: Translations?
  public var when: String

  public init(name: String, when: String, title: String? = nil) {
    self.name = name
    self.title = title
    self.when = when
  }
}

/// `when` the context is so, propositions of that issue, group or id count for `factor` as much.
public struct ContextWeight: PortfolioPart, Codable, Sendable, Equatable {
  public var name: String
  /// What the customer is or does where it holds, as people say it; nil: the name says it.
  public var title: String?
  /// The title in other languages than the catalogue's; nil: in none.
  public var titles: Translations?
  public var when: String
  public var issue: String?
  public var group: String?
  public var proposition: String?
  public var factor: Double

  public init(
    name: String, when: String, issue: String?, group: String?, proposition: String?, factor: Double,
    title: String? = nil
  ) {
    self.name = name
    self.title = title
    self.when = when
    self.issue = issue
    self.group = group
    self.proposition = proposition
    self.factor = factor
  }
}

public struct FallbackList: Codable, Sendable, Equatable {
  public var channel: String
  public var propositions: [String]

  public init(channel: String, propositions: [String]) {
    self.channel = channel
    self.propositions = propositions
  }
}

/// A step of the way from acceptance to net revenue.
public struct SalesStep: Codable, Sendable, Equatable {
  public var name: String
  public var summary: String
  /// The event that completes it, from any channel. Fields that are set must be equal.
  public var completedBy: StepTrigger
  /// What a channel is asked to do when the step begins.
  public var task: StepTask?
  /// The lead is lost, with the reason `overdue`, when the step takes longer; nil: it may take any time.
  public var dueHours: Int?

  public init(name: String, summary: String, completedBy: StepTrigger, task: StepTask? = nil, dueHours: Int? = nil) {
    self.name = name
    self.summary = summary
    self.completedBy = completedBy
    self.task = task
    self.dueHours = dueHours
  }
}

public struct StepTrigger: Codable, Sendable, Equatable {
  /// The event's short name: `form.submitted`, `order.placed`, `task.done`, `page.viewed`, …
  public var event: String
  public var form: String?
  public var product: String?
  public var category: String?
  /// Of a consent that is given or withdrawn.
  public var purpose: String?

  public init(
    event: String, form: String? = nil, product: String? = nil, category: String? = nil, purpose: String? = nil
  ) {
    self.event = event
    self.form = form
    self.product = product
    self.category = category
    self.purpose = purpose
  }
}

public struct StepTask: Codable, Sendable, Equatable {
  public var channel: String
  public var instruction: String

  public init(channel: String, instruction: String) {
    self.channel = channel
    self.instruction = instruction
  }
}
