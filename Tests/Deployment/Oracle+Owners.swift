// Whose each event is, by the input alone.

import Foundation

extension Oracle {
  /// Whose each event is, from the raw input: identifiers that are named together are one customer's, by union-find; but a
  /// cookie that two customers were named with is each one's from when he was until the next one was, and a telephone is
  /// the only one's who was named with it, else nobody's.
  package struct Owners {
    /// Each event once.
    package let events: [RawLog.Event]
    private var parent: [String: String] = [:]
    /// Of a cookie that several have, who was named with it when, in the order in which it happened.
    private var shared: [String: [(atMs: Int64, customer: String)]] = [:]
    /// Of a telephone, who was named with it.
    private var holders: [String: Set<String>] = [:]

    package init(_ all: [RawLog.Event], steward: [RawLog.Event] = []) {
      let parted = Set(steward.flatMap { Self.pair($0, all) })
      var seen: Set<String> = []
      events = all.filter { seen.insert($0.id).inserted }
      let named = events.map { event in
        let all = Oracle.identifiers(event)
        let ids = all.enumerated().filter { at, id in !all[..<at].contains { parted.contains([$0, id]) } }
        return (atMs: event.saidMs, ids: ids.map(\.element))
      }.sorted { $0.atMs < $1.atMs }
      var customers: [String: Set<String>] = [:]
      for event in named where event.ids[0].hasPrefix("customer:") {
        for id in event.ids.dropFirst() { customers[id, default: []].insert(event.ids[0]) }
      }
      for event in named {
        for id in event.ids where parent[id] == nil { parent[id] = id }
        for id in event.ids.dropFirst() {
          if Self.isContact(id) {
            holders[id, default: []].insert(event.ids[0])
          } else if customers[id]?.count ?? 0 > 1 {
            // Nobody says of a shared cookie whose another one is.
            if event.ids[0].hasPrefix("customer:") { shared[id, default: []].append((event.atMs, event.ids[0])) }
          } else if shared[event.ids[0]] == nil {
            parent[root(id)] = root(event.ids[0])
          }
        }
      }
    }

    private func root(_ id: String) -> String {
      var at = id
      while let up = parent[at], up != at { at = up }
      return at
    }

    /// Each identifier with all whose it is.
    package var all: [(id: String, people: Set<String>)] {
      let used = Set(events.map { Oracle.identifiers($0)[0] })
      return parent.keys.map { id in
        // Of nobody's telephone there is something only where something was done under it.
        if Self.isContact(id), holder(of: id) == nil { return (id, used.contains(id) ? [id] : []) }
        return (id, shared[id].map { Set($0.map { root($0.customer) }) } ?? [holder(of: id) ?? root(id)])
      }
    }

    private static func isContact(_ id: String) -> Bool { id.hasPrefix("phone:") }

    /// The only one who has it.
    private func holder(of id: String) -> String? {
      let people = Set((holders[id] ?? []).map(root))
      return people.count == 1 ? people.first : nil
    }

    package func owner(of event: RawLog.Event) -> String {
      let id = Oracle.identifiers(event)[0]
      guard let people = shared[id], let first = people.first else { return holder(of: id) ?? root(id) }
      return root((people.last { $0.atMs <= event.saidMs } ?? first).customer)
    }

    /// Whose a cookie is that several have: who was the last to be named with it up to then.
    func owner(ofShared id: String, atMs: Int64 = .max) -> String? {
      shared[id].flatMap { people in people.last { $0.atMs <= atMs } ?? people.first }.map { root($0.customer) }
    }

    /// Whose those are, by one of them that is nobody else's.
    package func owner(of identifiers: [String]) -> String? {
      let own = identifiers.filter { shared[$0] == nil && parent[$0] != nil }
      return (own.first { !Self.isContact($0) } ?? own.first).map { holder(of: $0) ?? root($0) }
    }

    /// Whom a command parts, either way round. Without saying from whom, it is from all who were ever named with it.
    private static func pair(_ command: RawLog.Event, _ events: [RawLog.Event]) -> [[String]] {
      let one = Oracle.key(command.data["identifier"] as? [String: Any] ?? [:])
      let others =
        (command.data["from"] as? [String: Any]).map { [Oracle.key($0)] }
        ?? events.map(Oracle.identifiers).filter { $0.contains(one) }.flatMap { $0.filter { $0 != one } }
      return others.flatMap { [[one, $0], [$0, one]] }
    }
  }
}
