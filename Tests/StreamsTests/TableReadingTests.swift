import Contracts
import Foundation
import MessageLog
import Streams
import Synchronization
import TestKit
import Testing

@testable import MemoryLog

@Suite("What others see of a processor's table")
struct TableReadingTests {
  let processor = AnyProcessor(counter)

  func driver(_ address: String, _ window: TableWindow? = nil, on other: TopologyDriver? = nil) throws -> TopologyDriver
  {
    let driver = try TopologyDriver(log: other?.log, clock: other?.clock, instance: "at \(address)")
    try driver.add(counter) {
      $0.address = { address }
      $0.window = window
    }
    return driver
  }

  func lookup(_ driver: TopologyDriver) -> TableLookup {
    TableLookup(processor, log: driver.log, domainPartitions: driver.partitions)
  }

  func count(_ value: [UInt8]?) throws -> Int64? { try value.map { try CountState.decode($0).count } }

  @Test func aWindowShowsWhatIsCommittedAndNothingElse() throws {
    let window = TableWindow()
    let driver = try driver("a", window)
    let lookup = lookup(driver)
    for n in 1...3 { try driver.send("k", id: "e\(n)") }
    #expect(try #require(window.look("k", in: lookup.partition(of: "k"))).value == nil)
    try driver.settle()
    let sight = try #require(window.look("k", in: lookup.partition(of: "k")))
    #expect(try count(sight.value) == 3)
    #expect(sight.unheardMs < 60_000)
    try driver.send("k", id: "e4")
    driver.log.failNextAppend(to: Topics.profileTimeline.name, taking: 0, with: .unavailable("test"))
    #expect(throws: LogError.self) { try driver.settle() }
    #expect(try count(window.look("k", in: lookup.partition(of: "k"))?.value) == 3)
    try driver.settle()
    #expect(try count(window.look("k", in: lookup.partition(of: "k"))?.value) == 4)
  }

  /// Two threads look all the while, as the table grows and is moved in memory. Run under the thread sanitizer as well.
  @Test func theOwnerWorksOnWhileOthersLook() throws {
    let window = TableWindow()
    let driver = try driver("a", window)
    let lookup = lookup(driver)
    let isOver = Atomic<Bool>(false)
    let looks = Atomic<Int>(0)
    let wentBack = Atomic<Int>(0)
    let lookers = (0..<2).map { n in
      let done = DispatchSemaphore(value: 0)
      Thread {
        var last: Int64 = 0
        while !isOver.load(ordering: .relaxed) {
          let sight = window.look("k", in: lookup.partition(of: "k"))
          let count = (try? self.count(sight?.value)) ?? 0
          if count < last { wentBack.add(1, ordering: .relaxed) }
          last = count
          _ = window.look("other\(last * 10 + Int64(n))", in: lookup.partition(of: "other\(last * 10 + Int64(n))"))
          looks.add(1, ordering: .relaxed)
        }
        done.signal()
      }.start()
      return done
    }
    var rounds = 0
    while rounds < 300 || looks.load(ordering: .relaxed) < 2_000 {
      rounds += 1
      try driver.send("k", id: "e\(rounds)")
      for n in 0..<20 { try driver.send("other\(rounds * 10 + n)", id: "o\(rounds)-\(n)") }
      _ = try driver.turn(.facets)
    }
    isOver.store(true, ordering: .relaxed)
    for done in lookers { done.wait() }
    try driver.settle()
    #expect(wentBack.load(ordering: .relaxed) == 0)
    #expect(try count(window.look("k", in: lookup.partition(of: "k"))?.value) == Int64(rounds))
  }

  /// A partition that is another's, or that stands still, has nothing to show.
  @Test func aWindowIsShutWithTheOwnersWork() throws {
    let window = TableWindow()
    let driver = try driver("a", window)
    try driver.send("k", id: "e1")
    try driver.settle()
    #expect(window.look("k", in: 99) == nil)
    // Its successor can't read what it finds.
    try driver.publish(
      OutgoingRecord(
        topic: Topics.facetState.name, partition: lookup(driver).partition(of: "k"), key: Array("k".utf8),
        value: Array("no state".utf8), headers: Headers([("trias_epoch", "99")])))
    try driver.reopen(.facets)
    #expect(window.look("k", in: lookup(driver).partition(of: "k")) == nil)
    let others = (0..<Int32(driver.partitions)).filter { $0 != lookup(driver).partition(of: "k") }
    #expect(others.allSatisfy { window.look("k", in: $0) != nil })
  }

  /// It was restored and open, and then its input turned out to be another log.
  @Test func aPartitionThatComesToStandStillIsShutToo() throws {
    let first = try driver("a")
    for n in 1...3 { try first.send("k", id: "e\(n)") }
    try first.settle()
    first.log.recreate(Topics.channelInteractions.name, forgettingPositions: false)
    for n in 1...3 { try first.send("k", id: "other\(n)") }
    let window = TableWindow()
    let second = try driver("b", window, on: first)
    let partition = lookup(second).partition(of: "k")
    #expect(window.look("k", in: partition) != nil)
    try second.settle()
    #expect(window.look("k", in: partition) == nil)
    #expect((0..<Int32(second.partitions)).allSatisfy { $0 == partition || window.look("k", in: $0) != nil })
  }

  /// Also of an owner who has had nothing to do since he took over.
  @Test func theLogSaysWhoOwnsAPartition() throws {
    let first = try driver("http://a:1")
    let partitions = (0..<Int32(first.partitions))
    #expect(try partitions.allSatisfy { try lookup(first).owner(of: $0) == nil })
    try first.settle()
    for partition in partitions {
      #expect(try lookup(first).owner(of: partition)?.address == "http://a:1")
      #expect(try lookup(first).owner(of: partition)?.instance == "at http://a:1")
    }
    let second = try driver("http://b:2", on: first)
    try second.settle()
    first.log.compact(Topics.facetState.name)
    for partition in partitions { #expect(try lookup(first).owner(of: partition)?.address == "http://b:2") }
    // One that has taken over and not said so yet: nobody is better than one who isn't it any more.
    _ = try driver("http://c:3", on: first)
    first.log.compact(Topics.facetState.name)
    for partition in partitions { #expect(try lookup(first).owner(of: partition) == nil) }
  }

  @Test func whatStoodLastUnderAKeyIsFoundInTheLog() throws {
    let driver = try driver("a")
    for n in 1...40 { try driver.send("k\(n % 8)", id: "e\(n)") }
    try driver.settle()
    // Far more than one step back.
    for n in 1...600 {
      try driver.send("other", id: "o\(n)")
      try driver.settle()
    }
    for n in 0..<8 {
      let found = try lookup(driver).newest("k\(n)", timeoutMs: 60_000)
      #expect(try count(found.value) == 5)
      #expect(found.version == 1)
      #expect(found.asOfMs == driver.clock.nowMs)
    }
    #expect(try lookup(driver).newest("nobody", timeoutMs: 60_000).value == nil)
  }

  @Test func whatAZombieWroteIsNotWhatStoodLast() throws {
    let first = try driver("a")
    try first.send("k", id: "e1")
    try first.settle()
    let own = try #require(first.log.records(of: Topics.facetState.name).last { $0.key == Array("k".utf8) })
    let second = try driver("b", on: first)
    try second.settle()
    var late = OutgoingRecord(
      topic: own.topic, partition: own.partition, key: own.key, value: Array("{\"count\":77,\"nowMs\":1}".utf8))
    late.headers = own.headers
    try first.publish(late)
    #expect(try count(lookup(second).newest("k", timeoutMs: 60_000).value) == 1)
  }

  @Test func aSearchThatTakesTooLongIsGivenUp() throws {
    let driver = try driver("a")
    try driver.send("k", id: "e1")
    try driver.settle()
    #expect(throws: LogError.self) { try lookup(driver).newest("k", timeoutMs: 0) }
  }

  @Test func aCommitOfAnEarlierReleaseNamesNoOwner() throws {
    let old = try #require(CommitMetadata("w=7;a=1;d=0;x=0;e=-1;s=5"))
    #expect(old.ownerEpoch == nil)
    #expect(old.text == "w=7;a=1;d=0;x=0;e=-1;s=5")
    let new = try #require(CommitMetadata("w=7;a=1;d=0;x=0;e=-1;o=4;s=5"))
    #expect(new.ownerEpoch == 4)
    #expect(new.watermark == 7)
  }
}
