import Contracts

/// What the lead manager needs of the catalogues: the propositions of the one in force by id, every trigger that any step
/// waits for, and for a while what an earlier one offered.
package struct LeadCatalog: Sendable {
  package private(set) var version = ""
  /// ISO 4217's code for "no currency": a complaint can be filed before there is a catalogue.
  package private(set) var currency = "XXX"
  private var offered: [String: Offered] = [:]
  private var retired: [String: Offered] = [:]
  private var triggers: [String: [StepTrigger]] = [:]

  /// What a catalogue offers, or did before it was dropped.
  private struct Offered {
    var proposition: Proposition
    var availability: Availability
    /// Since when that is said, by whoever applied the catalogue that said it first.
    var saidMs: Int64
    /// When it was dropped; 0: it is still there.
    var retiredMs: Int64 = 0
  }

  /// So many that were dropped are kept, the latest.
  package static let retiredMax = 2 * Catalog.propositionsMax
  /// As long as lists are kept that may name it.
  package static let answerableMs: Int64 = 7 * 86_400_000

  package init(_ catalog: Catalog? = nil) {
    if let catalog { take(catalog) }
  }

  /// Another version comes into force. What it has no more can still be on a list that a customer looks at.
  package mutating func take(_ catalog: Catalog) {
    version = catalog.version
    currency = catalog.currency
    var all: [String: Offered] = [:]
    for proposition in catalog.propositions where all[proposition.id] == nil {
      all[proposition.id] = said(proposition, catalog.availability(of: proposition), catalog.appliedMs)
    }
    for (id, one) in offered where all[id] == nil {
      retired[id] = one
      retired[id]?.retiredMs = catalog.appliedMs
    }
    for id in all.keys { retired[id] = nil }
    for (id, one) in retired {
      let availability = catalog.availability(of: one.proposition)
      // What was excluded when it was dropped stays so: nobody needs an exclusion of what is no longer there.
      if one.availability.exclusion != nil, availability.exclusion == nil { continue }
      retired[id] = said(one.proposition, availability, catalog.appliedMs)
      retired[id]?.retiredMs = one.retiredMs
    }
    if retired.count > Self.retiredMax {
      let kept = retired.sorted { ($1.value.retiredMs, $1.key) < ($0.value.retiredMs, $0.key) }.prefix(Self.retiredMax)
      retired = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
    offered = all
    triggers = Dictionary(grouping: catalog.propositions.flatMap(\.steps).map(\.completedBy), by: \.event)
  }

  /// With since when: what is kept from everybody for another reason than before has been kept from them all the while.
  private func said(_ proposition: Proposition, _ availability: Availability, _ appliedMs: Int64) -> Offered {
    let before = offered[proposition.id] ?? retired[proposition.id]
    let goesOn = before.map {
      $0.availability == availability || $0.availability.isWithheldAlways && availability.isWithheldAlways
    }
    return Offered(
      proposition: proposition, availability: availability,
      saidMs: goesOn == true ? before?.saidMs ?? appliedMs : appliedMs)
  }

  /// What could be accepted at that time.
  func proposition(_ id: String, acceptedMs: Int64) -> Proposition? {
    if let one = offered[id] { return one.proposition }
    guard let retired = retired[id], acceptedMs <= retired.retiredMs + Self.answerableMs else { return nil }
    return retired.proposition
  }

  /// Why the catalogue in force lets nobody have what he accepted at that time; nil: it does, or didn't say so yet. A little
  /// before its time and after its end it can be had: the channel's clock may be another than the scorer's, and who has it
  /// before him at the end has it before him a moment later.
  func withholding(of id: String, acceptedMs: Int64) -> Withholding? {
    guard let one = offered[id] ?? retired[id], acceptedMs >= one.saidMs else { return nil }
    switch one.availability.withholding(atMs: acceptedMs) {
    case .notYetValid(let fromMs) where acceptedMs >= fromMs - Leads.clockToleranceMs:
      return one.availability.withholding(atMs: fromMs)
    case .noLongerValid(let sinceMs) where acceptedMs < sinceMs + Leads.clockToleranceMs:
      return one.availability.withholding(atMs: sinceMs - 1)
    case let withholding: return withholding
    }
  }

  /// Whether a lead of it takes a unit, as far as is known of it.
  func takesUnit(_ id: String) -> Bool {
    (offered[id] ?? retired[id])?.proposition.takesUnitPerAcceptance ?? false
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
      && (category == nil || category == brief.category) && (purpose == nil || purpose == brief.purpose)
  }
}

extension Availability {
  /// Whatever time it is.
  fileprivate var isWithheldAlways: Bool { exclusion != nil || isPaused || !isInStock }
}
