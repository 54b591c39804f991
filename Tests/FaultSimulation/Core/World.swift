import Contracts
import MemoryLog
import MessageLog
import Seeds
import Streams

/// What is run: which processors, what comes in, and what must be there in the end.
protocol Scenario: AnyObject {
  var partitions: Int { get }
  var topics: [Topic] { get }
  var roles: [Role] { get }
  /// One thing that happens outside: something is published, or nothing yet.
  func act(_ world: World)
  var isDone: Bool { get }
  /// What is not done yet, in words.
  var waitsFor: String { get }
  /// How far time goes on in a turn when nothing else happens.
  var restMs: Int64 { get }
  /// How long after it has come to rest something is still due.
  var laterMs: Int64 { get }
  /// What is not as it must be, each beginning with the name of the invariant.
  func violations(_ world: World) -> [String]
  /// What every key still knows, and what may come once more without a trace.
  var known: [OutgoingRecord] { get }
}

/// One run: a log, instances of every processor, and a scheduler that decides by a seed who does what next and what goes
/// wrong. One thread, no clock but its own.
final class World {
  var random: Seeded
  let log: MemoryLog
  let time = SimulatedTime()
  let scenario: any Scenario
  let policy: CommitPolicy
  private(set) var instances: [Instance] = []
  private(set) var faults = Faults.none
  private(set) var steps = 0
  /// How often what happened.
  var happened = Happenings()
  /// What was seen while it ran.
  private var seen: [String] = []
  /// Sessions of the dead, until the group learns of it.
  private var graves: [any LogConsumer] = []
  private var late: [(step: Int, records: [OutgoingRecord])] = []
  private var depth = 0
  private let writer: any LogProducer
  private let batchRecordsMax: Int
  private let commitIntervalMs: Int64
  private let outboxBytesMax: Int
  let sessionTimeoutMs: Int64

  /// The last of what happened, if anybody wants to know.
  private var trace: [String]?
  static let traceMax = 10_000
  /// Of a thousand runs, how many end with an input that was put in the place of another.
  private static let recreations = 200
  /// In so many more everybody has done what he does, when nothing goes wrong any more: also where each batch is one record,
  /// and one instance of facets is left for somebody who says much.
  static let stepsMax = 12_000
  static let compactionLagMs: Int64 = 3_600_000

  init(_ scenario: any Scenario, random: Seeded, policy: CommitPolicy, traced: Bool) throws {
    self.scenario = scenario
    self.random = random
    self.policy = policy
    trace = traced ? [] : nil
    let plans = scenario.topics.map {
      TopicPlan(
        name: $0.name, partitions: $0.partitionCount(domainPartitions: scenario.partitions), cleanup: $0.cleanup)
    }
    let time = time
    log = MemoryLog(topics: plans, clock: { time.nowMs })
    writer = try log.makeProducer(name: "outside")
    batchRecordsMax = self.random.pick([1, 3, 10, 50])
    commitIntervalMs = self.random.pick([0, 0, 200, 2_000])
    sessionTimeoutMs = self.random.pick([200, 1_000, 10_000])
    outboxBytesMax = self.random.pick([256_000, 256_000, 400])
    for role in scenario.roles {
      for number in 1...(1 + self.random.below(2)) {
        instances.append(Instance("\(role.group.rawValue)#\(number)", role))
      }
    }
  }

  // MARK: Running

  /// Lets things go wrong until everything was published and for a while more, then lets everything come to rest, checks,
  /// and checks again after what is old was compacted and everybody has started anew. Returns what is not as it must be.
  func run(steps count: Int) -> [String] {
    faults = Faults.drawn(from: &random)
    note("faults: \(faults)")
    while steps < count || (!scenario.isDone && steps < count * 4) { step() }
    faults = .none
    let last = steps + Self.stepsMax
    while !scenario.isDone, steps < last { step() }
    if let unsettled = settle() { return seen + [unsettled] }
    // What is due may itself begin to wait only then.
    for _ in 0..<2 {
      time.nowMs += scenario.laterMs
      if let unsettled = settle() { return seen + [unsettled] }
    }
    // Or whatever was to come after what is waited for would go unseen.
    if !scenario.isDone {
      return ["liveness: after \(steps) steps what never came is waited for: \(scenario.waitsFor)"]
    }
    let violations = seen + scenario.violations(self)
    if !violations.isEmpty { return violations }
    note("everybody starts anew from compacted topics")
    for _ in 0..<2 { letAnHourPass() }
    compactAll()
    for instance in instances { crash(instance) }
    // Who has forgotten over that what he had seen takes it for new.
    for record in scenario.known { publish(record) }
    if let unsettled = settle() { return seen + [unsettled] }
    let violationsAnew = seen + scenario.violations(self)
    if !violationsAnew.isEmpty || !random.chance(Self.recreations) { return violationsAnew }
    return violationsAfterRecreation()
  }

  private func step() {
    steps += 1
    time.nowMs += Int64(random.below(40))
    deliverLate()
    let idle = instances.filter { !$0.isBusy }
    if random.chance(faults.compaction) { compactAll() }
    if depth == 0, random.chance(faults.hour) { letAnHourPass() }
    if !graves.isEmpty, random.chance(150) { graves.remove(at: random.below(graves.count)) }
    if !idle.isEmpty {
      if random.chance(faults.idleCrash) {
        happened[.diedBetween] += 1
        crash(random.pick(idle))
      }
      if random.chance(faults.stop) { stop(random.pick(idle)) }
      if random.chance(faults.expel) { expel(random.pick(idle)) }
      if random.chance(faults.jump) { jump(random.pick(idle)) }
    }
    if !scenario.isDone, random.chance(300) { return scenario.act(self) }
    let able = idle.filter { $0.downUntil <= steps }
    if !able.isEmpty { turn(random.pick(able)) }
  }

  /// Turns everybody until nothing moves any more. Returns why it never came to rest.
  private func settle() -> String? { comeToRest() ?? stoppedPartitions }

  func comeToRest() -> String? {
    graves = []
    for _ in 0..<3 { deliverLate(all: true) }
    var quiet = 0
    for _ in 0..<5_000 {
      let before = appended
      // Time goes on when nothing else does.
      time.nowMs += quiet > 0 ? scenario.restMs : 1
      var taken = 0
      for instance in instances {
        instance.downUntil = 0
        instance.skewMs = 0
        taken += turn(instance)
      }
      quiet = taken == 0 && appended == before ? quiet + 1 : 0
      if quiet >= 5 { return nil }
    }
    let errors = instances.map { "\($0.name): \($0.lastError)" }.joined(separator: "; ")
    return "liveness: it never comes to rest. \(errors)"
  }

  private var stoppedPartitions: String? {
    for instance in instances {
      if let stopped = instance.engine?.standing.stopped.first { return "liveness: \(instance.name) \(stopped)" }
    }
    return nil
  }

  var appended: Int64 { scenario.topics.reduce(0) { $0 + log.appended(to: $1.name) } }

  // MARK: Instances

  @discardableResult
  private func turn(_ instance: Instance) -> Int {
    instance.isBusy = true
    defer { instance.isBusy = false }
    let life = instance.life
    let engine =
      instance.engine ?? instance.role.make(FaultyLog(self, instance), settings(instance), CountingTelemetry(self))
    instance.engine = engine
    var taken = 0
    do {
      if !instance.isOpen {
        note("\(instance.name) opens")
        try engine.open()
        instance.isOpen = true
      }
      taken = try engine.runOnce(timeoutMs: 0)
      instance.lastError = ""
    } catch {
      instance.lastError = "\(error)"
      note("\(instance.name) fails: \(error)")
      if case LogError.unavailable = error, instance.isOpen {
        note("\(instance.name) keeps its place")
      } else if instance.life == life {
        engine.close(graceful: false)
        instance.isOpen = false
      }
      taken = 1
    }
    if instance.life != life { (instance.engine, instance.isOpen) = (nil, false) }
    return taken
  }

  private func settings(_ instance: Instance) -> RuntimeSettings {
    let time = time
    // Unowned would do, but a closure that is Sendable may not say so of a class that is not.
    let clock = InstanceClock(time: time, instance: instance)
    var settings = RuntimeSettings(
      domainPartitions: scenario.partitions, assignment: .group, instance: instance.name, clock: { clock.nowMs })
    settings.honoursBatchInterval = false
    settings.batchRecordsMax = batchRecordsMax
    settings.dueSlack = batchRecordsMax
    settings.commitIntervalMs = commitIntervalMs
    settings.outboxBytesMax = outboxBytesMax
    settings.sessionTimeoutMs = sessionTimeoutMs
    settings.uptimeMs = { time.nowMs }
    settings.policy = policy
    return settings
  }

  func crash(_ instance: Instance) {
    note("\(instance.name) dies")
    instance.life += 1
    if let member = instance.member { graves.append(member) }
    instance.member = nil
    if !instance.isBusy { (instance.engine, instance.isOpen) = (nil, false) }
    instance.downUntil = steps + random.below(40)
  }

  private func stop(_ instance: Instance) {
    happened[.stopped] += 1
    note("\(instance.name) is asked to stop")
    instance.isBusy = true
    instance.engine?.close(graceful: true)
    instance.isBusy = false
    (instance.engine, instance.isOpen) = (nil, false)
    instance.downUntil = steps + random.below(40)
  }

  private func expel(_ instance: Instance) {
    guard let member = instance.member else { return }
    happened[.expelled] += 1
    note("\(instance.name)'s session ends")
    log.expel(member)
  }

  private func jump(_ instance: Instance) {
    instance.skewMs = Int64(random.below(7_200_000)) - 3_600_000
    happened[.clockJump] += 1
    note("\(instance.name)'s clock is wrong by \(instance.skewMs) ms")
  }

  /// Before and after what an instance asks of the log: it dies, or it is stopped while the world goes on.
  func interrupt(_ instance: Instance, _ what: @autoclosure () -> String) {
    if random.chance(faults.crash) {
      happened[.diedInACall] += 1
      note("… at: \(what())")
      crash(instance)
    } else if depth < 2, random.chance(faults.pause) {
      happened[.paused] += 1
      note("\(instance.name) is stopped at: \(what())")
      if random.chance(600) { expel(instance) }
      depth += 1
      for _ in 0..<(1 + random.below(30)) { step() }
      depth -= 1
      note("\(instance.name) goes on at: \(what())")
    }
  }

  // MARK: The log

  func publish(_ record: OutgoingRecord) {
    let offset = try? writer.append([record], timeoutMs: 0)[0]
    note("outside wrote \(record.topic)/\(record.partition)@\(offset ?? -1) \(record.headers.string("ce_id") ?? "?")")
  }

  func writeLater(_ records: [OutgoingRecord]) { late.append((steps + 1 + random.below(40), records)) }

  private func deliverLate(all: Bool = false) {
    guard !late.isEmpty else { return }
    let due = late.filter { all || $0.step <= steps }
    late.removeAll { all || $0.step <= steps }
    for (_, records) in due {
      happened[.lateWrite] += 1
      note("\(records.count) late records arrive at \(records[0].topic)/\(records[0].partition)")
      _ = try? writer.append(records, timeoutMs: 0)
    }
  }

  private func compactAll() {
    for topic in scenario.topics where topic.cleanup == .compact {
      happened[.compacted] += log.compact(topic.name, olderThanMs: time.nowMs - Self.compactionLagMs)
    }
  }

  /// Nobody is away for as long as a topic's compaction lag: everybody gets turns.
  private func letAnHourPass() {
    happened[.hour] += 1
    note("an hour passes")
    let usual = faults
    faults = .none
    graves = []
    deliverLate(all: true)
    for _ in 0..<7 {
      time.nowMs += Self.compactionLagMs / 6
      for _ in 0..<3 {
        for instance in instances where !instance.isBusy {
          instance.downUntil = 0
          turn(instance)
        }
      }
    }
    faults = usual
  }

  // MARK: What happened

  /// What is not as it must be at this moment, whatever comes of it.
  func violate(_ what: String) {
    note(what)
    if seen.isEmpty { seen.append(what) }
  }

  func note(_ what: @autoclosure () -> String) {
    guard trace != nil else { return }
    trace!.append("\(String(steps)) \(String(repeating: "  ", count: depth))\(what())")
    if trace!.count > Self.traceMax { trace!.removeFirst(Self.traceMax / 4) }
  }

  var traceLines: [String] { trace ?? [] }
}

private final class InstanceClock: @unchecked Sendable {
  // Unchecked: a run has one thread.
  private let time: SimulatedTime
  private unowned let instance: Instance

  init(time: SimulatedTime, instance: Instance) {
    self.time = time
    self.instance = instance
  }

  var nowMs: Int64 { time.nowMs + instance.skewMs }
}

/// What the engines tell of what they do.
private final class CountingTelemetry: Telemetry {
  // Of one run, as all who use it: one thread.
  private nonisolated(unsafe) unowned let world: World

  init(_ world: World) { self.world = world }

  func count(_ name: StaticString, _ n: Int, labels: [(String, String)]) {
    let what: Happening? =
      switch name.description {
      case "trias_processor_recoveries_total": .recovery
      case "trias_zombie_writes_total": .writtenOver
      case "trias_dead_letters_total": .deadLetter
      case "trias_forwarded_total": .forwarded
      case "trias_partitions_stopped_total": .partitionStopped
      default: nil
      }
    if let what { world.happened[what] += n }
  }

  func gauge(_ name: StaticString, _ value: Double, labels: [(String, String)]) {}
  func observe(_ name: StaticString, ms: Double, labels: [(String, String)]) {}
  func observe(_ name: StaticString, count: Int, labels: [(String, String)]) {}
  func log(_ level: TelemetryLevel, _ message: String, _ metadata: [(String, String)]) {}
}
