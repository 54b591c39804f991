// An interaction as JSON on hot topics. Reading what comes from outside, with all its checks, is
// `Interaction+Decoding.swift`.

extension Interaction: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("identifiers", identifiers)
    writer.field("channel", channel)
    writer.field("contact", contact)
    writer.field("placement", placement)
    writer.field("intent", intent)
    writer.field("direction", direction)
    writer.field("page", page)
    writer.field("product", product)
    writer.field("category", category)
    writer.field("query", query)
    writer.field("form", form)
    writer.field("conversion", conversion)
    writer.field("message", message)
    writer.field("text", text)
    writer.field("list", list)
    writer.field("proposition", proposition)
    writer.field("rank", rank)
    writer.field("reason", reason)
    writer.field("purpose", purpose)
    writer.field("task", task)
    writer.field("order", order)
    writer.field("amountMinor", amountMinor)
    writer.field("currency", currency)
    if let context { writer.field("context", context) }
    if let attributes { writer.field("attributes", attributes) }
    writer.field("verified", verified)
    if let organisation { writer.field("organisation", organisation) }
    if let person { writer.field("person", person) }
    writer.field("role", role)
    writer.field("since", since)
    writer.field("ended", ended)
    writer.field("saidBy", saidBy)
    if let actor { writer.field("actor", actor) }
    writer.endObject()
  }

  /// Reads any interaction, whatever its type: for what the suite wrote or checked itself.
  public init(from reader: inout JSONReader) throws(JSONError) {
    self.init(identifiers: [])
    var decoding = InteractionDecoding(rules: .anything, isChecked: false, namespaces: nil)
    try reader.object { reader, key throws(JSONError) in try decoding.member(key, &reader, &self) }
    if !decoding.seen.contains(.identifiers) { throw reader.fail("is missing", member: "identifiers") }
  }
}
