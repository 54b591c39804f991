import Contracts
import ProfileAggregatorCore
import Testing

/// A source that names one customer with ever new identifiers.
struct ManyIdentifiersTests {
  private func cookie(_ number: Int) -> Identifier { Identifier("cookie", "n\(number)") }

  @Test func ofTenThousandIdentifiersAProfileTakesSixtyFour() throws {
    var court = Court()
    for number in 0..<10_000 { court.claim(customer, cookie(number)) }
    #expect(court.index.members(of: mint.profile(customer)).count == Judge.membersMax)
    // Whoever there was no room for is somebody of his own, refused with the reason.
    let others = (63..<10_000).map(cookie)
    #expect(others.allSatisfy { court.profile($0) == mint.profile($0) })
    #expect(others.allSatisfy { court.index[$0]?.verdict.reason == "too-many-identifiers" })
    // What is kept of it is bounded, and so is what the data steward sees of it.
    let own = try #require(court.index[customer])
    #expect(own.conflicts?.count == IdentityMapEntry.conflictsMax && own.claims?.count == IdentityMapEntry.claimsMax)
    #expect(own.json.count < 64_000, "\(own.json.count) bytes")
    #expect(others.allSatisfy { court.index[$0]?.conflicts == nil })
    // Others are not held up.
    court.claim(login, device)
    #expect(court.areTogether(login, device))
  }
}
