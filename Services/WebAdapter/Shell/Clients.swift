// Who causes a request, as the filter of traffic wants to know it. Behind a proxy every request comes from the proxy, so
// its word about the client is taken, and only the word of one that the deployment declares: anybody can send the header.

import AdapterSDK
import Contracts
import Host
import Hummingbird

extension HeaderName {
  static let forwardedFor = Self("X-Forwarded-For")!
  static let clientAddress = Self("X-Trias-Client-Address")!
  static let clientUserAgent = Self("X-Trias-Client-User-Agent")!
}

struct Clients: Sendable {
  let trustedProxies: [AddressRange]
  /// Those that the rules ask for, in small letters.
  let headers: Set<String>

  static func proxies(_ entries: [String]) throws(SettingsError) -> [AddressRange] {
    var ranges: [AddressRange] = []
    for (index, entry) in entries.enumerated() {
      do {
        ranges.append(try AddressRange(entry))
      } catch {
        throw SettingsError(["trusted-proxies: entry \(index + 1): \(error)"])
      }
    }
    return ranges
  }

  /// Of a browser's request the browser is the client; a server asks for somebody else and says himself for whom.
  func signs(_ request: Request, _ context: HTTPContext, _ source: Source) -> ClientSigns {
    var signs = ClientSigns()
    if source.isServer {
      signs.userAgent = request.headers[.clientUserAgent]
      signs.address = request.headers[.clientAddress].flatMap { IPAddress(Self.bare($0)) }
    } else {
      signs.userAgent = request.headers[.userAgent]
      signs.address = address(peer: context.peerAddress, forwardedFor: request.headers[values: .forwardedFor])
    }
    for name in headers {
      guard let header = HeaderName(name) else { continue }
      signs.headers[name] = request.headers[header]
    }
    return signs
  }

  /// Every proxy appends whom it was asked by. So from the end on each entry is as good as the one who wrote it, and the
  /// first that is no trusted proxy is the client; what stands before it he may have written himself.
  func address(peer: String?, forwardedFor: [String]) -> IPAddress? {
    guard var nearest = peer.flatMap({ IPAddress($0) }) else { return nil }
    let entries = forwardedFor.flatMap { $0.split(separator: ",") }
    for entry in entries.reversed() where isTrusted(nearest) {
      guard let before = IPAddress(Self.bare(String(entry))) else { return nil }
      nearest = before
    }
    return nearest
  }

  private func isTrusted(_ address: IPAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }

  /// Some proxies write the port too: `198.51.100.7:4711`, `[2001:db8::7]:4711`.
  private static func bare(_ entry: String) -> String {
    let text = entry.trimmingWhitespace
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      return String(text[text.index(after: text.startIndex)..<end])
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count == 2 ? String(parts[0]) : text
  }
}

extension String {
  fileprivate var trimmingWhitespace: String {
    String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
