import Contracts
import LeadManagerCore
import Testing

/// Two persons of whom one was taken for the other: `b` came from `p2` to `a`'s profile, and goes back.
@Suite struct PartingTests {
  private let a = "customer:a#0"
  private let b = "cookie:b#0"
  private let splitMs: Int64 = 10_000
  private var lookedAtMs: Int64 { splitMs + Leads.partingMs }

  private func linked(_ propositions: [Proposition] = [mortgage(), card()]) -> Scenario { Scenario(propositions) }

  private func event(
    _ scenario: Scenario, _ type: EventType, by facet: String, atMs: Int64,
    _ fill: (inout Interaction) -> Void = { _ in }
  ) -> TimelineEvent {
    var event = scenario.event(type, facet: facet, atMs: atMs, fill)
    if facet == b { event.facet.version = 2 }
    return event
  }

  @discardableResult
  private func form(_ scenario: Scenario, by facet: String, atMs: Int64 = 2_000) throws -> [LeadOutput] {
    try scenario.when(
      "p1", .event(event(scenario, .formSubmitted, by: facet, atMs: atMs) { $0.form = "mortgage" }), atMs: atMs)
  }

  @discardableResult
  private func order(
    _ scenario: Scenario, by facet: String, _ amountMinor: Int64 = 900, atMs: Int64 = 3_000
  ) throws -> [LeadOutput] {
    let order = event(scenario, .orderPlaced, by: facet, atMs: atMs) {
      ($0.product, $0.amountMinor, $0.currency) = ("card", amountMinor, "EUR")
    }
    return try scenario.when("p1", .event(order), atMs: atMs)
  }

  private func accept(
    _ scenario: Scenario, _ proposition: String, by facet: String, atMs: Int64 = 1_000
  ) throws {
    var acceptance = scenario.acceptance(
      of: proposition, contact: facet == a ? "ca" : "cb", facet: facet, atMs: atMs)
    if facet == b { acceptance.facet.version = 2 }
    try scenario.when("p1", .event(acceptance), atMs: atMs)
  }

  private func move(
    _ scenario: Scenario, _ facet: String, _ version: Int64, from: String, to: String, atMs: Int64
  ) throws {
    let reference = FacetReference(facet: facet, version: version, seq: 9)
    try scenario.when(from, .facetLeft(reference, to: to), atMs: atMs)
    try scenario.when(to, .facetReceived(reference), atMs: atMs)
    try scenario.deliver(atMs: atMs)
  }

  private func split(_ scenario: Scenario, lookedAt: Bool = true) throws {
    try move(scenario, b, 3, from: "p1", to: "p2", atMs: splitMs)
    if lookedAt { try look(scenario, atMs: lookedAtMs) }
  }

  /// Every profile looks, and what that sets off is delivered.
  private func look(_ scenario: Scenario, atMs: Int64) throws {
    for atMs in [atMs - Leads.partingMs, atMs] {
      for profile in scenario.states.keys.sorted() { try scenario.when(profile, .tick, atMs: atMs) }
    }
    try scenario.deliver(atMs: atMs)
    for (profile, state) in scenario.states {
      #expect(state.partingMs.map { $0 > atMs } != true && state.parted == nil, "\(profile) waits for nothing more")
    }
  }

  @Test func aStepThatAnothersFormCompletedIsOpenAgain() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: a)
    #expect(try form(scenario, by: b).kinds == ["advanced", "task"])
    try split(scenario, lookedAt: false)
    #expect(scenario.lead("mortgage")?.step == 1, "nothing is undone at once")
    for atMs in [splitMs, lookedAtMs - 1] { try scenario.when("p1", .tick, atMs: atMs) }
    #expect(scenario.lead("mortgage")?.step == 1)
    try look(scenario, atMs: lookedAtMs)
    let lead = try #require(scenario.lead("mortgage"))
    #expect(lead.status == .open && lead.step == 0 && lead.history == [] && lead.stepSinceMs == 1_000)
    #expect(scenario.said.kinds.filter { $0 == "revised" }.count == 1)
  }

  @Test func aTaskThatIsAskedForAgainHasAnotherIdAndEitherAnswerCounts() throws {
    for isNew in [true, false] {
      let scenario = linked()
      try accept(scenario, "mortgage", by: a)
      let first = try #require(try form(scenario, by: b).tasks.first)
      try split(scenario)
      let second = try #require(try form(scenario, by: a, atMs: lookedAtMs + 1).tasks.first)
      #expect(first.id != second.id && second.dueMs == nil)
      let done = event(scenario, .taskDone, by: a, atMs: lookedAtMs + 2) { $0.task = isNew ? second.id : first.id }
      try scenario.when("p1", .event(done), atMs: lookedAtMs + 2)
      #expect(scenario.lead("mortgage")?.step == 2)
    }
  }

  @Test func whatOneDidAfterTheOtherIsWhatCountsThen() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: a)
    try form(scenario, by: b, atMs: 2_000)
    #expect(try form(scenario, by: a, atMs: 3_000).kinds == [])
    try split(scenario)
    let lead = try #require(scenario.lead("mortgage"))
    #expect(lead.step == 1 && lead.history.map(\.atMs) == [3_000] && lead.stepSinceMs == 3_000)
  }

  @Test func anAcceptanceThatWasOnlyNotedOpensItsLeadWithWhatFollowedIt() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: a)
    try accept(scenario, "mortgage", by: b, atMs: 1_500)
    try form(scenario, by: b)
    #expect(scenario.states["p1"]?.leads.count == 1)
    try split(scenario)
    #expect(scenario.lead("mortgage")?.step == 0 && scenario.lead("mortgage")?.history == [])
    let lead = try #require(scenario.lead("mortgage", of: "p2"))
    #expect(lead.id == mint.lead(contact: "cb", proposition: "mortgage"))
    #expect(lead.facet == b && lead.facetVersion == 3 && lead.contact == "cb" && lead.openedMs == 1_500)
    #expect(lead.step == 1 && lead.history.map(\.atMs) == [2_000])
    #expect(scenario.said.tasks.last?.lead == lead.id)
    try move(scenario, b, 4, from: "p2", to: "p3", atMs: lookedAtMs + 1)
    #expect(scenario.lead("mortgage", of: "p3")?.id == lead.id)
  }

  @Test func anOrderThatWonTheHostsLeadWinsTheOthersAndCountsOnce() throws {
    let scenario = linked()
    try accept(scenario, "card", by: a)
    try accept(scenario, "card", by: b, atMs: 1_500)
    #expect(try order(scenario, by: b).kinds == ["won"])
    try split(scenario)
    #expect(scenario.lead("card")?.status == .open && scenario.lead("card")?.netRevenueMinor == nil)
    #expect(scenario.lead("card", of: "p2")?.status == .won)
    #expect(scenario.lead("card", of: "p2")?.netRevenueMinor == 900)
    // His own may be won once more.
    try order(scenario, by: a, 700, atMs: lookedAtMs + 1)
    #expect(scenario.lead("card")?.netRevenueMinor == 700)
  }

  @Test func hisOwnLeadThatHadMissedHisOrderIsWonByIt() throws {
    let scenario = linked()
    try accept(scenario, "card", by: a)
    let acceptance = scenario.acceptance(of: "card", contact: "cb", facet: b, atMs: 900)
    try scenario.when("p2", .event(acceptance), atMs: 900)
    try move(scenario, b, 2, from: "p2", to: "p1", atMs: 1_000)
    try order(scenario, by: b)
    #expect(scenario.states["p1"]?.leads.map(\.status) == [.won, .open])
    try split(scenario)
    #expect(scenario.lead("card")?.status == .open)
    #expect(scenario.lead("card", of: "p2")?.netRevenueMinor == 900)
  }

  @Test func evidenceOfOneWhoStayedComesBackFromALeadThatLeft() throws {
    let scenario = linked()
    try accept(scenario, "card", by: b)
    try accept(scenario, "card", by: a, atMs: 1_500)
    try accept(scenario, "mortgage", by: b)
    try form(scenario, by: a)
    try order(scenario, by: a)
    try split(scenario, lookedAt: false)
    #expect(scenario.lead("card", of: "p2")?.status == .won)
    try look(scenario, atMs: lookedAtMs)
    #expect(scenario.lead("card", of: "p2")?.status == .open && scenario.lead("mortgage", of: "p2")?.step == 0)
    #expect(scenario.lead("card")?.netRevenueMinor == 900 && scenario.lead("card")?.contact == "ca")
    #expect(scenario.states["p1"]?.leads.count == 1)
  }

  @Test func aRejectionOfTheOthersIsNone() throws {
    let scenario = linked()
    try accept(scenario, "card", by: a)
    try accept(scenario, "card", by: b, atMs: 1_500)
    let rejection = event(scenario, .nbaRejected, by: b, atMs: 2_000) { $0.proposition = "card" }
    #expect(try scenario.when("p1", .event(rejection), atMs: 2_000).kinds == ["lost"])
    #expect(try order(scenario, by: a).kinds == [])
    try split(scenario)
    #expect(scenario.lead("card")?.status == .won && scenario.lead("card")?.netRevenueMinor == 900)
    #expect(scenario.lead("card", of: "p2")?.lostReason == "rejected")
  }

  @Test func whatStaffHasSaidStays() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: a)
    try accept(scenario, "card", by: a)
    try form(scenario, by: b)
    let complete = LeadCommand(lead: mint.lead(contact: "ca", proposition: "mortgage"), by: "ann")
    try scenario.when("p1", .command(.completeStep, complete, id: "w/1"), atMs: 2_500)
    let noted = scenario.acceptance(of: "card", contact: "cb", facet: b, atMs: 2_600)
    try scenario.when("p1", .event(noted), atMs: 2_600)
    let win = LeadCommand(lead: mint.lead(contact: "ca", proposition: "card"), by: "ann", netRevenueMinor: 77)
    try scenario.when("p1", .command(.win, win, id: "w/2"), atMs: 2_700)
    try split(scenario)
    #expect(scenario.lead("mortgage")?.step == 2 && scenario.lead("mortgage")?.history.map(\.by) == ["ann"])
    #expect(scenario.lead("card")?.status == .won && scenario.lead("card")?.netRevenueMinor == 77)
    #expect(scenario.lead("card", of: "p2")?.status == .open)
    #expect(scenario.said.kinds.filter { $0 == "won" }.count == 1)
  }

  @Test func aStepThatNobodyHasDoneInTimeIsOverdueAndOneThatHeDidInTimeIsNot() throws {
    for own in [true, false] {
      let scenario = linked()
      try accept(scenario, "mortgage", by: a)
      try form(scenario, by: b)
      if own { try form(scenario, by: a, atMs: 3_000) }
      let lateMs = 73 * hourMs
      try move(scenario, b, 3, from: "p1", to: "p2", atMs: lateMs)
      try look(scenario, atMs: lateMs + Leads.partingMs)
      let lead = try #require(scenario.lead("mortgage"))
      #expect(lead.lostReason == (own ? nil : "overdue") && lead.step == (own ? 1 : 0))
    }
  }

  /// Facets come one after the other, and meet again.
  @Test func anOrdinaryLoginChangesNothingAndSaysNothing() throws {
    let (cookie, login) = ("cookie:a#0", "login:a#0")
    for first in [cookie, login] {
      let scenario = linked()
      try scenario.accept("mortgage", facet: cookie)
      try scenario.accept("card", contact: "c2", facet: login)
      for facet in [login, cookie] {
        let form = scenario.event(.formSubmitted, facet: facet, atMs: 2_000) { $0.form = "mortgage" }
        try scenario.when("p1", .event(form), atMs: 2_000)
      }
      for facet in [first, first == cookie ? login : cookie] {
        try move(scenario, facet, 2, from: "p1", to: "p2", atMs: 3_000)
      }
      let (before, said) = (scenario.states["p2"]?.leads, scenario.said.kinds)
      try look(scenario, atMs: 3_000 + Leads.partingMs)
      #expect(scenario.states["p2"]?.leads.map(\.history) == before?.map(\.history) && before?.count == 2)
      #expect(scenario.said.kinds.filter { $0 != "withdraw" } == said)
      #expect(scenario.states["p1"]?.leads == [] && before?.allSatisfy { $0.revision == nil } == true)
    }
  }

  @Test func whoIsJoinedAgainBeforeItIsLookedAtHasLostNothing() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: a)
    try accept(scenario, "card", by: b)
    try form(scenario, by: b)
    try order(scenario, by: a)
    let before = scenario.states["p1"]?.leads.sorted { $0.id < $1.id }.map(\.history)
    try split(scenario, lookedAt: false)
    try move(scenario, b, 4, from: "p2", to: "p1", atMs: splitMs + 1)
    try look(scenario, atMs: lookedAtMs + 1)
    #expect(scenario.states["p1"]?.leads.sorted { $0.id < $1.id }.map(\.history) == before)
    #expect(!scenario.said.kinds.contains("revised") && !scenario.said.kinds.contains("evidence"))
  }

  @Test func whoIsSplitTwiceIsFollowedToWhereHeIsNow() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: a)
    try accept(scenario, "mortgage", by: b, atMs: 1_500)
    try form(scenario, by: b)
    try split(scenario, lookedAt: false)
    try move(scenario, b, 4, from: "p2", to: "p1", atMs: splitMs + 1)
    try move(scenario, b, 5, from: "p1", to: "p3", atMs: splitMs + 2)
    try move(scenario, b, 6, from: "p3", to: "p4", atMs: splitMs + 3)
    try look(scenario, atMs: lookedAtMs + 3)
    #expect(scenario.lead("mortgage")?.step == 0 && scenario.lead("mortgage", of: "p4")?.step == 1)
    #expect(scenario.lead("mortgage", of: "p2") == nil && scenario.lead("mortgage", of: "p3") == nil)
  }

  @Test func whoIsSplitAndJoinedOnceMoreHasBothLeadsAndTheOrderOnce() throws {
    let scenario = linked()
    try accept(scenario, "card", by: a)
    try accept(scenario, "card", by: b, atMs: 1_500)
    try order(scenario, by: b)
    try split(scenario)
    try move(scenario, b, 4, from: "p2", to: "p1", atMs: lookedAtMs + 1)
    try look(scenario, atMs: lookedAtMs + 1 + Leads.partingMs)
    #expect(scenario.states["p1"]?.leads.map(\.status) == [.open, .won])
    #expect(scenario.states["p1"]?.leads.compactMap(\.netRevenueMinor) == [900])
  }

  /// A wrong link may hold for days: what was taken out then counts again when the two have found each other.
  @Test func whatWasTakenAwayByTheLinkItselfComesBackWithTheSplit() throws {
    for hasLeadLeft in [true, false] {
      let scenario = linked()
      try accept(scenario, "mortgage", by: hasLeadLeft ? b : a)
      try form(scenario, by: hasLeadLeft ? a : b)
      try move(scenario, b, 3, from: "p1", to: "p2", atMs: splitMs)
      try look(scenario, atMs: lookedAtMs)
      #expect(scenario.lead("mortgage", of: hasLeadLeft ? "p2" : "p1")?.step == 0)
      let days = 2 * 24 * hourMs
      try move(scenario, b, 4, from: "p2", to: "p1", atMs: splitMs + days)
      try look(scenario, atMs: lookedAtMs + days)
      let lead = try #require(scenario.lead("mortgage"))
      #expect(lead.step == 1 && lead.status == .open && lead.history.map(\.atMs) == [2_000])
      #expect(scenario.states["p2"]?.leads.isEmpty != false)
    }
  }

  /// The two became a third profile's together, and are split there.
  @Test func evidenceThatBothTookAlongIsPartedWhereTheyPart() throws {
    for isLeadFirst in [true, false] {
      let scenario = linked()
      try accept(scenario, "card", by: b)
      try accept(scenario, "card", by: a, atMs: 1_500)
      try order(scenario, by: a)
      for facet in isLeadFirst ? [b, a] : [a, b] {
        try move(scenario, facet, facet == a ? 2 : 3, from: "p1", to: "p3", atMs: 4_000)
      }
      try look(scenario, atMs: 4_000 + Leads.partingMs)
      #expect(scenario.lead("card", of: "p3")?.status == .won && !scenario.said.kinds.contains("revised"))
      let partedMs = 4_001 + Leads.partingMs
      try move(scenario, b, 4, from: "p3", to: "p2", atMs: partedMs)
      try look(scenario, atMs: partedMs + Leads.partingMs)
      #expect(
        scenario.lead("card", of: "p2")?.status == .open && scenario.lead("card", of: "p3")?.netRevenueMinor == 900)
    }
  }

  /// Found by the fault simulation: of two who did the same before the lead came, the one who did it first is gone.
  @Test func whatIsRememberedIsEvidenceAlsoWhereAnotherHadDoneItBefore() throws {
    let scenario = linked()
    try form(scenario, by: b, atMs: 2_000)
    try form(scenario, by: a, atMs: 3_000)
    try accept(scenario, "mortgage", by: a)
    #expect(scenario.lead("mortgage")?.history.map(\.atMs) == [2_000])
    try split(scenario)
    #expect(scenario.lead("mortgage")?.history.map(\.atMs) == [3_000] && scenario.lead("mortgage")?.step == 1)
  }

  /// Found by the fault simulation: what completed a step of his is remembered where the other's lead is opened then.
  @Test func aLeadThatIsOpenedByEvidenceHasNothingOfWhoHasLeft() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: b)
    try accept(scenario, "mortgage", by: a, atMs: 1_500)
    try form(scenario, by: b)
    try split(scenario)
    #expect(scenario.lead("mortgage")?.step == 0 && scenario.lead("mortgage", of: "p2")?.step == 1)
  }

  /// Found by the fault simulation: what is remembered of somebody who has left completes a step of a lead that comes.
  @Test func whatIsRememberedOfOneWhoHasLeftIsHisAlsoForALeadThatComesLater() throws {
    let scenario = linked()
    try form(scenario, by: b)
    try split(scenario)
    try scenario.when(
      "p3", .event(scenario.acceptance(of: "mortgage", contact: "ca", facet: a, atMs: 1_000)), atMs: 1_000)
    try move(scenario, a, 2, from: "p3", to: "p1", atMs: lookedAtMs + 1)
    #expect(scenario.lead("mortgage")?.step == 1)
    try look(scenario, atMs: lookedAtMs + 1 + Leads.partingMs)
    #expect(scenario.lead("mortgage")?.step == 0)
  }

  @Test func anOrderThatWentAwayAndCameBackCountsOnce() throws {
    let scenario = linked()
    try accept(scenario, "card", by: a)
    try order(scenario, by: b)
    try scenario.when(
      "p2", .event(scenario.acceptance(of: "card", contact: "other", facet: "customer:c#0", atMs: 1_500)), atMs: 1_500)
    try split(scenario)
    #expect(scenario.lead("card")?.status == .open && scenario.lead("card", of: "p2")?.netRevenueMinor == 900)
    try move(scenario, b, 4, from: "p2", to: "p1", atMs: lookedAtMs + 1)
    try look(scenario, atMs: lookedAtMs + 1 + Leads.partingMs)
    #expect(scenario.lead("card")?.netRevenueMinor == 900 && scenario.lead("card", of: "p2")?.status == .open)
  }

  @Test func whatStaffHasLostStaysLostWhateverComesBack() throws {
    let scenario = linked()
    try accept(scenario, "card", by: a)
    let noted = scenario.acceptance(of: "card", contact: "cb", facet: b, atMs: 1_100)
    try scenario.when("p2", .event(noted), atMs: 1_100)
    try move(scenario, b, 2, from: "p2", to: "p1", atMs: 1_200)
    try order(scenario, by: b)
    let lose = LeadCommand(lead: mint.lead(contact: "cb", proposition: "card"), by: "ann")
    try scenario.when("p1", .command(.lose, lose, id: "w/1"), atMs: 4_000)
    try split(scenario)
    #expect(scenario.lead("card", of: "p2")?.lostReason == "by-staff" && scenario.lead("card")?.status == .open)
  }

  @Test func aLeadThatIsTooLongOrFromBeforeStaysAsItIs() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: a)
    try form(scenario, by: b)
    for number in 0..<Int64(Lead.toldMax) { try form(scenario, by: a, atMs: 2_001 + number) }
    #expect(scenario.lead("mortgage")?.told == nil)
    try split(scenario)
    #expect(scenario.lead("mortgage")?.step == 1 && !scenario.said.kinds.contains("revised"))
  }

  @Test func aDerivedLeadThatIsToldNothingElseIsTheSame() throws {
    let scenario = linked()
    try accept(scenario, "mortgage", by: a)
    try form(scenario, by: a)
    let task = try #require(scenario.lead("mortgage")).taskId
    try scenario.when(
      "p1", .event(event(scenario, .taskFailed, by: a, atMs: 2_500) { $0.task = task }), atMs: 2_500)
    try form(scenario, by: b, atMs: 2_600)
    let before = try #require(scenario.lead("mortgage"))
    try split(scenario)
    var after = try #require(scenario.lead("mortgage"))
    #expect(after.told?.map(\.away) == [nil, nil, "p2"] && after.revision == 1 && after.failures == 1)
    #expect(!scenario.said.kinds.contains("revised"), "nothing to say")
    (after.told, after.revision) = (before.told, nil)
    #expect(after == before)
  }
}
