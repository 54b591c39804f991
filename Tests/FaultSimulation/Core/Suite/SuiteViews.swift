import Contracts
import Deployment
import Foundation
import MessageLog

/// What waiting customers see.
final class SuiteViews {
  /// Per contact and proposition, the id of the latest list that it is on.
  private(set) var lists: [String: [String: (version: Int, id: String)]] = [:]
  /// Per customer the furthest step of his leads.
  private(set) var steps: [String: Int] = [:]
  /// Per identifier the others that the linker has judged it with.
  private(set) var judged: [String: Set<String>] = [:]
  /// Per identifier the linker's last word on it, and what its facet's owner knows.
  private var entries: [String: [String: Any]] = [:]
  private var facets: [String: [String: Any]] = [:]
  private var epochs: [Int32: Int64] = [:]
  private let reader: (any LogConsumer)?

  init(_ world: World, partitions: Int) {
    reader = try? world.log.makeConsumer(name: "views", group: nil)
    var starts: [TopicPartition: Int64] = [:]
    for topic in [Topics.nbaLists, Topics.leadState, Topics.identityMap, Topics.facetState] {
      for partition in 0..<Int32(partitions) { starts[TopicPartition(topic.name, partition)] = 0 }
    }
    try? reader?.assign(starts)
  }

  func catchUp() {
    while let records = try? reader?.poll(maxRecords: 1_000, timeoutMs: 0), !records.isEmpty {
      for record in records {
        if record.topic == Topics.facetState.name, isLate(record) { continue }
        guard let value = record.value,
          let data = try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
        else { continue }
        if record.topic == Topics.identityMap.name { take(data, String(decoding: record.key ?? [], as: UTF8.self)) }
        if record.topic == Topics.facetState.name {
          facets[String(decoding: record.key ?? [], as: UTF8.self)] = data
          continue
        }
        if let contact = data["contact"] as? String, let version = data["version"] as? Int,
          let id = data["id"] as? String
        {
          var known = lists[contact] ?? [:]
          for item in data["items"] as? [[String: Any]] ?? [] {
            guard let proposition = item["proposition"] as? String else { continue }
            if version > known[proposition]?.version ?? -1 { known[proposition] = (version, id) }
          }
          lists[contact] = known
        }
        for other in data["judged"] as? [[String: Any]] ?? [] {
          judged[String(decoding: record.key ?? [], as: UTF8.self), default: []].insert(Oracle.key(other))
        }
        for lead in data["leads"] as? [[String: Any]] ?? [] {
          guard let contact = lead["contact"] as? String, let step = lead["step"] as? Int else { continue }
          steps[contact] = max(steps[contact] ?? -1, step)
        }
      }
    }
  }

  private func take(_ entry: [String: Any], _ identifier: String) {
    func number(_ entry: [String: Any]?) -> (Int, Int) { (entry?["version"] as? Int ?? -1, Self.lastClaim(entry)) }
    if number(entry) >= number(entries[identifier]) { entries[identifier] = entry }
  }

  private static func lastClaim(_ data: [String: Any]?) -> Int { data?["lastClaim"] as? Int ?? -1 }

  /// Written by who is the owner no more, or no state at all.
  private func isLate(_ record: Record) -> Bool {
    let highest = epochs[record.partition] ?? -1
    if record.headers.value("trias_takeover") != nil {
      epochs[record.partition] = max(highest, record.offset)
      return true
    }
    return record.headers.string("trias_epoch").flatMap { Int64($0) } ?? 0 < highest
  }

  /// The device's owner has heard that it is that customer's now, and the others' that it isn't theirs.
  func hasLoggedIn(_ customer: String, on device: String, before others: [String]) -> Bool {
    guard let profile = facets[device]?["profile"] as? String, facets[customer]?["profile"] as? String == profile else {
      return false
    }
    return others.allSatisfy { other in
      !(facets[other]?["judged"] as? [[String: Any]] ?? []).map(Oracle.key).contains(device)
    }
  }

  /// A data steward has parted the one from the other, and the device's owner has heard all that the linker has said since.
  func isParted(_ identifier: String, from other: String, heardBy device: String) -> Bool {
    let partings = (entries[identifier]?["partings"] as? [[String: Any]] ?? []).compactMap { $0["identifier"] }
    guard partings.contains(where: { ($0 as? [String: Any]).map(Oracle.key) == other }) else { return false }
    return entries[device]?["generations"] == nil || Self.lastClaim(facets[device]) >= Self.lastClaim(entries[device])
  }
}
