import Foundation
import Host
import Replay
import WebAdapter

/// What `trias run` says once it runs: where everything is, and how to take part from another terminal.
struct Banner {
  let settings: Settings
  /// Where it listens, also where the settings left that open.
  let httpPort: Int
  let opsPort: Int
  /// The embedded broker's address; nil where the settings name another.
  let embeddedBroker: String?
  let catalog: String?
  /// The folder of this executable, and with it of the others.
  let executables: String?
  let replays: [Dataset]
  /// What this instance has of each group of which others have the rest, in words.
  var shares: [String] = []
  /// Who was given a token for this run: those of the settings are nobody's to show.
  var people: [(name: String, token: String)] = []

  var text: String {
    let address = "http://localhost:\(httpPort)"
    let token = Self.inAddress(settings.text(.staffToken))
    var lines = [
      "", "Trias runs.", "",
      "  live page    \(address)/?token=\(token)",
      settings.boolean(WebAdapter.demoShop) ? "  demo shop    \(address)/shop" : nil,
      "  API          \(address)/openapi.json",
      "  operations   http://localhost:\(opsPort)/readyz and /metrics",
      "  Kafka        \(servers)\(embeddedBroker == nil ? "" : " (embedded)")",
      "  catalogue    \(catalog ?? noCatalog)",
    ].compactMap(\.self)
    if !people.isEmpty {
      lines.append("  drafts       one writes what another approves:")
      lines += people.map { "               \(address)/catalog/drafts?token=\(Self.inAddress($0.token)) as \($0.name)" }
    }
    if !replays.isEmpty {
      let names = replays.map(\.rawValue).joined(separator: ", then ")
      lines += [
        "  replay       \(names): real customers of the past, a few at a time, so that visitors needn't wait;",
        "               they pass at the foot of the live page, and what they buy is on \(address)/leads",
      ]
    }
    if !shares.isEmpty {
      lines += [
        "",
        "Other instances are members of the same groups at that broker, and have a part of the customers:",
      ]
      lines += shares.map { "  \($0)" }
      lines.append("If that isn't meant, end them, or give this one topics of its own: --topic-prefix NAME.")
    }
    lines += ["", "For commands in another terminal:", "", "  export \(exports)", ""]
    if embeddedBroker != nil {
      lines += [
        "The embedded broker keeps everything in memory, 5 MiB a partition, and forgets the oldest without a word:",
        "for trying things out. Set KAFKA_BOOTSTRAP_SERVERS for a broker that keeps.", "",
      ]
    }
    return lines.joined(separator: "\n")
  }

  private static func inAddress(_ token: String) -> String {
    let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
    return token.addingPercentEncoding(withAllowedCharacters: plain) ?? token
  }

  private var noCatalog: String {
    "none, so nothing is offered: there is no \(SuiteRun.demoCatalog) in this directory; "
      + "start with --catalog FILE, or trias catalog apply FILE"
  }

  private var servers: String { embeddedBroker ?? settings.text(.bootstrapServers) }

  /// What a shell needs so that `trias …` means this suite.
  private var exports: String {
    var exports = ["KAFKA_BOOTSTRAP_SERVERS=\(servers)", "TRIAS_PARTITIONS=\(settings.integer(.partitions))"]
    let prefix = settings.text(.topicPrefix)
    if !prefix.isEmpty { exports.append("TRIAS_TOPIC_PREFIX=\(prefix)") }
    if let executables { exports.append("PATH=\"\(executables):$PATH\"") }
    return exports.joined(separator: " ")
  }
}
