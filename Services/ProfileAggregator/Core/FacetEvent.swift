import Contracts

/// One event as it changes a facet. The facet's owner and the profile both make it from the same bytes, so that both
/// arrive at the same body. A class, so that it is made where it stays.
package final class FacetEvent: Sendable {
  package let type: EventType
  package let timeMs: Int64
  package let source: String
  package let interaction: Interaction
  package let replyTo: String?
  /// Said by the facet's owner and not by a channel: the contact went silent.
  package let isAbandonment: Bool

  /// Reads the data of a record. Without namespaces, any is taken.
  package convenience init(_ envelope: Envelope, _ data: [UInt8]?, namespaces: Namespaces?) throws(Refusal) {
    try self.init(EventType.named(envelope.type), envelope, data, namespaces: namespaces)
  }

  /// The same by whom the type was looked up.
  init(_ type: EventType?, _ envelope: Envelope, _ data: [UInt8]?, namespaces: Namespaces?) throws(Refusal) {
    guard let type, type.topic != nil else {
      throw Refusal(stage: "type", field: "ce_type", reason: EventType.unknown(envelope.type))
    }
    guard let data else { throw Refusal(stage: "schema", reason: "the record has no data") }
    interaction = try Interaction.decode(type: type, data: data, namespaces: namespaces)
    self.type = type
    timeMs = envelope.timeMs
    source = envelope.source
    replyTo = envelope.replyTo
    isAbandonment = type == .contactEnded && envelope.source == aggregatorSource
  }

  /// What the facet's owner says of a contact that went silent.
  init(abandoning interaction: Interaction, atMs: Int64) {
    type = .contactEnded
    timeMs = atMs
    source = aggregatorSource
    self.interaction = interaction
    replyTo = nil
    isAbandonment = true
  }
}
