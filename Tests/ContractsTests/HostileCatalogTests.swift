import Contracts
import Foundation
import Testing

/// Catalogues that are small as a text, and endless to whoever follows what they refer to. A hang or a crash of these
/// would be one of every process that reads the topic.
@Suite struct HostileCatalogTests {
  /// `c0` asks the customer; each of the others refers to the one before it.
  static func conditions(_ count: Int, reversed: Bool, _ when: (String) -> String) -> Catalog {
    var catalog = CatalogCheckTests.sound
    var conditions = [NamedCondition(name: "c0", when: "customer.age >= 18")]
    for index in 1..<count { conditions.append(NamedCondition(name: "c\(index)", when: when("@c\(index - 1)"))) }
    catalog.conditions += reversed ? conditions.reversed() : conditions
    catalog.propositions[0].eligibility = [Rule(name: "of-age", when: "@c\(count - 1)")]
    return catalog
  }

  static func segments(_ count: Int, reversed: Bool) -> Catalog {
    var catalog = CatalogCheckTests.sound
    var segments = [Segment(name: "s0", when: "customer.age >= 18")]
    for index in 1..<count { segments.append(Segment(name: "s\(index)", when: "in_segment(\"s\(index - 1)\")")) }
    catalog.segments = reversed ? segments.reversed() : segments
    return catalog
  }

  /// Each case is asked for itself, and asks the attribute before it.
  static func attributes(_ count: Int, cases: Int) -> Catalog {
    var catalog = CatalogCheckTests.sound
    for index in 0..<count {
      let asked = index == 0 ? "age" : "a\(index - 1)"
      let comparison = index == 0 ? "> 1" : "== \"x\""
      catalog.attributes.append(
        AttributeDeclaration(
          "a\(index)", cases: (0..<cases).map { AttributeCase("v\($0)", when: "customer.\(asked) \(comparison)") },
          otherwise: "x"))
    }
    return catalog
  }

  @Test(arguments: [false, true]) func `conditions that double with every level are refused where it is too much`(
    reversed: Bool
  ) {
    let catalog = Self.conditions(60, reversed: reversed) { "\($0) and not \($0) or \($0)" }
    let mistakes = catalog.mistakes
    #expect(!mistakes.isEmpty && mistakes.allSatisfy { $0.place.hasPrefix("conditions[") }, "\(mistakes)")
    #expect(mistakes[0].reason.contains(reversed ? "deeper than 32 levels" : "steps, more than 4096"), "\(mistakes)")
    #expect(throws: PredicateErrors.self) {
      var compiler = PredicateCompiler(scope: PredicateScope(catalog))
      return try compiler.compile("@c59")
    }
  }

  @Test(arguments: [false, true], ["not ", ""]) func `conditions refer to each other over 32 levels and no deeper`(
    reversed: Bool, word: String
  ) {
    #expect(Self.conditions(32, reversed: reversed) { word + $0 }.mistakes == [])
    for count in [40, 2_000] {
      let mistakes = Self.conditions(count, reversed: reversed) { word + $0 }.mistakes
      #expect(mistakes.first?.reason == "conditions refer to conditions deeper than 32 levels here", "\(count)")
      #expect(mistakes.allSatisfy { $0.place.hasPrefix("conditions[") })
    }
  }

  @Test(arguments: [false, true]) func `what is nested through conditions is bounded too`(reversed: Bool) {
    let ands = String(repeating: " and true", count: 62)
    let mistakes = Self.conditions(30, reversed: reversed) { $0 + ands }.mistakes
    #expect(mistakes.first?.reason == "with the conditions that it refers to it is nested deeper than 600")
    #expect(Self.conditions(9, reversed: reversed) { $0 + ands }.mistakes == [])
  }

  /// Threads of the suite have 8 MiB.
  @Test func `the deepest conditions that are taken can be asked on half a stack`() throws {
    let catalog = Self.conditions(9, reversed: true) { $0 + String(repeating: " and true", count: 70) }
    #expect(catalog.mistakes == [])
    let scope = PredicateScope(catalog)
    let answer = Answer()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      var compiler = PredicateCompiler(scope: scope)
      let predicate = try? compiler.compile("@c8")
      answer.isTrue = predicate?.holds([.number(18)]) == true
      done.signal()
    }
    thread.stackSize = 4 << 20
    thread.start()
    done.wait()
    #expect(answer.isTrue)
  }

  private final class Answer: @unchecked Sendable { var isTrue = false }

  @Test(arguments: [false, true]) func `segments refer to each other over 32 levels and no deeper`(reversed: Bool) {
    #expect(Self.segments(33, reversed: reversed).mistakes == [])
    for count in [34, 100] {
      let mistakes = Self.segments(count, reversed: reversed).mistakes
      #expect(mistakes.map(\.reason) == ["refers to others deeper than 32 levels"], "\(count)")
      #expect(mistakes.first?.place.hasPrefix("segments[") == true)
    }
  }

  @Test func `attributes that double with every level are refused where it is too much`() {
    #expect(Self.attributes(5, cases: 4).mistakes == [])
    #expect(Self.attributes(3_000, cases: 1).mistakes.map(\.reason) == ["refers to others deeper than 32 levels"])
    let mistakes = Self.attributes(30, cases: 4).mistakes
    #expect(mistakes.map(\.place) == ["attributes[9]"])
    #expect(mistakes[0].reason == "what the catalogue asks of a customer takes more than 1000000 steps up to here")
    #expect(throws: PredicateErrors.self) { try CustomerDefinitions(Self.attributes(30, cases: 4)) }
  }

  @Test func `all rules together are bounded too, also where each reads much`() {
    // 3,070 steps in each rule.
    var catalog = Self.conditions(10, reversed: false) { "\($0) and \($0)" }
    let rules = (0..<600).map { Rule(name: "r\($0)", when: "@c9") }
    catalog.propositions[0].eligibility = rules
    #expect(catalog.mistakes.map(\.place) == ["propositions[0].eligibility[325].when"])
    catalog.propositions[0].eligibility = []
    // Each case reads all that its conditions say.
    let conditions = (0..<720).map { NamedCondition(name: "x\($0)", when: "customer.age > \($0)") }
    let sums = (0..<8).map { tens in
      NamedCondition(
        name: "y\(tens)", when: (0..<90).map { "@x\(tens * 90 + $0)" }.joined(separator: " or "))
    }
    catalog.conditions += conditions + sums
    let all = (0..<8).map { "@y\($0)" }.joined(separator: " or ")
    catalog.attributes += (0..<10).map { index in
      AttributeDeclaration("d\(index)", cases: (0..<50).map { AttributeCase("v\($0)", when: all) }, otherwise: nil)
    }
    #expect(catalog.mistakes.count == 1, "\(catalog.mistakes.prefix(3))")
    #expect(catalog.mistakes[0].reason.contains("more than 1000000 steps up to here"))
  }
}
