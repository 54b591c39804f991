import Contracts
import MessageLog

/// Whether the topics are as they are declared.
package struct TopicCheck: Sendable, Equatable {
  package struct Finding: Sendable, Equatable, CustomStringConvertible {
    package var topic: String
    /// nil: there is no such topic.
    package var found: Int?
    package var expected: Int

    package var description: String {
      guard let found else { return "\(topic) is missing (\(expected) partitions)" }
      return "\(topic) has \(found) partitions instead of \(expected)"
    }
  }

  /// A topic that the broker treats otherwise than it is declared.
  package struct Deviation: Sendable, Equatable, CustomStringConvertible {
    package var topic: String
    package var setting: String
    /// nil: the broker doesn't say.
    package var found: String?
    package var expected: String

    package var description: String {
      "\(topic) has \(setting)=\(found ?? "(unknown)") at the broker instead of \(expected)"
    }
  }

  package var missing: [Finding] = []
  package var wrong: [Finding] = []
  /// By these, records would go that are still needed.
  package var harmful: [Deviation] = []
  /// By these the broker refuses what is larger, and says so; smaller ones are taken.
  package var limiting: [Deviation] = []
  /// Those that were made just now with the broker's own bound, because it refused the one that was asked for.
  package var small: [SmallTopic] = []
  /// These only keep more than is asked for.
  package var harmless: [Deviation] = []
  /// Why the configurations couldn't be looked at; nil where they were.
  package var unseen: String?
  package var right = 0

  /// Topics that are wrong in the same way: mostly it is one setting, and one mistake.
  package struct Mistake: Sendable, Equatable, CustomStringConvertible {
    package var topics: [String]
    package var found: Int
    package var expected: Int

    package var description: String {
      let names = topics.joined(separator: ", ")
      guard topics.count > 1 else { return "\(names) has \(found) partitions instead of \(expected)" }
      return "\(topics.count) topics have \(found) partitions instead of \(expected): \(names)"
    }
  }

  package var mistakes: [Mistake] {
    var mistakes: [Mistake] = []
    for finding in wrong {
      let found = finding.found ?? 0
      if let same = mistakes.firstIndex(where: { $0.found == found && $0.expected == finding.expected }) {
        mistakes[same].topics.append(finding.topic)
      } else {
        mistakes.append(Mistake(topics: [finding.topic], found: found, expected: finding.expected))
      }
    }
    return mistakes
  }

  /// Of each topic that takes less than it should: how much that is, and what to do about it.
  package var bounds: [String] {
    let refused = "a catalogue whose record is larger, compressed, is refused when it is applied. To raise it:"
    func mend(_ topic: String, _ bytes: String) -> String {
      "kafka-configs --alter --topic \(topic) --add-config max.message.bytes=\(bytes)"
    }
    let known = limiting.map { deviation in
      guard let reason = small.first(where: { $0.name == deviation.topic })?.reason else {
        return "\(deviation): \(refused) \(mend(deviation.topic, deviation.expected))"
      }
      return "\(deviation): \(refused) \(mend(deviation.topic, "…")), with the most that the broker allows: it refused "
        + "\(deviation.expected) (\(reason))"
    }
    let unseen = small.filter { one in !limiting.contains { $0.topic == one.name } }.map { one in
      "\(one.name) takes records as large as the broker's other topics do, since it refused what was asked for "
        + "(\(one.reason)): \(refused) \(mend(one.name, "…")), with the most that the broker allows"
    }
    return known + unseen
  }

  package var isGood: Bool { missing.isEmpty && wrong.isEmpty && harmful.isEmpty }

  package static func plans(partitions: Int) -> [TopicPlan] {
    Topics.all.map { TopicPlan($0, domainPartitions: partitions) }
  }

  package static func check(_ log: any MessageLog, partitions: Int) throws(LogError) -> TopicCheck {
    var check = TopicCheck()
    for plan in plans(partitions: partitions) {
      let found = try log.partitionCount(of: plan.name)
      let finding = Finding(topic: plan.name, found: found, expected: plan.partitions)
      if found == nil {
        check.missing.append(finding)
      } else if found != plan.partitions {
        check.wrong.append(finding)
      } else {
        check.right += 1
      }
    }
    try check.compareConfigurations(log, plans(partitions: partitions))
    return check
  }

  private mutating func compareConfigurations(_ log: any MessageLog, _ plans: [TopicPlan]) throws(LogError) {
    let absent = Set(missing.map(\.topic))
    let there = plans.filter { !absent.contains($0.name) }
    if there.isEmpty { return }
    let found: [String: [String: String]]
    do throws(LogError) {
      guard let answer = try log.configurations(of: there.map(\.name)) else {
        unseen = "the broker has no admin calls"
        return
      }
      found = answer
    } catch {
      guard case .rejected(let why) = error else { throw error }
      unseen = why
      return
    }
    for plan in there {
      for (setting, expected) in [("max.message.bytes", "\(Self.recordBytesMin)")] + plan.configuration {
        let value = found[plan.name]?[setting]
        // A broker that doesn't name a setting has no such thing, so that it can't get in the way.
        guard let value, value != expected else { continue }
        let deviation = Deviation(topic: plan.name, setting: setting, found: value, expected: expected)
        if Self.keepsMore(setting, value, expected) {
          if setting != "max.message.bytes" { harmless.append(deviation) }
        } else if setting == "max.message.bytes", Self.keepsMore(setting, value, "\(Self.recordBytesMin)") {
          limiting.append(deviation)
        } else {
          harmful.append(deviation)
        }
      }
    }
  }

  /// A state has up to 900,000 bytes; with its key and what Kafka adds it is less than this.
  private static let recordBytesMin = 1_000_000

  /// Numbers are bounds of what is kept, and -1 is none.
  private static func keepsMore(_ setting: String, _ found: String, _ expected: String) -> Bool {
    guard let found = Int64(found), let expected = Int64(expected) else { return false }
    return expected >= 0 && (found < 0 || found > expected)
  }

  /// Creates what is missing. What is there stays as it is: partitions are never added to a keyed topic.
  package static func apply(_ log: any MessageLog, partitions: Int) throws(LogError) -> (created: [String], TopicCheck)
  {
    let before = try check(log, partitions: partitions)
    let names = Set(before.missing.map(\.topic))
    let small = try log.createTopics(plans(partitions: partitions).filter { names.contains($0.name) })
    var after = try check(log, partitions: partitions)
    after.small = small
    return (before.missing.map(\.topic), after)
  }
}
