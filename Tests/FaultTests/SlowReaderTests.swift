import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Those who are slow", .serialized, .enabled(if: Extent.readsMemory, "what a process holds is read from /proc"))
struct SlowReaderTests {
  /// Clients that open the stream of their contact's lists and never read from it, while lists come without end.
  @Test(.timeLimit(.minutes(10)))
  func clientsThatNeverReadCostNoMemory() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let client = WebClient()
    let key = ["X-Trias-Source-Key": SuiteProcesses.sourceKey]
    let started = client.post(
      deployment.http("web-adapter", "/v1/contacts"),
      ["identifiers": [["namespace": "cookie", "value": "slow-reader"]], "budgetMs": 5_000], headers: key)
    let answer = try #require(try JSONSerialization.jsonObject(with: started.body) as? [String: Any])
    let contact = try #require(answer["contact"] as? String)
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    let list = try SuiteProcesses.wait(60, "the contact's list") {
      try raw.records(of: Topics.nbaLists).first { $0.headers.string("ce_correlationid") == contact }
    }

    var sockets: [Int32] = []
    defer { for socket in sockets { close(socket) } }
    let port = try #require(deployment.http("web-adapter", "/").port)
    for _ in 0..<8 { sockets.append(try Self.openStream(of: contact, port: port)) }
    for socket in sockets {
      let status = try SuiteProcesses.wait(30, "the stream's answer") { Self.firstLine(of: socket) }
      #expect(status == "HTTP/1.1 200 OK", "it is a stream that is never read")
    }
    let before = deployment.residentKiB("web-adapter")
    let lists = Extent.integer("LISTS", 8_000)
    try Self.flood(list, lists, deployment)
    // The last of them is there, so all before it went by.
    var status = 0
    _ = try SuiteProcesses.wait(90, "the last list; the last answer was \(status)") {
      let current = client.get(
        deployment.http("web-adapter", "/v1/contacts/\(contact)/list"),
        headers: ["Authorization": "Bearer \(SuiteProcesses.staffToken)"])
      status = current.status
      return String(decoding: current.body, as: UTF8.self).contains("list \(lists) ") ? true : nil
    }
    let after = deployment.residentKiB("web-adapter")
    print("\(lists) lists of 20 kB for 8 clients that never read: \(before / 1_024) MiB, then \(after / 1_024) MiB")
    #expect(after - before < 100 * 1_024, "the web adapter keeps what nobody reads")
    #expect(deployment.terminate("web-adapter") == 0, "and they don't keep it from ending")
  }

  /// Consumers that stand still while records pile up before them, and then go on: they miss nothing.
  @Test(.timeLimit(.minutes(10)))
  func consumersBehindABacklogMissNothing() throws {
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment)
    scenario.begin(4)
    try scenario.finish()
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    // First those behind the timeline and the profiles, then those before them.
    for (number, services) in [["nba-scorer", "lead-manager"], ["profile-aggregator"]].enumerated() {
      for service in services { deployment.freeze(service) }
      let records = try Self.crowd(number, scenario.run, deployment)
      if !services.contains("profile-aggregator") {
        _ = try SuiteProcesses.wait(90, "the backlog on the timeline") {
          let ids = try verdict.raw.records(of: Topics.profileTimeline).compactMap { $0.headers.string("ce_id") }
          return ids.count { $0.hasPrefix("\(scenario.run)-b\(number)-") } >= records ? true : nil
        }
      }
      scenario.begin(4)
      scenario.goOn(seconds: 1)
      for service in services { deployment.thaw(service) }
      try scenario.finish()
      try verdict.waitUntilRead()
    }
    try verdict.expect()
  }

  /// A backlog of far more than a consumer may fetch ahead, in records that are far larger than usual: it takes them in as
  /// it has room.
  @Test(.timeLimit(.minutes(10)))
  func consumersTakeInWhatTheyHaveRoomFor() throws {
    let deployment = try SuiteProcesses(partitions: 16)
    let readAheadMiB = 4
    try deployment.startAll(["TRIAS_KAFKA_QUEUED_MAX_MESSAGES_KBYTES": "\(readAheadMiB * 1_024)"])
    let scenario = try Scenario(deployment)
    scenario.begin(4)
    try scenario.finish()
    let before = deployment.residentKiB("profile-aggregator")
    deployment.freeze("profile-aggregator")
    let backlog = try Self.repetitions(scenario.run, deployment)
    scenario.begin(4)
    deployment.thaw("profile-aggregator")
    var most = before
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    _ = try SuiteProcesses.wait(180, "profile-aggregator to catch up") {
      scenario.goOn()
      most = max(most, deployment.residentKiB("profile-aggregator"))
      return scenario.isIdle ? true : nil
    }
    print("behind \(backlog >> 20) MiB: \(before / 1_024) MiB, then \(most / 1_024) MiB at most")
    // What is fetched ahead, an answer on top of it, and a batch that is copied once.
    let room = 2 * readAheadMiB + 2 * (Record.pollBytes >> 20)
    #expect(backlog >> 20 > 3 * room, "the test has too little for it")
    #expect((most - before) / 1_024 < 2 * room, "it takes in more than it has room for")
    try verdict.expect()
  }

  /// Customers who look at one page after the other; how many events that is.
  private static func crowd(_ number: Int, _ run: String, _ deployment: SuiteProcesses) throws -> Int {
    let producer = try deployment.log.makeProducer(name: "crowd")
    defer { producer.close(timeoutMs: 5_000) }
    let nowMs = Int64(Date().timeIntervalSince1970 * 1_000)
    let (customers, pages) = (100, 20)
    for customer in 0..<customers {
      let name = "\(run)-b\(number)-\(customer)"
      let data: [String: Any] = [
        "identifiers": [["namespace": "cookie", "value": name]], "channel": "web", "contact": "\(name)-c", "page": "/",
      ]
      let visit = (0..<pages).map {
        RawLog.record(
          Topics.channelInteractions, key: "cookie:\(name)", type: "trias.page.viewed.v1", id: "\(name)-\($0)",
          data: data, timeMs: nowMs, partitions: deployment.partitions)
      }
      _ = try producer.append(visit, timeoutMs: 30_000)
    }
    return customers * pages
  }

  /// One customer in each partition who looks at a page, and is told of again and again, in many words that say nothing; how
  /// many bytes that is. The embedded broker keeps 5 MiB of a partition.
  private static func repetitions(_ run: String, _ deployment: SuiteProcesses) throws -> Int {
    let producer = try deployment.log.makeProducer(name: "repetitions")
    defer { producer.close(timeoutMs: 5_000) }
    let nowMs = Int64(Date().timeIntervalSince1970 * 1_000)
    let emptiness = [UInt8](repeating: UInt8(ascii: " "), count: 60_000)
    var bytes = 0
    for partition in 0..<Int32(deployment.partitions) {
      let name = (0...).lazy.map { "\(run)-n\(partition)-\($0)" }.first {
        Partitioner.partition(of: "cookie:\($0)", count: deployment.partitions) == partition
      }!
      let data: [String: Any] = [
        "identifiers": [["namespace": "cookie", "value": name]], "channel": "web", "contact": "\(name)-c", "page": "/",
      ]
      var record = RawLog.record(
        Topics.channelInteractions, key: "cookie:\(name)", type: "trias.page.viewed.v1", id: name, data: data,
        timeMs: nowMs, partitions: deployment.partitions)
      record.value! += emptiness
      let count = 4_500_000 / record.value!.count
      _ = try producer.append(Array(repeating: record, count: count), timeoutMs: 30_000)
      bytes += count * record.value!.count
    }
    return bytes
  }

  /// A broker that takes its time, and senders that don't wait for it: past the client's buffer they are told to.
  @Test(.timeLimit(.minutes(10)), .enabled(if: Extent.ownsBroker, "only a broker of ours can be told to be slow"))
  func whoSendsFasterThanTheBrokerTakesIsToldToWait() throws {
    let deployment = try SuiteProcesses()
    for service in SuiteProcesses.services {
      try deployment.start(
        service,
        service == "web-adapter"
          ? ["TRIAS_KAFKA_QUEUE_BUFFERING_MAX_MESSAGES": "2000", "TRIAS_RATE_PER_SECOND": "100000"] : [:])
    }
    for service in SuiteProcesses.services { try deployment.waitUntilReady(service) }
    try deployment.tellBroker("delay 1500")
    let scenario = try Scenario(deployment)
    let senders = Senders(deployment, scenario.run, count: 24)
    Thread.sleep(forTimeInterval: 6)
    try deployment.tellBroker("delay 0")
    let (statuses, accepted) = senders.stop()
    print("answers of a slow broker's adapter: \(statuses)")
    #expect(Set(statuses.keys).isSubset(of: [202, 429, 503]) && statuses[429, default: 0] > 0, "\(statuses)")
    let raw = RawLog(log: deployment.log, partitions: deployment.partitions)
    let there = Set(try raw.events(of: Topics.channelInteractions).map(\.id))
    #expect(accepted.isSubset(of: there), "accepted and lost: \(accepted.subtracting(there).count)")
    try Verdict(deployment: deployment, scenario: scenario).expect()
  }

  /// A socket with the smallest buffer that there is, on which the answer is never read.
  private static func openStream(of contact: String, port: Int) throws -> Int32 {
    #if os(Linux)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let handle = socket(AF_INET, stream, 0)
    var size: Int32 = 2_048
    setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw SuiteProcesses.Failure(description: "can't connect: \(errno)") }
    let request =
      "GET /v1/contacts/\(contact)/list/stream HTTP/1.1\r\nHost: localhost\r\n"
      + "Authorization: Bearer \(SuiteProcesses.staffToken)\r\n\r\n"
    guard send(handle, request, request.utf8.count, 0) == request.utf8.count else {
      throw SuiteProcesses.Failure(description: "can't send: \(errno)")
    }
    return handle
  }

  /// Looks at the answer's beginning, and leaves it unread. nil while there is none.
  private static func firstLine(of socket: Int32) -> String? {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(socket, &bytes, bytes.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    return text.contains("\r\n") ? String(text.prefix { $0 != "\r\n" }) : nil
  }

  /// As a scorer that has gone wild: the same list again and again, each time a version higher, and a long one.
  private static func flood(_ list: Record, _ count: Int, _ deployment: SuiteProcesses) throws {
    var data = try #require(try JSONSerialization.jsonObject(with: Data(list.value ?? [])) as? [String: Any])
    var items = try #require(data["items"] as? [[String: Any]])
    let producer = try deployment.log.makeProducer(name: "flood")
    defer { producer.close(timeoutMs: 5_000) }
    var batch: [OutgoingRecord] = []
    for number in 1...count {
      data["version"] = 1_000 + number
      items[0]["reasons"] = ["list \(number) ", String(repeating: "because ", count: 2_500)]
      data["items"] = items
      batch.append(
        OutgoingRecord(
          topic: list.topic, partition: list.partition, key: list.key,
          value: Array(try JSONSerialization.data(withJSONObject: data)), headers: list.headers))
      guard batch.count == 50 || number == count else { continue }
      _ = try producer.append(batch, timeoutMs: 30_000)
      batch = []
    }
  }
}

/// Programs that post batches as fast as they are answered.
private final class Senders: @unchecked Sendable {
  private let lock = NSLock()
  private var statuses: [Int: Int] = [:]
  private var accepted: Set<String> = []
  private var isStopping = false
  private var running: Int

  init(_ deployment: SuiteProcesses, _ run: String, count: Int) {
    running = count
    let url = deployment.http("web-adapter", "/v1/events")
    for sender in 0..<count {
      Thread.detachNewThread { [self] in
        let client = WebClient()
        var number = 0
        while lock.withLock({ !isStopping }) {
          let ids = (0..<200).map { "\(run)-\(sender)-\(number)-\($0)" }
          let events = ids.map { id -> [String: Any] in
            let data: [String: Any] = [
              "identifiers": [["namespace": "cookie", "value": "\(run)-\(sender)"]], "contact": "\(run)-\(sender)",
              "page": "/",
            ]
            return ["id": id, "type": "page.viewed", "data": data]
          }
          let answer = client.post(
            url, ["events": events], headers: ["X-Trias-Source-Key": SuiteProcesses.sourceKey])
          number += 1
          lock.withLock {
            statuses[answer.status, default: 0] += 1
            if answer.status == 202 { accepted.formUnion(ids) }
          }
        }
        lock.withLock { running -= 1 }
      }
    }
  }

  func stop() -> ([Int: Int], Set<String>) {
    lock.withLock { isStopping = true }
    while lock.withLock({ running > 0 }) { Thread.sleep(forTimeInterval: 0.05) }
    return lock.withLock { (statuses, accepted) }
  }
}
