import Contracts
import MessageLog
import Testing

/// A trace is passed on as it came or not at all, and never stops an event.
struct TraceparentTests {
  static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  @Test func aTraceIsRecognised() {
    #expect(Traceparent.valid(Self.good) == Self.good)
  }

  @Test(arguments: [
    "", "zz\u{0}\n", good + "-more", String(good.dropLast()), good.uppercased(), "01" + good.dropFirst(2),
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c8031-c-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01", String(repeating: "0", count: 9_000),
  ]) func whatIsNoneIsIgnored(_ text: String) {
    #expect(Traceparent.valid(text) == nil)
  }

  @Test func onTheTopicTooWhatIsNoneIsIgnoredAndTheEventIsTaken() throws {
    var envelope = Envelope(id: "e1", source: "s", type: "t", timeMs: 1)
    envelope.traceparent = Self.good
    #expect(try Envelope(envelope.headers).traceparent == Self.good)
    envelope.traceparent = "nonsense"
    #expect(try Envelope(envelope.headers).traceparent == nil)
    var notText = Envelope(id: "e1", source: "s", type: "t", timeMs: 1).headers
    notText.append("traceparent", [0xff, 0xfe])
    #expect(try Envelope(notText).traceparent == nil)
  }
}
