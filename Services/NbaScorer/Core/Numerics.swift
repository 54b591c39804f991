// The little mathematics that scoring needs, and the one place that imports the platform's.

import Contracts

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

package enum Numerics {
  package static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// Log odds. Probabilities of 0 and 1 are pulled in: infinite odds cannot be learned away from.
  package static func logit(_ p: Double) -> Double {
    let p = min(max(p, 1e-6), 1 - 1e-6)
    return log(p / (1 - p))
  }

  /// The probability that log odds of this mean and variance stand for.
  package static func moderated(mean: Double, variance: Double) -> Double {
    sigmoid(mean / moderation(variance))
  }

  package static func moderation(_ variance: Double) -> Double { PropensityRecord.moderation(variance) }

  /// Compresses magnitudes and keeps the sign; near 0 it changes nothing.
  package static func compressed(_ x: Double) -> Double { asinh(x) }

  /// Rounded to so many significant digits.
  package static func rounded(_ x: Double, digits: Int) -> Double {
    guard x != 0, x.isFinite else { return 0 }
    let scale = pow(10, (log10(abs(x))).rounded(.down) - Double(digits - 1))
    guard scale > 0, scale.isFinite else { return 0 }
    return (x / scale).rounded() * scale
  }

  /// 0, 1, 2, 3…4, 5…8, 9…16, …: how often, in steps that double.
  package static func countBin(_ count: Int64, max limit: Int = 11) -> Int {
    count <= 0 ? 0 : min(limit, 1 + (count == 1 ? 0 : Int64.bitWidth - (count - 1).leadingZeroBitCount))
  }

  /// A number in 0…2⁵³-1 from text (FNV-1a, finished as in SplitMix64), the same on every machine and exact in JSON.
  package static func hash(_ text: String...) -> Int64 {
    var digest = Digest()
    for part in text { digest.add(part) }
    return digest.value
  }

  /// The same of parts that come one by one.
  struct Digest {
    private var h: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ text: String? = nil) {
      if let text { add(text) }
    }

    mutating func add(_ text: String) {
      var text = text
      text.withUTF8 { for byte in $0 { add(byte) } }
      add(0x1f)
    }

    mutating func add(_ number: Int) {
      h = (h ^ UInt64(bitPattern: Int64(number))) &* 0x100_0000_01b3
      h ^= h >> 29
    }

    private mutating func add(_ byte: UInt8) { h = (h ^ UInt64(byte)) &* 0x100_0000_01b3 }

    var value: Int64 { Int64(mixed(h) >> 11) }
  }

  /// A number in 0..<1 that belongs to these names, evenly distributed over all of them.
  package static func lot(_ a: String, _ b: String, _ c: String) -> Double { Double(hash(a, b, c)) / 0x1p53 }

  /// A draw from the standard normal distribution that belongs to these two names (Box–Muller over their hash).
  package static func normalDraw(_ a: String, _ b: String) -> Double { normalDraw(Digest(a), b) }

  /// The same for who draws for many second names, with the digest of the first.
  static func normalDraw(_ first: Digest, _ b: String) -> Double {
    var digest = first
    digest.add(b)
    let seed = UInt64(digest.value)
    let u = (Double(mixed(seed &+ 0x9e37_79b9_7f4a_7c15) >> 11) + 0.5) / 0x1p53
    let v = Double(mixed(seed &+ 0x3c6e_f372_fe94_f82a) >> 11) / 0x1p53
    return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
  }

  private static func mixed(_ x: UInt64) -> UInt64 {
    var z = x
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
