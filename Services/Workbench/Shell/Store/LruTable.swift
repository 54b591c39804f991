// A dictionary that forgets what was unused for longest, bounded in entries and in what they cost. What a screen shows
// must never decide how much memory a process takes.

struct LruTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Node: Sendable {
    var key: Key
    var value: Value
    var cost: Int
    var newer: Int
    var older: Int
  }

  private static var none: Int { -1 }

  private var nodes: [Node?] = []
  private var free: [Int] = []
  private var index: [Key: Int] = [:]
  private var newest = Self.none
  private var oldest = Self.none
  private(set) var cost = 0
  let countMax: Int
  let costMax: Int

  init(countMax: Int, costMax: Int = .max) {
    self.countMax = countMax
    self.costMax = costMax
  }

  var count: Int { index.count }

  /// Looks without counting as use.
  subscript(key: Key) -> Value? { index[key].flatMap { nodes[$0]?.value } }

  /// Returns what had to go to make room; never the entry that was just put, however large.
  @discardableResult
  mutating func put(_ key: Key, _ value: Value, cost newCost: Int = 1) -> [(key: Key, value: Value)] {
    if let at = index[key] {
      cost += newCost - nodes[at]!.cost
      nodes[at]!.value = value
      nodes[at]!.cost = newCost
      unlink(at)
      link(at)
    } else {
      let node = Node(key: key, value: value, cost: newCost, newer: Self.none, older: Self.none)
      let at = free.popLast() ?? nodes.count
      if at == nodes.count { nodes.append(node) } else { nodes[at] = node }
      index[key] = at
      cost += newCost
      link(at)
    }
    var gone: [(key: Key, value: Value)] = []
    while index.count > countMax || cost > costMax, oldest != newest {
      let key = nodes[oldest]!.key
      if let value = remove(key) { gone.append((key, value)) }
    }
    return gone
  }

  /// Counts as use: it will be forgotten later.
  mutating func touch(_ key: Key) {
    guard let at = index[key], at != newest else { return }
    unlink(at)
    link(at)
  }

  @discardableResult
  mutating func remove(_ key: Key) -> Value? {
    guard let at = index.removeValue(forKey: key), let node = nodes[at] else { return nil }
    unlink(at)
    nodes[at] = nil
    free.append(at)
    cost -= node.cost
    return node.value
  }

  /// The entries with the greatest `order`, the greatest first. Goes through all of them.
  func greatest<Order: Comparable>(_ count: Int, by order: (Value) -> Order) -> [(key: Key, value: Value)] {
    var found: [(order: Order, at: Int)] = []
    for (at, node) in nodes.enumerated() {
      guard let node else { continue }
      let order = order(node.value)
      if found.count == count, let least = found.last, order <= least.order { continue }
      found.insert((order, at), at: found.firstIndex { $0.order < order } ?? found.count)
      if found.count > count { found.removeLast() }
    }
    return found.compactMap { found in nodes[found.at].map { ($0.key, $0.value) } }
  }

  var values: [Value] { nodes.compactMap { $0?.value } }

  var all: [(key: Key, value: Value)] { nodes.compactMap { node in node.map { ($0.key, $0.value) } } }

  private mutating func link(_ at: Int) {
    nodes[at]!.older = newest
    nodes[at]!.newer = Self.none
    if newest != Self.none { nodes[newest]!.newer = at }
    newest = at
    if oldest == Self.none { oldest = at }
  }

  private mutating func unlink(_ at: Int) {
    let node = nodes[at]!
    if node.newer != Self.none { nodes[node.newer]!.older = node.older } else { newest = node.older }
    if node.older != Self.none { nodes[node.older]!.newer = node.newer } else { oldest = node.newer }
    nodes[at]!.newer = Self.none
    nodes[at]!.older = Self.none
  }
}
