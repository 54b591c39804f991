// What is said of parts of the portfolio, and how often customers are approached: what that must keep to.

extension CatalogCheck {
  /// What names issues, groups and propositions.
  mutating func business() {
    let names = PortfolioNames(catalog)
    var known: [String: String] = [:]
    for (index, weight) in catalog.contextWeights.enumerated() {
      let place = "contextWeights[\(index)]"
      filled(weight.name, "\(place).name")
      once(weight.name, "\(place).name", &known)
      title(weight.title, weight.titles, place)
      part(weight, place, names, "what is it to weigh?")
      number(weight.factor, "\(place).factor", 0...1_000)
    }
    known = [:]
    for (index, lever) in (catalog.levers ?? []).enumerated() {
      let place = "levers[\(index)]"
      filled(lever.name, "\(place).name")
      once(lever.name, "\(place).name", &known)
      title(lever.title, lever.titles, place)
      part(lever, place, names, "what is it to move?")
      number(lever.percent, "\(place).percent", -100...100_000)
      if let from = lever.validFromMs, let until = lever.validUntilMs, until <= from {
        fail("\(place).validUntil", "is not after validFrom")
      }
    }
    for (index, exclusion) in (catalog.exclusions ?? []).enumerated() {
      let place = "exclusions[\(index)]"
      filled(exclusion.reason, "\(place).reason")
      part(exclusion, place, names, "what is to be taken out?")
    }
    known = [:]
    for (index, cost) in (catalog.contactCosts ?? []).enumerated() {
      let place = "contactCosts[\(index)]"
      id(cost.channel, "\(place).channel")
      once(cost.channel, "\(place).channel", &known)
      number(cost.costMinor, "\(place).costMinor", 0...Catalog.moneyMax)
    }
    if let groups = catalog.controlGroups { controlGroups(groups) }
  }

  private mutating func controlGroups(_ groups: ControlGroups) {
    let parts = [
      ("randomEligiblePercent", groups.randomEligiblePercent), ("propensityOnlyPercent", groups.propensityOnlyPercent),
      ("valueOnlyPercent", groups.valueOnlyPercent),
    ]
    for (name, percent) in parts { number(percent, "controlGroups.\(name)", 0...100) }
    if parts.map(\.1).reduce(0, +) > 100 { fail("controlGroups", "together they are more than 100 %") }
  }

  private mutating func part(_ part: some PortfolioPart, _ place: String, _ names: PortfolioNames, _ question: String) {
    if part.issue == nil, part.group == nil, part.proposition == nil {
      fail(place, "says neither issue, group nor proposition: \(question)")
    }
    reference(part.issue, "issue", "\(place).issue", among: names.issues)
    reference(part.group, "group", "\(place).group", among: names.groups)
    reference(part.proposition, "proposition", "\(place).proposition", among: names.propositions)
    // Each of them is there, and yet nothing is in all of them: a recall that takes out nothing.
    let areThere =
      part.issue.map(names.issues.contains) ?? true && part.group.map(names.groups.contains) ?? true
      && part.proposition.map(names.propositions.contains) ?? true
    if areThere, !catalog.propositions.contains(where: part.concerns) {
      let said = [part.issue, part.group, part.proposition].compactMap(\.self).joined(separator: ", ")
      fail(place, "concerns nothing: no proposition is in all of \(said)")
    }
  }

  mutating func contactPolicy() {
    let policy = catalog.contactPolicy
    func place(_ name: String) -> String { "contactPolicy.\(name)" }
    count(policy.presentationsMax, place("presentationsMax"))
    days(policy.presentationsDays, place("presentationsDays"))
    count(policy.rejectionsMax, place("rejectionsMax"))
    count(policy.ignoredMax, place("ignoredMax"))
    count(policy.restDays, place("restDays"), from: 0)
    count(policy.acceptedRestDays, place("acceptedRestDays"), from: 0)
    groupRests(policy.groups ?? [])
    channelLimits(policy.channels ?? [])
    for (index, block) in (policy.blocks ?? []).enumerated() {
      let place = place("blocks[\(index)]")
      id(block.after, "\(place).after")
      id(block.channel, "\(place).channel")
      days(block.days, "\(place).days")
    }
    if let name = policy.preferredChannel {
      let texts = catalog.attributes.filter { $0.scope == .customer && $0.kind == .string }.map(\.name)
      if !texts.contains(name) {
        let hint = Suggestion.text(for: name, among: texts)
        fail(place("preferredChannel"), "there is no attribute \(name) of customers with type string\(hint)")
      }
      if scope.isBarred("customer.\(name)") {
        fail(place("preferredChannel"), "\(name) is declared with mayDecide: false, so nothing may ask for it")
      }
    }
  }

  private mutating func groupRests(_ rests: [GroupRest]) {
    let groups = PortfolioNames(catalog).groups
    var known: [String: String] = [:]
    for (index, rest) in rests.enumerated() {
      let place = "contactPolicy.groups[\(index)]"
      reference(rest.group, "group", "\(place).group", among: groups)
      once(rest.group ?? "what is for any group", rest.group == nil ? place : "\(place).group", &known)
      if rest.rejectionsMax == nil, rest.ignoredMax == nil {
        fail(place, "says neither rejectionsMax nor ignoredMax: after what is it to rest?")
      }
      count(rest.rejectionsMax, "\(place).rejectionsMax")
      count(rest.ignoredMax, "\(place).ignoredMax")
      count(rest.restDays, "\(place).restDays", from: 0)
    }
  }

  private mutating func channelLimits(_ limits: [ChannelLimit]) {
    var known: [String: String] = [:]
    for (index, limit) in limits.enumerated() {
      let place = "contactPolicy.channels[\(index)]"
      id(limit.channel, "\(place).channel")
      once("\(limit.channel) in \(limit.days) days", "\(place).channel", &known)
      if limit.contactsMax == nil, limit.presentationsMax == nil {
        fail(place, "says neither contactsMax nor presentationsMax: what is it to limit?")
      }
      count(limit.contactsMax, "\(place).contactsMax", from: 0)
      count(limit.presentationsMax, "\(place).presentationsMax", from: 0)
      days(limit.days, "\(place).days")
    }
  }

  private mutating func count(_ count: Int?, _ place: String, from: Int64 = 1) {
    if let count { number(Int64(count), place, from...100_000) }
  }

  /// Of so many days the counts are kept.
  private mutating func days(_ days: Int, _ place: String) { number(Int64(days), place, 1...Int64([DayCount].daysMax)) }
}

private struct PortfolioNames {
  let issues: Set<String>
  let groups: Set<String>
  let propositions: Set<String>

  init(_ catalog: Catalog) {
    issues = Set(catalog.propositions.map(\.issue))
    groups = Set(catalog.propositions.map(\.group))
    propositions = Set(catalog.propositions.map(\.id))
  }
}
