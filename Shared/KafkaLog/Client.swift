import CRdKafka
import MessageLog

/// One librdkafka handle with its callbacks. The handle's opaque is this object, which lives longer than the handle.
final class Client: @unchecked Sendable {
  /// Called by the thread that polls.
  struct Handlers {
    var onRebalance: ((rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Void)?
    var onError: ((rd_kafka_resp_err_t, String) -> Void)?
    var onCommit: ((rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Void)?
  }

  private(set) var handle: OpaquePointer!
  var handlers = Handlers()
  private let log: @Sendable (Int32, String, String) -> Void

  /// Throws `.fatal` with librdkafka's own words for a property that doesn't exist or has an impossible value.
  init(
    _ type: rd_kafka_type_t, _ properties: [String: String], log: @escaping @Sendable (Int32, String, String) -> Void
  ) throws(LogError) {
    self.log = log
    let configuration = rd_kafka_conf_new()!
    var reason = [CChar](repeating: 0, count: 512)
    for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
      if rd_kafka_conf_set(configuration, name, value, &reason, reason.count) != RD_KAFKA_CONF_OK {
        rd_kafka_conf_destroy(configuration)
        throw .fatal("Kafka property \(name): \(text(reason))")
      }
    }
    rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
    rd_kafka_conf_set_log_cb(configuration) { handle, level, facility, message in
      guard let handle, let client = Client.of(rd_kafka_opaque(handle)) else { return }
      let message = message.map { String(cString: $0) } ?? ""
      // One set of properties serves producers and consumers, so half of them are always the other's; and that the
      // guarantee against gaps is called experimental is known.
      if message.contains("property and will be ignored by this") { return }
      if message.contains("enable.gapless.guarantee is experimental") { return }
      client.log(level, facility.map { String(cString: $0) } ?? "", message)
    }
    rd_kafka_conf_set_error_cb(configuration) { _, code, message, opaque in
      guard let client = Client.of(opaque) else { return }
      let code = rd_kafka_resp_err_t(rawValue: code)
      let message = message.map { String(cString: $0) } ?? ""
      client.log(3, "ERROR", message)
      client.handlers.onError?(code, message)
    }
    if type == RD_KAFKA_PRODUCER {
      rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, _ in Delivery.report(message!) }
    } else {
      rd_kafka_conf_set_offset_commit_cb(configuration) { _, code, positions, opaque in
        if let positions { Client.of(opaque)?.handlers.onCommit?(code, positions) }
      }
      rd_kafka_conf_set_rebalance_cb(configuration) { handle, code, partitions, opaque in
        if let handler = Client.of(opaque)?.handlers.onRebalance, let partitions {
          handler(code, partitions)
        } else {
          // Nobody answers any more, and librdkafka waits for an answer.
          _ = Client.assign(handle, nil)
        }
      }
    }
    guard let handle = rd_kafka_new(type, configuration, &reason, reason.count) else {
      rd_kafka_conf_destroy(configuration)
      throw .fatal("the Kafka client can't be made: \(text(reason))")
    }
    self.handle = handle
  }

  /// The owner has made sure that nobody else is inside a call.
  func destroy() {
    if let handle { rd_kafka_destroy(handle) }
    handle = nil
    handlers = Handlers()
  }

  deinit { destroy() }

  /// A consumer leaves its group, if it is in one, and ends. Who leaves while his group settles is answered when it has,
  /// which may take a session: nobody waits for that longer than so long. The group hears of it all the same or, if the
  /// process ends meanwhile, gives him up when his session ends.
  func leave(withinMs: Int) {
    guard let leaving = handle.map({ UInt(bitPattern: $0) }) else { return }
    handle = nil
    handlers = Handlers()
    let isOver = Latch()
    let thread = PlainThread { [self] in
      let handle = OpaquePointer(bitPattern: leaving)
      rd_kafka_consumer_close(handle)
      rd_kafka_destroy(handle)
      // Until here the handle's opaque is used.
      withExtendedLifetime(self) {}
      isOver.open()
    }
    if isOver.wait(until: .now + .milliseconds(withinMs)) { thread.join() } else { thread.detach() }
  }

  /// librdkafka 2 ends the process where an assignment follows another before the partitions that the first has ended are
  /// known to have stopped: they are stopped twice, and an assertion knows of once. Its thread takes one thing after the
  /// other, so two questions are answered behind that: one behind the stopping, one behind the news of it. They are asked
  /// before an assignment: behind the last one of a group that is being left nobody answers any more.
  static func assign(
    _ handle: OpaquePointer?, _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?
  ) -> rd_kafka_resp_err_t {
    for _ in 0..<2 {
      var current: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
      if rd_kafka_assignment(handle, &current) == RD_KAFKA_RESP_ERR_NO_ERROR, let current {
        rd_kafka_topic_partition_list_destroy(current)
      }
    }
    return rd_kafka_assign(handle, list)
  }

  /// The first fatal error of this client, if there was one.
  var fatalReason: String? {
    var reason = [CChar](repeating: 0, count: 512)
    guard rd_kafka_fatal_error(handle, &reason, reason.count) != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
    return text(reason)
  }

  private static func of(_ opaque: UnsafeMutableRawPointer?) -> Client? {
    opaque.map { Unmanaged<Client>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// A C string in a buffer.
func text(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A time for librdkafka, whose milliseconds are 32 bits wide.
func milliseconds(_ time: Int) -> Int32 { Int32(clamping: max(0, time)) }
