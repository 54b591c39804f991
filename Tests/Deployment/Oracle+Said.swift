import Foundation

// What the services must have said in the end: of every event of the scenario what follows from it, once.

extension Oracle {
  private struct LeadUnderWay {
    var facet: String
    var contact: String
    var proposition: String
    var customers: Set<String>
    var step = 0
    var isOpen = true
  }

  package func said(_ events: [RawLog.Event]) -> Said {
    var said = Said()
    var seen: Set<String> = []
    var named: [String: Set<String>] = [:]
    var followers: Set<String> = []
    var leads: [LeadUnderWay] = []
    var outcomes: [String: Bool] = [:]
    let unique = events.filter { seen.insert($0.id).inserted }.sorted { $0.timeMs < $1.timeMs }
    let ended = Set(unique.filter { $0.shortType == "contact.ended" }.map { $0.data["contact"] as! String })
    for event in unique {
      said.add("\(event.type) \(event.id) under \(event.key)", on: "profile.timeline.v1")
      claim(event, &named, &followers, leads, &said)
      let contact = event.data["contact"] as? String ?? ""
      switch event.shortType {
      case "contact.started": list(event, contact, &said)
      case "consent.given": said.add("because of \(event.id)", on: "consent.state.v1")
      case "nba.presented", "nba.accepted":
        let (list, proposition) = (event.data["list"] as! String, event.data["proposition"] as! String)
        let isAccepted = event.shortType == "nba.accepted"
        outcomes["\(list)/\(proposition)"] =
          isAccepted ? true : outcomes["\(list)/\(proposition)"] ?? (ended.contains(contact) ? false : nil)
        guard isAccepted, !leads.contains(where: { $0.contact == contact && $0.proposition == proposition }) else {
          continue
        }
        leads.append(
          LeadUnderWay(
            facet: event.key, contact: contact, proposition: proposition, customers: Set(Self.identifiers(event))))
        begin(&leads[leads.count - 1], event, &said)
      case "form.submitted", "order.placed":
        for index in leads.indices { advance(&leads[index], event, &said) }
      default: break
      }
    }
    for (id, isAccepted) in outcomes { said.add("\(id) accepted: \(isAccepted)", on: "nba.evidence.v1") }
    for (proposition, ids) in Dictionary(grouping: outcomes.keys, by: { String($0.split(separator: "/").last!) }) {
      said.add("\(proposition) has learned", on: "nba.models.v1", times: ids.count)
    }
    return said
  }

  /// Identifiers that a key was not named with before are claimed to be one customer's; each gets a verdict, and the
  /// weaker, named later, goes where the stronger is, once. Its leads go with it.
  private func claim(
    _ event: RawLog.Event, _ named: inout [String: Set<String>], _ followers: inout Set<String>,
    _ leads: [LeadUnderWay], _ said: inout Said
  ) {
    let identifiers = Self.identifiers(event)
    guard !Set(identifiers).subtracting([event.key]).isSubset(of: named[event.key] ?? []) else { return }
    said.add("because of \(event.id)", on: "identity.claims.v1")
    for identifier in identifiers {
      named[identifier, default: []].formUnion(identifiers)
      said.add("\(identifier) because of \(event.id)", on: "identity.map.v1")
    }
    for follower in identifiers.dropFirst() where followers.insert(follower).inserted {
      said.add("trias.facet.received.v1 of \(follower) because of \(event.id)", on: "profile.timeline.v1")
      // Had the profile that it leaves heard of it?
      said.add(
        "trias.facet.left.v1 of \(follower) because of \(event.id)", on: "profile.timeline.v1", isOptional: true)
      for lead in leads where lead.facet == follower {
        for what in ["left", "received"] {
          said.add("trias.lead.\(what).v1 \(lead.contact) \(lead.proposition)", on: "lead.events.v1")
        }
        said.add("\(lead.contact) \(lead.proposition)", on: "lead.commands.v1")
      }
    }
  }

  /// One that was over when it began may have had one.
  private func list(_ event: RawLog.Event, _ contact: String, _ said: inout Said) {
    said.add("for \(contact)", on: "nba.lists.v1", isOptional: isLapsed(event))
    if isLapsed(event) { said.add("given up: \(contact) under \(event.key)", on: "profile.timeline.v1") }
  }

  private func begin(_ lead: inout LeadUnderWay, _ event: RawLog.Event, _ said: inout Said) {
    tell("opened", lead, event.id, &said)
    task(lead, event, &said)
    guard isOverdue(event, lead.proposition) else { return }
    lead.isOpen = false
    tell("lost", lead, "time", &said)
  }

  private func advance(_ lead: inout LeadUnderWay, _ event: RawLog.Event, _ said: inout Said) {
    guard lead.isOpen, !lead.customers.isDisjoint(with: Self.identifiers(event)) else { return }
    if event.shortType == "form.submitted" {
      guard lead.step == 0, event.data["form"] as? String == forms[lead.proposition] else { return }
      lead.step = 1
      tell("advanced", lead, event.id, &said)
      task(lead, event, &said)
    } else if event.data["product"] as? String == lead.proposition {
      lead.isOpen = false
      tell("won", lead, event.id, &said)
    }
  }

  private func tell(_ what: String, _ lead: LeadUnderWay, _ cause: String, _ said: inout Said) {
    said.add(
      "trias.lead.\(what).v1 \(lead.contact) \(lead.proposition) because of \(cause)", on: "lead.events.v1")
  }

  private func task(_ lead: LeadUnderWay, _ event: RawLog.Event, _ said: inout Said) {
    guard let step = tasks[lead.proposition]?[lead.step] else { return }
    said.add("\(lead.contact) \(lead.proposition): \(step) because of \(event.id)", on: "contact.tasks.v1")
  }
}
