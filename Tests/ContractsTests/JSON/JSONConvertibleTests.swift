// The hand-written coders of the hot types against `Codable`, in both directions, with every member that a type has.
import Contracts
import Foundation
import JSONTrees
import Testing

@Suite struct JSONConvertibleTests {
  @Test(arguments: 0..<60) func interactions(seed: Int) throws { try agree(Interaction.self, seed) }
  @Test(arguments: 0..<60) func profileStates(seed: Int) throws { try agree(ProfileState.self, seed) }
  @Test(arguments: 0..<60) func facets(seed: Int) throws { try agree(Facet.self, seed) }
  @Test(arguments: 0..<30) func facetMoves(seed: Int) throws { try agree(FacetMove.self, seed) }
  @Test(arguments: 0..<30) func identityClaims(seed: Int) throws { try agree(IdentityClaim.self, seed) }
  @Test(arguments: 0..<30) func identityMapEntries(seed: Int) throws { try agree(IdentityMapEntry.self, seed) }
  @Test(arguments: 0..<30) func stewardCommands(seed: Int) throws { try agree(StewardCommand.self, seed) }
  @Test(arguments: 0..<30) func consentStates(seed: Int) throws { try agree(ConsentState.self, seed) }
  @Test(arguments: 0..<30) func lists(seed: Int) throws { try agree(NbaList.self, seed) }
  @Test(arguments: 0..<30) func decisions(seed: Int) throws { try agree(NbaDecision.self, seed) }
  @Test(arguments: 0..<30) func evidence(seed: Int) throws { try agree(NbaEvidence.self, seed) }
  @Test(arguments: 0..<30) func models(seed: Int) throws { try agree(PropensityModel.self, seed) }

  /// The two agree on a value: each reads what the other wrote, and what each wrote has the same members.
  private func agree<Value: JSONConvertible & Codable & Equatable>(_ type: Value.Type, _ seed: Int) throws {
    let value = RandomDecoder.value(type, seed: seed, isFull: seed.isMultiple(of: 3))
    let ours = value.json
    let theirs = [UInt8](try JSONEncoder().encode(value))
    #expect(try JSONTree.read(ours) == JSONTree.read(theirs))
    // Foundation forgets the order of an object's members; only there may the values differ.
    let readByTheirs = try JSONDecoder().decode(type, from: Data(ours))
    #expect(try JSONTree.read(readByTheirs.json) == JSONTree.read(ours))
    #expect(try JSONTree.read(type.init(json: theirs).json) == JSONTree.read(theirs))
    #expect(try type.init(json: ours) == value)
  }

  @Test func whatIsMissingIsNamed() {
    let error = #expect(throws: JSONError.self) {
      try ProfileState(json: Array(#"{"id":"p","nowMs":1,"facets":[{"id":"f","version":0,"seq":1}]}"#.utf8))
    }
    #expect(error?.description == "facets[0].body: is missing")
  }

  @Test func aValueThatIsNotOneOfThoseDeclaredIsNamedWithThem() {
    let error = #expect(throws: JSONError.self) {
      try StageCount(json: Array(#"{"stage":"lunch","count":1}"#.utf8))
    }
    #expect(
      error?.description
        == "stage: takes validity, eligibility, applicability, suitability, consent, contact-policy, propensity, "
        + "arbitration, constraints; is lunch")
  }

  @Test func nullIsAsGoodAsMissing() throws {
    let json = #"{"identifiers":[{"namespace":"cookie","value":"c"}],"channel":null,"rank":null,"context":null}"#
    #expect(try Interaction(json: Array(json.utf8)) == Interaction(identifiers: [Identifier("cookie", "c")]))
  }
}
