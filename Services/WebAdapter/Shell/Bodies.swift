// Requests' bodies: bounded, JSON, and read with the field named where they are wrong.

import AdapterSDK
import Contracts
import Host
import Hummingbird

struct Limits: Sendable {
  var bodyBytesMax: Int
  var bodyDepthMax: Int
  var batchEventsMax: Int

  func body(_ request: Request) async throws -> [UInt8] {
    let type = request.headers[.contentType]?.lowercased() ?? ""
    guard type.hasPrefix("application/json") || type.hasPrefix("application/cloudevents-batch+json") else {
      throw Problem(
        415, "unsupported-media-type", "The body's type isn't taken here", detail: "takes application/json",
        field: "Content-Type")
    }
    do {
      return Array(buffer: try await request.body.collect(upTo: bodyBytesMax))
    } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
      throw Problem.tooLarge("takes at most \(bodyBytesMax) bytes", field: "body")
    }
  }

  func read<Value>(
    _ bytes: [UInt8], _ body: (inout JSONReader) throws(JSONError) -> Value
  ) throws(Problem) -> Value {
    do {
      return try JSONReader.read(bytes, maxDepth: bodyDepthMax, body)
    } catch {
      throw .malformed("\(error.reason) (at byte \(error.offset))", field: error.path.isEmpty ? "body" : error.path)
    }
  }
}

extension Problem {
  /// - Parameter path: where in the body the event was: `events[3]`; nil where it is the body itself.
  init(_ refusal: Refusal, at path: String? = nil) {
    let within = [path, refusal.field].compactMap { $0 }.joined(separator: ".")
    let field = within.isEmpty ? "body" : within
    self = refusal.stage == "size" ? .tooLarge(refusal.reason, field: field) : .invalid(field, refusal.reason)
  }

  /// - Parameter events: those that were being published. Who didn't give them ids learns the ones that they were sent
  ///   under, since only under these a second sending counts once.
  init(_ error: AdapterError, _ events: [ChannelEvent]) {
    switch error {
    case .refused(let refusal): self.init(refusal)
    case .busy:
      self = .tooMany("more is on its way to the broker than it takes", retryAfterSeconds: 1)
      ids = events.map(\.envelope.id)
    case .unavailable(let why):
      self = .unavailable("\(why); sending again is harmless under these ids")
      ids = events.map(\.envelope.id)
    }
  }
}
