import Contracts

// What a portfolio comes to: the list that is published, and the decision beside it.

extension Portfolio {
  package struct Listed: Sendable {
    package var items: [NbaItem]
    /// Equal for lists that say the same: propositions, order, treatments, roughly how probable, and why.
    package var digest: Int64
  }

  package var listed: Listed {
    var items: [NbaItem] = []
    // In the language that the contact's channel says; the catalogue's is no reason to say everything again.
    var digest = Numerics.Digest(situation.contact.language?.rawValue ?? "")
    let (channel, placement) = (situation.contact.channel, situation.contact.placement)
    for (index, reasons) in zip(ranked, reasons(language)) {
      let candidate = candidates[index]
      let compiled = catalog.propositions[index]
      let proposition = compiled.proposition
      guard let treatment = proposition.treatment(channel, placement: placement) else { continue }
      let name = proposition.name(in: language)
      var item = NbaItem(
        rank: items.count + 1, proposition: proposition.id, name: name, issue: proposition.issue,
        group: proposition.group, kind: proposition.kind, treatment: treatment, probability: candidate.probability,
        valueMinor: proposition.valueMinor,
        expectedValueMinor: Int64((candidate.probability * Double(proposition.valueMinor)).rounded()),
        currency: catalog.catalog.currency, priority: candidate.priority,
        reasons: reasons.texts)
      item.priceMinor = proposition.priceMinor
      item.propensity = candidate.propensity
      item.evidenceCount = candidate.evidenceTotal
      items.append(item)
      // Half log odds: coarse enough that a model which learns a little every second doesn't make a list every second.
      let oddsStep = Int((Numerics.logit(candidate.probability) * 2).rounded())
      digest.add(situation.contact.language.map { proposition.name(in: $0) } ?? proposition.name)
      digest.add(Int(proposition.priceMinor ?? -1))
      digest.add(Int(proposition.valueMinor))
      digest.add(proposition.id)
      for text in [treatment.headline, treatment.body, treatment.callToAction] { digest.add(text) }
      digest.add(oddsStep)
      digest.add(Int(reasons.about))
    }
    return Listed(items: items, digest: digest.value)
  }

  package func list(id: String, version: Int64, cause: String?, items: [NbaItem]) -> NbaList {
    var list = NbaList(
      id: id, contact: situation.contact.id, version: version, channel: situation.contact.channel,
      placement: situation.contact.placement, atMs: situation.nowMs, catalogVersion: catalog.catalog.version,
      items: items, considered: candidates.count, dropped: dropped)
    list.cause = cause
    list.controlGroup = controlGroup
    return list
  }

  package func decision(list: NbaList, profile: ProfileState) -> NbaDecision {
    var decision = NbaDecision(
      list: list.id, contact: list.contact, version: list.version, atMs: list.atMs,
      catalogVersion: list.catalogVersion, profile: profile, propensities: propensities, settings: given)
    decision.controlGroup = controlGroup
    decision.group = group
    decision.units = unitsRecord
    return decision
  }
}
