import NbaScorerCore
import Testing

/// Where one value is wanted and there is none, or a list of them.
@Suite struct ScalarTests {
  /// A text, a number or a choice that is written and says nothing; a list may be empty.
  @Test(arguments: [
    ("valueMinor: 1000", "valueMinor: ~"), ("valueMinor: 1000", "valueMinor:"), ("currency: EUR", "currency: null"),
    ("costMinor: 10", "costMinor: ~"), ("startProbability: 0.25", "startProbability: ~"), ("id: loan", "id:"),
    ("dueHours: 24", "dueHours: ~"), ("restDays: 3", "restDays: ~"),
  ]) func `a field with nothing in it is a mistake, and only one`(old: String, new: String) throws {
    let (text, line) = Given.broken(old, new)
    try #require(line > 0)
    let mistakes = Given.mistakes(text).filter { $0.line == line }
    #expect(mistakes.map(\.reason) == ["there is nothing in it"], "\(CatalogMistakes(Given.mistakes(text)))")
  }

  @Test(arguments: [
    ("name: age", "name: [age]"), ("scope: customer", "scope: [customer]"), ("name: adult", "name: [adult]"),
    ("id: loan", "id: [loan]"), ("group: loans", "group: [loans]"), ("kind: offer", "kind: [offer]"),
    ("channel: web", "channel: [web]"), ("valueMinor: 1000", "valueMinor: [1000]"),
    ("fallback:\n  - channel: web", "fallback:\n  - channel: [web]"),
  ]) func `a list where one value is wanted is one mistake, not one of all who refer to it`(
    old: String, new: String
  ) throws {
    let (text, line) = Given.broken(old, new)
    try #require(line > 0)
    let mistakes = Given.mistakes(text)
    #expect(mistakes.count == 1 && mistakes[0].reason.hasSuffix("this is a list"), "\(CatalogMistakes(mistakes))")
  }
}
