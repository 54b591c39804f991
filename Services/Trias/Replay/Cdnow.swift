import Contracts

/// CDNOW: a row is one purchase of one customer, as the shop's order system knows it.
struct Cdnow: RowMapper {
  mutating func events(_ row: Row, number: Int64) throws(RowError) -> [ReplayEvent] {
    let date = row["date"]
    guard date.utf8.count == 8,
      let atMs = Timestamps.milliseconds("\(date.prefix(4))-\(date.dropFirst(4).prefix(2))-\(date.suffix(2))T12:00:00Z")
    else { throw RowError("date is not YYYYMMDD: \(date)") }
    guard let amountMinor = Self.minorUnits(row["dollar_value"]) else {
      throw RowError("dollar_value is not an amount: \(row["dollar_value"])")
    }
    guard !row["customer_id"].isEmpty else { throw RowError("customer_id is empty") }
    var order = Interaction(identifiers: [Identifier("customer", "cdnow-\(row["customer_id"])")])
    order.order = "cdnow-\(number)"
    order.amountMinor = amountMinor
    order.currency = "USD"
    order.product = "cd"
    order.category = "music"
    return [
      ReplayEvent(.orderPlaced, id: "\(number).order", sequence: .sequence(row: number, 0), recordedMs: atMs, order)
    ]
  }

  /// Exactly, and not by way of a floating-point number.
  static func minorUnits(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = Int64(parts[0]), whole >= 0, whole < 1_000_000_000_000 else {
      return nil
    }
    guard parts.count == 2 else { return whole * 100 }
    guard (1...2).contains(parts[1].utf8.count), let cents = Int64(parts[1]), cents >= 0 else { return nil }
    return whole * 100 + (parts[1].utf8.count == 1 ? cents * 10 : cents)
  }
}
