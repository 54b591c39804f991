// A contact's list as the API gives it out, and where it comes from.

import AdapterSDK
import Contracts
import Hummingbird

/// Where the list in an answer comes from.
enum ListSource: String {
  /// Decided for this customer.
  case live
  /// The catalogue's, the same for everybody: the decision took longer than one could wait.
  case fallback
  /// Neither is to be had.
  case none
}

struct ListDocument {
  let contact: String
  let list: NbaList?
  /// Values, probabilities and reasons are for staff and servers; a customer's browser gets what it shows.
  let isFull: Bool

  var source: ListSource {
    list.map { $0.isFallback ? .fallback : .live } ?? .none
  }

  /// - Parameters:
  ///   - token: only at the contact's start.
  ///   - filteredBy: the rule because of which nobody decides here; said to those who can do something about it.
  func json(token: String? = nil, filteredBy: String? = nil) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("contact", contact)
    if let token {
      writer.field("token", token)
      writer.field("stream", "/v1/contacts/\(contact)/list/stream")
    }
    writer.field("listSource", source.rawValue)
    if isFull { writer.field("filteredBy", filteredBy) }
    writer.key("list")
    if let list {
      if isFull { list.write(to: &writer) } else { Self.writePublic(list, to: &writer) }
    } else {
      writer.null()
    }
    writer.endObject()
    return writer.bytes
  }

  private static func writePublic(_ list: NbaList, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.field("id", list.id)
    writer.field("contact", list.contact)
    writer.field("version", list.version)
    writer.field("channel", list.channel)
    writer.field("placement", list.placement)
    writer.field("atMs", list.atMs)
    writer.field("isFallback", list.isFallback)
    writer.key("items")
    writer.beginArray()
    for item in list.items {
      writer.beginObject()
      writer.field("rank", item.rank)
      writer.field("proposition", item.proposition)
      writer.field("name", item.name)
      writer.field("issue", item.issue)
      writer.field("group", item.group)
      writer.field("kind", item.kind.rawValue)
      if let priceMinor = item.priceMinor {
        writer.field("priceMinor", priceMinor)
        writer.field("currency", item.currency)
      }
      writer.field("treatment", item.treatment)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}

func jsonResponse(_ status: HTTPResponse.Status, _ json: [UInt8], location: String? = nil) -> Response {
  var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
  if let location { headers[.location] = location }
  return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
}

/// So many events are at the broker, and so many were kept back by the filter.
func acceptedResponse(_ events: [ChannelEvent]) -> Response {
  let filtered = events.count { $0.filteredBy != nil }
  let rest = filtered == 0 ? "" : ",\"filtered\":\(filtered)"
  return jsonResponse(.accepted, Array("{\"accepted\":\(events.count - filtered)\(rest)}".utf8))
}
