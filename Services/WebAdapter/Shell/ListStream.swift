// A contact's lists as server-sent events: the current one at once, each new one as it comes, and a sign of life
// between them so that a connection that is gone is noticed.

import Contracts
import Hummingbird
import ServiceLifecycle

struct ListStream: Sendable {
  let lists: AsyncStream<NbaList>
  let contact: String
  let isFull: Bool
  /// What a client which comes back has seen.
  let seen: ListMark?
  let ids: IdMint
  var heartbeatSeconds = 15

  var response: Response {
    Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
      body: ResponseBody { writer in
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        try await writeAll(to: &writer)
        try await writer.finish(nil)
      })
  }

  private func writeAll(to writer: inout any ResponseBodyWriter) async throws {
    let (frames, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingNewest(4))
    // Two sources, one writer: the newest frames wait while a slow client takes its time.
    let source = Task {
      var seen = seen
      for await list in lists {
        let mark = ListMark(list, ids)
        if let seen, !mark.isNews(after: seen) { continue }
        continuation.yield(event(list, mark))
        seen = mark
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
  private func event(_ list: NbaList, _ mark: ListMark) -> [UInt8] {
    // A fallback of which nothing may be shown is none, as where the list is read.
    let shown = list.isFallback && list.items.isEmpty ? nil : list
    let document = ListDocument(contact: contact, list: shown, isFull: isFull)
    return Array("id: \(mark.text)\nevent: list\ndata: ".utf8) + document.json() + Array("\n\n".utf8)
  }
}

/// What of a contact's lists somebody has seen: the version, and which parts where it was not the whole list.
struct ListMark: Sendable, Equatable {
  let version: Int64
  let part: String?

  init(_ list: NbaList, _ ids: IdMint) {
    version = list.version
    let isWhole = ids.listing(list.id, contact: list.contact)?.itemsCount == list.items.count
    part = isWhole ? nil : Self.fingerprint(list.items.map(\.proposition))
  }

  private static func fingerprint(_ propositions: [String]) -> String {
    SHA256.hexadecimal(SHA256.hash(Array(propositions.joined(separator: "\n").utf8)).prefix(4))
  }

  /// As a client gives it back; nil: it is none of ours.
  init?(_ text: String) {
    let parts = text.split(separator: "-", maxSplits: 1)
    guard let version = parts.first.flatMap({ Int64($0) }) else { return nil }
    (self.version, part) = (version, parts.count == 2 ? String(parts[1]) : nil)
  }

  var text: String { part.map { "\(version)-\($0)" } ?? "\(version)" }

  /// A fallback has no version of its own that would say what was on it.
  func isNews(after seen: ListMark) -> Bool {
    version > seen.version || version == seen.version && (self != seen || version == 0)
  }
}
