import Contracts

/// The list for when the suite is away: the catalogue's own choice for the channel, the same for everybody.
struct FallbackLists {
  let catalog: Catalog

  /// nil where the catalogue has none for the channel. Its version is 0: any real list comes after it.
  func list(contact: String, channel: String, placement: String?, nowMs: Int64, ids: IdMint) -> NbaList? {
    guard let fallback = catalog.fallback.first(where: { $0.channel == channel }) else { return nil }
    let valid = fallback.propositions.compactMap { id in
      catalog.proposition(id).flatMap { proposition in
        isShown(proposition, nowMs)
          ? proposition.treatment(channel, placement: placement).map { (proposition, $0) } : nil
      }
    }
    guard !valid.isEmpty else { return nil }
    let items = valid.enumerated().map { index, pair in
      let (proposition, treatment) = pair
      var item = NbaItem(
        rank: index + 1, proposition: proposition.id, name: proposition.name, issue: proposition.issue,
        group: proposition.group, kind: proposition.kind, treatment: treatment,
        probability: proposition.startProbability, valueMinor: proposition.valueMinor,
        expectedValueMinor: Int64(proposition.startProbability * Double(proposition.valueMinor)),
        currency: catalog.currency, priority: 0, reasons: ["The catalogue's choice while no decision is to be had."])
      item.priceMinor = proposition.priceMinor
      return item
    }
    return NbaList(
      id: ids.list(contact: contact, version: 0, items: items.map(\.proposition)), contact: contact, version: 0,
      channel: channel,
      placement: placement, atMs: nowMs, catalogVersion: catalog.version, items: items,
      considered: fallback.propositions.count, dropped: [], isFallback: true)
  }

  private func isShown(_ proposition: Proposition, _ nowMs: Int64) -> Bool {
    !proposition.isPaused && catalog.exclusion(of: proposition) == nil && proposition.isInStock
      // Here nobody counts contacts.
      && !proposition.takesUnitPerContact
      && (proposition.validFromMs ?? 0) <= nowMs
      && nowMs < (proposition.validUntilMs ?? .max)
  }
}
