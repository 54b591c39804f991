// Files that come with the adapter: the API's description and the demo shop. All are read at the start; nothing that a
// client asks for is ever a path on a disk.

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
