import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Testing

@testable import Host

#if canImport(Glibc)
  import Glibc
  private let streamSocket = Int32(SOCK_STREAM.rawValue)
  private let withoutSignal = Int32(MSG_NOSIGNAL)
#elseif canImport(Darwin)
  import Darwin
  private let streamSocket = SOCK_STREAM
  private let withoutSignal: Int32 = 0
#endif

/// Clients that no HTTP library would be: on a bare socket, byte by byte.
struct ConnectionGuardTests {
  /// A server with those limits, while the body runs.
  func serve(_ change: (inout ConnectionLimits) -> Void = { _ in }, _ body: (Client) async throws -> Void) async throws
  {
    var limits = ConnectionLimits()
    change(&limits)
    let router = HTTPRouter()
    router.get("fine") { _, _ in "fine" }
    router.post("body") { request, _ in "\(try await request.body.collect(upTo: 1_000).readableBytes)" }
    let service = HTTPService(
      description: "test", responder: router.buildResponder(), host: "127.0.0.1", port: 0, setting: .httpPort,
      bound: BoundPort(),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, limits: limits)
    let running = Task { try await service.run() }
    try await body(Client(port: await service.bound.value()))
    running.cancel()
    _ = await running.result
  }

  struct Client: Sendable {
    let port: Int

    /// Sends the pieces, so many milliseconds apart, and gives back what came until the server closed.
    func talk(_ pieces: [String], everyMs: UInt32 = 0) async throws -> String {
      try await onThread {
        let connection = socket(AF_INET, streamSocket, 0)
        defer { close(connection) }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
          }
        }
        #expect(connected == 0)
        for piece in pieces {
          // The server may have had enough by now.
          guard send(connection, piece, piece.utf8.count, withoutSignal) > 0 else { break }
          usleep(everyMs * 1_000)
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
          let count = recv(connection, &buffer, buffer.count, 0)
          if count <= 0 {
            #expect(count == 0, "the server closes in good order")
            return String(decoding: answer, as: UTF8.self)
          }
          answer += buffer[..<count]
        }
      }
    }
  }

  static let refusal = "content-type: application/problem+json"
  /// A hundred pieces: ten seconds, were they not cut off.
  static let trickle = [String](repeating: "x", count: 100)

  @Test func whoTakesUpToARequestsLimitIsServed() async throws {
    try await serve { client in
      let answer = try await client.talk(
        ["GET /fi", "ne HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"], everyMs: 50)
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      #expect(answer.hasSuffix("fine"))
    }
  }

  @Test func aHeadThatTricklesIsCutOff() async throws {
    try await serve {
      $0.requestMs = 300
    } _: { client in
      let start = ContinuousClock.now
      let answer = try await client.talk(["GET /fine HTTP/1.1\r\nX-Long: "] + Self.trickle, everyMs: 100)
      #expect(answer.hasPrefix("HTTP/1.1 408 "))
      #expect(answer.lowercased().contains(Self.refusal))
      #expect(answer.contains(#""status":408"#))
      #expect(ContinuousClock.now - start < .seconds(9))
    }
  }

  @Test func aBodyThatTricklesIsCutOff() async throws {
    try await serve {
      $0.requestMs = 300
    } _: { client in
      let head = "POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n"
      let answer = try await client.talk([head] + Self.trickle, everyMs: 100)
      #expect(answer.hasPrefix("HTTP/1.1 408 "))
      #expect(answer.lowercased().contains(Self.refusal))
    }
  }

  /// Told to end, it doesn't wait for the rest of what one client has begun to send.
  @Test(.timeLimit(.minutes(1)))
  func aHalfSentRequestKeepsNoServerFromEnding() async throws {
    var limits = ConnectionLimits()
    (limits.requestMs, limits.requestOnShutdownMs) = (600_000, 200)
    let (asked, isAsked) = AsyncStream.makeStream(of: Void.self)
    let router = HTTPRouter()
    router.post("body") { request, _ in
      isAsked.finish()
      return "\(try await request.body.collect(upTo: 1_000).readableBytes)"
    }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let service = HTTPService(
      description: "test", responder: router.buildResponder(), host: "127.0.0.1", port: 0, setting: .httpPort,
      bound: BoundPort(), logger: logger, limits: limits)
    let group = ServiceGroup(configuration: .init(services: [service], logger: logger))
    let running = Task { try await group.run() }
    let client = Client(port: await service.bound.value())
    let answer = Task { try await client.talk(["POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\nhalf"]) }
    for await _ in asked {}
    await group.triggerGracefulShutdown()
    try await running.value
    #expect(try await answer.value.hasPrefix("HTTP/1.1 408 "))
  }

  @Test func whoSaysNothingIsLetGo() async throws {
    try await serve {
      $0.idleMs = 100
    } _: { client in
      #expect(try await client.talk([]) == "")
      let answer = try await client.talk(["GET /fine HTTP/1.1\r\nHost: h\r\n\r\n"])
      #expect(answer.hasSuffix("fine"), "and so is who says no more")
    }
  }

  @Test func headersThatAreTooLargeAreAProblemWithAName() async throws {
    try await serve { client in
      for head in ["GET /fine HTTP/1.1\r\nX-Long: ", "GET /"] {
        let answer = try await client.talk([head + String(repeating: "x", count: 100_000)])
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
        #expect(answer.lowercased().contains(Self.refusal))
        #expect(answer.contains("at most 32768 bytes"))
      }
    }
  }

  @Test(arguments: [
    "nonsense\r\n\r\n", "GET /fine HTTP/1.1\r\nBad Header: x\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
  ])
  func whatIsNoHTTPIsAProblemToo(_ text: String) async throws {
    try await serve { client in
      let answer = try await client.talk([text])
      #expect(answer.hasPrefix("HTTP/1.1 400 "))
      #expect(answer.lowercased().contains(Self.refusal))
    }
  }
}
