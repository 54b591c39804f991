import Contracts
import LeadManager
import MessageLog
import Streams
import TestKit
import Testing

/// The processor as it runs, on the log in memory: records in, records out.
@Suite struct LeadProcessorTests {
  private let facet = FacetReference(facet: "cookie:a#0", version: 1, seq: 1)

  private func driver() throws -> TopologyDriver {
    let driver = try TopologyDriver()
    var catalog = Catalog(version: "1-test", appliedMs: 0, name: "test", currency: "EUR")
    catalog.propositions = [mortgage()]
    try driver.publish(
      Topics.marketingCatalog, key: "catalog",
      Envelope(id: "1", source: "trias", type: "trias.catalog.applied.v1", timeMs: 0), JSONCoding.encode(catalog))
    try driver.add(LeadManager.leads(secret: "test"))
    return driver
  }

  private func publish(
    _ driver: TopologyDriver, _ type: EventType, id: String, profile: String = "p1", facet: FacetReference? = nil,
    data: [UInt8]
  ) throws {
    var envelope = Envelope(id: id, source: "test", type: type.rawValue, timeMs: driver.clock.nowMs)
    envelope.facet = facet ?? self.facet
    try driver.publish(Topics.profileTimeline, key: profile, envelope, data)
  }

  private func acceptance(_ proposition: String = "mortgage", version: Int64 = 3) -> [UInt8] {
    var data = Interaction(identifiers: [Identifier("cookie", "a")], channel: "web", contact: "c1")
    data.list =
      version == 0
      ? mint.importedList(contact: "c1") : mint.list(contact: "c1", version: version, items: [proposition])
    data.proposition = proposition
    return JSONCoding.encode(data)
  }

  @Test func anAcceptedOfferBecomesALeadThatIsLostWhenItIsOverdue() throws {
    let driver = try driver()
    try publish(driver, .nbaAccepted, id: "a1", data: acceptance())
    try publish(driver, .nbaAccepted, id: "a1", data: acceptance())
    try driver.settle()
    let opened = try #require(driver.records(of: Topics.leadEvents).first)
    let envelope = try Envelope(opened.headers)
    #expect(envelope.type == LeadEventType.opened.rawValue)
    #expect(envelope.correlationId == "c1")
    #expect(envelope.causationId == "a1")
    #expect(driver.records(of: Topics.leadEvents).count == 1)
    try driver.advance(ms: 73 * hourMs)
    let types = try driver.records(of: Topics.leadEvents).map { try Envelope($0.headers).type }
    #expect(types == [LeadEventType.opened.rawValue, LeadEventType.lost.rawValue])
    #expect(driver.state(.leads, "p1", as: LeadManagerState.self)?.leads.leads.first?.lostReason == "overdue")
  }

  @Test func aLeadFollowsItsFacetToTheOtherProfile() throws {
    let driver = try driver()
    try publish(driver, .nbaAccepted, id: "a1", data: acceptance())
    let moved = FacetReference(facet: facet.facet, version: 2, seq: 1)
    let left = JSONCoding.encode(FacetMove(profile: "p2", identifier: Identifier("cookie", "a")))
    try publish(driver, .facetLeft, id: "m1", facet: moved, data: left)
    var form = Interaction(identifiers: [Identifier("cookie", "a")], channel: "web", contact: "c1")
    form.form = "mortgage"
    try publish(driver, .formSubmitted, id: "f1", profile: "p2", facet: moved, data: JSONCoding.encode(form))
    try driver.settle()
    #expect(driver.state(.leads, "p1", as: LeadManagerState.self)?.leads.leads == [])
    let lead = try #require(driver.state(.leads, "p2", as: LeadManagerState.self)?.leads.leads.first)
    #expect(lead.step == 1)
    let task = try JSONCoding.decode(
      ContactTask.self, from: try #require(driver.records(of: Topics.contactTasks).first?.value))
    #expect(task.id == lead.taskId)
  }

  @Test func aCommandOnALeadThatWentBackMeanwhileFollowsItThere() throws {
    let driver = try driver()
    try publish(driver, .nbaAccepted, id: "a1", data: acceptance())
    func leave(_ profile: String, to other: String, version: Int64) throws {
      let left = JSONCoding.encode(FacetMove(profile: other, identifier: Identifier("cookie", "a")))
      let moved = FacetReference(facet: facet.facet, version: version, seq: 1)
      try publish(driver, .facetLeft, id: "m\(version)", profile: profile, facet: moved, data: left)
    }
    try leave("p1", to: "p2", version: 2)
    try driver.settle()
    let lead = try #require(driver.state(.leads, "p2", as: LeadManagerState.self)?.leads.leads.first)
    // The command is sent on to where the lead is no more, and from there to where it first was.
    let command = JSONCoding.encode(LeadCommand(lead: lead.id, by: "ann", reason: "no answer"))
    try driver.publish(
      Topics.leadCommands, key: "p1",
      Envelope(id: "w1", source: "workbench", type: LeadCommandType.lose.rawValue, timeMs: 1), command)
    try leave("p2", to: "p1", version: 3)
    try driver.settle()
    let back = try #require(driver.state(.leads, "p1", as: LeadManagerState.self)?.leads.leads.first)
    #expect(back.lostReason == "no answer" && back.history.last?.eventId == "workbench/w1")
    let ids = driver.records(of: Topics.leadCommands).compactMap { $0.headers.string("ce_id") }
    #expect(ids.filter { $0.hasPrefix("w1") }.sorted() == ["w1", "w1@1", "w1@2"])
  }

  @Test func badRecordsBecomeDeadLettersAndTheRestGoesOn() throws {
    let driver = try driver()
    try publish(driver, .nbaAccepted, id: "a1", data: Array("{".utf8))
    try publish(driver, .nbaAccepted, id: "a2", data: acceptance("boat"))
    try publish(driver, .nbaAccepted, id: "a3", data: acceptance("boat", version: 0))
    let command = JSONCoding.encode(LeadCommand(lead: "l0", by: "ann"))
    try driver.publish(
      Topics.leadCommands, key: "p1",
      Envelope(id: "w1", source: "workbench", type: LeadCommandType.win.rawValue, timeMs: 1), command)
    try publish(driver, .nbaAccepted, id: "a4", data: acceptance())
    try driver.settle()
    #expect(driver.records(of: ConsumerGroup.leads.deadLetter).count == 2)
    let types = try driver.records(of: Topics.leadEvents).map { try Envelope($0.headers).type }
    #expect(types == [LeadEventType.refused.rawValue, LeadEventType.opened.rawValue])
    let refusal = try JSONCoding.decode(
      LeadRefusal.self, from: try #require(driver.records(of: Topics.leadEvents).first?.value))
    #expect(refusal.refused == "lead.win" && refusal.eventId == "workbench/w1" && refusal.by == "ann")
  }

  @Test func aCatalogueThatDoesNotHoldIsRefusedWholeAndTheOneBeforeStays() throws {
    let driver = try driver()
    var wrong = mortgage()
    wrong.startProbability = 7
    var renamed = catalog([simple("other", .offer)], "3-broken")
    renamed.conditions = [NamedCondition(name: "old", when: "contact.agee > 3")]
    for catalog in [catalog([wrong], "2-evil"), renamed] {
      try driver.publish(
        Topics.marketingCatalog, key: catalog.version,
        Envelope(id: catalog.version, source: "staff", type: Topics.marketingCatalog.stateType, timeMs: 0),
        JSONCoding.encode(catalog))
    }
    try publish(driver, .nbaAccepted, id: "a1", data: acceptance())
    try driver.settle()
    #expect(driver.records(of: ConsumerGroup.leads.deadLetter).isEmpty)
    #expect(driver.state(.leads, "p1", as: LeadManagerState.self)?.leads.leads.first?.steps.count == 3)
  }

  @Test func staffsRevenueHasBounds() throws {
    let driver = try driver()
    let command = LeadCommand(lead: "l0", by: "ann", netRevenueMinor: .max)
    try driver.publish(
      Topics.leadCommands, key: "p1",
      Envelope(id: "w1", source: "workbench", type: LeadCommandType.win.rawValue, timeMs: 1),
      JSONCoding.encode(command))
    try driver.settle()
    let letter = try #require(driver.records(of: ConsumerGroup.leads.deadLetter).first)
    #expect(letter.headers.string(DeadLetterHeader.field) == "netRevenueMinor")
  }
}
