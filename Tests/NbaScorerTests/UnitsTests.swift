import Contracts
import NbaScorerCore
import Testing

/// How a decision deals with what there is only so much of over all customers.
struct UnitsTests {
  private static let limit = PropositionLimit(max: 5, per: .day, of: .contacts)
  private let catalog = Given.catalog([
    Given.proposition("card", value: 90_000) { $0.limits = [limit] }, Given.proposition("loan"),
  ])
  private let nowMs = Given.nowMs

  private func answer(
    _ isGranted: Bool, contact: String = "c1", _ proposition: String = "card", asked askedMs: Int64 = Given.nowMs
  ) -> BudgetAnswer {
    BudgetAnswer(
      proposition: proposition, contact: contact, lead: nil, askedMs: askedMs, isGranted: isGranted)
  }

  private func profile(
    _ responses: [Response] = [], ended: String? = nil, contacts: [String] = ["c1"], atMs: Int64 = 0
  ) -> ProfileState {
    var profile = Given.profile(
      contacts: contacts.map { id in
        Given.contact(id) {
          $0.responses = responses
          if let ended { ($0.endedMs, $0.endReason) = (Given.nowMs + 1_000, ended) }
        }
      })
    profile.nowMs += atMs
    return profile
  }

  private func listed(_ outcome: Scorer.Outcome?) -> [[String]] {
    outcome?.lists.map { $0.list.items.map(\.proposition) } ?? []
  }

  @Test func `the first list waits for the answer and has what was granted`() throws {
    let scorer = try Given.scorer(catalog)
    let asked = scorer.score(profile(), nil, now: nowMs, cause: "e1")
    #expect(asked.lists.isEmpty)
    #expect(asked.requests.map(\.type) == [.reserve])
    let request = asked.requests[0].request
    #expect(request.proposition == "card" && request.contact == "c1" && request.askedMs == nowMs)
    #expect(asked.state.nextDueMs == nowMs + Scorer.answerMs)
    let granted = try #require(scorer.take(answer(true), "p1", asked.state, heardMs: nowMs + 4))
    #expect(listed(granted) == [["card", "loan"]] && granted.lists[0].list.cause == "e1")
    #expect(granted.state.waiting == nil && granted.state.nextDueMs == nil && granted.requests.isEmpty)
    // It has its unit: nothing is asked and nothing listed again.
    let again = scorer.score(profile(atMs: 5), granted.state, now: nowMs + 5, cause: nil)
    #expect(again.lists.isEmpty && again.requests.isEmpty)
  }

  @Test func `what was refused is not listed, and says why`() throws {
    let scorer = try Given.scorer(catalog)
    let asked = scorer.score(profile(), nil, now: nowMs, cause: nil)
    let refused = try #require(scorer.take(answer(false), "p1", asked.state, heardMs: nowMs + 4))
    #expect(listed(refused) == [["loan"]])
    #expect(refused.lists[0].list.dropped == [StageCount(stage: .constraints, count: 1)])
    #expect(refused.lists[0].decision.units == DecisionUnits(reached: ["card"]))
    let again = scorer.score(profile(atMs: 9), refused.state, now: nowMs + 9, cause: nil)
    #expect(again.requests.isEmpty && again.lists.isEmpty)
    let later = scorer.score(profile(atMs: 60_004), refused.state, now: nowMs + 60_004, cause: nil)
    #expect(later.requests.count == 1)
  }

  @Test func `an answer that is late keeps no list waiting`() throws {
    let scorer = try Given.scorer(catalog)
    let asked = scorer.score(profile(), nil, now: nowMs, cause: "e1")
    let early = scorer.tick("p1", asked.state, heardMs: nowMs + Scorer.answerMs - 1)
    #expect(early.lists.isEmpty)
    let late = scorer.tick("p1", asked.state, heardMs: nowMs + Scorer.answerMs)
    #expect(listed(late) == [["loan"]] && late.requests.isEmpty)
    #expect(late.state.nextDueMs == nowMs + Scorer.lostMs)
    #expect(late.lists[0].decision.units == DecisionUnits(isWithholding: true))
    let granted = scorer.take(answer(true), "p1", late.state, heardMs: nowMs + 5_000)
    #expect(listed(granted) == [["card", "loan"]])
  }

  /// Of three that are refused one after the other, each would have its own wait.
  @Test func `a list waits once, for all answers together`() throws {
    let catalog = Given.catalog(
      ["gold", "silver", "bronze"].map { id in
        Given.proposition(id, group: "cards") { $0.limits = [Self.limit] }
      } + [Given.proposition("loan")])
    let scorer = try Given.scorer(catalog)
    var outcome = scorer.score(profile(), nil, now: nowMs, cause: nil)
    let first = try #require(outcome.requests.first?.request.proposition)
    outcome = try #require(scorer.take(answer(false, first), "p1", outcome.state, heardMs: nowMs + 90))
    #expect(outcome.lists.isEmpty && outcome.requests.count == 1 && outcome.state.nextDueMs == nowMs + Scorer.answerMs)
    outcome = scorer.tick("p1", outcome.state, heardMs: nowMs + Scorer.answerMs)
    #expect(listed(outcome) == [["loan"]])
  }

  /// A channel whose clock is ahead would make his list wait for that long.
  @Test func `what is waited for is measured by when it was heard`() throws {
    let scorer = try Given.scorer(catalog)
    let asked = scorer.score(profile(atMs: 300_000), nil, now: nowMs + 300_000, cause: nil, heardMs: nowMs)
    #expect(asked.state.nextDueMs == nowMs + Scorer.answerMs)
    let late = scorer.tick("p1", asked.state, heardMs: nowMs + Scorer.answerMs)
    #expect(listed(late) == [["loan"]] && late.lists[0].list.atMs == nowMs + 300_000)
  }

  @Test func `what nobody answers is asked again`() throws {
    let scorer = try Given.scorer(catalog)
    let asked = scorer.score(profile(), nil, now: nowMs, cause: nil)
    let late = scorer.tick("p1", asked.state, heardMs: nowMs + Scorer.answerMs)
    let again = scorer.tick("p1", late.state, heardMs: nowMs + Scorer.lostMs)
    #expect(again.requests.map(\.request.askedMs) == [nowMs + Scorer.lostMs] && again.lists.isEmpty)
    #expect(again.state.nextDueMs == nowMs + 2 * Scorer.lostMs)
  }

  /// He had the last unit under the profile that he was.
  @Test func `a contact that has moved asks also where nothing is left`() throws {
    var budget = Budget(proposition: "card", nowMs: nowMs)
    budget.counts = [BudgetCount(limit: Self.limit, sinceMs: Self.limit.per.startMs(at: nowMs), taken: 5)]
    var book = BudgetBook()
    book.take(budget)
    let scorer = Scorer(
      catalog: try CompiledCatalog(catalog), models: ModelSet(), budgets: book,
      settings: ScoringSettings(isSampling: false), mint: IdMint(secret: "test"))
    let moved = Given.profile(contacts: [Given.contact()], version: 1)
    let asked = scorer.score(moved, nil, now: nowMs, cause: nil)
    #expect(asked.requests.count == 1)
    #expect(listed(scorer.take(answer(true), "p1", asked.state, heardMs: nowMs + 1)) == [["card", "loan"]])
  }

  @Test func `a customer too large to be kept beside his state gets his list at once`() throws {
    let scorer = try Given.scorer(catalog)
    let large = Given.profile {
      $0.attributes = (0..<300).map {
        Attribute(
          name: "a\($0)", value: .string(String(repeating: "x", count: 1_000)), atMs: Given.nowMs, source: "crm")
      }
    }
    let outcome = scorer.score(large, nil, now: nowMs, cause: nil)
    #expect(outcome.requests.isEmpty && listed(outcome) == [["loan"]] && outcome.state.waiting == nil)
  }

  @Test func `a decision with units is derived again`() throws {
    let scorer = try Given.scorer(catalog)
    let asked = scorer.score(profile(), nil, now: nowMs, cause: nil)
    let late = scorer.tick("p1", asked.state, heardMs: nowMs + Scorer.answerMs)
    for outcome in [
      late, scorer.take(answer(true), "p1", asked.state, heardMs: nowMs + 4)!,
      scorer.take(answer(false), "p1", asked.state, heardMs: nowMs + 4)!,
    ] {
      let published = outcome.lists[0]
      let again = try NbaDecision(json: published.decision.json)
      #expect(again == published.decision)
      let explained = try explain(again, catalog: catalog, published: published.list)
      #expect(explained.differences == [])
      for entry in explained.entries where entry.rank == nil { #expect(entry.refusal?.contains("so much") == true) }
    }
  }

  @Test func `what would not be listed takes no unit`() throws {
    var catalog = catalog
    catalog.propositions[0].eligibility = [Rule(name: "of age", when: "customer.age > 17")]
    let outcome = try Given.scorer(catalog).score(profile(), nil, now: nowMs, cause: nil)
    #expect(outcome.requests.isEmpty && listed(outcome) == [["loan"]])
    #expect(outcome.lists[0].decision.units == DecisionUnits())
  }

  @Test func `of a kind the next takes the place of what was refused`() throws {
    let catalog = Given.catalog([
      Given.proposition("gold", group: "cards", value: 90_000) { $0.limits = [Self.limit] },
      Given.proposition("silver", group: "cards", value: 50_000) { $0.limits = [Self.limit] },
      Given.proposition("plain", group: "cards"),
    ])
    let scorer = try Given.scorer(catalog)
    var outcome: Scorer.Outcome? = scorer.score(profile(), nil, now: nowMs, cause: nil)
    #expect(outcome?.requests.map(\.request.proposition) == ["gold"])
    outcome = scorer.take(answer(false, "gold"), "p1", outcome!.state, heardMs: nowMs + 1)
    #expect(outcome?.requests.map(\.request.proposition) == ["silver"] && outcome?.lists.isEmpty == true)
    outcome = scorer.take(answer(false, "silver", asked: nowMs + 1), "p1", outcome!.state, heardMs: nowMs + 2)
    #expect(listed(outcome) == [["plain"]])
  }

  @Test func `where nothing is left nobody asks`() throws {
    var budget = Budget(proposition: "card", nowMs: nowMs)
    let midnightMs = Self.limit.per.startMs(at: nowMs)
    budget.counts = [BudgetCount(limit: Self.limit, sinceMs: midnightMs, taken: 5)]
    var book = BudgetBook()
    book.take(budget)
    let scorer = Scorer(
      catalog: try CompiledCatalog(catalog), models: ModelSet(), budgets: book,
      settings: ScoringSettings(isSampling: false), mint: IdMint(secret: "test"))
    let outcome = scorer.score(profile(), nil, now: nowMs, cause: nil)
    #expect(outcome.requests.isEmpty && listed(outcome) == [["loan"]])
    // On the next day there is some again.
    let next = scorer.score(profile(atMs: Given.dayMs), nil, now: nowMs + Given.dayMs, cause: nil)
    #expect(next.requests.count == 1)
  }

  @Test func `stock that is accepted away is listed no more, and takes nothing before`() throws {
    let limit = PropositionLimit(max: 2, per: .ever, of: .acceptances)
    let catalog = Given.catalog([
      Given.proposition("card", value: 90_000) { $0.limits = [limit] }, Given.proposition("loan"),
    ])
    for (taken, expected) in [(1, ["card", "loan"]), (2, ["loan"])] as [(Int64, [String])] {
      var budget = Budget(proposition: "card", nowMs: nowMs)
      budget.counts = [BudgetCount(limit: limit, sinceMs: 0, taken: taken)]
      var book = BudgetBook()
      book.take(budget)
      let scorer = Scorer(
        catalog: try CompiledCatalog(catalog), models: ModelSet(), budgets: book,
        settings: ScoringSettings(isSampling: false), mint: IdMint(secret: "test"))
      let outcome = scorer.score(profile(), nil, now: nowMs, cause: nil)
      #expect(outcome.requests.isEmpty && listed(outcome) == [expected])
    }
  }

  // What comes back

  private func granted(_ scorer: Scorer) throws -> ScorerState {
    let asked = scorer.score(profile(), nil, now: nowMs, cause: nil)
    return try #require(scorer.take(answer(true), "p1", asked.state, heardMs: nowMs + 4)).state
  }

  @Test func `what was never shown comes back when the channel has ended the contact`() throws {
    let scorer = try Given.scorer(catalog)
    let ended = scorer.score(profile(ended: "ended"), try granted(scorer), now: nowMs + 1_000, cause: nil)
    let dueMs = nowMs + 1_000 + Scorer.releaseMs
    #expect(ended.requests.isEmpty && ended.state.nextDueMs == dueMs)
    let released = scorer.tick("p1", ended.state, heardMs: dueMs)
    #expect(released.requests.map(\.type) == [.release] && released.state.nextDueMs == nil)
    #expect(released.state.contacts.map(\.lists) == [1] && released.state.contacts[0].units.isEmpty)
    #expect(scorer.tick("p1", released.state, heardMs: dueMs + 1).requests.isEmpty)
  }

  @Test func `what was shown does not come back, nor what somebody may still look at`() throws {
    let scorer = try Given.scorer(catalog)
    let shown = Response(list: "l", proposition: "card", outcome: .presented, atMs: nowMs + 9)
    let many = (0..<FacetBody.responsesMax).map {
      Response(list: "l\($0)", proposition: "loan", outcome: .presented, atMs: nowMs + 9)
    }
    for profile in [
      profile([shown], ended: "ended"), profile(many, ended: "ended"), profile(ended: "abandoned"),
      profile(ended: "handed-over"),
    ] {
      let ended = scorer.score(profile, try granted(scorer), now: nowMs + 1_000, cause: nil)
      #expect(ended.requests.isEmpty && ended.state.nextDueMs == nil)
      #expect(ended.state.contacts.flatMap(\.units).isEmpty)
    }
    // It is seen after the contact has ended, but before the unit goes back.
    let ended = scorer.score(profile(ended: "ended"), try granted(scorer), now: nowMs + 1_000, cause: nil)
    let late = scorer.score(profile([shown], ended: "ended"), ended.state, now: nowMs + 2_000, cause: nil)
    #expect(late.state.nextDueMs == nil && late.requests.isEmpty)
  }

  @Test func `what is granted to a contact that is over comes back`() throws {
    let scorer = try Given.scorer(catalog)
    let asked = scorer.score(profile(), nil, now: nowMs, cause: nil)
    let ended = scorer.score(profile(ended: "ended"), asked.state, now: nowMs + 1_000, cause: nil)
    #expect(ended.lists.isEmpty && ended.state.waiting != nil)
    let answered = try #require(scorer.take(answer(true), "p1", ended.state, heardMs: nowMs + 700_000))
    #expect(answered.requests.map(\.type) == [.release] && answered.state.contacts.isEmpty)
  }

  @Test func `a contact that goes on after all keeps its unit`() throws {
    let scorer = try Given.scorer(catalog)
    let ended = scorer.score(profile(ended: "ended"), try granted(scorer), now: nowMs + 1_000, cause: nil)
    let open = scorer.score(profile(atMs: 2_000), ended.state, now: nowMs + 2_000, cause: nil)
    #expect(open.requests.isEmpty && open.state.nextDueMs == nil && listed(open) == [["card", "loan"]])
  }

  @Test func `answers to nobody change nothing`() throws {
    let scorer = try Given.scorer(catalog)
    let state = try granted(scorer)
    #expect(scorer.take(answer(false), "p1", state, heardMs: nowMs + 9) == nil)
    #expect(scorer.take(answer(true, contact: "c9"), "p1", state, heardMs: nowMs + 9) == nil)
    let asked = scorer.score(profile(), nil, now: nowMs, cause: nil).state
    #expect(scorer.take(answer(true, asked: nowMs - 1), "p1", asked, heardMs: nowMs + 9) == nil)
  }

  @Test func `a state with units as JSON comes back`() throws {
    let scorer = try Given.scorer(catalog)
    let asked = scorer.score(profile(), nil, now: nowMs, cause: "e1").state
    #expect(try ScorerState(json: asked.json) == asked)
    let ended = scorer.score(profile(ended: "ended"), try granted(scorer), now: nowMs + 1_000, cause: nil).state
    #expect(try ScorerState(json: ended.json) == ended)
  }
}
