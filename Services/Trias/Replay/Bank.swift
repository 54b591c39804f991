import Contracts

/// UCI bank marketing: a row is a call with one offer, a term deposit, and what came of it. The rows are in the order of
/// time, but only month and weekday are told.
struct Bank: RowMapper {
  let ids: ReplayIds
  let channel: String
  private var calendar = CallCalendar()

  init(ids: ReplayIds, channel: String) {
    self.ids = ids
    self.channel = channel
  }

  static let proposition = "term-deposit"

  /// Every feature that is known before the call; `duration` is known only after it, and `y` is what came of it.
  private static let features: [(column: String, name: String, isNumber: Bool)] = [
    ("age", "age", true), ("job", "job", false), ("marital", "marital", false), ("education", "education", false),
    ("default", "default", false), ("housing", "housing", false), ("loan", "loan", false),
    ("contact", "contact_type", false), ("month", "month", false), ("day_of_week", "day_of_week", false),
    ("campaign", "campaign", true), ("pdays", "pdays", true), ("previous", "previous", true),
    ("poutcome", "poutcome", false), ("emp.var.rate", "emp_var_rate", true),
    ("cons.price.idx", "cons_price_idx", true), ("cons.conf.idx", "cons_conf_idx", true),
    ("euribor3m", "euribor3m", true), ("nr.employed", "nr_employed", true),
  ]

  mutating func events(_ row: Row, number: Int64) throws(RowError) -> [ReplayEvent] {
    guard row["y"] == "yes" || row["y"] == "no" else { throw RowError("y is neither yes nor no: \(row["y"])") }
    let atMs = try calendar.next(month: row["month"], weekday: row["day_of_week"])
    let contact = "\(Dataset.bank.contactPrefix)\(number)"
    let call = Interaction(identifiers: [Identifier("customer", "bank-\(number)")], channel: channel, contact: contact)

    var started = call
    started.direction = "outbound"
    started.placement = "agent-desktop"
    started.context = try context(row)
    var response = call
    response.list = ids.list(contact)
    response.proposition = Self.proposition
    response.rank = 1
    let outcome: EventType = row["y"] == "yes" ? .nbaAccepted : .nbaRejected
    let all: [(EventType, String, Interaction)] = [
      (.contactStarted, "started", started), (.nbaPresented, "presented", response), (outcome, "answered", response),
      (.contactEnded, "ended", call),
    ]
    return all.enumerated().map { place, event in
      var said = ReplayEvent(
        event.0, id: "\(number).\(event.1)", sequence: .sequence(row: number, Int64(place)),
        recordedMs: atMs + Int64(place), event.2)
      // A call takes minutes, in which others begin: the agent sees his list before the customer has answered.
      said.isLater = place > 0
      return said
    }
  }

  private func context(_ row: Row) throws(RowError) -> NamedValues {
    var context = NamedValues()
    for feature in Self.features {
      let text = row[feature.column]
      if feature.isNumber {
        guard let number = Double(text) else { throw RowError("\(feature.column) is not a number: \(text)") }
        context.items.append(NamedValue(feature.name, .number(number)))
      } else {
        guard !text.isEmpty else { throw RowError("\(feature.column) is empty") }
        context.items.append(NamedValue(feature.name, .string(text)))
      }
    }
    return context
  }
}

/// Finds the day of each call: the calls began in May 2008, and each row is on the same day or a later one.
struct CallCalendar {
  private var day = Timestamps.daysFromCivil(2008, 5, 5)
  private var calls: Int64 = 0

  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  private static let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  mutating func next(month: String, weekday: String) throws(RowError) -> Int64 {
    guard let month = Self.months.firstIndex(of: month) else { throw RowError("month is not a month: \(month)") }
    guard let weekday = Self.weekdays.firstIndex(of: weekday) else {
      throw RowError("day_of_week is not a weekday: \(weekday)")
    }
    var candidate = day
    if self.month(candidate) != month {
      while self.month(candidate) != month { candidate += 1 }
      while self.weekday(candidate) != weekday { candidate += 1 }
    } else {
      while self.weekday(candidate) != weekday { candidate += 1 }
      // Within the month the order of the days is not always kept: then it is as good as the same day.
      if self.month(candidate) != month { candidate = day }
    }
    if candidate != day { calls = 0 }
    day = candidate
    calls += 1
    let nineMs: Int64 = 9 * 3_600_000
    return day * 86_400_000 + nineMs + min(calls * 30_000, 14 * 3_600_000)
  }

  private func month(_ day: Int64) -> Int { Int(Timestamps.civil(day).month) - 1 }
  /// 1 January 1970 was a Thursday.
  private func weekday(_ day: Int64) -> Int { Int((day + 3) % 7) }
}
