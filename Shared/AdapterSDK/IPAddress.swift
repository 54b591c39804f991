#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An address of the internet, of either version. One of version 4 is held as version 6 maps it, so that a server that
/// listens on both sees one and the same client.
public struct IPAddress: Sendable, Hashable {
  let high: UInt64
  let low: UInt64

  public init?(_ text: String) {
    // A zone says by which of one's own interfaces a neighbour is reached.
    let text = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      high = 0
      low = 0xffff_0000_0000 | UInt64(UInt32(bigEndian: four.s_addr))
      return
    }
    var six = in6_addr()
    guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
    (high, low) = withUnsafeBytes(of: &six) { bytes in
      (
        bytes.loadUnaligned(as: UInt64.self).bigEndian,
        bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian
      )
    }
  }

  fileprivate init(high: UInt64, low: UInt64) {
    (self.high, self.low) = (high, low)
  }

  var isVersion4: Bool { high == 0 && low >> 32 == 0xffff }
}

/// Addresses as operators write them: `198.51.100.0/24`, `2001:db8::/32`, or one alone.
public struct AddressRange: Sendable, Hashable {
  private let first: IPAddress
  private let mask: IPAddress

  public init(_ text: String) throws(AddressRangeError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let first = IPAddress(parts[0]) else {
      throw AddressRangeError(description: "takes an address or a range like 198.51.100.0/24, not \"\(text)\"")
    }
    let bits = first.isVersion4 && !parts[0].contains(":") ? 32 : 128
    guard let prefix = parts.count == 1 ? bits : Int(parts[1]), (0...bits).contains(prefix) else {
      throw AddressRangeError(description: "takes 0 to \(bits) bits after the slash, not \"\(text)\"")
    }
    let kept = prefix + 128 - bits
    let mask = IPAddress(
      high: kept >= 64 ? .max : ~(UInt64.max >> UInt64(kept)), low: kept <= 64 ? 0 : ~(UInt64.max >> UInt64(kept - 64)))
    guard first.high & ~mask.high == 0, first.low & ~mask.low == 0 else {
      throw AddressRangeError(
        description: "\"\(text)\" is no beginning of a range: behind its first \(prefix) bits all must be zero")
    }
    (self.first, self.mask) = (first, mask)
  }

  public func contains(_ address: IPAddress) -> Bool {
    address.high & mask.high == first.high && address.low & mask.low == first.low
  }
}

public struct AddressRangeError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String
}
