/// Which partition a key belongs to: murmur2 as in Apache Kafka's Java client (`Utils.murmur2`, positive), which is
/// also librdkafka's `murmur2_random` for records with a key. Every record of the suite has a key.
public enum Partitioner {
  public static func partition(of key: some Collection<UInt8>, count: Int) -> Int32 {
    let hash =
      key.withContiguousStorageIfAvailable { murmur2($0) } ?? Array(key).withUnsafeBufferPointer { murmur2($0) }
    return Int32(Int(hash & 0x7fff_ffff) % count)
  }

  public static func partition(of key: String, count: Int) -> Int32 {
    partition(of: key.utf8, count: count)
  }

  static func murmur2(_ data: UnsafeBufferPointer<UInt8>) -> UInt32 {
    let m: UInt32 = 0x5bd1_e995
    var h: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: data.count)
    let blocks = data.count / 4
    for i in 0..<blocks {
      let at = i * 4
      var k =
        UInt32(data[at]) | UInt32(data[at + 1]) << 8 | UInt32(data[at + 2]) << 16 | UInt32(data[at + 3]) << 24
      k = k &* m
      k ^= k >> 24
      k = k &* m
      h = h &* m
      h ^= k
    }
    let tail = blocks * 4
    switch data.count - tail {
    case 3:
      h ^= UInt32(data[tail + 2]) << 16
      fallthrough
    case 2:
      h ^= UInt32(data[tail + 1]) << 8
      fallthrough
    case 1:
      h ^= UInt32(data[tail])
      h = h &* m
    default: break
    }
    h ^= h >> 13
    h = h &* m
    h ^= h >> 15
    return h
  }
}
