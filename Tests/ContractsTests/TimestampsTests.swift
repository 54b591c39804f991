import Contracts
import Testing

@Suite("Times")
struct TimestampsTests {
  @Test func whatIsWrittenReadsBack() {
    for ms in stride(from: Int64(-62_135_596_800_000), through: 253_402_300_799_999, by: 86_399_999_777) {
      #expect(Timestamps.milliseconds(Timestamps.text(ms)) == ms)
    }
  }

  @Test(
    arguments: [
      ("2026-11-22T21:51:44.123Z", 1_795_384_304_123), ("2024-02-29T00:00:00.000Z", 1_709_164_800_000),
      ("2016-12-31T23:59:60.500Z", 1_483_228_799_500), ("2026-11-22t21:51:44.123z", 1_795_384_304_123),
      ("2026-11-22T22:51:44.12+01:00", 1_795_384_304_120), ("2026-11-22 21:51:44Z", 1_795_384_304_000),
    ] as [(String, Int64)])
  func aTimeOfRFC3339IsRead(text: String, ms: Int64) { #expect(Timestamps.milliseconds(text) == ms) }

  @Test(arguments: [
    "2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-01-00T00:00:00.000Z",
    "2026-01-01T24:00:00.000Z", "2026-01-01T00:60:00.000Z", "2026-01-01T00:00:61.000Z", "2026-01-01T00:00:00.00aZ",
    "2026-01-01T00:00:00.000X", "202a-01-01T00:00:00.000Z", "2026-01-01T00:00:00.", "",
  ])
  func whatIsNoTimeIsNot(text: String) { #expect(Timestamps.milliseconds(text) == nil) }
}
