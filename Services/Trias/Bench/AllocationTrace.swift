import Foundation

/// Counts what is asked of `malloc`, by glibc's own trace: a process that was started with its debugging library notes
/// every call in a file. Too slow to measure time beside it, so a process of its own does it.
package enum AllocationTrace {
  /// What the traced process is started with; nil: this machine has no such library.
  package static func environment(file: String) -> [String: String]? {
    #if os(Linux)
      return ["LD_PRELOAD": library, "MALLOC_TRACE": file]
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

  /// By its version, that of the library's platform: libc has another of that name, which does nothing, and finds first.
  private static func call(_ name: String) {
    typealias Lookup =
      @convention(c) (
        UnsafeMutableRawPointer?, UnsafePointer<CChar>, UnsafePointer<CChar>
      ) -> UnsafeMutableRawPointer?
    guard let library = dlopen(Self.library, RTLD_NOLOAD | RTLD_NOW), let lookup = dlsym(nil, "dlvsym") else { return }
    let find = unsafeBitCast(lookup, to: Lookup.self)
    for version in ["GLIBC_2.2.5", "GLIBC_2.17"] {
      guard let place = find(library, name, version) else { continue }
      return unsafeBitCast(place, to: (@convention(c) () -> Void).self)()
    }
  }

  private static let library = "libc_malloc_debug.so.0"
}
