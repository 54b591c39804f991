import Contracts
import LeadManager
import MessageLog
import NbaScorer
import ProfileAggregator
import ProfileAggregatorCore
import Streams

/// Everything that knows a customer, without a log: the processors that run in production, each turned by hand. It is for
/// the few events of a test; nothing is stored, and nothing can fail but a refusal.
final class RehearsedSuite {
  /// In the order in which they are asked.
  private let stages: [any RehearsedStage]
  private let profiles: RehearsedProcessor<ProfileRecord>
  private var queue: [(record: Record, envelope: Envelope)] = []
  private var offset: Int64 = 0
  private var nowMs: Int64 = 0
  /// The last task that a channel was asked for.
  private(set) var lastTask: String?

  /// A refusal that nobody outside could have been told of.
  struct Broken: Error, CustomStringConvertible {
    let description: String
  }

  init(catalog: Catalog, secret: String, namespaces: Namespaces) throws {
    profiles = RehearsedProcessor(ProfileAggregator.profiles(namespaces: namespaces))
    stages = [
      RehearsedProcessor(ProfileAggregator.facets(secret: secret, namespaces: namespaces)),
      RehearsedProcessor(ProfileAggregator.linker(secret: secret, namespaces: namespaces)),
      profiles, RehearsedProcessor(LeadManager.leads(secret: secret, namespaces: namespaces)),
      RehearsedProcessor(NbaScorer.budgets(secret: secret)),
    ]
    let record = record(
      Topics.marketingCatalog, key: catalog.version, JSONCoding.encode(catalog))
    for stage in stages { try stage.observe(record) }
  }

  /// Forgets everybody.
  func clear() {
    for stage in stages { stage.clear() }
    (nowMs, lastTask) = (0, nil)
  }

  /// Somebody says something. Throws why it is refused.
  func say(_ type: EventType, key: String, id: String, _ data: [UInt8], atMs: Int64) throws {
    guard let topic = type.topic else { throw Broken(description: "nobody says \(type.rawValue)") }
    try advance(to: atMs)
    let envelope = Envelope(id: id, source: "test", type: type.rawValue, timeMs: atMs)
    queue.append((record(topic, key: key, data), envelope))
    try settle()
  }

  /// Lets time go by, and what is due by then happen.
  func advance(to ms: Int64) throws {
    // What is due comes at its time, so that what follows from it is due in its turn.
    for _ in 0..<Self.ticksMax {
      guard let (stage, due) = next(), due.atMs <= ms else { break }
      nowMs = max(nowMs, due.atMs)
      for output in try stage.tick(due.key, now: nowMs) { put(output) }
      try settle()
    }
    nowMs = max(nowMs, ms)
  }

  /// More than a customer has contacts, leads and segments that end.
  private static let ticksMax = 10_000

  var customers: [ProfileState] { profiles.states.sorted { $0.key < $1.key }.map(\.value.value.profile) }

  private func next() -> (any RehearsedStage, RehearsedDue)? {
    stages.compactMap { stage in stage.due.map { (stage, $0) } }.min { $0.1.atMs < $1.1.atMs }
  }

  private func settle() throws {
    while !queue.isEmpty {
      let (record, envelope) = queue.removeFirst()
      for stage in stages {
        if stage.globals.contains(record.topic) { try stage.observe(record) }
        if stage.inputs.contains(record.topic) {
          for output in try stage.take(record, envelope, now: nowMs) { put(output) }
        }
      }
    }
  }

  private func put(_ output: Output) {
    if output.topic == Topics.contactTasks, output.data != nil { lastTask = output.envelope.id }
    queue.append((record(output.topic, key: output.key, output.data), output.envelope))
  }

  private func record(_ topic: Topic, key: String, _ data: [UInt8]?) -> Record {
    offset += 1
    return Record(
      topic: topic.name, partition: 0, offset: offset, timestampMs: nowMs, key: Array(key.utf8), value: data,
      headers: Headers())
  }
}

/// When a key wants to be woken.
struct RehearsedDue {
  var key: String
  var atMs: Int64
}

/// A processor whose state's type is forgotten.
private protocol RehearsedStage: AnyObject {
  var inputs: Set<String> { get }
  var globals: Set<String> { get }
  var due: RehearsedDue? { get }
  func observe(_ record: Record) throws
  func take(_ record: Record, _ envelope: Envelope, now: Int64) throws -> [Output]
  func tick(_ key: String, now: Int64) throws -> [Output]
  func clear()
}

private final class RehearsedProcessor<State: TableValue>: RehearsedStage {
  let inputs: Set<String>
  let globals: Set<String>
  private(set) var states: [String: Held<State>] = [:]
  private let processor: Processor<State>
  private var logic: any Logic<State>

  init(_ processor: Processor<State>) {
    self.processor = processor
    inputs = Set(processor.inputs.map(\.name))
    globals = Set(processor.globals.map(\.name))
    logic = processor.makeLogic()
  }

  var due: RehearsedDue? {
    states.compactMap { key, state in state.nextDueMs.map { RehearsedDue(key: key, atMs: $0) } }
      .min { ($0.atMs, $0.key) < ($1.atMs, $1.key) }
  }

  func observe(_ record: Record) throws {
    if globals.contains(record.topic) { try logic.observe(record) }
  }

  func take(_ record: Record, _ envelope: Envelope, now: Int64) throws -> [Output] {
    try step(String(decoding: record.key ?? [], as: UTF8.self), .event(record, envelope), now: now)
  }

  func tick(_ key: String, now: Int64) throws -> [Output] { try step(key, .tick, now: now) }

  private func step(_ key: String, _ input: Input, now: Int64) throws -> [Output] {
    let state = states[key]
    let step = try logic.step(
      key, state?.value, input, now: max(now, state.map { logic.now(of: $0.value) } ?? 0))
    switch step.change {
    case .none: break
    case .held(let held): states[key] = held
    case .delete: states[key] = nil
    }
    return step.outputs
  }

  /// What the linker has heard of is its logic's; of the others' logic the catalogue is worth keeping.
  func clear() {
    states = [:]
    if !globals.contains(Topics.marketingCatalog.name) { logic = processor.makeLogic() }
  }
}
