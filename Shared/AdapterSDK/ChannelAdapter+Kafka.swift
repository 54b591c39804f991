import Contracts
import KafkaLog

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

// How an adapter that lives outside of this package comes to its brokers.

/// Where the brokers are, and how they want to be spoken to.
public struct KafkaConnection: Sendable {
  /// `host:port`, several separated by commas.
  public var bootstrapServers: String
  /// librdkafka's own properties: `security.protocol`, `sasl.username`, `ssl.ca.location` and so on.
  public var properties: [String: String]

  public init(bootstrapServers: String, properties: [String: String] = [:]) {
    self.bootstrapServers = bootstrapServers
    self.properties = properties
  }
}

/// A property that librdkafka doesn't know, or a value that it doesn't take.
public struct KafkaConnectionError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension ChannelAdapter {
  /// Doesn't wait for the brokers: `run` does, and `readiness` says how far it has come.
  public convenience init(
    settings: AdapterSettings, kafka: KafkaConnection, report: AdapterReport = AdapterReport()
  ) throws(KafkaConnectionError) {
    let log: KafkaLog
    do {
      log = try KafkaLog(
        KafkaSettings(
          bootstrapServers: kafka.bootstrapServers, clientId: settings.instance, properties: kafka.properties))
    } catch {
      throw KafkaConnectionError(description: error.description)
    }
    self.init(settings: settings, log: log, report: report) { Int64(Date().timeIntervalSince1970 * 1_000) }
  }
}
