import Contracts
import Foundation
import Host
import KafkaLog
import MessageLog
import Replay
import Streams
import Synchronization

/// What `trias run` does beside running: it says where everything is, and replays what it was asked to.
final class Demonstration: Sendable {
  private let settings: Settings
  private let broker: EmbeddedBroker?
  private let catalog: String?
  private let replays: Replays
  private let people: [(name: String, token: String)]
  private let stopping = Mutex<(isStopping: Bool, replay: Replay?)>((false, nil))

  init(
    settings: Settings, broker: EmbeddedBroker?, catalog: String?, replays: Replays,
    people: [(name: String, token: String)] = []
  ) {
    self.settings = settings
    self.broker = broker
    self.catalog = catalog
    self.replays = replays
    self.people = people
  }

  /// One more shell beside the services', so that it starts and stops with them.
  var shell: Shell {
    Shell(.trias) { context in
      Parts(topics: [], threads: [DemonstrationThread(demonstration: self, context: context)])
    }
  }

  func stop() {
    stopping.withLock { state in
      state.isStopping = true
      state.replay?.abandon()
    }
  }

  fileprivate func run(_ context: HostContext) {
    while !isStopping, !context.health.ready().ok { Thread.sleep(forTimeInterval: 0.05) }
    guard !isStopping else { return }
    announce(context)
    for (dataset, path) in replays.items where !isStopping { replay(dataset, path, context) }
    while !isStopping { Thread.sleep(forTimeInterval: 0.1) }
  }

  private var isStopping: Bool { stopping.withLock { $0.isStopping } }

  private func announce(_ context: HostContext) {
    let banner = Banner(
      settings: settings, httpPort: context.http.port ?? settings.integer(.httpPort),
      opsPort: context.ops.port ?? settings.integer(.opsPort), embeddedBroker: broker?.bootstrapServers,
      catalog: catalog,
      executables: Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent().path,
      replays: replays.items.map { $0.dataset }, shares: shares(context), people: people)
    print(banner.text)
    fflush(nil)
  }

  private func shares(_ context: HostContext) -> [String] {
    let details = Dictionary(context.health.ready().checks.map { ($0.name, $0.state.detail) }) { $1 }
    return Connection.groups(secret: settings.text(.secret)).compactMap { group in
      details[group.group.rawValue].flatMap { ProcessorRunner.isShare($0) ? "\(group.group.rawValue): \($0)" : nil }
    }
  }

  private func replay(_ dataset: Dataset, _ path: String, _ context: HostContext) {
    print("Replaying \(dataset.rawValue) from \(path)")
    do {
      let display = ReplayDisplay()
      var options = ReplayOptions(dataset: dataset, path: path)
      options.aheadMax = ReplayOptions.aheadBesideVisitors
      let replay = Replay(
        options, log: context.log, secret: settings.text(.secret),
        groups: Connection.groups(secret: settings.text(.secret)), report: { display.show($0) })
      defer { display.end() }
      let isStopping = stopping.withLock {
        $0.replay = replay
        return $0.isStopping
      }
      if isStopping { return }
      let result = try replay.run()
      display.end()
      if let result { print(result.table, terminator: "\n\n") }
    } catch {
      print("  the replay of \(path) failed: \(error)\n")
    }
    fflush(nil)
  }
}

private struct DemonstrationThread: ThreadService {
  let demonstration: Demonstration
  let context: HostContext

  let name = "trias.demonstration"
  func run() throws { demonstration.run(context) }
  func stop() { demonstration.stop() }
}

/// The data sets to be replayed, in order.
struct Replays {
  let items: [(dataset: Dataset, path: String)]

  /// Each is `dataset=FILE`, or a file whose name begins with its data set's.
  init(_ texts: [String]) throws {
    items = try texts.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      let path = parts.count == 2 ? parts[1] : text
      let name = parts.count == 2 ? parts[0] : (path as NSString).lastPathComponent
      guard let dataset = Dataset.allCases.first(where: { name.hasPrefix($0.rawValue) }) else {
        let names = Dataset.allCases.map(\.rawValue).joined(separator: ", ")
        throw SettingsError(["replay takes a file named after its data set (\(names)), or dataset=FILE, not \(text)"])
      }
      guard FileManager.default.fileExists(atPath: path) else {
        throw SettingsError(["replay: there is no file \(path)"])
      }
      return (dataset, path)
    }
  }
}
