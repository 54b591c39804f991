import Contracts
import MessageLog
import Streams

// Three processors that are as small as they can be and yet use all of the mechanism, each rule of it in a way that shows
// when it is broken: a tally of events from outside, which is woken by ticks and says what it counts; a sum over what it
// says, which is partitioned otherwise; and a mirror of the sum's state topic.

enum SmallProcessors {
  static let inputs = [Topics.channelInteractions, Topics.sourceRecords]

  static func hub(of key: String, ordinal: Int) -> String { "hub-\((Int(key.utf8.last! & 3) + ordinal * 2) % 5)" }

  static let tally = Processor<TallyState>(
    group: .facets, inputs: inputs, table: Topics.facetState, outputs: [Topics.profileTimeline],
    makeLogic: { Tally() })

  static let sum = Processor<SumState>(
    group: .profiles, inputs: [Topics.profileTimeline], table: Topics.profileState, outputs: [Topics.leadEvents],
    makeLogic: { Sum() })

  static let mirror = Processor<MirrorState>(
    group: .scorer, inputs: [Topics.profileState], table: Topics.nbaContacts, outputs: [Topics.nbaLists],
    makeLogic: { Mirror() })
}

private func output(_ topic: Topic, _ key: String, id: String, _ words: [Int64], now: Int64) -> Output {
  Output(
    topic: topic, key: key, envelope: Envelope(id: id, source: "small", type: "small.said", timeMs: now),
    data: Words.encode(words))
}

private final class Tally: Logic {
  func now(of state: TallyState) -> Int64 { state.nowMs }

  func step(_ key: String, _ state: TallyState?, _ input: Input, now: Int64) throws(Refusal) -> Step<TallyState> {
    var state = state ?? TallyState()
    state.nowMs = now
    switch input {
    case .event(let record, let envelope):
      guard let words = Words.decode(record.value), words.count == 3 else {
        throw Refusal(stage: "schema", reason: "not three words")
      }
      let topic = record.topic == SmallProcessors.inputs[0].name ? 0 : 1
      state.counts[topic] += 1
      state.digests[topic] = Words.chained(state.digests[topic], words[0])
      state.sum += words[1]
      state.set(TallyState.Alarm(dueMs: words[2], number: words[0]))
      // The total depends on how the two topics came together: whoever decides twice without the first decision being
      // recorded says two things under one id.
      let said = [words[0], words[1], Int64(topic), state.counts[topic], state.digests[topic], state.total]
      return Step(
        .set(state),
        (0..<(words[0] % 3 == 0 ? 2 : 1)).map { ordinal in
          output(
            Topics.profileTimeline, SmallProcessors.hub(of: key, ordinal: ordinal),
            id: "said-\(envelope.id)-\(ordinal)", said, now: now)
        })
    case .tick:
      // Deliberately counts each tick that it is given, due or not: the runtime says that each comes once.
      state.ticks += 1
      // Which alarms ring doesn't depend on that, so it says whether any tick was never given.
      let rung = state.ring(now).map { alarm in
        output(
          Topics.profileTimeline, SmallProcessors.hub(of: key, ordinal: 1), id: "due-\(key)-\(alarm.number)",
          [-2, 0, alarm.number, alarm.dueMs, 0, now], now: now)
      }
      let tick = output(
        Topics.profileTimeline, SmallProcessors.hub(of: key, ordinal: 0), id: "tick-\(key)-\(state.ticks)",
        [-1, 0, -1, state.ticks, 0, 0], now: now)
      return Step(.set(state), [tick] + rung)
    }
  }
}

private final class Sum: Logic {
  func step(_ key: String, _ state: SumState?, _ input: Input, now: Int64) throws(Refusal) -> Step<SumState> {
    guard case .event(let record, let envelope) = input, let words = Words.decode(record.value) else { return .nothing }
    var state = state ?? SumState()
    state.count += 1
    state.sum += words[1]
    state.digest ^= Words.digest(envelope.id)
    return Step(
      .set(state),
      [output(Topics.leadEvents, key, id: "sum-\(key)-\(envelope.id)", [state.count, state.sum], now: now)])
  }
}

private final class Mirror: Logic {
  func step(_ key: String, _ state: MirrorState?, _ input: Input, now: Int64) throws(Refusal) -> Step<MirrorState> {
    guard case .event(let record, _) = input, let words = Words.decode(record.value), words.count == 3 else {
      return .nothing
    }
    var state = state ?? MirrorState()
    let seen = SumState(count: words[0], sum: words[1], digest: words[2])
    if seen == state.seen { return .nothing }
    if seen.count < state.seen.count { state.regressions += 1 }
    state.seen = seen
    return Step(.set(state), [output(Topics.nbaLists, key, id: "seen-\(key)-\(seen.count)", [seen.count], now: now)])
  }
}
