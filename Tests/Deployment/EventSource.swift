import Foundation
import Synchronization

/// Server-sent events over a plain socket: what a browser's EventSource would get. Reads until told to stop.
package final class EventSource: Sendable {
  package struct Failure: Error {}

  private let descriptor: Int32
  private let received = Mutex<(text: String, isOver: Bool)>(("", false))

  package init(port: Int, path: String, headers: String = "") throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n".utf8)
    guard connected == 0, write(descriptor, request, request.count) == request.count else { throw Failure() }
    let source = descriptor
    Thread { [self] in
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(source, &buffer, buffer.count)
        if count <= 0 { break }
        received.withLock { $0.text += String(decoding: buffer.prefix(count), as: UTF8.self) }
      }
      received.withLock { $0.isOver = true }
    }.start()
  }

  package var text: String { received.withLock { $0.text } }
  package var isOver: Bool { received.withLock { $0.isOver } }
  package func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// The documents that came, each with its id.
  package var documents: [(id: String, document: [String: Any])] {
    let lines = text.split(whereSeparator: \.isNewline)
    return lines.indices.dropLast(2).compactMap { index in
      guard lines[index].hasPrefix("id: "), lines[index + 2].hasPrefix("data: "),
        let value = try? JSONSerialization.jsonObject(with: Data(lines[index + 2].dropFirst(6).utf8)),
        let document = value as? [String: Any]
      else { return nil }
      return (String(lines[index].dropFirst(4)), document)
    }
  }

  /// What is on the last list, by rank; nil: none came yet, or there was nothing to show.
  package var items: [String]? {
    let list = documents.last?.document["list"] as? [String: Any]
    return (list?["items"] as? [[String: Any]])?.compactMap { $0["proposition"] as? String }
  }
}
