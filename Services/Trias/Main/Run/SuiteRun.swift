import CatalogAuthoring
import Contracts
import Foundation
import Host
import KafkaLog
import LeadManager
import Logging
import MessageLog
import NbaScorer
import NbaScorerCore
import Operations
import ProfileAggregator
import ProfileReads
import WebAdapter
import Workbench

/// All services as one process: the very shells that run alone elsewhere, on one log and one HTTP port. Without a broker
/// in the settings it brings the embedded one.
enum SuiteRun {
  static let catalog = Setting(
    "catalog", default: "", defaultText: "\(demoCatalog) where that is there",
    help: "the catalogue that is applied at the start, when none has been applied yet")
  static let replay = Setting(
    "replay", .list, default: "",
    help: "data sets to replay once it runs: files named after their data set, or dataset=FILE")

  /// What nobody has set is set for a demonstration on one machine.
  private static let demonstration: [(Setting, String)] = [
    (WebAdapter.demoShop, "true"), (.logLevel, "warning"), (.commitIntervalMs, "200"),
  ]

  private static let shells = [
    ProfileAggregator.shell, Shell(NbaScorer.self), Shell(LeadManager.self), WebAdapter.shell,
    Workbench.shell(explain: explainForScreens),
  ]

  static func main(_ arguments: [String]) async -> Int32 {
    // Until the host hears signals itself there is nothing to finish.
    let early = Interruption([SIGTERM, SIGINT]) { exit(Host.Exit.clean.rawValue) }
    var settings = Host.settings(
      executable: .trias, declared: declared, arguments: arguments)
    for (setting, value) in demonstration where settings.source(setting) == .default {
      settings = settings.with(setting, value)
    }
    if settings.text(.staffToken).isEmpty { settings = settings.with(.staffToken, randomToken()) }
    // Whoever approves a draft is another than who wrote it: so there are two.
    var people: [(name: String, token: String)] = []
    if settings.list(.staffTokens).isEmpty {
      people = ["ann", "ben"].map { ($0, randomToken()) }
      settings = settings.with(.staffTokens, people.map { "\($0.name)=\($0.token)" }.joined(separator: ","))
    }
    let logger = Host.bootstrap(label: "trias", settings: settings)
    do {
      // What is wrong with what it was given is said before anything is started.
      let replays = try Replays(settings.list(replay))
      let toApply = try catalogText(settings)
      let isEmbedded = settings.source(.bootstrapServers) == .default
      if isEmbedded, settings.source(.partitions) == .default { settings = settings.with(.partitions, "4") }
      let plans = TopicCheck.plans(partitions: settings.integer(.partitions))
      let prefix = settings.text(.topicPrefix)
      let broker =
        isEmbedded ? try EmbeddedBroker(topics: (plans + [Host.oneProcessMark]).map { $0.prefixed(prefix) }) : nil
      let log = try Host.brokerLog(settings, logger: logger, embedded: broker)
      if !isEmbedded { try Host.requireRoom(log, settings) }
      for small in isEmbedded ? [] : try log.createTopics(plans) {
        logger.warning(
          "the broker refused the largest records on a topic: `trias topics check` says what it takes",
          metadata: ["topic": "\(small.name)", "reason": "\(small.reason)"])
      }
      let catalog = try apply(toApply, log)
      let demo = Demonstration(
        settings: settings, broker: broker, catalog: catalog, replays: replays, people: people)
      let run = settings
      early.cancel()
      return await Host.run(
        shells + [demo.shell], settings: run, logger: logger, assignment: isEmbedded ? .all : .group
      ) { log }
    } catch let error as SettingsError {
      for problem in error.problems { logger.critical("bad setting", metadata: ["problem": "\(problem)"]) }
      return Host.Exit.badSettings.rawValue
    } catch LogError.unavailable(let why) {
      logger.critical("can't start", metadata: ["error": "\(LogError.unavailable(why)); \(settings.brokers)"])
      return Host.Exit.fatal.rawValue
    } catch {
      logger.critical("can't start", metadata: ["error": "\(error)"])
      return Host.Exit.fatal.rawValue
    }
  }

  /// Settings that several services share are declared once.
  static var declared: [Setting] {
    var names: Set<String> = []
    return (shells.flatMap(\.settings) + [catalog, replay]).filter { names.insert($0.name).inserted }
  }

  private static func randomToken() -> String {
    (0..<16).map { _ in String(UInt8.random(in: 0...255), radix: 16).leftPadded(to: 2) }.joined()
  }

  /// The catalogue to apply where none has been applied yet, and where it is from; nil where there is none.
  private static func catalogText(_ settings: Settings) throws -> (path: String, text: String)? {
    let named = settings.text(catalog)
    let path = named.isEmpty ? demoCatalog : named
    guard FileManager.default.fileExists(atPath: path) else {
      guard named.isEmpty else { throw SettingsError(["catalog: there is no file \(named)"]) }
      return nil
    }
    let text = try CatalogCommand.text(of: path)
    do { _ = try CatalogFile.read(text: text) } catch { throw mistakes(error, path) }
    return (path, text)
  }

  private static func mistakes(_ mistakes: CatalogMistakes, _ path: String) -> SettingsError {
    SettingsError(
      mistakes.mistakes.map { "\(path):\($0.line): \($0.place.isEmpty ? "" : "\($0.place): ")\($0.reason)" })
  }

  /// Returns the version that is in force, nil where there is none.
  private static func apply(_ file: (path: String, text: String)?, _ log: any MessageLog) throws -> String? {
    let topic = CatalogTopic(log: log)
    if let current = try topic.current() { return current.version }
    guard let file else { return nil }
    do {
      return try topic.apply(file.text).catalog.version
    } catch let error as CatalogMistakes {
      throw mistakes(error, file.path)
    }
  }

  static let demoCatalog = "deploy/demo/catalog.yaml"
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String { String(repeating: "0", count: max(0, width - count)) + self }
}
