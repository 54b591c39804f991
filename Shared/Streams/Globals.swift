import Contracts
import MessageLog

// What every instance reads whole, before its first step and on.

extension ProcessorEngine {
  func globalPartitions() throws -> [TopicPartition] {
    processor.globals.flatMap { topic in
      (0..<Int32(topic.partitionCount(domainPartitions: settings.domainPartitions))).map {
        TopicPartition(topic.name, $0)
      }
    }
  }

  /// What has come since everything that was there was seen.
  func observeGlobals() throws -> Int {
    guard let globals, !globalsAreBehind else { return 0 }
    let records = try globals.poll(maxRecords: 1_000, timeoutMs: 0)
    for record in records where globalsFilter.admits(record) {
      do { try logic.observe(record) } catch { refuse(record.place, error) }
    }
    return records.count
  }

  /// It leaves what was there before.
  private func refuse(_ place: String, _ refusal: Refusal) {
    telemetry.count("trias_globals_refused_total", 1, labels: labels)
    telemetry.log(.warning, "\(place) is refused: \(refusal)", labels)
  }

  /// Before the first step after an assignment everything global that is there has been seen.
  func catchUpGlobals() throws {
    guard let globals else { return globalsAreBehind = false }
    var caughtUp: CaughtUp
    repeat {
      try readGlobals(globals)
      caughtUp = logic.caughtUp()
      for (place, refusal) in caughtUp.refused { refuse(place, refusal) }
    } while caughtUp.isToBeReadAgain
    globalsAreBehind = false
  }

  private func readGlobals(_ globals: any LogConsumer) throws {
    var missing: [TopicPartition: Int64] = [:]
    for partition in try globalPartitions() {
      let bounds = try globals.bounds(of: partition)
      if log.forgets, bounds.begin > 0 {
        throw StreamsError.logLost(
          partition,
          "the embedded broker has forgotten the records before offset \(bounds.begin). "
            + "Begin anew with `trias run` or `trias broker`, or use a broker that keeps (KAFKA_BOOTSTRAP_SERVERS)")
      }
      if bounds.end > bounds.begin { missing[partition] = bounds.end }
    }
    // Read again from the start: simplest, and right whatever was observed before.
    try globals.assign(try globalPartitions().reduce(into: [:]) { $0[$1] = try globals.bounds(of: $1).begin })
    globalsFilter = StateFilter()
    // Renewed with all that comes: reading and checking many large versions may take longer than waiting for any.
    var deadlineMs = settings.clock() + 120_000
    while !missing.isEmpty {
      for record in try globals.poll(maxRecords: 5_000, timeoutMs: 50) {
        if globalsFilter.admits(record) {
          do { try logic.catchUp(with: record) } catch { refuse(record.place, error) }
        }
        deadlineMs = settings.clock() + 120_000
        let partition = TopicPartition(record.topic, record.partition)
        if let end = missing[partition], record.offset >= end - 1 { missing[partition] = nil }
      }
      if isStopping() { throw LogError.unavailable("stopping") }
      if settings.clock() > deadlineMs {
        throw LogError.unavailable(
          "the globals of \(processor.group.rawValue) could not be read: nothing came for two minutes")
      }
    }
  }
}

extension Record {
  /// As people are told of it.
  package var place: String { "\(topic)/\(partition)/\(offset)" }
}
