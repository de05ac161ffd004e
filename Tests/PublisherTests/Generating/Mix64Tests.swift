import Testing

@testable import Publisher

@Suite struct Mix64Tests {
  /// The first numbers of SplitMix64 with seed 1234567, from its authors' reference program.
  @Test func isSplitMix64() {
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431,
    ]
    #expect((0..<4).map { Mix64.hash($0, seed: 1_234_567) } == expected)
  }

  @Test func spreadsNeighboursOverAllBits() {
    for bit in 0..<64 {
      let ones = (0..<1_000).filter { Mix64.hash($0, seed: 3) >> UInt64(bit) & 1 == 1 }.count
      #expect((400...600).contains(ones), "bit \(bit)")
    }
  }
}
