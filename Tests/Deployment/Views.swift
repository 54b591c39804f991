import Contracts
import Foundation
import MessageLog

/// What the customers of a scenario see of the suite while it runs: their lists, as an adapter learns them, and how far
/// their leads are. It keeps reading through outages; being late or early here decides nothing but when somebody acts.
final class Views {
  private(set) var lists: [String: (id: String, version: Int)] = [:]
  /// By customer number the furthest step that a lead was seen at.
  private(set) var leadSteps: [String: Int] = [:]
  /// The customer numbers of leads that were seen at another profile than where they began.
  private(set) var movedLeads: Set<String> = []
  private let reader: any LogConsumer

  init(_ deployment: SuiteProcesses) throws {
    reader = try deployment.log.makeConsumer(name: "scenario.views", group: nil)
    var starts: [TopicPartition: Int64] = [:]
    for topic in [Topics.nbaLists, Topics.leadState] {
      for partition in 0..<Int32(deployment.partitions) {
        let at = TopicPartition(topic.name, partition)
        starts[at] = try reader.bounds(of: at).end
      }
    }
    try reader.assign(starts)
  }

  func close() { reader.close() }

  func catchUp(waitMs: Int) {
    // While the broker is away there is nothing to see.
    guard let records = try? reader.poll(maxRecords: 1_000, timeoutMs: waitMs) else { return }
    for record in records {
      guard let value = record.value,
        let data = try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
      else { continue }
      if record.topic == Topics.nbaLists.name { note(list: data) } else { note(leads: data) }
    }
  }

  private func note(list: [String: Any]) {
    guard let contact = list["contact"] as? String, let id = list["id"] as? String,
      let version = list["version"] as? Int
    else { return }
    if version > lists[contact]?.version ?? -1 { lists[contact] = (id, version) }
  }

  private func note(leads state: [String: Any]) {
    for lead in state["leads"] as? [[String: Any]] ?? [] {
      guard let customer = (lead["identifier"] as? [String: Any])?["value"] as? String, let step = lead["step"] as? Int
      else { continue }
      leadSteps[customer] = max(leadSteps[customer] ?? 0, step)
      if lead["facetVersion"] is Int { movedLeads.insert(customer) }
    }
  }
}

/// What all that is random in a run of the tests follows from: `SEED` of the environment, or drawn once.
package enum Seed {
  package static let ofThisRun: UInt64 =
    ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? .random(in: 1...UInt64.max)
}

/// xorshift64*: the same seed, the same run.
package struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed == 0 ? 0x9E37_79B9_7F4A_7C15 : seed }

  package mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
