#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Runs the body on a thread of its own. Either `join` or `detach` is called once: without it the system keeps what it knows
/// of the thread.
struct PlainThread: @unchecked Sendable {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  #if canImport(Darwin)
    private var id: pthread_t?
  #else
    private var id = pthread_t()
  #endif

  init(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(run)).toOpaque()
    #if canImport(Darwin)
      pthread_create(
        &id, nil,
        {
          Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run(); return nil
        }, body)
    #else
      pthread_create(
        &id, nil,
        {
          Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run(); return nil
        }, body)
    #endif
  }

  /// Nobody will wait for its end.
  func detach() {
    #if canImport(Darwin)
      if let id { pthread_detach(id) }
    #else
      pthread_detach(id)
    #endif
  }

  func join() {
    #if canImport(Darwin)
      if let id { pthread_join(id, nil) }
    #else
      pthread_join(id, nil)
    #endif
  }
}

func pause(microseconds: UInt32) { usleep(microseconds) }
