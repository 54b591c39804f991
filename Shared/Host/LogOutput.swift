// Log lines on standard error: one JSON object a line, or readable text on a terminal.

import Foundation
import Logging
import Synchronization

package enum LogFormat: String, Sendable {
  case auto, json, text

  /// What `auto` means for the process's standard error.
  package var resolved: LogFormat {
    self == .auto ? (isatty(STDERR_FILENO) == 1 ? .text : .json) : self
  }
}

/// Where lines go. One write a line, so that lines of several threads never mix.
package final class LogSink: Sendable {
  private let write: @Sendable (String) -> Void
  private let lock = Mutex(())

  package init(_ write: @escaping @Sendable (String) -> Void) {
    self.write = write
  }

  package static let standardError = LogSink { line in
    var line = line
    line.withUTF8 { bytes in
      var at = 0
      while at < bytes.count {
        let written = Foundation.write(STDERR_FILENO, bytes.baseAddress! + at, bytes.count - at)
        if written <= 0 { return }
        at += written
      }
    }
  }

  func line(_ text: String) {
    lock.withLock { _ in write(text + "\n") }
  }
}

package struct LineLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let format: LogFormat
  private let sink: LogSink

  package init(label: String, level: Logger.Level, format: LogFormat, sink: LogSink = .standardError) {
    self.label = label
    logLevel = level
    self.format = format.resolved
    self.sink = sink
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var all = metadataProvider?.get() ?? [:]
    all.merge(metadata) { $1 }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error { all["error"] = "\(error)" }
    let pairs = all.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
    let now = Date()
    sink.line(format == .json ? json(event, pairs, now) : text(event, pairs, now))
  }

  private func json(_ event: LogEvent, _ pairs: [(String, String)], _ now: Date) -> String {
    var line = "{\"time\":\"\(timestamp(now))\",\"level\":\"\(event.level.rawValue)\",\"label\":"
    line += JSONText.quoted(label)
    line += ",\"message\":" + JSONText.quoted("\(event.message)")
    for (name, value) in pairs where !["time", "level", "label", "message"].contains(name) {
      line += "," + JSONText.quoted(name) + ":" + JSONText.quoted(value)
    }
    return line + "}"
  }

  private func text(_ event: LogEvent, _ pairs: [(String, String)], _ now: Date) -> String {
    let level = event.level.rawValue.uppercased()
    var line = "\(timestamp(now).dropFirst(11).dropLast(1)) \(level)"
    line += String(repeating: " ", count: max(1, 9 - level.count)) + "\(label)  \(event.message)"
    for (name, value) in pairs { line += "  \(name)=\(value)" }
    return line
  }

  private func timestamp(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}

/// The JSON string literal of a text, for the places that write JSON by hand.
package enum JSONText {
  package static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case let control where control.value < 0x20 || control.value == 0x2028 || control.value == 0x2029:
        let digits = String(control.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
