#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// What a computed attribute makes of events, and how it is answered. Events are taken one by one, in the order of the
// facet's numbers; the answer is made from the aggregates of all facets of a profile and a time, which is not before the
// latest of the events.

/// A computed attribute, ready for use. A class, since it is looked up for every event and its copies would be counted.
package final class ComputedAttribute: Sendable {
  package let name: String
  package let version: Int
  /// When this definition was first applied.
  package let definedMs: Int64
  package let computation: Computation
  let event: EventType
  let field: ComputedField?
  private let matching: [(field: ComputedField, value: String)]
  let currency: String
  private let tileMs: Int64

  /// nil where the declaration isn't a computation, or one that doesn't hold: `Catalog.mistakes` has said so.
  init?(_ declaration: AttributeDeclaration, currency: String) {
    guard let computation = declaration.computation, let event = EventType.named("trias.\(computation.event).v1") else {
      return nil
    }
    name = declaration.name
    version = declaration.version ?? 1
    definedMs = declaration.definedMs ?? 0
    self.computation = computation
    self.event = event
    field = computation.of.flatMap { ComputedField(rawValue: $0) }
    matching = computation.matching.compactMap { match in ComputedField(rawValue: match.field).map { ($0, match.value) }
    }
    self.currency = currency
    tileMs = computation.tileMs
  }

  // MARK: Taking events

  /// Whether events of its type with these fields count. A refund takes from the sum and is no order.
  func concerns(_ interaction: Interaction) -> Bool {
    if event == .orderPlaced, computation.take != .sum, interaction.amountMinor ?? 0 < 0 { return false }
    for match in matching where match.field.text(of: interaction) != match.value { return false }
    if let field { return field.text(of: interaction)?.isEmpty == false }
    return computation.take != .sum || (interaction.currency == currency && interaction.amountMinor != nil)
  }

  /// `latestMs` is the latest event's time, this one among them: tiles that no later question can reach are dropped.
  func take(_ interaction: Interaction, atMs: Int64, latestMs: Int64, into aggregate: inout Aggregate) {
    let text = field?.text(of: interaction) ?? ""
    if let windowMs = computation.windowMs {
      let startMs = self.startMs(latestMs, windowMs)
      aggregate.tiles.removeAll { $0.atMs < startMs }
      // An earlier release didn't say when: at most until now.
      if let ceiling = aggregate.ceiling { aggregate.drop(AggregateTile(atMs: latestMs, amount: ceiling)) }
      aggregate.ceiling = nil
      aggregate.dropped?.removeAll { $0.atMs < startMs }
      if aggregate.dropped?.isEmpty == true { aggregate.dropped = nil }
      if atMs < startMs { return }
    }
    switch computation.take {
    case .count: add(1, atMs, to: &aggregate)
    case .sum: add(interaction.amountMinor ?? 0, atMs, to: &aggregate)
    case .distinct: addDistinct(text, atMs, to: &aggregate)
    case .first:
      let tile = AggregateTile(atMs: atMs, text: Self.cut(text))
      insert(tile, into: &aggregate) { if atMs < $0.atMs { $0 = tile } }
    case .last:
      if aggregate.tiles.isEmpty || atMs >= aggregate.tiles[0].atMs {
        aggregate.tiles = [AggregateTile(atMs: atMs, text: Self.cut(text))]
      }
    case .recency:
      if aggregate.tiles.isEmpty || atMs > aggregate.tiles[0].atMs { aggregate.tiles = [AggregateTile(atMs: atMs)] }
    case .decayed: addDecayed(nil, atMs, to: &aggregate)
    case .favourite: addDecayed(Self.cut(text), atMs, to: &aggregate)
    }
  }

  private func add(_ amount: Int64, _ atMs: Int64, to aggregate: inout Aggregate) {
    let startMs = tileMs > 0 ? floor(atMs) : 0
    insert(AggregateTile(atMs: startMs, amount: amount), into: &aggregate) {
      $0.amount = ($0.amount ?? 0).addingWithinBounds(amount)
    }
  }

  /// Into its place by time, or to the one that lies in the same tile.
  private func insert(
    _ tile: AggregateTile, into aggregate: inout Aggregate, _ unite: (inout AggregateTile) -> Void
  ) {
    let startMs = floor(tile.atMs)
    // From the end: events mostly come in the order of their times.
    var index = aggregate.tiles.count
    while index > 0, floor(aggregate.tiles[index - 1].atMs) >= startMs {
      index -= 1
      if floor(aggregate.tiles[index].atMs) == startMs { return unite(&aggregate.tiles[index]) }
    }
    aggregate.tiles.insert(tile, at: index)
  }

  private func addDistinct(_ text: String, _ atMs: Int64, to aggregate: inout Aggregate) {
    let hash = Self.hash(text)
    // Without a window a value that was let go is never there again. With one it is, when the busy time is over.
    guard hash < aggregate.ceiling ?? Aggregate.hashEnd else { return }
    if let index = aggregate.tiles.firstIndex(where: { $0.amount == hash }) {
      aggregate.tiles[index].atMs = max(aggregate.tiles[index].atMs, atMs)
    } else {
      aggregate.tiles.append(AggregateTile(atMs: atMs, amount: hash))
      if aggregate.tiles.count > Aggregate.distinctMax {
        let highest = aggregate.tiles.indices.max { aggregate.tiles[$0].amount! < aggregate.tiles[$1].amount! }!
        let gone = aggregate.tiles.remove(at: highest)
        if computation.windowMs == nil { aggregate.ceiling = gone.amount } else { aggregate.drop(gone) }
      }
    }
  }

  private func addDecayed(_ text: String?, _ atMs: Int64, to aggregate: inout Aggregate) {
    guard let index = aggregate.tiles.firstIndex(where: { $0.text == text }) else {
      aggregate.tiles.append(AggregateTile(atMs: atMs, weight: 1, text: text))
      guard aggregate.tiles.count > Aggregate.favouritesMax else { return }
      // Not the newest, or nothing new would ever come in.
      let lightest = aggregate.tiles.indices.dropLast().min {
        weight(aggregate.tiles[$0], atMs) < weight(aggregate.tiles[$1], atMs)
      }!
      aggregate.tiles.remove(at: lightest)
      return
    }
    let known = aggregate.tiles[index]
    let latestMs = max(known.atMs, atMs)
    aggregate.tiles[index].weight = weight(known, latestMs) + decay(from: atMs, to: latestMs)
    aggregate.tiles[index].atMs = latestMs
  }

  // MARK: Answering

  /// What holds at a time for a customer of whom these are the facets' aggregates. Nil: there is no value.
  func value(_ aggregates: [Aggregate], _ nowMs: Int64) -> AttributeValue? {
    let startMs = computation.windowMs.map { self.startMs(nowMs, $0) } ?? .min
    // Of a window's tiles those that begin in it; what has a time of its own lies in the tile of that time.
    func tiles(_ aggregate: Aggregate) -> some Sequence<AggregateTile> {
      aggregate.tiles.lazy.filter { $0.atMs >= startMs }
    }
    let all = aggregates.lazy.flatMap(tiles)
    switch computation.take {
    case .count, .sum:
      return .number(all.reduce(0) { $0 + Double($1.amount ?? 0) })
    case .distinct: return .number(distinct(aggregates, startMs))
    case .first: return all.min { ($0.atMs, $0.text ?? "") < ($1.atMs, $1.text ?? "") }?.text.map { .string($0) }
    case .last: return all.max { ($0.atMs, $0.text ?? "") < ($1.atMs, $1.text ?? "") }?.text.map { .string($0) }
    case .recency:
      return all.map(\.atMs).max().map { .number(Double(max(0, nowMs - $0)) / Double(Computation.dayMs)) }
    case .decayed: return .number(all.reduce(0) { $0 + weight($1, nowMs) })
    case .favourite:
      var weights: [(text: String, weight: Double)] = []
      for tile in all {
        let (text, weight) = (tile.text ?? "", weight(tile, nowMs))
        if let index = weights.firstIndex(where: { $0.text == text }) {
          weights[index].weight += weight
        } else {
          weights.append((text, weight))
        }
      }
      return weights.max { ($0.weight, $1.text) < ($1.weight, $0.text) }.map { .string($0.text) }
    }
  }

  /// Hashes below the lowest ceiling, in proportion to it. What lies before the window doesn't lower it.
  private func distinct(_ aggregates: [Aggregate], _ startMs: Int64) -> Double {
    let ceiling =
      aggregates.lazy.flatMap { aggregate in
        [aggregate.ceiling].compactMap { $0 }
          + (aggregate.dropped ?? []).filter { $0.atMs >= startMs }.map { $0.amount! }
      }.min() ?? Aggregate.hashEnd
    var hashes: Set<Int64> = []
    for aggregate in aggregates {
      for tile in aggregate.tiles where tile.amount! < ceiling && tile.atMs >= startMs { hashes.insert(tile.amount!) }
    }
    guard ceiling < Aggregate.hashEnd else { return Double(hashes.count) }
    return (Double(hashes.count) * Double(Aggregate.hashEnd) / Double(ceiling)).rounded()
  }

  /// The next time after `nowMs` at which the value may be another without any event. `thresholds` are what predicates
  /// compare it with; nil: any change matters.
  func nextChangeMs(_ aggregates: [Aggregate], _ nowMs: Int64, thresholds: [Double]?) -> Int64? {
    let tiles = aggregates.lazy.flatMap(\.tiles)
    if let windowMs = computation.windowMs {
      // The tile's events fall out when the window begins behind it.
      return tiles.map { self.floor($0.atMs) + self.tileMs + windowMs }.filter { $0 > nowMs }.min()
    }
    switch computation.take {
    case .recency:
      return tiles.map(\.atMs).max().flatMap { Clockwork.nextCrossing(sinceMs: $0, nowMs: nowMs, days: thresholds) }
    case .decayed:
      guard !aggregates.allSatisfy({ $0.tiles.isEmpty }) else { return nil }
      let weight = tiles.reduce(0) { $0 + self.weight($1, nowMs) }
      guard let thresholds else { return nowMs + Computation.hourMs }
      let halfLifeMs = Double(computation.halfLifeMs!)
      return thresholds.filter { $0 > 0 && $0 <= weight }.map { threshold in
        nowMs + max(1, Int64((halfLifeMs * log2(weight / threshold)).rounded(.up)))
      }.min()
    // Which of two decays faster never changes: both halve in the same time.
    case .count, .sum, .distinct, .first, .last, .favourite: return nil
    }
  }

  // MARK: Times and weights

  private func floor(_ ms: Int64) -> Int64 {
    guard tileMs > 0 else { return 0 }
    return ms - (ms % tileMs + tileMs) % tileMs
  }

  /// Where the window begins that ends at a time.
  private func startMs(_ nowMs: Int64, _ windowMs: Int64) -> Int64 { floor(nowMs - windowMs) }

  private func weight(_ tile: AggregateTile, _ nowMs: Int64) -> Double {
    (tile.weight ?? 0) * decay(from: tile.atMs, to: nowMs)
  }

  private func decay(from: Int64, to: Int64) -> Double {
    to <= from ? 1 : exp2(-Double(to - from) / Double(computation.halfLifeMs!))
  }

  private static func cut(_ text: String) -> String {
    guard text.utf8.count > Aggregate.textBytesMax else { return text }
    var cut = text.prefix(Aggregate.textBytesMax)
    while cut.utf8.count > Aggregate.textBytesMax { cut.removeLast() }
    return String(cut)
  }

  /// FNV-1a of 64 bits, mixed and cut to 32: for counting, not for secrets.
  private static func hash(_ text: String) -> Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
    return Int64((hash ^ (hash >> 33)) & 0xffff_ffff)
  }
}

/// When what counts days since an event crosses a number of days.
enum Clockwork {
  /// The next time after `nowMs` at which `days since` is another side of one of `days`, or reaches it; nil days: at
  /// which it is a whole number.
  static func nextCrossing(sinceMs: Int64, nowMs: Int64, days: [Double]?) -> Int64? {
    guard let days else {
      let whole = max(0, nowMs - sinceMs) / Computation.dayMs + 1
      return sinceMs + whole * Computation.dayMs
    }
    return days.filter { $0 >= 0 && $0 < 1_000_000 }.flatMap { days in
      let exact = Double(sinceMs) + days * Double(Computation.dayMs)
      // `>` and `<=` turn one millisecond after `>=` and `<`.
      return [Int64(exact.rounded(.down)), Int64(exact.rounded(.up)), Int64(exact.rounded(.down)) + 1]
    }.filter { $0 > nowMs }.min()
  }
}
