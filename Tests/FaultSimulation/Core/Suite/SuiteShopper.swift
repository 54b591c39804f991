import Seeds

/// Somebody who wants what there is only so much of, as others do at the same time. He may log in at any moment, take his
/// time until all is taken, answer a list that he got long ago, or leave without having seen it.
extension SuiteCustomer {
  static let shoppersMin = 3
  static let shoppersMax = 5

  init(shopper number: Int, _ random: inout Seeded) {
    self.init()
    let customer = "customer:sim-x\(number)"
    let cookie = "cookie:sim-x\(number)-a"
    let contact = "sim-x\(number)-c1"
    var wanted: [Act] = []
    for proposition in random.chance(500) ? SuiteCatalog.scarce : SuiteCatalog.scarce.reversed()
    where random.chance(700) {
      wanted += want(proposition, cookie, contact, &random)
    }
    // Who wants something has waited for a list.
    let hasList = !wanted.isEmpty
    say("contact.started", [cookie], ["contact": contact])
    if random.chance(500) { say("page.viewed", [cookie], ["contact": contact, "page": "/shop", "category": "cards"]) }
    // What he does in the contact is all under its cookie, so that it comes in the order in which he did it.
    let login = Act.say(
      Said(type: "identity.asserted", identifiers: [customer, cookie], fields: ["contact": contact]))
    if random.chance(400) { wanted.insert(login, at: random.below(wanted.count + 1)) }
    acts += wanted
    if random.chance(300) { otherContact(number, cookie, &random) }
    if random.chance(500) { say("contact.ended", [cookie], ["contact": contact]) }
    if hasList, random.chance(200) { acts.append(acceptance(SuiteCatalog.vouchers, cookie, contact)) }
  }

  /// He wants the same there, and may be waiting for it already.
  private mutating func otherContact(_ number: Int, _ cookie: String, _ random: inout Seeded) {
    let contact = "sim-x\(number)-c2"
    say("contact.started", [cookie], ["contact": contact])
    if random.chance(700) { acts.append(acceptance(SuiteCatalog.vouchers, cookie, contact)) }
  }

  private func want(
    _ proposition: String, _ cookie: String, _ contact: String, _ random: inout Seeded
  ) -> [Act] {
    var acts = random.chance(300) ? [Act.rest(turns: 1 + random.below(20))] : []
    acts.append(answer("nba.presented", proposition, cookie, contact))
    guard random.chance(800) else { return acts }
    if random.chance(300) { acts.append(.rest(turns: 1 + random.below(20))) }
    acts.append(acceptance(proposition, cookie, contact))
    if random.chance(200) { acts.append(acceptance(proposition, cookie, contact)) }
    return acts
  }

  private func acceptance(_ proposition: String, _ cookie: String, _ contact: String) -> Act {
    answer("nba.accepted", proposition, cookie, contact)
  }

  private func answer(_ type: String, _ proposition: String, _ cookie: String, _ contact: String) -> Act {
    .answerIfListed(
      contact, Said(type: type, identifiers: [cookie], fields: ["contact": contact, "proposition": proposition]))
  }
}
