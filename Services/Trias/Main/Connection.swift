import Contracts
import Foundation
import Host
import KafkaLog
import LeadManager
import Logging
import NbaScorer
import MessageLog
import Operations
import ProfileAggregator
import Streams

/// The deployment that a command is about.
struct Connection {
  let settings: Settings
  let log: any MessageLog

  var partitions: Int { settings.integer(.partitions) }
  var secret: String { settings.text(.secret) }

  /// A command says itself what is wrong; librdkafka's own lines are shown only to who asks for logs.
  init() throws {
    settings = SettingsArguments.resolve()
    let logger =
      settings.source(.logLevel) == .default
      ? Logger(label: "trias") { _ in SwiftLogNoOpLogHandler() } : Host.bootstrap(label: "trias", settings: settings)
    log = try Host.brokerLog(settings, logger: logger)
  }

  var groups: [GroupPositions.Group] { Self.groups(secret: secret) }

  /// All processors of the suite, and with that all groups and what they read.
  static func groups(secret: String) -> [GroupPositions.Group] {
    let services: [any ProcessorService.Type] = [ProfileAggregator.self, NbaScorer.self, LeadManager.self]
    return services.flatMap { $0.processors(ServiceOptions(secret: secret)) }.map(GroupPositions.Group.init)
  }
}

enum Output {
  static func complain(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

  /// Columns as wide as their widest cell; the last as it comes.
  /// What others have written is on one line, and rewrites nobody's terminal.
  static func table(_ cells: [[String]]) -> String {
    let rows = cells.map { row in
      row.map { String($0.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? " " : $0 }) }
    }
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
