// What clients send about a contact.

import AdapterSDK
import Contracts

/// The body of a start and of an end: an interaction's own fields, and the event's id and time beside them.
struct StartDocument {
  var interaction = Interaction(identifiers: [])
  var id: String?
  var time: String?
  var budgetMs: Int64?

  init(from reader: inout JSONReader) throws(JSONError) {
    try reader.object { reader, key throws(JSONError) in
      if try reader.null() { return }
      switch key {
      case "identifiers": interaction.identifiers = try Identifier.list(from: &reader)
      case "channel": interaction.channel = try reader.string()
      case "placement": interaction.placement = try reader.string()
      case "intent": interaction.intent = try reader.string()
      case "direction": interaction.direction = try reader.string()
      case "reason": interaction.reason = try reader.string()
      case "context": interaction.context = try NamedValues(from: &reader)
      case "actor": interaction.actor = try Identifier(from: &reader)
      case "id": id = try reader.string()
      case "time": time = try reader.string()
      case "budgetMs": budgetMs = try reader.int()
      default: break
      }
    }
  }
}

struct ResponsesDocument {
  struct Response {
    var proposition = ""
    var outcome = ""
    var rank: Int64?
    var reason: String?
    var placement: String?
    var id: String?
    var time: String?
  }

  var list = ""
  var channel: String?
  var identifiers: [Identifier] = []
  var responses: [Response] = []

  init(from reader: inout JSONReader, responsesMax: Int) throws(JSONError) {
    var hasResponses = false
    try reader.object { reader, key throws(JSONError) in
      if try reader.null() { return }
      switch key {
      case "list": list = try reader.string()
      case "channel": channel = try reader.string()
      case "identifiers": identifiers = try Identifier.list(from: &reader)
      case "responses":
        hasResponses = true
        try reader.array { reader throws(JSONError) in
          guard responses.count < responsesMax else { throw reader.fail("at most \(responsesMax) at a time") }
          responses.append(try Response(from: &reader))
        }
      default: break
      }
    }
    if list.isEmpty { throw reader.fail("is missing", member: "list") }
    if !hasResponses { throw reader.fail("is missing", member: "responses") }
  }
}

extension ResponsesDocument.Response {
  init(from reader: inout JSONReader) throws(JSONError) {
    try reader.object { reader, key throws(JSONError) in
      if try reader.null() { return }
      switch key {
      case "proposition": proposition = try reader.string()
      case "outcome": outcome = try reader.string()
      case "rank": rank = try reader.int()
      case "reason": reason = try reader.string()
      case "placement": placement = try reader.string()
      case "id": id = try reader.string()
      case "time": time = try reader.string()
      default: break
      }
    }
    if proposition.isEmpty { throw reader.fail("is missing", member: "proposition") }
    if outcome.isEmpty { throw reader.fail("is missing", member: "outcome") }
  }
}

extension Identifier {
  static func list(from reader: inout JSONReader) throws(JSONError) -> [Identifier] {
    var identifiers: [Identifier] = []
    try reader.array { reader throws(JSONError) in identifiers.append(try Identifier(from: &reader)) }
    return identifiers
  }
}
