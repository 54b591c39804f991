// The settings that every executable has.

import Contracts
import Foundation

extension Setting {
  /// Known to everybody who reads this file, hence the warning wherever it is in use.
  package static let developmentSecret = "trias-development-secret"

  package static let bootstrapServers = Setting(
    "bootstrap-servers", default: "localhost:9092", help: "Kafka brokers, host:port separated by commas",
    alsoEnvironment: ["KAFKA_BOOTSTRAP_SERVERS"], check: SettingChecks.brokers)
  package static let topicPrefix = Setting(
    "topic-prefix",
    help: "put before the name of every topic and group, so that several deployments can share a cluster",
    check: SettingChecks.topicPrefix)
  package static let partitions = Setting(
    "partitions", .integer(1...10_000), default: "12",
    help: "partitions of every keyed topic; the same for the whole deployment, for ever")
  package static let secret = Setting(
    "secret", default: developmentSecret, help: "the deployment's secret; profile ids and tokens are derived from it",
    secret: true, check: SettingChecks.notEmpty)
  package static let namespaces = Setting(
    "namespaces", .list, default: Namespaces.standard.text,
    help: "the identifiers there are: \(Namespaces.takes); the same for the whole deployment",
    check: { text in
      do throws(NamespacesError) {
        _ = try Namespaces(text: text)
        return nil
      } catch {
        return error.description
      }
    })
  package static let httpHost = Setting(
    "http-host", default: "0.0.0.0", help: "the address that HTTP listens on", check: SettingChecks.host)
  package static let httpPort = Setting(
    "http-port", .integer(0...65535), default: "8080", help: "the port of this service's own pages and API; 0: any")
  package static let opsPort = Setting(
    "ops-port", .integer(0...65535), default: "9400",
    help: "the port of /startupz, /livez, /readyz and /metrics; 0: any")
  package static let logLevel = Setting(
    "log-level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]), default: "info",
    help: "the least important messages that are logged")
  package static let logFormat = Setting(
    "log-format", .choice(["auto", "json", "text"]), default: "auto",
    help: "auto: text on a terminal, else one JSON object a line")
  package static let instance = Setting(
    "instance", default: defaultInstance, defaultText: "<host name>-<process id>",
    help: "this process's name, unique in the deployment", check: SettingChecks.notEmpty)
  package static let commitIntervalMs = Setting(
    "commit-interval-ms", .integer(10...60_000), default: "1000",
    help: "how often positions are committed; it never decides what is right, only how much is read again")

  /// With fewer than before a key forgets the oldest the next time that it is written; nothing else changes.
  package static let recentIdsMax = Setting(
    "recent-ids-max", .integer(1...10_000), default: "64",
    help: "how many events a key remembers of sources that don't number theirs; those sent again count once")
  package static let recentSourcesMax = Setting(
    "recent-sources-max", .integer(1...1_000), default: "8",
    help: "how many sources that number their events a key remembers")
  package static let tableVersions = Setting(
    "table-versions", .list,
    help: "the version that a processor writes its table in where that isn't the newest: lead-manager.leads=1",
    check: { text in
      TableVersions(text) == nil ? "takes <group>=<version> separated by commas, not \"\(text)\"" : nil
    })

  package static let faultAt = Setting(
    "fault-at",
    help: "only for tests of faults: `kill after write facet.state.v1 3` ends this process there as by SIGKILL")

  package static let common: [Setting] = [
    .bootstrapServers, .topicPrefix, .partitions, .secret, .namespaces, .httpHost, .httpPort, .opsPort, .logLevel,
    .logFormat, .instance, .commitIntervalMs, .recentIdsMax, .recentSourcesMax, .tableVersions, .faultAt,
  ]

  private static var defaultInstance: String {
    let host = ProcessInfo.processInfo.hostName.prefix { $0 != "." }
    return "\(host)-\(ProcessInfo.processInfo.processIdentifier)"
  }
}

/// `lead-manager.leads=1,nba-scorer.scorer=2`
struct TableVersions {
  var versions: [ConsumerGroup: Int] = [:]

  init?(_ text: String) {
    for item in text.split(separator: ",") {
      let parts = item.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, let group = ConsumerGroup(rawValue: parts[0].trimmingCharacters(in: .whitespaces)),
        let version = Int(parts[1].trimmingCharacters(in: .whitespaces)), version > 0
      else { return nil }
      versions[group] = version
    }
  }
}

extension Settings {
  /// The deployment's; checked when the settings were read.
  package var namespaces: Namespaces {
    source(.namespaces) == .default ? .standard : (try? Namespaces(text: text(.namespaces))) ?? .standard
  }
}

extension Setting {
  /// For the services that have pages or reads for staff; not common to all.
  package static let staffToken = Setting(
    "staff-token", help: "what staff show to see any customer's data; none: nobody can", secret: true)
  /// The nba-scorer's, for who rehearses what it would list.
  package static let listLength = Setting(
    "list-length", .integer(1...NbaList.itemsMax), default: "10", help: "how many items a list has at most")
  package static let staffTokens = Setting(
    "staff-tokens", .list,
    help: "the tokens of people who have their own, as name=token: who changes the catalogue needs one",
    secret: true, check: StaffTokens.mistake)
}
