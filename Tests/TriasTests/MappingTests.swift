import Contracts
import Foundation
import Testing

@testable import Replay

private let ids = ReplayIds(mint: IdMint(secret: "test"))

/// A file with that text, removed when the test is over.
func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("replay-\(UUID().uuidString).csv").path
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// The demo's real data.
func demo(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("deploy/demo/\(name)").path
}

private func events(_ dataset: Dataset, path: String, limit: Int = .max) throws -> [ReplayEvent] {
  let table = try TableReader(path: path, separator: dataset.separator)
  var mapper = dataset.mapper(ids: ids, channel: nil)
  var events: [ReplayEvent] = []
  var number: Int64 = 0
  while number < limit, let row = try table.next() {
    number += 1
    events += try mapper.events(row, number: number)
  }
  return events
}

@Suite struct MappingTests {
  @Test func aTableIsReadWithQuotesAndLineEndsAsTheyCome() throws {
    let text = "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2,last"
    let rows = try withFile(text) { path in
      let table = try TableReader(path: path, separator: .character(UInt8(ascii: ",")))
      var rows: [[String]] = []
      while let row = try table.next() { rows.append([row["a"], row["b"], row["c"]]) }
      return rows
    }
    #expect(rows == [["1", "x, \"y\"\nz", ""], ["2", "last", ""]])
  }

  @Test func aCallIsOneContactWithEverythingThatWasKnownBeforeIt() throws {
    let all = try events(.bank, path: demo("bank-additional-full.csv.gz"), limit: 2_000)
    #expect(all.count == 8_000)
    let first = Array(all.prefix(4))
    #expect(first.map(\.type) == [.contactStarted, .nbaPresented, .nbaRejected, .contactEnded])
    #expect(first.allSatisfy { $0.key == "customer:bank-1" && $0.data.contact == "replay-bank-1" })
    let context = try #require(first[0].data.context)
    #expect(context.items.count == 19)
    #expect(context["age"] == .number(56))
    #expect(context["contact_type"] == .string("telephone"))
    #expect(context["nr_employed"] == .number(5191))
    #expect(context["duration"] == nil)
    #expect(context["y"] == nil)
    #expect(ids.mint.listing(first[1].data.list ?? "", contact: "replay-bank-1")?.version == 0)
    #expect(Timestamps.text(first[0].recordedMs).hasPrefix("2008-05-05T09:"))
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.recordedMs <= $1.recordedMs && $0.sequence < $1.sequence })
  }

  @Test func aVisitIsWhatAVisitorSeesWithinHalfAnHour() throws {
    let header = "timestamp,item_id,position,click,user_feature_0,user_feature_1,user_feature_2,user_feature_3\n"
    let rows = """
      2019-11-24 00:00:17.004101+00:00,79,2,0,a,b,c,d
      2019-11-24 00:10:00.000000+00:00,14,1,1,a,b,c,d
      2019-11-24 00:12:00.000000+00:00,14,1,0,a,b,c,e
      2019-11-24 00:31:00.000000+00:00,15,3,0,a,b,c,d
      """
    let all = try withFile(header + rows) { try events(.openBandit, path: $0) }
    #expect(
      all.map(\.type) == [
        .contactStarted, .nbaPresented, .nbaPresented, .nbaClicked, .contactStarted, .nbaPresented, .contactEnded,
        .contactStarted, .nbaPresented,
      ])
    #expect(all[1].data.proposition == "fashion-79")
    #expect(all[1].data.rank == 2)
    #expect(Set(all.map(\.key)).count == 2)
    #expect(all[6].data.contact == all[0].data.contact)
    #expect(all[7].data.contact != all[0].data.contact)
  }

  @Test(arguments: [("11.77", 1_177), ("0.00", 0), ("12", 1_200), ("7.5", 750)])
  func anAmountIsReadExactly(_ text: String, _ minor: Int64) {
    #expect(Cdnow.minorUnits(text) == minor)
  }

  @Test(arguments: ["", "x", "-1.00", "1.234", "1.-2"])
  func whatIsNoAmountIsNone(_ text: String) {
    #expect(Cdnow.minorUnits(text) == nil)
  }

  @Test func aPurchaseIsAnOrderOfTheShopsSystem() throws {
    let all = try withFile(" customer_id  date number_of_cds  dollar_value\n 00001 19970101  1   11.77\n") {
      try events(.cdnow, path: $0)
    }
    let order = try #require(all.first)
    #expect(order.topic == Topics.sourceRecords)
    #expect(order.key == "customer:cdnow-00001")
    #expect(order.data.amountMinor == 1_177)
    #expect(order.recordedMs == Timestamps.milliseconds("1997-01-01T12:00:00Z"))
  }

  @Test func anEventIdThatComesAgainKeepsTheNumberThatItHad() throws {
    let consent = "unstruct_event_com_snowplowanalytics_snowplow_consent_preferences_1_0_0"
    let rows = """
      event_id,event,event_name,derived_tstamp,user_id,domain_userid,network_userid,domain_sessionid,page_urlpath,\(consent)
      e1,page_view,page_view,2021-03-03 21:27:32.345,ann,c1,n1,s1,/home,
      e2,unstruct,consent_preferences,2021-03-03 21:27:33.345,ann,c1,n1,s1,,"[{""scopes"": [""marketing""]}]"
      e1,page_view,page_view,2021-03-03 21:27:34.345,ann,c1,n1,s1,/home,
      e3,page_ping,page_ping,2021-03-01 21:27:34.345,,c1,n1,s2,,
      """
    let all = try withFile(rows) { try events(.snowplow, path: $0) }
    #expect(
      all.map(\.type) == [
        .contactStarted, .pageViewed, .consentGiven, .pageViewed, .contactStarted, .identityAsserted,
      ])
    #expect(all[1].id == all[3].id)
    #expect(all[1].sequence == all[3].sequence)
    #expect(all[1].data.identifiers.map(\.key) == ["customer:ann", "device:n1", "cookie:c1"])
  }

  /// Trackers report a view twice under two event ids; that it is one they say by its own number.
  @Test func aPageViewThatIsReportedAgainIsTheSameEvent() throws {
    let context = "contexts_com_snowplowanalytics_snowplow_web_page_1_0_0"
    let rows = """
      event_id,event_name,derived_tstamp,user_id,domain_userid,network_userid,domain_sessionid,page_urlpath,\(context)
      e1,page_view,2021-03-03 21:27:32.345,ann,c1,n1,s1,/home,"[{""id"":""p1""}]"
      e2,page_view,2021-03-03 21:27:33.345,ann,c1,n1,s1,/home,"[{""id"":""p1""}]"
      e2,page_view,2021-03-03 21:27:34.345,ann,c1,n1,s1,/home,
      e3,page_ping,2021-03-03 21:27:35.345,ann,c1,n1,s1,/home,"[{""id"":""p1""}]"
      e4,page_view,2021-03-03 21:27:36.345,ann,c1,n1,s2,/home,"[{""id"":""p1""}]"
      e5,page_view,2021-03-03 21:27:37.345,bob,c1,n1,s2,/home,"[{""id"":""p1""}]"
      e6,page_view,2021-03-03 21:27:38.345,bob,c1,n1,s2,/home,"[{""id"":null}]"
      e7,page_view,2021-03-03 21:27:39.345,bob,c1,n1,s2,/home,"[{""id"":null}]"
      """
    let all = try withFile(rows) { try events(.snowplow, path: $0) }.filter { $0.type != .contactStarted }
    #expect(all.map(\.id) == ["e1", "e1", "e1", "e3", "e4", "e5", "e6", "e7"])
    #expect(Set(all.map(\.sequence)).count == 6)
    #expect(all[0].sequence == all[1].sequence && all[0].sequence == all[2].sequence)
  }

  @Test(arguments: ["bank-additional-full.csv.gz", "open-bandit-bts-all.csv.gz"])
  func everyEventPassesTheSchema(_ name: String) throws {
    let dataset = try #require(Dataset(guessedFrom: name))
    for event in try events(dataset, path: demo(name), limit: 1_000) {
      let read = try Interaction.decode(type: event.type, data: event.data.json)
      #expect(read == event.data)
    }
  }
}
