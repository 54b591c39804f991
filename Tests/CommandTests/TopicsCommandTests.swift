import Contracts
import Foundation
import Testing

struct TopicsCommandTests {
  @Test func topicsThatAreAsDeclaredAreFine() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let answer = try await deployment.trias("topics", "check")
    #expect(answer.code == 0)
    #expect(answer.output.contains("all \(Topics.all.count) topics are as they should be"))
  }

  @Test func missingOnesAreNamedAndCreated() async throws {
    let deployment = try Deployment(without: [Topics.leadState.name])
    defer { deployment.stop() }
    let missing = try await deployment.trias("topics", "check")
    #expect(missing.code == 2)
    #expect(missing.output.contains("lead.state.v1 is missing (2 partitions)"), "\(missing.output)")
    #expect(missing.output.contains("`trias topics apply` creates them"))
  }

  @Test func anotherNumberOfPartitionsIsNamedWithTheSettingToMend() async throws {
    let deployment = try Deployment(partitions: 3)
    defer { deployment.stop() }
    let answer = try await deployment.trias("topics", "check")
    #expect(answer.code == 2)
    let count = Topics.all.filter { $0.keyDomain != .single }.count
    #expect(answer.output.contains("\(count) topics have 3 partitions instead of 2: "), "\(answer.output)")
    #expect(answer.output.contains("profile.state.v1"))
    let told = answer.output.split(separator: "\n").filter { $0.contains("instead of") }
    #expect(told.count == 1, "one mistake is told once: \(answer.output)")
    #expect(answer.output.contains("TRIAS_PARTITIONS"))
    #expect(try await deployment.trias("topics", "check", environment: ["TRIAS_PARTITIONS": "3"]).code == 0)
  }

  @Test func aBrokerThatIsAwayIsAnErrorOfOneLine() async throws {
    let answer = try await Trias.run(["topics", "check"], ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"])
    #expect(answer.code == 2)
    #expect(answer.output.split(separator: "\n").count == 1, "\(answer.output)")
  }
}
