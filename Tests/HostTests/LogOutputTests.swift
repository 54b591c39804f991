import Foundation
import Logging
import Synchronization
import Testing

@testable import Host

struct LogOutputTests {
  final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  func logged(_ format: LogFormat, _ body: (Logger) -> Void) -> [String] {
    let lines = Lines()
    let sink = LogSink { line in lines.all.withLock { $0.append(line) } }
    body(
      Logger(label: "x") { _ in LineLogHandler(label: "nba-scorer", level: .info, format: format, sink: sink) })
    return lines.all.withLock { $0 }
  }

  @Test func aLineIsOneJSONObjectWhateverIsInTheMessage() throws {
    let lines = logged(.json) { logger in
      logger.info("line\nbreak \"quoted\" \u{1}", metadata: ["key": "v\\", "level": "kept out"])
    }
    #expect(lines.count == 1)
    #expect(lines[0].hasSuffix("}\n"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String])
    #expect(object["message"] == "line\nbreak \"quoted\" \u{1}")
    #expect(object["label"] == "nba-scorer")
    #expect(object["level"] == "info")
    #expect(object["key"] == "v\\")
    #expect(object["time"]?.count == 24)
  }

  @Test func onATerminalItReadsAsText() {
    let lines = logged(.text) { $0.warning("late", metadata: ["ms": "12"]) }
    #expect(lines[0].hasSuffix(" WARNING  nba-scorer  late  ms=12\n"))
  }

  @Test func whatIsLessImportantThanTheLevelIsNotWritten() {
    #expect(logged(.json) { $0.debug("hush") }.isEmpty)
  }
}
