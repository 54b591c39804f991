import Contracts
import Foundation
import KafkaLog
import Logging
import MessageLog

// What an executable's `main` is, and the log that it is run on.

extension Host {
  /// What a service's executable does: reads its settings, connects to Kafka, runs, ends the process.
  package static func main(_ shell: Shell) async -> Never {
    let settings = settings(for: shell)
    let logger = bootstrap(label: shell.executable.rawValue, settings: settings)
    exit(
      await run([shell], settings: settings, logger: logger) {
        try kafkaLog(settings, clientId: shell.executable.rawValue, logger: logger)
      })
  }

  /// The log that the settings name.
  package static func kafkaLog(
    _ settings: Settings, clientId: String, logger: Logger, broker: EmbeddedBroker? = nil
  ) throws -> KafkaLog {
    try KafkaLog(
      KafkaSettings(
        bootstrapServers: broker?.bootstrapServers ?? settings.text(.bootstrapServers), clientId: clientId,
        properties: settings.kafka, embedded: broker == nil ? nil : true,
        log: { level, facility, message in
          logger.log(level: level <= 3 ? .error : .warning, "\(message)", metadata: ["librdkafka": "\(facility)"])
        }), broker: broker)
  }
}
