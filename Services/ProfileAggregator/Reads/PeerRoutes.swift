// What instances answer each other: the state under a key, by the table of its owner and nobody else. Who asks here asks
// no further, so a question makes one hop at most.

import Contracts
import Foundation
import Host
import Hummingbird
import NIOCore
import Streams

struct PeerRoutes: Sendable {
  static let versionHeader = "X-Trias-Version"
  static let unheardHeader = "X-Trias-Unheard-Ms"

  let tables: [TableReads]
  let seal: PeerSeal

  /// Where the state is asked for.
  static func path(_ table: String, _ key: String) -> String {
    let key = key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    return "/peer/v1/tables/\(table)?key=\(key)"
  }

  func addRoutes(to router: HTTPRouter) {
    router.get("peer/v1/tables/:table") { request, context in
      let name = context.parameters.get("table") ?? ""
      guard let key = request.uri.queryParameters["key"].map(String.init) else {
        throw Problem.malformed("takes a key", field: "key")
      }
      guard seal.admits(request.headers[.init(PeerSeal.header)!], name, key) else {
        throw Problem.unauthorized("only instances of this deployment are answered here", field: PeerSeal.header)
      }
      guard let table = tables.first(where: { $0.name == name }) else {
        throw Problem.notFound("there is no table \(name)", field: "table")
      }
      guard let sight = table.look(key) else {
        throw Problem(421, "not-owner", "Not the owner", detail: "this instance doesn't own the key's partition")
      }
      var response = Response(
        status: .noContent,
        headers: [
          .cacheControl: "no-store", .init(Self.versionHeader)!: String(table.version),
          .init(Self.unheardHeader)!: String(sight.unheardMs),
        ])
      guard let value = sight.value else { return response }
      response.status = .ok
      response.headers[.contentType] = "application/json"
      response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: value))
      return response
    }
  }
}
