// Versions of the catalogue that anybody may write to its topic, and nobody may take.

import Contracts

/// One that follows `good`, and what who refuses it says, in part; nil: it is nothing to tell.
package struct HostileCatalog: Sendable, CustomStringConvertible {
  package var name: String
  package var bytes: [UInt8]
  package var reason: String?

  package var description: String { name }

  /// Whether that is said of it.
  package func isToldOf(in words: String?) -> Bool {
    guard let reason else { return words == nil }
    return words.map { !$0.isEmpty && (reason.isEmpty || $0.contains(reason)) } ?? false
  }

  /// The one that stays in force, applied at the beginning of 2026.
  package static let good: Catalog = {
    var catalog = Catalog(version: "5-good", appliedMs: 1_767_225_600_000, name: "good", currency: "EUR")
    catalog.attributes = [AttributeDeclaration(name: "age", kind: .number, scope: .customer)]
    var loan = Proposition(id: "loan", name: "Loan", issue: "sales", group: "loans", kind: .offer)
    loan.treatments = [Treatment(channel: "web", headline: "h", body: "b", callToAction: "c")]
    catalog.propositions = [loan]
    return catalog
  }()

  private static func changed(_ name: String, _ reason: String?, _ change: (inout Catalog) -> Void) -> HostileCatalog {
    var catalog = good
    catalog.version = "6-bad"
    change(&catalog)
    return HostileCatalog(name: name, bytes: JSONCoding.encode(catalog), reason: reason)
  }

  private static func rule(_ when: String) -> (inout Catalog) -> Void {
    { $0.propositions[0].eligibility = [Rule(name: "rule", when: when)] }
  }

  /// Its beginning in place of the good one's.
  private static func text(_ name: String, _ reason: String, _ beginning: String, _ end: String) -> HostileCatalog {
    let rest = String(decoding: JSONCoding.encode(good), as: UTF8.self).dropFirst()
      .replacing("5-good", with: "6-bad")
    return HostileCatalog(name: name, bytes: Array((beginning + rest.dropLast() + end).utf8), reason: reason)
  }

  package static let all: [HostileCatalog] = [
    HostileCatalog(name: "nothing", bytes: [], reason: ""),
    HostileCatalog(name: "no JSON", bytes: Array("version: 6".utf8), reason: ""),
    HostileCatalog(name: "no UTF-8", bytes: [0xff, 0xfe, 0x00, 0x7b], reason: ""),
    HostileCatalog(name: "a list", bytes: Array("[]".utf8), reason: ""),
    HostileCatalog(name: "nothing but a version", bytes: Array(#"{"version":"6-bad"}"#.utf8), reason: "is missing"),
    HostileCatalog(
      name: "nested without an end", bytes: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000), reason: ""),
    text(
      "a member nested deeply", "", "{\"x\":" + String(repeating: "[", count: 10_000),
      ",\"y\":" + String(repeating: "]", count: 10_000) + "}"),
    text(
      "a member nested deeply and well", "",
      "{\"x\":" + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + ",", "}"),
    changed("a version without a name", "is empty") { $0.version = "" },
    changed("too many propositions", "there are 20001, more than 20000") { catalog in
      catalog.propositions = (0...20_000).map {
        Proposition(id: "p\($0)", name: "p", issue: "i", group: "g", kind: .offer)
      }
    },
    changed("ids that are there twice", "loan is there twice") { $0.propositions += $0.propositions },
    changed("a text beyond the bound", "is too long: 4001 bytes") {
      $0.propositions[0].treatments[0].body = String(repeating: "b", count: 4_001)
    },
    changed("a text of megabytes", "is too long: 5000000 bytes") {
      $0.propositions[0].name = String(repeating: "n", count: 5_000_000)
    },
    changed("a control character", "has a control character") { $0.propositions[0].name = "\u{1b}[2J" },
    changed("parentheses 10,000 deep", "at most 4096 bytes") { catalog in
      rule(String(repeating: "(", count: 10_000) + "true" + String(repeating: ")", count: 10_000))(&catalog)
    },
    changed("parentheses as deep as their bytes allow", "nested deeper") { catalog in
      rule(String(repeating: "(", count: 900) + "true")(&catalog)
    },
    changed("negations as deep as their bytes allow", "nested deeper") { catalog in
      rule(String(repeating: "not ", count: 900) + "true")(&catalog)
    },
    changed("a predicate of nothing that is there", "customer.nothing") { rule("customer.nothing > 1")(&$0) },
    changed("an applied time to come", "more than a day after") { $0.appliedMs = 4_000_000_000_000 },
    changed("a definition to come", "more than a day after") { $0.definedMs = 4_000_000_000_000 },
    changed("an applied time that no sum takes", "more than a day after") { $0.appliedMs = .max },
    changed("an applied time before all", "outside of the years") { $0.appliedMs = .min },
    changed("a validity that no sum takes", "outside of the years") {
      ($0.propositions[0].validFromMs, $0.propositions[0].validUntilMs) = (.min, .max)
    },
    changed("amounts that no sum takes", "outside") { $0.propositions[0].valueMinor = .max },
    changed("a number that is taken", "has the number of 5-good") { $0.version = "5-bad" },
    changed("a number that goes back", nil) { $0.version = "3-bad" },
    changed("no number", nil) { $0.version = "bad" },
    changed("a number beyond all", nil) { $0.version = "9223372036854775807-bad" },
  ]
}
