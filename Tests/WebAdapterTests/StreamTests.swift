import Contracts
import Deployment
import Foundation
import Host
import TestKit
import Testing

@testable import WebAdapter

/// Server-sent events over a plain socket: what a browser's EventSource would get.
struct StreamTests {
  @Test func listsComeAsTheyChange() async throws {
    let world = try await World()
    let (contact, token, answer) = try await world.startContact()
    let source = try EventSource(port: world.port, path: "/v1/contacts/\(contact)/list/stream?token=\(token)")
    try await eventually { source.text.contains("id: 1\nevent: list\ndata: {\"contact\":\"\(contact)\"") }
    #expect(source.text.lowercased().contains("content-type: text/event-stream"))
    #expect(!source.text.contains("probability"))
    let list = try #require((try answer.json["list"] as? [String: Any])?["id"] as? String)
    let body = #"{"list":"\#(list)","responses":[{"proposition":"saver","outcome":"clicked"}]}"#
    _ = try await world.send(
      "POST", "/v1/contacts/\(contact)/responses", body, ["X-Trias-Contact-Token": token])
    try await eventually { source.text.contains("id: 2\nevent: list\n") }
    source.close()
    try await world.stop()
  }

  @Test func whoComesBackIsNotToldAgain() async throws {
    let world = try await World()
    let (contact, token, _) = try await world.startContact()
    let path = "/v1/contacts/\(contact)/list/stream?token=\(token)"
    let source = try EventSource(port: world.port, path: path, headers: "Last-Event-ID: 1\r\n")
    try await eventually { source.text.contains("retry: 2000") }
    let body = #"{"events":[{"type":"page.viewed","data":{\#(World.who),"contact":"\#(contact)","page":"/"}}]}"#
    #expect(try await world.send("POST", "/v1/events", body).status == 202)
    try await eventually { source.text.contains("id: 2\n") }
    #expect(!source.text.contains("id: 1\n"))
    source.close()
    try await world.stop()
  }

  @Test func aShutdownEndsOpenStreams() async throws {
    let world = try await World()
    let (contact, token, _) = try await world.startContact()
    let source = try EventSource(port: world.port, path: "/v1/contacts/\(contact)/list/stream?token=\(token)")
    try await eventually { source.text.contains("id: 1") }
    let start = ContinuousClock.now
    try await world.stop()
    #expect(ContinuousClock.now - start < .seconds(10))
    try await eventually { source.isOver }
  }

  @Test func aContactHasOnlySoManyStreams() async throws {
    let world = try await World()
    let (contact, token, _) = try await world.startContact()
    let path = "/v1/contacts/\(contact)/list/stream?token=\(token)"
    var sources: [EventSource] = []
    for _ in 0..<8 {
      let source = try EventSource(port: world.port, path: path)
      sources.append(source)
      // Which is the first is the adapter's to say: by when it has them, not by when they were opened.
      try await eventually { source.text.contains("id: 1") }
    }
    // Whoever opened the first may be long gone.
    sources.append(try EventSource(port: world.port, path: path))
    try await eventually { sources[8].text.contains("id: 1") }
    try await eventually { sources[0].text.hasSuffix("\r\n0\r\n\r\n") }
    #expect(sources.dropFirst().allSatisfy { !$0.text.hasSuffix("\r\n0\r\n\r\n") })
    for source in sources { source.close() }
    try await world.stop()
  }
}
