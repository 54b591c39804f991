import Contracts
import Customer360
import Deployment
import Foundation
import MemoryLog
import MessageLog
import ProfileAggregator
import Streams
import Synchronization
import TestKit
import Testing

@testable import Host
@testable import ProfileReads

@Suite("Finding who owns a customer", .serialized)
final class FindingTests: OnOneLog {
  /// How a process that owns nothing finds profiles.
  func reads(_ window: TableWindow = TableWindow()) -> TableReads {
    let context = HostContext.bystander(log)
    return TableReads(
      AnyProcessor(ProfileAggregator.profiles()), window: window, context: context, desk: LogDesk(),
      seal: PeerSeal(secret: Instance.secret, clock: context.clock), ownAddress: { nil })
  }

  func settled(_ instance: Instance) async throws -> String {
    try channel.visit(1)
    return try #require(try await instance.knows(channel.number(1), events: 2, identifiers: 2).profile)
  }

  @Test func hisOwnerIsAskedAndWhereHeIsGoneTheLogTells() async throws {
    let instance = try await Instance(log, settings: Instance.settings(port: SuiteProcesses.freePort()))
    let id = try await settled(instance)
    let reads = reads()
    try await eventually("the owner has said where he is") { try await reads.find(id).by == .forwarded }
    let fresh = try await reads.find(id)
    #expect(fresh.value != nil)
    // Whom he doesn't know, nobody does.
    let unknown = try await reads.find("p-of-nobody")
    #expect(unknown.value == nil && unknown.by == .forwarded)

    try await instance.stop()
    let stale = try await reads.find(id)
    #expect(stale.by == .stale && stale.value == fresh.value)
    #expect(stale.asOfMs <= wallClockMs())

    // His successor is found although the old address was remembered.
    let successor = try await Instance(log, settings: Instance.settings(port: SuiteProcesses.freePort()))
    try await eventually("the successor has said where he is") { try await reads.find(id).by == .forwarded }
    try await successor.stop()
  }

  /// It may have been given up, and not know it: its word is stale, and its successor's counts more.
  @Test func anOwnerWhoHasNotHeardOfHisGroupIsNotBelieved() async throws {
    let window = TableWindow()
    let driver = try TopologyDriver(partitions: Instance.partitions, startMs: wallClockMs(), log: log)
    try driver.add(ProfileAggregator.facets(secret: Instance.secret))
    try driver.add(ProfileAggregator.linker(secret: Instance.secret))
    try driver.add(ProfileAggregator.profiles()) {
      $0.window = window
      // As if it had last polled a minute ago.
      $0.uptimeMs = { Uptime.nowMs - 60_000 }
    }
    try channel.visit(1)
    try driver.settle()
    let id = IdMint(secret: Instance.secret).profile(channel.number(1))
    let old = try await reads(window).find(id)
    #expect(old.value != nil && old.by == .stale)
    #expect(old.asOfMs <= wallClockMs() - 60_000)

    let successor = try await Instance(log, settings: Instance.settings(port: SuiteProcesses.freePort()))
    try channel.say(.pageViewed, [channel.cookie(1)], ["page": "/"])
    _ = try await successor.knows(channel.number(1), events: 3, identifiers: 2)
    try await eventually("the successor has said where he is") { try await reads(window).find(id).by == .forwarded }
    #expect(try await reads(window).find(id).value != old.value)
    try await successor.stop()
  }

  /// Who is asked by an instance looks into its own table alone, so nobody is asked in circles.
  @Test func whoDoesNotOwnHimAsksNobodyForAnother() async throws {
    let instance = try await Instance(log)
    let bystander = PeerRoutes(
      tables: [reads()], seal: PeerSeal(secret: Instance.secret) { wallClockMs() })
    let router = HTTPRouter()
    router.add(middleware: ProblemMiddleware())
    bystander.addRoutes(to: router)
    let bound = BoundPort()
    let server = HTTPService(
      description: "bystander", responder: router.buildResponder(), host: "127.0.0.1", port: 0, setting: .httpPort,
      bound: bound, logger: HostContext.bystander(log).logger)
    let serving = Task { try await server.run() }
    let id = try await settled(instance)
    let seal = PeerSeal(secret: Instance.secret) { wallClockMs() }
    let answer = try await PeerClient().get(
      "http://127.0.0.1:\(await bound.value())", PeerRoutes.path(Topics.profileState.name, id),
      headers: [(PeerSeal.header, seal.sealed(Topics.profileState.name, id))])
    #expect(answer.status == 421)
    serving.cancel()
    _ = try? await serving.value
    try await instance.stop()
  }

  @Test func anOwnerThatDoesNotAnswerIsNotWaitedForLong() async throws {
    // Takes connections and never answers.
    let silent = try SilentServer()
    let partition = Partitioner.partition(of: "p1", count: Instance.partitions)
    try own(partition, address: "http://127.0.0.1:\(silent.port)")
    let start = ContinuousClock.now
    let found = try await reads().find("p1")
    #expect(found.by == .stale && found.value == nil)
    #expect(start.duration(to: .now) < .seconds(30))
    await #expect(throws: PeerError.tooLate) {
      try await PeerClient(timeoutMs: 50).get("http://127.0.0.1:\(silent.port)", "/", headers: [])
    }
    silent.close()
  }

  /// What another server says at that address is no word of an owner's.
  @Test func whoIsNoInstanceIsNotBelieved() async throws {
    let router = HTTPRouter()
    router.get("peer/v1/tables/:table") { _, _ in "{\"id\":\"p1\",\"nowMs\":1}" }
    let bound = BoundPort()
    let server = HTTPService(
      description: "stranger", responder: router.buildResponder(), host: "127.0.0.1", port: 0, setting: .httpPort,
      bound: bound, logger: HostContext.bystander(log).logger)
    let serving = Task { try await server.run() }
    try own(
      Partitioner.partition(of: "p1", count: Instance.partitions), address: "http://127.0.0.1:\(await bound.value())")
    #expect(try await reads().find("p1").by == .stale)
    serving.cancel()
    _ = try? await serving.value
  }

  @Test func withoutOwnerAndLogThereIsA503ThatSaysWhenToAskAgain() async throws {
    let reads = reads()
    log.setAway(true)
    let problem = await #expect(throws: Problem.self) { try await reads.find("p1") }
    #expect(problem?.status == 503 && problem?.retryAfterSeconds != nil)
    log.setAway(false)
    #expect(try await reads.find("p1").by == .stale)
  }

  @Test func onlySoManyReadTheLogAtATimeAndNobodyWaitsForEver() async throws {
    let desk = LogDesk()
    let gate = DispatchSemaphore(value: 0)
    let (reading, reads) = AsyncStream.makeStream(of: Int.self)
    let waiting = (0..<LogDesk.readersMax).map { n in
      Task {
        try await desk.run {
          reads.yield(n)
          gate.wait()
          return n
        }
      }
    }
    // Who asked before all have their place would take it from one of them.
    for await _ in reading.prefix(LogDesk.readersMax) {}
    let refused = await #expect(throws: Problem.self) { try await desk.run {} }
    #expect(refused?.status == 503 && refused?.retryAfterSeconds != nil)
    for _ in waiting { gate.signal() }
    for (n, task) in waiting.enumerated() { #expect(try await task.value == n) }
    try await eventually("there is a place again") { (try? await desk.run { true }) == true }
    let late = await #expect(throws: Problem.self) { try await desk.run(waitMs: 20) { gate.wait() } }
    #expect(late?.status == 503)
    gate.signal()
  }

  @Test(arguments: [
    ("http://host:8080", true), ("http://10.0.0.1:80/", true), ("http://[::1]:8080", true),
    ("https://host:8080", false),
    ("http://host", false), ("http://host:0", false), ("http://host:99999", false), ("host:8080", false),
    ("http://a b:80", false), ("http://host:80/path", false),
  ])
  func anAddressIsHostAndPort(_ text: String, isOne: Bool) {
    #expect((PeerClient.place(text) != nil) == isOne)
    #expect((ProfileAggregator.advertisedURL.check?(text) == nil) == isOne)
  }

  /// As if an owner had taken that partition over, and said so.
  func own(_ partition: Int32, address: String) throws {
    let takeover = OutgoingRecord(
      topic: Topics.profileState.name, partition: partition, key: Array(Takeover.key.utf8), value: Array("{}".utf8),
      headers: Headers([("trias_takeover", "test"), ("trias_address", address)]))
    let epoch = try log.makeProducer(name: "owner").append([takeover], timeoutMs: 0)[0]
    let group = try log.makeConsumer(name: "owner", group: ConsumerGroup.profiles.rawValue)
    let ticks = TopicPartition(ConsumerGroup.profiles.ticks.name, partition)
    try group.commit([ticks: Position(offset: 0, metadata: "w=0;a=0;d=0;x=0;e=-1;o=\(epoch)")], wait: true)
    group.close()
  }
}

/// Listens, and never says a word.
private final class SilentServer {
  let port: Int
  private let listener: Int32

  init() throws {
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    let listener = listener
    let port = SuiteProcesses.freePort()
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0, listen(listener, 8) == 0 else {
      throw SuiteProcesses.Failure(description: "can't listen on \(port)")
    }
    self.port = port
  }

  func close() { _ = Foundation.close(listener) }
}
