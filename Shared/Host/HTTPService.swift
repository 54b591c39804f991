// An HTTP server as one service of the process's group, with what all our servers have: problem documents, metrics, and
// a port that can be asked for once it listens.

import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Where a server listens; known once it does, which matters where it was told to take any port.
package final class BoundPort: Sendable {
  private let state = Mutex<(port: Int?, waiting: [CheckedContinuation<Int, Never>])>((nil, []))

  package init() {}

  package var port: Int? { state.withLock { $0.port } }

  func listening(on port: Int) {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      state.port = port
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: port) }
  }

  package func value() async -> Int {
    await withCheckedContinuation { continuation in
      let port = state.withLock { state in
        if state.port == nil { state.waiting.append(continuation) }
        return state.port
      }
      if let port { continuation.resume(returning: port) }
    }
  }
}

struct HTTPService: Service, CustomStringConvertible {
  let description: String
  let responder: RouterResponder<HTTPContext>
  let host: String
  let port: Int
  /// Which setting says the port: what can't be had is named with what to change.
  let setting: Setting
  let bound: BoundPort
  let logger: Logger
  var limits = ConnectionLimits()

  func run() async throws {
    let limits = limits
    // Requests are logged by those who serve them; the server's own word is wanted when it fails.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let app = Application(
      responder: responder,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [ConnectionGuard(limits)],
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: limits.headerBytesMax, maxHeaderListSize: limits.headerBytesMax))),
      configuration: .init(address: .hostname(host, port: port), serverName: nil),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? port
        logger.info("listening", metadata: ["on": "\(host):\(port)", "what": "\(description)"])
        bound.listening(on: port)
      },
      logger: quiet)
    do {
      try await app.run()
    } catch let error as IOError {
      throw PortError(port: port, host: host, setting: setting, errno: error.errnoCode)
    } catch  where error is SocketAddressError || error is SocketAddressError.UnknownHost {
      throw SettingsError([
        "http-host: there is no host \(host), so nothing can listen there; --\(Setting.httpHost.name) or "
          + "\(Setting.httpHost.variable) takes an address of this machine, 0.0.0.0 for all there are"
      ])
    }
  }
}

/// A port that can't be listened on, and what to do about it.
struct PortError: Error, CustomStringConvertible {
  let port: Int
  let host: String
  let setting: Setting
  let errno: Int32

  var description: String {
    let why: String
    switch errno {
    case EADDRINUSE: why = "another process has it"
    case EACCES: why = "this user may not: below 1024 it takes rights"
    case EADDRNOTAVAIL, EAFNOSUPPORT:
      let host = Setting.httpHost
      return "can't listen on \(self.host): it is no address of this machine. Another one: --\(host.name) or "
        + "\(host.variable); 0.0.0.0 is all there are"
    default: why = "\(String(cString: strerror(errno)))"
    }
    return "can't listen on port \(port) of \(host): \(why). Another one: --\(setting.name) or \(setting.variable)"
  }
}

/// Counts and times requests by route, which has few values, never by path.
struct HTTPMetricsMiddleware<Context: RequestContext>: RouterMiddleware {
  let registry: MetricsRegistry

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let response = try await next(request, context)
    let elapsed = (ContinuousClock.now - start).components
    let ms = Double(elapsed.seconds) * 1e3 + Double(elapsed.attoseconds) / 1e15
    let route = context.endpointPath ?? "none"
    let method = request.method.rawValue
    let labels = [("method", method), ("route", route), ("status", "\(response.status.code)")]
    registry.count("trias_http_requests_total", labels: labels)
    registry.observe("trias_http_request_ms", ms: ms, labels: [("method", method), ("route", route)])
    return response
  }
}

/// A router with what every server of ours has.
package func makeRouter(metrics: MetricsRegistry) -> HTTPRouter {
  let router = HTTPRouter(options: .autoGenerateHeadEndpoints)
  router.add(middleware: HTTPMetricsMiddleware(registry: metrics))
  router.add(middleware: ProblemMiddleware())
  return router
}
