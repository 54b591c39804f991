#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A gate that opens once; plain threads wait at it.
final class Latch: @unchecked Sendable {
  private var isOpen = false
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let opened = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(opened, nil)
  }

  deinit {
    pthread_cond_destroy(opened)
    pthread_mutex_destroy(mutex)
    opened.deallocate()
    mutex.deallocate()
  }

  func open() {
    pthread_mutex_lock(mutex)
    isOpen = true
    pthread_cond_broadcast(opened)
    pthread_mutex_unlock(mutex)
  }

  /// False: the time is up.
  func wait(until deadline: ContinuousClock.Instant) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isOpen {
      let left = ContinuousClock.now.duration(to: deadline)
      if left <= .zero { return false }
      var until = timespec()
      clock_gettime(CLOCK_REALTIME, &until)
      let nanoseconds = Int64(until.tv_nsec) + left.components.attoseconds / 1_000_000_000
      until.tv_sec += Int(left.components.seconds + nanoseconds / 1_000_000_000)
      until.tv_nsec = Int(nanoseconds % 1_000_000_000)
      pthread_cond_timedwait(opened, mutex, &until)
    }
    return true
  }
}
