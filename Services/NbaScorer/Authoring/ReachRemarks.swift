import Contracts

/// Whom a proposition reaches other than is meant: nobody, or everybody.
struct ReachRemarks {
  private let catalog: Catalog

  init(_ catalog: Catalog) { self.catalog = catalog }

  func all() -> [CatalogRemark] {
    // What is mandatory is listed whatever it costs and however improbable it is.
    catalog.propositions.enumerated().filter { !$1.isMandatory }.flatMap { index, proposition in
      let place = "propositions[\(index)]"
      return improbable(proposition, place) + worthless(proposition, place) + dear(proposition, place)
    } + fallbacks()
  }

  /// By how much a model is unsure at first, which is the customer's and the contact's features' to say, there are some to
  /// whom it is listed all the same.
  private func improbable(_ proposition: Proposition, _ place: String) -> [CatalogRemark] {
    let least = ScoringSettings().probabilityMin
    guard proposition.startProbability < least else { return [] }
    return [
      CatalogRemark(
        place: "\(place).startProbability",
        text: "\(proposition.id) begins with a probability of \(proposition.startProbability), and what has less than "
          + "\(least) is hardly listed: what nobody sees nobody accepts, so nothing better is learned of it")
    ]
  }

  /// No probability makes up for that.
  private func worthless(_ proposition: Proposition, _ place: String) -> [CatalogRemark] {
    guard proposition.costMinor > 0, proposition.costMinor >= proposition.valueMinor else { return [] }
    let (cost, value) = (money(proposition.costMinor), money(proposition.valueMinor))
    return [
      CatalogRemark(
        place: "\(place).costMinor",
        text: "\(proposition.id) costs \(cost) to offer, and is worth \(value) where it is accepted: "
          + "it is never worth its cost, so that only control groups get to see it")
    ]
  }

  private func dear(_ proposition: Proposition, _ place: String) -> [CatalogRemark] {
    guard let most = proposition.maxCpaMinor else { return [] }
    let text: String
    if proposition.costMinor > 0, most <= proposition.costMinor {
      text =
        "one acceptance of \(proposition.id) may cost \(money(most)), and one offer of it costs "
        + "\(money(proposition.costMinor)) already, so that only control groups get to see it"
    } else if most == 0 {
      text =
        "one acceptance of \(proposition.id) may cost nothing, so it is not offered in a contact that costs "
        + "something; without a limit it has no maxCpaMinor"
    } else {
      return []
    }
    return [CatalogRemark(place: "\(place).maxCpaMinor", text: text)]
  }

  /// While the suite is away nobody knows who has agreed to what, and who may have it.
  private func fallbacks() -> [CatalogRemark] {
    catalog.fallback.enumerated().flatMap { index, list in
      list.propositions.enumerated().compactMap { number, id -> CatalogRemark? in
        guard let proposition = catalog.proposition(id) else { return nil }
        let rules = proposition.eligibility.map(\.name).joined(separator: ", ")
        let who = [
          proposition.purpose.map { "has not agreed to \($0)" }, rules.isEmpty ? nil : "may not have it (\(rules))",
        ].compactMap { $0 }
        if who.isEmpty { return nil }
        return CatalogRemark(
          place: "fallback[\(index)].propositions[\(number)]",
          text: "the fallback list of \(list.channel) shows \(id) to everybody, also to who "
            + who.joined(separator: " or "))
      }
    }
  }

  private func money(_ minor: Int64) -> String { Currencies.text(minor, catalog.currency) }
}
