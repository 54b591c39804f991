// What stands before the routes on every connection: a request that can't be read is refused with a problem document as
// well, and one that doesn't come to its end in time doesn't hold its connection for ever.

import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Bounds of one connection.
struct ConnectionLimits: Sendable {
  /// From a request's first byte to its last.
  var requestMs: Int64 = 30_000
  /// Without any request. Longer than the load balancers' usual minute, so that they close first.
  var idleMs: Int64 = 90_000
  /// All header fields of a request, and each of them, with its name.
  var headerBytesMax = 32_768
  /// How long a client may take nothing of what is waiting for him. Less than a shutdown has, which waits for all answers
  /// under way; who follows lists comes back by himself.
  var stallMs: Int64 = 5_000
  /// Of the same, once the server is to end. Less than a shutdown has.
  var requestOnShutdownMs: Int64 = 2_000
  /// How long who is refused may take to read why.
  var lingerMs: Int64 = 2_000
}

final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limits: ConnectionLimits
  private var deadline: Scheduled<Void>?
  private var stall: Scheduled<Void>?
  /// A request's first byte has come, and its last has not.
  private var isReading = false
  /// Its head has come too.
  private var hasHead = false
  /// Requests whose head has come and whose response hasn't ended.
  private var unanswered = 0
  private var isResponding = false
  private var isRefused = false

  init(_ limits: ConnectionLimits) { self.limits = limits }

  // MARK: - Time

  func handlerAdded(context: ChannelHandlerContext) {
    // Before the decoder: a head that comes byte by byte is seen by its bytes alone.
    try? context.pipeline.syncOperations.addHandler(ByteWatch { self.takesBytes(context) }, position: .first)
    if context.channel.isActive { expect(limits.idleMs, context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    expect(limits.idleMs, context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    cancel()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { cancel() }

  private func cancel() {
    deadline?.cancel()
    stall?.cancel()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    stall?.cancel()
    if !context.channel.isWritable {
      stall = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(limits.stallMs)) {
        context.close(promise: nil)
      }
    }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Else a request whose rest never comes would keep everything behind this server from ending in order.
    if event is ChannelShouldQuiesceEvent, isReading, !isRefused { expect(limits.requestOnShutdownMs, context) }
    context.fireUserInboundEventTriggered(event)
  }

  private func expect(_ ms: Int64, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(ms)) { self.expired(context) }
  }

  private func expired(_ context: ChannelHandlerContext) {
    guard isReading, !isRefused else {
      context.close(promise: nil)
      return
    }
    refuse(
      Problem(
        408, "request-timeout", "The request takes too long",
        detail: "it must be here whole within \(limits.requestMs / 1_000) s"), context)
  }

  // MARK: - What comes and goes

  private func takesBytes(_ context: ChannelHandlerContext) -> Bool {
    if isRefused { return false }
    if !isReading {
      isReading = true
      expect(limits.requestMs, context)
    }
    return true
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      unanswered += 1
      hasHead = true
      // Several requests can come in one piece.
      if !isReading { expect(limits.requestMs, context) }
      isReading = true
    case .body: break
    case .end:
      isReading = false
      hasHead = false
      // A response takes as long as it takes.
      if unanswered > 0 { deadline?.cancel() } else { expect(limits.idleMs, context) }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isRefused else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(let head): isResponding = isResponding || head.status.kind != .informational
    case .body: break
    case .end:
      isResponding = false
      unanswered -= 1
      if unanswered == 0, !isReading { expect(limits.idleMs, context) }
    }
    context.write(data, promise: promise)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError, !isRefused else {
      context.fireErrorCaught(error)
      return
    }
    refuse(problem(error), context)
  }

  private func problem(_ error: HTTPParserError) -> Problem {
    if case .headerOverflow = error {
      return Problem(
        431, "headers-too-large", "The headers are too large",
        detail: "takes at most \(limits.headerBytesMax) bytes of address and headers")
    }
    return .malformed("this is no HTTP/1.1: \(error)")
  }

  // MARK: - Refusing

  /// Says why, where an answer would be this request's and no other's, and ends the connection.
  private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
    let isNext = unanswered == 0 && !hasHead || unanswered == 1 && hasHead
    guard isNext, !isResponding else {
      isRefused = true
      context.close(promise: nil)
      return
    }
    isRefused = true
    let body = ByteBuffer(string: problem.json)
    var head = HTTPResponse(status: .init(code: problem.status), headerFields: problem.response.headers)
    head.headerFields[.connection] = "close"
    head.headerFields[.contentLength] = String(body.readableBytes)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    // Closed at once, with bytes of his unread, the client would be told of a reset and never see the answer.
    context.close(mode: .output, promise: nil)
    expect(limits.lingerMs, context)
  }
}

/// Asks with every piece that comes whether it is still wanted.
private final class ByteWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let takes: () -> Bool

  init(_ takes: @escaping () -> Bool) { self.takes = takes }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if takes() { context.fireChannelRead(data) }
  }
}
