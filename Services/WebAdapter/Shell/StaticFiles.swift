// Files that come with the adapter: the API's description and the demo shop. All are read at the start; nothing that a
// client asks for is ever a path on a disk.

import Contracts
import Foundation
import Host
import Hummingbird

struct StaticFiles: Sendable {
  struct File: Sendable {
    let type: String
    let bytes: [UInt8]
  }

  let files: [String: File]
  private let policy: String

  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml", "json": "application/json",
  ]

  /// The files of a folder of the module's resources, by name.
  init(folder: String, framedBy: [String] = []) throws {
    let root = Bundle.module.bundleURL.appendingPathComponent("Resources").appendingPathComponent(folder)
    var files: [String: File] = [:]
    for url in try FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil) {
      guard let type = Self.types[url.pathExtension] else { continue }
      files[url.lastPathComponent] = File(type: type, bytes: Array(try Data(contentsOf: url)))
    }
    self.files = files
    // Nothing from elsewhere, and nothing inline but styles.
    policy =
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors "
      + (["'self'"] + framedBy).joined(separator: " ")
  }

  private init(files: [String: File], policy: String) {
    self.files = files
    self.policy = policy
  }

  /// The API's description with the namespaces that this deployment has.
  func naming(_ namespaces: Namespaces) throws -> StaticFiles {
    guard namespaces != .standard, let file = files["openapi.json"],
      var document = try JSONSerialization.jsonObject(with: Data(file.bytes)) as? [String: Any],
      var components = document["components"] as? [String: Any],
      var schemas = components["schemas"] as? [String: Any],
      var identifier = schemas["Identifier"] as? [String: Any],
      var properties = identifier["properties"] as? [String: Any]
    else { return self }
    let names = namespaces.all.map(\.name)
    properties["namespace"] = [
      "type": "string", "description": names.joined(separator: ", ") + ".", "enum": names,
    ]
    identifier["properties"] = properties
    schemas["Identifier"] = identifier
    components["schemas"] = schemas
    document["components"] = components
    let bytes = try JSONSerialization.data(
      withJSONObject: document, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    var changed = files
    changed["openapi.json"] = File(type: file.type, bytes: Array(bytes))
    return StaticFiles(files: changed, policy: policy)
  }

  func response(_ name: String) throws(Problem) -> Response {
    guard let file = files[name] else { throw .notFound("there is no page \(name)") }
    return Response(
      status: .ok,
      headers: [
        .contentType: file.type, .cacheControl: "no-cache", .contentSecurityPolicy: policy,
        .xContentTypeOptions: "nosniff", .referrerPolicy: "same-origin",
      ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
  }
}
