import Contracts

/// The value of `facet.state`: a facet as its owner keeps it, and of a device the facets of its other generations.
package struct FacetState: Sendable, Equatable {
  package var identifier: Identifier
  /// Counts the persons that a device belonged to, from 0: the one whose it is now. What follows is of that generation.
  package var generation: Int
  /// The profile that it belongs to, by the last verdict that moved it.
  package var profile: String
  package var version: Int64
  package var seq: Int64
  package var body: FacetBody
  /// Other identifiers whose link with this one is claimed or judged: no need to claim it again. The oldest first.
  package var judged: [Identifier]
  package var nowMs: Int64
  /// When the first open contact will have been silent for too long.
  package var nextDueMs: Int64?
  /// The device's other generations.
  package var others: [FacetGeneration] = []
  /// From when on it was whose.
  package var switches: [DeviceSwitch] = []
  /// The number of the linker's latest word, where an earlier one that comes again could mislead: it has spoken of turns.
  package var lastClaim: Int64?
  /// Of somebody known by name: when he was last seen on which device.
  package var devices: [DeviceSeen] = []

  package init(identifier: Identifier, profile: String) {
    self.identifier = identifier
    self.profile = profile
    generation = 0
    version = 0
    seq = 0
    body = FacetBody()
    judged = []
    nowMs = 0
  }

  package var id: String { Facet.id(identifier, generation: generation) }

  mutating func noteSeen(on device: Identifier, beside others: [Identifier], atMs: Int64) {
    let seen = DeviceSeen(identifier: device, beside: others, atMs: atMs)
    if let place = devices.firstIndex(where: { $0.identifier == device }) {
      if atMs >= devices[place].atMs { devices[place] = seen }
    } else {
      devices.append(seen)
      if devices.count > IdentityMapEntry.judgedMax { devices.removeFirst() }
    }
  }

  package mutating func noteJudged(_ identifiers: [Identifier]) {
    for identifier in identifiers where identifier != self.identifier && !judged.contains(identifier) {
      judged.append(identifier)
    }
    if judged.count > IdentityMapEntry.judgedMax { judged.removeFirst(judged.count - IdentityMapEntry.judgedMax) }
  }
}

/// When somebody was last seen on a device.
package struct DeviceSeen: Sendable, Equatable {
  package var identifier: Identifier
  /// What else stronger than the device he was named with.
  package var beside: [Identifier] = []
  package var atMs: Int64
}

/// What is known under a device in a generation that is not the current one.
package struct FacetGeneration: Sendable, Equatable {
  package var number: Int
  package var profile: String
  package var version: Int64
  package var seq: Int64
  package var body: FacetBody
}

extension FacetState {
  /// Changes one generation's facet, as though it were the current one.
  mutating func with(_ number: Int, _ change: (inout FacetState) -> Void) {
    let current = generation
    turn(to: number)
    change(&self)
    turn(to: current)
  }

  /// Whose it is now. One that was never heard of begins with nothing, in its own profile.
  mutating func turn(to number: Int) {
    guard number != generation, let place = others.firstIndex(where: { $0.number == number }) else { return }
    let other = others[place]
    others[place] = FacetGeneration(number: generation, profile: profile, version: version, seq: seq, body: body)
    (generation, profile, version, seq, body) = (other.number, other.profile, other.version, other.seq, other.body)
  }

  package var all: [FacetGeneration] {
    let current = FacetGeneration(number: generation, profile: profile, version: version, seq: seq, body: body)
    return ([current] + others).sorted { $0.number < $1.number }
  }

  func contacts(of generation: Int) -> [Contact] {
    generation == self.generation ? body.contacts : others.first { $0.number == generation }?.body.contacts ?? []
  }

  /// When something was last done in that contact by him whose that generation is, in any of his.
  func lastMs(of contact: Contact, in generation: Int) -> Int64 {
    let all = all
    let profile = all.first { $0.number == generation }?.profile
    return all.filter { $0.profile == profile }.flatMap(\.body.contacts).filter { $0.id == contact.id }.map(\.lastMs)
      .max() ?? contact.lastMs
  }

  /// Those that there are, the current one among them.
  var generations: [Int] { others.isEmpty ? [generation] : ([generation] + others.map(\.number)).sorted() }

  /// When the first open contact of any generation will have been silent for so long.
  func nextSilenceMs(idleMs: Int64) -> Int64? {
    let own = body.nextSilenceMs(idleMs: idleMs)
    return others.isEmpty
      ? own : (others.map { $0.body.nextSilenceMs(idleMs: idleMs) } + [own]).compactMap(\.self).min()
  }
}

extension FacetState: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    writer.field("generation", generation)
    writer.field("profile", profile)
    writer.field("version", version)
    writer.field("seq", seq)
    writer.field("nowMs", nowMs)
    writer.field("nextDueMs", nextDueMs)
    writer.field("judged", judged)
    writer.field("body", body)
    if !others.isEmpty { writer.field("others", others) }
    if !switches.isEmpty { writer.field("switches", switches) }
    writer.field("lastClaim", lastClaim)
    if !devices.isEmpty { writer.field("devices", devices) }
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var state = FacetState(identifier: Identifier("", ""), profile: "")
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": state.identifier = try Identifier(from: &reader)
      case "generation": state.generation = Int(try reader.int())
      case "profile": state.profile = try reader.string()
      case "version": state.version = try reader.int()
      case "seq": state.seq = try reader.int()
      case "nowMs": state.nowMs = try reader.int()
      case "nextDueMs": state.nextDueMs = try reader.optionalInt()
      case "judged": state.judged = try reader.list()
      case "body": state.body = try FacetBody(from: &reader)
      case "others": state.others = try reader.list()
      case "switches": state.switches = try reader.list()
      case "lastClaim": state.lastClaim = try reader.optionalInt()
      case "devices": state.devices = try reader.list()
      default: break
      }
    }
    if state.identifier.namespace.isEmpty { throw reader.fail("is missing", member: "identifier") }
    if state.profile.isEmpty { throw reader.fail("is missing", member: "profile") }
    self = state
  }
}

extension FacetGeneration: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("generation", number)
    writer.field("profile", profile)
    writer.field("version", version)
    writer.field("seq", seq)
    writer.field("body", body)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var generation = FacetGeneration(number: -1, profile: "", version: 0, seq: 0, body: FacetBody())
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "generation": generation.number = Int(try reader.int())
      case "profile": generation.profile = try reader.string()
      case "version": generation.version = try reader.int()
      case "seq": generation.seq = try reader.int()
      case "body": generation.body = try FacetBody(from: &reader)
      default: break
      }
    }
    if generation.number < 0 { throw reader.fail("is missing", member: "generation") }
    if generation.profile.isEmpty { throw reader.fail("is missing", member: "profile") }
    self = generation
  }
}

extension DeviceSeen: JSONConvertible {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifier", identifier)
    if !beside.isEmpty { writer.field("beside", beside) }
    writer.field("atMs", atMs)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var seen = DeviceSeen(identifier: Identifier("", ""), atMs: 0)
    try reader.object { reader, key throws(JSONError) in
      switch key {
      case "identifier": seen.identifier = try Identifier(from: &reader)
      case "beside": seen.beside = try reader.list()
      case "atMs": seen.atMs = try reader.int()
      default: break
      }
    }
    if seen.identifier.namespace.isEmpty { throw reader.fail("is missing", member: "identifier") }
    self = seen
  }
}
