import Contracts

/// What the lead manager needs of the catalogue: the propositions by id, and every trigger that any step waits for.
package struct LeadCatalog: Sendable {
  package let version: String
  package let currency: String
  private let propositions: [String: Proposition]
  private let triggers: [String: [StepTrigger]]

  package init(_ catalog: Catalog?) {
    version = catalog?.version ?? ""
    // ISO 4217's code for "no currency": a complaint can be filed before there is a catalogue.
    currency = catalog?.currency ?? "XXX"
    let all = catalog?.propositions ?? []
    propositions = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    triggers = Dictionary(grouping: all.flatMap(\.steps).map(\.completedBy), by: \.event)
  }

  func proposition(_ id: String) -> Proposition? { propositions[id] }

  func waits(for event: String) -> Bool { event == "task.done" || triggers[event] != nil }

  /// Whether some step of some proposition could be completed by it.
  func waits(for brief: EventBrief) -> Bool {
    brief.task != nil || (triggers[brief.event] ?? []).contains { $0.matches(brief) }
  }
}

extension StepTrigger {
  /// The event, and every field that is set.
  func matches(_ brief: EventBrief) -> Bool {
    event == brief.event && (form == nil || form == brief.form) && (product == nil || product == brief.product)
      && (category == nil || category == brief.category)
  }
}
