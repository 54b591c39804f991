import Seeds

/// Two or three people who log in on one tablet, one after the other and again: what is done on it is his who was logged in,
/// and what was done before anybody was, the first one's. They also have a telephone, which finds whoever is the only one
/// that has said it was his. A stranger may be taken for having logged in on it too, until a data steward says that he has
/// not: then all that was done on it is theirs as though he had never been named with it.
extension SuiteCustomer {
  init(family number: Int, _ random: inout Seeded) {
    self.init()
    let tablet = "cookie:sim-f\(number)-t"
    let people = (0..<(2 + random.below(2))).map { "customer:sim-f\(number)-\($0)" }
    let phone = "phone:sim-f\(number)-p"
    let before = random.below(3)
    for page in 0..<before { look(tablet, page) }
    var last: String?
    let turns = 2 + random.below(4)
    // In one of their turns, or before the first.
    let wrong = random.chance(500) ? random.below(turns + 1) - 1 : nil
    if wrong == -1 { intrude("customer:sim-f\(number)-x", on: tablet, people, number, &random) }
    for turn in 0..<turns {
      let person = random.pick(people.filter { $0 != last })
      say("identity.asserted", [person, tablet], [:])
      acts.append(.waitForLogin(person, on: tablet, before: people.filter { $0 != person }))
      last = person
      let contact = "sim-f\(number)-c\(turn)"
      let isVisit = random.chance(400)
      if isVisit { say("contact.started", [tablet], ["contact": contact]) }
      for page in 0..<random.below(4) { look(tablet, page) }
      // With his name it is his whatever the device knows.
      if random.chance(500) { look(person, turn) }
      if random.chance(400) { say("identity.asserted", [person, phone], [:]) }
      if random.chance(300) { look(phone, turn) }
      if turn == wrong { intrude("customer:sim-f\(number)-x", on: tablet, people, number, &random) }
      if isVisit, random.chance(500) { say("contact.ended", [tablet], ["contact": contact]) }
    }
  }

  private mutating func intrude(
    _ stranger: String, on tablet: String, _ people: [String], _ number: Int, _ random: inout Seeded
  ) {
    say("identity.asserted", [stranger, tablet], [:])
    acts.append(.waitForLogin(stranger, on: tablet, before: people))
    for page in 0..<random.below(4) { look(tablet, page) }
    split(tablet, from: stranger, number)
    acts.append(.waitForParting(tablet, from: stranger, on: tablet))
    for page in 0..<random.below(3) { look(tablet, page) }
  }

  private mutating func look(_ identifier: String, _ page: Int) {
    say("page.viewed", [identifier], ["page": "/\(page)", "category": "savings"])
  }
}
