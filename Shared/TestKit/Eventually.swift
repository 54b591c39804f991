// How a test waits: for a condition, never for a time.

package struct WaitedInVain: Error, CustomStringConvertible {
  package let description: String
}

/// Waits until a condition holds. The bound is only there so that a broken build ends with a word rather than never; it
/// is far beyond what a slow machine with other work needs.
///
/// - Throws: `WaitedInVain` with what was waited for and where; whatever the condition throws.
package func eventually(
  _ what: String? = nil, patience: Duration = .seconds(120), file: String = #fileID, line: Int = #line,
  isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + patience
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      throw WaitedInVain(description: "\(file):\(line): waited in vain\(what.map { " for \($0)" } ?? "")")
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}
