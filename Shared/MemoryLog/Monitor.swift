#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A value behind a lock, with a way to wait until somebody changed it. Not `Mutex`, because that can't wait for a
/// condition, and a consumer's poll has to.
final class Monitor<Value>: @unchecked Sendable {
  private var value: Value
  private var version = 0
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Reads, and says which version of the value was read.
  func read<Result, Failure: Error>(
    _ body: (borrowing Value, _ version: Int) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(value, version)
  }

  /// Changes the value and wakes everybody who waits.
  func change<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer {
      version += 1
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }
    return try body(&value)
  }

  /// Waits until the value is of another version, at most until the deadline. False: the time is up.
  func waitForChange(since seen: Int, until deadline: ContinuousClock.Instant) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while version == seen {
      let left = ContinuousClock.now.duration(to: deadline)
      if left <= .zero { return false }
      var until = timespec()
      clock_gettime(CLOCK_REALTIME, &until)
      let nanoseconds = Int64(until.tv_nsec) + left.components.attoseconds / 1_000_000_000
      until.tv_sec += Int(left.components.seconds + nanoseconds / 1_000_000_000)
      until.tv_nsec = Int(nanoseconds % 1_000_000_000)
      pthread_cond_timedwait(changed, mutex, &until)
    }
    return true
  }
}
