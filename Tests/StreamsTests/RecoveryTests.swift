import Contracts
import Foundation
import MessageLog
import Synchronization
import TestKit
import Testing

@testable import MemoryLog
@testable import Streams

@Suite("After a fault of the log it goes on in its place")
struct RecoveryTests {
  let driver: TopologyDriver
  let group = ConsumerGroup.facets.rawValue
  let telemetry = TelemetryRecorder()

  init() throws { driver = try TopologyDriver(partitions: 2) }

  private var settings: RuntimeSettings {
    var settings = driver.settings
    settings.assignment = .group
    return settings
  }

  private func engine(
    _ processor: Processor<CountState> = counter, _ settings: RuntimeSettings? = nil
  ) throws -> ProcessorEngine {
    let engine = ProcessorEngine(
      processor, log: driver.log, settings: settings ?? self.settings, telemetry: telemetry)
    try engine.open()
    try settle(engine)
    return engine
  }

  private func settle(_ engine: ProcessorEngine) throws {
    while try engine.runOnce(timeoutMs: 0) > 0 {}
  }

  private var members: [Int] {
    driver.log.monitor.read { state, _ in state.groups[group]?.members.keys.sorted() ?? [] }
  }

  private var takeovers: Int { driver.log.records(of: Topics.facetState.name).count(where: Takeover.isTakeover) }

  /// Whether the broker has all of it, some or nothing, and whether or not the producer is beyond repair: what was begun
  /// is finished by the one who began it, who stays the member that he was.
  @Test(arguments: [Topics.facetState.name, Topics.profileTimeline.name], [0, 1, Int.max])
  func afterAFailedWriteItTakesOverWithoutLeaving(topic: String, taken: Int) throws {
    let engine = try engine()
    let before = members
    for error in [LogError.unavailable("test"), .fatal("a gap"), .queueFull] {
      for n in 0..<6 { try driver.send("k\(n)", id: "\(error)\(n)") }
      driver.log.failNextAppend(to: topic, taking: taken, with: error)
      #expect { try settle(engine) } throws: { if case .unavailable = $0 as? LogError { true } else { false } }
      try settle(engine)
    }
    #expect(members == before)
    #expect(takeovers == 8, "two partitions, once at the start and once after each fault")
    #expect(telemetry.count("trias_processor_recoveries_total{group=\(group)}") == 3)
    for n in 0..<6 { #expect(engine.state(of: "k\(n)", as: CountState.self)?.count == 3) }
    #expect(Set(driver.said) == Set((0..<6).flatMap { k in (1...3).map { "counted-k\(k)-\($0)" } }))
    let positions = driver.log.committed(group: group).filter { $0.key.topic == Topics.channelInteractions.name }
    #expect(positions.values.reduce(0) { $0 + $1.offset } == 18)
  }

  /// What a logic keeps beside the tables, as the linker does with the map, is as if the failed batch had never been.
  @Test func whatWasDecidedAndNotWrittenIsForgotten() throws {
    let remembering = Processor<CountState>(
      group: .facets, inputs: counter.inputs, table: counter.table, outputs: counter.outputs,
      makeLogic: { RememberingLogic() })
    let engine = try engine(remembering)
    try driver.send("k", id: "e1")
    driver.log.failNextAppend(to: Topics.facetState.name, taking: 0, with: .unavailable("test"))
    #expect(throws: LogError.self) { try settle(engine) }
    try settle(engine)
    #expect(engine.state(of: "k", as: CountState.self)?.count == 1)
  }

  /// Who takes all partitions is no member: a group that others have joined takes no positions from him, for as long as
  /// they stay. His work goes on, and what he says of himself doesn't pass over it.
  @Test func whosePositionsAreRefusedSaysSoUntilTheyAreTaken() async throws {
    var settings = driver.settings
    settings.sessionTimeoutMs = 50
    let runner = ProcessorRunner(AnyProcessor(counter), log: driver.log, settings: settings, telemetry: telemetry)
    let thread = Thread { try? runner.run() }
    thread.start()
    try await eventually("the first to work") { runner.readiness.ready }
    try driver.send("k", id: "e1")
    try await eventually("a position") { offsets() == 1 }

    let intruder = try driver.log.makeConsumer(name: "intruder", group: group)
    try intruder.subscribe(to: [Topics.channelInteractions.name], onAssign: { _ in [:] }, onRevoke: { _ in })
    _ = try intruder.poll(maxRecords: 1, timeoutMs: 0)
    try driver.send("k", id: "e2")
    try await eventually("its word on it") { !runner.readiness.ready }
    #expect(runner.readiness.detail.contains("its positions are refused"), "\(runner.readiness.detail)")
    #expect(driver.said.count == 2 && offsets() == 1, "it works on without them")

    intruder.close()
    try await eventually("its positions to be taken") { runner.readiness.ready && offsets() == 2 }
    runner.stop()
    try await eventually("its end") { thread.isFinished }
  }

  /// A position that was refused to somebody whose partitions are another's by now is not his to tell again.
  @Test func whoHasNothingToTellAnyMoreIsReady() throws {
    let interruption = Interruption()
    let time = Interruption()
    let rivals = try (0..<2).map { try driver.log.makeConsumer(name: "rival \($0)", group: group) }
    let engine = try engine(interrupted(by: interruption), settings(time))
    try driver.send("k", id: "e1")
    let topics = driver.log.monitor.read { state, _ in state.groups[group]?.members.values.first?.topics ?? [] }
    interruption.body = {
      driver.log.expelMembers(of: group)
      for rival in rivals {
        try? rival.subscribe(to: topics, onAssign: { _ in [:] }, onRevoke: { _ in })
      }
    }
    _ = try engine.runOnce(timeoutMs: 0)
    for _ in 0..<5 {
      for rival in rivals { _ = try rival.poll(maxRecords: 1, timeoutMs: 0) }
      _ = try engine.runOnce(timeoutMs: 0)
    }
    #expect(offsets() == 0, "it wrote, and told of it when it was no member any more")
    #expect(engine.isSettled && engine.standing.running.isEmpty, "the others have a partition each")
    time.uptimeMs.add(60_000, ordering: .relaxed)
    _ = try engine.runOnce(timeoutMs: 0)
    #expect(engine.commitProblem == nil)
  }

  private func offsets() -> Int64 {
    driver.log.committed(group: group).filter { $0.key.topic == Topics.channelInteractions.name }.values
      .reduce(0) { $0 + $1.offset }
  }

  /// Taking over fails too, at any of its steps, while the broker is away.
  @Test func aTakeoverThatFailsIsTriedAgain() throws {
    let engine = try engine()
    try driver.send("k", id: "e1")
    driver.log.failNextAppend(to: Topics.profileTimeline.name, taking: 0, with: .unavailable("test"))
    #expect(throws: LogError.self) { try settle(engine) }
    driver.log.failNextAppend(to: Topics.facetState.name, taking: .max, with: .unavailable("test"))
    #expect(throws: LogError.self) { try settle(engine) }
    driver.log.setAway(true)
    for _ in 0..<3 { #expect(throws: LogError.self) { try engine.runOnce(timeoutMs: 0) } }
    driver.log.setAway(false)
    // What its predecessor said and did not send is sent once more, and may not go out either.
    driver.log.failNextAppend(to: Topics.profileTimeline.name, taking: 0, with: .unavailable("test"))
    #expect(throws: LogError.self) { try settle(engine) }
    try settle(engine)
    #expect(driver.said == ["counted-k-1"])
    #expect(engine.standing.running == [0, 1])
  }

  /// A table that takes long to restore is left to the next one: a process that is told to end has seconds.
  @Test func whoIsToEndDoesNotRestoreToTheEnd() throws {
    let engine = try engine()
    for number in 0..<200 {
      for key in 0..<60 { try driver.send("k\(key)", id: "\(number)-\(key)") }
    }
    try settle(engine)
    engine.close(graceful: true)
    let successor = ProcessorEngine(counter, log: driver.log, settings: settings, telemetry: telemetry)
    successor.isStopping = { true }
    #expect {
      try successor.open()
      try settle(successor)
    } throws: {
      $0 as? LogError == .unavailable("stopping")
    }
    successor.isStopping = { false }
    try settle(successor)
    #expect(successor.state(of: "k0", as: CountState.self)?.count == 200)
  }

  /// A write failed, and before it is mended the group has given everything to another.
  @Test func whatTheGroupHasGivenAwayIsNotTakenOver() throws {
    let engine = try engine()
    try driver.send("k", id: "e1")
    driver.log.failNextAppend(to: Topics.facetState.name, taking: 0, with: .unavailable("test"))
    #expect(throws: LogError.self) { try settle(engine) }
    driver.log.expelMembers(of: group)
    let rival = try self.engine()
    let before = takeovers
    rival.close(graceful: true)
    try settle(engine)
    #expect(takeovers == before + 2, "it joined again, and took over what it was given")
    #expect(driver.said == ["counted-k-1"])
  }

  /// Its heap has let go of the keys by then.
  @Test(arguments: [0, Int.max]) func aTickThatCouldNotBeWrittenIsNotForgotten(taken: Int) throws {
    let engine = try engine()
    try driver.send("k", id: "e1")
    try settle(engine)
    driver.clock.advance(ms: 1_000)
    driver.log.failNextAppend(to: ConsumerGroup.facets.ticks.name, taking: taken, with: .unavailable("test"))
    #expect(throws: LogError.self) { try settle(engine) }
    try settle(engine)
    try settle(engine)
    #expect(driver.said == ["counted-k-1", "woken-k-1"])
  }

  /// More than half of the session's time-out lies between reading events and writing their states, and in that time the
  /// partitions were given to another: he hears of it before he writes in vain.
  @Test func beforeItWritesLateItAsksItsGroup() throws {
    let interruption = Interruption()
    let engine = try engine(interrupted(by: interruption), settings(interruption))
    try driver.send("k", id: "e1")
    var rival: ProcessorEngine?
    interruption.body = {
      driver.log.expelMembers(of: group)
      rival = try? self.engine()
    }
    #expect { try settle(engine) } throws: { if case .unavailable = $0 as? LogError { true } else { false } }
    #expect(driver.records(of: Topics.facetState).count == 1, "the rival's")
    for _ in 0..<10 {
      _ = try engine.runOnce(timeoutMs: 0)
      _ = try rival?.runOnce(timeoutMs: 0)
    }
    #expect(driver.said == ["counted-k-1"])
    #expect(engine.standing.running.count == 1 && rival?.standing.running.count == 1)
  }

  /// The same without a rival: it goes on with the batch, and then with what came while it asked.
  @Test func whoIsStillAMemberWritesLateAllTheSame() throws {
    let interruption = Interruption()
    let engine = try engine(interrupted(by: interruption), settings(interruption))
    try driver.send("k", id: "e1")
    interruption.body = { [driver] in for n in 2...4 { try? driver.send("k", id: "e\(n)") } }
    try settle(engine)
    #expect(driver.said == (1...4).map { "counted-k-\($0)" })
    #expect(takeovers == 2)
  }

  private func settings(_ interruption: Interruption) -> RuntimeSettings {
    var settings = settings
    settings.uptimeMs = { interruption.uptimeMs.load(ordering: .relaxed) }
    return settings
  }

  private func interrupted(by interruption: Interruption) -> Processor<CountState> {
    Processor(
      group: counter.group, inputs: counter.inputs, table: counter.table, outputs: counter.outputs,
      makeLogic: { InterruptedLogic(interruption) })
  }

  /// The whole loop: it waits in its place, says what for, and counts no restart.
  @Test func whileTheBrokerIsAwayItWaitsAndKeepsItsPlace() async throws {
    let runner = ProcessorRunner(AnyProcessor(counter), log: driver.log, settings: settings, telemetry: telemetry)
    let thread = Thread { try? runner.run() }
    thread.start()
    try await eventually { runner.readiness.ready }
    let before = members
    driver.log.setAway(true)
    try await eventually { runner.readiness.detail.hasPrefix("waits for the log") }
    #expect(!runner.readiness.ready)
    driver.log.setAway(false)
    try driver.send("k", id: "e1")
    try await eventually { runner.readiness.ready && driver.said == ["counted-k-1"] }
    driver.log.failNextAppend(to: Topics.profileTimeline.name, taking: 0, with: .fatal("a gap"))
    try driver.send("k", id: "e2")
    try await eventually { runner.readiness.ready && driver.said == ["counted-k-1", "counted-k-2"] }
    #expect(members == before)
    #expect(telemetry.count("trias_processor_restarts_total{group=\(group)}") == 0)
    runner.stop()
    try await eventually { thread.isFinished }
  }
}

/// What happens while a process is stopped in the middle of a step, and how long that takes.
private final class Interruption: @unchecked Sendable {
  // Unchecked: a test has one thread.
  let uptimeMs = Atomic<Int64>(0)
  var body: (() -> Void)?

  func happen() {
    guard let body else { return }
    self.body = nil
    uptimeMs.add(5_001, ordering: .relaxed)
    body()
  }
}

/// Counts in itself rather than in its states.
private final class RememberingLogic: Logic {
  private var count: Int64 = 0

  func now(of state: CountState) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: CountState?, _ input: Input, now: Int64) throws(Refusal) -> Step<CountState> {
    count += 1
    return Step(.set(CountState(count: count, nowMs: now)))
  }
}

private final class InterruptedLogic: Logic {
  private let logic = CountLogic()
  private let interruption: Interruption

  init(_ interruption: Interruption) { self.interruption = interruption }

  func now(of state: CountState) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: CountState?, _ input: Input, now: Int64) throws(Refusal) -> Step<CountState> {
    interruption.happen()
    return try logic.step(key, state, input, now: now)
  }
}
