// A contact's lists as server-sent events: the current one at once, each new one as it comes, and a sign of life
// between them so that a connection that is gone is noticed.

import Contracts
import Hummingbird
import ServiceLifecycle

struct ListStream: Sendable {
  let lists: AsyncStream<NbaList>
  let contact: String
  let isFull: Bool
  /// The version that a client which comes back has seen.
  let seen: Int64?
  /// What there is to show before any list has come.
  let first: [UInt8]?
  var heartbeatSeconds = 15

  init(lists: AsyncStream<NbaList>, contact: String, isFull: Bool, seen: Int64?, first: ListDocument?) {
    self.lists = lists
    self.contact = contact
    self.isFull = isFull
    self.seen = seen
    self.first = first.map { Self.event($0, version: 0) }
  }

  var response: Response {
    Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
      body: ResponseBody { writer in
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        if let first { try await writer.write(ByteBuffer(bytes: first)) }
        try await writeAll(to: &writer)
        try await writer.finish(nil)
      })
  }

  private func writeAll(to writer: inout any ResponseBodyWriter) async throws {
    let (frames, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingNewest(4))
    // Two sources, one writer: the newest frames wait while a slow client takes its time.
    let source = Task {
      for await list in lists where list.version > (seen ?? -1) {
        continuation.yield(
          Self.event(ListDocument(contact: contact, list: list, isFull: isFull), version: list.version))
      }
      continuation.finish()
    }
    let heart = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(heartbeatSeconds))
        continuation.yield(Array(": here\n\n".utf8))
      }
    }
    defer {
      source.cancel()
      heart.cancel()
    }
    for await frame in frames.cancelOnGracefulShutdown() {
      try await writer.write(ByteBuffer(bytes: frame))
    }
  }

  /// JSON has no line breaks of its own, so one `data:` line holds it.
  private static func event(_ document: ListDocument, version: Int64) -> [UInt8] {
    Array("id: \(version)\nevent: list\ndata: ".utf8) + document.json() + Array("\n\n".utf8)
  }
}
