import Contracts
import Deployment
import Foundation
import Testing

@Suite("Two instances of each service", .serialized, .saysItsSeed)
struct InstanceTests {
  /// Of the scorer's process the trainer is a part: of two, one has its only partition, and the other is its spare.
  static let services = SuiteProcesses.services

  /// One joins, one leaves in order, one is killed, and then they come and go as they like (STORM says how often), always
  /// under load. Who leaves in order leaves nothing half done: nothing is said twice.
  @Test(.timeLimit(.minutes(30)))
  func comeAndGoAndAgreeWithTheOracle() throws {
    let seed = Extent.seed
    var random = SeededRandom(seed: seed)
    let deployment = try SuiteProcesses()
    try deployment.startAll()
    let scenario = try Scenario(deployment, seed: seed)
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    func ready(_ number: String) throws {
      _ = try SuiteProcesses.wait(120, "all instances\(number) to be ready; see \(deployment.folder.path)") {
        if scenario.open < 4 { scenario.begin(1) }
        scenario.goOn()
        return Self.services.allSatisfy { deployment.isReady($0 + number) } ? true : nil
      }
    }
    for service in Self.services { try deployment.start("\(service)#2") }
    try ready("#2")
    for service in Self.services.shuffled(using: &random) {
      scenario.begin(1)
      scenario.goOn(seconds: 0.2)
      #expect(deployment.terminate(service) == 0, "\(service) leaves in order")
    }
    try ready("#2")
    try scenario.finish()
    // Also where the broker refuses commits while a group changes, as the embedded one does.
    for topic in Invariants.said {
      let ids = try verdict.raw.records(of: topic).compactMap { record in
        record.headers.string("ce_id").map { id in
          // Evidence of a contact that moves comes from two profiles.
          let origin = topic == Topics.nbaEvidence ? record.headers.string("ce_origin") : nil
          return "\(id)|\(record.headers.string("ce_type") ?? "")|\(record.key ?? [])|\(origin ?? "")"
        }
      }
      #expect(Set(ids).count == ids.count, "\(topic.name) says something twice, though all left in order")
    }
    for service in Self.services { try deployment.start(service) }
    try ready("")
    for service in Self.services { deployment.kill("\(service)#2") }
    try ready("")
    for _ in 0..<Extent.integer("STORM", 6) {
      let service = Self.services.randomElement(using: &random)!
      let name = Bool.random(using: &random) ? service : "\(service)#2"
      if !deployment.isRunning(name) {
        try deployment.start(name)
      } else if Bool.random(using: &random) {
        deployment.kill(name)
      } else {
        #expect(deployment.terminate(name) == 0, "\(name) leaves in order")
      }
      if scenario.open < 6 { scenario.begin(2) }
      scenario.goOn(seconds: Double.random(in: 0...3, using: &random))
    }
    for service in Self.services where !deployment.isRunning(service) { try deployment.start(service) }
    try scenario.finish(seconds: 180)
    try verdict.expect(note: "SEED=\(seed)")
  }
}
