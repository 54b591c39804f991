// How one instance asks another of the same service over HTTP. Not a client for anything else: one GET on a connection of
// its own, plain HTTP, bounded in time and size.

import NIOCore
import NIOHTTP1
import NIOPosix

package struct PeerAnswer: Sendable {
  package var status: Int
  package var body: [UInt8]
  private let headers: HTTPHeaders

  init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package func header(_ name: String) -> String? { headers.first(name: name) }
}

package enum PeerError: Error, Sendable, Equatable {
  case noAddress(String)
  case tooLate
  case tooLarge
  case brokenOff(String)
}

package struct PeerClient: Sendable {
  package var timeoutMs: Int64
  package var bodyBytesMax: Int

  package init(timeoutMs: Int64 = 2_000, bodyBytesMax: Int = 4_000_000) {
    self.timeoutMs = timeoutMs
    self.bodyBytesMax = bodyBytesMax
  }

  /// Host and port of `http://host:port`; nil for anything else.
  package static func place(_ address: String) -> (host: String, port: Int)? {
    guard let match = address.wholeMatch(of: /http:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})\/?/),
      let port = Int(match.2), (1...65_535).contains(port)
    else { return nil }
    return (match.1.trimmingBrackets, port)
  }

  package func get(
    _ address: String, _ path: String, headers: [(String, String)]
  ) async throws(PeerError) -> PeerAnswer {
    guard let (host, port) = Self.place(address) else { throw .noAddress(address) }
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let promise = loop.makePromise(of: PeerAnswer.self)
    let request = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: path,
      headers: HTTPHeaders([("host", "\(host):\(port)"), ("connection", "close")] + headers))
    let bytesMax = bodyBytesMax
    // Before anything else: finding a name's address can hang as well.
    let deadline = loop.scheduleTask(in: .milliseconds(timeoutMs)) { promise.fail(PeerError.tooLate) }
    let connecting = ClientBootstrap(group: loop).connectTimeout(.milliseconds(timeoutMs))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(PeerHandler(request, bytesMax: bytesMax, promise))
        }
      }
      .connect(host: host, port: port)
    connecting.whenFailure { promise.fail(PeerError.brokenOff("\($0)")) }
    // Whatever it came to, the connection has served its purpose.
    promise.futureResult.whenComplete { _ in
      deadline.cancel()
      connecting.whenSuccess { $0.close(promise: nil) }
    }
    do {
      return try await promise.futureResult.get()
    } catch let error as PeerError {
      throw error
    } catch {
      throw .brokenOff("\(error)")
    }
  }
}

private final class PeerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let request: HTTPRequestHead
  private let bytesMax: Int
  private let promise: EventLoopPromise<PeerAnswer>
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []

  init(_ request: HTTPRequestHead, bytesMax: Int, _ promise: EventLoopPromise<PeerAnswer>) {
    self.request = request
    self.bytesMax = bytesMax
    self.promise = promise
  }

  func channelActive(context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(.head(request)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(let part):
      body.append(contentsOf: part.readableBytesView)
      if body.count > bytesMax { promise.fail(PeerError.tooLarge) }
    case .end:
      guard let head else { return promise.fail(PeerError.brokenOff("an answer without a head")) }
      promise.succeed(PeerAnswer(status: Int(head.status.code), headers: head.headers, body: body))
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(PeerError.brokenOff("\(error)")) }

  func channelInactive(context: ChannelHandlerContext) {
    promise.fail(PeerError.brokenOff("the connection ended before the answer"))
    context.fireChannelInactive()
  }
}

extension Substring {
  fileprivate var trimmingBrackets: String { String(hasPrefix("[") ? dropFirst().dropLast() : self) }
}
