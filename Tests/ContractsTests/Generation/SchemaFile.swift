// The committed schema of each kind of data on a public topic: events by their CloudEvents type, other values by their
// topic, or by their type where the others on the topic are of another.
import Contracts

struct SchemaFile {
  var name: String
  var contents: [UInt8]

  static func name(of message: MessageDeclaration, on topic: Topic) -> String {
    "\(hasItsOwn(message, on: topic) ? message.type : topic.name).schema.json"
  }

  /// Events, and what differs from the other messages of its topic.
  private static func hasItsOwn(_ message: MessageDeclaration, on topic: Topic) -> Bool {
    guard EventType(rawValue: message.type) == nil else { return true }
    guard case .value(let type) = message.data, case .value(let first)? = topic.messages.first?.data else {
      return false
    }
    return type != first
  }

  static var all: [SchemaFile] {
    var files: [String: SchemaFile] = [:]
    for topic in AsyncAPI.topics {
      for message in topic.messages {
        let name = name(of: message, on: topic)
        files[name] = SchemaFile(name: name, contents: contents(message, on: topic))
      }
    }
    return files.values.sorted { $0.name < $1.name }
  }

  private static func contents(_ message: MessageDeclaration, on topic: Topic) -> [UInt8] {
    var writer = JSONWriter(reserving: 4_096)
    switch message.data {
    case .interaction(let type): type.writeSchema(to: &writer)
    case .value(let type):
      let isEvent = hasItsOwn(message, on: topic)
      let name = isEvent ? message.type : "trias.\(topic.name)"
      writer.object { writer in
        writer.field("$schema", "http://json-schema.org/draft-07/schema#")
        writer.field("$id", "urn:\(name.split(separator: ".").joined(separator: ":"))")
        writer.field("title", "\(type)")
        writer.field("description", isEvent ? message.summary : topic.summary)
        TypeShape(type).writeSchemaBody(to: &writer)
      }
    }
    return writer.bytes
  }
}
