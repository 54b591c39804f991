// Events in batches: what customers did, as any source tells it.

import AdapterSDK
import Contracts
import Host
import Hummingbird

struct EventRoutes: Sendable {
  let adapter: ChannelAdapter
  let access: Access
  let clients: Clients
  let limits: Limits

  func add(to v1: RouterGroup<HTTPContext>) {
    v1.post("events") { request, context in try await send(request, context) }
  }

  /// All of a batch or none of it: one event that is wrong is named, and the others can be sent without it.
  private func send(_ request: Request, _ context: HTTPContext) async throws -> Response {
    let source = try access.source(request)
    try access.spend(1, source)
    let bytes = try await limits.body(request)
    let incoming: [IncomingEvent]
    do {
      incoming = try IncomingEvent.readBatch(
        bytes, eventsMax: limits.batchEventsMax, depthMax: limits.bodyDepthMax)
    } catch {
      throw Problem.malformed(error.reason, field: error.field ?? "body")
    }
    guard !incoming.isEmpty else { throw Problem.invalid("events", "at least one is needed") }
    try access.spend(incoming.count, taken: 1, source)
    let client = clients.signs(request, context, source)
    var events: [ChannelEvent] = []
    for (index, event) in incoming.enumerated() {
      let path = "events[\(index)]"
      do {
        let checked = try adapter.check(event, source: source.eventSource, channel: "web", client: client)
        try access.check(event.interaction.identifiers, source, at: "\(path).data.identifiers")
        events.append(checked)
      } catch let refusal as Refusal {
        throw Problem(refusal, at: path)
      }
    }
    do {
      try await adapter.publish(events)
    } catch {
      throw Problem(error, events)
    }
    return acceptedResponse(events)
  }
}
