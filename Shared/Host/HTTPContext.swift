// What every request of ours brings along beside what the framework needs.

import Hummingbird

package struct HTTPContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Who is at the other end of the connection: the client, or the proxy that he comes through.
  package let peerAddress: String?

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    peerAddress = source.channel.remoteAddress?.ipAddress
  }
}

extension Router where Context == HTTPContext {
  package convenience init(options: RouterOptions = []) {
    self.init(context: HTTPContext.self, options: options)
  }
}
