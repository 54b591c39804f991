// How an instance knows that a question comes from another of its deployment: a keyed hash of the question under the
// deployment's secret, good for some minutes. So nobody's staff token is handed to an address that was read from a topic.

import Contracts
import Host

struct PeerSeal: Sendable {
  static let header = "X-Trias-Peer"
  /// Clocks differ.
  static let skewMsMax: Int64 = 5 * 60_000

  private let key: SHA256.Key
  private let clock: @Sendable () -> Int64

  init(secret: String, clock: @escaping @Sendable () -> Int64) {
    key = SHA256.Key(Array(secret.utf8))
    self.clock = clock
  }

  func sealed(_ table: String, _ key: String) -> String { sealed(table, key, atMs: clock()) }

  func admits(_ shown: String?, _ table: String, _ key: String) -> Bool {
    guard let shown, let atMs = shown.split(separator: ".").first.flatMap({ Int64($0) }),
      abs(clock() - atMs) <= Self.skewMsMax
    else { return false }
    return isSame(shown, sealed(table, key, atMs: atMs))
  }

  private func sealed(_ table: String, _ key: String, atMs: Int64) -> String {
    let code = SHA256.authenticationCode(self.key, Array("peer\u{1f}\(atMs)\u{1f}\(table)\u{1f}\(key)".utf8))
    let digits = Array("0123456789abcdef")
    return "\(atMs)." + String(code.prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
