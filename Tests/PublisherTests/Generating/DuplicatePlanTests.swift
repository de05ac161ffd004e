import Testing

@testable import Publisher

@Suite struct DuplicatePlanTests {
  @Test(arguments: [0, 0.01, 0.35, 0.5, 0.9, 0.999], [false, true])
  func knowsExactlyHowManyKeysItSent(share: Double, anywhere: Bool) {
    let plan = DuplicatePlan(share: share, reachesAnywhere: anywhere, seed: 7)
    var keys: Set<UInt64> = []
    for place in 0..<UInt64(3_000) {
      #expect(plan.originals(among: place) == UInt64(keys.count))
      keys.insert(plan.original(at: place))
    }
    #expect(plan.originals(among: 3_000) == UInt64(keys.count))
    #expect(abs(Double(keys.count) - 3_000 * (1 - share)) <= 1)
  }

  @Test func numbersOriginalsInOrder() {
    let plan = DuplicatePlan(share: 0, reachesAnywhere: false, seed: 7)
    #expect((0..<100).map { plan.original(at: $0) } == Array(0..<100))
  }

  @Test func repeatsMostlyRecentEventsAndSometimesOldOnes() {
    let plan = DuplicatePlan(share: 0.5, reachesAnywhere: false, seed: 7)
    let distances = distances(plan, 500_000..<520_000)
    let recent = distances.filter { $0 <= 10_000 }.count
    #expect(recent > distances.count * 8 / 10)
    #expect(recent < distances.count)
    #expect((distances.max() ?? 0) > 100_000)
  }

  @Test func spreadsOldDuplicatesOverAllEarlierEvents() {
    let plan = DuplicatePlan(share: 0.5, reachesAnywhere: true, seed: 7)
    let distances = distances(plan, 500_000..<520_000)
    for quarter in 0..<4 {
      let range = UInt64(quarter) * 62_500..<UInt64(quarter + 1) * 62_500
      let share = Double(distances.filter { range.contains($0) }.count) / Double(distances.count)
      #expect(abs(share - 0.25) < 0.03)
    }
  }

  @Test func acceptsPlacesBeyondAnyRun() {
    let plan = DuplicatePlan(share: 0.35, reachesAnywhere: true, seed: 7)
    #expect(plan.originals(among: 1 << 50) == (1 << 50) * 65 / 100 + 1)
    #expect(plan.original(at: 1 << 50) <= plan.originals(among: 1 << 50))
  }

  /// Distances of the duplicates at these places, in originals.
  private func distances(_ plan: DuplicatePlan, _ places: Range<UInt64>) -> [UInt64] {
    places.compactMap { place in
      let before = plan.originals(among: place)
      let original = plan.original(at: place)
      return original < before ? before - original : nil
    }
  }
}

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
