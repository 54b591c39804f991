// Named values as a JSON object of strings, numbers and truth values.

extension AttributeValue: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    switch self {
    case .string(let text): writer.string(text)
    case .number(let number): writer.double(number)
    case .bool(let bool): writer.bool(bool)
    }
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    switch try reader.kind() {
    case .string: self = .string(try reader.string())
    case .number: self = .number(try reader.double())
    case .bool: self = .bool(try reader.bool())
    default: throw reader.fail("takes a string, a number or a truth value")
    }
  }
}

extension NamedValues: JSONConvertible {
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for item in items {
      writer.key(item.name)
      item.value.write(to: &writer)
    }
    writer.endObject()
  }

  public init(from reader: inout JSONReader) throws(JSONError) {
    var values = NamedValues()
    try reader.object { reader, key throws(JSONError) in
      values[key.string] = try AttributeValue(from: &reader)
    }
    self = values
  }
}
