import Contracts
import Journeys
import MessageLog
import Testing

@Suite("A deployment's own namespaces hold from the first event to the lead")
struct NamespacesTests {
  let member = Identifier("member", "m-1")
  let tablet = Identifier("tablet", "t-1")

  private func deployment(_ declaration: String) throws -> Journey {
    var catalog = Journey.catalog
    catalog.propositions[0].eligibility = [Rule(name: "is known", when: "customer.is_identified")]
    return try Journey(namespaces: Namespaces(text: declaration), catalog: catalog)
  }

  @Test func whoIsKnownUnderThemGetsWhatIsForTheKnownAndBecomesALead() throws {
    let journey = try deployment("member=person,tablet=device")
    try journey.say(.contactStarted, [tablet])
    #expect(try journey.list()?.items.map(\.proposition) == ["savings"], "a stranger")
    try journey.say(.identityAsserted, [member, tablet])
    let list = try #require(try journey.list())
    #expect(list.items.map(\.proposition) == ["mortgage", "savings"], "known by a member's number")
    try journey.say(.nbaAccepted, [member, tablet]) {
      $0.list = list.id
      $0.proposition = "mortgage"
    }
    #expect(journey.leads(member).map(\.proposition) == ["mortgage"])
    for group in ConsumerGroup.allCases { #expect(journey.deadLetters(group) == [], "\(group.rawValue)") }
  }

  @Test func theirOrderIsThatOfStrength() throws {
    for (declaration, strongest) in [
      ("member=person,tablet=device", member), ("tablet=device,member=person", tablet),
    ] {
      let journey = try deployment(declaration)
      try journey.say(.contactStarted, [strongest, strongest == member ? tablet : member])
      let profile = try #require(journey.profile(strongest))
      #expect(
        Set(profile.identifiers.map(\.key)) == [member.key, tablet.key], "one customer by the id of \(strongest)")
    }
  }

  @Test func othersAreRefusedWithTheName() throws {
    let journey = try deployment("member=person,tablet=device")
    try journey.say(.contactStarted, [Identifier("cookie", "c")])
    #expect(journey.deadLetters(.facets).map { $0.contains("no such namespace: cookie") } == [true])
  }
}
