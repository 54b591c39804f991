import Contracts

/// What was offered to a customer and what came of it, over all channels, without the contact that is being decided: a
/// prediction must not see the answer that it is to predict. What is shown in another contact at this moment says nothing
/// before that is over: he may still answer.
package struct OfferSummary: Sendable, Equatable {
  package var presented: Int64 = 0
  package var clicked: Int64 = 0
  package var accepted: Int64 = 0
  package var rejected: Int64 = 0
  package var lastPresentedMs: Int64?
  package var lastClickedMs: Int64?
  package var lastAcceptedMs: Int64?
  package var lastRejectedMs: Int64?

  mutating func add(_ other: OfferSummary) {
    presented += other.presented
    clicked += other.clicked
    accepted += other.accepted
    rejected += other.rejected
    lastPresentedMs = latest(lastPresentedMs, other.lastPresentedMs)
    lastClickedMs = latest(lastClickedMs, other.lastClickedMs)
    lastAcceptedMs = latest(lastAcceptedMs, other.lastAcceptedMs)
    lastRejectedMs = latest(lastRejectedMs, other.lastRejectedMs)
  }
}

/// The offer history of one customer by proposition and by group of the catalogue.
package struct OfferSummaries: Sendable {
  package let byProposition: [OfferSummary]
  package let byGroup: [OfferSummary]

  package init(_ catalog: CompiledCatalog, view: CustomerView, without contact: Contact) {
    var propositions = [OfferSummary](repeating: OfferSummary(), count: catalog.propositions.count)
    for offer in view.offers {
      guard let index = catalog.index(of: offer.proposition) else { continue }
      var summary = OfferSummary(
        presented: offer.presented, clicked: offer.clicked, accepted: offer.accepted, rejected: offer.rejected)
      if let last = offer.lastPresentedMs, last < contact.startedMs { summary.lastPresentedMs = last }
      (summary.lastClickedMs, summary.lastRejectedMs) = (offer.lastClickedMs, offer.lastRejectedMs)
      summary.lastAcceptedMs = offer.lastAcceptedMs
      propositions[index].add(summary)
    }
    for response in contact.responses {
      guard let index = catalog.index(of: response.proposition) else { continue }
      propositions[index].take(response.outcome)
    }
    for earlier in contact.earlierPresentations ?? [] {
      guard let index = catalog.index(of: earlier.proposition) else { continue }
      propositions[index].takePresented(earlier.count)
    }
    for other in view.contacts where !other.isEnded && other.id != contact.id {
      for response in other.contact.responses where response.outcome == .presented {
        guard let index = catalog.index(of: response.proposition) else { continue }
        propositions[index].takePresented(1, untilMs: response.atMs)
      }
      for earlier in other.contact.earlierPresentations ?? [] {
        guard let index = catalog.index(of: earlier.proposition) else { continue }
        propositions[index].takePresented(earlier.count, untilMs: earlier.lastMs)
      }
    }
    var groups = [OfferSummary](repeating: OfferSummary(), count: catalog.groups.count)
    for proposition in catalog.propositions { groups[proposition.group].add(propositions[proposition.index]) }
    byProposition = propositions
    byGroup = groups
  }
}

extension OfferSummary {
  /// Takes out presentations; when the last one was too, if it is among those until then.
  fileprivate mutating func takePresented(_ count: Int64, untilMs: Int64? = nil) {
    presented = max(0, presented - count)
    if let untilMs, let last = lastPresentedMs, last <= untilMs { lastPresentedMs = nil }
  }

  /// Takes out one response with what usually went before it.
  fileprivate mutating func take(_ outcome: Outcome) {
    takePresented(1)
    switch outcome {
    case .presented: break
    case .clicked: clicked = max(0, clicked - 1)
    case .rejected: rejected = max(0, rejected - 1)
    case .accepted:
      clicked = max(0, clicked - 1)
      accepted = max(0, accepted - 1)
    }
  }
}
