import Contracts
import Foundation
import MessageLog
import Synchronization

/// From a `contact.started` handed to the client to its list read back by another client, over all hops, at a steady
/// rate; and next to it the bare round trip of one record on the same broker.
package struct LatencyBench {
  private let log: any MessageLog
  private let partitions: Int
  private let workload: Workload
  private let clock: @Sendable () -> Int64

  package init(
    log: any MessageLog, partitions: Int, workload: Workload, clock: @escaping @Sendable () -> Int64
  ) {
    self.log = log
    self.partitions = partitions
    self.workload = workload
    self.clock = clock
  }

  package struct Row {
    package let name: String
    package let perSecond: Int
    package let sent: Int
    /// Sorted, in milliseconds.
    package let latenciesMs: [Double]

    package func quantile(_ q: Double) -> Double {
      latenciesMs.isEmpty ? .nan : latenciesMs[min(latenciesMs.count - 1, Int(Double(latenciesMs.count) * q))]
    }
  }

  /// `produce` to `read`, without anything in between.
  package func roundTrip(perSecond: Int, seconds: Int) throws -> Row {
    try measure("produce → consume", perSecond, seconds, from: Topics.contactTasks) { contact, n, nowMs in
      var record = workload.contactStarted(n, contact: contact, nowMs: nowMs)
      record.topic = Topics.contactTasks.name
      return record
    }
  }

  package func eventToList(perSecond: Int, seconds: Int) throws -> Row {
    try measure("contact.started → list", perSecond, seconds, from: Topics.nbaLists) { contact, n, nowMs in
      workload.contactStarted(n, contact: contact, nowMs: nowMs)
    }
  }

  /// The same where as many events again are of customers whose lists nobody waits for: of one alone, or of many.
  package func eventToList(besides others: Others, perSecond: Int, seconds: Int) throws -> Row {
    try measure(
      others.rawValue, perSecond, seconds, from: Topics.nbaLists,
      beside: { n, nowMs in workload.pageViewed(others == .one ? 0 : n, nowMs: nowMs) }
    ) { contact, n, nowMs in
      workload.contactStarted(n, contact: contact, nowMs: nowMs)
    }
  }

  /// From a customer's no to what he is offered instead, within the contact. Its event is handed to the client as soon as
  /// the contact's first list has been read.
  package func rejectionToList(perSecond: Int, seconds: Int) throws -> Row {
    try measure(
      "nba.rejected → list", perSecond, seconds, from: Topics.nbaLists,
      answer: { list, n, nowMs in workload.rejected(list, n, nowMs: nowMs) }
    ) { contact, n, nowMs in
      workload.contactStarted(n, contact: contact, nowMs: nowMs)
    }
  }

  package enum Others: String {
    case many = "beside many customers"
    case one = "beside a hot customer"
  }

  private func measure(
    _ name: String, _ perSecond: Int, _ seconds: Int, from topic: Topic,
    beside: ((_ n: Int, _ nowMs: Int64) -> OutgoingRecord)? = nil,
    answer: (@Sendable (_ list: NbaList, _ n: Int, _ nowMs: Int64) -> OutgoingRecord?)? = nil,
    _ record: (_ contact: String, _ n: Int, _ nowMs: Int64) -> OutgoingRecord
  ) throws -> Row {
    let run = UUID().uuidString.prefix(8)
    let total = perSecond * seconds
    let sentAt = Mutex([String: (n: Int, at: ContinuousClock.Instant)]())
    let latencies = Mutex([Double]())
    let consumer = Unchecked(try log.makeConsumer(name: "bench.lists", group: nil))
    let done = DispatchSemaphore(value: 0)
    var starts: [TopicPartition: Int64] = [:]
    for partition in 0..<Int32(partitions) {
      let at = TopicPartition(topic.name, partition)
      starts[at] = try consumer.value.bounds(of: at).end
    }
    try consumer.value.assign(starts)
    let answering = Unchecked(answer == nil ? nil : try log.makeProducer(name: "bench.answers"))
    let reader = Thread {
      defer { done.signal() }
      var answered: Set<String> = []
      let deadline = Date().addingTimeInterval(Double(seconds) + 20)
      while Date() < deadline, latencies.withLock({ $0.count }) < total {
        for record in (try? consumer.value.poll(maxRecords: 500, timeoutMs: 50)) ?? [] {
          guard let contact = record.headers.string("ce_correlationid") ?? record.headers.string("ce_id") else {
            continue
          }
          let id = contact.hasPrefix("start-") ? String(contact.dropFirst(6)) : contact
          if let answer {
            guard let list = record.value.flatMap({ try? NbaList(data: $0) }) else { continue }
            if !answered.contains(id) {
              guard let n = sentAt.withLock({ $0[id]?.n }), let said = answer(list, n, clock()) else { continue }
              answered.insert(id)
              sentAt.withLock { $0[id] = (n, ContinuousClock.now) }
              try? answering.value?.append(said) { _ in }
              continue
            }
            guard list.cause == Workload.rejectionId(of: id) else { continue }
          }
          guard let start = sentAt.withLock({ $0.removeValue(forKey: id) })?.at else { continue }
          let elapsed = (ContinuousClock.now - start).components
          let ms = Double(elapsed.seconds) * 1_000 + Double(elapsed.attoseconds) / 1e15
          latencies.withLock { $0.append(ms) }
        }
      }
    }
    reader.start()
    let producer = try log.makeProducer(name: "bench.contacts")
    let begin = ContinuousClock.now
    for n in 0..<total {
      let due = begin + .microseconds(n * 1_000_000 / perSecond)
      let wait = (due - ContinuousClock.now).components
      if wait.seconds > 0 || wait.attoseconds > 0 {
        Thread.sleep(forTimeInterval: Double(wait.seconds) + Double(wait.attoseconds) / 1e18)
      }
      let contact = "bench-\(run)-\(n)"
      let nowMs = clock()
      sentAt.withLock { $0[contact] = (n, ContinuousClock.now) }
      try producer.append(record(contact, n, nowMs)) { _ in }
      if let beside { try producer.append(beside(n, nowMs)) { _ in } }
    }
    done.wait()
    consumer.value.close()
    producer.close(timeoutMs: 5_000)
    answering.value?.close(timeoutMs: 5_000)
    return Row(name: name, perSecond: perSecond, sent: total, latenciesMs: latencies.withLock { $0.sorted() })
  }
}

/// The reading thread is the only one that uses it between the start and its end.
private struct Unchecked<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
