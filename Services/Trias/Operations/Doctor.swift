import Contracts
import MessageLog
import Streams

/// Looks a deployment over and says what is wrong and how to mend it. Changes nothing.
package struct Doctor {
  package enum Grade: String, Sendable {
    case good = "ok"
    case warning = "warn"
    case bad = "BAD"
  }

  package struct Finding: Sendable, Equatable {
    package var grade: Grade
    package var what: String
    /// What to do about it.
    package var mend: String?

    init(_ grade: Grade, _ what: String, mend: String? = nil) {
      self.grade = grade
      self.what = what
      self.mend = mend
    }
  }

  private let log: any MessageLog
  private let partitions: Int
  private let groups: [GroupPositions.Group]
  /// Positions are committed about once a second, so what stands still for so many looks stands still.
  static let looksMax = 4

  /// Lets a second go by, so that what moves can be told from what stands.
  private let wait: () -> Void

  package init(
    log: any MessageLog, partitions: Int, groups: [GroupPositions.Group], wait: @escaping () -> Void
  ) {
    self.log = log
    self.partitions = partitions
    self.groups = groups
    self.wait = wait
  }

  package func examine(_ tell: (Finding) -> Void) {
    do {
      let check = try TopicCheck.check(log, partitions: partitions)
      tell(Finding(.good, "the broker answers"))
      if log.forgets {
        tell(
          Finding(
            .warning, "it is the embedded broker, which keeps nothing beyond its process",
            mend: "for more than trying out, set KAFKA_BOOTSTRAP_SERVERS to a Kafka cluster"))
      }
      topics(check, tell)
      // Beyond partitions that aren't there nothing can be asked.
      guard check.missing.isEmpty, check.mistakes.isEmpty else { return }
      if log.forgets { try forgotten(tell) }
      try catalog(tell)
      try processors(tell)
      try deadLetters(tell)
    } catch LogError.unavailable(let why) {
      tell(
        Finding(
          .bad, "the broker can't be reached: \(why)",
          mend: "start it, or set KAFKA_BOOTSTRAP_SERVERS (or --bootstrap-servers) to where it is"))
    } catch {
      tell(Finding(.bad, "\(error)"))
    }
  }

  private func topics(_ check: TopicCheck, _ tell: (Finding) -> Void) {
    if check.isGood {
      tell(Finding(.good, "all \(check.right) topics are there, keyed ones with \(partitions) partitions"))
    }
    if !check.missing.isEmpty {
      let names = check.missing.map(\.topic).joined(separator: ", ")
      let mend =
        log.forgets
        ? "the embedded broker makes its topics when it starts: give it and all others the same topic-prefix, or start "
          + "it anew with `trias run` or `trias broker`"
        : "trias topics apply"
      tell(Finding(.bad, "\(check.missing.count) topics are missing: \(names)", mend: mend))
    }
    for deviation in check.harmful + check.limiting {
      let isLimiting = check.limiting.contains(deviation)
      tell(
        Finding(
          isLimiting ? .warning : .bad,
          deviation.description + (isLimiting ? ": what is larger, compressed, is refused" : ""),
          mend:
            "kafka-configs --alter --topic \(deviation.topic) --add-config \(deviation.setting)=\(deviation.expected)"))
    }
    for mistake in check.mistakes {
      let mend =
        mistake.expected == 1
        ? "it must have one partition: delete it and run `trias topics apply`"
        : "set partitions to what the topics have (TRIAS_PARTITIONS=\(mistake.found)); partitions are never added"
      tell(Finding(.bad, mistake.description, mend: mend))
    }
  }

  /// A table whose beginning is gone can't be read anew: a processor that is opened again stands still.
  private func forgotten(_ tell: (Finding) -> Void) throws {
    let reader = try log.makeConsumer(name: "doctor", group: nil)
    defer { reader.close() }
    for topic in Topics.all {
      if case .delete = topic.cleanup { continue }
      for number in 0..<topic.partitionCount(domainPartitions: partitions) {
        let partition = TopicPartition(topic.name, Int32(number))
        guard try reader.bounds(of: partition).begin > 0 else { continue }
        let owner = topic.owner.map { "\($0.rawValue), which keeps it" } ?? "who reads it"
        tell(
          Finding(
            .warning,
            "the embedded broker has dropped the beginning of \(topic.name): \(owner), would stand still once reopened",
            mend: "begin anew with `trias run` or `trias broker`; for more data than a trial, a broker that keeps: "
              + "KAFKA_BOOTSTRAP_SERVERS"))
        break
      }
    }
  }

  private func catalog(_ tell: (Finding) -> Void) throws {
    let applied = try AppliedCatalogs(log)
    for (offset, refusal) in applied.refused {
      tell(
        Finding(
          .warning, "the catalogue at offset \(offset) is refused by all who read it: \(refusal.reason)",
          mend: "trias catalog apply <file>; and see who else may write to \(Topics.marketingCatalog.name)"))
    }
    guard let catalog = applied.inForce else {
      tell(Finding(.bad, "no catalogue was applied: every list is empty", mend: "trias catalog apply <file>"))
      return
    }
    let live = catalog.propositions.filter { !$0.isPaused }.count
    tell(
      Finding(
        live > 0 ? .good : .warning,
        "catalogue \(catalog.version), applied \(Timestamps.text(catalog.appliedMs)): \(live) of "
          + "\(catalog.propositions.count) propositions are not paused"))
  }

  private func processors(_ tell: (Finding) -> Void) throws {
    let positions = GroupPositions(log: log, groups: groups)
    let before = try positions.measure()
    var after = before
    var seconds: Int64 = 0
    func taken(_ group: ConsumerGroup) -> Int64 {
      guard let was = before[group], let now = after[group] else { return 0 }
      return (was.lag - now.lag) + (now.ends - was.ends)
    }
    repeat {
      wait()
      seconds += 1
      after = try positions.measure()
    } while seconds < Self.looksMax && after.contains { $0.value.lag > 0 && taken($0.key) <= 0 }
    for group in groups.map(\.group) {
      guard let now = after[group] else { continue }
      let taken = taken(group)
      let name = group.rawValue
      if now.lag == 0, !now.hasCommitted {
        tell(Finding(.good, "\(name) has never taken anything, and there is nothing to take"))
      } else if now.lag == 0 {
        tell(Finding(.good, "\(name) is up to date"))
      } else if taken > 0 {
        tell(Finding(.good, "\(name) is \(now.lag) records behind and takes \(max(1, taken / seconds)) a second"))
      } else {
        tell(
          Finding(
            .bad, "\(name) is \(now.lag) records behind and \(now.hasCommitted ? "takes none" : "has never taken any")",
            mend: "start \(group.executable.rawValue), or see in its log and at its /readyz why it stands still"))
      }
    }
  }

  private func deadLetters(_ tell: (Finding) -> Void) throws {
    var isClean = true
    for group in ConsumerGroup.allCases {
      let all = try DeadLetterBox(group, log: log).letters()
      let refused = all.filter(\.isRefusedCommand)
      if let last = refused.last {
        tell(
          Finding(
            .good, "\(group.rawValue) has refused \(refused.count) commands of staff, the last: \(last.refusal.words)"))
      }
      let letters = all.filter { !$0.isRefusedCommand }
      guard let last = letters.last else { continue }
      isClean = false
      tell(
        Finding(
          .warning, "\(letters.count) dead letters of \(group.rawValue), the last: \(last.refusal)",
          mend: "trias dlq list \(group.rawValue); when the cause is mended, trias dlq replay \(group.rawValue)"))
    }
    if isClean { tell(Finding(.good, "there are no dead letters")) }
  }
}
