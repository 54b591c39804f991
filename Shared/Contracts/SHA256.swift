/// SHA-256 (FIPS 180-4) and HMAC (RFC 2104). Own code because cores and the Kafka path depend on nothing but librdkafka,
/// and ids need no more than this.
public enum SHA256 {
  /// A key made ready: half of the work of a code is done once.
  public struct Key: Sendable {
    fileprivate let inner: SIMD8<UInt32>
    fileprivate let outer: SIMD8<UInt32>

    public init(_ bytes: [UInt8]) {
      var key = bytes.count > 64 ? SHA256.hash(bytes) : bytes
      key += [UInt8](repeating: 0, count: 64 - key.count)
      inner = SHA256.absorb(key.map { $0 ^ 0x36 }, into: SHA256.initial)
      outer = SHA256.absorb(key.map { $0 ^ 0x5c }, into: SHA256.initial)
    }
  }

  public static func authenticationCode(_ key: Key, _ message: [UInt8]) -> [UInt8] {
    let inner = bytes(finish(message, after: 64, key.inner))
    return bytes(finish(inner, after: 64, key.outer))
  }

  public static func hash(_ message: [UInt8]) -> [UInt8] { bytes(finish(message, after: 0, initial)) }

  /// A hash, or its beginning, as one reads it: two lower-case digits a byte.
  package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static let initial = SIMD8<UInt32>(
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)

  /// The rest of a message of which `before` bytes, whole blocks, are in the state.
  private static func finish(_ message: [UInt8], after before: Int, _ state: SIMD8<UInt32>) -> SIMD8<UInt32> {
    var padded = message
    let length = (message.count + 9 + 63) / 64 * 64
    padded.reserveCapacity(length)
    padded.append(0x80)
    while padded.count < length - 8 { padded.append(0) }
    let bits = UInt64(before + message.count) * 8
    for shift in stride(from: 56, through: 0, by: -8) {
      padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    return absorb(padded, into: state)
  }

  /// Whole blocks only.
  private static func absorb(_ data: [UInt8], into state: SIMD8<UInt32>) -> SIMD8<UInt32> {
    var state = state
    data.withUnsafeBytes { data in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
        for block in stride(from: 0, to: data.count, by: 64) { compress(data, block, &state, w) }
      }
    }
    return state
  }

  private static func bytes(_ state: SIMD8<UInt32>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for i in 0..<8 { withUnsafeBytes(of: state[i].bigEndian) { bytes.append(contentsOf: $0) } }
    return bytes
  }

  private static func compress(
    _ data: UnsafeRawBufferPointer, _ block: Int, _ state: inout SIMD8<UInt32>, _ w: UnsafeMutableBufferPointer<UInt32>
  ) {
    for i in 0..<16 {
      w[i] = UInt32(bigEndian: data.loadUnaligned(fromByteOffset: block + i * 4, as: UInt32.self))
    }
    for i in 16..<64 {
      let s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3)
      let s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10)
      w[i] = w[i - 16] &+ s0 &+ w[i - 7] &+ s1
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    constants.withUnsafeBufferPointer { constants in
      for i in 0..<64 {
        let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        let choice = (e & f) ^ (~e & g)
        let t1 = h &+ s1 &+ choice &+ constants[i] &+ w[i]
        let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
        let majority = (a & b) ^ (a & c) ^ (b & c)
        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ s0 &+ majority)
      }
    }
    state = state &+ SIMD8(a, b, c, d, e, f, g, h)
  }

  private static func rotate(_ word: UInt32, _ by: UInt32) -> UInt32 { word &>> by | word &<< (32 - by) }

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
