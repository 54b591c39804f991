import Contracts
import Foundation

/// What the suite says of the customers of one run, read from its public topics and brought into the oracle's form.
package enum Observed {
  package static func customers(_ raw: RawLog, run: String) throws -> [Oracle.Customer] {
    let leads = try raw.states(of: Topics.leadState)
    var lists: [String: (version: Int, items: [String])] = [:]
    for event in try raw.events(of: Topics.nbaLists) {
      let contact = event.data["contact"] as? String ?? ""
      let version = event.data["version"] as? Int ?? 0
      let items = (event.data["items"] as? [[String: Any]] ?? []).compactMap { $0["proposition"] as? String }
      if version > lists[contact]?.version ?? -1 { lists[contact] = (version, items) }
    }
    return try raw.states(of: Topics.profileState).compactMap { id, state -> Oracle.Customer? in
      let facets = state["facets"] as? [[String: Any]] ?? []
      guard facets.contains(where: { ($0["id"] as? String ?? "").contains(run) }) else { return nil }
      var customer = Oracle.Customer()
      var ended: Set<String> = []
      for facet in facets { add(facet, to: &customer, &ended) }
      customer.openContacts.subtract(ended)
      for lead in leads[id]?["leads"] as? [[String: Any]] ?? [] {
        let status = lead["status"] as? String ?? ""
        let detail = status == "won" ? lead["netRevenueMinor"] as? Int ?? -1 : lead["step"] as? Int ?? -1
        let proposition = lead["proposition"] as? String ?? ""
        // A second lead for the same would show.
        customer.leads[proposition] = [customer.leads[proposition], "\(status)/\(detail)"].compactMap { $0 }.joined(
          separator: "+")
      }
      for contact in customer.openContacts { customer.lists[contact] = lists[contact]?.items }
      return customer
    }.sorted { $0.name < $1.name }
  }

  private static func add(_ facet: [String: Any], to customer: inout Oracle.Customer, _ ended: inout Set<String>) {
    let id = facet["id"] as? String ?? ""
    customer.identifiers.insert(String(id.prefix { $0 != "#" }))
    let body = facet["body"] as? [String: Any] ?? [:]
    for count in body["counts"] as? [[String: Any]] ?? [] {
      customer.counts["\(count["event"]!)|\(count["channel"]!)", default: 0] += count["count"] as! Int
    }
    for offer in body["offers"] as? [[String: Any]] ?? [] {
      for outcome in ["presented", "clicked", "accepted", "rejected"] {
        guard let times = offer[outcome] as? Int, times > 0 else { continue }
        customer.offers["\(offer["proposition"]!)|\(offer["channel"]!)|\(outcome)", default: 0] += times
      }
    }
    for order in body["orders"] as? [[String: Any]] ?? [] {
      customer.orderedMinor[order["currency"] as! String, default: 0] += order["amountMinor"] as! Int
    }
    for contact in body["contacts"] as? [[String: Any]] ?? [] {
      // What somebody else goes on with is open there.
      guard let id = contact["id"] as? String, contact["endReason"] as? String != "handed-over" else { continue }
      if contact["isStarted"] as? Bool == true { customer.openContacts.insert(id) }
      if contact["endReason"] is String { ended.insert(id) }
    }
  }
}
