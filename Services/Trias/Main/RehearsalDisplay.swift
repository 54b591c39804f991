// A rehearsal as people read it.

import Contracts
import Foundation
import NbaScorerCore
import Rehearsal

enum RehearsalDisplay {
  // MARK: A sample

  static func text(_ rehearsal: Rehearsal, newContact: String) -> String {
    guard rehearsal.customers > 0 else { return "there are no customers yet" }
    let new = rehearsal.customers - rehearsal.inContact
    var lines = [
      "\(rehearsal.customers) customers, \(rehearsal.inContact) in the contact that they are in, "
        + "\(new) in one that begins (\(newContact))"
    ]
    if rehearsal.after != nil {
      lines.append("other list         \(share(rehearsal.otherList, rehearsal))")
      lines.append("other first place  \(share(rehearsal.otherFirst, rehearsal))")
    }
    lines += ["", Output.table(places(rehearsal))]
    let nobodys = rehearsal.places.count { $0.isNobodys }
    if nobodys > 0 { lines.append("and \(nobodys) that nobody gets") }
    lines += ["", Output.table(values(rehearsal)), "", Output.table(stages(rehearsal))]
    return lines.joined(separator: "\n")
  }

  private static func share(_ count: Int, _ rehearsal: Rehearsal) -> String {
    "\(count) of them (\(number(100 * Double(count) / Double(rehearsal.customers), 1)) %)"
  }

  private static func places(_ rehearsal: Rehearsal) -> [[String]] {
    let isCompared = rehearsal.after != nil
    return [["PROPOSITION", "LISTED", "FIRST", ""]]
      + rehearsal.places.filter { !$0.isNobodys }.map { change in
        let remark = change.before == nil ? "new" : change.after == nil ? "no longer there" : ""
        return [
          change.proposition, arrow(change.before.map { "\($0.listed)" }, change.after.map { "\($0.listed)" }),
          arrow(change.before.map { "\($0.first)" }, change.after.map { "\($0.first)" }), isCompared ? remark : "",
        ]
      }
  }

  private static func values(_ rehearsal: Rehearsal) -> [[String]] {
    func mean(_ tally: Rehearsal.Tally?, _ minor: (Rehearsal.Tally) -> Double) -> String? {
      tally.map { Currencies.text(minor($0) / Double(rehearsal.customers), $0.currency) }
    }
    func row(_ name: String, _ minor: (Rehearsal.Tally) -> Double) -> [String] {
      [name, arrow(mean(rehearsal.before, minor), mean(rehearsal.after ?? rehearsal.before, minor))]
    }
    return [
      ["EXPECTED, PER CUSTOMER", "PROBABILITY x VALUE"], row("of the first place", \.firstMinor),
      row("of the list", \.listMinor),
    ]
  }

  private static func stages(_ rehearsal: Rehearsal) -> [[String]] {
    let later = rehearsal.after ?? rehearsal.before
    return [["STAGE", "DROPPED OUT, OF ALL CUSTOMERS"]]
      + Stage.allCases.map {
        [$0.rawValue, arrow("\(rehearsal.before.dropped[$0] ?? 0)", "\(later.dropped[$0] ?? 0)")]
      }
  }

  // MARK: One customer

  static func text(_ customer: RehearsedCustomer) -> String {
    let contact = customer.contact
    let which = customer.isInContact ? "in contact \(contact.id)" : "in a contact that begins"
    let placement = contact.placement.map { ", at \($0)" } ?? ""
    let other = customer.isInContact ? "" : customer.open.map { "; he is in contact \($0.id) (\($0.channel))" } ?? ""
    let head =
      "profile \(customer.profile), \(which) (\(contact.channel), \(contact.direction)\(placement))\(other), "
      + "\(Timestamps.text(customer.nowMs))\n\n"
    return head + (customer.after == nil ? list(customer) : lists(customer))
  }

  private static func list(_ customer: RehearsedCustomer) -> String {
    let currency = customer.before.catalog.catalog.currency
    let rows = customer.before.entries().map { entry in
      [
        entry.rank.map(String.init) ?? "-", entry.proposition, probability(entry) ?? "-",
        value(entry, currency) ?? "-",
        entry.drop.map { "\($0.stage.rawValue): \($0.rule)" + (entry.refusal.map { " (\($0))" } ?? "") } ?? "",
      ]
    }
    return Output.table([["RANK", "PROPOSITION", "P", "VALUE", "DROPPED AT, AND WHY"]] + rows)
  }

  private static func lists(_ customer: RehearsedCustomer) -> String {
    let currencies = (customer.before.catalog.catalog.currency, customer.after?.catalog.catalog.currency ?? "")
    let all = customer.comparisons
    let told = all.filter { $0.isListed || $0.why != nil }
    let rows = told.map { one in
      [
        arrow(one.before?.rank.map(String.init), one.after?.rank.map(String.init)), one.proposition,
        arrow(one.before.flatMap(probability), one.after.flatMap(probability)),
        arrow(one.before.flatMap { value($0, currencies.0) }, one.after.flatMap { value($0, currencies.1) }),
        one.why ?? "",
      ]
    }
    let table = Output.table([["RANK", "PROPOSITION", "P", "VALUE", "WHY"]] + rows)
    let rest = all.count - told.count
    return rest == 0 ? table : "\(table)\nand \(rest) that drop out as before"
  }

  private static func probability(_ entry: Explanation.Entry) -> String? { entry.probability.map { number($0, 4) } }

  private static func value(_ entry: Explanation.Entry, _ currency: String) -> String? {
    entry.valueMinor.map { Currencies.text($0, currency) }
  }

  /// What was and what is; once where they are the same.
  private static func arrow(_ before: String?, _ after: String?) -> String {
    let (before, after) = (before ?? "-", after ?? "-")
    return before == after ? before : "\(before) → \(after)"
  }

  private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
