// The JSON Schema of an event's data, made from its declaration, in what draft-07 and 2020-12 have in common. Producers
// keep to it strictly; the suite ignores members that it doesn't know. Lengths are in characters there and in bytes of
// UTF-8 in the suite, so the schema lets pass what is too long only by its accents.

extension EventType {
  /// Writes the schema of this type's data. For types that only the suite writes there is none here.
  public func writeSchema(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("$schema", "http://json-schema.org/draft-07/schema#")
    writer.field("$id", "urn:\(rawValue.split(separator: ".").joined(separator: ":"))")
    writer.field("title", shortName)
    writer.field("description", summary)
    writeSchemaBody(to: &writer)
    writer.endObject()
  }

  /// The schema without its head, inside an object that is begun: for documents that have many of them.
  public func writeSchemaBody(to writer: inout JSONWriter) {
    writer.field("type", "object")
    writer.key("properties")
    writer.beginObject()
    for field in fields {
      writer.key(field.name)
      field.writeSchema(to: &writer)
    }
    writer.endObject()
    writer.key("required")
    writer.beginArray()
    for field in fields where field.isRequired { writer.string(field.name) }
    writer.endArray()
  }
}

extension FieldDeclaration {
  func writeSchema(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("description", summary)
    switch kind {
    case .string: writeString(to: &writer)
    case .integer:
      writer.field("type", "integer")
      writer.field("format", "int64")
      writer.field("minimum", range?.lowerBound)
      writer.field("maximum", range?.upperBound)
    case .boolean: writer.field("type", "boolean")
    case .object: writeNamedValues(to: &writer)
    case .identifier: writeIdentifier(to: &writer)
    case .identifiers: writeIdentifiers(to: &writer)
    }
    writer.endObject()
  }

  private func writeString(to writer: inout JSONWriter) {
    writer.field("type", "string")
    if !values.isEmpty {
      writer.key("enum")
      writer.beginArray()
      for value in values { writer.string(value) }
      writer.endArray()
    } else if name == "currency" {
      writer.field("pattern", "^[A-Z]{3}$")
    } else if name == "list" {
      writer.field("pattern", "^.+\\.[0-9]+(\\.i[A-Za-z0-9_-]*)?\\.[0-9a-f]{16}$")
      writer.field("maxLength", bytesMax)
    } else {
      if isRequired { writer.field("minLength", 1) }
      writer.field("maxLength", bytesMax)
    }
  }

  private func writeNamedValues(to writer: inout JSONWriter) {
    writer.field("type", "object")
    writer.field("maxProperties", Interaction.namedValuesMax)
    writer.key("propertyNames")
    writer.beginObject()
    writer.field("minLength", 1)
    writer.field("maxLength", Interaction.nameBytesMax)
    writer.endObject()
    writer.key("additionalProperties")
    writer.beginObject()
    writer.key("type")
    writer.beginArray()
    for type in ["string", "number", "boolean"] { writer.string(type) }
    writer.endArray()
    writer.field("maxLength", Interaction.namedTextBytesMax)
    writer.endObject()
  }

  private func writeIdentifiers(to writer: inout JSONWriter) {
    writer.field("type", "array")
    writer.field("minItems", 1)
    writer.field("maxItems", Interaction.identifiersMax)
    writer.key("items")
    writer.beginObject()
    writeIdentifier(to: &writer)
    writer.endObject()
  }

  private func writeIdentifier(to writer: inout JSONWriter) {
    writer.field("type", "object")
    writer.key("properties")
    writer.beginObject()
    writer.key("namespace")
    writer.beginObject()
    writer.field(
      "description",
      "What kind of identifier it is. Where nothing else is configured: "
        + Namespaces.standard.all.map(\.name).joined(separator: ", ") + ".")
    writer.field("type", "string")
    writer.field("minLength", 1)
    writer.endObject()
    writer.key("value")
    writer.beginObject()
    writer.field("description", "The identifier itself.")
    writer.field("type", "string")
    writer.field("minLength", 1)
    writer.field("maxLength", Identifier.valueBytesMax)
    writer.endObject()
    writer.endObject()
    writer.key("required")
    writer.beginArray()
    writer.string("namespace")
    writer.string("value")
    writer.endArray()
  }
}
