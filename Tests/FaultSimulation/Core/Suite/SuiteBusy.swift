import Seeds

/// Somebody of whom far more is said than a key remembers the ids of, and by several sources, some of which number what they
/// say. All that a numbering source has said may come again, and of the others what its key remembers.
extension SuiteCustomer {
  static let busyCookie = "cookie:sim-busy"
  /// As many as a key remembers ids of, and room for what is not a view of a page.
  static let rememberedMax = 60
  private static let (shopPages, appPages, orders) = (75, 20, 8)

  init(busy random: inout Seeded) {
    self.init()
    let contact = "sim-busy-c1"
    var rest: [Said] = []
    for number in 0..<Self.shopPages { rest.append(page(number, contact, source: "shop", isNumbered: false)) }
    for number in 0..<Self.appPages { rest.append(page(number, contact, source: "app", isNumbered: true)) }
    for number in 0..<Self.orders {
      let fields: [String: Any] = [
        "order": "busy-\(number)", "product": "sundry", "amountMinor": 100 + number, "currency": "EUR",
      ]
      var said = Said(type: "order.placed", identifiers: [Self.busyCookie], fields: fields, way: .fact)
      (said.source, said.isNumbered) = ("till", true)
      rest.append(said)
    }
    say("contact.started", [Self.busyCookie], ["contact": contact])
    while !rest.isEmpty { acts.append(.say(rest.remove(at: random.below(rest.count)))) }
    if random.chance(500) { say("identity.asserted", ["customer:sim-busy", Self.busyCookie], ["contact": contact]) }
  }

  private func page(_ number: Int, _ contact: String, source: String, isNumbered: Bool) -> Said {
    var said = Said(
      type: "page.viewed", identifiers: [Self.busyCookie],
      fields: ["contact": contact, "page": "/\(source)/\(number)", "category": "cards"])
    (said.source, said.isNumbered) = (source, isNumbered)
    return said
  }
}
