import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Connects to a port of this machine again and again. librdkafka's mock cluster is not always woken by what it is asked
/// to do and then looks only after a second: thirty topics took up to ten. A connection wakes it.
struct Nudges {
  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  private let flag: Flag
  private let thread: PlainThread?

  /// `address` is `127.0.0.1:port`.
  init(_ address: String) {
    let flag = Flag()
    self.flag = flag
    guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
      thread = nil
      return
    }
    thread = PlainThread {
      while !flag.isSet.load(ordering: .relaxed) {
        connectOnce(to: port)
        usleep(1_000)
      }
    }
  }

  func stop() {
    flag.isSet.store(true, ordering: .relaxed)
    thread?.join()
  }
}

private func connectOnce(to port: UInt16) {
  #if canImport(Glibc)
    let stream = Int32(SOCK_STREAM.rawValue)
  #else
    let stream = SOCK_STREAM
  #endif
  let end = socket(AF_INET, stream, 0)
  guard end >= 0 else { return }
  defer { close(end) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      _ = connect(end, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}
