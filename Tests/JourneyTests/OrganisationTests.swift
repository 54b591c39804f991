import Contracts
import Journeys
import MessageLog
import NbaScorerCore
import Streams
import TestKit
import Testing

@Suite("One is decided for, the other is spoken with")
struct OrganisationTests {
  let director = Identifier("customer", "4711")
  let firm = Identifier("organisation", "HRB 27112")

  static var catalog: Catalog {
    var catalog = Journey.catalog
    catalog.propositions[0].eligibility = [Rule(name: "signs", when: "contact.role == \"managing-director\"")]
    catalog.propositions[1].eligibility = [Rule(name: "is led", when: "related(\"managing-director\") > 0")]
    catalog.propositions[2].eligibility = [Rule(name: "is small", when: "relations.count < 3")]
    return catalog
  }

  private func relate(_ journey: Journey, _ role: String, ended: Bool = false) throws {
    try journey.say(.relationRecorded, [director], contact: nil) {
      ($0.organisation, $0.role, $0.ended) = (firm, role, ended)
    }
  }

  private func items(_ journey: Journey) throws -> Set<String> {
    Set(try journey.list()?.items.map(\.proposition) ?? [])
  }

  @Test func theListIsTheOrganisationsAndKnowsWhoSpeaksForIt() throws {
    let journey = try Journey(catalog: Self.catalog)
    try journey.say(.contactStarted, [firm]) { $0.actor = director }
    #expect(try items(journey) == ["pension"], "nobody knows yet whether he may speak for it")
    try relate(journey, "managing-director")
    #expect(try items(journey) == ["mortgage", "savings", "pension"], "heard within the contact")
    let list = try #require(try journey.list())
    try journey.say(.nbaAccepted, [firm]) { ($0.list, $0.proposition) = (list.id, "mortgage") }
    #expect(journey.leads(firm).map(\.proposition) == ["mortgage"])
    #expect(journey.leads(director).isEmpty)
    try relate(journey, "managing-director", ended: true)
    #expect(try items(journey) == ["pension"])
    for group in ConsumerGroup.allCases { #expect(journey.deadLetters(group) == []) }
  }

  @Test func aPersonsOwnContactCanAskForWhomHeActs() throws {
    let journey = try Journey(catalog: Self.catalog)
    try relate(journey, "managing-director")
    try journey.say(.contactStarted, [director])
    #expect(try items(journey) == ["savings", "pension"], "in his own contact he speaks for nobody")
    #expect(journey.profile(director)?.relations.map(\.other) == [firm])
    #expect(journey.profile(firm)?.relations.map(\.other) == [director])
  }

  @Test func ofSeveralRolesTheLatestIsAsked() throws {
    let journey = try Journey(catalog: Self.catalog)
    try relate(journey, "clerk")
    try relate(journey, "managing-director")
    try journey.say(.contactStarted, [firm]) { $0.actor = director }
    #expect(try items(journey).contains("mortgage"))
    try relate(journey, "buyer")
    #expect(try !items(journey).contains("mortgage"))
  }

  @Test func aDecisionForAnOrganisationIsDerivedAgainAsItWas() throws {
    let journey = try Journey(catalog: Self.catalog, isSampling: true)
    try relate(journey, "managing-director")
    try journey.say(.contactStarted, [firm]) { $0.actor = director }
    let list = try #require(try journey.list())
    let decisions = try journey.driver.records(of: Topics.nbaDecisions).map { try NbaDecision(json: $0.value ?? []) }
    let decision = try #require(decisions.first { $0.list == list.id })
    #expect(decision.profile.id == journey.mint.profile(firm))
    let explanation = try explain(decision, catalog: Self.catalog, published: list)
    #expect(explanation.differences == [])
    #expect(explanation.list == list)
  }
}
