import Contracts
import KafkaLog
import MessageLog
import Testing

/// What is asked for in the place of topics that a broker refuses; the embedded one has no admin calls to refuse.
@Suite struct TopicCreationTests {
  private let plans = Topics.all.map { TopicPlan($0, domainPartitions: 3) }
  private let large = Topics.marketingCatalog.name

  /// INVALID_CONFIG and POLICY_VIOLATION.
  @Test(arguments: [40, 44]) func aTopicForLargeRecordsIsAskedForWithoutTheirBound(code: Int) throws {
    let others = try TopicRefusal.instead([TopicRefusal(name: large, code: code, reason: "at most 8 MB")], of: plans)
    #expect(others.map(\.name) == [large])
    let declared = try #require(plans.first { $0.name == large })
    let names = others[0].configuration.map(\.name)
    #expect(names == declared.configuration.map(\.name).filter { $0 != "max.message.bytes" })
    #expect(names.count == declared.configuration.count - 1)
  }

  /// INVALID_REPLICATION_FACTOR; and what nothing was said of that could be left out.
  @Test(arguments: [(38, true), (40, false)]) func whatElseIsRefusedIsTold(code: Int, isLarge: Bool) {
    let refusal = TopicRefusal(name: isLarge ? large : Topics.nbaLists.name, code: code, reason: "no")
    #expect { _ = try TopicRefusal.instead([refusal], of: plans) } throws: {
      guard case .rejected(let why) = $0 as? LogError else { return false }
      return why.contains(refusal.name) && why.contains("no")
    }
  }
}
