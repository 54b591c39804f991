import Contracts
import ProfileAggregatorCore
import Streams
import Testing

/// How often somebody was approached with what, and what he said to it.
struct ContactHistoryTests {
  private let facets = Facets(mint: mint)

  private func run(_ events: [Event]) throws -> FacetState {
    try #require(
      try events.reduce(nil as FacetState?) { state, event in
        let decision = try facets.event(
          event.key, state, event.envelope, event.data, on: event.type.topic!.name, recordedMs: event.atMs,
          now: event.atMs)
        guard case .set(let next) = decision.change else { throw Refusal(stage: "test", reason: "nothing changed") }
        return next
      })
  }

  @Test func contactsThatWeBeginAreCountedByChannelAndDayOnce() throws {
    func started(_ id: String, _ contact: String, _ channel: String, day: Int64, _ direction: String = "outbound")
      -> Event
    {
      Event(id, .contactStarted, at: day * 86_400_000, by: [customer], contact: contact).with {
        ($0.channel, $0.direction) = (channel, direction)
      }
    }
    let state = try run([
      started("e1", "k1", "email", day: 0), started("e2", "k1", "email", day: 0), started("e3", "k2", "email", day: 2),
      started("e4", "k3", "call-centre", day: 2), started("e5", "k4", "web", day: 2, "inbound"),
      Event("e6", .pageViewed, at: 3 * 86_400_000, by: [customer], contact: "k2"),
    ])
    let day = startMs / 86_400_000
    let once = { DayCount(day: day + $0, count: 1) }
    #expect(
      state.body.approaches == [
        Approaches(channel: "email", days: [once(0), once(2)]), Approaches(channel: "call-centre", days: [once(2)]),
      ])
    let many = try run((0..<40).map { started("e\($0)", "k\($0)", "email", day: $0) })
    #expect(many.body.approaches?.first?.days.map(\.day) == (9..<40).map { day + $0 })
  }

  @Test func aListThatIsDrawnAgainIsOnePresentationAndALateApproachCounts() throws {
    let presented = { (id: String, contact: String) in
      Event(id, .nbaPresented, by: [customer], contact: contact).responding(to: "loan")
    }
    let state = try run(["e1", "e2", "e3"].map { presented($0, "k1") } + [presented("e4", "k2")])
    #expect(state.body.offers.map(\.presented) == [2])
    let contacts = (0..<8).map {
      Event("s\($0)", .contactStarted, at: 9_000 + Int64($0), by: [customer], contact: "k\($0)")
    }
    let late = Event("late", .contactStarted, by: [customer], contact: "old").with {
      ($0.channel, $0.direction) = ("email", "outbound")
    }
    #expect(try run(contacts + [late]).body.approaches?.map(\.channel) == ["email"])
  }

  @Test func ofRejectionsTheLastTimesAreKeptInTheirOrder() throws {
    let rejected = { (number: Int64) in
      Event("e\(number)", .nbaRejected, at: number * 1_000, by: [customer], contact: "k\(number)")
        .responding(to: "loan")
    }
    let some = try run([rejected(1), rejected(5), rejected(3)]).body.offers[0]
    #expect(some.rejectedAtMs == [1, 3, 5].map { startMs + $0 * 1_000 })
    #expect(some.rejected == 3 && some.lastRejectedMs == startMs + 5_000)
    let many = try run((0..<40).map(rejected)).body.offers[0]
    #expect(many.rejected == 40 && many.rejectedAtMs == (8..<40).map { startMs + $0 * 1_000 })
  }
}
