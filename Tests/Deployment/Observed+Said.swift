import Contracts
import Foundation
import MessageLog

// What the services have said, in the oracle's words. What came twice under one id is counted once: whether it was the
// same is another question.

extension Observed {
  private struct Sentence {
    var type: String
    var id: String
    var key: String
    /// Because of which event; `time` where it was none.
    var cause: String
    var headers: Headers
    var data: [String: Any]
  }

  /// All that there is on the topics that customers' events lead to, whoever's it is. Records whose ids begin with
  /// `spoiled` came from outside and are no sentences.
  package static func said(_ raw: RawLog, except spoiled: String) throws -> Said {
    func sentences(_ topic: Topic) throws -> [Sentence] {
      var seen: Set<String> = []
      return try raw.records(of: topic).compactMap { record in
        // Takeovers have no id, nor have the states of an output that is a table.
        guard let id = record.headers.string("ce_id"), !id.hasPrefix(spoiled) else { return nil }
        let type = record.headers.string("ce_type") ?? ""
        let key = String(decoding: record.key ?? [], as: UTF8.self)
        guard seen.insert("\(type) \(id) \(key)").inserted else { return nil }
        let data = record.value.flatMap { try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] }
        return Sentence(
          type: type, id: id, key: key, cause: record.headers.string("ce_causationid") ?? "time",
          headers: record.headers, data: data ?? [:])
      }
    }
    // A lead that had to wait for a unit was opened because of what asked for the unit.
    var asked: [String: String] = [:]
    for topic in [Topics.budgetRequests, Topics.budgetAnswers] {
      for sentence in try sentences(topic) { asked[sentence.id] = sentence.cause }
    }
    func sales(_ topic: Topic) throws -> [Sentence] {
      try sentences(topic).map { sentence in
        var sentence = sentence
        while let cause = asked[sentence.cause] { sentence.cause = cause }
        return sentence
      }
    }
    var said = Said()
    // Who is in which segment is in the profiles.
    for sentence in try sentences(Topics.profileTimeline) where !sentence.type.hasPrefix("trias.segment.") {
      said.add(timeline(sentence), on: Topics.profileTimeline.name)
    }
    for topic in [Topics.identityClaims, Topics.consentState] {
      for sentence in try sentences(topic) { said.add("because of \(sentence.cause)", on: topic.name) }
    }
    for sentence in try sentences(Topics.identityMap) {
      said.add("\(sentence.key) because of \(sentence.cause)", on: Topics.identityMap.name)
    }
    for sentence in try sales(Topics.leadEvents) {
      said.add(leadEvent(sentence), on: Topics.leadEvents.name)
    }
    for sentence in try sentences(Topics.leadCommands) {
      let lead = sentence.data["transferred"] as? [String: Any] ?? [:]
      said.add("\(lead["contact"] ?? "?") \(lead["proposition"] ?? "?")", on: Topics.leadCommands.name)
    }
    for sentence in try sales(Topics.contactTasks) {
      let contact = sentence.headers.string("ce_correlationid") ?? "?"
      said.add(
        "\(contact) \(sentence.data["proposition"] ?? "?"): \(sentence.data["step"] ?? "?") "
          + "because of \(sentence.cause)", on: Topics.contactTasks.name)
    }
    addLists(try sentences(Topics.nbaLists), try sentences(Topics.nbaDecisions), to: &said)
    // A contact that moves is judged by both profiles, and a yes may follow a no: one outcome, under one id.
    let outcomes = try sentences(Topics.nbaEvidence).map { ($0.id, $0.data["isAccepted"] as? Bool ?? false) }
    for (id, isAccepted) in Dictionary(outcomes, uniquingKeysWith: { $0 || $1 }) {
      said.add("\(id) accepted: \(isAccepted)", on: Topics.nbaEvidence.name)
    }
    for (id, model) in try raw.states(of: Topics.nbaModels) {
      said.add(
        "\(id.prefix { $0 != "/" }) has learned", on: Topics.nbaModels.name, times: model["evidenceCount"] as? Int ?? 0)
    }
    return said
  }

  private static func timeline(_ sentence: Sentence) -> String {
    let facet = (sentence.headers.string("ce_facet") ?? "?").prefix { $0 != "#" }
    switch sentence.type {
    case "trias.facet.received.v1", "trias.facet.left.v1":
      return "\(sentence.type) of \(facet) because of \(sentence.cause)"
    case "trias.contact.ended.v1" where sentence.id.hasPrefix("abandoned:"):
      return "given up: \(sentence.data["contact"] ?? "?") under \(facet)"
    default: return "\(sentence.type) \(sentence.id) under \(facet)"
    }
  }

  /// Why it moved says the facet, in words of the services' own.
  private static func leadEvent(_ sentence: Sentence) -> String {
    let lead = sentence.data["lead"] as? [String: Any] ?? sentence.data
    let what = "\(sentence.type) \(lead["contact"] ?? "?") \(lead["proposition"] ?? "?")"
    let isMove = ["trias.lead.left.v1", "trias.lead.received.v1"].contains(sentence.type)
    return isMove ? what : "\(what) because of \(sentence.cause)"
  }

  /// How many lists a contact has had depends on when who looked. But there is one, they are numbered without a gap
  /// since the contact came to its profile, each number is one list, and each has its decision.
  private static func addLists(_ lists: [Sentence], _ decisions: [Sentence], to said: inout Said) {
    let topic = Topics.nbaLists.name
    for (contact, lists) in Dictionary(grouping: lists, by: { $0.data["contact"] as? String ?? "?" }) {
      said.add("for \(contact)", on: topic)
      let versions = lists.map { $0.data["version"] as? Int ?? -1 }.sorted()
      for (number, version) in versions.enumerated() where version % 1_000_000 != 1 {
        guard number == 0 || versions[number - 1] != version - 1 else { continue }
        said.add("for \(contact) with the numbers \(versions)", on: topic)
        break
      }
    }
    let (listed, decided) = (Set(lists.map(\.id)), Set(decisions.map(\.id)))
    for id in listed.symmetricDifference(decided) {
      said.add("\(id) \(listed.contains(id) ? "without a decision" : "only decided on")", on: Topics.nbaDecisions.name)
    }
  }
}
