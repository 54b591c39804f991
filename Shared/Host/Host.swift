// The way in: a main is one call to `Host.main`. It reads the settings, sets logging and metrics up, opens the log, runs
// the shell and ends the process with a code that says why: 0 clean, 1 bad settings, 2 fatal.

import Contracts
import CoreMetrics
import Foundation
import KafkaLog
import Logging
import MessageLog
import Streams
import Synchronization

package enum Host {
  package enum Exit: Int32, Sendable {
    case clean = 0
    case badSettings = 1
    case fatal = 2
  }

  /// How long a shutdown may take before it is ended the hard way: less than the ten seconds that orchestrators give.
  static let shutdownLimitSeconds = 9

  /// Runs one service as this process: `await Host.main(Shell(NbaScorer.self))`.
  package static func main(_ shell: Shell) async -> Never {
    let settings = settings(for: shell)
    let logger = bootstrap(label: shell.executable.rawValue, settings: settings)
    let code = await run([shell], settings: settings, logger: logger) {
      try brokerLog(settings, logger: logger)
    }
    exit(code)
  }

  /// The log on the brokers that the settings name, or on the embedded broker of this process. Doesn't wait for them.
  package static func brokerLog(
    _ settings: Settings, logger: Logger, embedded broker: EmbeddedBroker? = nil
  ) throws -> any MessageLog {
    var kafka = KafkaSettings(
      bootstrapServers: broker?.bootstrapServers ?? settings.text(.bootstrapServers),
      clientId: settings.text(.instance), properties: settings.kafka)
    kafka.log = { level, facility, message in
      let urgency: Logger.Level = level <= 3 ? .error : level == 4 ? .warning : .debug
      logger.log(level: urgency, "\(message)", metadata: ["librdkafka": "\(facility)"])
    }
    var log: any MessageLog = try kafkaLog(kafka, broker)
    let prefix = settings.text(.topicPrefix)
    if !prefix.isEmpty { log = PrefixedLog(log, prefix: prefix) }
    let fault = settings.text(.faultAt)
    if fault.isEmpty { return log }
    guard let point = FaultPoint(fault) else {
      throw SettingsError([
        "fault-at takes <kill|freeze> <before|after> <write|commit> <topic> <how many>, not \"\(fault)\""
      ])
    }
    return FaultyLog(log, at: point)
  }

  /// A topic that is there where one process has all partitions of every processor, without a group that others could
  /// join: `trias run` on its own broker. What a second owner took over there would be taken from the first.
  package static let oneProcessMark = TopicPlan(name: "trias.one-process", partitions: 1, cleanup: .keep)

  /// Throws where a processor that joined its group would be such a second owner.
  package static func requireRoom(_ log: any MessageLog, _ settings: Settings) throws {
    // Only an embedded broker has it, and others needn't be willing to say so.
    guard log.forgets, try log.partitionCount(of: oneProcessMark.name) != nil else { return }
    let place = settings.place(of: .bootstrapServers).map { "\($0): " } ?? ""
    throw SettingsError([
      "\(place)\(settings.text(.bootstrapServers)) is the broker of a `trias run`, which runs every processor itself: "
        + "another beside it would take its customers from it. For a suite of your own unset KAFKA_BOOTSTRAP_SERVERS (or "
        + "open another terminal); for several processes on one broker there is `trias broker`, or a Kafka"
    ])
  }

  private static func kafkaLog(_ settings: KafkaSettings, _ broker: EmbeddedBroker?) throws -> KafkaLog {
    do {
      return try KafkaLog(settings, broker: broker)
    } catch {
      // Nothing has been asked of a broker yet: what fails here is a property that librdkafka doesn't take.
      throw SettingsError(["kafka: \(error); librdkafka's CONFIGURATION.md says what each takes"])
    }
  }

  /// The settings from this process's arguments and environment; ends the process where they are wrong, or where help
  /// was asked for.
  package static func settings(
    for shell: Shell, arguments: [String] = Array(CommandLine.arguments.dropFirst())
  ) -> Settings {
    settings(executable: shell.executable, declared: shell.settings, arguments: arguments)
  }

  package static func settings(executable: Executable, declared: [Setting], arguments: [String]) -> Settings {
    let resolver = SettingsResolver(
      executable: executable.rawValue, declared: Setting.common + declared,
      otherExecutables: Set(Executable.allCases.map(\.rawValue)), suite: SuiteSetting.all)
    do {
      switch try resolver.resolve(arguments: arguments, environment: ProcessInfo.processInfo.environment) {
      case .help(let text):
        print(text)
        exit(Exit.clean.rawValue)
      case .settings(let settings): return settings
      }
    } catch {
      badSettings(executable.rawValue, "\(error)")
    }
  }

  static func badSettings(_ executable: String, _ problems: String) -> Never {
    for problem in problems.split(separator: "\n") {
      FileHandle.standardError.write(Data("\(executable): \(problem)\n".utf8))
    }
    exit(Exit.badSettings.rawValue)
  }

  /// Logging and metrics of the process; once.
  package static func bootstrap(label: String, settings: Settings) -> Logger {
    let level = Logger.Level(rawValue: settings.text(.logLevel)) ?? .info
    let format = LogFormat(rawValue: settings.text(.logFormat)) ?? .auto
    LoggingSystem.bootstrap { _ in LineLogHandler(label: label, level: level, format: format) }
    MetricsSystem.bootstrap(RegistryMetricsFactory(processMetrics))
    return Logger(label: label)
  }

  /// What libraries report to swift-metrics is exposed with our own.
  package static let processMetrics = MetricsRegistry()

  /// Runs shells until SIGTERM or SIGINT, or until one fails; says how it went.
  package static func run(
    _ shells: [Shell], settings: Settings, logger: Logger, assignment: RuntimeSettings.Assignment = .group,
    openLog: () throws -> any MessageLog
  ) async -> Int32 {
    if settings.text(.secret) == Setting.developmentSecret {
      logger.warning(
        "THE SECRET IS THE ONE FOR DEVELOPMENT, which everybody knows: set TRIAS_SECRET or TRIAS_SECRET_FILE")
    }
    let app: HostApp
    let log: any MessageLog
    do {
      log = try openLog()
      app = try HostApp(
        shells, settings: settings, log: log, logger: logger, metrics: processMetrics, assignment: assignment,
        onSignals: true)
    } catch let error as SettingsError {
      for problem in error.problems { logger.critical("bad setting", metadata: ["problem": "\(problem)"]) }
      return Exit.badSettings.rawValue
    } catch {
      logger.critical("can't start", metadata: ["error": "\(error)"])
      return Exit.fatal.rawValue
    }
    app.health.onDrain { endTheHardWay(after: shutdownLimitSeconds, log, logger) }
    do {
      try await app.run()
      return Exit.clean.rawValue
    } catch let error as SettingsError {
      for problem in error.problems { logger.critical("bad setting", metadata: ["problem": "\(problem)"]) }
      return Exit.badSettings.rawValue
    } catch {
      logger.critical("fatal", metadata: ["error": "\(error)"])
      return Exit.fatal.rawValue
    }
  }

  /// Whatever hangs in a shutdown, an orchestrator gets an answer in time. Where it is the broker that hangs, nothing is
  /// wrong here: a successor finds in the log what was under way and finishes it.
  private static func endTheHardWay(after seconds: Int, _ log: any MessageLog, _ logger: Logger) {
    let answers = Mutex(false)
    let asking = Thread {
      Thread.sleep(forTimeInterval: Double(seconds) / 4)
      guard (try? log.partitionCount(of: Topics.channelInteractions.name)) != nil else { return }
      answers.withLock { $0 = true }
    }
    let waiting = Thread {
      Thread.sleep(forTimeInterval: Double(seconds))
      if answers.withLock({ $0 }) {
        logger.critical("still not stopped; giving up", metadata: ["seconds": "\(seconds)"])
        _exit(Exit.fatal.rawValue)
      }
      logger.warning("stopped without the broker, which doesn't answer; a successor finishes what was under way")
      _exit(Exit.clean.rawValue)
    }
    asking.start()
    waiting.start()
  }
}
