/// Everything that a test decides by chance comes from one of these (SplitMix64), so that a seed is a run, on every machine.
package struct Seeded: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// 0..<n
  package mutating func below(_ n: Int) -> Int { Int(next() % UInt64(n)) }

  package mutating func chance(_ perMille: Int) -> Bool { perMille > 0 && below(1_000) < perMille }

  package mutating func pick<Element>(_ some: [Element]) -> Element { some[below(some.count)] }
}
