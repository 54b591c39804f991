import Contracts

/// What the lead manager needs of the catalogues: the propositions of the one in force by id, every trigger that any step
/// waits for, and for a while what an earlier one offered.
package struct LeadCatalog: Sendable {
  package private(set) var version = ""
  /// ISO 4217's code for "no currency": a complaint can be filed before there is a catalogue.
  package private(set) var currency = "XXX"
  private var propositions: [String: Proposition] = [:]
  private var retired: [String: Retired] = [:]
  private var triggers: [String: [StepTrigger]] = [:]

  /// What a catalogue dropped, and when.
  private struct Retired {
    var proposition: Proposition
    var atMs: Int64
  }

  /// So many that were dropped are kept, the latest.
  package static let retiredMax = 10_000
  /// As long as lists are kept that may name it.
  package static let answerableMs: Int64 = 7 * 86_400_000

  package init(_ catalog: Catalog? = nil) {
    if let catalog { take(catalog) }
  }

  /// Another version comes into force. What it has no more can still be on a list that a customer looks at.
  package mutating func take(_ catalog: Catalog) {
    version = catalog.version
    currency = catalog.currency
    let all = Dictionary(catalog.propositions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for (id, proposition) in propositions where all[id] == nil {
      retired[id] = Retired(proposition: proposition, atMs: catalog.appliedMs)
    }
    for id in all.keys { retired[id] = nil }
    if retired.count > Self.retiredMax {
      let kept = retired.sorted { ($1.value.atMs, $1.key) < ($0.value.atMs, $0.key) }.prefix(Self.retiredMax)
      retired = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
    propositions = all
    triggers = Dictionary(grouping: catalog.propositions.flatMap(\.steps).map(\.completedBy), by: \.event)
  }

  /// What could be accepted at that time.
  func proposition(_ id: String, acceptedMs: Int64) -> Proposition? {
    if let proposition = propositions[id] { return proposition }
    guard let retired = retired[id], acceptedMs <= retired.atMs + Self.answerableMs else { return nil }
    return retired.proposition
  }

  /// Whether a lead of it takes a unit, as far as is known of it.
  func takesUnit(_ id: String) -> Bool {
    (propositions[id] ?? retired[id]?.proposition)?.takesUnitPerAcceptance ?? false
  }

  /// Whether it was offered once, and can't be accepted any more.
  func isRetired(_ id: String) -> Bool { retired[id] != nil }

  func waits(for event: String) -> Bool { event == "task.done" || triggers[event] != nil }

  /// Whether some step of some proposition could be completed by it.
  func waits(for brief: EventBrief) -> Bool {
    guard !brief.isRefund else { return false }
    return brief.task != nil || (triggers[brief.event] ?? []).contains { $0.matches(brief) }
  }
}

extension StepTrigger {
  /// The event, and every field that is set.
  func matches(_ brief: EventBrief) -> Bool {
    event == brief.event && (form == nil || form == brief.form) && (product == nil || product == brief.product)
      && (category == nil || category == brief.category)
  }
}
