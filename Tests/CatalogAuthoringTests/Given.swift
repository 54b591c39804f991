import CatalogAuthoring
import Contracts
import NbaScorerCore

/// A small catalogue to break in one place, and what then is said.
enum Given {
  static let text = """
    name: Test
    currency: EUR
    channels: [web, call-centre]
    attributes:
      - { name: age, scope: customer, type: number }
      - { name: device, scope: contact, type: string, values: [phone, desktop] }
    conditions:
      - { name: adult, when: customer.age >= 18 }
      - { name: caller, when: "@adult and contact.channel == 'call-centre'" }
    propositions:
      - id: loan
        name: Loan
        issue: lending
        group: loans
        kind: offer
        validFrom: 2026-01-01
        validUntil: 2026-12-31T12:00:00Z
        valueMinor: 1000
        costMinor: 10
        startProbability: 0.25
        treatments:
          - { channel: web, headline: A loan, body: Now., callToAction: Yes }
        applicability:
          - { name: adult, when: customer.age >= 18 }
        steps:
          - name: application
            summary: It is applied for.
            completedBy: { event: form.submitted, form: loan }
            dueHours: 24
      - id: card
        name: Card
        issue: paying
        group: cards
        kind: offer
        treatments:
          - { channel: call-centre, headline: A card, body: Now., callToAction: Yes }
    contextWeights:
      - { name: looking, title: looks at loans, when: interest("loans") > 1, group: loans, factor: 2 }
    contactPolicy:
      restDays: 3
    fallback:
      - channel: web
        propositions: [loan]
    """

  /// The catalogue with the first `old` replaced, and the line that it is on.
  static func broken(_ old: String, _ new: String) -> (text: String, line: Int) {
    guard let range = text.firstRange(of: old) else { return (text, -1) }
    let line = text[..<range.lowerBound].count { $0 == "\n" } + 1
    return (text.replacingCharacters(in: range, with: new), line)
  }

  /// Of a summer's day, each after its line. What is shown in the other channel while the suite is away is said too.
  static func remarks(
    _ text: String, _ more: String = "\n  - channel: call-centre\n    propositions: [card]"
  ) throws -> [String] {
    let (catalog, places) = try CatalogFile.readPlaced(text: text + more)
    return CatalogFile.remarks(on: catalog, nowMs: 1_785_000_000_000).map { "\(places.line(of: $0.place)): \($0)" }
  }

  static func mistakes(_ text: String) -> [CatalogMistake] {
    do {
      _ = try CatalogFile.read(text: text)
      return []
    } catch { return error.mistakes }
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>, with new: String) -> String {
    var text = self
    text.replaceSubrange(range, with: new)
    return text
  }
}
