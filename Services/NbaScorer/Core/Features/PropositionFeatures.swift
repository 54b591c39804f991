import Contracts

/// What the models see besides, because it differs from proposition to proposition: the customer's history with it and
/// with its group. They are numbered, so that going through a thousand propositions makes no texts.
package enum PropositionFeatures {
  private static let kinds = [
    "offer-presented", "offer-clicked", "offer-rejected", "offer-accepted", "offer-days", "group-rejected",
    "group-accepted", "group-interest", "group-interest-days",
  ]
  private static let binCount = 12

  /// The names, by number.
  package static let names: [String] = kinds.flatMap { kind in (0..<binCount).map { "\(kind)~\($0)" } }

  /// The numbers of the features that hold; each has the value 1. A count of 0 is no feature.
  static func numbers(
    offer: OfferSummary, group: OfferSummary, interest: Interest?, nowMs: Int64
  ) -> [Int] {
    var numbers: [Int] = []
    func add(_ kind: Int, _ bin: Int) { numbers.append(kind * binCount + bin) }
    if offer.presented > 0 { add(0, Numerics.countBin(offer.presented)) }
    if offer.clicked > 0 { add(1, Numerics.countBin(offer.clicked)) }
    if offer.rejected > 0 { add(2, Numerics.countBin(offer.rejected)) }
    if offer.accepted > 0 { add(3, Numerics.countBin(offer.accepted)) }
    if let last = offer.lastPresentedMs { add(4, ContactFeatures.dayBin(nowMs - last)) }
    if group.rejected > 0 { add(5, Numerics.countBin(group.rejected)) }
    if group.accepted > 0 { add(6, Numerics.countBin(group.accepted)) }
    if let interest {
      add(7, Numerics.countBin(interest.count))
      add(8, ContactFeatures.dayBin(nowMs - interest.lastMs))
    }
    return numbers
  }
}
