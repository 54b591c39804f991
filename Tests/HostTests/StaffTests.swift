import Testing

@testable import Host

/// Whose token is whose.
struct StaffTests {
  private let tokens = StaffTokens(["ann=anns-own-token", " ben = bens-own=token "])

  @Test func aTokenIsOnePersons() {
    #expect(tokens.name(of: "anns-own-token") == "ann" && tokens.name(of: "bens-own=token") == "ben")
    #expect(tokens.name(of: "anns-own-tokem") == nil && tokens.name(of: "") == nil)
    #expect(StaffTokens([]).name(of: "") == nil && StaffTokens([]).isEmpty)
  }

  @Test(
    arguments: [
      ("ann=anns-own-token", nil), ("ann=anns-own-token\nben=bens-own-token\n", nil), ("", nil),
      ("ann", "entry 1: takes name=token"), ("ann=short", "entry 1: takes name=token"),
      ("ann=anns-own-token,=nobodys-token", "entry 2: takes name=token"),
      ("ann=anns-own-token,Ann=another-token", "entry 2: Ann, or the token, is there twice"),
      ("ann=anns-own-token,ben=anns-own-token", "entry 2: ben, or the token, is there twice"),
    ] as [(String, String?)])
  func whatIsWrongWithTheSettingIsSaidWithoutAToken(text: String, expected: String?) {
    let mistake = StaffTokens.mistake(text)
    #expect((mistake == nil) == (expected == nil), "\(mistake ?? "nothing")")
    #expect(mistake?.hasPrefix(expected ?? "") ?? true)
    #expect(mistake?.contains("own-token") != true)
  }
}
