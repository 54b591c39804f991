import Contracts
import NbaScorerCore
import Seeds
import Testing

/// Who gets a unit of what there is only so much of.
struct BudgetsTests {
  private let budgets = Budgets(mint: IdMint(secret: "test"))
  private let nowMs: Int64 = 1_790_000_000_000
  private let dayMs: Int64 = 86_400_000

  private func limit(
    _ max: Int64, _ per: PropositionLimit.Period = .ever, _ of: PropositionLimit.Measure = .contacts
  ) -> PropositionLimit { PropositionLimit(max: max, per: per, of: of) }

  private func request(
    _ contact: String, _ limits: [PropositionLimit], version: String = "1-a", lead: String? = nil
  ) -> BudgetRequest {
    BudgetRequest(
      proposition: "card", limits: limits, catalogVersion: version, profile: "p", contact: contact, lead: lead)
  }

  /// The answer, with the budget as it is then.
  private func ask(
    _ type: BudgetRequestType, _ request: BudgetRequest, _ budget: inout Budget?, atMs: Int64? = nil
  ) throws -> BudgetAnswer? {
    let decision = try budgets.decide("card", budget, type, request, now: atMs ?? budget?.nowMs ?? nowMs)
    budget = decision.budget ?? budget
    return decision.answer
  }

  private func ask(_ request: BudgetRequest, _ budget: inout Budget?, atMs: Int64? = nil) throws -> BudgetAnswer? {
    try ask(.reserve, request, &budget, atMs: atMs)
  }

  @Test func `so many get one and no more, each one`() throws {
    var budget: Budget?
    for contact in ["a", "b"] { #expect(try ask(request(contact, [limit(2)]), &budget)?.isGranted == true) }
    let refused = try #require(try ask(request("c", [limit(2)]), &budget))
    #expect(!refused.isGranted && refused.reached == limit(2))
    // Who has one has it, whoever asks for him.
    #expect(try ask(request("a", [limit(2)]), &budget)?.isGranted == true)
    #expect(budget?.counts.map(\.taken) == [2])
  }

  @Test func `what comes back is given to another, once`() throws {
    var budget: Budget?
    _ = try ask(request("a", [limit(1)]), &budget)
    for _ in 1...3 { #expect(try ask(.release, request("a", [limit(1)]), &budget, atMs: nowMs + 1) == nil) }
    #expect(budget?.counts.map(\.taken) == [0])
    #expect(try ask(request("b", [limit(1)]), &budget)?.isGranted == true)
    #expect(try ask(request("c", [limit(1)]), &budget)?.isGranted == false)
    #expect(try ask(.release, request("a", [limit(1)]), &budget) == nil)
    #expect(budget?.counts.map(\.taken) == [1])
  }

  @Test func `a new period has new units, and what comes back from the old one adds none`() throws {
    var budget: Budget?
    let limits = [limit(1, .day), limit(3, .month)]
    _ = try ask(request("a", limits), &budget)
    #expect(try ask(request("b", limits), &budget)?.reached == limit(1, .day))
    #expect(try ask(request("b", limits), &budget, atMs: nowMs + dayMs)?.isGranted == true)
    _ = try ask(.release, request("a", limits), &budget)
    #expect(budget?.counts.map(\.taken) == [1, 1])
    #expect(try ask(request("c", limits), &budget)?.reached == limit(1, .day))
  }

  @Test func `periods begin at midnight, on Mondays and on the first`() {
    let at = Timestamps.milliseconds("2026-11-26T13:14:15Z")!
    func start(_ period: PropositionLimit.Period) -> String { Timestamps.text(period.startMs(at: at)) }
    #expect(start(.day) == "2026-11-26T00:00:00.000Z")
    #expect(start(.week) == "2026-11-23T00:00:00.000Z")
    #expect(start(.month) == "2026-11-01T00:00:00.000Z")
    #expect(PropositionLimit.Period.ever.startMs(at: at) == 0)
  }

  @Test func `of two limits both must have one`() throws {
    var budget: Budget?
    let limits = [limit(5, .day), limit(1, .ever)]
    _ = try ask(request("a", limits), &budget)
    #expect(try ask(request("b", limits), &budget)?.reached == limit(1, .ever))
    #expect(budget?.counts.map(\.taken) == [1, 1])
  }

  @Test func `contacts and acceptances are counted apart`() throws {
    var budget: Budget?
    let limits = [limit(1), limit(1, .ever, .acceptances)]
    #expect(try ask(request("a", limits), &budget)?.isGranted == true)
    #expect(try ask(.claim, request("a", limits, lead: "l1"), &budget)?.isGranted == true)
    #expect(try ask(.claim, request("a", limits, lead: "l1"), &budget)?.isGranted == true)
    let refused = try ask(.claim, request("b", limits, lead: "l2"), &budget)
    #expect(refused?.isGranted == false && refused?.lead == "l2" && refused?.reached == limits[1])
    // Nobody's unit comes back that an acceptance has.
    _ = try ask(.release, request("l1", limits), &budget, atMs: nowMs + 1)
    #expect(budget?.counts.map(\.taken) == [1, 1])
  }

  @Test func `the newest catalogue's limits hold, whoever asks by an older one`() throws {
    var budget: Budget?
    _ = try ask(request("a", [limit(1)], version: "2-b"), &budget)
    #expect(try ask(request("b", [limit(9)], version: "1-a"), &budget)?.isGranted == false)
    #expect(try ask(request("b", [limit(2)], version: "3-c"), &budget)?.isGranted == true)
    #expect(try ask(request("c", [limit(9)], version: "2-b"), &budget)?.isGranted == false)
    // A limit that is new counts from now on, and gives nothing back that it never had.
    let two = [limit(9), limit(1, .week)]
    #expect(try ask(request("d", two, version: "4-d"), &budget, atMs: nowMs + 5)?.isGranted == true)
    _ = try ask(.release, request("a", two, version: "4-d"), &budget, atMs: nowMs + 6)
    #expect(budget?.counts.map(\.taken) == [2, 1])
    #expect(try ask(request("e", two, version: "4-d"), &budget)?.reached == two[1])
  }

  @Test func `what is limited by nothing is there`() throws {
    var budget: Budget?
    for contact in ["a", "b", "c"] { #expect(try ask(request(contact, []), &budget)?.isGranted == true) }
  }

  @Test func `a limit of none gives none`() throws {
    var budget: Budget?
    #expect(try ask(request("a", [limit(0)]), &budget)?.isGranted == false)
  }

  /// Of all that a budget is asked in any order, there never are more units than it has.
  @Test(arguments: 0..<100 as Range<UInt64>) func `never is more out than there is`(seed: UInt64) throws {
    var random = Seeded(seed)
    var budget: Budget?
    var out: Set<String> = []
    let most = Int64(random.below(6))
    for turn in 0..<400 {
      let contact = "c\(random.below(12))"
      let atMs = nowMs + Int64(turn)
      if random.chance(300) {
        _ = try ask(.release, request(contact, [limit(most)]), &budget, atMs: atMs)
        out.remove(contact)
      } else if try ask(request(contact, [limit(most)]), &budget, atMs: atMs)?.isGranted == true {
        out.insert(contact)
      }
      #expect(Int64(out.count) <= most && budget?.counts.first?.taken ?? 0 >= Int64(out.count), "seed \(seed)")
    }
  }

  @Test func `more holders than are kept have their units still`() throws {
    var budget: Budget?
    let most = Int64(Budget.holdersMax + 10)
    for number in 0..<most { #expect(try ask(request("c\(number)", [limit(most)]), &budget)?.isGranted == true) }
    #expect(budget?.holders.count == Budget.holdersMax)
    #expect(try ask(.release, request("c0", [limit(most)]), &budget, atMs: nowMs + 1) == nil)
    #expect(try ask(request("one more", [limit(most)]), &budget)?.isGranted == false)
  }

  @Test func `bad requests are refused with the place`() {
    func refusal(_ request: BudgetRequest, _ type: BudgetRequestType = .reserve, key: String = "card") -> String? {
      do { _ = try budgets.decide(key, nil, type, request, now: nowMs) } catch { return error.field }
      return nil
    }
    #expect(refusal(request("a", []), key: "loan") == "proposition")
    #expect(refusal(request("a", [limit(-1)])) == "limits[0].max")
    #expect(refusal(request("a", [limit(1), limit(2)])) == "limits[1]")
    #expect(refusal(request("a", Array(repeating: limit(1), count: 9))) == "limits")
    #expect(refusal(request("", [])) == "contact")
    #expect(refusal(request("a", []), .claim) == "lead")
  }

  @Test func `a budget as JSON comes back, with and without its holders`() throws {
    var budget: Budget?
    _ = try ask(request("a", [limit(2), limit(1, .day, .acceptances)]), &budget)
    let whole = try #require(budget)
    #expect(try Budget(json: whole.json) == whole)
    var counts = whole
    counts.holders = []
    #expect(try Budget(counts: whole.json) == counts)
  }
}
