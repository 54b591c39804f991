import Contracts
import LeadManagerCore

// Given / when / then for the core: several profiles, the facets that they have, and the commands on their way between
// them. Times are small numbers, so that a failure can be read.

let hourMs: Int64 = 3_600_000
let mint = IdMint(secret: "test")

final class Scenario {
  var leads: Leads
  var states: [String: LeadState] = [:]
  /// Commands on their way, per profile that they go to.
  var underWay: [(profile: String, type: LeadCommandType, command: LeadCommand)] = []
  private(set) var said: [LeadOutput] = []
  private var nextId = 0
  private var seq: Int64 = 0

  init(_ propositions: [Proposition]) { leads = Leads(catalog: catalog(propositions), mint: mint) }

  @discardableResult
  func when(_ profile: String, _ input: LeadInput, atMs: Int64) throws(Refusal) -> [LeadOutput] {
    let now = max(states[profile]?.nowMs ?? 0, atMs)
    let decision = try leads.decide(profile, states[profile], input, now: now)
    switch decision.change {
    case .none: break
    case .set(let state): states[profile] = state
    case .delete: states[profile] = nil
    }
    for case .command(let to, let type, let command) in decision.outputs { underWay.append((to, type, command)) }
    said += decision.outputs
    return decision.outputs
  }

  /// Delivers what is on its way, and what that sets off.
  func deliver(atMs: Int64) throws(Refusal) {
    while !underWay.isEmpty {
      let next = underWay.removeFirst()
      try when(next.profile, .command(next.type, next.command, id: freshId()), atMs: atMs)
    }
  }

  func freshId() -> String {
    nextId += 1
    return "test/e\(nextId)"
  }

  func event(
    _ type: EventType, facet: String = "cookie:a#0", atMs: Int64, id: String? = nil,
    _ fill: (inout Interaction) -> Void = { _ in }
  ) -> TimelineEvent {
    var data = Interaction(identifiers: [Identifier("cookie", "a")], channel: "web", contact: "c1")
    fill(&data)
    seq += 1
    return TimelineEvent(
      type: type, id: id ?? freshId(), timeMs: atMs, facet: FacetReference(facet: facet, version: 1, seq: seq),
      data: data)
  }

  func acceptance(
    of proposition: String, on items: [String]? = nil, contact: String = "c1", version: Int64 = 1,
    facet: String = "cookie:a#0", atMs: Int64 = 1_000
  ) -> TimelineEvent {
    event(.nbaAccepted, facet: facet, atMs: atMs) {
      $0.contact = contact
      $0.list =
        version == 0
        ? mint.importedList(contact: contact)
        : mint.list(contact: contact, version: version, items: items ?? [proposition])
      $0.proposition = proposition
    }
  }

  @discardableResult
  func accept(
    _ proposition: String, profile: String = "p1", contact: String = "c1", facet: String = "cookie:a#0",
    atMs: Int64 = 1_000
  ) throws(Refusal) -> [LeadOutput] {
    try when(
      profile, .event(acceptance(of: proposition, contact: contact, facet: facet, atMs: atMs)), atMs: atMs)
  }

  func lead(_ proposition: String, of profile: String = "p1") -> Lead? {
    states[profile]?.leads.last { $0.proposition == proposition }
  }
}

func catalog(_ propositions: [Proposition], _ version: String = "1-test", appliedMs: Int64 = 0) -> Catalog {
  var catalog = Catalog(version: version, appliedMs: appliedMs, name: "test", currency: "EUR")
  catalog.propositions = propositions
  return catalog
}

/// A mortgage: a form, a call, an order.
func mortgage() -> Proposition {
  var proposition = Proposition(id: "mortgage", name: "Mortgage", issue: "sales", group: "mortgage", kind: .offer)
  proposition.valueMinor = 150_000
  proposition.steps = [
    SalesStep(
      name: "apply", summary: "The form is in.", completedBy: StepTrigger(event: "form.submitted", form: "mortgage"),
      dueHours: 72),
    SalesStep(
      name: "advise", summary: "An adviser has called.", completedBy: StepTrigger(event: "task.done"),
      task: StepTask(channel: "branch", instruction: "Call about the mortgage.")),
    SalesStep(
      name: "sign", summary: "It is signed.",
      completedBy: StepTrigger(event: "order.placed", category: "mortgage")),
  ]
  return proposition
}

func card() -> Proposition {
  var proposition = Proposition(id: "card", name: "Card", issue: "sales", group: "cards", kind: .offer)
  proposition.valueMinor = 4_000
  proposition.steps = [
    SalesStep(name: "order", summary: "Ordered.", completedBy: StepTrigger(event: "order.placed", product: "card"))
  ]
  return proposition
}

func simple(_ id: String, _ kind: Proposition.Kind) -> Proposition {
  var proposition = Proposition(id: id, name: id, issue: "sales", group: "g", kind: kind)
  proposition.valueMinor = 700
  return proposition
}

extension [LeadOutput] {
  /// What was said, in short: `opened`, `task`, `won`, …
  var kinds: [String] {
    map {
      switch $0 {
      case .event(let type, _): String(type.rawValue.split(separator: ".")[2])
      case .task: "task"
      case .command(_, let type, _): String(type.rawValue.split(separator: ".")[2])
      case .refusal: "refused"
      case .claim: "claim"
      }
    }
  }

  var refusals: [LeadRefusal] {
    compactMap { if case .refusal(let refusal) = $0 { refusal } else { nil } }
  }

  var tasks: [ContactTask] {
    compactMap { if case .task(let task, _) = $0 { task } else { nil } }
  }
}
