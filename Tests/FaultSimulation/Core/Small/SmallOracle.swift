import Contracts
import MessageLog

/// What must be there, from the raw input alone: dictionaries and loops over what stands in the topics.
struct SmallOracle {
  let partitions: Int

  private struct Expected {
    struct Key {
      var counts: [Int64] = [0, 0]
      var digests: [Int64] = [0, 0]
      var sum: Int64 = 0
      var ticks: Int64 = 0
      /// Of all its events, when the alarms are due that they set.
      var dueMs: [Int64] = []
    }

    var keys: [String: Key] = [:]
    /// id → what stands under it, the total left out.
    var said: [String: [Int64]] = [:]
    /// id → the key that it was said of.
    var owners: [String: String] = [:]
    var deadLetters: Set<String> = []
    var notForwarded: Set<String> = []
    /// Ticks of keys of which nothing was due.
    var early: [String] = []
  }

  func violations(_ topics: RawTopics) -> [String] {
    var violations: [String] = []
    let expected = expected(topics)
    if !expected.notForwarded.isEmpty { violations.append("I1: not forwarded: \(expected.notForwarded)") }
    for tick in expected.early { violations.append("I1: \(tick) came before anything was due") }
    let letters = topics.deadLetters(of: .facets, &violations)
    if letters != expected.deadLetters {
      violations.append("I1: dead letters \(letters.sorted()), expected \(expected.deadLetters.sorted())")
    }
    for group in [ConsumerGroup.profiles, .scorer] {
      let letters = topics.deadLetters(of: group, &violations)
      if !letters.isEmpty { violations.append("I1: dead letters of \(group.rawValue): \(letters)") }
    }
    checkTally(topics, expected, &violations)
    checkSum(topics, expected, &violations)
    return violations
  }

  // MARK: What is expected

  private func expected(_ topics: RawTopics) -> Expected {
    var expected = Expected()
    var misplaced: Set<String> = []
    var forwarded: Set<String> = []
    for (index, topic) in SmallProcessors.inputs.enumerated() {
      var ids: Set<String> = []
      var sequences: [String: Int64] = [:]
      for record in topics.records(of: topic) {
        let headers = record.headers
        let place = "\(record.topic)/\(record.partition)/\(record.offset)"
        let id = headers.string("ce_id")!
        guard let keyBytes = record.key else {
          expected.deadLetters.insert(place)
          continue
        }
        let key = String(decoding: keyBytes, as: UTF8.self)
        if record.partition != Partitioner.partition(of: key, count: partitions) {
          misplaced.insert(id)
          continue
        }
        if headers.value("trias_forwarded") != nil { forwarded.insert(id) }
        // Forwarded, it comes behind what was written to its home since.
        if headers.value("trias_forwarded") == nil, let sequence = headers.string("ce_sequence").flatMap({ Int64($0) })
        {
          if let last = sequences[key], sequence <= last { continue }
          if record.value?.count == 24 { sequences[key] = sequence }
        } else if !ids.insert(id).inserted {
          continue
        }
        guard record.value?.count == 24, let words = Words.decode(record.value) else {
          expected.deadLetters.insert(place)
          continue
        }
        add(words, id, key, index, &expected)
      }
    }
    expected.notForwarded = misplaced.subtracting(forwarded)
    addTicks(topics, &expected)
    return expected
  }

  /// Each tick that stands in the log counts once; that none is missing, the alarms say.
  private func addTicks(_ topics: RawTopics, _ expected: inout Expected) {
    for record in topics.records(of: ConsumerGroup.facets.ticks) {
      let text = String(decoding: record.value ?? [], as: UTF8.self)
      let nowMs = Int64(text.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? -1
      // A key may be named twice in one tick, and is woken once.
      for key in Set(text.split(separator: "\"").map(String.init)) where key.hasPrefix("key-") {
        expected.keys[key, default: .init()].ticks += 1
        let one = expected.keys[key]!
        expected.said["tick-\(key)-\(one.ticks)"] = [-1, 0, -1, one.ticks, 0]
        if !one.dueMs.contains(where: { $0 <= nowMs }) { expected.early.append("the tick of \(key) at \(nowMs)") }
      }
    }
  }

  private func add(_ words: [Int64], _ id: String, _ key: String, _ topic: Int, _ expected: inout Expected) {
    var one = expected.keys[key] ?? .init()
    one.counts[topic] += 1
    one.digests[topic] = Words.chained(one.digests[topic], words[0])
    one.sum += words[1]
    one.dueMs.append(words[2])
    expected.said["due-\(key)-\(words[0])"] = [-2, 0, words[0], words[2], 0]
    expected.keys[key] = one
    for ordinal in 0..<(words[0] % 3 == 0 ? 2 : 1) {
      expected.said["said-\(id)-\(ordinal)"] = [
        words[0], words[1], Int64(topic), one.counts[topic], one.digests[topic],
      ]
      expected.owners["said-\(id)-\(ordinal)"] = key
    }
  }

  // MARK: What is there

  private func checkTally(_ topics: RawTopics, _ expected: Expected, _ violations: inout [String]) {
    let states = topics.states(of: Topics.facetState)
    if Set(states.keys) != Set(expected.keys.keys) {
      violations.append("I2: keys \(states.keys.sorted()), expected \(expected.keys.keys.sorted())")
    }
    for (key, one) in expected.keys {
      guard let words = Words.decode(states[key]), words.count >= 7 else { continue }
      if words.count > 7 { violations.append("I2: \(key) still waits for \(words[7...])") }
      let wanted = one.counts + one.digests + [one.sum, one.ticks]
      if Array(words[..<6]) != wanted { violations.append("I2: \(key) is \(words[..<6]), expected \(wanted)") }
    }
    var totals: [String: [Int64]] = [:]
    var said: Set<String> = []
    for (id, record) in topics.distinct(Topics.profileTimeline, &violations) {
      said.insert(id)
      guard let words = Words.decode(record.value), let wanted = expected.said[id] else {
        violations.append("I3: \(id) was said and should not have been")
        continue
      }
      if Array(words[..<5]) != wanted { violations.append("I3: \(id) says \(words[..<5]), expected \(wanted)") }
      if id.hasPrefix("due-"), words[5] < words[3] { violations.append("I3: \(id) rang before it was due") }
      if id.hasPrefix("said-"), id.hasSuffix("-0") {
        totals[expected.owners[id]!, default: []].append(words[5])
      }
    }
    for id in expected.said.keys where !said.contains(id) { violations.append("I3: \(id) was not said") }
    for (key, totals) in totals where totals != Array(1...Int64(totals.count)) {
      violations.append("I4: \(key) was numbered \(totals)")
    }
  }

  private func checkSum(_ topics: RawTopics, _ expected: Expected, _ violations: inout [String]) {
    var sums: [String: SumState] = [:]
    var wanted: Set<String> = []
    for (id, record) in topics.distinct(Topics.profileTimeline, &violations) {
      let hub = String(decoding: record.key ?? [], as: UTF8.self)
      sums[hub, default: SumState()].count += 1
      sums[hub]!.sum += Words.decode(record.value)?[1] ?? 0
      sums[hub]!.digest ^= Words.digest(id)
      wanted.insert("sum-\(hub)-\(id)")
    }
    let states = topics.states(of: Topics.profileState)
    let mirrors = topics.states(of: Topics.nbaContacts)
    for (hub, sum) in sums {
      if states[hub] != sum.encode() {
        violations.append("I2: \(hub) is \(Words.decode(states[hub]) ?? []), expected \(sum)")
      }
      guard let mirror = Words.decode(mirrors[hub]), mirror.count == 4 else {
        violations.append("I2: nobody mirrors \(hub)")
        continue
      }
      if mirror[3] != 0 { violations.append("I4: \(hub) was seen to go back \(mirror[3]) times") }
      if Array(mirror[..<3]) != [sum.count, sum.sum, sum.digest] {
        violations.append("I2: the mirror of \(hub) is \(mirror), expected \(sum)")
      }
    }
    var counts: [String: Set<Int64>] = [:]
    var said: Set<String> = []
    for (id, record) in topics.distinct(Topics.leadEvents, &violations) {
      said.insert(id)
      counts[String(decoding: record.key ?? [], as: UTF8.self), default: []].insert(
        Words.decode(record.value)?[0] ?? -1)
    }
    if said != wanted {
      violations.append(
        "I3: sums said \(said.subtracting(wanted).sorted()) too much, \(wanted.subtracting(said).sorted()) too little")
    }
    for (hub, sum) in sums where counts[hub] != Set(1...sum.count) {
      violations.append("I3: the sums of \(hub) were numbered \((counts[hub] ?? []).sorted())")
    }
    _ = topics.distinct(Topics.nbaLists, &violations)
  }
}
