import Contracts

// In which order people have had a device. Each of its generations is somebody's time on it after the others who had it
// before, the last first: one order, one generation. So where one of them turns out not to have had it, whoever had it
// before him had all of that generation instead, and nothing that is known in it has to be parted. It goes by names and not
// by persons: whose a name is, is known better later. An order is of places in the device's list of names.

extension IdentityMapEntry {
  /// Those who had it in a generation, the last first; who was not heard of yet comes last, in the order in which they came.
  func order(of number: Int) -> [Int] {
    let places = (names ?? []).indices
    let known = generations?.first { $0.number == number }?.order?.map(Int.init)
    let order = known?.filter(places.contains) ?? [last(of: number)].compactMap(\.self)
    return order + places.filter { !order.contains($0) }
  }

  /// Who has a generation; nil: one of whom there are too many to be kept.
  private func last(of number: Int) -> Int? {
    guard let generation = generations?.first(where: { $0.number == number }) else { return names?.indices.first }
    return generation.order?.first.map(Int.init) ?? names?.firstIndex { $0.identifier == generation.by }
  }

  /// For each of its turns those who had had it by then, the last first. It follows from who came when, also where a turn
  /// has a generation that is only like it. What was nobody's changes nothing of that.
  func orders(of switches: [DeviceSwitch]) -> [[Int]] {
    // Of the earliest that is kept of many only its generation is known.
    var order = order(of: switches.first?.atMs == 0 ? switches[0].generation : 0)
    return switches.map { turn in
      if turn.generation != DeviceGeneration.nobodys, let name = last(of: turn.generation) { order.moveUp(name) }
      return order
    }
  }

  func has(_ name: Identifier) -> Bool { names?.contains { $0.identifier == name } == true }
}

/// The turns of one device, as they become known.
struct DeviceTurns {
  private(set) var entry: IdentityMapEntry
  /// The number of the claim that they become known by.
  private let claim: Int64
  /// Whose the names are. Of whom a data steward has said that it was not his, nothing.
  private let profiles: [Identifier: String]
  private let isParted: (Identifier) -> Bool

  init(
    _ entry: IdentityMapEntry, claim: Int64, _ name: Identifier? = nil, isParted: @escaping (Identifier) -> Bool,
    profileOf: (Identifier) -> String
  ) {
    self.entry = entry
    self.claim = claim
    self.isParted = isParted
    let known = (entry.names ?? []).map(\.identifier) + (entry.generations ?? []).map(\.by) + [name].compactMap(\.self)
    profiles = known.reduce(into: [:]) { $0[$1] = profileOf($1) }
  }

  /// Somebody logged in under that name, with those beside it. false: it is one person more than a device can have.
  mutating func turn(to named: [Identifier], atMs: Int64) -> Bool {
    guard let name = note(named, atMs) else { return turn(toUnnoted: named[0], atMs: atMs) }
    var switches = entry.switches ?? []
    // Nothing says when the first one logged in but this.
    if switches.isEmpty, let first = entry.names?.first, first.identifier != entry.identifier, first.atMs > atMs {
      switches = [DeviceSwitch(atMs: first.atMs, generation: 0)]
    }
    let place = switches.place(atMs: atMs)
    var order = place == 0 ? entry.order(of: 0) : entry.orders(of: switches)[place - 1]
    let now = place == 0 ? 0 : switches[place - 1].generation
    let isHis = entry.profile(now) == profiles[named[0]]
    guard !isHis || !says(order[0], name) else { return true }
    order.moveUp(name)
    guard let number = generation(order) else { return false }
    guard number != now else { return true }
    switches.insert(DeviceSwitch(atMs: atMs, generation: number), at: place)
    // Those who logged in later, and were heard of before, had it after him.
    let orders = entry.orders(of: switches)
    for later in switches.indices.dropFirst(place + 1) where switches[later].generation != DeviceGeneration.nobodys {
      guard entry.order(of: switches[later].generation) != orders[later], let number = generation(orders[later]) else {
        continue
      }
      switches[later].generation = number
    }
    take(switches)
    return true
  }

  /// There are too many names for another: he has what is his.
  private mutating func turn(toUnnoted name: Identifier, atMs: Int64) -> Bool {
    var switches = entry.switches ?? []
    let place = switches.place(atMs: atMs)
    guard let number = number(of: profiles[name] ?? entry.profile, by: name, []) else { return false }
    guard entry.generation(atMs: atMs) != number else { return true }
    switches.insert(DeviceSwitch(atMs: atMs, generation: number), at: place)
    take(switches)
    return true
  }

  /// From then on it is nobody's, until the next one logs in, or for good.
  mutating func leave(to profile: String, by name: Identifier, atMs: Int64, isForGood: Bool) {
    let nobodys = DeviceGeneration.nobodys
    if !entry.numbers.contains(nobodys) { add(nobodys, profile, by: name, []) }
    var switches = entry.switches ?? []
    let place = switches.place(atMs: atMs)
    // Also for those who logged in later, and were heard of before.
    if isForGood { switches.removeSubrange(place...) }
    guard isForGood || entry.generation(atMs: atMs) != nobodys else { return }
    switches.insert(DeviceSwitch(atMs: atMs, generation: nobodys), at: place)
    take(switches)
  }

  /// Each generation is his who would have had it, in the order in which they had it, and so is each turn.
  mutating func judgeAgain() {
    for place in (entry.generations ?? []).indices {
      let generation = entry.generations![place]
      guard generation.number != DeviceGeneration.nobodys else { continue }
      let owner = owner(entry.order(of: generation.number))
      guard generation.profile != owner else { continue }
      entry.generations![place].profile = owner
      entry.generations![place].version += 1
    }
    var switches = entry.switches ?? []
    for (place, order) in entry.orders(of: switches).enumerated()
    where switches[place].generation != DeviceGeneration.nobodys {
      guard entry.profile(switches[place].generation) != owner(order), let number = generation(order) else { continue }
      switches[place].generation = number
    }
    take(switches)
  }

  /// Whose it is in the end, where that is another: his own word on it, or what he has besides, may keep it from him.
  mutating func end(as other: IdentityMapEntry) {
    guard entry.current != other.current else { return }
    let turn = other.switches?.last ?? DeviceSwitch(atMs: 0, generation: 0)
    var number: Int? = turn.generation
    if let generation = other.generations?.first(where: { $0.number == turn.generation }) {
      if generation.number != DeviceGeneration.nobodys {
        number = self.number(of: generation.profile, by: generation.by, [])
      } else if !entry.numbers.contains(generation.number) {
        add(generation.number, generation.profile, by: generation.by, [])
      }
    }
    guard let number else { return }
    let atMs = max(turn.atMs, entry.switches?.last?.atMs ?? 0)
    take((entry.switches ?? []).filter { $0.atMs < atMs } + [DeviceSwitch(atMs: atMs, generation: number)])
  }

  private mutating func take(_ switches: [DeviceSwitch]) {
    entry.switches = switches.isEmpty ? nil : DeviceSwitch.bounded(switches)
    entry.lift()
  }

  // MARK: Names

  /// The place of that name; nil: there are too many.
  private mutating func note(_ named: [Identifier], _ atMs: Int64) -> Int? {
    var names = entry.names ?? []
    if let place = names.firstIndex(where: { $0.all == named }) { return place }
    guard names.count < DeviceName.countMax else { return nil }
    // Somebody has it by another device of his.
    if names.isEmpty, entry.profile != profiles[named[0]] { names.append(DeviceName(entry.identifier, atMs: 0)) }
    names.append(DeviceName(named[0], beside: named.count > 1 ? Array(named.dropFirst()) : nil, atMs: atMs))
    entry.names = names
    return names.count - 1
  }

  /// Whatever turns out to be wrong, the one was a login if the other was.
  private func says(_ place: Int, _ other: Int) -> Bool {
    let (one, other) = (entry.names![place], entry.names![other])
    return one.identifier == other.identifier && Set(one.all).isSubset(of: other.all)
  }

  /// Whose it is in that order: his whose the first of these names is that was a login.
  private func owner(_ order: [Int]) -> String {
    for place in order {
      let name = entry.names![place]
      if name.identifier == entry.identifier { break }
      if !name.all.contains(where: isParted), let profile = profiles[name.identifier] { return profile }
    }
    return entry.profile
  }

  // MARK: Generations

  /// The one that there is for that order, or a new one; where there are too many, the most like it of those that are his.
  private mutating func generation(_ order: [Int]) -> Int? {
    let number = entry.numbers.first { $0 != DeviceGeneration.nobodys && entry.order(of: $0) == order }
    return number ?? self.number(of: owner(order), by: entry.names![order[0]].identifier, order)
  }

  private mutating func number(of owner: String, by name: Identifier, _ order: [Int]) -> Int? {
    let persons = entry.numbers.filter { $0 != DeviceGeneration.nobodys }
    let his = persons.filter { entry.profile($0) == owner }
    if order.isEmpty, let number = his.last { return number }
    let numbers = his.isEmpty ? 1..<DeviceGeneration.personsMax : DeviceGeneration.further
    if let number = numbers.first(where: { !persons.contains($0) }) {
      add(number, owner, by: name, order)
      return number
    }
    return his.max { likeness($0, order) < likeness($1, order) }
  }

  /// How many of them had it last in the same order.
  private func likeness(_ number: Int, _ order: [Int]) -> Int {
    zip(entry.order(of: number), order).prefix { $0 == $1 }.count
  }

  private mutating func add(_ number: Int, _ profile: String, by name: Identifier, _ order: [Int]) {
    let generation = DeviceGeneration(number: number, profile: profile, version: 1, by: name, claim: claim)
    entry.generations = (entry.generations ?? []) + [generation]
    guard !order.isEmpty, entry.order(of: number) != order else { return }
    entry.generations![entry.generations!.count - 1].order = order.map(Int64.init)
  }
}

extension [DeviceSwitch] {
  /// Where one of that time comes in.
  fileprivate func place(atMs: Int64) -> Int { firstIndex { $0.atMs > atMs } ?? count }
}

extension [Int] {
  /// He is the last who had it.
  fileprivate mutating func moveUp(_ name: Int) {
    removeAll { $0 == name }
    insert(name, at: 0)
  }
}
