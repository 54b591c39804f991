import CRdKafka
import MessageLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// librdkafka's list of partitions, for the length of one call.
struct PartitionList: ~Copyable {
  let pointer = rd_kafka_topic_partition_list_new(8)!

  deinit { rd_kafka_topic_partition_list_destroy(pointer) }

  func add(_ partition: TopicPartition) {
    rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
  }

  func add(_ partition: TopicPartition, _ position: Position) {
    let entry = rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)!
    entry.pointee.offset = position.offset
    if !position.metadata.isEmpty {
      // The list frees it.
      entry.pointee.metadata = UnsafeMutableRawPointer(strdup(position.metadata))
      entry.pointee.metadata_size = position.metadata.utf8.count
    }
  }

  /// Throws the call's own error, else the first of its partitions'.
  func check(_ code: rd_kafka_resp_err_t, _ what: String) throws(LogError) {
    try Self.check(pointer, code, what)
  }

  static func check(
    _ pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, _ code: rd_kafka_resp_err_t, _ what: String
  ) throws(LogError) {
    if code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__NO_OFFSET { throw LogError(code, what) }
    for index in 0..<Int(pointer.pointee.cnt) {
      let entry = pointer.pointee.elems[index]
      if entry.err != RD_KAFKA_RESP_ERR_NO_ERROR && entry.err != RD_KAFKA_RESP_ERR__NO_OFFSET {
        throw LogError(entry.err, "\(what) \(String(cString: entry.topic))/\(entry.partition)")
      }
    }
  }

  /// The entries that have an offset.
  var positions: [TopicPartition: Position] {
    var positions: [TopicPartition: Position] = [:]
    for index in 0..<Int(pointer.pointee.cnt) {
      let entry = pointer.pointee.elems[index]
      if entry.offset < 0 { continue }
      let metadata = UnsafeRawBufferPointer(
        start: entry.metadata, count: entry.metadata == nil ? 0 : entry.metadata_size)
      positions[TopicPartition(String(cString: entry.topic), entry.partition)] =
        Position(offset: entry.offset, metadata: String(decoding: metadata, as: UTF8.self))
    }
    return positions
  }

  static func partitions(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
    (0..<Int(list.pointee.cnt)).map { index in
      let entry = list.pointee.elems[index]
      return TopicPartition(String(cString: entry.topic), entry.partition)
    }
  }
}

func length(_ name: UnsafePointer<CChar>) -> Int { strlen(name) }
