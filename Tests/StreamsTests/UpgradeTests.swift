import Contracts
import Foundation
import MessageLog
import Streams
import TestKit
import Testing

/// The counter after its table's shape changed: the count has another name, and the old one is not understood.
struct CountState2: TableValue, Equatable {
  var total: Int64
  var nowMs: Int64
  var nextDueMs: Int64?

  struct NotMine: Error {}

  static func decode(_ bytes: [UInt8]) throws -> CountState2 {
    let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
    guard let total = object["total"] as? Int64, object["count"] == nil else { throw NotMine() }
    return CountState2(total: total, nowMs: object["nowMs"] as? Int64 ?? 0, nextDueMs: object["nextDueMs"] as? Int64)
  }

  static func upcast(_ bytes: [UInt8], from version: Int) throws -> [UInt8] {
    precondition(version == 1)
    var object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
    object["total"] = object.removeValue(forKey: "count")
    return Array(try JSONSerialization.data(withJSONObject: object))
  }

  static func downcast(_ bytes: [UInt8], to version: Int) -> [UInt8] {
    precondition(version == 1)
    var object = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
    object["count"] = object.removeValue(forKey: "total")
    return Array(try! JSONSerialization.data(withJSONObject: object))
  }

  func encode() -> [UInt8] {
    var object: [String: Any] = ["total": total, "nowMs": nowMs]
    object["nextDueMs"] = nextDueMs
    return Array(try! JSONSerialization.data(withJSONObject: object))
  }
}

final class CountLogic2: Logic {
  private let logic = CountLogic()

  func now(of state: CountState2) -> Int64 { state.nowMs }

  /// It counts as before.
  func step(_ key: String, _ state: CountState2?, _ input: Input, now: Int64) throws(Refusal) -> Step<CountState2> {
    let old = state.map { CountState(count: $0.total, nowMs: $0.nowMs, nextDueMs: $0.nextDueMs) }
    let step = try logic.step(key, old, input, now: now)
    guard case .held(let held) = step.change else { return Step(.none) }
    let new = held.value
    return Step(
      .set(CountState2(total: new.count, nowMs: new.nowMs, nextDueMs: new.nextDueMs)), step.outputs)
  }
}

let counter2 = Processor<CountState2>(
  group: .facets, inputs: counter.inputs, table: counter.table, outputs: counter.outputs, reducerVersion: 2,
  makeLogic: { CountLogic2() })

@Suite("A rolling upgrade")
struct UpgradeTests {
  @Test func anOlderStateIsReadThroughItsUpcaster() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    for number in 0..<5 { try driver.send("k", id: "e\(number)") }
    try driver.settle()
    let upgraded = try TopologyDriver(log: driver.log, clock: driver.clock, instance: "upgraded")
    try upgraded.add(counter2)
    try upgraded.send("k", id: "e5")
    try upgraded.settle()
    #expect(upgraded.state(.facets, "k", as: CountState2.self)?.total == 6)
    #expect(upgraded.said == (1...6).map { "counted-k-\($0)" })
  }

  /// First it writes the older shape, which every instance reads; once all are of the newer version, its own.
  @Test func beforeItIsActivatedANewerVersionWritesWhatAnOlderOneReads() throws {
    let driver = try TopologyDriver()
    try driver.add(counter)
    try driver.send("k", id: "e1")
    try driver.settle()
    func newer(_ instance: String, writing version: Int) throws -> TopologyDriver {
      let newer = try TopologyDriver(log: driver.log, clock: driver.clock, instance: instance)
      try newer.add(counter2) { $0.tableVersions[.facets] = version }
      return newer
    }
    let expanded = try newer("expanded", writing: 1)
    try expanded.send("k", id: "e2")
    try expanded.settle()
    #expect(expanded.state(.facets, "k", as: CountState2.self)?.total == 2)
    let older = try TopologyDriver(log: driver.log, clock: driver.clock, instance: "older")
    try older.add(counter)
    try older.send("k", id: "e3")
    try older.settle()
    #expect(older.count("k") == 3)
    let activated = try newer("activated", writing: 2)
    try activated.send("k", id: "e4")
    try activated.settle()
    let last = try #require(activated.values(of: Topics.facetState).last)
    #expect(last.contains("\"total\":4") && !last.contains("count"))
    #expect(activated.said == (1...4).map { "counted-k-\($0)" })
  }

  @Test(arguments: [0, 3]) func aVersionThatIsNotKnownIsRefused(version: Int) throws {
    let driver = try TopologyDriver()
    #expect(throws: StreamsError.self) { try driver.add(counter2) { $0.tableVersions[.facets] = version } }
  }

  /// Old and new share the partitions of one group. What the new one has written the old one doesn't touch, but says
  /// that it can't; when the last old one is gone, everything has been counted once.
  @Test func oldAndNewSideBySideCountEverythingOnce() async throws {
    let cluster = try BrokerTests.Cluster()
    let old = cluster.runner("old", .group)
    let oldThread = DispatchSemaphoreThread { try? old.run() }
    try cluster.send(1...400)
    #expect(try cluster.said(atLeast: 400).count == 400)

    let new = cluster.runner("new", .group, of: AnyProcessor(counter2))
    var newThread = DispatchSemaphoreThread { try? new.run() }
    try await eventually("the new one to have its share") { new.readiness == (true, "2 of 4 partitions") }
    try cluster.send(401...800)
    #expect(try cluster.said(atLeast: 800).count == 800)

    // The new one leaves: its partitions go to the old one, who must not read them.
    new.stop()
    newThread.wait()
    try await eventually("the old one to stand still where it can't read") {
      old.readiness.detail.contains("deploy the newer one first")
    }
    try cluster.send(801...1_200)
    let again = cluster.runner("again", .group, of: AnyProcessor(counter2))
    newThread = DispatchSemaphoreThread { try? again.run() }
    old.stop()
    oldThread.wait()
    #expect(try cluster.said(atLeast: 1_200) == cluster.expected(1_200))
    again.stop()
    newThread.wait()
  }
}
