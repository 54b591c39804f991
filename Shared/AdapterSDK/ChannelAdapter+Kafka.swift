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

  /// Checks an event as the topic's readers will, and gives it what every event of this adapter has: an id and a time
  /// where it has none, and where its contact's lists are awaited.
  ///
  /// - Parameter source: who vouches for it, such as `kiosk/berlin-7`; with the event's id it tells a repetition.
  public func check(
    _ event: IncomingEvent, source: String, channel: String
  ) throws(Refusal) -> ChannelEvent {
    try checks.check(
      event, source: source, channel: channel, replyTo: instance, nowMs: nowMs, newId: { ChannelAdapter.newId() })
  }
}
