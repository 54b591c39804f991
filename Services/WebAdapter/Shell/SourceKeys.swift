// Who may send events: sources with a key, the origins that their browsers come from, the namespaces that they may
// vouch for, and how much they may send. A key only lets one write; what is known of a customer needs more.

import Contracts
import Host
import Synchronization

struct Source: Sendable {
  let name: String
  let key: String
  /// Empty: a server's key, which no browser may show.
  let origins: [String]
  /// Empty: all.
  let namespaces: Set<String>
  let bucket: TokenBucket

  /// As the envelopes of its events name it.
  var eventSource: String { "web-adapter/\(name)" }

  var isServer: Bool { origins.isEmpty }

  func admits(origin: String) -> Bool {
    origins.contains("*") || origins.contains(origin.lowercased())
  }
}

/// So many a second, with a reserve for bursts.
final class TokenBucket: Sendable {
  private let perSecond: Double
  private let burst: Double
  private let state: Mutex<(tokens: Double, atMs: Int64)>

  init(perSecond: Double, burst: Double, nowMs: Int64) {
    self.perSecond = perSecond
    self.burst = burst
    state = Mutex((burst, nowMs))
  }

  /// nil where they were granted, else the seconds after which they would be.
  ///
  /// - Parameter taken: so many of them the same request has taken before.
  func take(_ tokens: Int, taken: Int = 0, nowMs: Int64) -> Int? {
    state.withLock { state in
      state.tokens = min(burst, state.tokens + Double(max(0, nowMs - state.atMs)) / 1000 * perSecond)
      // Not the later of the two: a clock that is set back would owe everybody until it has caught up.
      state.atMs = nowMs
      // A request larger than the whole reserve would never be granted: it takes all of it.
      let all = min(Double(tokens), burst)
      let wanted = max(0, all - Double(taken))
      if state.tokens >= wanted {
        state.tokens -= wanted
        return nil
      }
      return max(1, Int(((all - state.tokens) / perSecond).rounded(.up)))
    }
  }
}

struct SourceKeys: Sendable {
  let sources: [Source]

  static let takes = "name=key, name=key@origin|origin, or either with #namespace|namespace; several by commas"

  /// Reads the setting; the error says which entry is wrong without showing its key.
  init(
    _ entries: [String], namespaces known: Namespaces = .standard, perSecond: Double, burst: Double, nowMs: Int64
  ) throws(SettingsError) {
    var sources: [Source] = []
    for (index, entry) in entries.enumerated() {
      let named = entry.split(separator: "=", maxSplits: 1).map(String.init)
      let marked = named.last?.split(separator: "#", maxSplits: 1).map(String.init) ?? []
      let keyed = marked.first?.split(separator: "@", maxSplits: 1).map(String.init) ?? []
      guard named.count == 2, let key = keyed.first, key.utf8.count >= 8, !named[0].isEmpty else {
        throw SettingsError([
          "source-keys: entry \(index + 1): takes \(Self.takes), with keys of at least 8 characters"
        ])
      }
      guard !sources.contains(where: { $0.name == named[0] || $0.key == key }) else {
        throw SettingsError(["source-keys: entry \(index + 1): \(named[0]), or its key, is there twice"])
      }
      let origins = keyed.count == 2 ? keyed[1].split(separator: "|").map { $0.lowercased() } : []
      if let mistake = origins.lazy.compactMap(Setting.originMistake).first {
        throw SettingsError(["source-keys: entry \(index + 1): \(mistake)"])
      }
      let namespaces = marked.count == 2 ? Set(marked[1].split(separator: "|").map(String.init)) : []
      if let unknown = namespaces.sorted().first(where: { known[$0] == nil }) {
        throw SettingsError(["source-keys: entry \(index + 1): there is no namespace \(unknown)"])
      }
      sources.append(
        Source(
          name: named[0], key: key, origins: origins, namespaces: namespaces,
          bucket: TokenBucket(perSecond: perSecond, burst: burst, nowMs: nowMs)))
    }
    self.sources = sources
  }

  private init(sources: [Source]) {
    self.sources = sources
  }

  /// The same with one more, unless it is there.
  func with(_ source: Source?) -> SourceKeys {
    guard let source, !sources.contains(where: { $0.name == source.name }) else { return self }
    return SourceKeys(sources: sources + [source])
  }

  /// Every key is compared, in the same time each.
  func source(of key: String) -> Source? {
    var found: Source?
    for source in sources where isSame(source.key, key) { found = source }
    return found
  }
}
