// The AsyncAPI 3 document of the public topics, made from their declaration: what the suite takes and gives, seen from
// the suite.
import Contracts

enum AsyncAPI {
  static let topics = Topics.all.filter(\.isPublic)

  static func document() -> [UInt8] {
    var writer = JSONWriter(reserving: 65_536)
    writer.object { writer in
      writer.field("asyncapi", "3.0.0")
      writer.key("info")
      writer.object { info(&$0) }
      writer.field("defaultContentType", "application/json")
      writer.key("servers")
      writer.object { servers(&$0) }
      writer.key("channels")
      writer.object { writer in
        for topic in topics { channel(topic, &writer) }
      }
      writer.key("operations")
      writer.object { writer in
        for topic in topics { operation(topic, &writer) }
      }
      writer.key("components")
      writer.object { components(&$0) }
    }
    return writer.bytes
  }

  private static func info(_ writer: inout JSONWriter) {
    writer.field("title", "Trias")
    writer.field("version", Build.version)
    writer.field(
      "description",
      "Real-time next best action on Kafka. Every record is a CloudEvent 1.0 in Kafka's binary mode: attributes as "
        + "headers, JSON data as value; structured mode is accepted too. A record without a value is a tombstone. "
        + "Producers keep to the schemas, consumers ignore members that they don't know. Partitions follow Kafka's "
        + "default partitioner (murmur2 of the key).")
    writer.key("license")
    writer.object { writer in
      writer.field("name", "Apache-2.0")
      writer.field("url", "https://www.apache.org/licenses/LICENSE-2.0")
    }
  }

  private static func servers(_ writer: inout JSONWriter) {
    writer.key("deployment")
    writer.object { writer in
      writer.field("host", "{bootstrap}")
      writer.field("protocol", "kafka")
      writer.field("description", "The deployment's Kafka.")
      writer.key("variables")
      writer.object { writer in
        writer.key("bootstrap")
        writer.object { writer in
          writer.field("default", "localhost:9092")
          writer.field("description", "A bootstrap server.")
        }
      }
    }
  }

  // MARK: Topics

  private static func channel(_ topic: Topic, _ writer: inout JSONWriter) {
    writer.key(topic.name)
    writer.object { writer in
      writer.field("address", topic.name)
      writer.field("description", topic.summary)
      writer.key("messages")
      writer.object { writer in
        for name in messageNames(topic) {
          writer.key(name)
          writer.reference("#/components/messages/\(name)")
        }
      }
      writer.key("bindings")
      writer.object { writer in
        writer.key("kafka")
        writer.object { binding(topic, &$0) }
      }
    }
  }

  private static func binding(_ topic: Topic, _ writer: inout JSONWriter) {
    writer.field("topic", topic.name)
    if topic.keyDomain == .single { writer.field("partitions", 1) }
    writer.key("topicConfiguration")
    writer.object { writer in
      switch topic.cleanup {
      case .delete(let days):
        writer.strings("cleanup.policy", ["delete"])
        writer.field("retention.ms", Int64(days) * 86_400_000)
      case .compact: writer.strings("cleanup.policy", ["compact"])
      case .keep:
        writer.strings("cleanup.policy", ["delete"])
        writer.field("retention.ms", -1)
      }
    }
    writer.field("bindingVersion", "0.5.0")
  }

  private static func operation(_ topic: Topic, _ writer: inout JSONWriter) {
    writer.key("\(topic.owner == nil ? "receive" : "send").\(topic.name)")
    writer.object { writer in
      writer.field("action", topic.owner == nil ? "receive" : "send")
      writer.key("channel")
      writer.reference("#/channels/\(topic.name)")
      writer.field("summary", topic.summary)
      if let owner = topic.owner { writer.field("description", "Written by \(owner.rawValue) alone.") }
    }
  }

  private static func messageNames(_ topic: Topic) -> [String] {
    topic.messages.isEmpty ? ["dead-letter"] : topic.messages.map { name(of: $0, on: topic) }
  }

  /// On the timeline an event has another key and more headers than where it came in.
  private static func name(of message: MessageDeclaration, on topic: Topic) -> String {
    topic == Topics.profileTimeline ? "timeline-\(message.type)" : message.type
  }

  // MARK: Messages

  private static func components(_ writer: inout JSONWriter) {
    writer.key("messages")
    writer.object { writer in
      for topic in topics {
        for message in topic.messages {
          writer.key(name(of: message, on: topic))
          writer.object { self.message(message, on: topic, &$0) }
        }
      }
      writer.key("dead-letter")
      writer.object { deadLetter(&$0) }
    }
    writer.key("messageTraits")
    writer.object { writer in
      writer.key("cloudEvent")
      writer.object { writer in
        writer.key("headers")
        writer.object { headers(&$0) }
      }
      writer.key("timelineEvent")
      writer.object { writer in
        writer.key("headers")
        writer.object { timelineHeaders(&$0) }
      }
    }
  }

  private static func message(_ message: MessageDeclaration, on topic: Topic, _ writer: inout JSONWriter) {
    writer.field("name", message.type)
    writer.field("summary", message.summary)
    writer.field("contentType", "application/json")
    writer.key("traits")
    writer.beginArray()
    writer.reference("#/components/messageTraits/cloudEvent")
    let isAboutProfile = [EventType.segmentEntered, .segmentLeft].map(\.rawValue).contains(message.type)
    if topic == Topics.profileTimeline, !isAboutProfile {
      writer.reference("#/components/messageTraits/timelineEvent")
    }
    writer.endArray()
    writer.key("payload")
    writer.reference("./Schemas/\(SchemaFile.name(of: message, on: topic))")
    writer.key("bindings")
    writer.object { writer in
      writer.key("kafka")
      writer.object { writer in
        writer.key("key")
        writer.object { writer in
          writer.field("type", "string")
          writer.field("description", keySummary(topic))
        }
        writer.field("bindingVersion", "0.5.0")
      }
    }
  }

  private static func keySummary(_ topic: Topic) -> String {
    switch topic.keyDomain {
    case .identifier: "namespace:value of the strongest identifier, the first of the data's."
    case .profile: "The profile's id, opaque."
    case .single: "What the record is about; the topic has one partition."
    }
  }

  private static func headers(_ writer: inout JSONWriter) {
    writer.field("type", "object")
    writer.key("properties")
    writer.object { writer in
      writer.key("ce_specversion")
      writer.object { $0.strings("enum", ["1.0"]) }
      header("ce_id", "Unique within the source: a repetition counts once.", &writer)
      header("ce_source", "Who published it: a URI reference.", &writer)
      header("ce_type", "What happened, as the message's name has it.", &writer)
      header("ce_time", "When it happened: RFC 3339.", format: "date-time", &writer)
      header("content-type", "application/json", &writer)
      header("ce_correlationid", "One contact, from its start to net revenue.", &writer)
      header("ce_causationid", "The id of the event that this one follows from.", &writer)
      header("ce_sequence", "Where the source numbers its events for a key, in order: the number.", &writer)
      header("ce_replyto", "The adapter instance that waits for what comes of it.", &writer)
      header(
        "ce_origin", "On what the suite writes: topic/partition/offset/ordinal of the record it follows from.", &writer)
      header("traceparent", "W3C Trace Context.", &writer)
    }
    writer.strings("required", ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"])
  }

  private static func timelineHeaders(_ writer: inout JSONWriter) {
    writer.field("type", "object")
    writer.key("properties")
    writer.object { writer in
      header("ce_facet", "The facet that the event belongs to: namespace:value#generation.", &writer)
      header("ce_facetversion", "How often the facet has moved between profiles.", &writer)
      header(
        "ce_facetseq", "The event's number in its facet: what is not above the highest seen is a repetition.", &writer)
    }
    writer.strings("required", ["ce_facet", "ce_facetversion", "ce_facetseq"])
  }

  private static func header(_ name: String, _ summary: String, format: String? = nil, _ writer: inout JSONWriter) {
    writer.key(name)
    writer.object { writer in
      writer.field("type", "string")
      writer.field("format", format)
      writer.field("description", summary)
    }
  }

  private static func deadLetter(_ writer: inout JSONWriter) {
    writer.field("name", "dead-letter")
    writer.field("summary", "A record as it came, key, value and headers, with what was wrong with it.")
    writer.key("headers")
    writer.object { writer in
      writer.field("type", "object")
      writer.key("properties")
      writer.object { writer in
        for entry in DeadLetterHeader.all { header(entry.name, entry.summary, &writer) }
      }
      writer.strings(
        "required", DeadLetterHeader.all.map(\.name).filter { !DeadLetterHeader.optional.contains($0) })
    }
  }
}
