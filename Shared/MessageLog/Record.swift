/// One partition of one topic.
package struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
  package var topic: String
  package var partition: Int32

  package init(_ topic: String, _ partition: Int32) {
    self.topic = topic
    self.partition = partition
  }

  package var description: String { "\(topic)/\(partition)" }
}

/// A record as it was read from the log.
package struct Record: Sendable, Equatable {
  package var topic: String
  package var partition: Int32
  package var offset: Int64
  /// When it was written (by the producer's clock), milliseconds since 1970; -1 where the broker doesn't say.
  package var timestampMs: Int64
  package var key: [UInt8]?
  /// nil is a tombstone.
  package var value: [UInt8]?
  package var headers: Headers

  package init(
    topic: String, partition: Int32, offset: Int64, timestampMs: Int64, key: [UInt8]?, value: [UInt8]?,
    headers: Headers
  ) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
    self.timestampMs = timestampMs
    self.key = key
    self.value = value
    self.headers = headers
  }

  /// A poll takes no further record once it has so many bytes: five hundred records of the usual size are far less, and
  /// five hundred of the largest would be half a gigabyte.
  package static let pollBytes = 4 << 20

  /// Bytes of key, value and headers.
  package var byteCount: Int { (key?.count ?? 0) + (value?.count ?? 0) + headers.bytes.count }
}

/// A record on its way to the log. The partition is always explicit: who writes it knows the key's partition
/// (`Partitioner` in Contracts), and no client library is asked to hash.
package struct OutgoingRecord: Sendable, Equatable {
  package var topic: String
  package var partition: Int32
  package var key: [UInt8]?
  package var value: [UInt8]?
  package var headers: Headers
  /// nil: the time of writing.
  package var timestampMs: Int64?

  package init(
    topic: String, partition: Int32, key: [UInt8]?, value: [UInt8]?, headers: Headers = Headers(),
    timestampMs: Int64? = nil
  ) {
    self.topic = topic
    self.partition = partition
    self.key = key
    self.value = value
    self.headers = headers
    self.timestampMs = timestampMs
  }

  /// Bytes of key, value and headers.
  package var byteCount: Int { (key?.count ?? 0) + (value?.count ?? 0) + headers.bytes.count }
}
