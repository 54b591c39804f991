// One page of a timeline as JSON.

import Contracts
import MessageLog

package struct TimelinePage: Sendable {
  package let events: [Record]
  package let next: TimelineCursor?
  /// What was recorded since then has been told; nil: all that there is.
  let lookedBackToMs: Int64?
  /// From when on the log has its records, where it has lost what was before.
  let lostBeforeMs: Int64?
  /// Those that are his now.
  private let facets: Set<String>

  init(_ scan: TimelineScan, limit: Int, facets: Set<String>) {
    let page = scan.page(limit: limit)
    events = page.hits.map(\.record)
    next = page.next.map { TimelineCursor(offsets: $0) }
    lookedBackToMs = page.next == nil ? nil : page.toldFromMs
    let lost = scan.windows.values.filter { $0.begin > 0 && $0.next <= $0.begin && $0.floorMs != .max }
    lostBeforeMs = lost.map(\.floorMs).max()
    self.facets = facets
  }

  package func json(profile: String, isStale: Bool, asOfMs: Int64) -> [UInt8] {
    var writer = JSONWriter(reserving: 4_096)
    writer.beginObject()
    writer.field("profile", profile)
    writer.field("isStale", isStale)
    writer.field("asOfMs", asOfMs)
    writer.key("events")
    writer.beginArray()
    for record in events { write(record, profile, to: &writer) }
    writer.endArray()
    writer.field("next", next?.text)
    writer.field("lookedBackToMs", lookedBackToMs)
    writer.field("lostBeforeMs", lostBeforeMs)
    writer.endObject()
    return writer.bytes
  }

  private func write(_ record: Record, _ profile: String, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("recordedMs", record.timestampMs)
    let key = String(decoding: record.key ?? [], as: UTF8.self)
    if key != profile { writer.field("recordedUnder", key) }
    if let envelope = try? Envelope(record.headers) {
      writer.field("id", envelope.id)
      writer.field("source", envelope.source)
      writer.field("type", envelope.type)
      writer.field("atMs", envelope.timeMs)
      writer.field("correlationId", envelope.correlationId)
      writer.field("causationId", envelope.causationId)
      if let facet = envelope.facet {
        writer.field("facet", facet.facet)
        writer.field("version", facet.version)
        writer.field("seq", facet.seq)
        // A link that was undone: what was recorded stays recorded, and is another's now.
        if !facets.contains(facet.facet) { writer.field("isOfAnother", true) }
      }
      data(record, envelope.type, of: key, to: &writer)
    }
    writer.endObject()
  }

  private func data(_ record: Record, _ type: String, of profile: String, to writer: inout JSONWriter) {
    guard let value = record.value else { return }
    if EventType.named(type) == .facetReceived || EventType.named(type) == .facetLeft {
      // All that was known under it is in the view, or was told before.
      guard let move = try? FacetMove(json: value) else { return }
      writer.key("data")
      writer.beginObject()
      // A device that several have in turn stays where it is when it becomes another's.
      if move.profile != profile { writer.field("profile", move.profile) }
      writer.field("identifier", move.identifier)
      writer.endObject()
    } else if isJSON(value) {
      writer.key("data")
      writer.raw(value)
    }
  }

  /// Whatever stands on the topic, the answer must be read.
  private func isJSON(_ value: [UInt8]) -> Bool {
    do {
      try JSONReader.read(value) { reader throws(JSONError) in try reader.skip() }
      return true
    } catch {
      return false
    }
  }
}
