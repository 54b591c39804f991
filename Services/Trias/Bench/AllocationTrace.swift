import Foundation

/// Counts what is asked of `malloc`, by glibc's own trace: a process that was started with its debugging library notes
/// every call in a file. Too slow to measure time beside it, so a process of its own does it.
package enum AllocationTrace {
  /// What the traced process is started with; nil: this machine has no such library.
  package static func environment(file: String) -> [String: String]? {
    #if os(Linux)
      return ["LD_PRELOAD": "libc_malloc_debug.so.0", "MALLOC_TRACE": file]
    #else
      return nil
    #endif
  }

  /// In the traced process: only what `body` asks for is noted.
  package static func trace(_ body: () -> Void) {
    call("mtrace")
    body()
    call("muntrace")
  }

  /// How many are in the file.
  package static func count(file: String) throws -> Int {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    return text.split(separator: "\n").count { $0.contains(" + ") }
  }

  private static func call(_ name: String) {
    guard let place = dlsym(UnsafeMutableRawPointer(bitPattern: 0), name) else { return }
    unsafeBitCast(place, to: (@convention(c) () -> Void).self)()
  }
}
