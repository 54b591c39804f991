import Foundation

/// What must be there, from the input log alone. It shares no code with the services: plain dictionaries, plain loops.
/// It knows only what the scenario uses, and knows it by another way: identities by union-find, leads by looking for
/// the later event.
package struct Oracle: Sendable {
  package struct Customer: Equatable, CustomStringConvertible {
    package var identifiers: Set<String> = []
    /// `type|channel` → how often.
    package var counts: [String: Int] = [:]
    /// `proposition|channel|outcome` → how often.
    package var offers: [String: Int] = [:]
    package var orderedMinor: [String: Int] = [:]
    package var openContacts: Set<String> = []
    /// proposition → `open/<step>`, `lost/<step>` or `won/<revenue>`
    package var leads: [String: String] = [:]
    /// Per open contact the propositions on its latest list, in order.
    package var lists: [String: [String]] = [:]

    /// Tells him from others, who may have a cookie with him.
    var name: String { identifiers.sorted().joined(separator: " ") }

    package var description: String {
      "\(identifiers.sorted()) counts \(counts.sorted { $0.key < $1.key }) offers \(offers.sorted { $0.key < $1.key }) "
        + "orders \(orderedMinor) open \(openContacts.sorted()) leads \(leads.sorted { $0.key < $1.key }) "
        + "lists \(lists.sorted { $0.key < $1.key })"
    }
  }

  /// The scenario's catalogue in rank order, with the least age for each.
  package var portfolio: [(id: String, ageMin: Int)]
  /// proposition → the form of its first step; then an order of the product of the same name wins it.
  package var forms: [String: String]
  /// proposition → the steps that ask for a task, by their numbers.
  package var tasks: [String: [Int: String]]
  /// proposition → how long its first step may take.
  package var dueMs: [String: Int64]
  package var contactIdleMs: Int64

  package init(
    portfolio: [(id: String, ageMin: Int)], forms: [String: String], tasks: [String: [Int: String]] = [:],
    dueMs: [String: Int64] = [:], contactIdleMs: Int64 = .max
  ) {
    (self.portfolio, self.forms, self.tasks, self.dueMs) = (portfolio, forms, tasks, dueMs)
    self.contactIdleMs = contactIdleMs
  }

  /// `steward` is what data stewards have said: pairs that were never one person's. Of such a pair no event speaks of the
  /// weaker, which it names later.
  package func customers(_ events: [RawLog.Event], steward: [RawLog.Event] = []) -> [Customer] {
    let owners = Owners(events, steward: steward)
    var customers: [String: Customer] = [:]
    for (id, people) in owners.all {
      for person in people { customers[person, default: Customer()].identifiers.insert(id) }
    }
    // A visit on a cookie that several have goes on as his who is named with it before it has been silent for too long.
    var visits: [String: (key: String, lastMs: Int64)] = [:]
    for event in owners.events.sorted(by: { $0.saidMs < $1.saidMs }) where owners.owner(ofShared: event.key) != nil {
      guard let contact = event.data["contact"] as? String else { continue }
      if event.shortType == "contact.started", !isLapsed(event) { visits[contact] = (event.key, event.saidMs) }
      if event.shortType == "contact.ended" { visits[contact] = nil }
      if visits[contact] != nil { visits[contact]!.lastMs = event.saidMs }
    }
    for (contact, visit) in visits {
      let (silentMs, isNever) = visit.lastMs.addingReportingOverflow(contactIdleMs)
      let owner = owners.owner(ofShared: visit.key, atMs: isNever ? .max : silentMs)!
      customers[owner]!.openContacts.insert(contact)
    }
    for (owner, events) in Dictionary(grouping: owners.events, by: { owners.owner(of: $0) }) {
      add(events.sorted { $0.timeMs < $1.timeMs }, to: &customers[owner]!) {
        owners.owner(ofShared: $0.key) == nil
      }
    }
    return customers.values.sorted { $0.name < $1.name }
  }

  package static func identifiers(_ event: RawLog.Event) -> [String] {
    (event.data["identifiers"] as? [[String: Any]] ?? []).map(key)
  }

  package static func key(_ identifier: [String: Any]) -> String {
    "\(identifier["namespace"]!):\(identifier["value"]!)"
  }

  private func add(
    _ events: [RawLog.Event], to customer: inout Customer, hasOwnContact: (RawLog.Event) -> Bool
  ) {
    var age = 0
    var forms: [String: Int64] = [:]
    var orders: [String: Int] = [:]
    var accepted: Set<String> = []
    var overdue: Set<String> = []
    for event in events {
      let short = event.shortType
      let channel = event.data["channel"] as? String ?? ""
      let contact = event.data["contact"] as? String
      customer.counts["\(short)|\(channel)", default: 0] += 1
      switch short {
      case "contact.started" where hasOwnContact(event):
        if !isLapsed(event) { customer.openContacts.insert(contact!) }
      case "contact.ended" where hasOwnContact(event): customer.openContacts.remove(contact!)
      case "customer.recorded": age = (event.data["attributes"] as? [String: Any])?["age"] as? Int ?? age
      case "nba.presented", "nba.accepted":
        let proposition = event.data["proposition"] as! String
        customer.offers["\(proposition)|\(channel)|\(short.dropFirst(4))", default: 0] += 1
        if short == "nba.accepted", accepted.insert(proposition).inserted, isOverdue(event, proposition) {
          overdue.insert(proposition)
        }
      case "form.submitted": forms[event.data["form"] as! String] = event.timeMs
      case "order.placed":
        let amount = event.data["amountMinor"] as! Int
        customer.orderedMinor[event.data["currency"] as! String, default: 0] += amount
        orders[event.data["product"] as! String] = amount
      default: break
      }
    }
    for proposition in accepted {
      if overdue.contains(proposition) {
        customer.leads[proposition] = "lost/0"
      } else if forms[self.forms[proposition]!] == nil {
        customer.leads[proposition] = "open/0"
      } else if let revenue = orders[proposition] {
        customer.leads[proposition] = "won/\(revenue)"
      } else {
        customer.leads[proposition] = "open/1"
      }
    }
    let list = portfolio.filter { age >= $0.ageMin && !accepted.contains($0.id) }.map(\.id)
    for contact in customer.openContacts { customer.lists[contact] = list }
  }

  /// Of such a visit nothing is heard any more: it was over before it was told.
  func isLapsed(_ event: RawLog.Event) -> Bool { event.timeMs - event.saidMs > contactIdleMs }

  /// Whether the first step was to be done before the acceptance was told.
  func isOverdue(_ event: RawLog.Event, _ proposition: String) -> Bool {
    dueMs[proposition].map { event.timeMs - event.saidMs > $0 } ?? false
  }
}

extension RawLog.Event {
  /// `page.viewed`
  var shortType: String { type.split(separator: ".").dropFirst().dropLast().joined(separator: ".") }
}
