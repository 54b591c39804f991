import CatalogAuthoring
import Testing

/// What nobody gets to see, and what everybody does, by what the catalogue itself says.
@Suite struct ReachRemarkTests {
  @Test(arguments: [
    (
      "startProbability: 0.25", "startProbability: 0.0001",
      "loan begins with a probability of 0.0001, and what has less than 0.0005 is hardly listed: "
        + "what nobody sees nobody accepts, so nothing better is learned of it"
    ),
    (
      "costMinor: 10\n", "costMinor: 1000\n",
      "loan costs 10.00 EUR to offer, and is worth 10.00 EUR where it is accepted: it is never worth its cost, "
        + "so that only control groups get to see it"
    ),
    (
      "costMinor: 10\n", "maxCpaMinor: 0\n",
      "one acceptance of loan may cost nothing, so it is not offered in a contact that costs something; "
        + "without a limit it has no maxCpaMinor"
    ),
    (
      "startProbability: 0.25", "maxCpaMinor: 10",
      "one acceptance of loan may cost 0.10 EUR, and one offer of it costs 0.10 EUR already, "
        + "so that only control groups get to see it"
    ),
  ]) func `what nobody would get to see is remarked on`(old: String, new: String, says: String) throws {
    let (text, line) = Given.broken(old, new)
    #expect(try Given.remarks(text) == ["\(line): \(says)"])
    // What has to be said is listed all the same.
    let mandatory = text.replacing("    validFrom:", with: "    mandatory: true\n    validFrom:")
    #expect(try Given.remarks(mandatory) == [])
  }

  @Test(arguments: [
    ("startProbability: 0.25", "startProbability: 0.0005"), ("costMinor: 10\n", "costMinor: 999\n"),
    ("startProbability: 0.25", "maxCpaMinor: 11"), ("valueMinor: 1000\n    costMinor: 10\n", "valueMinor: 0\n"),
  ]) func `what somebody may get to see is not`(old: String, new: String) throws {
    let (text, line) = Given.broken(old, new)
    #expect(line > 0)
    #expect(try Given.remarks(text) == [])
  }

  @Test(arguments: [
    ("purpose: marketing", "has not agreed to marketing"),
    (
      "eligibility: [{name: adult, when: '@adult'}, {name: caller, when: '@caller'}]", "may not have it (adult, caller)"
    ),
    (
      "purpose: marketing\n    eligibility: [{name: adult, when: '@adult'}]",
      "has not agreed to marketing or may not have it (adult)"
    ),
  ]) func `what a fallback list shows to everybody though not everybody may have it is remarked on`(
    asks: String, who: String
  ) throws {
    let (text, _) = Given.broken("    startProbability: 0.25\n", "    startProbability: 0.25\n    \(asks)\n")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(lines.firstIndex { $0.hasSuffix("propositions: [loan]") }) + 1
    #expect(
      try Given.remarks(text) == [
        "\(line): the fallback list of web shows loan to everybody, also to who \(who)"
      ])
  }
}
