import Contracts
import MessageLog
import Testing

@testable import Customer360

@Suite("A timeline, page by page")
struct TimelineScanTests {
  struct World {
    var partitions: [Int32: [Record]] = [:]
    var begins: [Int32: Int64] = [:]

    var wanted: [Record] { partitions.values.joined().filter(World.matches) }

    static func matches(_ record: Record) -> Bool { record.key == [1] }

    /// All pages from the newest on, and the most that one has looked at.
    func pages(limit: Int, recordsMax: Int64) throws -> (records: [[Record]], looked: Int64) {
      var cursor: [Int32: Int64]?
      var pages: [[Record]] = []
      var looked: Int64 = 0
      repeat {
        var windows: [Int32: TimelineScan.Window] = [:]
        for (partition, records) in partitions where cursor == nil || cursor?[partition] != nil {
          let begin = begins[partition] ?? 0
          windows[partition] = TimelineScan.Window(
            begin: begin, next: cursor?[partition] ?? begin + Int64(records.count))
        }
        var scan = TimelineScan(windows, recordsMax: recordsMax, matches: World.matches)
        try scan.look(limit: limit) { partition, range in
          let begin = begins[partition] ?? 0
          return Array(partitions[partition]![Int(range.lowerBound - begin)..<Int(range.upperBound - begin)])
        }
        let page = scan.page(limit: limit)
        pages.append(page.hits.map(\.record))
        looked = max(looked, scan.looked)
        cursor = page.next.map { TimelineCursor(TimelineCursor(offsets: $0).text)!.offsets }
      } while cursor != nil && pages.count < 5_000
      return (pages, looked)
    }
  }

  func world(_ random: inout SystemRandomNumberGenerator, wildClocks: Bool) -> World {
    var world = World()
    for partition in 0..<Int32.random(in: 1...5, using: &random) {
      let begin = Int64.random(in: 0...1_000, using: &random)
      var timeMs: Int64 = 1_000
      world.begins[partition] = begin
      world.partitions[partition] = (0..<Int64.random(in: 0...400, using: &random)).map { n in
        timeMs += Int64.random(in: 0...50, using: &random)
        let skewMs = wildClocks ? Int64.random(in: -500...500, using: &random) : 0
        return Record(
          topic: "t", partition: partition, offset: begin + n, timestampMs: timeMs + skewMs,
          key: [Bool.random(using: &random) ? 1 : 0], value: nil, headers: Headers())
      }
    }
    return world
  }

  @Test(arguments: [false, true])
  func everyEventComesOnceAndTheNewestFirst(wildClocks: Bool) throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<60 {
      let world = world(&random, wildClocks: wildClocks)
      let limit = Int.random(in: 1...60, using: &random)
      let recordsMax = Int64.random(in: 5...300, using: &random)
      let (pages, looked) = try world.pages(limit: limit, recordsMax: recordsMax)
      let told = Array(pages.joined())
      #expect(pages.allSatisfy { $0.count <= limit })
      #expect(looked <= recordsMax)
      #expect(told.count == world.wanted.count)
      #expect(Set(told.map { "\($0.partition)/\($0.offset)" }).count == told.count)
      for partition in world.partitions.keys {
        let offsets = told.filter { $0.partition == partition }.map(\.offset)
        #expect(offsets == offsets.sorted(by: >))
      }
      if !wildClocks {
        let times = told.map(\.timestampMs)
        #expect(times == times.sorted(by: >))
      }
    }
  }

  /// Each looks at one record at least, or a page would know nothing and never get on.
  @Test func manyPartitionsAndALittlePatienceStillComeToAnEnd() throws {
    var world = World()
    for partition in Int32(0)..<60 {
      world.partitions[partition] = (0..<40).map {
        Record(
          topic: "t", partition: partition, offset: $0, timestampMs: $0 * 7, key: [1], value: nil, headers: Headers())
      }
    }
    let (pages, _) = try world.pages(limit: 50, recordsMax: 64)
    #expect(pages.joined().count == 2_400)
  }

  @Test func nothingIsLookedForBeforeHeWasFirstSeen() throws {
    let records = (0..<Int64(5_000)).map {
      Record(
        topic: "t", partition: 0, offset: $0, timestampMs: $0, key: [$0 > 4_900 ? 1 : 0], value: nil, headers: Headers()
      )
    }
    var scan = TimelineScan(
      [0: .init(begin: 0, next: 5_000)], recordsMax: 4_000, earliestMs: 4_800, matches: World.matches)
    try scan.look(limit: 200) { _, range in Array(records[Int(range.lowerBound)..<Int(range.upperBound)]) }
    let page = scan.page(limit: 200)
    #expect(page.hits.count == 99)
    #expect(page.next == nil)
    #expect(scan.looked < 1_000)
  }

  @Test(arguments: ["", "x", "1", "1.", "1.2.3", "-1.2", "1.-2", "1.2_", "1.2_1.3", "99999999999.1", "1.2 "])
  func whatIsNoCursorIsRefused(_ text: String) { #expect(TimelineCursor(text) == nil) }

  @Test func aCursorSaysWhereItWas() {
    let cursor = TimelineCursor(offsets: [3: 88, 0: 1_207])
    #expect(cursor.text == "0.1207_3.88")
    #expect(TimelineCursor(cursor.text) == cursor)
  }
}
