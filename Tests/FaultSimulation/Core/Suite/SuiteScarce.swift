import Contracts
import Deployment
import Foundation
import MessageLog

/// Of what there is only so much over all customers: who had to get some, by the order in which it was asked for, and what
/// must follow from it. All requests are in one partition, so that order is everybody's.
struct SuiteScarce {
  /// Per proposition the contacts or leads that have some now, and who has asked for it: only he gives it back, and nobody
  /// does what two have asked for.
  private var holders: [String: [String: String?]] = [:]
  /// Those that ever had.
  private var granted: [String: Set<String>] = [:]
  private var refusedUnits = 0
  private var returnedUnits = 0
  /// Of vouchers: the leads that were opened, in which contacts, and which acceptances were refused, by id and by contact.
  private var opened: Set<String> = []
  private var openedContacts: Set<String> = []
  private var refused: Set<String> = []
  private var refusedContacts: Set<String> = []
  private var accepted: [RawLog.Event] = []
  private var presented: Set<String> = []
  private var ended: Set<String> = []
  /// The contacts of which a list had seats.
  private var seated: Set<String> = []

  init(_ topics: RawTopics, _ input: [RawLog.Event], _ violations: inout [String]) {
    var seen: Set<String> = []
    for event in input where seen.insert(event.id).inserted {
      let (proposition, contact) = (event.data["proposition"] as? String, event.data["contact"] as? String ?? "?")
      if event.type == "trias.nba.presented.v1", proposition == SuiteCatalog.seats { presented.insert(contact) }
      if event.type == "trias.contact.ended.v1" { ended.insert(contact) }
      if event.type == "trias.nba.accepted.v1", proposition == SuiteCatalog.vouchers { accepted.append(event) }
    }
    answer(topics, &violations)
    for (_, record) in topics.distinct(Topics.leadEvents, byOrigin: true, &violations) {
      let type = record.headers.string("ce_type")
      guard let data = Self.data(record) else { continue }
      let lead = data["lead"] as? [String: Any] ?? data
      guard lead["proposition"] as? String == SuiteCatalog.vouchers else { continue }
      if type == "trias.lead.opened.v1" {
        opened.insert(lead["id"] as? String ?? "?")
        openedContacts.insert(lead["contact"] as? String ?? "?")
      } else if type == "trias.lead.refused.v1" {
        refused.insert(data["eventId"] as? String ?? "?")
        if let contact = data["contact"] as? String { refusedContacts.insert(contact) }
      }
    }
    for record in topics.records(of: Topics.nbaLists) {
      guard let data = Self.data(record), let contact = data["contact"] as? String else { continue }
      let items = (data["items"] as? [[String: Any]] ?? []).map { $0["proposition"] as? String }
      if items.contains(SuiteCatalog.seats) { seated.insert(contact) }
    }
  }

  private static func data(_ record: Record) -> [String: Any]? {
    record.value.flatMap { try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] }
  }

  /// Goes through what was asked, and holds against it what was answered.
  private mutating func answer(_ topics: RawTopics, _ violations: inout [String]) {
    var wanted: [String: Bool] = [:]
    for (_, record) in topics.distinct(Topics.budgetRequests, byOrigin: true, &violations) {
      guard let data = Self.data(record), let proposition = data["proposition"] as? String,
        let contact = data["contact"] as? String
      else {
        violations.append("I3: what is asked at \(record.offset) can't be read")
        continue
      }
      let type = record.headers.string("ce_type")
      let by = "\(data["profile"] ?? "?") at \(data["askedMs"] ?? "?")"
      let isSeats = proposition == SuiteCatalog.seats
      let holder = isSeats ? contact : data["lead"] as? String ?? "?"
      if type == "trias.budget.release.v1" {
        if !isSeats || presented.contains(contact) || !ended.contains(contact) {
          violations.append("I7: \(contact) gives back \(proposition), which it has seen or may still see")
        }
        if let asker = holders[proposition]?[holder], asker == by {
          holders[proposition]?[holder] = nil
          returnedUnits += 1
        }
        continue
      }
      if type != (isSeats ? "trias.budget.reserve.v1" : "trias.budget.claim.v1") {
        violations.append("I3: \(type ?? "?") of \(proposition)")
      }
      let held = holders[proposition]?[holder]
      let most = isSeats ? SuiteCatalog.seatsMax : SuiteCatalog.vouchersMax
      let isGranted = held != nil || holders[proposition]?.count ?? 0 < most
      if isGranted {
        holders[proposition, default: [:]].updateValue(held.map { $0 == by ? by : nil } ?? by, forKey: holder)
        granted[proposition, default: []].insert(holder)
      } else {
        refusedUnits += 1
      }
      wanted["\(record.topic)/\(record.partition)/\(record.offset)/0 \(holder)"] = isGranted
    }
    var answered: [String: Bool] = [:]
    for (_, record) in topics.distinct(Topics.budgetAnswers, byOrigin: true, &violations) {
      let data = Self.data(record) ?? [:]
      let holder = data["lead"] as? String ?? data["contact"] as? String ?? "?"
      answered["\(record.headers.string("ce_origin") ?? "?") \(holder)"] = data["isGranted"] as? Bool
    }
    if answered != wanted {
      violations.append(
        "I3: budgets answered \(answered.sorted { $0.key < $1.key })\n      expected \(wanted.sorted { $0.key < $1.key })"
      )
    }
  }

  /// What the oracle, which knows no limits, has to expect of a customer.
  func expect(_ wanted: Oracle.Customer, _ seen: Oracle.Customer) -> Oracle.Customer {
    var wanted = wanted
    let his = accepted.filter { wanted.identifiers.contains($0.key) }.compactMap { $0.data["contact"] as? String }
    if openedContacts.isDisjoint(with: his) { wanted.leads[SuiteCatalog.vouchers] = nil }
    let isReached = opened.count >= SuiteCatalog.vouchersMax
    for (contact, list) in wanted.lists {
      let listed = seen.lists[contact] ?? []
      let hasSeat = granted[SuiteCatalog.seats]?.contains(contact) == true
      wanted.lists[contact] = list.filter {
        switch $0 {
        case SuiteCatalog.seats: hasSeat
        // Who was looked at before all were taken has it still.
        case SuiteCatalog.vouchers: !isReached || listed.contains($0)
        default: true
        }
      }
    }
    return wanted
  }

  func check(_ raw: RawLog, _ world: World, _ violations: inout [String]) throws {
    if presented.count > SuiteCatalog.seatsMax {
      violations.append(
        "I7: \(presented.sorted()) have seen \(SuiteCatalog.seats), of which there are \(SuiteCatalog.seatsMax)")
    }
    let unseated = seated.subtracting(granted[SuiteCatalog.seats] ?? [])
    if !unseated.isEmpty { violations.append("I7: \(unseated.sorted()) list \(SuiteCatalog.seats) without a unit") }
    if opened.count > SuiteCatalog.vouchersMax {
      violations.append(
        "I7: \(opened.count) leads of \(SuiteCatalog.vouchers), of which there are \(SuiteCatalog.vouchersMax)")
    }
    if opened != granted[SuiteCatalog.vouchers] ?? [] {
      violations.append("I3: opened \(opened.sorted()), granted \((granted[SuiteCatalog.vouchers] ?? []).sorted())")
    }
    if !refused.isEmpty, opened.count < SuiteCatalog.vouchersMax {
      violations.append("I3: \(refused.sorted()) were refused, and only \(opened.sorted()) opened")
    }
    try checkAcceptances(raw, &violations)
    try checkStates(raw, &violations)
    world.happened[.unitGranted] = granted.values.reduce(0) { $0 + $1.count }
    world.happened[.unitRefused] = refusedUnits
    world.happened[.unitReturned] = returnedUnits
    world.happened[.claimRefused] = refused.count
  }

  /// None is lost: each has opened a lead, is noted on one, or was refused. What was accepted twice in one contact is one.
  private func checkAcceptances(_ raw: RawLog, _ violations: inout [String]) throws {
    var noted: Set<String> = []
    var leads: [String] = []
    for (profile, state) in try raw.states(of: Topics.leadState) {
      if state["pending"] != nil { violations.append("I2: \(profile) waits for \(state["pending"] ?? "?")") }
      for lead in state["leads"] as? [[String: Any]] ?? [] where lead["proposition"] as? String == SuiteCatalog.vouchers
      {
        leads.append(lead["id"] as? String ?? "?")
        for entry in lead["history"] as? [[String: Any]] ?? [] { noted.insert(entry["eventId"] as? String ?? "?") }
      }
    }
    if leads.sorted() != opened.sorted() { violations.append("I2: leads \(leads.sorted()), opened \(opened.sorted())") }
    for event in accepted {
      let contact = event.data["contact"] as? String ?? "?"
      if refused.contains("shop/\(event.id)") || noted.contains("shop/\(event.id)") { continue }
      if openedContacts.contains(contact) || refusedContacts.contains(contact) { continue }
      violations.append("I3: nothing came of \(event.id), an acceptance in \(contact)")
    }
  }

  private func checkStates(_ raw: RawLog, _ violations: inout [String]) throws {
    for (profile, state) in try raw.states(of: Topics.nbaContacts) {
      if state["waiting"] != nil { violations.append("I2: the scorer still has \(profile) wait") }
      for contact in state["contacts"] as? [[String: Any]] ?? [] {
        for unit in contact["units"] as? [[String: Any]] ?? [] where unit["status"] as? String == "asked" {
          violations.append("I2: \(contact["id"] ?? "?") was never answered: \(unit)")
        }
      }
    }
    let budgets = try raw.states(of: Topics.budgets)
    for proposition in SuiteCatalog.scarce {
      let budget = budgets[proposition]
      let taken = (budget?["counts"] as? [[String: Any]] ?? []).map { $0["taken"] as? Int ?? -1 }
      let held = (budget?["holders"] as? [Any] ?? []).count
      let wanted = holders[proposition]?.count ?? 0
      if taken.isEmpty, granted[proposition] == nil { continue }
      if taken != [wanted] || held != wanted {
        violations.append("I2: of \(proposition) \(taken) are taken by \(held), expected \(wanted)")
      }
    }
  }
}
