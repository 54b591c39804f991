import Contracts

/// The list for when the suite is away: the catalogue's own choice for the channel, the same for everybody.
struct FallbackLists {
  /// By the catalogue in force; nil: none is known here yet.
  let showing: Showing?

  /// nil where the catalogue has none for the channel, or nothing of it may be shown now.
  func list(
    contact: String, channel: String, placement: String?, language: Language?, nowMs: Int64, ids: IdMint
  ) -> NbaList? {
    let list = current(
      contact: contact, channel: channel, placement: placement, language: language, nowMs: nowMs, ids: ids)
    return list.items.isEmpty ? nil : list
  }

  /// The same, empty where there is none. Its version is 0: any real list comes after it. In the language of whoever reads
  /// it, else in the catalogue's.
  func current(
    contact: String, channel: String, placement: String?, language: Language?, nowMs: Int64, ids: IdMint
  ) -> NbaList {
    let chosen = showing?.catalog.fallback.first { $0.channel == channel }?.propositions ?? []
    let items = items(chosen, channel: channel, placement: placement, language: language, nowMs: nowMs)
    return NbaList(
      id: ids.list(contact: contact, version: 0, items: items.map(\.proposition)), contact: contact, version: 0,
      channel: channel,
      placement: placement, atMs: nowMs, catalogVersion: showing?.catalog.version ?? "", items: items,
      considered: chosen.count, dropped: [], isFallback: true)
  }

  private func items(
    _ chosen: [String], channel: String, placement: String?, language: Language?, nowMs: Int64
  ) -> [NbaItem] {
    guard let showing else { return [] }
    let language = language ?? showing.catalog.language ?? .english
    let reason =
      switch language {
      case .english: "The catalogue's choice while no decision is to be had."
      case .dutch: "De keuze van de catalogus, zolang er geen beslissing is."
      }
    var items: [NbaItem] = []
    for id in chosen {
      guard showing.isShown(id, atMs: nowMs), let proposition = showing.proposition(id),
        // Here nobody counts contacts.
        !proposition.takesUnitPerContact,
        let treatment = proposition.treatment(channel, placement: placement)
      else { continue }
      var item = NbaItem(
        rank: items.count + 1, proposition: proposition.id, name: proposition.name(in: language),
        issue: proposition.issue, group: proposition.group, kind: proposition.kind, treatment: treatment,
        probability: proposition.startProbability, valueMinor: proposition.valueMinor,
        expectedValueMinor: Int64(proposition.startProbability * Double(proposition.valueMinor)),
        currency: showing.catalog.currency, priority: 0,
        reasons: [reason])
      item.priceMinor = proposition.priceMinor
      items.append(item)
    }
    return items
  }
}
