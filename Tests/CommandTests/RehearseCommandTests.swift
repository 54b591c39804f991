import Contracts
import Foundation
import Host
import MessageLog
import Testing

/// `trias catalog rehearse` on a deployment.
struct RehearseCommandTests {
  private static let text = """
    name: Test
    currency: EUR
    channels: [web, call-centre]
    attributes:
      - {name: age, scope: customer, type: number}
      - {name: views, take: count, event: page.viewed}
    propositions:
      - id: loan
        name: Loan
        issue: lending
        group: loans
        kind: offer
        valueMinor: 10000
        startProbability: 0.2
        treatments: &everywhere
          - {channel: web, headline: A loan, body: Now., callToAction: "Yes"}
          - {channel: call-centre, headline: A loan, body: Now., callToAction: "Yes"}
        eligibility: [{name: adult, when: customer.age >= 18}]
      - id: card
        name: Card
        issue: paying
        group: cards
        kind: offer
        valueMinor: 5000
        startProbability: 0.1
        treatments: *everywhere
    """

  private static func customer(_ number: Int, age: Double) -> ProfileState {
    var body = FacetBody(firstSeenMs: 1_000, lastSeenMs: 1_000)
    body.attributes = [Attribute(name: "age", value: .number(age), atMs: 1_000)]
    body.counts = [EventCount(event: "page.viewed", channel: "web", count: 7)]
    let identifier = Identifier("customer", "\(number)")
    var state = ProfileState(id: IdMint(secret: Deployment.secret).profile(identifier), nowMs: 1_000)
    state.facets = [Facet(id: Facet.id(identifier, generation: 0), version: 0, seq: 1, body: body)]
    return state
  }

  private static func file(_ text: String) throws -> String {
    let file = FileManager.default.temporaryDirectory.appending(path: "catalog-\(UUID().uuidString).yaml").path
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  /// The line that begins so, with single spaces.
  private static func line(_ start: String, _ answer: Deployment.Answer) -> String? {
    answer.output.split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }.first { $0.hasPrefix(start) }
  }

  @Test func aDraftIsRehearsedOnTheCustomersThatThereAreAndNothingIsApplied() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let inForce = try Self.file(Self.text)
    let draft = try Self.file(
      Self.text.replacing("customer.age >= 18", with: "customer.age >= 40").replacing("0.1\n", with: "0.5\n")
        .replacing(
          "take: count, event: page.viewed}",
          with: "take: count, event: page.viewed}\n  - {name: more, take: count, event: page.viewed}"
        )
        .replacing("group: cards", with: "group: cards\n    applicability: [{name: looked, when: customer.more >= 5}]"))
    let wrong = try Self.file(Self.text.replacing("customer.age", with: "customer.agee"))
    let redefined = try Self.file(
      Self.text.replacing("take: count, event: page.viewed", with: "take: count, event: order.placed"))
    defer { for file in [inForce, draft, wrong, redefined] { try? FileManager.default.removeItem(atPath: file) } }
    func rehearse(_ arguments: String...) async throws -> Deployment.Answer {
      try await Trias.run(["catalog", "rehearse"] + arguments, deployment.environment)
    }
    let none = try await rehearse(draft)
    #expect(none.code == 2 && none.output.contains("no catalogue was applied"), "\(none.output)")
    #expect(try await deployment.trias("catalog", "apply", inForce).code == 0)
    let empty = try await rehearse(draft)
    #expect(empty.code == 0 && empty.output.contains("there are no customers yet"), "\(empty.output)")
    for number in 0..<8 {
      let state = Self.customer(number, age: number < 2 ? 9 : number < 6 ? 30 : 50)
      try deployment.publish(Topics.profileState, key: state.id, Headers(), state.json)
    }

    let rehearsed = try await rehearse(draft)
    #expect(rehearsed.code == 0, "\(rehearsed.output)")
    #expect(
      Self.line("8 customers", rehearsed)
        == "8 customers, 0 in the contact that they are in, 8 in one that begins (web, inbound)")
    #expect(Self.line("other list", rehearsed) == "other list 6 of them (75.0 %)", "\(rehearsed.output)")
    #expect(Self.line("other first", rehearsed) == "other first place 6 of them (75.0 %)")
    #expect(Self.line("loan", rehearsed) == "loan 6 → 2 6 → 0")
    #expect(Self.line("card", rehearsed) == "card 8 2 → 8", "what it computes of customers anew is filled in")
    #expect(Self.line("eligibility", rehearsed) == "eligibility 2 → 6")
    #expect(Self.line("applicability", rehearsed) == "applicability 0")
    #expect(Self.line("of the first place", rehearsed)?.contains("EUR → ") == true)

    let now = try await rehearse("--customers", "3", "--channel", "call-centre", "--direction", "outbound")
    #expect(now.code == 0 && !now.output.contains("→") && !now.output.contains("other list"), "\(now.output)")
    #expect(Self.line("3 customers", now)?.hasSuffix("(call-centre, outbound)") == true)

    let short = try await rehearse("--list-length", "1")
    #expect(Self.line("card", short) == "card 2 2" && Self.line("constraints", short) == "constraints 6")
    // As long as the nba-scorer's, where nothing else is said.
    let asSet = try await deployment.trias("catalog", "rehearse", environment: ["TRIAS_LIST_LENGTH": "1"])
    #expect(Self.line("constraints", asSet) == "constraints 6", "\(asSet.output)")

    let jan = try await rehearse(draft, "--customer", "customer:3")
    #expect(jan.code == 0, "\(jan.output)")
    #expect(Self.line("2 → 1 card", jan)?.hasSuffix("50.00 EUR") == true, "\(jan.output)")
    #expect(
      Self.line("1 → - loan", jan)?.hasSuffix("went: it drops out at eligibility: adult (Not met: adult)") == true,
      "\(jan.output)")
    let list = try await rehearse("--customer", "customer:3")
    #expect(Self.line("1 loan", list)?.hasSuffix("100.00 EUR") == true, "\(list.output)")
    let unknown = try await rehearse("--customer", "customer:99")
    #expect(unknown.code == 2 && unknown.output.contains("nothing is known of customer:99"), "\(unknown.output)")

    let nobodys = try await rehearse("--customer", "custmer:3")
    #expect(
      nobodys.code == 2 && nobodys.output.contains("there is no namespace custmer; did you mean \"customer\"?"),
      "\(nobodys.output)")

    // By another identifier, which a claim has joined to him.
    let login = Identifier("login", "jan")
    let joined = IdentityMapEntry(
      identifier: login, profile: Self.customer(3, age: 30).id, version: 1,
      judged: [login, Identifier("customer", "3")],
      verdict: Verdict(claim: "e1", isAccepted: true, reason: "linked", atMs: 1_000))
    try deployment.publish(Topics.identityMap, key: login.key, Headers(), joined.json)
    // The head has the moment that it was decided for.
    let byLogin = try await rehearse("--customer", "login:jan")
    func lists(_ output: String) -> [Substring] { output.split(separator: "\n").filter { !$0.hasPrefix("profile ") } }
    #expect(lists(byLogin.output) == lists(list.output) && byLogin.output.contains("profile "))

    let refused = try await rehearse(wrong)
    #expect(refused.code == 1 && refused.output.contains("\(wrong):18: "), "\(refused.output)")
    let otherwise = try await rehearse(redefined)
    #expect(otherwise.code == 1 && otherwise.output.contains("is computed otherwise than in"), "\(otherwise.output)")
    let misspelt = try await rehearse(draft, "--channel", "wbe")
    #expect(
      misspelt.code == 2 && misspelt.output.contains("nothing is shown in the channel wbe; did you mean \"web\"?"),
      "\(misspelt.output)")
    for wrong in [["--customers", "0"], ["--direction", "up"], ["--list-length", "0"]] {
      let answer = try await Trias.run(["catalog", "rehearse"] + wrong, deployment.environment)
      #expect(answer.code == 1 && answer.output.contains("\(wrong[0]) takes"), "\(answer.output)")
    }
    let history = try await deployment.trias("catalog", "history")
    #expect(history.output.split(separator: "\n").count == 2, "nothing was applied: \(history.output)")

    // What the models have learned is asked, the newest version of each.
    for (version, mean) in [(Int64(1), -5.0), (2, 5)] {
      var model = PropensityModel(id: PropensityModel.id(proposition: "card", channel: "web", direction: "inbound"))
      (model.version, model.evidenceCount, model.startProbability) = (version, 1_000, 0.1)
      model.weights = [PropensityModel.Weight(feature: "bias", mean: mean, precision: 1_000)]
      try deployment.publish(Topics.nbaModels, key: model.id, Headers(), model.json)
    }
    let learned = try await rehearse()
    #expect(Self.line("card", learned) == "card 8 8", "\(learned.output)")

    // And what is left of what is limited: a draft's limit goes on from what was taken.
    var budget = Budget(proposition: "card", nowMs: 1_000)
    budget.counts = [
      BudgetCount(limit: PropositionLimit(max: 9, per: .ever, of: .acceptances), sinceMs: 1_000, taken: 2)
    ]
    try deployment.publish(Topics.budgets, key: "card", Headers(), budget.json)
    let limited = try Self.file(Self.text + "\n    limits: [{max: 2, per: ever, of: acceptances}]\n")
    let scarce = try await rehearse(limited)
    #expect(Self.line("card", scarce) == "card 8 → 0 8 → 0", "\(scarce.output)")

    // Back to the version before.
    #expect(try await deployment.trias("catalog", "apply", draft).code == 0)
    let back = try await rehearse("1")
    #expect(Self.line("loan", back) == "loan 2 → 6 0", "\(back.output)")
    let nowhere = try await rehearse("9")
    #expect(nowhere.code == 2 && nowhere.output.contains("there is no version 9"))
  }
}
