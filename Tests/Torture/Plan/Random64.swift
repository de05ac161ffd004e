/// A generator whose numbers depend on its seed alone (SplitMix64, Steele, Lea and Flood, 2014).
struct Random64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  /// Makes a generator for one part of a run. The same words give the same numbers.
  init(_ words: UInt64...) {
    state = words.reduce(0x5105_1CE0) { mixed, word in Random64.mix(mixed &+ Random64.mix(word &+ 1)) }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Returns a number below `bound`. The bias of the remainder does not matter here.
  mutating func below(_ bound: Int) -> Int {
    Int(next() % UInt64(bound))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
