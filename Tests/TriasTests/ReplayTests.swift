import Bench
import Contracts
import Foundation
import LeadManager
import MemoryLog
import MessageLog
import Operations
import ProfileAggregator
import Streams
import Synchronization
import Testing

@testable import Replay

/// The services on the log in memory, each processor on a thread of its own as in production.
private final class Services {
  let log: MemoryLog
  let processors: [AnyProcessor]
  private var runners: [any ThreadService] = []
  private let partitions = 3

  init(secret: String, runs: Bool = true) {
    let partitions = partitions
    log = MemoryLog(
      topics: Topics.all.map {
        TopicPlan($0, domainPartitions: partitions)
      }, clock: { wallClockMs() })
    processors = [
      AnyProcessor(ProfileAggregator.facets(secret: secret)), AnyProcessor(ProfileAggregator.linker(secret: secret)),
      AnyProcessor(ProfileAggregator.profiles()), AnyProcessor(LeadManager.leads(secret: secret)),
    ]
    guard runs else { return }
    for processor in processors {
      var settings = RuntimeSettings(
        domainPartitions: partitions, assignment: .all, instance: "test", clock: { wallClockMs() })
      settings.commitIntervalMs = 20
      let runner = processor.makeRunner(log, settings, NoTelemetry())
      runners.append(runner)
      Thread { try? runner.run() }.start()
    }
  }

  func stop() { for runner in runners { runner.stop() } }

  func publishCatalog() throws {
    var catalog = Catalog(version: "1-test", appliedMs: 0, name: "test", currency: "EUR")
    var deposit = Proposition(
      id: Bank.proposition, name: "Term deposit", issue: "sales", group: "savings", kind: .offer)
    deposit.valueMinor = 9_000
    deposit.steps = [SalesStep(name: "pay-in", summary: "Paid in.", completedBy: StepTrigger(event: "order.placed"))]
    catalog.propositions = [deposit]
    _ = try log.makeProducer(name: "test").append(
      [
        OutgoingRecord(
          topic: Topics.marketingCatalog.name, partition: 0, key: Array("catalog".utf8),
          value: JSONCoding.encode(catalog))
      ], timeoutMs: 1_000)
  }
}

@Suite struct ReplayTests {
  private func replay(_ services: Services, _ options: ReplayOptions) throws -> ReplayResult {
    try #require(try new(services, options).run())
  }

  private func new(_ services: Services, _ options: ReplayOptions) -> Replay {
    Replay(options, log: services.log, secret: "test", groups: services.processors.map(GroupPositions.Group.init))
  }

  @Test func everyRowIsTakenOnceHoweverOftenTheFileIsReplayed() throws {
    let services = Services(secret: "test")
    defer { services.stop() }
    try services.publishCatalog()
    var options = ReplayOptions(dataset: .bank, path: demo("bank-additional-full.csv.gz"))
    options.limit = 300
    let first = try replay(services, options)
    #expect(first.sent == 1_200)
    #expect(first.applied == 1_200)
    #expect(first.duplicates == 0)
    #expect(first.deadLettered == 0)
    #expect(first.isBalanced)
    #expect(first.leads > 0)
    #expect(first.leads == services.log.records(of: Topics.leadEvents.name).filter { isOpened($0) }.count)
    let leads = services.log.records(of: Topics.leadState.name).count

    let second = try replay(services, options)
    #expect(second.sent == 1_200)
    #expect(second.applied == 0)
    #expect(second.duplicates == 1_200)
    #expect(second.leads == 0)
    #expect(second.isBalanced)
    #expect(services.log.records(of: Topics.leadState.name).count == leads)
  }

  @Test func aFileThatIsSomethingElseIsRefusedWithTheColumnsItLacks() throws {
    let services = Services(secret: "test", runs: false)
    try withFile("a,b\n1,2\n") { path in
      let error = #expect(throws: ReplayError.self) {
        try replay(services, ReplayOptions(dataset: .openBandit, path: path))
      }
      #expect(error?.description.contains("timestamp") == true)
    }
  }

  @Test func servicesThatDoNotRunAreNamed() throws {
    let services = Services(secret: "test", runs: false)
    var options = ReplayOptions(dataset: .bank, path: demo("bank-additional-full.csv.gz"))
    options.limit = 20
    options.patienceMs = 300
    let error = #expect(throws: ReplayError.self) { try replay(services, options) }
    #expect(error?.description.contains("profile-aggregator.facets") == true)
  }

  /// A visitor's click stands in line behind what was sent and not yet taken, and behind no more than that.
  @Test func noMoreIsSentAheadOfTheServicesThanTheWindow() throws {
    let services = Services(secret: "test", runs: false)
    var options = ReplayOptions(dataset: .bank, path: demo("bank-additional-full.csv.gz"))
    options.limit = 200
    options.aheadMax = 30
    options.patienceMs = 300
    #expect(throws: ReplayError.self) { try replay(services, options) }
    #expect(services.log.records(of: Topics.channelInteractions.name).count == 30)
  }

  /// What waits for later rows at the end of the file is more than may be ahead: the sender must see it being taken.
  @Test(.timeLimit(.minutes(5))) func theWindowMovesOnBehindTheLastRow() throws {
    let services = Services(secret: "test")
    defer { services.stop() }
    try services.publishCatalog()
    var options = ReplayOptions(dataset: .bank, path: demo("bank-additional-full.csv.gz"))
    options.limit = 60
    options.aheadMax = 20
    let result = try replay(services, options)
    #expect(result.sent == 240 && result.applied == 240 && result.isBalanced)
  }

  /// Where it is never quiet, what it has sent is through all the same.
  @Test(.timeLimit(.minutes(5))) func itEndsThoughOthersGoOnSending() throws {
    let services = Services(secret: "test")
    defer { services.stop() }
    try services.publishCatalog()
    let isOver = Mutex(false)
    let log = services.log
    let ended = DispatchSemaphore(value: 0)
    Thread {
      defer { ended.signal() }
      guard let producer = try? log.makeProducer(name: "others") else { return }
      let workload = Workload(customers: 5, partitions: 3)
      var number = 0
      while !isOver.withLock({ $0 }) {
        number += 1
        _ = try? producer.append([workload.pageViewed(number, nowMs: wallClockMs())], timeoutMs: 1_000)
        Thread.sleep(forTimeInterval: 0.002)
      }
    }.start()
    var options = ReplayOptions(dataset: .bank, path: demo("bank-additional-full.csv.gz"))
    options.limit = 60
    let result = try replay(services, options)
    isOver.withLock { $0 = true }
    ended.wait()
    #expect(result.sent == 240 && result.applied == 240 && result.isBalanced)
  }

  /// The services count everybody's repetitions together. What can be known is told, and no more.
  @Test func whatOthersRepeatIsNotTakenForItsOwn() {
    var result = ReplayResult(dataset: "bank")
    (result.sent, result.applied, result.duplicates) = (100, 90, 10)
    #expect(result.isBalanced && result.table.contains("sent = applied + duplicates + dead-lettered"))
    result.duplicates = 25
    #expect(result.isBalanced && !result.table.contains("NOT BALANCED"))
    #expect(result.table.contains("15 duplicates at least, sent meanwhile"), "\(result.table)")
    #expect(result.table.contains("can't be known"))
    result.duplicates = 9
    #expect(!result.isBalanced && result.table.contains("NOT BALANCED: sent 100, but applied"))
  }

  /// Services that end with it finish with nothing more.
  @Test(.timeLimit(.minutes(5))) func abandonedItWaitsForNoService() throws {
    let services = Services(secret: "test", runs: false)
    var options = ReplayOptions(dataset: .bank, path: demo("bank-additional-full.csv.gz"))
    options.limit = 5
    options.patienceMs = .max
    let replay = new(services, options)
    let log = services.log
    Thread {
      while log.records(of: Topics.channelInteractions.name).count < 10 { Thread.sleep(forTimeInterval: 0.01) }
      replay.abandon()
    }.start()
    #expect(try replay.run() == nil)
  }

  @Test func badRowsAreLeftOutAndTold() throws {
    let services = Services(secret: "test")
    defer { services.stop() }
    let result = try withFile("customer_id date number_of_cds dollar_value\n1 19970101 1 11.77\n2 yesterday 1 1.00\n") {
      try replay(services, ReplayOptions(dataset: .cdnow, path: $0))
    }
    #expect(result.rows == 2)
    #expect(result.badRows == 1)
    #expect(result.firstBadRow == "row 2: date is not YYYYMMDD: yesterday")
    #expect(result.applied == 1)
  }

  private func isOpened(_ record: Record) -> Bool {
    record.headers.string("ce_type") == LeadEventType.opened.rawValue
  }
}
