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

  package var missing: [Finding] = []
  package var wrong: [Finding] = []
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

  package var isGood: Bool { missing.isEmpty && wrong.isEmpty }

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
    return check
  }

  /// Creates what is missing. What is there stays as it is: partitions are never added to a keyed topic.
  package static func apply(_ log: any MessageLog, partitions: Int) throws(LogError) -> (created: [String], TopicCheck)
  {
    let before = try check(log, partitions: partitions)
    let names = Set(before.missing.map(\.topic))
    try log.createTopics(plans(partitions: partitions).filter { names.contains($0.name) })
    return (before.missing.map(\.topic), try check(log, partitions: partitions))
  }
}
