import Contracts
import Deployment
import Foundation

/// What is known of each segment's customers together, counted anew from the profiles.
enum Groups {
  static func complaints(_ raw: RawLog) throws -> [String] {
    let offered = Set(Scenario.oracle.portfolio.map(\.id))
    var expected: [String: [String: Int]] = [:]
    for state in try raw.states(of: Topics.profileState).values {
      let interests = (state["facets"] as? [[String: Any]] ?? []).flatMap { facet in
        (facet["body"] as? [String: Any])?["interests"] as? [[String: Any]] ?? []
      }.compactMap { $0["category"] as? String }
      for segment in state["segments"] as? [String] ?? [] {
        for name in Set(interests).intersection(offered).union(["everyone"]) {
          expected[segment, default: [:]][name, default: 0] += 1
        }
      }
    }
    let seen = try raw.states(of: Topics.groupState).mapValues { state in
      var counts = ["everyone": state["members"] as? Int ?? 0]
      for interest in state["interests"] as? [[String: Any]] ?? [] {
        counts[interest["category"] as? String ?? "?"] = interest["members"] as? Int
      }
      return counts.filter { $0.value != 0 }
    }.filter { !$0.value.isEmpty }
    return seen == expected ? [] : ["the groups are \(seen), counted anew \(expected)"]
  }
}
