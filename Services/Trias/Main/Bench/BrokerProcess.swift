import Foundation
import KafkaLog
import Operations

/// A broker of the bench's own: `trias broker` in another process, so that its CPU time is not counted as ours; or, with
/// `KAFKA_BOOTSTRAP_SERVERS`, that broker, whose topics must be fresh.
enum BrokerProcess {
  static func with(partitions: Int, _ body: (KafkaLog, _ name: String) throws -> Void) throws {
    if let external = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"] {
      let log = try KafkaLog(KafkaSettings(bootstrapServers: external, clientId: "bench"))
      try log.createTopics(TopicCheck.plans(partitions: partitions))
      return try body(log, external)
    }
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = ["broker"]
    process.environment = ProcessInfo.processInfo.environment.merging(["TRIAS_PARTITIONS": "\(partitions)"]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer {
      process.terminate()
      process.waitUntilExit()
    }
    guard let address = readAddress(output.fileHandleForReading) else {
      throw CocoaError(.fileReadUnknown, userInfo: [NSLocalizedDescriptionKey: "trias broker printed no address"])
    }
    try body(
      try KafkaLog(KafkaSettings(bootstrapServers: address, clientId: "bench")), "trias broker (a process of its own)")
  }

  private static func readAddress(_ handle: FileHandle) -> String? {
    var text = ""
    while let data = try? handle.read(upToCount: 1), !data.isEmpty {
      text += String(decoding: data, as: UTF8.self)
      guard text.hasSuffix("\n") else { continue }
      if let range = text.range(of: "KAFKA_BOOTSTRAP_SERVERS=") {
        return text[range.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines)
      }
      text = ""
    }
    return nil
  }
}

/// A thread that can be waited for.
final class RunningThread: Sendable {
  private let done = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable () -> Void) {
    let done = done
    Thread {
      body()
      done.signal()
    }.start()
  }

  func wait() { done.wait() }
}
