import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

/// What a scenario of faults is held against in the end.
struct Verdict {
  let deployment: SuiteProcesses
  let scenario: Scenario
  var raw: RawLog { RawLog(log: deployment.log, partitions: deployment.partitions) }

  /// Waits until every processor has read, and answered, all that there is.
  func waitUntilRead() throws {
    let inputs: [(ConsumerGroup, [Topic])] = [
      (.facets, [Topics.channelInteractions, Topics.sourceRecords]), (.linker, [Topics.identityClaims]),
      (.facets, [Topics.identityMap]), (.profiles, [Topics.profileTimeline]), (.leads, [Topics.profileTimeline]),
      (.profiles, [Topics.leadEvents]), (.scorer, [Topics.profileState]),
    ]
    for (group, topics) in inputs {
      let consumer = try deployment.log.makeConsumer(name: "positions", group: group.rawValue)
      defer { consumer.close() }
      let partitions = topics.flatMap { topic in
        (0..<Int32(topic.partitionCount(domainPartitions: deployment.partitions))).map {
          TopicPartition(topic.name, $0)
        }
      }
      _ = try SuiteProcesses.wait(120, "\(group.rawValue) to read all of \(topics.map(\.name))") {
        let committed = try consumer.committed(partitions)
        return try partitions.allSatisfy { partition in
          let end = try consumer.bounds(of: partition).end
          return end == 0 || committed[partition]?.offset ?? 0 >= end
        } ? true : nil
      }
    }
  }

  /// Waits until what the suite says of every customer is what the oracle makes of the input, then looks at what came on
  /// the way there. `note` goes into every complaint: a seed, above all.
  func expect(
    seconds: Double = 120, deadLetters: Int = 0, note: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let note = (note.isEmpty ? "SEED=\(Extent.seed)" : note) + ": "
    let input = try (raw.events(of: Topics.channelInteractions) + raw.events(of: Topics.sourceRecords)).filter {
      $0.id.hasPrefix(scenario.run)
    }
    let expected = Scenario.oracle.customers(input)
    let toBeSaid = Scenario.oracle.said(input)
    #expect(!expected.isEmpty, "\(note)there is nobody to judge", sourceLocation: sourceLocation)
    var observed: [Oracle.Customer] = []
    var unsaid: [String] = []
    do {
      _ = try SuiteProcesses.wait(seconds, "the suite to agree with the oracle") { () -> Bool? in
        observed = try Observed.customers(raw, run: scenario.run)
        guard observed == expected else { return nil }
        unsaid = try Observed.said(raw, except: Scenario.spoiled).complaints(expected: toBeSaid)
        unsaid += try Groups.complaints(raw)
        return unsaid.isEmpty ? true : nil
      }
    } catch {
      // Below it is told what differs. Nothing may also mean that nobody could be asked.
      if observed == expected, unsaid.isEmpty { Issue.record("\(note)\(error)", sourceLocation: sourceLocation) }
    }
    #expect(
      observed.count == expected.count, "\(note)customers; see \(deployment.folder.path)",
      sourceLocation: sourceLocation)
    for (seen, wanted) in zip(observed, expected) where seen != wanted {
      Issue.record("\(note)observed \(seen)\nexpected \(wanted)", sourceLocation: sourceLocation)
    }
    for complaint in try unsaid + raw.cutOff(Topics.all) + Invariants.complaints(raw, deadLetters: deadLetters) {
      Issue.record("\(note)\(complaint); see \(deployment.folder.path)", sourceLocation: sourceLocation)
    }
  }
}

/// What must hold of everything that the services have written, whoever died while writing it.
enum Invariants {
  static func complaints(_ raw: RawLog, deadLetters: Int) throws -> [String] {
    var complaints: [String] = []
    var letters: [(source: String, text: String)] = []
    for group in ConsumerGroup.allCases {
      letters += try raw.records(of: group.deadLetter).map { (source(of: $0), $0.text) }
    }
    // Of these a process may have died between the letter and the commit: the letter comes again, and says the same.
    let spoiled = try spoiled(raw)
    for missing in spoiled.subtracting(letters.map(\.source)) { complaints.append("no dead letter of \(missing)") }
    let others = letters.filter { !spoiled.contains($0.source) }
    if others.count != deadLetters {
      complaints.append("\(others.count) dead letters instead of \(deadLetters): \(others.prefix(3))")
    }
    for topic in said { complaints += repetitions(try raw.records(of: topic), topic) }
    complaints += stepsBack(try raw.records(of: Topics.profileTimeline))
    return complaints
  }

  /// What processors say beside their tables.
  static let said = [
    Topics.identityClaims, Topics.identityMap, Topics.profileTimeline, Topics.consentState, Topics.nbaLists,
    Topics.nbaDecisions, Topics.nbaEvidence, Topics.leadEvents, Topics.leadCommands, Topics.contactTasks,
    Topics.groupContributions, Topics.groupAggregates, Topics.budgetRequests, Topics.budgetAnswers,
  ]

  private static func source(of letter: Record) -> String {
    [DeadLetterHeader.topic, DeadLetterHeader.partition, DeadLetterHeader.offset].map {
      letter.headers.string($0) ?? "?"
    }.joined(separator: "/")
  }

  /// Where the records are that the scenario has spoiled.
  private static func spoiled(_ raw: RawLog) throws -> Set<String> {
    let topics = [
      Topics.channelInteractions, Topics.stewardCommands, Topics.leadEvents, Topics.leadCommands, Topics.nbaEvidence,
      Topics.groupContributions, Topics.budgetRequests, Topics.budgetAnswers,
    ]
    return Set(
      try topics.flatMap { try raw.records(of: $0) }.filter {
        $0.headers.string("ce_id")?.hasPrefix(Scenario.spoiled) == true
      }.map { "\($0.topic)/\($0.partition)/\($0.offset)" })
  }

  /// What comes twice is the same twice. In other worlds two profiles may open one lead under one id (see SuiteChecks); here
  /// all acceptances are under the customer's number, whose facet moves nowhere.
  private static func repetitions(_ records: [Record], _ topic: Topic) -> [String] {
    var first: [String: Record] = [:]
    var complaints: [String] = []
    for record in records {
      guard let id = record.headers.string("ce_id") else {
        complaints.append("\(topic.name)/\(record.partition)/\(record.offset) has no id")
        continue
      }
      var identity = "\(record.headers.string("ce_source") ?? "")|\(id)"
      // A contact that moves is judged by both profiles, each with what it knew.
      if topic == Topics.nbaEvidence { identity += "|\(record.headers.string("ce_origin") ?? "")" }
      guard let earlier = first[identity] else {
        first[identity] = record
        continue
      }
      if earlier.key != record.key || earlier.value != record.value || earlier.headers != record.headers {
        complaints.append("\(topic.name) says \(identity) in two ways: \(earlier.text) and \(record.text)")
      }
    }
    return complaints
  }

  /// The numbers of a facet's events rise; only what was said before may be said again. One number is one event: or one
  /// move, of which the profile that the facet leaves hears as well as the one that receives it.
  private static func stepsBack(_ records: [Record]) -> [String] {
    var highest: [String: (version: Int64, seq: Int64)] = [:]
    var seen: Set<String> = []
    var numbered: [String: String] = [:]
    var complaints: [String] = []
    for record in records {
      guard let facet = record.headers.string("ce_facet"), let id = record.headers.string("ce_id"),
        let version = record.headers.string("ce_facetversion").flatMap(Int64.init),
        let seq = record.headers.string("ce_facetseq").flatMap(Int64.init)
      else { continue }
      let key = "\(String(decoding: record.key ?? [], as: UTF8.self))|\(facet)"
      guard seen.insert("\(key)|\(id)|\(version)|\(seq)").inserted else { continue }
      let number = "\(facet)|\(version)|\(seq)"
      let moved = ["left:", "received:"].first { id.hasPrefix($0) }
      let event = moved.map { "moved:\(id.dropFirst($0.count))" } ?? id
      if let other = numbered.updateValue(event, forKey: number), other != event {
        complaints.append("\(number) is \(other) and, at offset \(record.offset), \(event)")
      }
      if let last = highest[key], (version, seq) <= last {
        complaints.append("\(key) goes back from \(last) to \((version, seq)) at offset \(record.offset)")
      }
      highest[key] = (version, seq)
    }
    return complaints
  }
}

extension Record {
  var text: String { String(decoding: value ?? [], as: UTF8.self) }
}

extension Trait where Self == IssueHandlingTrait {
  /// Whatever a test complains of, it says how to have the same again.
  static var saysItsSeed: Self {
    .compactMapIssues { issue in
      var issue = issue
      issue.comments.append("SEED=\(Extent.seed)")
      return issue
    }
  }
}

/// Settings of the long forms, from the environment.
enum Extent {
  static var ownsBroker: Bool { ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"] == nil }

  static func integer(_ name: String, _ fallback: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? fallback
  }

  static var readsMemory: Bool { FileManager.default.fileExists(atPath: "/proc/self/status") }

  static var seed: UInt64 { Seed.ofThisRun }
}

extension Invariants {
  /// Compaction keeps what was written last under each key: that must never be the word of one who had been succeeded.
  static func lastWords(_ records: [Record]) -> [String] {
    var epochs: [Int32: Int64] = [:]
    var late: [String: String] = [:]
    /// Key and where its origins lie → the furthest of them. An output that is a table has no epochs, but origins.
    var furthest: [String: (offset: Int64, ordinal: Int32)] = [:]
    for record in records {
      if record.headers.value("trias_takeover") != nil {
        epochs[record.partition] = record.offset
        continue
      }
      if record.headers.value("trias_handover") != nil { continue }
      let epoch = record.headers.string("trias_epoch").flatMap { Int64($0) } ?? 0
      let key = String(decoding: record.key ?? [], as: UTF8.self)
      var isLate = epoch < epochs[record.partition] ?? 0 && epoch >= 0
      if let origin = record.headers.string("ce_origin").flatMap({ Origin($0) }) {
        let place = "\(key)|\(origin.topic)/\(origin.partition)"
        let last = furthest[place] ?? (-1, -1)
        isLate = isLate || (origin.offset, origin.ordinal) < last
        if (origin.offset, origin.ordinal) > last { furthest[place] = (origin.offset, origin.ordinal) }
      }
      late[key] = isLate ? "\(record.topic)/\(record.partition)/\(record.offset)" : nil
    }
    return late.map { "\($0.value) is the last word on \($0.key), and an earlier owner's" }
  }
}
