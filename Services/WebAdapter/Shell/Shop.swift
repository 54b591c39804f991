// The demo shop: a small retail bank's web site that is a client of the API like any other.

import AdapterSDK
import Contracts
import Host
import Hummingbird

struct Shop: Sendable {
  static let sourceName = "shop"
  let files: StaticFiles
  let source: Source

  func add(to router: HTTPRouter) {
    let shop = router.group("shop")
    shop.get("") { _, _ in try files.response("index.html") }
    shop.get("config.json") { _, _ in
      jsonResponse(.ok, Array("{\"sourceKey\":\(JSONText.quoted(source.key))}".utf8))
    }
    shop.get(":name") { _, context in
      let name = try context.parameters.require("name")
      // The site's pages are one document that its script fills: a page's address is good for reloading and sharing.
      return try files.response(name.contains(".") ? name : "index.html")
    }
  }
}
