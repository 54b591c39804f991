import Contracts

// What a decision follows from, but for what the models know.

extension Portfolio {
  /// A number in 0…2⁵³-1, equal where nothing that a list should follow has changed: who the customer is, what is known
  /// of him and of the contact, the catalogue, what its rules and policy let pass, and of what there is something left.
  /// Of how others answer, be it by models or by the shares of a group, it has nothing.
  var picture: Int64 {
    var digest = Numerics.Digest()
    for part in [
      catalog.catalog.version, situation.view.profile, controlGroup.rawValue, language.rawValue,
      situation.contact.channel, situation.contact.direction, group?.segment ?? "",
    ] { digest.add(part) }
    let own = group == nil ? features : ContactFeatures.features(situation, catalog.catalog.attributes, group: nil)
    for feature in own { digest.add(feature.name) }
    for (index, compiled) in catalog.propositions.enumerated() {
      digest.add(index)
      if let drop = candidates[index].drop, !drop.stage.isOfModels {
        digest.add(drop.rule)
        continue
      }
      if let rule = unitRefusal(index) { digest.add(rule) }
      for number in candidates[index].ownFeatures { digest.add(number) }
      for weight in compiled.weights where holds[weight] { digest.add(weight) }
      for lever in compiled.levers where valid[lever] { digest.add(lever) }
    }
    return digest.value
  }
}

extension Stage {
  /// What drops out there may come back by what the models learn.
  fileprivate var isOfModels: Bool {
    switch self {
    case .validity, .eligibility, .applicability, .suitability, .consent, .contactPolicy: false
    case .propensity, .arbitration, .constraints: true
    }
  }
}
