import Contracts
import NbaScorerCore
import Seeds
import Testing

/// What may not decide does not, and what stands in for it is found.
@Suite struct FairnessTests {
  private static func barred(_ name: String, _ catalog: Catalog) -> Catalog {
    var catalog = catalog
    for index in catalog.attributes.indices where catalog.attributes[index].name == name {
      catalog.attributes[index].mayDecide = false
    }
    return catalog
  }

  static let askings: [(place: String, change: @Sendable (inout Catalog) -> Void)] = [
    ("propositions[0].eligibility[0].when", { $0.propositions[0].eligibility = [Rule(name: "r", when: asks)] }),
    (
      "contextWeights[0].when",
      {
        $0.contextWeights = [
          ContextWeight(name: "w", when: asks, issue: "sales", group: nil, proposition: nil, factor: 2)
        ]
      }
    ),
    ("conditions[0].when", { $0.conditions = [NamedCondition(name: "c", when: asks)] }),
    ("segments[0].when", { $0.segments = [Segment(name: "s", when: asks)] }),
    (
      "attributes[5].cases[0].when",
      { $0.attributes.append(AttributeDeclaration("kind", cases: [AttributeCase("x", when: asks)], otherwise: "y")) }
    ),
    ("contactPolicy.preferredChannel", { $0.contactPolicy.preferredChannel = "job" }),
  ]

  @Test(arguments: askings.indices) func `no predicate may ask for what may not decide`(index: Int) {
    let (place, change) = Self.askings[index]
    var catalog = Given.catalog([Given.proposition("loan")])
    change(&catalog)
    #expect(catalog.mistakes == [])
    let mistakes = Self.barred("job", catalog).mistakes
    #expect(mistakes.map(\.place) == [place])
    #expect(
      mistakes.first?.reason.hasSuffix("job is declared with mayDecide: false, so nothing may ask for it") == true)
  }

  private static let asks = "customer.job == \"retired\""

  @Test func `models neither see nor learn from it`() throws {
    let catalog = Given.catalog([Given.proposition("loan")])
    let profile = Given.profile {
      $0.attributes = [
        Attribute(name: "job", value: .string("retired"), atMs: 1), Attribute(name: "age", value: .number(70), atMs: 1),
      ]
    }
    func names(_ catalog: Catalog) throws -> [String] {
      try Given.portfolio(catalog, profile).features.map(\.name).filter { $0.hasPrefix("customer.") }
    }
    #expect(try names(catalog).contains("customer.job=retired"))
    #expect(try names(Self.barred("job", catalog)).allSatisfy { $0.hasPrefix("customer.age") })
  }

  @Test func `what goes together with it is reported, the strongest first, and what doesn't is not`() throws {
    let catalog = Self.barred(
      "job",
      Given.catalog([Given.proposition("loan"), Given.proposition("card")]) {
        $0.attributes.append(AttributeDeclaration(name: "club", kind: .string, scope: .customer))
      })
    var random = Seeded(7)
    var check = ProxyCheck(try CompiledCatalog(catalog))
    for number in 0..<2_000 {
      let isRetired = Int.random(in: 0..<2, using: &random) == 0
      var profile = Given.profile {
        // The club tells it, the interest often does; age and vip know nothing of it.
        $0.attributes = [
          Attribute(name: "job", value: .string(isRetired ? "retired" : "student"), atMs: 1),
          Attribute(name: "club", value: .string(isRetired ? "chess" : "rowing"), atMs: 1),
          Attribute(name: "age", value: .number(Double(Int.random(in: 20..<90, using: &random))), atMs: 1),
        ]
        $0.counts = [EventCount(event: "page.viewed", channel: "web", count: 1)]
        let follows = Int.random(in: 0..<10, using: &random) < 8
        if isRetired == follows { $0.interests = [Interest(category: "loan", count: 1, lastMs: 1)] }
      }
      profile.id = "p\(number)"
      check.add(profile)
    }
    #expect(check.customers == 2_000 && check.attributes == ["customer.job"])
    let proxies = check.proxies(strengthMin: 0.1)
    #expect(proxies.map(\.proxy) == ["customer.club", "interest(\"loan\")"])
    #expect(proxies.first.map { $0.strength > 0.99 && $0.customers == 2_000 } == true)
    // Of 80 % to 20 % in two by two: 0.6.
    #expect(proxies.last.map { abs($0.strength - 0.6) < 0.06 } == true)
    #expect(check.proxies(strengthMin: 0.1, customersMin: 2_001) == [])
  }

  @Test func `many values of few customers are no association by themselves`() {
    var (chance, plain) = (Association(), Association())
    var random = Seeded(3)
    for number in 0..<200 {
      let group = Int.random(in: 0..<2, using: &random) == 0 ? "a" : "b"
      chance.add(group, "\(Int.random(in: 0..<60, using: &random))")
      plain.add(group, number % 2 == 0 ? "x" : "x")
    }
    #expect(chance.strength < 0.25 && plain.strength == 0)
    #expect(Association().strength == 0)
  }
}
