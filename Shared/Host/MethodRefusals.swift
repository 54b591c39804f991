// A path that exists, asked for with a method that it doesn't have: 405 and what it has, instead of pretending that
// nothing is there.

import Hummingbird

/// Call it when all routes are there.
func addMethodRefusals(to router: HTTPRouter) {
  var methods: [String: Set<String>] = [:]
  for route in router.routes { methods[route.path.description, default: []].insert(route.method.rawValue) }
  for (path, known) in methods {
    // HEAD is what GET says without saying it; it is made from it.
    let all = known.contains("GET") ? known.union(["HEAD"]) : known
    let allow = all.sorted().joined(separator: ", ")
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] where !all.contains(method) {
      router.on(RouterPath(path), method: .init(method)!) { request, _ -> Response in
        throw Problem.methodNotAllowed(
          "\(request.uri.path) takes \(allow), not \(request.method.rawValue)", allow: allow)
      }
    }
  }
}
