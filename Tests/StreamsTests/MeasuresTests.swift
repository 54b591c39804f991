import Contracts
import Foundation
import MessageLog
import Streams
import Synchronization
import TestKit
import Testing

@testable import MemoryLog

/// Keeps what it is told.
final class TelemetryRecorder: Telemetry {
  private let state = Mutex<(counts: [String: Int], gauges: [String: Double], observed: [String: [Double]])>(
    ([:], [:], [:]))

  func count(_ name: StaticString, _ n: Int, labels: [(String, String)]) {
    state.withLock { $0.counts[Self.key(name, labels), default: 0] += n }
  }
  func gauge(_ name: StaticString, _ value: Double, labels: [(String, String)]) {
    state.withLock { $0.gauges[Self.key(name, labels)] = value }
  }
  func clear(_ name: StaticString, labels: [(String, String)]) {
    state.withLock { $0.gauges[Self.key(name, labels)] = nil }
  }
  func observe(_ name: StaticString, ms: Double, labels: [(String, String)]) {
    state.withLock { $0.observed[Self.key(name, labels), default: []].append(ms) }
  }
  func observe(_ name: StaticString, count: Int, labels: [(String, String)]) {
    state.withLock { $0.observed[Self.key(name, labels), default: []].append(Double(count)) }
  }
  func log(_ level: TelemetryLevel, _ message: String, _ metadata: [(String, String)]) {}

  private static func key(_ name: StaticString, _ labels: [(String, String)]) -> String {
    "\(name){" + labels.map { "\($0.0)=\($0.1)" }.joined(separator: ",") + "}"
  }

  func count(_ key: String) -> Int? { state.withLock { $0.counts[key] } }
  func gauge(_ key: String) -> Double? { state.withLock { $0.gauges[key] } }
  func observed(_ key: String) -> [Double] { state.withLock { $0.observed[key] ?? [] } }
  var gauges: [String: Double] { state.withLock { $0.gauges } }
}

@Suite("A processor says how far behind it is and how long its work takes")
struct MeasuresTests {
  let driver: TopologyDriver
  let telemetry = TelemetryRecorder()

  init() throws { driver = try TopologyDriver() }

  private func engine<State: TableValue>(
    _ processor: Processor<State>, _ adjust: (inout RuntimeSettings) -> Void = { _ in }
  ) throws -> ProcessorEngine {
    var settings = driver.settings
    adjust(&settings)
    let engine = ProcessorEngine(processor, log: driver.log, settings: settings, telemetry: telemetry)
    try engine.open()
    return engine
  }

  /// One turn a second: measures are taken that often.
  private func turn(_ engine: ProcessorEngine) throws {
    driver.clock.advance(ms: 1_000)
    _ = try engine.runOnce(timeoutMs: 0)
  }

  @Test func theLagIsThatOfEachTopicAndPartition() throws {
    let home = Partitioner.partition(of: "k", count: driver.partitions)
    let lag =
      "trias_consumer_lag_records{group=profile-aggregator.facets,topic=channel.interactions.v1,partition=\(home)}"
    let engine = try engine(counter) { $0.batchRecordsMax = 5 }
    for n in 1...20 { try driver.send("k", id: "e\(n)") }
    try turn(engine)
    #expect(telemetry.gauge(lag) == 15)
    try turn(engine)
    #expect(telemetry.gauge(lag) == 10)
    for _ in 0..<10 { try turn(engine) }
    let lags = telemetry.gauges.filter { $0.key.hasPrefix("trias_consumer_lag_records{") }
    #expect(lags.count == 2 * driver.partitions, "its input and its ticks, each partition")
    #expect(lags.values.allSatisfy { $0 == 0 })
    engine.close(graceful: true)
    #expect(!telemetry.gauges.contains { $0.key.hasPrefix("trias_consumer_lag_records{") }, "another's to tell")
  }

  @Test func itSaysWhatBecameOfTheRecordsAndHowLongItTook() throws {
    let group = "group=profile-aggregator.facets"
    let first = try engine(counter)
    for n in 1...7 { try driver.send("k", id: "e\(n)") }
    try driver.send("k", id: "e7")
    try driver.send("k", id: "e8", data: "bad")
    try turn(first)
    #expect(telemetry.count("trias_records_total{\(group),outcome=applied}") == 7)
    #expect(telemetry.count("trias_records_total{\(group),outcome=duplicate}") == 1)
    #expect(telemetry.count("trias_records_total{\(group),outcome=dead-lettered}") == 1)
    #expect(telemetry.observed("trias_batch_records{\(group)}") == [9])
    #expect(telemetry.observed("trias_decide_ms{\(group)}").count == 1)
    #expect(telemetry.observed("trias_commit_ms{\(group)}").allSatisfy { $0 > 0 })
    #expect(telemetry.observed("trias_restore_ms{\(group)}").count == driver.partitions)
    #expect(telemetry.gauge("trias_table_keys{\(group)}") == 1)
    #expect(telemetry.gauge("trias_partitions{\(group),standing=running}") == Double(driver.partitions))
    #expect(telemetry.gauge("trias_partitions{\(group),standing=stopped}") == 0)
    first.close(graceful: true)
    #expect(telemetry.count("trias_restored_records_total{\(group)}") == 0)
    let successor = try engine(counter)
    #expect(telemetry.count("trias_restored_records_total{\(group)}") == 1)
    successor.close(graceful: true)
  }

  @Test func whatAStepCountsIsCountedOnceItHasHappened() throws {
    let engine = try engine(counter)
    for n in 1...3 { try driver.send("k", id: "e\(n)") }
    driver.log.failNextAppend(taking: 0, with: .queueFull)
    for _ in 0..<10 where telemetry.count("trias_records_total{group=profile-aggregator.facets,outcome=applied}") == nil
    {
      try? turn(engine)
    }
    #expect(telemetry.count("test_counted_total{key=k}") == 3)
    // Neither a repetition nor what could not be taken counts.
    try driver.send("k", id: "e3")
    try driver.send("k", id: "e4", data: "bad")
    for _ in 0..<3 { try turn(engine) }
    #expect(telemetry.count("test_counted_total{key=k}") == 3)
    engine.close(graceful: true)
  }

  @Test func aDeletedKeyIsForgottenWhenItsTombstoneWouldBe() throws {
    let keys = "trias_table_keys{group=profile-aggregator.facets}"
    let first = try engine(passing)
    try driver.send("k", id: "e1")
    try driver.send("k", id: "e2", data: "gone")
    try turn(first)
    #expect(telemetry.gauge(keys) == 1, "deleted, and remembers what it has seen")
    try driver.send("k", id: "e1")
    try turn(first)
    #expect(first.state(of: "k", as: CountState.self) == nil, "a late repetition brings nothing back")
    driver.clock.advance(ms: 86_400_000)
    try turn(first)
    #expect(telemetry.gauge(keys) == 0)
    first.close(graceful: true)

    // A successor reads the tombstone and forgets it as late.
    try driver.send("l", id: "e3")
    try driver.send("l", id: "e4", data: "gone")
    let second = try engine(passing)
    try turn(second)
    second.close(graceful: true)
    let third = try engine(passing)
    try turn(third)
    #expect((telemetry.gauge(keys) ?? 0) >= 1)
    driver.clock.advance(ms: 86_400_000)
    try turn(third)
    #expect(telemetry.gauge(keys) == 0)
    third.close(graceful: true)
  }

  @Test func itIsNotReadyWhileItRestoresNorWithoutPartitions() async throws {
    let first = try engine(guarded)
    try driver.send("k", id: "e1")
    try turn(first)
    first.close(graceful: true)

    GuardedState.isHeld.store(true, ordering: .sequentiallyConsistent)
    let runner = ProcessorRunner(
      AnyProcessor(guarded), log: driver.log, settings: driver.settings, telemetry: NoTelemetry())
    #expect(!runner.readiness.ready)
    let thread = Thread { try? runner.run() }
    thread.start()
    defer { GuardedState.isHeld.store(false, ordering: .sequentiallyConsistent) }
    try await eventually { GuardedState.isWaiting.load(ordering: .sequentiallyConsistent) }
    #expect(!runner.readiness.ready)
    #expect(runner.readiness.detail.contains("restores \(driver.partitions) partitions"), "\(runner.readiness)")
    GuardedState.isHeld.store(false, ordering: .sequentiallyConsistent)
    try await eventually { runner.readiness.ready }
    runner.stop()
    try await eventually { thread.isFinished }
    #expect(!runner.readiness.ready)
  }
}

/// A processor that gathers its batches rests in between: it must not ask the clock and its log as fast as it can.
@Suite("A processor that gathers")
struct GatheringTests {
  @Test func restsBetweenItsBatches() async throws {
    let driver = try TopologyDriver(partitions: 1)
    var settings = driver.settings
    settings.honoursBatchInterval = true
    let turns = Turns()
    settings.clock = { turns.now() }
    let gathering = Processor<CountState>(
      group: .facets, inputs: counter.inputs, table: counter.table, outputs: counter.outputs, batchIntervalMs: 1_000,
      makeLogic: { CountLogic() })
    let runner = ProcessorRunner(AnyProcessor(gathering), log: driver.log, settings: settings, telemetry: NoTelemetry())
    let thread = Thread { try? runner.run() }
    thread.start()
    try driver.send("k", id: "e1")
    try await eventually { driver.said.contains("counted-k-1") }
    let (before, start) = (turns.count, ContinuousClock.now)
    try driver.send("k", id: "e2")
    try await eventually { driver.said.contains("counted-k-2") }
    let seconds = max(1, (ContinuousClock.now - start) / .seconds(1))
    #expect(Double(turns.count - before) / seconds < 500, "it spins")
    runner.stop()
    try await eventually { thread.isFinished }
  }

  /// Counts how often it is asked.
  private final class Turns: Sendable {
    private let asked = Atomic<Int>(0)
    var count: Int { asked.load(ordering: .relaxed) }

    func now() -> Int64 {
      asked.add(1, ordering: .relaxed)
      return Int64(Date().timeIntervalSince1970 * 1_000)
    }
  }
}

/// Keeps its keys' counts until it is told that they are gone.
private final class PassingLogic: Logic {
  func now(of state: CountState) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: CountState?, _ input: Input, now: Int64) throws(Refusal) -> Step<CountState> {
    guard case .event(let record, _) = input else { return .nothing }
    if record.value?.elementsEqual("gone".utf8) == true { return Step(.delete) }
    return Step(.set(CountState(count: (state?.count ?? 0) + 1, nowMs: now)))
  }
}

private let passing = Processor<CountState>(
  group: .facets, inputs: [Topics.channelInteractions], table: Topics.facetState, outputs: [],
  makeLogic: { PassingLogic() })

/// A state whose reading can be held up.
private struct GuardedState: TableValue {
  static let isHeld = Atomic<Bool>(false)
  static let isWaiting = Atomic<Bool>(false)
  var nextDueMs: Int64? { nil }

  static func decode(_ bytes: [UInt8]) throws -> GuardedState {
    while isHeld.load(ordering: .sequentiallyConsistent) {
      isWaiting.store(true, ordering: .sequentiallyConsistent)
      Thread.sleep(forTimeInterval: 0.002)
    }
    return GuardedState()
  }

  func encode() -> [UInt8] { Array("{}".utf8) }
}

private final class GuardedLogic: Logic {
  func step(_ key: String, _ state: GuardedState?, _ input: Input, now: Int64) throws(Refusal) -> Step<GuardedState> {
    Step(.set(GuardedState()))
  }
}

private let guarded = Processor<GuardedState>(
  group: .facets, inputs: [Topics.channelInteractions], table: Topics.facetState, outputs: [],
  makeLogic: { GuardedLogic() })
