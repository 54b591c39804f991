import Contracts
import LeadManagerCore
import Testing

@Suite struct OpeningTests {
  @Test func anAcceptanceOpensALeadWithThePropositionsSteps() throws {
    let scenario = Scenario([mortgage()])
    let said = try scenario.accept("mortgage")
    #expect(said.kinds == ["opened"])
    let lead = try #require(scenario.lead("mortgage"))
    #expect(lead.id == mint.lead(contact: "c1", proposition: "mortgage"))
    #expect(lead.steps == mortgage().steps)
    #expect(lead.facet == "cookie:a#0")
    #expect(lead.expectedValueMinor == 150_000)
    #expect(scenario.states["p1"]?.nextDueMs == 1_000 + 72 * hourMs)
  }

  @Test func theSameAcceptanceTwiceOpensNothing() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    let before = scenario.states["p1"]
    #expect(try scenario.accept("mortgage", atMs: 2_000) == [])
    #expect(scenario.states["p1"] == before)
  }

  @Test func aSecondAcceptanceWhileALeadIsOpenIsNotedOnIt() throws {
    let scenario = Scenario([mortgage()])
    try scenario.accept("mortgage")
    #expect(try scenario.accept("mortgage", contact: "c2", atMs: 2_000) == [])
    #expect(scenario.states["p1"]?.leads.count == 1)
    #expect(scenario.lead("mortgage")?.history.map(\.event) == ["nba.accepted"])
  }

  @Test func afterTheFirstIsClosedAnAcceptanceOpensASecondLead() throws {
    let scenario = Scenario([card()])
    try scenario.accept("card")
    let order = scenario.event(.orderPlaced, atMs: 1_500) {
      $0.product = "card"
      $0.amountMinor = 3_900
      $0.currency = "EUR"
    }
    try scenario.when("p1", .event(order), atMs: 1_500)
    #expect(try scenario.accept("card", contact: "c2", atMs: 2_000).kinds == ["opened"])
    #expect(scenario.states["p1"]?.leads.map(\.status) == [.won, .open])
  }

  @Test(arguments: [Proposition.Kind.service, .content, .question])
  func whatHasNoStepsAndSellsNothingIsWonAtOnceForNothing(_ kind: Proposition.Kind) throws {
    let scenario = Scenario([simple("tip", kind)])
    #expect(try scenario.accept("tip").kinds == ["opened", "won"])
    #expect(scenario.lead("tip")?.netRevenueMinor == 0)
  }

  @Test(arguments: [Proposition.Kind.offer, .retention])
  func anOfferWithoutStepsIsWonAtOnceForItsValue(_ kind: Proposition.Kind) throws {
    let scenario = Scenario([simple("stay", kind)])
    #expect(try scenario.accept("stay").kinds == ["opened", "won"])
    #expect(scenario.lead("stay")?.netRevenueMinor == 700)
  }

  @Test func anUnknownPropositionIsRefusedWithItsName() {
    let scenario = Scenario([card()])
    let refusal = #expect(throws: Refusal.self) { try scenario.accept("boat") }
    #expect(refusal?.stage == "catalog")
    #expect(refusal?.reason.contains("boat") == true)
  }

  @Test func whatWasNotOnTheListOpensNothingAndIsSaid() throws {
    let scenario = Scenario([card(), mortgage()])
    let said = try scenario.when(
      "p1", .event(scenario.acceptance(of: "mortgage", on: ["card"])), atMs: 1_000)
    #expect(said.kinds == ["refused"])
    #expect(said.refusals.first?.refused == "nba.accepted" && said.refusals.first?.field == "proposition")
    #expect(said.refusals.first?.proposition == "mortgage" && said.refusals.first?.contact == "c1")
    #expect(scenario.states["p1"] == nil)
    let empty = scenario.acceptance(of: "card", on: [], contact: "c2")
    #expect(try scenario.when("p1", .event(empty), atMs: 1_000).kinds == ["refused"])
    #expect(
      try scenario.when("p1", .event(scenario.acceptance(of: "card", on: ["a", "card"])), atMs: 1_000).kinds == [
        "opened"
      ])
  }

  @Test func whatALaterCatalogueDroppedCanBeAcceptedWhileItsListsAreKept() throws {
    let days = Int64(86_400_000)
    for (atMs, kinds) in [(10 * days, ["opened"]), (17 * days, ["opened"]), (17 * days + 1, ["refused"])] {
      let scenario = Scenario([card(), mortgage()])
      scenario.leads.catalog.take(catalog([mortgage()], "2-test", appliedMs: 10 * days))
      scenario.leads.catalog.take(catalog([mortgage()], "3-test", appliedMs: 12 * days))
      #expect(try scenario.when("p1", .event(scenario.acceptance(of: "card", atMs: atMs)), atMs: atMs).kinds == kinds)
    }
  }

  @Test func whatWasDroppedIsBoundedTheLatestStay() throws {
    let scenario = Scenario((0..<Catalog.propositionsMax).map { simple("a\($0)", .offer) })
    scenario.leads.catalog.take(
      catalog((0..<Catalog.propositionsMax).map { simple("b\($0)", .offer) }, "2-test", appliedMs: 1))
    scenario.leads.catalog.take(
      catalog((0..<Catalog.propositionsMax).map { simple("c\($0)", .offer) }, "3-test", appliedMs: 2))
    scenario.leads.catalog.take(catalog([], "4-test", appliedMs: 3))
    #expect(throws: Refusal.self) { try scenario.accept("a7") }
    #expect(try scenario.accept("b7").kinds == ["opened", "won"])
    #expect(try scenario.accept("c7", contact: "c2").kinds == ["opened", "won"])
  }

  @Test func anOpenLeadTooManyIsRefusedAndSaid() throws {
    let scenario = Scenario(
      (0...LeadState.leadsMax).map { number in
        var proposition = mortgage()
        proposition.id = "m\(number)"
        return proposition
      })
    for number in 0..<LeadState.leadsMax { try scenario.accept("m\(number)") }
    #expect(try scenario.accept("m\(LeadState.leadsMax)").kinds == ["refused"])
    #expect(scenario.states["p1"]?.leads.count == LeadState.leadsMax)
  }

  @Test func importedHistoryOfAnUnknownPropositionIsLeftAlone() throws {
    let scenario = Scenario([card()])
    let history = scenario.acceptance(of: "boat", version: 0)
    #expect(try scenario.when("p1", .event(history), atMs: 1_000) == [])
    #expect(scenario.states.isEmpty)
  }

  @Test func anAcceptanceOfAListThatNeverWasIsRefused() {
    let scenario = Scenario([card()])
    var forged = scenario.acceptance(of: "card")
    forged.data.list = "c1.7.0000000000000000"
    let refusal = #expect(throws: Refusal.self) { try scenario.when("p1", .event(forged), atMs: 1_000) }
    #expect(refusal?.stage == "list")
  }

  @Test func aComplaintIsAnsweredAndConfirmedAndEarnsNothing() throws {
    let scenario = Scenario([])
    let filed = scenario.event(.complaintFiled, atMs: 1_000) { $0.text = "The app is down." }
    let said = try scenario.when("p1", .event(filed), atMs: 1_000)
    #expect(said.kinds == ["opened", "task"])
    #expect(said.tasks.first?.instruction == "Answer the customer's complaint: The app is down.")
    for expected in [["advanced", "task"], ["won"]] {
      let lead = try #require(scenario.lead("complaint"))
      let done = scenario.event(.taskDone, atMs: 2_000) { $0.task = lead.taskId }
      #expect(try scenario.when("p1", .event(done), atMs: 2_000).kinds == expected)
    }
    #expect(scenario.lead("complaint")?.netRevenueMinor == 0)
  }

  @Test func twoQuestionsOfOneContactAreTwoLeads() throws {
    let scenario = Scenario([])
    for text in ["How much?", "How long?"] {
      let asked = scenario.event(.questionAsked, atMs: 1_000) { $0.text = text }
      try scenario.when("p1", .event(asked), atMs: 1_000)
    }
    #expect(scenario.states["p1"]?.leads.count == 2)
  }

  @Test func closedLeadsMakeRoomOldestFirstAndOpenOnesNever() throws {
    let scenario = Scenario((0..<70).map { simple("s\($0)", .service) } + [mortgage()])
    try scenario.accept("mortgage", contact: "m")
    for number in 0..<70 { try scenario.accept("s\(number)", contact: "c\(number)", atMs: 2_000 + Int64(number)) }
    let state = try #require(scenario.states["p1"])
    #expect(state.leads.count == LeadState.leadsMax)
    #expect(scenario.lead("mortgage") != nil)
    #expect(scenario.lead("s6") == nil)
    #expect(scenario.lead("s7") != nil)
  }
}
