import Contracts
import Seeds
import Synchronization
import Testing

/// Of versions that are read one after the other only what is new is looked at: what comes of each is what comes of it alone.
@Suite struct CatalogRepetitionTests {
  private final class Counter: Sendable {
    private let number = Mutex(0)
    var count: Int { number.withLock { $0 } }
    func add(_ more: Int) { number.withLock { $0 += more } }
  }

  /// What comes of each, and at how many propositions all of them together took a look.
  private func read(_ versions: [[UInt8]]) -> (outcomes: [Result<String, Refusal>], lookedAt: Int) {
    let counter = Counter()
    let readings = CatalogReadings(isChecking: counter.add)
    var succession = CatalogSuccession()
    let outcomes = versions.map { bytes in
      Result { () throws(Refusal) in try succession.read(bytes, writtenMs: nil, by: readings)?.catalog.version ?? "" }
    }
    return (outcomes, counter.count)
  }

  private func alone(_ versions: [[UInt8]]) -> [Result<String, Refusal>] {
    versions.map { bytes in Result { () throws(Refusal) in try CheckedCatalog.read(bytes).catalog.version } }
  }

  private static func proposition(_ id: String, group: String = "loans", _ when: String) -> Proposition {
    var proposition = CatalogCheckTests.sound.propositions[0]
    (proposition.id, proposition.group) = (id, group)
    proposition.eligibility = [Rule(name: "rule", when: when)]
    return proposition
  }

  /// With something of all that a predicate can name.
  private static let many: Catalog = {
    var catalog = CatalogCheckTests.sound
    catalog.attributes.append(
      AttributeDeclaration(name: "job", kind: .string, scope: .customer, values: ["miner", "baker"]))
    catalog.attributes.append(AttributeDeclaration(name: "mood", kind: .string, scope: .contact))
    catalog.conditions.append(NamedCondition(name: "settled", when: "@adult and customer.job == \"baker\""))
    catalog.segments = ["old", "new"].map { Segment(name: $0, when: "orders.count > 3") }
    for (number, when) in [
      "@settled", "customer.job == \"miner\"", "contact.mood == \"good\"", "presented(\"p1\") < 3", "has_lead(\"g1\")",
      "has_bought(\"g2\")", "in_segment(\"new\")", "known(customer.age)", "@adult and in_segment(\"old\")",
    ].enumerated() {
      catalog.propositions.append(proposition("p\(number)", group: "g\(number)", when))
    }
    return catalog
  }()

  @Test func `of a hundred versions each proposition is looked at once, and again where it is another`() {
    let versions = (1...100).map { number in
      var catalog = Self.many
      catalog.version = "\(number)-v"
      catalog.propositions[3].valueMinor = Int64(number)
      return JSONCoding.encode(catalog)
    }
    let (outcomes, lookedAt) = read(versions)
    #expect(outcomes == (1...100).map { .success("\($0)-v") })
    #expect(lookedAt == Self.many.propositions.count + 99)
  }

  private static let changes: [@Sendable (inout Catalog, inout Seeded) -> Void] = [
    { catalog, random in catalog.propositions.remove(at: random.below(catalog.propositions.count)) },
    { catalog, random in catalog.propositions.shuffle(using: &random) },
    { catalog, random in catalog.propositions[random.below(catalog.propositions.count)].costMinor += 1 },
    { catalog, random in catalog.propositions[random.below(catalog.propositions.count)].name = "" },
    { catalog, random in catalog.propositions[random.below(catalog.propositions.count)].group = "g\(random.below(9))" },
    { catalog, random in catalog.propositions.append(catalog.propositions[random.below(catalog.propositions.count)]) },
    { catalog, random in catalog.propositions.append(Self.proposition("q\(random.below(99))", "customer.age > 1")) },
    { catalog, random in catalog.propositions.append(Self.proposition("q\(random.below(99))", "customer.shoe > 1")) },
    { catalog, random in catalog.attributes.remove(at: random.below(catalog.attributes.count)) },
    { catalog, random in catalog.attributes.append(AttributeDeclaration(name: "n", kind: .bool, scope: .customer)) },
    { catalog, random in catalog.attributes[random.below(catalog.attributes.count)].values = ["good"] },
    { catalog, random in catalog.attributes[random.below(catalog.attributes.count)].kind = .number },
    { catalog, random in catalog.attributes[random.below(catalog.attributes.count)].mayDecide = random.chance(500) },
    { catalog, random in catalog.conditions.remove(at: random.below(catalog.conditions.count)) },
    { catalog, random in
      catalog.conditions[random.below(catalog.conditions.count)].when = "customer.age > \(random.below(9))"
    },
    { catalog, random in catalog.conditions[random.below(catalog.conditions.count)].when = "@settled" },
    { catalog, random in catalog.segments = Array(catalog.segments?.dropFirst(random.below(2) + 1) ?? []) },
    { catalog, random in catalog.segments?.append(Segment(name: "s\(random.below(2))", when: "@adult")) },
  ]

  @Test(arguments: 0..<12) func `versions with mistakes and without are taken and refused as if each came alone`(
    seed: Int
  ) {
    var random = Seeded(UInt64(seed))
    var last = Self.many
    var versions = [JSONCoding.encode(Self.many)]
    for number in 2...60 {
      var catalog = random.chance(600) ? Self.many : last
      for _ in 0...random.below(2) { Self.changes[random.below(Self.changes.count)](&catalog, &random) }
      catalog.version = "\(number)-v"
      versions.append(JSONCoding.encode(catalog))
      if catalog.mistakes.isEmpty, catalog.propositions.count > 3, catalog.attributes.count > 1,
        catalog.conditions.count > 1
      {
        last = catalog
      }
    }
    let (outcomes, lookedAt) = read(versions)
    #expect(outcomes == alone(versions))
    let taken = outcomes.count { if case .success = $0 { true } else { false } }
    #expect((5...55).contains(taken), "else either isn't tried: \(taken)")
    #expect(lookedAt < taken * Self.many.propositions.count, "else nothing is repeated")
  }

  @Test func `what is too much in all is refused, also where each part was sound before`() {
    var catalog = CatalogCheckTests.sound
    for level in 0..<9 {
      let before = level == 0 ? "customer.age > 1" : "@c\(level - 1)"
      catalog.conditions.append(NamedCondition(name: "c\(level)", when: "\(before) and \(before)"))
    }
    let versions = [380, 700, 381].enumerated().map { number, count in
      catalog.version = "\(number + 1)-v"
      catalog.propositions = CatalogCheckTests.sound.propositions
      for id in 0..<count { catalog.propositions.append(Self.proposition("p\(id)", "@c8")) }
      return JSONCoding.encode(catalog)
    }
    let (outcomes, _) = read(versions)
    #expect(outcomes == alone(versions))
    #expect(outcomes.map { if case .success = $0 { true } else { false } } == [true, false, true])
  }
}
