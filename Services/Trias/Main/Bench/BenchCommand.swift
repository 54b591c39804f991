import ArgumentParser
import Bench
import Contracts
import Foundation
import Host
import KafkaLog
import LeadManager
import Logging
import MemoryLog
import MessageLog
import NbaScorer
import Operations
import ProfileAggregator
import Streams

/// `trias bench`: figures side by side from one run on one broker. Ratios, no pass or fail: absolute figures are the
/// machine's.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the suite beside a bare consume-and-produce loop on the same client.")

  enum Part: String, CaseIterable, ExpressibleByArgument { case throughput, customers, decisions, catalogs, latency }

  @Option(help: "Only these parts, one after the other.") var part: [Part] = Part.allCases
  @Option(help: .hidden) var traceAllocations: Int?
  @Option(help: .hidden) var decisions = 20
  @Option(help: "Events for the throughput part.") var events = 60_000
  @Option(help: "Customers they are spread over.") var customers = 5_000
  @Option(help: "Seconds for each rate of the latency part.") var seconds = 10
  @Option(help: "Profiles to hold in memory and to take over: some 6 GB for a million.") var profiles = 1_000_000

  @Option(help: "The catalogue that lists are made of.") var catalog = "deploy/demo/catalog.yaml"

  private static let partitions = 12
  private static let secret = "bench"

  func run() throws {
    if let traceAllocations {
      return try DecisionBench().traceAllocations(propositions: traceAllocations, decisions: decisions)
    }
    print("Trias bench: \(events) events of ~370 bytes over \(customers) customers, \(Self.partitions) partitions")
    for part in part {
      switch part {
      case .throughput: try throughput()
      case .customers: try manyCustomers()
      case .decisions: try decide()
      case .catalogs: try readCatalogs()
      case .latency: try latency()
      }
    }
  }

  /// Of one decision, counted by a process of its own; nil: this machine can't.
  private func allocations(_ propositions: Int) throws -> Int? {
    let decisions = 20
    let file = FileManager.default.temporaryDirectory.appending(path: "trias-allocations-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    guard let more = AllocationTrace.environment(file: file), let me = Bundle.main.executableURL else { return nil }
    let process = Process()
    process.executableURL = me
    process.arguments = ["bench", "--trace-allocations", "\(propositions)", "--decisions", "\(decisions)"]
    process.environment = ProcessInfo.processInfo.environment.merging(more) { $1 }
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0, FileManager.default.fileExists(atPath: file) else { return nil }
    return try AllocationTrace.count(file: file) / decisions
  }

  private func decide() throws {
    print(
      "\nDecisions on one core: the whole portfolio for one customer, its list with reasons, and the record of it\n")
    line(["propositions", "decisions/s", "ms/decision", "ns/proposition", "reasons %", "allocations"])
    for propositions in [10, 100, 1_000, 10_000] {
      let row = try DecisionBench().run(propositions: propositions, seconds: 1)
      let each = row.cost.cpuSeconds / Double(row.decisions)
      line([
        "\(propositions)", number(1 / each, 0), number(each * 1e3, 3), number(each * 1e9 / Double(propositions), 0),
        number(row.reasonsPart * 100, 1), try allocations(propositions).map(String.init) ?? "unknown",
      ])
    }
  }

  private func readCatalogs() throws {
    print("\nStarting with all versions of the catalogue, of which each changes one proposition, on one core\n")
    line(["propositions × versions", "kB each", "s of CPU", "s for the newest", "× the newest"])
    for (propositions, versions, rules) in [(200, 100, 3), (2_000, 20, 3), (2_000, 100, 3)] {
      let row = try CatalogBench().run(versions: versions, propositions: propositions, rules: rules)
      line([
        "\(propositions) × \(versions)", "\(row.bytes / 1_000)", number(row.all.cpuSeconds, 2),
        number(row.newest.cpuSeconds, 2), number(row.all.cpuSeconds / row.newest.cpuSeconds, 1),
      ])
    }
  }

  private func throughput() throws {
    let workload = Workload(customers: customers, partitions: Self.partitions)
    try BrokerProcess.with(partitions: Self.partitions) { log, name in
      print("\nThroughput on \(name); CPU is this process's, the Kafka client's threads included\n")
      try table(
        StageBench(
          log: log, partitions: Self.partitions, events: events, workload: workload, clock: { wallClockMs() }))
    }
    print("\nThe stages alone: the same on a log in memory, without a broker or a client of one\n")
    try table(
      StageBench(log: memoryLog(), partitions: Self.partitions, events: events, workload: workload) { wallClockMs() })
    print("\nThe same, with the attributes and segments that \(catalog) declares\n")
    let declaring = memoryLog()
    _ = try CatalogTopic(log: declaring).apply(try String(contentsOfFile: catalog, encoding: .utf8))
    try table(
      StageBench(log: declaring, partitions: Self.partitions, events: events, workload: workload) { wallClockMs() })
  }

  private func memoryLog() -> MemoryLog {
    MemoryLog(topics: TopicCheck.plans(partitions: Self.partitions)) { wallClockMs() }
  }

  private func table(_ bench: StageBench) throws {
    let (rows, viewBytes) = try bench.run(secret: Self.secret)
    let bare = rows[0].cost.cpuSeconds / Double(rows[0].events)
    line(["a view of \(viewBytes) bytes", "events/s", "CPU µs/event", "× bare CPU", "+ bare CPU"])
    for row in rows {
      let perEvent = row.cost.cpuSeconds / Double(row.events)
      line([
        row.name, number(Double(row.events) / row.cost.wallSeconds, 0), number(perEvent * 1e6, 2),
        number(perEvent / bare, 2), number((perEvent - bare) * 1e6, 2),
      ])
    }
  }

  private func manyCustomers() throws {
    let bench = CustomersBench(
      topics: TopicCheck.plans(partitions: Self.partitions), partitions: Self.partitions,
      residentBytes: ProcessMetrics.residentBytes, clock: { wallClockMs() })
    print("\nMany customers, on a log in memory: the embedded broker can't hold them\n")
    let claims = try bench.claims(customers: 20_000, secret: Self.secret)
    line(["the linker", "claims", "claims/s", "CPU µs/claim"])
    line([
      "two identifiers each", "\(claims.claims)", number(Double(claims.claims) / claims.cost.wallSeconds, 0),
      number(claims.cost.cpuSeconds * 1e6 / Double(claims.claims), 2),
    ])
    let held = try bench.profiles(count: profiles, secret: Self.secret)
    line(["taking profiles over", "profiles", "bytes of view", "bytes in memory", "seconds", "profiles/s"])
    line([
      "by a new owner", "\(held.profiles)", "\(held.viewBytes)",
      held.residentBytesEach.map { number($0, 0) } ?? "unknown",
      number(held.restore.wallSeconds, 2), number(Double(held.profiles) / held.restore.wallSeconds, 0),
    ])
  }

  private func latency() throws {
    try BrokerProcess.with(partitions: Self.partitions) { log, name in
      let processors = [ProfileAggregator.self, NbaScorer.self, LeadManager.self] as [any ProcessorService.Type]
      let runners = processors.flatMap { $0.processors(ServiceOptions(secret: Self.secret)) }.map {
        $0.makeRunner(log, runtime, NoTelemetry())
      }
      _ = try CatalogTopic(log: log).apply(try String(contentsOfFile: catalog, encoding: .utf8))
      let threads = runners.map { runner in RunningThread { try? runner.run() } }
      defer {
        for runner in runners { runner.stop() }
        for thread in threads { thread.wait() }
      }
      let deadline = Date().addingTimeInterval(60)
      while !runners.allSatisfy(\.readiness.ready), Date() < deadline { Thread.sleep(forTimeInterval: 0.05) }
      print("\nLatency on \(name), all processors in this process\n")
      line(["", "rate/s", "seen", "p50 ms", "p99 ms", "max ms"])
      let bench = LatencyBench(
        log: log, partitions: Self.partitions, workload: Workload(customers: customers, partitions: Self.partitions),
        clock: { wallClockMs() })
      _ = try bench.eventToList(perSecond: 50, seconds: 2)
      for rate in [100, 1_000] {
        for row in [
          try bench.roundTrip(perSecond: rate, seconds: seconds),
          try bench.eventToList(perSecond: rate, seconds: seconds),
          try bench.rejectionToList(perSecond: rate, seconds: seconds),
          try bench.eventToList(besides: .many, perSecond: rate / 2, seconds: seconds),
          try bench.eventToList(besides: .one, perSecond: rate / 2, seconds: seconds),
        ] {
          line([
            row.name, "\(row.perSecond)", "\(row.latenciesMs.count)/\(row.sent)", number(row.quantile(0.5), 2),
            number(row.quantile(0.99), 2), number(row.latenciesMs.last ?? .nan, 1),
          ])
        }
      }
    }
  }

  private var runtime: RuntimeSettings {
    RuntimeSettings(
      domainPartitions: Self.partitions, assignment: .all, instance: "bench",
      clock: wallClockMs)
  }

  private func line(_ columns: [String]) {
    let widths = [26, 12, 15, 17, 12, 12]
    print(
      zip(columns, widths).enumerated().map { index, column in
        let (text, width) = column
        let pad = String(repeating: " ", count: max(0, width - text.count))
        return index == 0 ? text + pad : pad + text
      }.joined())
  }

  private func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
