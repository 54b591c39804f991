import Bench
import Contracts
import MemoryLog
import Operations
import Testing

/// What is measured is what is said to be; how fast it is, is the machine's.
@Suite struct BenchTests {
  let plans = TopicCheck.plans(partitions: 4)

  @Test func everyStageTakesEveryEventAndTheViewIsMeasured() throws {
    let bench = StageBench(
      log: MemoryLog(topics: plans) { 1_700_000_000_000 }, partitions: 4, events: 300,
      workload: Workload(customers: 20, partitions: 4)
    ) { 1_700_000_000_000 }
    let (rows, viewBytes) = try bench.run(secret: "bench")
    #expect(rows.map(\.events) == [300, 300, 300])
    #expect(viewBytes > 300)
  }

  @Test func aDecisionIsWholeAndWhatItCostsIsTold() throws {
    let row = try DecisionBench().run(propositions: 50, seconds: 0.05)
    #expect(row.propositions == 50 && row.decisions > 0 && row.cost.cpuSeconds > 0)
    #expect((0..<1).contains(row.reasonsPart))
  }

  @Test func everyLoginIsAClaimAndEveryProfileIsTakenOver() throws {
    let bench = CustomersBench(topics: plans, partitions: 4, residentBytes: { nil }) { 1_700_000_000_000 }
    let claims = try bench.claims(customers: 30, secret: "bench")
    #expect(claims.claims == 30)
    // One for each of the two identifiers.
    #expect(claims.verdicts == 60)
    let held = try bench.profiles(count: 30, secret: "bench")
    #expect(held.profiles == 30)
    #expect(held.viewBytes > 300)
  }
}
