import Contracts
import MessageLog

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// The adapter's reading thread: lists from a while before their ends on, the catalogue from its beginning.

extension ChannelAdapter {
  /// Blocks until `stop`. Faults of the log are retried for as long as they last.
  public func run() {
    var waitMs = 50
    while !isStopping.load(ordering: .relaxed) {
      do {
        try read { waitMs = 50 }
      } catch {
        notReady("\(error)")
        report.problem("reading lists: \(error); trying again")
        // Also while the broker is away a validity ends.
        for _ in 0..<waitMs / 50 where !isStopping.load(ordering: .relaxed) {
          store.tellTurns(nowMs: clock())
          usleep(50_000)
        }
        waitMs = min(waitMs * 2, 2_000)
      }
    }
    notReady("stopped")
    store.close()
  }

  private func notReady(_ detail: String) {
    standing.withLock {
      $0.isReady = false
      $0.detail = detail
    }
  }

  /// - Parameter reached: called when it is up to date.
  private func read(_ reached: () -> Void) throws(LogError) {
    let consumer = try log.makeConsumer(name: "\(settings.instance).lists", group: nil)
    defer { consumer.close() }
    let lists = Topics.nbaLists.name
    let catalog = TopicPartition(Topics.marketingCatalog.name, 0)
    notReady("waits for topics")
    guard let count = try log.partitionCount(of: lists), try log.partitionCount(of: catalog.topic) != nil else {
      throw .unavailable("the topics \(lists) and \(catalog.topic) don't exist yet")
    }
    // Asked for here, once, so that who publishes need not wait for the answer.
    for topic in [Topics.channelInteractions, Topics.sourceRecords] { _ = try log.partitionCount(of: topic.name) }
    standing.withLock { $0.knowsTopics = true }
    var starts: [TopicPartition: Int64] = [:]
    // What lies before these was there when the reading began: with it, contacts that moved here are known.
    var missing: [TopicPartition: Int64] = [:]
    for partition in 0..<Int32(count) {
      let at = TopicPartition(lists, partition)
      let bounds = try consumer.bounds(of: at)
      let start = max(bounds.begin, bounds.end - Int64(settings.listsReadBackMax / count))
      starts[at] = start
      if start < bounds.end { missing[at] = bounds.end }
    }
    let catalogBounds = try consumer.bounds(of: catalog)
    starts[catalog] = catalogBounds.begin
    if catalogBounds.begin < catalogBounds.end { missing[catalog] = catalogBounds.end }
    try consumer.assign(starts)

    notReady("reads the catalogue and the latest lists")
    var probedMs: Int64 = 0
    while !isStopping.load(ordering: .relaxed) {
      if missing.isEmpty, !standing.withLock({ $0.isReady }) {
        standing.withLock {
          $0.isReady = true
          $0.detail = "reading \(count) partitions of lists"
        }
        reached()
      }
      // A clock that is set back is no reason to wait until it has caught up.
      if publisher.failure == nil {
        probedMs = clock()
      } else if !(0..<settings.probeEveryMs).contains(clock() - probedMs) {
        publisher.probe()
        probedMs = clock()
      }
      // Nothing is published when a validity ends: the time alone says so.
      store.tellTurns(nowMs: clock())
      for record in try consumer.poll(maxRecords: 500, timeoutMs: 50) {
        let at = TopicPartition(record.topic, record.partition)
        if record.topic == lists { takeList(record) } else { takeCatalog(record, wasThere: missing[at] != nil) }
        if let end = missing[at], record.offset + 1 >= end {
          missing[at] = nil
          // Begins anew where that isn't known yet.
          guard at != catalog || settleCatalog() else { return }
        }
      }
    }
  }

  /// Lists of contacts that nobody here has asked about are put aside undecoded.
  private func takeList(_ record: Record) {
    guard let value = record.value else { return }
    if let contact = record.headers.string("ce_correlationid"), !store.knows(contact) {
      recent.put(contact, value)
      // Asked about between the two.
      if store.knows(contact) { adopt(contact) }
      report.count("trias_adapter_lists_skipped_total", 1)
      return
    }
    do {
      let list = try NbaList(json: value)
      let taken = store.take(list, nowMs: clock())
      report.count(taken ? "trias_adapter_lists_total" : "trias_adapter_lists_skipped_total", 1)
    } catch {
      report.count("trias_adapter_unreadable_total", 1)
      report.problem("can't read the list at \(record.topic)/\(record.partition)/\(record.offset): \(error)")
    }
  }

  /// A contact that was started elsewhere is asked about here: from now on it is followed like those of this instance.
  func adopt(_ contact: String) {
    guard recent.knows(contact) else { return }
    store.watch(contact, nowMs: clock())
    while let value = recent.take(contact) {
      do {
        _ = store.take(try NbaList(json: value), nowMs: clock())
      } catch {
        report.count("trias_adapter_unreadable_total", 1)
        report.problem("can't read the list of \(contact): \(error)")
      }
    }
  }

  /// One that can't be read or doesn't hold leaves the one before in place. Those that were there are put aside, until it
  /// is known which of them is in force.
  private func takeCatalog(_ record: Record, wasThere: Bool) {
    guard let value = record.value else { return }
    var shelf = standing.withLock { $0.shelf }
    do throws(Refusal) {
      if wasThere {
        try shelf.put(value, offset: record.offset, writtenMs: record.timestampMs)
      } else {
        try shelf.read(value, writtenMs: record.timestampMs) { take($0) }
      }
    } catch {
      refuse(record.offset, error)
    }
    standing.withLock { [shelf] in $0.shelf = shelf }
  }

  /// All that was there is put aside. False: it has to be read once more.
  private func settleCatalog() -> Bool {
    var shelf = standing.withLock { $0.shelf }
    let settled = shelf.settle { take($0) }
    standing.withLock { [shelf] in $0.shelf = shelf }
    for (offset, refusal) in settled.refused { refuse(offset, refusal) }
    return !settled.isToBeReadAgain
  }

  private func take(_ checked: CheckedCatalog) {
    let kinds = DeclaredKinds(checked.catalog)
    standing.withLock { $0.kinds = kinds }
    store.show(by: checked.catalog, nowMs: clock())
  }

  private func refuse(_ offset: Int64, _ refusal: Refusal) {
    report.count("trias_adapter_unreadable_total", 1)
    report.problem("can't read the catalogue at offset \(offset): \(refusal)")
  }
}
