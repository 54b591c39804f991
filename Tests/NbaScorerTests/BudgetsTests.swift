import Contracts
import NbaScorerCore
import Seeds
import Testing

/// Who gets a unit of what there is only so much of.
struct BudgetsTests {
  private let nowMs: Int64 = 1_790_000_000_000
  private let dayMs: Int64 = 86_400_000

  /// The budget of one proposition, and the catalogue that it goes by.
  private final class Desk {
    var budgets = Budgets(mint: IdMint(secret: "test"))
    var budget: Budget?
    var nowMs: Int64

    init(_ limits: [PropositionLimit], nowMs: Int64) {
      self.nowMs = nowMs
      apply(limits)
    }

    func apply(_ limits: [PropositionLimit]?) {
      budgets.take(
        Given.catalog(limits.map { limits in [Given.proposition("card") { $0.limits = limits }] } ?? []))
    }

    @discardableResult
    func ask(
      _ contact: String, _ type: BudgetRequestType = .reserve, by profile: String = "p", lead: String? = nil,
      asked askedMs: Int64 = 1
    ) throws -> BudgetAnswer? {
      let request = BudgetRequest(
        proposition: "card", profile: profile, contact: contact, lead: lead, askedMs: askedMs)
      let decision = try budgets.decide("card", budget, type, request, now: nowMs)
      if decision.outcome != .ignored { budget = decision.budget }
      return decision.answer
    }

    func has(_ contact: String, by profile: String = "p") throws -> Bool {
      try ask(contact, by: profile)?.isGranted ?? false
    }

    func claims(_ lead: String) throws -> Bool { try ask("c", .claim, lead: lead)?.isGranted ?? false }

    var taken: [Int64] { budget?.counts.map(\.taken) ?? [] }
  }

  private func limit(
    _ max: Int64, _ per: PropositionLimit.Period = .ever, _ of: PropositionLimit.Measure = .contacts
  ) -> PropositionLimit { PropositionLimit(max: max, per: per, of: of) }

  @Test func `so many get one and no more, each one`() throws {
    let desk = Desk([limit(2)], nowMs: nowMs)
    #expect(try desk.has("a") && desk.has("b"))
    let refused = try #require(try desk.ask("c", asked: 7))
    #expect(!refused.isGranted && refused.reached == limit(2) && refused.askedMs == 7)
    // Who has one has it, whoever asks for him.
    #expect(try desk.has("a", by: "q"))
    #expect(desk.taken == [2])
  }

  @Test func `what comes back is given to another, once`() throws {
    let desk = Desk([limit(1)], nowMs: nowMs)
    try desk.ask("a")
    for _ in 1...3 { try desk.ask("a", .release) }
    #expect(desk.taken == [0])
    #expect(try desk.has("b") && !desk.has("c"))
    try desk.ask("a", .release)
    #expect(desk.taken == [1])
  }

  /// Else a release that comes late, or again, would take away what the contact has got since, or what another profile has
  /// shown in it.
  @Test func `only who took a unit gives it back, and only the one that he took`() throws {
    let desk = Desk([limit(1)], nowMs: nowMs)
    try desk.ask("a", asked: 1)
    try desk.ask("a", .release, by: "q", asked: 1)
    try desk.ask("a", .release, asked: 2)
    #expect(desk.taken == [1])
    try desk.ask("a", .release, asked: 1)
    try desk.ask("a", asked: 3)
    try desk.ask("a", .release, asked: 1)
    #expect(desk.taken == [1])
    // Two have a hand in it: it stays taken.
    try desk.ask("a", by: "q", asked: 4)
    try desk.ask("a", .release, asked: 3)
    try desk.ask("a", .release, by: "q", asked: 4)
    #expect(desk.taken == [1])
  }

  @Test func `a new period has new units, and what comes back from the old one adds none`() throws {
    let desk = Desk([limit(1, .day), limit(3, .month)], nowMs: nowMs)
    try desk.ask("a")
    #expect(try desk.ask("b")?.reached == limit(1, .day))
    desk.nowMs += dayMs
    #expect(try desk.has("b"))
    try desk.ask("a", .release)
    #expect(desk.taken == [1, 1])
    #expect(try desk.ask("c")?.reached == limit(1, .day))
  }

  @Test func `who asks again in a new period takes one of its`() throws {
    let desk = Desk([limit(1, .day), limit(9)], nowMs: nowMs)
    try desk.ask("a")
    desk.nowMs += dayMs
    #expect(try desk.has("a") && !desk.has("b"))
    #expect(desk.taken == [1, 1])
    desk.nowMs += dayMs
    #expect(try desk.has("b") && !desk.has("a"))
  }

  @Test func `a clock that goes back begins no period`() throws {
    let desk = Desk([limit(1, .day)], nowMs: nowMs)
    try desk.ask("a")
    desk.nowMs -= 2 * dayMs
    #expect(try !desk.has("b"))
    #expect(desk.budget?.nowMs == nowMs)
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
    let desk = Desk([limit(5, .day), limit(1, .ever)], nowMs: nowMs)
    try desk.ask("a")
    #expect(try desk.ask("b")?.reached == limit(1, .ever))
    #expect(desk.taken == [1, 1])
  }

  @Test func `contacts and acceptances are counted apart`() throws {
    let desk = Desk([limit(1), limit(1, .ever, .acceptances)], nowMs: nowMs)
    #expect(try desk.has("a") && desk.claims("l1") && desk.claims("l1"))
    let refused = try desk.ask("b", .claim, lead: "l2")
    #expect(refused?.isGranted == false && refused?.lead == "l2" && refused?.reached?.of == .acceptances)
    // Nobody's unit comes back that an acceptance has.
    try desk.ask("l1", .release)
    #expect(desk.taken == [1, 1])
  }

  @Test func `a catalogue that changes a limit goes on from what was taken`() throws {
    let desk = Desk([limit(1), limit(9, .ever, .acceptances)], nowMs: nowMs)
    #expect(try desk.has("a") && !desk.has("b"))
    desk.apply([limit(2)])
    #expect(try desk.has("b") && !desk.has("c"))
    // A limit that is new counts from now on, and gives nothing back that it never had.
    desk.nowMs += 5
    desk.apply([limit(9), limit(1, .week)])
    #expect(try desk.has("d"))
    try desk.ask("a", .release)
    try desk.ask("b", .release)
    #expect(try !desk.has("e"))
  }

  /// Rolled back, or taken out by mistake and put in again.
  @Test func `a limit that was away has counted on`() throws {
    let desk = Desk([limit(2)], nowMs: nowMs)
    try desk.ask("a")
    desk.apply([limit(9, .day)])
    #expect(try desk.has("b") && desk.has("c"))
    desk.apply([limit(2)])
    #expect(try !desk.has("d"))
    // The proposition is withdrawn, and somebody asks whose list still has it.
    desk.apply(nil)
    #expect(try !desk.has("d"))
    desk.apply([])
    try desk.ask("a", .release)
    desk.apply([limit(2)])
    #expect(try !desk.has("d"))
  }

  @Test func `what is limited by nothing is there`() throws {
    let desk = Desk([], nowMs: nowMs)
    for contact in ["a", "b", "c"] { #expect(try desk.has(contact)) }
    #expect(desk.budget?.holders.isEmpty == true)
  }

  @Test func `a limit of none gives none`() throws {
    #expect(try !Desk([limit(0)], nowMs: nowMs).has("a"))
  }

  /// Whatever is asked in whatever order, by several, over days and changes of the catalogue.
  @Test(arguments: 0..<200 as Range<UInt64>) func `never is more out than there is`(seed: UInt64) throws {
    var random = Seeded(seed)
    let most = Int64(random.below(6))
    let daily = Int64(random.below(4))
    let desk = Desk([limit(most), limit(daily, .day)], nowMs: nowMs)
    // Of each contact who holds units for it, since when; of each day who got one.
    var out: [String: Set<String>] = [:]
    var today: (day: Int64, contacts: Set<String>) = (0, [])
    for turn in 0..<400 {
      desk.nowMs += Int64(random.below(8)) == 0 ? dayMs / 3 : 1
      if desk.nowMs / dayMs != today.day { today = (desk.nowMs / dayMs, []) }
      let (contact, profile) = ("c\(random.below(12))", "p\(random.below(2))")
      switch random.below(10) {
      case 0...2:
        let before = desk.taken
        try desk.ask(contact, .release, by: profile)
        if desk.taken != before || out[contact] == [profile] {
          out[contact] = nil
          today.contacts.remove(contact)
        }
      case 3: desk.apply(random.chance(500) ? [limit(most)] : [limit(most), limit(daily, .day)])
      default:
        let isDaily = desk.budget?.counts.allSatisfy(\.isInForce) ?? true
        guard try desk.has(contact, by: profile) else { continue }
        out[contact, default: []].insert(profile)
        if isDaily { today.contacts.insert(contact) }
      }
      #expect(Int64(out.count) <= most, "seed \(seed), turn \(turn)")
    }
  }

  @Test func `more holders than are kept have their units still`() throws {
    let most = Int64(Budget.holdersMax + 10)
    let desk = Desk([limit(most)], nowMs: nowMs)
    for number in 0..<most { #expect(try desk.has("c\(number)")) }
    #expect(desk.budget?.holders.count == Budget.holdersMax)
    try desk.ask("c0", .release)
    #expect(try !desk.has("one more"))
    #expect(desk.budget!.json.count < 200_000)
  }

  @Test func `bad requests are refused with the place`() {
    let desk = Desk([limit(1)], nowMs: nowMs)
    func refusal(
      _ contact: String = "c", _ profile: String = "p", _ proposition: String = "card", key: String = "card",
      _ type: BudgetRequestType = .reserve
    ) -> String? {
      let request = BudgetRequest(proposition: proposition, profile: profile, contact: contact, askedMs: 1)
      do { _ = try desk.budgets.decide(key, nil, type, request, now: nowMs) } catch { return error.field }
      return nil
    }
    #expect(refusal() == nil)
    #expect(refusal(key: "loan") == "proposition")
    #expect(refusal("c", "p", "loan", key: "loan") == "proposition")
    #expect(refusal("") == "contact")
    #expect(refusal("c", "") == "profile")
    #expect(refusal("c", "p", "card", key: "card", .claim) == "lead")
  }

  @Test func `a budget as JSON comes back, with and without its holders`() throws {
    let desk = Desk([limit(2), limit(1, .day, .acceptances)], nowMs: nowMs)
    try desk.ask("a")
    try desk.ask("a", by: "q")
    let whole = try #require(desk.budget)
    #expect(try Budget(json: whole.json) == whole)
    var counts = whole
    counts.holders = []
    #expect(try Budget(counts: whole.json) == counts)
  }
}
