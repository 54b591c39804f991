import Contracts

// What sales says about a lead, as part of the customer.

extension Profiles {
  /// What sales says of a lead: the profile keeps enough of it to stop offering what is being bought.
  package static func lead(
    _ key: String, _ record: ProfileRecord?, _ envelope: Envelope, _ data: [UInt8]?, now: Int64
  ) throws(Refusal) -> Decision<ProfileRecord> {
    guard let type = LeadEventType(rawValue: envelope.type) else {
      throw Refusal(stage: "type", field: "ce_type", reason: "no such event type: \(envelope.type)")
    }
    guard let data else { throw Refusal(stage: "schema", reason: "the record has no data") }
    if type == .refused { return try refused(record, data, now: now) }
    let lead: LeadSummary
    do {
      lead = try LeadSummary(leadEvent: data)
    } catch {
      throw Refusal(error)
    }
    if type == .left {
      guard var record, let index = record.profile.leads.firstIndex(where: { $0.id == lead.id }) else {
        return .nothing
      }
      record.profile.leads.remove(at: index)
      record.profile.nowMs = max(record.profile.nowMs, now)
      return Decision(record.isEmpty ? .delete : .set(record))
    }
    var changed = record ?? ProfileRecord(id: key, nowMs: now)
    changed.set(lead)
    guard changed.profile.leads != record?.profile.leads else { return .nothing }
    changed.profile.nowMs = max(changed.profile.nowMs, now)
    return Decision(.set(changed))
  }
}

extension Profiles {
  /// What was refused has changed no lead. But what he accepted in vain is remembered: it is no reason to leave him alone.
  private static func refused(
    _ record: ProfileRecord?, _ data: [UInt8], now: Int64
  ) throws(Refusal) -> Decision<ProfileRecord> {
    let refusal: LeadRefusal
    do {
      refusal = try LeadRefusal(acceptance: data)
    } catch {
      throw Refusal(error)
    }
    guard var record, refusal.refused == EventType.nbaAccepted.shortName, let proposition = refusal.proposition else {
      return .nothing
    }
    let inVain = RefusedAcceptance(proposition: proposition, atMs: refusal.atMs)
    var refusals = record.profile.refusals ?? []
    guard !refusals.contains(inVain) else { return .nothing }
    refusals.append(inVain)
    record.profile.refusals = Array(refusals.suffix(ProfileState.refusalsMax))
    record.profile.nowMs = max(record.profile.nowMs, now)
    return Decision(.set(record))
  }
}

extension LeadRefusal {
  /// Reads what a profile keeps of it.
  fileprivate init(acceptance data: [UInt8]) throws(JSONError) {
    var refusal = LeadRefusal(id: "", refused: "", eventId: "", atMs: 0, field: "", reason: "")
    try JSONReader.read(data) { reader throws(JSONError) in
      try reader.object { reader, key throws(JSONError) in
        switch key {
        case "refused": refusal.refused = try reader.string()
        case "atMs": refusal.atMs = try reader.int()
        case "proposition": refusal.proposition = try reader.optionalString()
        default: break
        }
      }
    }
    self = refusal
  }
}

extension ProfileRecord {
  /// The earliest opened first. Beyond the bound the oldest that is closed goes, or else the oldest.
  fileprivate mutating func set(_ lead: LeadSummary) {
    if let index = profile.leads.firstIndex(where: { $0.id == lead.id }) {
      guard lead.changedMs >= profile.leads[index].changedMs else { return }
      profile.leads[index] = lead
    } else {
      profile.leads.append(lead)
      profile.leads.sort { ($0.openedMs, $0.id) < ($1.openedMs, $1.id) }
    }
    if profile.leads.count > ProfileState.leadsMax {
      profile.leads.remove(at: profile.leads.firstIndex { $0.status != Lead.Status.open.rawValue } ?? 0)
    }
  }
}

extension LeadSummary {
  /// Reads out of a `LeadEvent` what a profile keeps.
  fileprivate init(leadEvent data: [UInt8]) throws(JSONError) {
    var lead = LeadSummary(id: "", proposition: "", group: "", status: "", step: "", openedMs: 0, changedMs: 0)
    var steps: [String] = []
    var step = 0
    try JSONReader.read(data) { reader throws(JSONError) in
      try reader.object { reader, key throws(JSONError) in
        guard key == "lead" else { return }
        try reader.object { reader, key throws(JSONError) in
          switch key {
          case "id": lead.id = try reader.string()
          case "proposition": lead.proposition = try reader.string()
          case "group": lead.group = try reader.string()
          case "status": lead.status = try reader.string()
          case "step": step = Int(try reader.int())
          case "openedMs": lead.openedMs = try reader.int()
          case "changedMs": lead.changedMs = try reader.int()
          case "netRevenueMinor": lead.netRevenueMinor = try reader.optionalInt()
          case "currency": lead.currency = try reader.optionalString()
          case "steps": try reader.array { reader throws(JSONError) in steps.append(try Self.stepName(&reader)) }
          default: break
          }
        }
      }
      for (name, value) in [("id", lead.id), ("proposition", lead.proposition), ("status", lead.status)]
      where value.isEmpty { throw reader.fail("its \(name) is missing", member: "lead") }
    }
    lead.step = steps.indices.contains(step) ? steps[step] : ""
    self = lead
  }

  private static func stepName(_ reader: inout JSONReader) throws(JSONError) -> String {
    var name = ""
    try reader.object { reader, key throws(JSONError) in
      if key == "name" { name = try reader.string() }
    }
    return name
  }
}
