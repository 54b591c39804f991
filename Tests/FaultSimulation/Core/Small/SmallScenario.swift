import Contracts
import MessageLog
import Seeds
import Streams

/// What comes in for the small processors: events of three kinds of sources (numbered through both topics, with an origin
/// that is made up, and neither), now and then the same again, one that can't be read, one without a key, or one in the wrong partition.
final class SmallScenario: Scenario {
  let partitions: Int
  private var random: Seeded
  private var left: Int
  private let keys: Int
  private var number: Int64 = 0
  private var sequences: [String: Int64] = [:]
  private var offset: Int64 = 0
  private var sent: [OutgoingRecord] = []

  init(random: inout Seeded) {
    partitions = 1 + random.below(3)
    keys = 1 + random.below(6)
    left = 5 + random.below(50)
    self.random = Seeded(random.next())
  }

  var topics: [Topic] { Self.topics }
  var roles: [Role] { Self.roles }
  var restMs: Int64 { 700 }
  var laterMs: Int64 { 0 }
  var isDone: Bool { left == 0 }
  var waitsFor: String { "\(left) events" }
  var known: [OutgoingRecord] { sent }

  static let topics =
    SmallProcessors.inputs + [
      Topics.profileTimeline, Topics.facetState, Topics.profileState, Topics.leadEvents, Topics.nbaContacts,
      Topics.nbaLists,
    ] + [ConsumerGroup.facets, .profiles, .scorer].flatMap { [$0.ticks, $0.deadLetter] }

  static let roles = [Role(SmallProcessors.tally), Role(SmallProcessors.sum), Role(SmallProcessors.mirror)]

  func act(_ world: World) {
    left -= 1
    if !sent.isEmpty, random.chance(150) {
      return world.publish(sent[max(0, sent.count - 1 - random.below(20))])
    }
    number += 1
    let key = "key-\(random.below(keys))"
    var envelope = Envelope(id: "\(number)", source: "shop", type: "small.event", timeMs: world.time.nowMs)
    var topic = Topics.channelInteractions
    switch random.below(4) {
    case 0:
      topic = random.pick(SmallProcessors.inputs)
      envelope.source = "numbered"
      sequences[key, default: 0] += 1
      envelope.sequence = sequences[key]
    case 1:
      envelope.source = "upstream"
      offset += Int64(random.below(2))
      // What comes from outside has none, whatever it says.
      envelope.origin = Origin(topic: "upstream", partition: 0, offset: offset, ordinal: 0)
    case 2:
      topic = Topics.sourceRecords
      envelope.source = "office"
    default: break
    }
    let home = Partitioner.partition(of: key, count: partitions)
    var record = OutgoingRecord(
      topic: topic.name, partition: home, key: Array(key.utf8),
      value: Words.encode([number, Int64(random.below(1_000)), world.time.nowMs + Int64(random.below(2_000)) - 200]),
      headers: envelope.headers)
    switch random.below(30) {
    case 0: record.value = [1, 2, 3]
    case 1: record.key = nil
    // Forwarded, it comes behind what was written to its home since.
    case 2: record.partition = Int32((Int(home) + 1) % partitions)
    default: sent.append(record)
    }
    world.publish(record)
  }

  func violations(_ world: World) -> [String] {
    let raw = RawTopics(world.log)
    return raw.missing(topics, partitions: partitions) + SmallOracle(partitions: partitions).violations(raw)
  }
}
