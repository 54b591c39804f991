import Contracts
import Deployment
import Seeds

/// Who acts for whom: what was said of it last, at both sides alike.
struct SuiteRelations {
  /// A side's identifier, the other's, and the role.
  private struct Side: Hashable {
    var own: String
    var other: String
    var isOrganisation: Bool
    var role: String

    var reverse: Side { Side(own: other, other: own, isOrganisation: !isOrganisation, role: role) }
  }

  private struct Word: Equatable {
    var atMs: Int64
    var isCurrent: Bool
  }

  /// A word as it is kept: with since when and until when, which both sides must say alike.
  private struct Kept: Equatable {
    var word: Word
    var sinceMs: Int64
    var endedMs: Int64
    var source: String
  }

  private var said: [Side: Word] = [:]

  init(_ input: [RawLog.Event]) {
    for event in input where event.type == "trias.relation.recorded.v1" {
      let isOrganisation = event.data["organisation"] != nil
      guard let party = (event.data["organisation"] ?? event.data["person"]) as? [String: Any],
        let role = event.data["role"] as? String
      else { continue }
      let other = Oracle.key(party)
      let word = Word(atMs: event.saidMs, isCurrent: event.data["ended"] as? Bool != true)
      let side = Side(own: event.key, other: other, isOrganisation: isOrganisation, role: role)
      for side in [side, side.reverse] where word.atMs >= said[side]?.atMs ?? 0 { said[side] = word }
    }
  }

  func check(_ raw: RawLog, _ violations: inout [String]) throws {
    var kept: [Side: Kept] = [:]
    for state in try raw.states(of: Topics.profileState).values {
      for facet in state["facets"] as? [[String: Any]] ?? [] {
        let own = String((facet["id"] as? String ?? "?").prefix { $0 != "#" })
        let body = facet["body"] as? [String: Any]
        for relation in body?["relations"] as? [[String: Any]] ?? [] {
          let side = Side(
            own: own, other: Oracle.key(relation["other"] as? [String: Any] ?? [:]),
            isOrganisation: relation["isOrganisation"] as? Bool ?? false, role: relation["role"] as? String ?? "?")
          if kept[side] != nil { violations.append("I2: two facets of \(own) keep \(side)") }
          func time(_ field: String) -> Int64 { (relation[field] as? Int).map(Int64.init) ?? -1 }
          kept[side] = Kept(
            word: Word(atMs: time("atMs"), isCurrent: relation["endedMs"] == nil), sinceMs: time("sinceMs"),
            endedMs: time("endedMs"), source: relation["source"] as? String ?? "?")
        }
      }
    }
    for side in Set(kept.keys).union(said.keys) where kept[side]?.word != said[side] {
      let words = [kept[side]?.word, said[side]].map { $0.map { "\($0)" } ?? "nothing" }
      violations.append("I2: of \(side) there is \(words[0]), expected \(words[1])")
    }
    for (side, one) in kept {
      guard let other = kept[side.reverse], one != other else { continue }
      violations.append("I2: \(side) keeps \(one), the other side \(other)")
    }
  }
}

extension SuiteCustomer {
  /// He acts for a household, or does no longer: told by himself or of the household, at any time.
  mutating func relate(_ number: Int, _ random: inout Seeded) {
    let customer = "customer:sim-\(number)"
    for _ in 0...random.below(3) {
      let household = "household:h-\(random.below(2))"
      let isOfHousehold = random.chance(300)
      let (own, other) = isOfHousehold ? (household, customer) : (customer, household)
      var fields: [String: Any] = ["role": random.pick(["payer", "member"])]
      fields[isOfHousehold ? "person" : "organisation"] = SuiteScenario.identifier(other)
      if random.chance(300) { fields["ended"] = true }
      let said = Said(type: "relation.recorded", identifiers: [own], fields: fields, way: .fact)
      acts.insert(.say(said), at: random.below(acts.count + 1))
    }
  }
}
