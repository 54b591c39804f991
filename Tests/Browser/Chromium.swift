// A headless Chromium for tests, spoken to in the DevTools protocol over a pair of pipes: no driver, no WebSocket, no
// port that somebody else might have.

import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

package struct BrowserError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

private struct Command<Parameters: Encodable>: Encodable {
  var id: Int
  var method: String
  var params: Parameters
  var sessionId: String?
}

private struct Reply<Result: Decodable>: Decodable {
  struct Failure: Decodable { var message: String }
  var result: Result?
  var error: Failure?
}

package final class Chromium: Sendable {
  private struct State {
    var nextId = 1
    var waiting: [Int: CheckedContinuation<Data, any Error>] = [:]
    var hasEnded = false
  }

  private let process: pid_t
  private let commands: Int32
  private let profile: String
  private let state = Mutex(State())

  /// The one that `TRIAS_CHROMIUM` names, else where systems have it. nil: there is none.
  package static var executable: String? {
    let named = ProcessInfo.processInfo.environment["TRIAS_CHROMIUM"].map { [$0] }
    let usual = [
      "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ]
    return (named ?? usual).first { access($0, X_OK) == 0 }
  }

  /// False where tests with a browser may be skipped: there is none, and nobody insists (as `CI=true` does).
  package static var isExpected: Bool {
    executable != nil || ProcessInfo.processInfo.environment["CI"] == "true"
  }

  package init(_ executable: String) throws {
    profile = NSTemporaryDirectory() + "trias-browser-\(UUID().uuidString)"
    let (commandsRead, commandsWrite) = try Self.pipe()
    let (answersRead, answersWrite) = try Self.pipe()
    var arguments = [
      executable, "--headless", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check",
      "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
      "--hide-scrollbars", "--force-color-profile=srgb", "--user-data-dir=\(profile)", "about:blank",
    ]
    // Root has no sandbox to offer, and a container's runner is often root.
    if getuid() == 0 { arguments.insert("--no-sandbox", at: 1) }
    process = try Self.spawn(arguments, input: commandsRead, output: answersWrite)
    Self.close(commandsRead)
    Self.close(answersWrite)
    commands = commandsWrite
    let reader = Thread { [weak self] in
      Self.readAnswers(answersRead) { answer in self?.take(answer) }
      self?.end()
      Self.close(answersRead)
    }
    reader.start()
  }

  /// Ends the browser and removes its profile. Call it last: nothing answers any more.
  package func close() async {
    _ = try? await call("Browser.close", Empty(), as: Empty.self)
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    Self.close(commands)
    try? FileManager.default.removeItem(atPath: profile)
  }

  /// A new window with a profile of its own: no cookies of another test's.
  package func page(width: Int = 1_280, height: Int = 800) async throws -> BrowserPage {
    struct Context: Codable { var browserContextId: String }
    struct Target: Codable { var targetId: String }
    struct Session: Codable { var sessionId: String }
    struct Create: Encodable { var url = "about:blank"; var browserContextId: String }
    struct Attach: Encodable { var targetId: String; var flatten = true }
    let context = try await call("Target.createBrowserContext", Empty(), as: Context.self)
    let target = try await call(
      "Target.createTarget", Create(browserContextId: context.browserContextId), as: Target.self)
    let session = try await call("Target.attachToTarget", Attach(targetId: target.targetId), as: Session.self)
    let page = BrowserPage(browser: self, session: session.sessionId)
    try await page.watchErrors()
    try await page.resize(width: width, height: height)
    return page
  }

  struct Empty: Codable {}

  /// One command, and its answer.
  func call<Parameters: Encodable, Result: Decodable>(
    _ method: String, _ parameters: Parameters, session: String? = nil, as: Result.Type, seconds: Double = 30
  ) async throws -> Result {
    let id = state.withLock { state in
      defer { state.nextId += 1 }
      return state.nextId
    }
    let command = try JSONEncoder().encode(Command(id: id, method: method, params: parameters, sessionId: session))
    let timer = Task {
      try await Task.sleep(for: .seconds(seconds))
      resume(id, .failure(BrowserError("\(method): no answer in \(seconds) s")))
    }
    defer { timer.cancel() }
    let bytes = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Data, any Error>) in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waiting[id] = continuation }
        return state.hasEnded
      }
      if hasEnded { return continuation.resume(throwing: BrowserError("\(method): the browser has ended")) }
      send(command)
    }
    let answer = try JSONDecoder().decode(Reply<Result>.self, from: bytes)
    if let error = answer.error { throw BrowserError("\(method): \(error.message)") }
    guard let result = answer.result else { throw BrowserError("\(method): no result") }
    return result
  }

  private func send(_ command: Data) {
    var bytes = [UInt8](command)
    bytes.append(0)
    // Whole, and one after the other.
    state.withLock { _ in
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { write(commands, $0.baseAddress, $0.count) }
        if count <= 0 { return }
        sent += count
      }
    }
  }

  private func take(_ answer: Data) {
    struct Head: Decodable { var id: Int? }
    if let id = (try? JSONDecoder().decode(Head.self, from: answer))?.id { resume(id, .success(answer)) }
  }

  private func resume(_ id: Int, _ result: Result<Data, any Error>) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(with: result)
  }

  private func end() {
    let waiting = state.withLock { state in
      state.hasEnded = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(throwing: BrowserError("the browser has ended")) }
  }

  private static func readAnswers(_ file: Int32, _ each: (Data) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var answer = Data()
    while true {
      let count = read(file, &buffer, buffer.count)
      if count <= 0 { return }
      for part in buffer[..<count].split(separator: 0, omittingEmptySubsequences: false).enumerated() {
        if part.offset > 0 {
          each(answer)
          answer = Data()
        }
        answer.append(contentsOf: part.element)
      }
    }
  }

  /// Far from the numbers 3 and 4, which the browser expects its ends at, and not for any other child.
  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    #if canImport(Glibc)
      guard Glibc.pipe(&ends) == 0 else { throw BrowserError("no pipe: \(errno)") }
    #else
      guard Darwin.pipe(&ends) == 0 else { throw BrowserError("no pipe: \(errno)") }
    #endif
    let far = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 20) }
    for end in ends { Self.close(end) }
    return (far[0], far[1])
  }

  private static func spawn(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
    #if canImport(Glibc)
      var actions = posix_spawn_file_actions_t()
    #else
      var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for number: Int32 in [0, 1, 2] {
      posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, input, 3)
    posix_spawn_file_actions_adddup2(&actions, output, 4)
    var process: pid_t = 0
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let status = posix_spawn(&process, arguments[0], &actions, nil, &words, environ)
    guard status == 0 else { throw BrowserError("can't start \(arguments[0]): error \(status)") }
    return process
  }

  private static func close(_ file: Int32) {
    #if canImport(Glibc)
      _ = Glibc.close(file)
    #else
      _ = Darwin.close(file)
    #endif
  }
}
