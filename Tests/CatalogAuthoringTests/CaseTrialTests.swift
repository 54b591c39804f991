import CatalogAuthoring
import Contracts
import Foundation
import Rehearsal
import Testing

/// What becomes of a case: the customer is what his events make of him in operation, and what doesn't come out as expected
/// is told with what did.
@Suite struct CaseTrialTests {
  private static let catalog = """
    name: Test
    currency: EUR
    channels: [web, call-centre, branch]
    attributes:
      - {name: age, scope: customer, type: number}
      - {name: views_30d, take: count, event: page.viewed, over: 30d}
    segments:
      - {name: keen, when: customer.views_30d >= 3}
    propositions:
      - id: loan
        name: Loan
        issue: lending
        group: loans
        kind: offer
        valueMinor: 10000
        treatments: &everywhere
          - {channel: web, headline: A loan, body: Now., callToAction: "Yes"}
          - {channel: branch, headline: A loan, body: Now., callToAction: "Yes"}
        eligibility: [{name: adult, when: not customer.age < 18}]
        steps:
          - name: application
            summary: It is applied for.
            completedBy: {event: form.submitted, form: loan}
            dueHours: 48
          - name: call
            summary: Somebody has called.
            task: {channel: call-centre, instruction: Call.}
            completedBy: {event: task.done}
      - id: club
        name: Club
        issue: clubs
        group: clubs
        kind: content
        valueMinor: 5000
        treatments: *everywhere
        applicability: [{name: keen, when: in_segment("keen")}]
      - id: treasury
        name: Treasury
        issue: firms
        group: treasury
        kind: offer
        valueMinor: 1000000
        treatments: *everywhere
        applicability: [{name: by-its-buyer, when: contact.role == "buyer"}]
    """

  private func complaints(_ cases: String, _ text: String = catalog) throws -> [String] {
    let catalog = try CatalogFile.read(text: text)
    let lines = cases.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    let read = try CatalogCaseFile.read(text: "cases:\n\(lines)", for: catalog)
    return try CaseTrial(catalog).failures(read).map { "\($0.line): \($0.name): \($0.reason)" }
  }

  @Test func `computed attributes and segments come of what he did`() throws {
    let keen = """
      - name: keen
        given: {did: [{page.viewed: 2d, times: 2}, {page.viewed: 29d}]}
        contact: {channel: web}
        expect: {list: [loan, club], whole: true}
      - name: no more
        given: {did: [{page.viewed: 2d, times: 2}, {page.viewed: 33d}]}
        contact: {channel: web}
        expect: {list: [loan], whole: true, dropped: {club: {applicability: keen}}}
      """
    #expect(try complaints(keen) == [])
  }

  @Test func `a lead goes its way with the events and with the time`() throws {
    let leads = """
      - name: open
        given: {did: [{nba.accepted: 1d, proposition: loan}]}
        contact: {channel: web}
        expect: {dropped: {loan: {contact-policy: open-lead}}}
      - name: lost for want of an application
        given: {did: [{nba.accepted: 3d, proposition: loan}]}
        contact: {channel: web}
        expect: {dropped: {loan: {contact-policy: rest-after-acceptance}}}
      - name: still open, since it was applied for
        given: {did: [{nba.accepted: 3d, proposition: loan}, {form.submitted: 2d, form: loan}]}
        contact: {channel: web}
        expect: {dropped: {loan: {contact-policy: open-lead}}}
      - name: won
        given: {did: [{nba.accepted: 3d, proposition: loan}, {form.submitted: 2d, form: loan}, {task.done: 1h}]}
        contact: {channel: web}
        expect: {dropped: {loan: {contact-policy: rest-after-acceptance}}}
      """
    #expect(try complaints(leads) == [])
    let otherRule = leads.replacing(
      "expect: {dropped: {loan: {contact-policy: open-lead}}}",
      with: "expect: {dropped: {loan: {contact-policy: rest-after-rejection}}}", maxReplacements: 1)
    #expect(
      try complaints(otherRule) == [
        "5: open: expected loan to drop out at contact-policy: rest-after-rejection; it dropped out at contact-policy: "
          + "open-lead (Is being bought already, or something of its kind)"
      ])
    let early = leads.replacing("{task.done: 1h}", with: "{task.done: 60h}")
    #expect(try complaints(early) == ["15: won: task.done is refused: nobody was asked for a task"])
  }

  @Test func `what is done where the contact is, since it began, is done in it`() throws {
    let clear = """
      - name: too many
        given: {did: [{nba.presented: 1m, proposition: club, times: 20}, {page.viewed: 1m, times: 3}]}
        contact: {channel: web, ago: 2m}
        expect: {list: [loan, club]}
      - name: shown before
        given: {did: [{nba.presented: 1h, proposition: club, times: 20}, {page.viewed: 1m, times: 3}]}
        contact: {channel: web, ago: 2m}
        expect: {dropped: {club: {contact-policy: presentations-per-period}}}
      """
    let found = try complaints(clear)
    #expect(found == [], "\(found)")
    let silent = """
      - name: silent
        contact: {channel: web, ago: 45m}
        expect: {list: [loan]}
      """
    #expect(
      try complaints(silent) == [
        "2: silent: there is no list, because the contact is over: he was silent for too long"
      ])
    #expect(try complaints(silent.replacing("  contact", with: "  given: {did: [page.viewed: 20m]}\n  contact")) == [])
  }

  @Test func `an exclusion counts only where a case expects it`() throws {
    let recall = Self.catalog + "\nexclusions: [{proposition: loan, reason: the rate is wrong}]\n"
    let ever = """
      - name: as ever
        given: {attributes: {age: 40}}
        contact: {channel: web}
        expect: {list: [loan]}
      """
    let out = """
      - name: recalled
        given: {attributes: {age: 40}}
        contact: {channel: web}
        expect: {dropped: {loan: {validity: emergency-exclusion}}}
      """
    #expect(try complaints(ever, recall) == [])
    #expect(try complaints(out, recall) == [])
    #expect(try complaints(out).count == 1)
  }

  @Test func `several identifiers are one customer, and cases know nothing of each other`() throws {
    let two = """
      - name: a minor
        given: {identifiers: ["customer:1", "cookie:1"], attributes: {age: 12}}
        contact: {channel: web}
        expect: {dropped: {loan: {eligibility: adult}}}
      - name: his father, of whom nothing is known
        given: {identifiers: ["cookie:1"]}
        contact: {channel: web}
        expect: {list: [loan]}
      """
    #expect(try complaints(two) == [])
  }

  @Test func `who speaks for an organisation has his role`() throws {
    let firm = """
      - name: a buyer
        given:
          identifiers: ["organisation:HRB 1"]
          did: [{relation.recorded: 9d, person: "customer:9", role: buyer}]
        contact: {channel: web, actor: "customer:9"}
        expect: {list: [treasury]}
      """
    #expect(try complaints(firm) == [])
    #expect(
      try complaints(firm.replacing("role: buyer", with: "role: clerk")) == [
        "7: a buyer: expected treasury at rank 1; it dropped out at applicability: by-its-buyer (Not met: by its buyer)"
      ])
  }

  @Test func `of what there is none nobody is expected to get any`() throws {
    let kind = "    kind: content\n"
    let none = Self.catalog.replacing(kind, with: kind + "    limits: [{max: 0, per: ever, of: contacts}]\n")
    func keen(_ expected: String) -> String {
      """
      - name: none
        given: {did: [{page.viewed: 1d, times: 3}]}
        contact: {channel: web}
        expect: {\(expected)}
      """
    }
    let without = "list: [loan], whole: true, dropped: {club: {constraints: limit-reached}}"
    #expect(try complaints(keen(without), none) == [])
    #expect(try complaints(keen("list: [loan, club]"), none).count == 1)
    #expect(try complaints(keen("list: [loan, club]")) == [])
  }

  @Test func `what did not come out is told by line, with what did`() throws {
    let wrong = """
      - name: wrong
        given: {did: [page.viewed: 1d, page.viewed: 1d, page.viewed: 1d]}
        contact: {channel: web}
        expect:
          list: [club]
          whole: true
          dropped:
            loan: validity
      """.replacing("[page.viewed: 1d, page.viewed: 1d, page.viewed: 1d]", with: "[{page.viewed: 1d, times: 3}]")
    #expect(
      try complaints(wrong) == [
        "6: wrong: expected club at rank 1; it is at rank 2, priority 250: probability 0.05 × context 1 × value 5000; "
          + "at rank 1 is loan, priority 500: probability 0.05 × context 1 × value 10000",
        "7: wrong: expected nothing more on the list; after rank 1 come club",
        "9: wrong: expected loan to drop out at validity; it is at rank 1, priority 500: probability 0.05 × context 1 "
          + "× value 10000",
      ])
  }

  @Test func `a full list hides what ranks lower`() throws {
    let short = """
      - name: second
        contact: {channel: web}
        expect: {list: [loan, club]}
      """
    #expect(
      try complaints(short) == [
        "4: second: expected club at rank 2; it dropped out at applicability: keen (Not met: keen)"
      ])
  }

  @Test func `the demonstration's catalogue does what its tests say`() throws {
    let catalog = try DemoCatalogTests.catalog()
    let text = try String(
      contentsOf: DemoCatalogTests.folder.appendingPathComponent("catalog.tests.yaml"), encoding: .utf8)
    let cases = try CatalogCaseFile.read(text: text, for: catalog)
    #expect(cases.count >= 12)
    #expect(try CaseTrial(catalog).failures(cases) == [])
    #expect(Set(cases.flatMap(\.dropped).map(\.stage)).count >= 5)
  }
}
