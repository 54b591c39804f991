import CatalogAuthoring
import Contracts
import NbaScorerCore
import Testing

/// Names and titles in the languages that reasons are said in.
@Suite struct LanguageTests {
  private static let both = Given.text
    .replacing("    name: Loan\n", with: "    name: {en: Loan, nl: Lening}\n")
    .replacing("title: looks at loans", with: "title: {nl: bekijkt leningen, en: looks at loans}")
    .replacing("name: age, scope", with: "name: age, title: {en: age, nl: leeftijd}, scope")
    .replacing(
      "- { name: adult, when: customer.age >= 18 }\n    steps",
      with: "- { name: adult, title: {en: is of age, nl: is meerderjarig}, when: customer.age >= 18 }\n    steps")

  @Test func `a name or a title is a text or one for each language`() throws {
    let catalog = try CatalogFile.read(text: Self.both)
    #expect(catalog.propositions[0].name == "Loan" && catalog.propositions[0].name(in: .dutch) == "Lening")
    #expect(catalog.propositions[1].name(in: .dutch) == "Card")
    #expect(catalog.contextWeights[0].title == "looks at loans")
    #expect(catalog.contextWeights[0].titles == Translations(nl: "bekijkt leningen"))
    #expect(catalog.attributes[0].title(in: .dutch) == "leeftijd" && catalog.attributes[0].title(in: .english) == "age")
    let dutch = try CatalogFile.read(text: Self.both.replacing("currency: EUR", with: "currency: EUR\nlanguage: nl"))
    #expect(dutch.propositions[0].name == "Lening" && dutch.propositions[0].name(in: .english) == "Loan")
  }

  @Test(arguments: [
    ("{nl: Lening}", "propositions[0].name: en, the catalogue's own language, is missing"),
    ("{en: Loan, de: Kredit}", "propositions[0].name: there is no field de; there are en, nl"),
    ("{en: Loan, nl: ''}", "propositions[0].name.nl: is empty"),
  ]) func `what is wrong with one of them is told on its line`(name: String, says: String) {
    let (text, line) = Given.broken("    name: Loan\n", "    name: \(name)\n")
    #expect(Given.mistakes(text).map(\.description) == ["line \(line): \(says)"])
  }

  @Test func `a translation that is too long is a mistake of the catalogue's own`() throws {
    var catalog = try CatalogFile.read(text: Self.both)
    catalog.propositions[0].names?.nl = String(repeating: "x", count: 600)
    #expect(catalog.mistakes.map(\.place) == ["propositions[0].names.nl"])
  }

  @Test func `how things are called changes nothing of what is known of customers`() throws {
    let (plain, titled) = (try CatalogFile.read(text: Given.text), try CatalogFile.read(text: Self.both))
    #expect(try CustomerDefinitions(plain).fingerprint == CustomerDefinitions(titled).fingerprint)
  }
}
