import CatalogAuthoring
import Contracts
import Testing

/// Names that are probably misspelt, and in which nothing is wrong by itself.
@Suite struct NameRemarkTests {
  @Test(arguments: [
    (
      "when: customer.age >= 18 }\n    steps", "when: contact.channel == 'wbe' }\n    steps",
      "nothing is shown in a channel \"wbe\"; did you mean \"web\"?"
    ),
    (
      "when: customer.age >= 18 }\n    steps", "when: 'not contact.channel in [\"web\", \"callcentre\"]' }\n    steps",
      "nothing is shown in a channel \"callcentre\"; did you mean \"call-centre\"?"
    ),
    (
      "when: customer.age >= 18 }\n    steps", "when: 'count(\"page.viewed\", \"kiosk\") > 0' }\n    steps",
      "nothing is shown in a channel \"kiosk\""
    ),
    (
      "interest(\"loans\")", "interest(\"loan\")",
      "nothing else names the interest \"loan\"; did you mean \"loans\"?"
    ),
    (
      "when: customer.age >= 18 }\n    steps", "when: consents_to('personal-ofers') }\n    steps",
      "nothing else names the purpose \"personal-ofers\"; did you mean \"personal-offers\"?"
    ),
    (
      "when: customer.age >= 18 }\n    steps", "when: refuses('phnoe') }\n    steps",
      "nothing else names the purpose \"phnoe\"; did you mean \"phone\"?"
    ),
    (
      "when: customer.age >= 18 }\n    steps", "when: \"refuses('topic:lons')\" }\n    steps",
      "no proposition has the group or issue \"lons\"; did you mean \"loans\"?"
    ),
    (
      "when: customer.age >= 18 }\n    steps", "when: \"consents_to('topic:gardening')\" }\n    steps",
      "no proposition has the group or issue \"gardening\""
    ),
    (
      "when: customer.age >= 18 }\n    steps", "when: has_identifier('custmer') }\n    steps",
      "no identifier has the namespace \"custmer\"; did you mean \"customer\"?"
    ),
    (
      "    group: cards\n", "    group: loanz\n",
      "the group loanz is nearly loans, which 1 have: is another one meant?"
    ),
    (
      "    issue: paying\n", "    issue: landing\n",
      "the issue landing is nearly lending, which 1 have: is another one meant?"
    ),
  ]) func `a name that nothing else has is remarked on where it stands`(old: String, new: String, says: String) throws {
    let (text, line) = Given.broken(old, new)
    #expect(line > 0)
    #expect(try Given.remarks(text) == ["\(line): \(says)"])
  }

  @Test(arguments: [
    "has_identifier('customer')", "refuses('topic:loans')", "refuses('topic:lending')", "refuses('phone')",
  ])
  func `a name that there is is nothing to remark on`(when: String) throws {
    let (text, _) = Given.broken("when: customer.age >= 18 }\n    steps", "when: \"\(when)\" }\n    steps")
    #expect(try Given.remarks(text) == [])
  }

  @Test func `which namespaces there are is the deployment's to say`() throws {
    let (text, line) = Given.broken(
      "when: customer.age >= 18 }\n    steps", "when: has_identifier('customer') }\n    steps")
    #expect(line > 0)
    let catalog = try CatalogFile.read(text: text + "\n  - channel: call-centre\n    propositions: [card]")
    let members = try Namespaces(text: "member=person")
    #expect(CatalogFile.remarks(on: catalog, nowMs: 1_785_000_000_000) == [])
    #expect(
      CatalogFile.remarks(on: catalog, nowMs: 1_785_000_000_000, namespaces: members).map(\.text) == [
        "no identifier has the namespace \"customer\""
      ])
  }

  @Test func `an intent that is nearly one that more ask for is remarked on`() throws {
    let asked = "when: contact.intent == 'cancellation' }"
    let (text, line) = Given.broken(
      "  - { name: adult, when: customer.age >= 18 }",
      "  - { name: leaving, \(asked)\n  - { name: gone, \(asked)\n  - { name: off, when: contact.intent == 'cancelation' }"
        + "\n  - { name: other, when: contact.intent == 'question' }\n  - { name: adult, when: customer.age >= 18 }")
    #expect(
      try Given.remarks(text) == [
        "\(line + 2): nothing else names the intent \"cancelation\"; did you mean \"cancellation\"?"
      ])
  }

  @Test func `groups that are numbered are not taken for each other`() throws {
    let text = Given.text.replacing("loans", with: "group-1").replacing("group: cards", with: "group: group-2")
    #expect(try Given.remarks(text) == [])
  }

  @Test func `a group that stands under two issues is a mistake of the second`() {
    let (text, line) = Given.broken("    issue: paying\n    group: cards\n", "    issue: paying\n    group: loans\n")
    #expect(
      Given.mistakes(text).map(\.description) == [
        "line \(line): propositions[1].issue: the group loans is lending's, first on line 14: a group has one issue"
      ])
  }

  @Test func `of ten thousand groups it is said in a moment which are nearly others`() throws {
    var catalog = try CatalogFile.read(text: Given.text)
    let one = catalog.propositions[1]
    catalog.propositions = (0..<10_000).map { number in
      var next = one
      let letters = String(number * 7_919 % 10_007, radix: 26).map { "\($0)\($0)" }.joined()
      (next.id, next.group) = ("p\(number)", "g-\(letters)")
      return next
    }
    catalog.propositions[0].group = "loan-of-many"
    catalog.propositions[1].group = "loan-of-mamy"
    let clock = ContinuousClock()
    let start = clock.now
    let remarks = CatalogFile.remarks(on: catalog, nowMs: 0).map(\.text)
    #expect(remarks.contains("the group loan-of-mamy is nearly loan-of-many, which 1 have: is another one meant?"))
    #expect(clock.now - start < .seconds(30))
  }
}
