import JSONTrees
import Seeds
import Testing

@testable import Contracts

/// Systems of record that say different things about one customer.
struct ConflictRuleTests {
  private struct Word {
    var facet = 0
    var value: String
    var source: String
    var atMs: Int64
    var isVerified: Bool?
  }

  private static func holds(_ words: [Word], _ rule: ConflictRule?, sources: [String]? = nil) throws -> Attribute? {
    var declaration = AttributeDeclaration(name: "city", kind: .string, scope: .customer)
    (declaration.conflict, declaration.sources) = (rule, sources)
    let catalog = Catalog.defining([declaration])
    #expect(catalog.mistakes.filter { $0.place.hasPrefix("attributes") } == [])
    let definitions = try CustomerDefinitions(catalog)
    var bodies = [FacetBody(), FacetBody()]
    for word in words {
      var attribute = Attribute(name: "city", value: .string(word.value), atMs: word.atMs, source: word.source)
      attribute.isVerified = word.isVerified
      bodies[word.facet].say(attribute, definitions.rule(of: "city"), sources: definitions.sources(of: "city"))
    }
    var state = ProfileState(id: "p", nowMs: 0)
    state.facets = bodies.enumerated().map { Facet(id: "customer:\($0)#0", version: 0, seq: 1, body: $1) }
    let view = CustomerView(try ProfileState(json: state.json))
    let said = definitions.said(view).first
    #expect(definitions.value("city", of: state, nowMs: 0) == said?.value)
    return said
  }

  private static let words = [
    Word(value: "Utrecht", source: "crm", atMs: 10, isVerified: true),
    Word(facet: 1, value: "Delft", source: "shop", atMs: 20),
    Word(value: "Delft", source: "shop", atMs: 30),
    Word(facet: 1, value: "Breda", source: "panel", atMs: 40),
  ]

  @Test func `each rule has its winner, with source and time`() throws {
    func said(_ rule: ConflictRule?, sources: [String]? = nil) throws -> [String] {
      let said = try #require(try Self.holds(Self.words, rule, sources: sources))
      return ["\(said.value)", said.source ?? "", "\(said.atMs)"]
    }
    #expect(try said(nil) == ["Breda", "panel", "40"])
    #expect(try said(.latest) == ["Breda", "panel", "40"])
    #expect(try said(.strongest, sources: ["crm", "shop"]) == ["Utrecht", "crm", "10"])
    #expect(try said(.strongest, sources: ["shop", "crm"]) == ["Delft", "shop", "30"])
    #expect(try said(.strongest, sources: ["erp"]) == ["Breda", "panel", "40"])
    #expect(try said(.mostFrequent) == ["Delft", "shop", "30"])
    #expect(try said(.verifiedFirst) == ["Utrecht", "crm", "10"])
  }

  @Test func `a source that changes its mind is taken at its last word, and is verified no more`() throws {
    let moved = Self.words + [Word(value: "Leiden", source: "crm", atMs: 50)]
    #expect(try Self.holds(moved, .strongest, sources: ["crm"])?.value == .string("Leiden"))
    #expect(try Self.holds(moved, .verifiedFirst)?.value == .string("Leiden"), "the latest, since none is verified")
    let again = Self.words + [Word(value: "Utrecht", source: "crm", atMs: 50)]
    #expect(try Self.holds(again, .verifiedFirst)?.isVerified == true)
    let late = Self.words + [Word(value: "Leiden", source: "crm", atMs: 5)]
    #expect(try Self.holds(late, .strongest, sources: ["crm"])?.value == .string("Utrecht"))
  }

  @Test(arguments: ConflictRule.allCases) func `the order of the facets doesn't matter`(rule: ConflictRule) throws {
    let sources = rule == .strongest ? ["b", "a"] : nil
    var random = Seeded(11)
    for _ in 0..<200 {
      let words = (0..<6).map { index in
        Word(
          facet: Int.random(in: 0...1, using: &random), value: ["x", "y", "z"].randomElement(using: &random)!,
          source: ["a", "b", "c"].randomElement(using: &random)!,
          atMs: Int64.random(in: 0...3, using: &random) + Int64(index),
          isVerified: Bool.random(using: &random) ? true : nil)
      }
      let turned = words.map { word in
        var word = word
        word.facet = 1 - word.facet
        return word
      }
      let (one, other) = (try Self.holds(words, rule, sources: sources), try Self.holds(turned, rule, sources: sources))
      #expect(one?.value == other?.value && one?.source == other?.source)
    }
  }

  /// However many say something else after it.
  @Test(arguments: ConflictRule.allCases) func `what the rule goes by is not forgotten for others`(rule: ConflictRule) {
    var body = FacetBody()
    func say(_ value: String, _ source: String, _ atMs: Int64, isVerified: Bool? = nil) {
      var attribute = Attribute(name: "city", value: .string(value), atMs: atMs, source: source)
      attribute.isVerified = isVerified
      body.say(attribute, rule, sources: ["crm"])
    }
    for number in 0..<50 { say("Utrecht", "crm", Int64(number), isVerified: true) }
    for number in 0..<40 { say("town \(number)", "branch \(number)", Int64(100 + number)) }
    let winner = rule.winner(body.attributes, sources: ["crm"])
    #expect(winner?.value == .string(rule == .latest ? "town 39" : "Utrecht"))
    #expect(body.attributes.count == FacetBody.wordsMax)
  }

  @Test func `no source fills a profile`() {
    var body = FacetBody()
    body.say(Attribute(name: "age", value: .number(41), atMs: 0, source: "crm"))
    for index in 0..<1_000 {
      body.say(
        Attribute(name: "city", value: .number(Double(index)), atMs: Int64(index), source: "crm"), .mostFrequent)
    }
    #expect(body.attributes.count == FacetBody.wordsMax + 1 && body.attributes[0].name == "age")
    #expect(body.attributes.dropFirst().map(\.atMs).min() == Int64(1_000 - FacetBody.wordsMax))
  }
}
